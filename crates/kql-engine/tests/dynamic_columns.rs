//! Dynamic columns of Parquet files, whose texts may be anything: what is read of them on the way out of the file is what
//! is read of whole values.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::file::properties::WriterProperties;
use kql_engine::{Engine, EngineOptions, RunOptions};
use kql_semantics::{BindContext, bind};
use kql_tables::{TableOptions, TableSet};
use kql_types::Value;

use crate::files::rows;

/// A number below `limit`, which looks random.
fn below(seed: &mut u64, limit: usize) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) as usize % limit
}

fn value(seed: &mut u64, depth: usize) -> String {
    const SCALARS: [&str; 18] = [
        "1",
        "-2.50",
        "true",
        "false",
        "null",
        "\"a\"",
        "\"\"",
        "\"Zoë says \\\"hi\\\" at length\"",
        "\"7\"",
        "1e3",
        "12345678901234567890",
        "\"2024-01-01T00:00:00Z\"",
        "\"a text that is longer than a view holds\"",
        "x",
        "",
        "\"\\u0061\"",
        " 5 ",
        "0.1",
    ];
    match below(seed, if depth == 0 { 2 } else { 4 }) {
        0 if depth == 0 => format!("[{}]", list(seed, |seed| value(seed, 1))),
        0 | 1 if depth > 0 => SCALARS[below(seed, SCALARS.len())].to_owned(),
        2 if depth < 3 => format!("[{}]", list(seed, |seed| value(seed, depth + 1))),
        _ => {
            let members = list(seed, |seed| {
                let key = ["\"a\"", "\"b\"", "\"c\" ", "\"\\u0061\"", "\"d e\""][below(seed, 5)];
                let value = if depth < 3 { value(seed, depth + 1) } else { "3".to_owned() };
                format!("{key}:{value}")
            });
            format!("{{{members}}}")
        }
    }
}

fn list(seed: &mut u64, mut each: impl FnMut(&mut u64) -> String) -> String {
    let count = below(seed, 5);
    (0..count).map(|_| each(seed)).collect::<Vec<_>>().join(", ")
}

fn texts(mut seed: u64, different: usize) -> StringArray {
    let texts: Vec<Option<String>> = (0..different)
        .map(|_| match below(&mut seed, 20) {
            0 => None,
            1 => Some(String::new()),
            2 => Some("null".to_owned()),
            3 => Some(format!("{} x", value(&mut seed, 0))),
            4 => Some(value(&mut seed, 0).replace('}', "")),
            5 => Some(value(&mut seed, 1)),
            _ => Some(value(&mut seed, 0)),
        })
        .collect();
    (0..4000).map(|_| texts[below(&mut seed, different)].clone()).collect()
}

/// Sign-ins whose texts are many or repeat, with dictionaries or without.
fn sign_ins(folder: &std::path::Path, different: usize, has_dictionary: bool) -> TableSet {
    let batch = RecordBatch::try_from_iter([
        ("Id", Arc::new(StringArray::from_iter_values((0..4000).map(|n| format!("{n:04}")))) as ArrayRef),
        ("DeviceDetail", Arc::new(texts(3, different))),
        ("ConditionalAccessPolicies", Arc::new(texts(7, different))),
    ])
    .unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(1500))
        .set_data_page_row_count_limit(100)
        .set_write_batch_size(100)
        .set_dictionary_enabled(has_dictionary)
        .build();
    let file = std::fs::File::create(folder.join("SigninLogs.parquet")).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let mut tables = TableSet::new(TableOptions::default());
    tables.add_folder(folder).unwrap();
    tables
}

#[test]
fn members_of_texts_are_those_of_whole_values() {
    let queries = [
        "project Id, tostring(DeviceDetail.a), toint(DeviceDetail.b), DeviceDetail.c, todouble(DeviceDetail['d e'])",
        "project Id, DeviceDetail.a.b, tostring(DeviceDetail[0].a), tolong(DeviceDetail[-1]), todatetime(DeviceDetail.a)",
        "where tobool(DeviceDetail.a) or tostring(DeviceDetail.b) != '' | project Id, DeviceDetail.a, DeviceDetail",
        "where isnotnull(DeviceDetail.a) and toint(DeviceDetail.a) > 0 and Id startswith '1'
         | project Id, tostring(DeviceDetail.b), ConditionalAccessPolicies.a",
        "where toint(DeviceDetail.a) == 1 | summarize count(), max(Id) by tostring(DeviceDetail.b)",
        "mv-expand P = ConditionalAccessPolicies | project Id, tostring(P.a), P.b",
        "mv-expand with_itemindex=I P = ConditionalAccessPolicies | project Id, I, tostring(P.a.b), tostring(P[0])",
        "mv-expand P = ConditionalAccessPolicies limit 2 | extend A = P.a, B = tostring(P.b) | project Id, A, B",
        "mv-expand P = ConditionalAccessPolicies, D = DeviceDetail | project Id, tostring(P.a), D",
        "mv-expand P = ConditionalAccessPolicies, D = DeviceDetail | project Id, tostring(P.a), tostring(D.b)",
        "mv-expand kind=array P = DeviceDetail | project Id, tostring(P[0]), P[1], tostring(DeviceDetail.a)",
        "mv-expand P = ConditionalAccessPolicies | where tostring(P.a) != '' | summarize count() by tostring(P.b)",
    ];
    for (different, has_dictionary) in [(3000, false), (50, true), (3000, true)] {
        let folder = tempfile::tempdir().unwrap();
        let tables = sign_ins(folder.path(), different, has_dictionary);
        for query in queries {
            let ask = |query: String| {
                let mut rows = rows(&tables, &query);
                rows.sort();
                rows
            };
            let found = ask(format!("SigninLogs | {query}"));
            // Above the first rows of an order nothing of the query reaches the scan.
            let expected = ask(format!("SigninLogs | top 100000 by Id asc | {query}"));
            assert!(!found.is_empty(), "{query}");
            assert_eq!(found, expected, "{query}");
        }
    }
}

#[test]
fn parts_of_a_query_share_a_reading_of_parquet() {
    let queries = [
        "where Id startswith '0' | project Id, A = tostring(DeviceDetail.a)
         | join kind=inner (T | where Id endswith '7' | project Id, B = toint(DeviceDetail.b), DeviceDetail) on Id
         | project Id, A, B, DeviceDetail",
        "where Id == '0123' | project Id, DeviceDetail
         | union (T | where Id endswith '1' | project Id, DeviceDetail),
                 (T | where tobool(DeviceDetail.a) | project Id, DeviceDetail)",
        "where Id endswith '5' | mv-expand P = ConditionalAccessPolicies | summarize A = count() by K = tostring(P.a)
         | join kind=inner (T | where Id endswith '6' | mv-expand P = ConditionalAccessPolicies
           | summarize B = count() by K = tostring(P.a)) on K | project K, A, B",
        "where Id endswith '5' | take 3 | count | union (T | where Id endswith '6' | count)",
    ];
    for (different, has_dictionary) in [(3000, false), (50, true)] {
        let folder = tempfile::tempdir().unwrap();
        let tables = sign_ins(folder.path(), different, has_dictionary);
        for query in queries {
            let ask = |table: &str| {
                let query = format!("{table} | {}", query.replace("(T", &format!("({table}")));
                let mut rows = rows(&tables, &query);
                rows.sort();
                rows
            };
            let found = ask("SigninLogs");
            assert!(!found.is_empty(), "{query}");
            assert_eq!(found, ask("SigninLogs | top 100000 by Id asc"), "{query}");
        }
    }
}

#[test]
fn a_part_that_waits_too_long_reads_its_own_rows_of_each_partition() {
    let folder = tempfile::tempdir().unwrap();
    let tables = sign_ins(folder.path(), 3000, false);
    // The parts' filters leave out different row groups.
    let query = "SigninLogs | where Id startswith '0' or Id startswith '3' | project Id, DeviceDetail
        | join kind=inner (SigninLogs | where Id startswith '3' | project Id, DeviceDetail) on Id
        | where tostring(DeviceDetail) == tostring(DeviceDetail1) | summarize count(), countif(Id == Id1), dcount(Id)";
    let parsed = kql_syntax::parse(query);
    let relation = bind(&parsed.query, &BindContext::new(&tables, 0)).first().cloned().unwrap();
    for memory_limit in [2 << 20, 3 << 20, 4 << 20] {
        let options = EngineOptions { threads: 2, memory_limit: Some(memory_limit), ..EngineOptions::default() };
        let engine = Engine::new(&options).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let result = runtime.block_on(engine.run(&relation, &tables, RunOptions::default())).unwrap();
        let answer: Vec<Vec<Value>> = result.rows().collect();
        assert_eq!(answer, [[Value::Long(1000), Value::Long(1000), Value::Long(1000)]]);
    }
}
