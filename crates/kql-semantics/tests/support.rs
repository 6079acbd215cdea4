//! Tables to bind against, and binding made short.

use std::path::PathBuf;

use kql_semantics::plan_text::plan_text;
use kql_semantics::{BindContext, Bound, Column, Tables, bind, check};
use kql_syntax::Severity;
use kql_types::{ScalarType, Schema, ticks};

/// 2024-05-06T00:00:00Z, what `now()` is in these tests.
pub const NOW: i64 = ticks::UNIX_EPOCH + 19_849 * ticks::PER_DAY;

/// Two small tables.
pub struct Samples;

impl Tables for Samples {
    fn schema(&self, name: &str) -> Option<Schema> {
        let columns: &[(&str, ScalarType)] = match name {
            "Logons" => &[
                ("Time", ScalarType::DateTime),
                ("User", ScalarType::String),
                ("Attempts", ScalarType::Long),
                ("Succeeded", ScalarType::Bool),
                ("Details", ScalarType::Dynamic),
            ],
            "Users" => {
                &[("User", ScalarType::String), ("Department", ScalarType::String), ("Attempts", ScalarType::Int)]
            }
            _ => return None,
        };
        Some(columns.iter().copied().collect())
    }

    fn names(&self) -> Vec<String> {
        vec!["Logons".to_owned(), "Users".to_owned()]
    }
}

/// Binds a query over the samples.
pub fn bound(query: &str) -> Bound {
    let parsed = kql_syntax::parse(query);
    let errors = parsed.diagnostics.iter().filter(|diagnostic| diagnostic.severity == kql_syntax::Severity::Error);
    assert_eq!(errors.collect::<Vec<_>>(), Vec::<&kql_syntax::Diagnostic>::new(), "{query}");
    bind(&parsed.query, &BindContext::new(&Samples, NOW))
}

/// The plan of a query that has no mistake.
pub fn plan(query: &str) -> String {
    let bound = bound(query);
    assert_eq!(bound.diagnostics, [], "{query}");
    bound.first().map(plan_text).unwrap_or_default()
}

/// `name: type` of the result's columns.
pub fn columns(query: &str) -> String {
    let bound = bound(query);
    assert_eq!(bound.diagnostics, [], "{query}");
    let columns = bound.first().map(|relation| relation.columns.clone()).unwrap_or_default();
    let columns: Vec<String> =
        columns.iter().map(|column| format!("{}: {}", column.name, column.scalar_type)).collect();
    columns.join(", ")
}

/// `name: type` of the result's columns where a query is only judged.
pub fn judged(query: &str) -> String {
    let parsed = kql_syntax::parse(query);
    let bound = check(&parsed.query, &BindContext::new(&Samples, NOW));
    let errors = bound.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    assert_eq!(errors.count(), 0, "{query}: {:?}", bound.diagnostics);
    let columns = bound.first().map(|relation| relation.columns.clone()).unwrap_or_default();
    let typed = |column: &Column| match bound.untyped.contains(&column.id) {
        true => format!("{}: unknown", column.name),
        false => format!("{}: {}", column.name, column.scalar_type),
    };
    columns.iter().map(typed).collect::<Vec<String>>().join(", ")
}

/// The diagnostics of a query, each with its place underlined.
pub fn complaints(query: &str) -> String {
    let parsed = kql_syntax::parse(query);
    let bound = bind(&parsed.query, &BindContext::new(&Samples, NOW));
    let all = parsed.diagnostics.iter().chain(&bound.diagnostics).chain(&bound.unsupported);
    let lines: Vec<String> = all
        .map(|diagnostic| {
            let place = query.get(diagnostic.span.range()).unwrap_or("?");
            let help = diagnostic.help.as_deref().map(|help| format!(" ({help})")).unwrap_or_default();
            format!("{} `{place}`: {}{help}", diagnostic.code, diagnostic.message)
        })
        .collect();
    lines.join("\n")
}

/// A file of `../shared`, seen from the repository or from a working tree one folder deeper.
pub fn shared(path: &str) -> Option<String> {
    let repository = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let found = ["../shared", "../../shared"].iter().map(|up| repository.join(up).join(path)).find(|it| it.exists());
    if found.is_none() {
        println!("skipped: ../shared/{path} is not there");
    }
    found.and_then(|path| std::fs::read_to_string(path).ok())
}
