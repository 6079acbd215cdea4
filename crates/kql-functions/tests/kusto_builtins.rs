//! Our signatures against those of Kusto's own analyser: names, argument counts and return types.

use std::collections::BTreeSet;
use std::path::Path;

use kql_functions::aggregate::AggregateReturn;
use kql_functions::{Parameter, ParameterType, ReturnType};
use kql_types::ScalarType::{self, *};
use serde_json::Value;

/// A signature of ours, of a function or an aggregate.
struct Signature {
    parameters: &'static [Parameter],
    returns: ReturnType,
}

/// The signatures of a name, and whether it is there.
fn ours(name: &str, aggregate: bool) -> Option<Vec<Signature>> {
    if aggregate {
        let (aggregate, _) = kql_functions::aggregate(name)?;
        let signatures = aggregate.overloads.iter().map(|overload| Signature {
            parameters: overload.parameters,
            returns: match overload.returns {
                AggregateReturn::One(returns) | AggregateReturn::EachRepeated(returns) => returns,
                AggregateReturn::EachArgument => ReturnType::Parameter(0),
            },
        });
        return Some(signatures.collect());
    }
    let (function, _) = kql_functions::function(name)?;
    let signatures = function
        .overloads
        .iter()
        .map(|overload| Signature { parameters: overload.parameters, returns: overload.returns });
    Some(signatures.collect())
}

/// More arguments than any call has.
const MANY: usize = 10;

/// With how many arguments something may be called, up to [`MANY`].
fn counts(signatures: &[Signature]) -> BTreeSet<usize> {
    let counts = signatures.iter().flat_map(|signature| {
        let least = signature.parameters.iter().filter(|parameter| !parameter.optional).count();
        let repeated = signature.parameters.iter().filter(|parameter| parameter.repeated).count();
        let most = if repeated > 0 { MANY } else { signature.parameters.len() };
        // Parameters that repeat together come and go together.
        (least..=most).filter(move |count| repeated < 2 || (count - least).is_multiple_of(repeated))
    });
    counts.collect()
}

fn their_counts(signatures: &[Value]) -> BTreeSet<usize> {
    let counts = signatures.iter().flat_map(|signature| {
        let least = signature["args"][0].as_u64().unwrap() as usize;
        let most = signature["args"][1].as_u64().map_or(MANY, |most| (most as usize).min(MANY));
        let repeated = parameters(signature).iter().filter(|parameter| parameter["repeat"].is_u64()).count();
        let most = if repeated > 0 { MANY } else { most };
        (least..=most).filter(move |count| repeated < 2 || (count - least).is_multiple_of(repeated))
    });
    counts.collect()
}

fn parameters(signature: &Value) -> &[Value] {
    signature["params"].as_array().unwrap()
}

/// The types that a type class of the analyser takes as they are.
fn class(name: &str) -> Option<Vec<ScalarType>> {
    let all_but = |excluded: &[ScalarType]| ScalarType::ALL.into_iter().filter(|t| !excluded.contains(t)).collect();
    Some(match name {
        "Scalar" | "Any" | "CommonScalar" | "CommonScalarOrDynamic" => ScalarType::ALL.to_vec(),
        "NotDynamic" => all_but(&[Dynamic]),
        "NotRealOrBool" => all_but(&[Real, Bool]),
        "Orderable" | "CommonOrderable" => all_but(&[Dynamic, Guid]),
        "Summable" => vec![Int, Long, Real, Decimal, DateTime, TimeSpan],
        "Number" => vec![Int, Long, Real, Decimal],
        "NumberOrBool" => vec![Int, Long, Real, Decimal, Bool],
        "Integer" => vec![Int, Long],
        "StringOrDynamic" | "StringOrArray" => vec![String, Dynamic],
        "IntegerOrArray" => vec![Int, Long, Dynamic],
        "DynamicArray" | "DynamicBag" => vec![Dynamic],
        name => vec![ScalarType::from_name(name)?],
    })
}

/// How readily a parameter takes a type: 0 as it is, 1 by an implicit conversion.
fn cost(accepts: ParameterType, given: ScalarType, arguments: &[ScalarType]) -> Option<usize> {
    let widens = |to: ScalarType| match (given, to) {
        _ if given == to => Some(0),
        (Int, Long | Real | Decimal) | (Long, Real | Decimal) | (Real, Decimal) | (Dynamic, _) => Some(1),
        _ => None,
    };
    let among = |name: &str| class(name).unwrap_or_default().contains(&given).then_some(0);
    match accepts {
        ParameterType::Exact(exact) => widens(exact),
        ParameterType::OneOf(types) => types.iter().filter_map(|one| widens(*one)).min(),
        ParameterType::NotBool => (given != Bool).then_some(0),
        ParameterType::SameAs(at) => (arguments.get(at) == Some(&given)).then_some(0),
        ParameterType::TypeLiteral | ParameterType::Tabular => None,
        class => among(&format!("{class:?}")),
    }
}

/// The parameter of each argument.
fn assign(parameters: &'static [Parameter], count: usize) -> Option<Vec<&'static Parameter>> {
    let Some(first_repeated) = parameters.iter().position(|parameter| parameter.repeated) else {
        return (count <= parameters.len()).then(|| parameters.iter().take(count).collect());
    };
    let repeated = parameters.iter().filter(|parameter| parameter.repeated).count();
    let after = parameters.len() - first_repeated - repeated;
    let assigned = (0..count).map(|at| {
        if at < first_repeated {
            &parameters[at]
        } else if at + after >= count && after > 0 {
            &parameters[parameters.len() - (count - at)]
        } else {
            &parameters[first_repeated + (at - first_repeated) % repeated]
        }
    });
    Some(assigned.collect())
}

/// The type that a call of ours has: of the signature that takes the arguments with the least conversion.
/// `None`: no signature takes them. `Some(None)`: the type is not told by the argument types alone.
fn our_return(signatures: &[Signature], arguments: &[ScalarType]) -> Option<Option<ScalarType>> {
    let costs = signatures.iter().filter_map(|signature| {
        let parameters = assign(signature.parameters, arguments.len())?;
        let least = signature.parameters.iter().filter(|parameter| !parameter.optional).count();
        if arguments.len() < least {
            return None;
        }
        let costs =
            parameters.iter().zip(arguments).map(|(parameter, given)| cost(parameter.accepts, *given, arguments));
        Some((costs.sum::<Option<usize>>()?, signature))
    });
    let (_, signature) = costs.min_by_key(|(cost, _)| *cost)?;
    Some(match signature.returns {
        ReturnType::Type(returns) => Some(returns),
        ReturnType::Parameter(at) => arguments.get(at).copied(),
        ReturnType::Promoted(at) => arguments.get(at).map(|given| if *given == Int { Long } else { *given }),
        ReturnType::Widest => arguments.iter().copied().filter(|given| given.is_number()).max(),
        ReturnType::Computed(compute) => Some(compute(arguments)),
        ReturnType::Common
        | ReturnType::CommonNonDynamic
        | ReturnType::Literal(_)
        | ReturnType::Columns(_)
        | ReturnType::ColumnEach(_) => None,
    })
}

/// What the analyser says; `None` where it computes the type in a way that the facts do not tell.
fn their_return(returns: &str, arguments: &[ScalarType]) -> Option<ScalarType> {
    match returns {
        "Parameter0" => arguments.first().copied(),
        "Parameter1" => arguments.get(1).copied(),
        "Parameter0Promoted" => arguments.first().map(|given| if *given == Int { Long } else { *given }),
        "Parameter0Array" => Some(Dynamic),
        "Widest" => arguments.iter().copied().filter(|given| given.is_number()).max(),
        name => ScalarType::from_name(name),
    }
}

/// Argument lists of a signature: each parameter in turn in each of its types, the others in their first.
fn argument_lists(signature: &Value) -> Vec<Vec<ScalarType>> {
    let classes: Option<Vec<Vec<ScalarType>>> = parameters(signature)
        .iter()
        .filter(|parameter| parameter["optional"] != true)
        .map(|parameter| class(parameter["type"].as_str().unwrap()))
        .collect();
    let Some(mut classes) = classes else { return Vec::new() };
    while classes.len() < signature["args"][0].as_u64().unwrap() as usize {
        classes.push(classes.last().unwrap().clone());
    }
    let common: Vec<ScalarType> = classes.iter().map(|types| types[0]).collect();
    let mut lists = vec![common.clone()];
    for (at, types) in classes.iter().enumerate() {
        for scalar_type in types {
            let mut list = common.clone();
            list[at] = *scalar_type;
            // Those that share a type change together.
            if parameters(signature)[at.min(parameters(signature).len() - 1)]["type"]
                .as_str()
                .unwrap()
                .starts_with("Common")
            {
                continue;
            }
            lists.push(list);
        }
    }
    lists.sort();
    lists.dedup();
    lists
}

fn deviations(builtins: &Value) -> Vec<std::string::String> {
    let mut deviations = Vec::new();
    for (kind, aggregate) in [("functions", false), ("aggregates", true)] {
        for theirs in builtins[kind].as_array().unwrap() {
            let name = theirs["name"].as_str().unwrap();
            let signatures = theirs["signatures"].as_array().unwrap();
            if !theirs["tabularity"].is_null() {
                continue;
            }
            let Some(ours) = ours(name, aggregate) else {
                deviations.push(format!("{name}: not known"));
                continue;
            };
            let (their_counts, our_counts) = (their_counts(signatures), counts(&ours));
            if their_counts != our_counts {
                deviations.push(format!("{name}: {our_counts:?} arguments, not {their_counts:?}"));
            }
            for signature in signatures {
                for arguments in argument_lists(signature) {
                    let call = || {
                        let types: Vec<&str> = arguments.iter().map(|scalar_type| scalar_type.name()).collect();
                        format!("{name}({})", types.join(", "))
                    };
                    match our_return(&ours, &arguments) {
                        None => deviations.push(format!("{}: not taken", call())),
                        Some(Some(returns)) => {
                            let theirs = their_return(signature["return"].as_str().unwrap(), &arguments);
                            if theirs.is_some_and(|theirs| theirs != returns) {
                                deviations.push(format!("{}: {returns}, not {}", call(), theirs.unwrap()));
                            }
                        }
                        Some(None) => {}
                    }
                }
            }
        }
    }
    deviations.sort();
    deviations.dedup();
    deviations
}

/// Where we differ on purpose.
const DEVIATIONS: &[&str] = &[
    // The engine itself gives `long`, whatever the analyser says.
    "abs(int): long, not int",
    "bin(int, int): long, not int",
    "bin_at(int, int, int): long, not int",
    "floor(int, int): long, not int",
    // Steps and sizes of another kind than the value mean nothing.
    "bin_at(datetime, datetime, datetime): not taken",
    "range(datetime, int): not taken",
    "range(decimal, int): not taken",
    "range(int, datetime): not taken",
    "range(int, decimal): not taken",
    "range(int, timespan): not taken",
    "range(timespan, int): not taken",
    // Functions of graphs, tables and the analyser itself, which no expression calls.
    "__cast: not known",
    "__invoke: not known",
    "all: not known",
    "any: not known",
    "inner_nodes: not known",
    "labels: not known",
    "map: not known",
    "node_degree_in: not known",
    "node_degree_out: not known",
    "node_id: not known",
    // An alias of `count`.
    "cnt: {0, 1} arguments, not {0}",
    // The documented form.
    "jaccard_index(dynamic, dynamic): real, not dynamic",
    "jaccard_index: {2} arguments, not {2, 3, 4, 5, 6, 7, 8, 9, 10}",
];

#[test]
fn signatures_are_those_of_the_analyser() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let places = ["../shared", "../../shared"].map(|shared| root.join(shared).join("schemas/kusto-builtins.json"));
    let Some(text) = places.iter().find_map(|place| std::fs::read_to_string(place).ok()) else {
        println!("skipped: ../shared/schemas/kusto-builtins.json is not there");
        return;
    };
    let builtins: Value = serde_json::from_str(&text).unwrap();
    let found = deviations(&builtins);
    let unknown: Vec<_> = found.iter().filter(|found| !DEVIATIONS.contains(&found.as_str())).collect();
    let gone: Vec<_> = DEVIATIONS.iter().filter(|known| !found.iter().any(|found| found == *known)).collect();
    assert!(unknown.is_empty() && gone.is_empty(), "unknown: {unknown:#?}\nno longer: {gone:#?}");
}
