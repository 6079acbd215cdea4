//! Queries that are huge or deep: they are refused or bound, and neither overflows the stack nor takes long.

use std::fmt::Write;

use kql_semantics::{BindContext, bind};

use crate::support::{NOW, Samples};

/// Binds a query and says what it was refused for.
fn verdict(query: &str) -> Vec<&'static str> {
    let parsed = kql_syntax::parse(query);
    let bound = bind(&parsed.query, &BindContext::new(&Samples, NOW));
    let mut codes: Vec<&'static str> = parsed.diagnostics.iter().chain(&bound.diagnostics).map(|it| it.code).collect();
    codes.dedup();
    codes
}

#[test]
fn a_long_chain_of_or_is_bound() {
    let terms: Vec<String> = (0..3000).map(|number| format!("Attempts == {number}")).collect();
    assert_eq!(verdict(&format!("Logons | where {}", terms.join(" or "))), [""; 0]);
}

#[test]
fn a_long_sum_is_bound_or_refused() {
    let query = format!("Logons | extend x = Attempts{}", " + Attempts".repeat(20_000));
    verdict(&query);
}

#[test]
fn a_long_pipe_is_refused() {
    let query = format!("Logons{}", " | where Attempts > 1".repeat(20_000));
    assert_eq!(verdict(&query), ["KQL0220"]);
}

#[test]
fn nested_calls_are_bound_or_refused() {
    for depth in [50, 100, 1000, 5000] {
        verdict(&format!("print {}1{}", "tostring(".repeat(depth), ")".repeat(depth)));
        verdict(&format!("print {}1{}", "(".repeat(depth), ")".repeat(depth)));
        verdict(&format!("print {}1", "-".repeat(depth)));
        verdict(&format!("{}Logons{}", "(".repeat(depth), ")".repeat(depth)));
        verdict(&format!("Logons {}Users{}", "| join kind=inner (Logons ".repeat(depth), ") on User".repeat(depth)));
        verdict(&format!("print {}1{}", "toscalar(print ".repeat(depth), ")".repeat(depth)));
        verdict(&format!("print x = dynamic(null){}", ".a".repeat(depth)));
        verdict(&format!("Logons | project x = Details{}", "[User]".repeat(depth)));
    }
}

#[test]
fn functions_that_double_are_refused() {
    let mut query = "let f0 = (x:long) { x + x };".to_owned();
    for number in 1..60 {
        let _ = write!(query, "let f{number} = (x:long) {{ f{0}(f{0}(x)) }};", number - 1);
    }
    assert!(verdict(&format!("{query} Logons | extend y = f59(Attempts)")).contains(&"KQL0220"));
}

#[test]
fn tables_that_double_are_refused() {
    let mut query = "let t0 = Logons;".to_owned();
    for number in 1..60 {
        let _ = write!(query, "let t{number} = union t{0}, t{0};", number - 1);
    }
    assert!(verdict(&format!("{query} t59")).contains(&"KQL0220"));
}

#[test]
fn a_long_chain_of_variables_is_bound_or_refused() {
    let mut query = "let v0 = toscalar(Logons | count); let t0 = Logons;".to_owned();
    for number in 1..3000 {
        let _ = write!(query, "let v{number} = v{0} + 1; let t{number} = t{0} | where Attempts > 1;", number - 1);
    }
    verdict(&format!("{query} t2999 | where Attempts == v2999"));
}

#[test]
fn functions_in_functions_are_bound_or_refused() {
    let mut query = "let f0 = () { 1 };".to_owned();
    for number in 1..2000 {
        let _ = write!(query, "let f{number} = () {{ f{}() }};", number - 1);
    }
    verdict(&format!("{query} print f1999()"));
}
