//! Hunting queries from the field, held against the columns that the official analyser predicts.

use std::collections::{BTreeMap, HashMap};

use kql_semantics::{BindContext, Column, Tables, check};
use kql_syntax::Severity;
use kql_types::{ScalarType, Schema};
use serde_json::Value;

use crate::support::{NOW, shared};

struct Catalogue(HashMap<String, Schema>);

impl Tables for Catalogue {
    fn schema(&self, name: &str) -> Option<Schema> {
        self.0.get(name).cloned()
    }

    fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

fn catalogue(csv: &str) -> Catalogue {
    let mut tables: HashMap<String, Schema> = HashMap::new();
    for line in csv.lines().skip(1) {
        let mut cells = line.split(',').map(|cell| cell.trim_matches('"'));
        if let (Some(table), Some(column), Some(name)) = (cells.next(), cells.next(), cells.next()) {
            let scalar_type = ScalarType::from_name(name).unwrap_or(ScalarType::Dynamic);
            tables.entry(table.to_owned()).or_default().insert(column, scalar_type);
        }
    }
    Catalogue(tables)
}

#[test]
fn hunting_queries_have_the_columns_that_the_official_analyser_predicts() {
    let (Some(csv), Some(queries), Some(verdicts)) =
        (shared("schemas/tables.csv"), shared("corpus/hunting.jsonl"), shared("corpus/hunting.oracle.jsonl"))
    else {
        return;
    };
    let tables = catalogue(&csv);
    let parse = |text: &str| -> Vec<Value> { text.lines().map(|line| serde_json::from_str(line).unwrap()).collect() };
    let verdicts: HashMap<String, Value> =
        parse(&verdicts).into_iter().map(|verdict| (verdict["id"].as_str().unwrap().to_owned(), verdict)).collect();
    let (mut agreed, mut same_columns, mut tables_expected, mut total) = (0, 0, 0, 0);
    let mut wrong: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for case in parse(&queries) {
        let (id, text) = (case["id"].as_str().unwrap(), case["query"].as_str().unwrap());
        let Some(verdict) = verdicts.get(id) else { continue };
        total += 1;
        let parsed = kql_syntax::parse(text);
        let bound = check(&parsed.query, &BindContext::new(&tables, NOW));
        let errors = parsed.diagnostics.iter().chain(&bound.diagnostics).filter(|it| it.severity == Severity::Error);
        let errors: Vec<String> = errors
            .map(|it| format!("{} {} `{}`", it.code, it.message, text.get(it.span.range()).unwrap_or("?")))
            .collect();
        let ok = verdict["ok"] == Value::Bool(true);
        if ok == errors.is_empty() {
            agreed += 1;
        } else if ok {
            let first = errors.first().cloned().unwrap_or_default();
            wrong.entry(format!("refused: {first}")).or_default().push(id.to_owned());
        } else {
            wrong.entry("accepted".to_owned()).or_default().push(id.to_owned());
        }
        let (true, Some(expected), Some(relation)) =
            (ok, verdict["columns"].as_array(), bound.results.last().map(|result| &result.relation))
        else {
            tables_expected += usize::from(ok && verdict["columns"].is_array());
            continue;
        };
        tables_expected += 1;
        let expected: Vec<String> = expected
            .iter()
            .map(|column| format!("{}: {}", column[0].as_str().unwrap_or(""), column[1].as_str().unwrap_or("")))
            .collect();
        let typed = |column: &Column| match bound.untyped.contains(&column.id) {
            true => format!("{}: unknown", column.name),
            false => format!("{}: {}", column.name, column.scalar_type),
        };
        let given: Vec<String> = relation.columns.iter().map(typed).collect();
        if given == expected {
            same_columns += 1;
        } else {
            let missing: Vec<&String> = expected.iter().filter(|column| !given.contains(column)).take(4).collect();
            let extra: Vec<&String> = given.iter().filter(|column| !expected.contains(column)).take(4).collect();
            let unsupported: Vec<&str> = bound.unsupported.iter().map(|it| it.message.as_str()).take(2).collect();
            let what = format!("columns: expected {missing:?}, given {extra:?} {unsupported:?}");
            wrong.entry(what).or_default().push(id.to_owned());
        }
    }
    if std::env::var_os("KQL_CORPUS_DETAILS").is_some() {
        for (what, ids) in &wrong {
            println!("{:4} {what}  {}", ids.len(), ids.iter().take(3).cloned().collect::<Vec<_>>().join(" "));
        }
    }
    println!("{agreed} of {total} verdicts agree; {same_columns} of {tables_expected} results have the same columns");
    assert!(agreed * 100 >= total * 97, "{agreed} of {total} verdicts agree");
    assert!(same_columns * 100 >= tables_expected * 95, "{same_columns} of {tables_expected} results are the same");
}
