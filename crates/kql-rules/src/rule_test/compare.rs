//! What came out against what must come out.

use kql_types::dynamic::Dynamic;
use kql_types::{ScalarType, Value, text};
use serde_json::Value as Json;

use super::{Expectation, Row};

/// The rows of a result.
#[derive(Clone, Debug, PartialEq)]
pub struct ActualRows {
    pub columns: Vec<(String, ScalarType)>,
    pub rows: Vec<Vec<Value>>,
}

/// One thing that is not as expected.
#[derive(Clone, Debug, PartialEq)]
pub enum Mismatch {
    /// How many rows there must be, and are.
    Count { expected: usize, actual: usize },
    /// Rows came out, or none did, against `hits`.
    Hits { expected: bool, actual: usize },
    /// Columns that the result does not have.
    NoColumn { name: String },
    /// Rows that are missing, and those that are too many, by the columns that the author wrote.
    Rows { missing: Vec<Row>, unexpected: Vec<Row> },
}

/// What of the expectation does not hold. Times of the expectation may be expressions, which `time` evaluates.
pub fn compare(
    expectation: &Expectation,
    actual: &ActualRows,
    time: &mut dyn FnMut(&str) -> Option<i64>,
) -> Vec<Mismatch> {
    let mut mismatches = Vec::new();
    let found = actual.rows.len();
    if let Some(expected) = expectation.count.filter(|expected| *expected != found) {
        mismatches.push(Mismatch::Count { expected, actual: found });
    }
    if let Some(expected) = expectation.hits.filter(|expected| *expected != (found > 0)) {
        mismatches.push(Mismatch::Hits { expected, actual: found });
    }
    if let Some(rows) = &expectation.rows {
        compare_rows(rows, expectation.ordered, actual, time, &mut mismatches);
    }
    mismatches
}

fn compare_rows(
    expected: &[Row],
    ordered: bool,
    actual: &ActualRows,
    time: &mut dyn FnMut(&str) -> Option<i64>,
    mismatches: &mut Vec<Mismatch>,
) {
    let mut named: Vec<&str> = Vec::new();
    for name in expected.iter().flat_map(Row::keys) {
        if !named.contains(&name.as_str()) {
            named.push(name);
        }
    }
    let position = |name: &str| actual.columns.iter().position(|(column, _)| column == name);
    let unknown = named.iter().filter(|name| position(name).is_none());
    let unknown: Vec<Mismatch> = unknown.map(|name| Mismatch::NoColumn { name: (*name).to_owned() }).collect();
    if !unknown.is_empty() {
        mismatches.extend(unknown);
        return;
    }
    let mut fits = |row: &Row, values: &[Value]| {
        row.iter().all(|(name, wanted)| {
            position(name).and_then(|at| values.get(at)).is_some_and(|value| is_equal(wanted, value, time))
        })
    };
    let pairs: Vec<Option<usize>> = if ordered {
        let in_place = |(at, row): (usize, &Row)| actual.rows.get(at).filter(|values| fits(row, values)).map(|_| at);
        expected.iter().enumerate().map(in_place).collect()
    } else {
        let fitting: Vec<Vec<usize>> = expected
            .iter()
            .map(|row| {
                (0..actual.rows.len()).filter(|at| fits(row, actual.rows.get(*at).map_or(&[], Vec::as_slice))).collect()
            })
            .collect();
        paired(&fitting)
    };
    let missing = expected.iter().zip(&pairs).filter(|(_, pair)| pair.is_none()).map(|(row, _)| row.clone()).collect();
    let left = actual.rows.iter().enumerate().filter(|(at, _)| !pairs.contains(&Some(*at)));
    let all_columns: Vec<&str> = actual.columns.iter().map(|(name, _)| name.as_str()).collect();
    let shown = if named.is_empty() { &all_columns } else { &named };
    let unexpected: Vec<Row> = left.map(|(_, values)| part(shown, values, &position)).collect();
    if pairs.contains(&None) || !unexpected.is_empty() {
        mismatches.push(Mismatch::Rows { missing, unexpected });
    }
}

/// The named columns of a row, as an author would write them.
fn part(names: &[&str], values: &[Value], position: &dyn Fn(&str) -> Option<usize>) -> Row {
    let cell = |name: &&str| Some(((*name).to_owned(), to_json(values.get(position(name)?)?)));
    names.iter().filter_map(cell).collect()
}

/// A value as it stands in a test.
pub(crate) fn to_json(value: &Value) -> Json {
    match value {
        Value::Null(_) => Json::Null,
        Value::Bool(value) => Json::from(*value),
        Value::Int(value) => Json::from(*value),
        Value::Long(value) => Json::from(*value),
        Value::Real(value) if value.is_finite() => Json::from(*value),
        Value::Dynamic(text) => serde_json::from_str(text).unwrap_or_else(|_| Json::from(text.as_str())),
        other => Json::from(other.to_text()),
    }
}

/// Gives each expected row an actual one of its own, as many as possible; `fitting` lists the candidates.
fn paired(fitting: &[Vec<usize>]) -> Vec<Option<usize>> {
    let mut taken: std::collections::HashMap<usize, usize> = std::collections::HashMap::new();
    for expected in 0..fitting.len() {
        let mut seen = std::collections::HashSet::new();
        improve(expected, fitting, &mut taken, &mut seen, 0);
    }
    let mut pairs = vec![None; fitting.len()];
    for (actual, expected) in taken {
        if let Some(pair) = pairs.get_mut(expected) {
            *pair = Some(actual);
        }
    }
    pairs
}

/// The longest chain of rows that make room for each other.
const LONGEST_CHAIN: usize = 500;

fn improve(
    expected: usize,
    fitting: &[Vec<usize>],
    taken: &mut std::collections::HashMap<usize, usize>,
    seen: &mut std::collections::HashSet<usize>,
    depth: usize,
) -> bool {
    for candidate in fitting.get(expected).into_iter().flatten() {
        if !seen.insert(*candidate) {
            continue;
        }
        let holder = taken.get(candidate).copied();
        let is_free = match holder {
            None => true,
            Some(holder) => depth < LONGEST_CHAIN && improve(holder, fitting, taken, seen, depth + 1),
        };
        if is_free {
            taken.insert(*candidate, expected);
            return true;
        }
    }
    false
}

/// Whether a value is what the author wrote: numbers by value, times by the moment, the rest by its text.
fn is_equal(wanted: &Json, value: &Value, time: &mut dyn FnMut(&str) -> Option<i64>) -> bool {
    match (wanted, value) {
        (Json::Null, value) => value.is_null() || matches!(value, Value::String(text) if text.is_empty()),
        (wanted, Value::Dynamic(text)) => {
            let found: Result<Json, _> = serde_json::from_str(text);
            found.is_ok_and(|found| same(wanted, &found))
                || matches!(wanted, Json::String(wanted) if *wanted == Dynamic::new(text).to_string_value())
        }
        (Json::Bool(wanted), Value::Bool(found)) => wanted == found,
        (Json::Number(wanted), Value::Int(_) | Value::Long(_) | Value::Real(_) | Value::Decimal(_)) => {
            let found = match value {
                Value::Int(found) => return wanted.as_i64() == Some(i64::from(*found)),
                Value::Long(found) if wanted.is_i64() => return wanted.as_i64() == Some(*found),
                Value::Long(found) => *found as f64,
                Value::Real(found) => *found,
                other => return wanted.to_string() == other.to_text(),
            };
            wanted.as_f64().is_some_and(|wanted| is_near(wanted, found))
        }
        (Json::String(wanted), Value::DateTime(found)) => {
            text::parse_datetime(wanted).or_else(|| time(wanted)) == Some(*found)
        }
        (Json::String(wanted), Value::Real(found)) => {
            wanted.parse().is_ok_and(|wanted: f64| is_near(wanted, *found) || (wanted.is_nan() && found.is_nan()))
        }
        (Json::String(wanted), other) => *wanted == other.to_text(),
        // An unquoted number or boolean where the column is text.
        (Json::Bool(wanted), Value::String(found)) => found == if *wanted { "true" } else { "false" },
        (Json::Number(wanted), Value::String(found)) => wanted.to_string().as_str() == found.as_str(),
        _ => false,
    }
}

fn is_near(wanted: f64, found: f64) -> bool {
    wanted == found || (wanted - found).abs() <= 1e-9 * wanted.abs().max(found.abs())
}

/// Whether two JSON values are equal, numbers by value.
fn same(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Number(left), Json::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Json::Array(left), Json::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Json::Object(left), Json::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, value)| right.get(name).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn actual() -> ActualRows {
        ActualRows {
            columns: vec![
                ("User".to_owned(), ScalarType::String),
                ("N".to_owned(), ScalarType::Long),
                ("Seen".to_owned(), ScalarType::DateTime),
                ("Tags".to_owned(), ScalarType::Dynamic),
            ],
            rows: vec![vec!["ann", "1", "0", "[1,2]"], vec!["ben", "2", "10", r#"{"a":1.0}"#]]
                .into_iter()
                .map(|row| {
                    vec![
                        Value::String(row[0].to_owned()),
                        Value::Long(row[1].parse().unwrap()),
                        Value::DateTime(row[2].parse().unwrap()),
                        Value::Dynamic(row[3].to_owned()),
                    ]
                })
                .collect(),
        }
    }

    fn rows(rows: Json) -> Expectation {
        let rows = serde_json::from_value(rows).unwrap();
        Expectation { rows: Some(rows), ..Expectation::default() }
    }

    fn check(expectation: &Expectation) -> Vec<Mismatch> {
        compare(expectation, &actual(), &mut |text| (text == "ago(1s)").then_some(10))
    }

    #[test]
    fn rows_are_found_in_any_order_by_the_columns_written() {
        assert_eq!(check(&rows(json!([{"User": "ben", "Tags": {"a": 1}}, {"N": 1, "Tags": [1, 2]}]))), []);
        assert_eq!(check(&rows(json!([{"Seen": "ago(1s)"}, {"User": "ann"}]))), []);
        assert_eq!(check(&rows(json!([{}, {"User": "ann"}]))), []);
    }

    #[test]
    fn order_counts_where_it_is_asked_for() {
        let expectation = Expectation { ordered: true, ..rows(json!([{"User": "ben"}, {"User": "ann"}])) };
        assert!(matches!(&check(&expectation)[..], [Mismatch::Rows { missing, .. }] if missing.len() == 2));
    }

    #[test]
    fn what_differs_is_shown() {
        insta::assert_debug_snapshot!(check(&rows(json!([{"User": "ann", "N": 7}]))), @r#"
        [
            Rows {
                missing: [
                    {
                        "User": String("ann"),
                        "N": Number(7),
                    },
                ],
                unexpected: [
                    {
                        "User": String("ann"),
                        "N": Number(1),
                    },
                    {
                        "User": String("ben"),
                        "N": Number(2),
                    },
                ],
            },
        ]
        "#);
        insta::assert_debug_snapshot!(check(&rows(json!([{"Usr": "ann"}]))), @r#"
        [
            NoColumn {
                name: "Usr",
            },
        ]
        "#);
        let expectation = Expectation { count: Some(1), hits: Some(false), ..Expectation::default() };
        insta::assert_debug_snapshot!(check(&expectation), @"
        [
            Count {
                expected: 1,
                actual: 2,
            },
            Hits {
                expected: false,
                actual: 2,
            },
        ]
        ");
    }
}
