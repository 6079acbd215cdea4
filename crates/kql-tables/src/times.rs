//! The columns of the time of a row: `TimeGenerated` of Log Analytics and `Timestamp` of Defender. Sentinel gives
//! Defender's tables both, with one value; an export has often but one.

use kql_types::Schema;

/// A column of the time of rows that the table has, but none of its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbsentTime {
    pub column: &'static str,
    /// The column in which the files have it, if they do.
    pub present: Option<&'static str>,
}

/// The names of such columns.
const NAMES: [&str; 2] = ["TimeGenerated", "Timestamp"];

/// What becomes of the columns of times that the files have not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Times {
    /// The column that is absent, and the one that is read in its place.
    pub stand_in: Option<(&'static str, &'static str)>,
    pub absent: Vec<AbsentTime>,
}

/// Compares the columns of a table with those that were found in its files; without any there is nothing to say. Where
/// the table is known to have both times, the one that was found stands in for the other.
pub(crate) fn times(schema: &Schema, known: Option<&Schema>, found: &[impl AsRef<str>]) -> Times {
    let is_found = |name: &str| found.iter().any(|found| found.as_ref() == name);
    let is_absent = |name: &&str| !found.is_empty() && schema.get(name).is_some() && !is_found(name);
    let present = NAMES.into_iter().find(|name| is_found(name));
    let absent: Vec<AbsentTime> =
        NAMES.into_iter().filter(is_absent).map(|column| AbsentTime { column, present }).collect();
    let has_both = |column: &str, present: &str| {
        known.is_some_and(|known| known.get(column).is_some() && known.get(column) == known.get(present))
    };
    match absent.as_slice() {
        [AbsentTime { column, present: Some(present) }] if has_both(column, present) => {
            Times { stand_in: Some((column, present)), absent: Vec::new() }
        }
        _ => Times { stand_in: None, absent },
    }
}

#[cfg(test)]
mod tests {
    use kql_types::ScalarType;

    use super::*;

    #[test]
    fn one_stands_in_for_the_other_where_the_table_has_both() {
        let schema = |names: &[&str]| names.iter().map(|name| (*name, ScalarType::DateTime)).collect::<Schema>();
        let both = schema(&NAMES);
        let stand_in = |found: &[&str]| times(&both, Some(&both), found).stand_in;
        assert_eq!(stand_in(&["Timestamp"]), Some(("TimeGenerated", "Timestamp")));
        assert_eq!(stand_in(&["TimeGenerated"]), Some(("Timestamp", "TimeGenerated")));
        assert_eq!(stand_in(&["a"]), None);
        assert_eq!(stand_in(&NAMES), None);
        let alone = times(&both, Some(&schema(&["TimeGenerated"])), &["Timestamp"]);
        assert_eq!(alone.stand_in, None);
        assert_eq!(alone.absent, [AbsentTime { column: "TimeGenerated", present: Some("Timestamp") }]);
        assert_eq!(times(&both, Some(&both), &[] as &[&str]), Times::default());
    }
}
