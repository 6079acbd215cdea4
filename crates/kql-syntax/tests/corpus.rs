//! Thousands of queries from the field, where they are at hand.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;

use kql_syntax::{Severity, parse};
use serde_json::Value;

/// A file of `../shared`, seen from the repository or from a working tree one folder deeper.
fn shared(path: &str) -> Option<PathBuf> {
    let repository = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let found = ["../shared", "../../shared"].iter().map(|up| repository.join(up).join(path)).find(|it| it.exists());
    if found.is_none() {
        println!("skipped: ../shared/{path} is not there");
    }
    found
}

fn lines(path: &str) -> Option<io::Result<Vec<Value>>> {
    let path = shared(path)?;
    Some(
        std::fs::read_to_string(path)
            .and_then(|text| Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)),
    )
}

fn first_error(query: &str) -> Option<String> {
    let parsed = parse(query);
    let error = parsed.diagnostics.into_iter().find(|it| it.severity == Severity::Error)?;
    let place = query.get(error.span.start..).unwrap_or_default().chars().take(60).collect::<String>();
    Some(format!("{} {} at `{place}`", error.code, error.message))
}

#[test]
fn hunting_queries_are_accepted_and_refused_as_the_official_parser_does() {
    let (Some(queries), Some(verdicts)) = (lines("corpus/hunting.jsonl"), lines("corpus/hunting.oracle.jsonl")) else {
        return;
    };
    let (queries, verdicts) = (queries.unwrap(), verdicts.unwrap());
    let verdicts: HashMap<&str, bool> =
        verdicts.iter().map(|it| (it["id"].as_str().unwrap(), it["syntax_ok"].as_bool().unwrap_or_default())).collect();
    let mut wrong = Vec::new();
    let (mut refused, mut bad) = (0, 0);
    for query in &queries {
        let id = query["id"].as_str().unwrap();
        let error = first_error(query["query"].as_str().unwrap());
        if verdicts[id] {
            wrong.extend(error.map(|error| format!("{id}: {error}")));
        } else {
            bad += 1;
            refused += usize::from(error.is_some());
            if error.is_none() {
                println!("accepted although broken: {id}");
            }
        }
    }
    assert!(wrong.is_empty(), "{} refused although fine:\n{}", wrong.len(), wrong.join("\n"));
    assert!(refused * 10 >= bad * 9, "only {refused} of {bad} broken queries refused");
}

#[test]
fn conformance_queries_are_accepted() {
    let names = ["kusto-verdict", "docs-emulator", "docs", "docs_disputed", "docs_storm", "kustoloco", "babykusto"];
    let mut wrong = Vec::new();
    for name in names {
        let Some(cases) = lines(&format!("conformance/{name}.jsonl")) else { return };
        for case in cases.unwrap().iter().filter(|case| case["expect_error"] != true) {
            let error = first_error(case["query"].as_str().unwrap());
            wrong.extend(error.map(|error| format!("{name} {}: {error}", case["id"])));
        }
    }
    assert!(wrong.is_empty(), "{} refused although fine:\n{}", wrong.len(), wrong.join("\n"));
}

/// All queries that are at hand.
pub fn queries() -> Vec<String> {
    let files = ["corpus/hunting.jsonl", "conformance/docs.jsonl", "conformance/kusto-verdict.jsonl"];
    let cases = files.iter().filter_map(|file| lines(file)).flat_map(Result::unwrap);
    cases.filter_map(|case| case["query"].as_str().map(str::to_owned)).collect()
}
