//! Rows that fit a query: for every table that a bound plan reads, rows of its schema whose values are drawn from
//! what the query itself compares with, so that its filters let some of them through.
//!
//! The rows depend on nothing but the plan and the seed. They serve tests that must run a query without its data.
//! A [`Sampler`] also tells which columns matter to a query, and what else could stand where a condition looks.

mod alternatives;
mod lineage;
mod random;
mod regex_text;
mod sampler;
mod values;
mod wishes;

use std::fmt::Write;

use indexmap::IndexMap;
use kql_semantics::Relation;
use kql_types::{Schema, Value, dynamic};

pub use alternatives::Alternative;
pub use sampler::Sampler;

/// What rows are made.
#[derive(Clone, Copy, Debug)]
pub struct SampleOptions {
    /// Rows of each table.
    pub rows: usize,
    pub seed: u64,
    /// The time before which most of them lie, in ticks since 0001-01-01.
    pub now: i64,
}

/// The rows of one table.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleTable {
    pub schema: Schema,
    /// Each has one value for each column, of the column's type.
    pub rows: Vec<Vec<Value>>,
}

/// Makes rows for every table that the plans of one query read, by the table's name; the files of an `externaldata`
/// stand under their URIs.
pub fn sample<'p>(
    relations: impl IntoIterator<Item = &'p Relation>,
    options: &SampleOptions,
) -> IndexMap<String, SampleTable> {
    Sampler::of(relations).tables(options)
}

/// Makes rows of a table that no query asks anything of.
pub fn sample_table(name: &str, schema: &Schema, options: &SampleOptions) -> SampleTable {
    let mut random = random::Random::new(options.seed);
    let wishes = wishes::Wishes::default();
    let rows = (0..options.rows).map(|_| values::row(name, schema, &wishes, options.now, &mut random)).collect();
    SampleTable { schema: schema.clone(), rows }
}

impl SampleTable {
    /// The rows as CSV without a header.
    pub fn to_csv(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            let cells: Vec<String> =
                row.iter().map(|value| format!("\"{}\"", value.to_text().replace('"', "\"\""))).collect();
            text.push_str(&cells.join(","));
            text.push('\n');
        }
        text
    }

    /// The rows as NDJSON; a null member is left out.
    pub fn to_ndjson(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            let mut separator = '{';
            for ((name, _), value) in self.schema.iter().zip(row) {
                let Some(value) = dynamic::from_value(value) else { continue };
                text.push(separator);
                separator = ',';
                dynamic::write_string(name, &mut text);
                // Writing to a string does not fail.
                let _ = write!(text, ":{value}");
            }
            text.push_str(if separator == '{' { "{}\n" } else { "}\n" });
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use kql_semantics::{BindContext, Tables, bind};
    use kql_types::{ScalarType, ticks};

    use super::*;

    const NOW: i64 = ticks::UNIX_EPOCH + 19_849 * ticks::PER_DAY;

    struct Logons;

    impl Tables for Logons {
        fn schema(&self, name: &str) -> Option<Schema> {
            let columns = [
                ("Time", ScalarType::DateTime),
                ("User", ScalarType::String),
                ("Attempts", ScalarType::Long),
                ("Details", ScalarType::Dynamic),
                ("Extra", ScalarType::String),
            ];
            (name == "Logons").then(|| columns.into_iter().collect())
        }

        fn names(&self) -> Vec<String> {
            vec!["Logons".to_owned()]
        }
    }

    fn rows(query: &str) -> SampleTable {
        let parsed = kql_syntax::parse(query);
        let bound = bind(&parsed.query, &BindContext::new(&Logons, NOW));
        let tables =
            sample(bound.results.iter().map(|result| &result.relation), &SampleOptions { rows: 40, seed: 3, now: NOW });
        tables.get("Logons").unwrap().clone()
    }

    fn texts(table: &SampleTable, column: usize) -> Vec<String> {
        table.rows.iter().map(|row| dynamic::from_value(&row[column]).unwrap_or_default()).collect()
    }

    #[test]
    fn literals_reach_the_columns_that_are_compared_with_them() {
        let table = rows("Logons | extend who = tolower(User) | where who == 'mallory' and Attempts > 7000");
        assert!(texts(&table, 1).iter().any(|user| user == "\"mallory\""));
        assert!(table.rows.iter().any(|row| matches!(row[2], Value::Long(attempts) if attempts > 7000)));
        assert!(table.rows.iter().any(|row| matches!(row[2], Value::Long(attempts) if attempts <= 7000)));
    }

    #[test]
    fn members_of_dynamic_values_and_of_json_texts_are_made() {
        let table = rows("Logons | where Details.device.os == 'Linux' and parse_json(Extra).level == 3");
        assert!(texts(&table, 3).iter().any(|details| details == r#"{"device":{"os":"Linux"}}"#));
        assert!(texts(&table, 4).iter().any(|extra| extra == r#""{\"level\":3}""#));
    }

    #[test]
    fn joined_columns_draw_from_one_pool() {
        let table = rows("Logons | join (Logons | project Extra) on $left.User == $right.Extra");
        let (users, extras) = (texts(&table, 1), texts(&table, 4));
        assert!(users.iter().any(|user| user.len() > 2 && extras.contains(user)));
    }

    #[test]
    fn a_part_of_a_text_is_what_it_is_joined_with() {
        let table = rows(
            "Logons | extend Domain = tostring(split(User, '@')[1]) | join Logons on $left.Domain == $right.Extra",
        );
        let (users, extras) = (texts(&table, 1), texts(&table, 4));
        let domain = |user: &String| Some(format!("\"{}", user.split_once('@')?.1));
        assert!(
            users.iter().filter_map(domain).any(|domain| domain.len() > 2 && extras.contains(&domain)),
            "{users:?}"
        );
    }

    #[test]
    fn what_matters_to_a_query_is_known() {
        let query =
            "Logons | where User == 'ann' | extend Level = tostring(Details.level) | summarize count() by Level";
        let parsed = kql_syntax::parse(query);
        let bound = bind(&parsed.query, &BindContext::new(&Logons, NOW));
        let sampler = Sampler::of(bound.results.iter().map(|result| &result.relation));
        let read = sampler.columns_read();
        let mut columns: Vec<&str> = read.values().flatten().map(String::as_str).collect();
        columns.sort_unstable();
        assert_eq!(columns, ["Details", "User"]);
    }

    #[test]
    fn other_values_stand_beside_those_that_are_asked_for() {
        let parsed = kql_syntax::parse("Logons | where Attempts > 7");
        let bound = bind(&parsed.query, &BindContext::new(&Logons, NOW));
        let relation = &bound.results[0].relation;
        let sampler = Sampler::of([relation]);
        let [condition] = relation.operator.expressions()[..] else { panic!("one predicate") };
        let alternatives = sampler.alternatives(condition, NOW);
        let [attempts] = &alternatives[..] else { panic!("one place") };
        assert_eq!((attempts.table.as_str(), attempts.column.as_str()), ("Logons", "Attempts"));
        assert!(attempts.values.starts_with(&[Value::Long(6), Value::Long(8), Value::Long(7)]));
        assert_eq!(attempts.values.last(), Some(&Value::Null(ScalarType::Long)));
    }

    #[test]
    fn the_same_seed_makes_the_same_rows() {
        let query = "Logons | where User has 'x' and Time > ago(1d)";
        assert_eq!(rows(query), rows(query));
        insta::assert_snapshot!(rows(query).to_ndjson().lines().next().unwrap(), @r#"{"Time":"2024-05-05T00:00:00.0000000Z","User":"x","Attempts":0,"Details":["details-0","details-1"],"Extra":"extra-2"}"#);
    }
}
