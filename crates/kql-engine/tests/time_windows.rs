//! Joins in a time window give the pairs that an ordinary join gives, which forms all pairs of a key.

use kql_types::Value;

use crate::support::{answer, explained};

/// Times close to each other and at the ends of what a datetime holds, null ones, and keys of few values.
const SIDES: &str = "
    let moment = (seed:long) { case(seed % 17 == 0, datetime(null), seed % 19 == 0, datetime(9999-12-31 23:59:59.9999999) - (seed % 7) * 1m,
        seed % 23 == 0, datetime(0001-01-01) + (seed % 7) * 1m, datetime(2026-01-01) + (seed % 5000) * 1s) };
    let left = range n from 1 to LEFT step 1 | extend r = hash(n, 1000003) | extend k = iff(r % 11 == 0, long(null), r % 5), s = tostring(r % 3),
        t1 = moment(r), u1 = moment(r * 7 + 3), spread = (r % 100) * 1s;
    let right = range m from 1 to RIGHT step 1 | extend q = hash(m * 31, 1000033) | extend k = iff(q % 13 == 0, long(null), q % 5), s = tostring(q % 3),
        t2 = moment(q), u2 = moment(q * 5 + 1), width = (q % 90) * 1s;";

const WINDOWS: [&str; 20] = [
    "t2 between (t1 .. t1 + 1h)",
    "t2 between (t1 .. 10m)",
    "t2 >= t1 and t2 < t1 + 10m",
    "t1 <= t2 and t1 + 10m > t2",
    "t2 - t1 between (0s .. 10m)",
    "t1 - t2 between (-10m .. 2m)",
    "abs(t2 - t1) < 5m",
    "5m >= abs(t1 - t2)",
    "t1 between (t2 - 1h .. t2)",
    "t2 > t1 - 5m and t2 < t1 + 5m and t2 != t1",
    "t2 == t1",
    "t2 == t1 + 1m",
    "t2 between (start .. end)",
    "t2 between (t1 .. t1 + spread)",
    "t1 between (t2 - width .. t2 + width)",
    "t2 between (t1 .. u1)",
    "t1 between (t2 .. u2)",
    "t1 between (t2 .. u2) and u1 between (t2 - 1h .. u2 + 1h)",
    "t2 between (t1 .. t1 + 1h) and n % 3 == m % 3 and (u1 < u2 or s == 'x')",
    "t2 > t1 + 1h and t2 < t1",
];

fn sides(left: usize, right: usize) -> String {
    SIDES.replace("LEFT", &left.to_string()).replace("RIGHT", &right.to_string())
}

#[track_caller]
fn same_as_all_pairs(sides: &str, join: &str, window: &str) -> usize {
    let rows = |condition: &str, wire: bool| {
        let query = format!(
            "{sides} left | extend start = t1 - 3m, end = t1 + 7m | join kind={join} | where {condition} | project n, m, t1, t2, k, s"
        );
        let mut rows: Vec<String> = answer(&query, wire).unwrap().rows.iter().map(|row| format!("{row:?}")).collect();
        rows.sort();
        rows
    };
    let found = rows(window, false);
    // A window that is one of two ways is none.
    assert!(found == rows(&format!("({window}) or n < 0"), false), "{join} | where {window}");
    assert!(found == rows(window, true), "{join} | where {window}, over the wire");
    found.len()
}

#[test]
fn windows_give_what_all_pairs_give() {
    for join in ["inner right on k", "inner right on k, s", "innerunique right on k, s"] {
        let sides = sides(311, 407);
        let found = WINDOWS.map(|window| same_as_all_pairs(&sides, join, window));
        assert!(found.iter().filter(|rows| **rows > 0).count() >= 16, "{join}: {found:?}");
    }
}

#[test]
fn windows_over_many_rows_are_searched_in_partitions() {
    let sides = sides(60_000, 70_000).replace("r % 5)", "r % 5000)").replace("q % 5)", "q % 5000)");
    for window in ["t2 between (t1 .. t1 + 1h)", "t1 between (t2 - width .. t2 + width)"] {
        assert!(same_as_all_pairs(&sides, "inner (right | where q % 13 > 0) on k", window) > 1000);
    }
}

#[test]
fn an_empty_side_has_no_pairs() {
    for (left, right) in [(0, 20), (20, 0)] {
        let sides = sides(left, right);
        assert_eq!(same_as_all_pairs(&sides, "inner right on k", WINDOWS[0]), 0);
    }
}

#[test]
fn windows_are_known_by_their_shape() {
    let is_window = |window: &str| {
        let query = format!(
            "{} left | extend start = t1 - 3m, end = t1 + 7m | join kind=inner right on k | where {window} | count",
            sides(10, 10)
        );
        explained(&query).contains("TimeWindowJoinExec")
    };
    for window in WINDOWS {
        assert!(is_window(window), "{window}");
    }
    assert!(!is_window("t2 > t1") && !is_window("n + 5 > m and n < m"));
}

#[test]
fn one_key_with_many_rows_has_few_pairs_in_a_window() {
    // All pairs would be 2.5 thousand million.
    let query = "
        range n from 1 to 50000 step 1 | extend k = 'one', t1 = datetime(2026-01-01) + n * 1s
        | join kind=inner (range m from 1 to 50000 step 1 | extend k = 'one', t2 = datetime(2026-01-01) + m * 1s) on k
        | where t2 between (t1 .. t1 + 2s)
        | summarize count(), sum(m - n)";
    let expected = [Value::Long(149_997), Value::Long(49_999 + 2 * 49_998)];
    assert_eq!(answer(query, false).unwrap().rows, [expected]);
}
