//! The examples of every function, aggregate and plugin, run as a user would.

use std::fmt::Write;

use kql_functions::documentation::Example;
use kql_functions::{AggregateRef, FunctionRef, all, all_aggregates, all_plugins};

use crate::support::answer;

fn failures(name: &str, examples: &[Example]) -> String {
    let mut failures = String::new();
    for example in examples {
        for wire in [false, true] {
            let place = if wire { " over the wire" } else { "" };
            match answer(example.query, wire) {
                Ok(answer) => match answer.rows.as_slice() {
                    [row] if row.len() == 1 && row[0].to_text() == example.result => {}
                    rows => {
                        let _ = writeln!(
                            failures,
                            "{name}{place}: {}\n  expected {:?}, got {rows:?}",
                            example.query, example.result
                        );
                    }
                },
                Err(error) => {
                    let _ = writeln!(failures, "{name}{place}: {}\n  {}: {}", example.query, error.code, error.message);
                }
            }
        }
    }
    failures
}

#[test]
fn functions_give_what_their_examples_say() {
    let failures: String = all().map(|function| failures(function.name, function.examples)).collect();
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn aggregates_give_what_their_examples_say() {
    let failures: String = all_aggregates().map(|aggregate| failures(aggregate.name, aggregate.examples)).collect();
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn plugins_give_what_their_examples_say() {
    let failures: String = all_plugins().map(|plugin| failures(plugin.name, plugin.examples)).collect();
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn every_overload_is_found_by_its_name() {
    for function in all() {
        for overload in function.overloads {
            let reference = FunctionRef { function, overload };
            assert_eq!(FunctionRef::from_name(&reference.name()), Some(reference), "{reference}");
        }
    }
    for aggregate in all_aggregates() {
        for overload in aggregate.overloads {
            let reference = AggregateRef { aggregate, overload };
            assert_eq!(AggregateRef::from_name(&reference.name()), Some(reference), "{reference}");
        }
    }
}
