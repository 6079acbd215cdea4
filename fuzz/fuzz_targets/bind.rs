//! Any text can be bound, and every diagnostic has a place in it.

#![no_main]

use kql_semantics::{BindContext, Tables, bind};
use kql_types::{ScalarType, Schema};
use libfuzzer_sys::fuzz_target;

struct Samples;

impl Tables for Samples {
    fn schema(&self, name: &str) -> Option<Schema> {
        let columns = [
            ("Time", ScalarType::DateTime),
            ("User", ScalarType::String),
            ("Attempts", ScalarType::Long),
            ("Succeeded", ScalarType::Bool),
            ("Details", ScalarType::Dynamic),
        ];
        (name == "Logons").then(|| columns.into_iter().collect())
    }

    fn names(&self) -> Vec<String> {
        vec!["Logons".to_owned()]
    }
}

fuzz_target!(|text: &str| {
    let parsed = kql_syntax::parse(text);
    let bound = bind(&parsed.query, &BindContext { tables: &Samples, now: 638_000_000_000_000_000 });
    for diagnostic in bound.diagnostics.iter().chain(&bound.lints).chain(&bound.unsupported) {
        assert!(text.get(diagnostic.span.range()).is_some(), "{diagnostic:?}");
    }
});
