//! Rows that are read late are those that would have been read at once.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::file::properties::WriterProperties;
use datafusion::physical_plan::displayable;
use kql_semantics::{BindContext, Relation, bind};
use kql_tables::{OnError, TableOptions, TableSet};
use kql_types::{ScalarType, Schema, Value};

use crate::session::Memory;
use crate::subqueries::Run;
use crate::{Engine, EngineOptions, RunOptions};

/// Numbers that look random, the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn of<'a>(&mut self, values: &[&'a str]) -> &'a str {
        values[self.below(values.len() as u64) as usize]
    }
}

/// A line whose members come in any order, some of them absent, null or not of their column's type.
fn line(random: &mut Random, row: usize) -> String {
    let mut members = vec![format!("\"id\":{row}")];
    if random.below(9) > 0 {
        members.push(format!("\"n\":{}", random.of(&["1", "2", "-3", "null", "4.0", "9223372036854775807", "1e400"])));
    }
    if random.below(9) > 0 {
        members.push(format!("\"r\" : {}", random.of(&["0.5", "\"NaN\"", "-0.0", "1e300", "null", "\"inf\"", "7"])));
    }
    if random.below(9) > 0 {
        let text =
            ["\"\"", "\"a\"", "\"\\u00e9\\n\\\"x\\\"\"", "\"ü€𝄞 beyond the twelve bytes of a view\"", "null", "17"];
        members.push(format!("\"s\": {}", random.of(&text)));
    }
    if random.below(9) > 0 {
        let value = ["{\"a\":[1,{\"b\":\"\\\"}\"}]}", "[]", "\"{\\\"a\\\":1}\"", "null", "\"\"", "3", "\"text\""];
        members.push(format!("\"d\":{}", random.of(&value)));
    }
    if random.below(9) > 0 {
        members.push(format!("\"t\":\"2026-11-0{}T0{}:00:00Z\"", 1 + random.below(9), random.below(10)));
    }
    let at = random.below(members.len() as u64) as usize;
    members.rotate_left(at);
    let blank = random.of(&["", "", "", "\n", "\r", " "]);
    format!("{{{}}}{blank}\n", members.join(","))
}

/// The table `Lines`: two files in folders that tell a column, one of them with a byte order mark.
fn write_lines(folder: &Path, rows: usize) {
    let mut random = Random(11);
    for (day, start) in [("2026-11-01", "\u{feff}"), ("2026-11-02", "")] {
        let mut text = start.to_owned();
        for row in 0..rows {
            text.push_str(&line(&mut random, row));
        }
        let text = text.trim_end();
        let place = folder.join(format!("Lines/day={day}"));
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join("rows.ndjson"), text).unwrap();
    }
}

/// The table `Groups`: two Parquet files of small row groups and pages.
fn write_groups(folder: &Path, rows: usize) {
    let mut random = Random(5);
    std::fs::create_dir_all(folder.join("Groups")).unwrap();
    for file in 0..2 {
        let mut numbers = |limit: u64| -> Vec<Option<i64>> {
            (0..rows).map(|_| Some(random.below(limit) as i64).filter(|value| *value > 0)).collect()
        };
        let texts = ["a", "", "ü€𝄞 beyond the twelve bytes of a view", "no JSON"];
        let text = |value: Option<i64>| value.map(|value| texts[value as usize % 4]);
        let reals = |value: Option<i64>| value.map(|value| if value == 1 { f64::NAN } else { value as f64 - 3.0 });
        let columns: [(&str, ArrayRef); 5] = [
            ("id", Arc::new(Int64Array::from_iter_values((0..rows).map(|row| (file * rows + row) as i64)))),
            ("n", Arc::new(Int64Array::from(numbers(9)))),
            ("r", Arc::new(numbers(7).into_iter().map(reals).collect::<Float64Array>())),
            ("s", Arc::new(numbers(6).into_iter().map(text).collect::<StringArray>())),
            (
                "d",
                Arc::new(numbers(9).into_iter().map(|n| n.map(|n| format!("{{\"a\":{n}}}"))).collect::<StringArray>()),
            ),
        ];
        let batch = RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap();
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(rows / 3 + 1))
            .set_data_page_row_count_limit(100)
            .set_write_batch_size(50)
            .build();
        let place = std::fs::File::create(folder.join(format!("Groups/{file}.parquet"))).unwrap();
        let mut writer = ArrowWriter::try_new(place, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    }
}

fn schema(types: &[(&str, ScalarType)]) -> Schema {
    let mut schema = Schema::new();
    types.iter().for_each(|(name, scalar_type)| schema.insert(*name, *scalar_type));
    schema
}

fn tables(folder: &Path, on_error: OnError) -> TableSet {
    let types = [
        ("id", ScalarType::Long),
        ("n", ScalarType::Long),
        ("r", ScalarType::Real),
        ("s", ScalarType::String),
        ("d", ScalarType::Dynamic),
        ("t", ScalarType::DateTime),
    ];
    let of = |count: usize| schema(types.get(..count).unwrap_or_default());
    let schemas = HashMap::from([("Lines".to_owned(), of(6)), ("Groups".to_owned(), of(5))]);
    let mut tables = TableSet::new(TableOptions { on_error, schemas, ..TableOptions::default() });
    tables.add_folder(folder).unwrap();
    tables
}

fn relation(tables: &TableSet, query: &str) -> Relation {
    bind(&kql_syntax::parse(query).query, &BindContext::new(tables, 0)).first().cloned().unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Whether the plan of a query reads rows late.
fn is_late(engine: &Engine, tables: &TableSet, query: &str) -> bool {
    plan_of(engine, tables, query).contains("LateRowsExec")
}

fn plan_of(engine: &Engine, tables: &TableSet, query: &str) -> String {
    let relation = relation(tables, query);
    let run = Run::new(tables, RunOptions::default());
    let planned = runtime().block_on(engine.physical_plan(&relation, &run, Memory::Ample));
    let (plan, _) = planned.unwrap();
    displayable(plan.as_ref()).indent(false).to_string()
}

fn answer(engine: &Engine, tables: &TableSet, query: &str, wire: bool) -> Result<Vec<Vec<Value>>, String> {
    let result = runtime().block_on(engine.run(&relation(tables, query), tables, RunOptions { wire }));
    result.map(|result| result.rows().collect()).map_err(|error| error.diagnostic().message)
}

fn engine(threads: usize, batch_size: usize) -> Engine {
    Engine::new(&EngineOptions { threads, batch_size, ..EngineOptions::default() }).unwrap()
}

/// Queries over `Lines` whose answers do not depend on the order of rows, and whether they say their own.
const OVER_LINES: [(&str, bool); 14] = [
    ("| top 7 by id desc, day asc", true),
    ("| top 40 by t asc, id asc, day desc", true),
    ("| top 5 by r desc, id asc, day asc | project s, d, r", true),
    ("| where s != 'a' and n > 0 | top 30 by s asc nulls first, id desc, day asc", true),
    (
        "| extend u = toupper(s), m = n + 1 | where m > 1 | project-away n | sort by u desc, id asc, day asc | take 9",
        true,
    ),
    ("| project id, day, x = strcat(s, '|', tostring(d.a)), t, n | top 3 by tolower(x) asc, id asc, day asc", true),
    ("| where id < 0 | top 3 by id", true),
    ("| summarize arg_max(strcat(id, day), *) by n", false),
    (
        "| summarize arg_min(id * 2, s, d, x = strcat(s, '!')), count(), arg_max(id + 1, d, t, r), max(t)
           by day, m = id % 5",
        false,
    ),
    ("| summarize arg_max(strcat(id, day), *)", false),
    ("| where id < 0 | summarize arg_max(id, *)", false),
    ("| where n != 2 | summarize arg_max(r, s, d, t) by id, day", false),
    ("| summarize take_any(s, d, t, n) by id, day", false),
    ("| summarize arg_max(id, d, s) by day | join kind=inner (Lines | top 1 by id asc, day asc) on day", false),
];

/// The same over `Groups`.
const OVER_GROUPS: [(&str, bool); 8] = [
    ("| summarize arg_max(id, *) by n", false),
    ("| summarize arg_min(id, *) by m = id % 9000", false),
    (
        "| where n != 3 | summarize arg_min(id, s, d, x = strcat(s, '!')), count(), arg_max(id + 1, d, r), max(n)
           by m = id % 5",
        false,
    ),
    ("| where s == 'a' | extend u = toupper(s) | summarize arg_max(r, u, d) by id, n", false),
    ("| where id < 0 | summarize arg_max(id, *)", false),
    ("| summarize take_any(s, d, r) by id, n", false),
    ("| summarize arg_max(id, s, d)", false),
    ("| where d.a == 4 | summarize arg_min(id, r, s) by n", false),
];

fn are_the_same(table: &str, queries: &[(&str, bool)], folder: &Path) {
    let (late, plain) = (tables(folder, OnError::Fail), tables(folder, OnError::Skip));
    for (query, is_ordered) in queries {
        let query = format!("{table} {query}");
        let shown = |mut rows: Vec<Vec<Value>>| {
            if !is_ordered {
                rows.sort_by_key(|row| format!("{row:?}"));
            }
            format!("{rows:?}")
        };
        for (threads, batch_size) in [(1, 8192), (2, 1000)] {
            let engine = engine(threads, batch_size);
            assert!(is_late(&engine, &late, &query) && !is_late(&engine, &plain, &query), "{query}");
            let expected = shown(answer(&engine, &plain, &query, false).unwrap());
            for wire in [false, true] {
                assert!(shown(answer(&engine, &late, &query, wire).unwrap()) == expected, "{query}");
            }
        }
    }
}

#[test]
fn lines_that_are_read_late_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    write_lines(folder.path(), 6000);
    are_the_same("Lines", &OVER_LINES, folder.path());
}

#[test]
fn rows_of_parquet_that_are_read_late_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    write_groups(folder.path(), 20_000);
    are_the_same("Groups", &OVER_GROUPS, folder.path());
}

#[test]
fn of_equal_rows_the_same_are_chosen() {
    let folder = tempfile::tempdir().unwrap();
    write_lines(folder.path(), 3000);
    write_groups(folder.path(), 3000);
    let (late, plain) = (tables(folder.path(), OnError::Fail), tables(folder.path(), OnError::Skip));
    let engine = engine(1, 500);
    for query in [
        "Lines | top 20 by n desc",
        "Lines | sort by s asc, n desc | take 500",
        "Lines | top 4000 by r asc nulls last",
        "Lines | summarize arg_max(n, *) by s",
        "Lines | summarize arg_min(t, id, d), arg_max(r, s, d) by n",
        "Lines | summarize take_any(*) by day",
        "Groups | summarize arg_max(n, *) by s",
        "Groups | summarize arg_min(r, id, d), take_any(id, s) by n",
    ] {
        assert!(is_late(&engine, &late, query), "{query}\n{}", plan_of(&engine, &late, query));
        let (late, plain) = (answer(&engine, &late, query, false), answer(&engine, &plain, query, false));
        assert_eq!(format!("{late:?}"), format!("{plain:?}"), "{query}");
    }
}

#[test]
fn what_saves_nothing_or_cannot_be_read_again_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    write_lines(folder.path(), 10);
    write_groups(folder.path(), 10);
    std::fs::write(folder.path().join("Fields.csv"), "id,s,d\n1,a,b\n").unwrap();
    let tables = tables(folder.path(), OnError::Fail);
    for query in [
        "Lines | project id, n | top 3 by id",
        "Lines | sort by id asc",
        "Lines | take 5",
        "Lines | top 100000 by id",
        "Lines | extend x = rand() | top 3 by x",
        "Lines | where rand() < 0.5 | top 3 by id",
        "Lines | take 5 | top 3 by id",
        "Lines | mv-expand d | top 3 by id",
        "Lines | summarize arg_max(id, n) by s",
        "Lines | summarize take_any(s) by id",
        "Lines | summarize max(id), count() by s",
        "Groups | top 3 by id",
        "Fields | top 1 by id",
    ] {
        assert!(!is_late(&engine(2, 8192), &tables, query), "{query}");
        answer(&engine(2, 8192), &tables, query, true).unwrap();
    }
}

#[test]
fn a_value_that_cannot_be_read_is_told_by_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = Vec::new();
    for row in 0..50 {
        let s: &[u8] = if row == 30 { b"\xff" } else { b"some text" };
        let line =
            [format!("{{\"id\":{row},\"s\":\"").as_bytes(), s, format!("\",\"d\":[{row}]}}\n").as_bytes()].concat();
        text.extend_from_slice(&line);
    }
    std::fs::write(folder.path().join("T.ndjson"), text).unwrap();
    let types = [("id", ScalarType::Long), ("s", ScalarType::String), ("d", ScalarType::Dynamic)];
    let schemas = HashMap::from([("T".to_owned(), schema(&types))]);
    let mut tables = TableSet::new(TableOptions { schemas, ..TableOptions::default() });
    tables.add_folder(folder.path()).unwrap();
    let ask = |query: &str| answer(&engine(1, 8192), &tables, query, false);
    assert_eq!(ask("T | top 2 by id asc | project id").unwrap(), [[Value::Long(0)], [Value::Long(1)]]);
    assert_eq!(ask("T | top 20 by id asc | count").unwrap(), [[Value::Long(20)]]);
    for query in ["T | top 20 by id desc", "T | summarize arg_max(id, *) by m = id % 31"] {
        let error = ask(query).unwrap_err();
        assert!(error.contains("T.ndjson:31"), "{error}");
    }
}
