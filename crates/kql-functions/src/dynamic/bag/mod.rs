//! Functions over property bags. What is not a bag where one is asked for gives null, unless a function says otherwise.

use kql_types::dynamic::{Dynamic, Path, Step};

pub mod keys;
pub mod pack;
pub mod treepath;

/// Where a key leads: `$.a.b` is a path into nested bags, anything else one key.
fn key_path(key: &str) -> Path {
    let path = if key.starts_with('$') { Path::parse(key) } else { None };
    let members_only =
        |path: &Path| !path.steps().is_empty() && path.steps().iter().all(|step| matches!(step, Step::Member(_)));
    path.filter(members_only).unwrap_or_else(|| Path::new(vec![Step::Member(key.to_owned())]))
}

/// The first step's key and the steps behind it.
fn first_key(steps: &[Step]) -> Option<(&str, &[Step])> {
    match steps.split_first() {
        Some((Step::Member(name), rest)) => Some((name, rest)),
        _ => None,
    }
}

/// The members of a bag without those whose key came before.
fn distinct_members<'a>(bag: Dynamic<'a>) -> impl Iterator<Item = (std::borrow::Cow<'a, str>, Dynamic<'a>)> {
    let mut seen = std::collections::HashSet::new();
    bag.members().filter(move |(key, _)| seen.insert(key.clone()))
}
