//! The recorded cases of `../shared/conformance`, where they are at hand: over the wire each query gives what it
//! gives without. (Whether that is what Kusto gave, the scorer beside the cases tells.)

use std::path::PathBuf;

use crate::support::{answer, repository};

fn folder() -> Option<PathBuf> {
    let root = repository().canonicalize().ok()?;
    root.ancestors().map(|folder| folder.join("shared/conformance")).find(|folder| folder.is_dir())
}

#[test]
fn the_wire_changes_no_answer() {
    let Some(folder) = folder() else {
        eprintln!("skipped: shared/conformance is not there");
        return;
    };
    let mut differences = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        let (mut answered, mut total) = (0, 0);
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            let case: serde_json::Value = serde_json::from_str(line).unwrap();
            let query = case["query"].as_str().unwrap();
            let volatile = ["rand", "new_guid", "sample"].iter().any(|word| query.contains(word));
            total += 1;
            let direct = sorted(query, false);
            answered += usize::from(direct.is_ok());
            if !volatile && direct.is_ok() && direct != sorted(query, true) {
                differences.push(format!("{}: {query}\n{direct:?}\n{:?}", case["id"], sorted(query, true)));
            }
        }
        println!("{}: {answered} of {total} queries have an answer", path.display());
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// The rows as text in any order, or the message.
fn sorted(query: &str, wire: bool) -> Result<Vec<String>, String> {
    let answer = answer(query, wire).map_err(|error| error.message)?;
    let mut rows: Vec<String> = answer.rows.iter().map(|row| format!("{row:?}")).collect();
    rows.sort();
    Ok(rows)
}
