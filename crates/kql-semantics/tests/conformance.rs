//! Recorded answers of the real engine: their column names and types, held against what binding predicts.

use std::collections::BTreeMap;

use kql_semantics::{BindContext, Tables, bind};
use kql_syntax::Severity;
use kql_types::Schema;
use serde_json::Value;

use crate::support::{NOW, shared};

struct NoTables;

impl Tables for NoTables {
    fn schema(&self, _: &str) -> Option<Schema> {
        None
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Whether a recorded type, such as `int|long`, allows a predicted one.
fn allows(recorded: &Value, predicted: &str) -> bool {
    recorded.as_str().is_none_or(|types| types.split('|').any(|one| one == predicted))
}

#[test]
fn answers_have_the_columns_that_binding_predicts() {
    let (mut right, mut total, mut refused_rightly, mut errors_expected) = (0, 0, 0, 0);
    let mut wrong: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in ["kusto-verdict", "docs-emulator"] {
        let Some(cases) = shared(&format!("conformance/{file}.jsonl")) else { return };
        for case in cases.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            let (id, text) = (case["id"].as_str().unwrap(), case["query"].as_str().unwrap());
            let parsed = kql_syntax::parse(text);
            let bound = bind(&parsed.query, &BindContext::new(&NoTables, NOW));
            let all = parsed.diagnostics.iter().chain(&bound.diagnostics);
            let errors: Vec<String> = all
                .filter(|it| it.severity == Severity::Error)
                .map(|it| format!("{} {} `{}`", it.code, it.message, text.get(it.span.range()).unwrap_or("?")))
                .collect();
            if case["expect_error"] == Value::Bool(true) {
                errors_expected += 1;
                refused_rightly += usize::from(!errors.is_empty());
                if errors.is_empty() {
                    wrong.entry(format!("accepted: {text}")).or_default().push(id.to_owned());
                }
                continue;
            }
            let Some(expected) = case["expected"]["columns"].as_array() else { continue };
            total += 1;
            if let Some(error) = errors.first() {
                wrong.entry(format!("refused: {error}")).or_default().push(id.to_owned());
                continue;
            }
            let columns = bound.first().map(|relation| relation.columns.clone()).unwrap_or_default();
            let same = columns.len() == expected.len()
                && columns.iter().zip(expected).all(|(given, expected)| {
                    let name = expected["name"].as_str().unwrap_or("");
                    (name.is_empty() || name == given.name) && allows(&expected["type"], given.scalar_type.name())
                });
            if same {
                right += 1;
                continue;
            }
            let given: Vec<String> = columns.iter().map(|it| format!("{}: {}", it.name, it.scalar_type)).collect();
            let unsupported: Vec<&str> = bound.unsupported.iter().map(|it| it.message.as_str()).take(1).collect();
            let expected: Vec<String> = expected
                .iter()
                .map(|it| format!("{}: {}", it["name"].as_str().unwrap_or(""), it["type"].as_str().unwrap_or("")))
                .collect();
            let extra: Vec<&String> = given.iter().filter(|it| !expected.contains(it)).take(3).collect();
            let missing: Vec<&String> = expected.iter().filter(|it| !given.contains(it)).take(3).collect();
            wrong
                .entry(format!("columns: expected {missing:?}, given {extra:?} {unsupported:?}"))
                .or_default()
                .push(id.to_owned());
        }
    }
    if std::env::var_os("KQL_CORPUS_DETAILS").is_some() {
        for (what, ids) in &wrong {
            println!("{:4} {what}  {}", ids.len(), ids.iter().take(3).cloned().collect::<Vec<_>>().join(" "));
        }
    }
    println!(
        "{right} of {total} answers have the predicted columns; {refused_rightly} of {errors_expected} errors are found"
    );
    assert!(right * 100 >= total * 97, "{right} of {total} answers have the predicted columns");
}
