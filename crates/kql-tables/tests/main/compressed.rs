//! Compressed files, which are read as they are decompressed.

use std::io::Write;

use kql_tables::TableOptions;

use crate::support::{table_of, try_table_of};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    zstd::encode_all(text, 1).unwrap()
}

/// The rows in order: partitions of a plain file come as they are ready.
fn rows_of(file: &str, content: &[u8]) -> Vec<String> {
    let mut rows: Vec<String> = table_of(file, content).lines().map(str::to_owned).collect();
    rows.sort();
    rows
}

/// Lines of some megabytes, one of them longer than what is read at once, in two members or frames.
fn lines() -> String {
    let mut text = String::new();
    for row in 0..50_000 {
        let note = if row == 30_000 { "long ".repeat(700_000) } else { format!("note {row}") };
        text.push_str(&format!("{{\"number\":{row},\"note\":\"{note}\"}}\n"));
    }
    text
}

#[test]
fn lines_are_those_of_the_plain_file() {
    let text = lines();
    let plain = rows_of("T.ndjson", text.as_bytes());
    for text in [text.as_str(), text.trim_end()] {
        let (first, second) = text.as_bytes().split_at(text.len() / 3);
        assert!(rows_of("T.ndjson.gz", &[gzip(first), gzip(second)].concat()) == plain);
        assert!(rows_of("T.ndjson.zst", &[zstd(first), zstd(second)].concat()) == plain);
    }
}

#[test]
fn rows_and_documents_are_those_of_the_plain_file() {
    let rows: String = (0..60_000).map(|row| format!("{row},\"a\nb {row}\"\r\n")).collect();
    let csv = format!("number,note\r\n{rows}");
    assert!(table_of("T.csv.gz", &gzip(csv.as_bytes())) == table_of("T.csv", csv.as_bytes()));
    let document = format!("[{}]", lines().trim_end().replace('\n', ","));
    assert!(table_of("T.json.zst", &zstd(document.as_bytes())) == table_of("T.json", document.as_bytes()));
    assert_eq!(table_of("T.csv.gz", &gzip(b"a,b")), "a:string b:string\n");
    assert_eq!(table_of("T.ndjson.gz", &gzip(b"")), "\n");
}

#[test]
fn what_is_wrong_far_behind_is_told_by_its_line() {
    let fails = |file: &str, content: &[u8]| try_table_of(file, content, TableOptions::default()).unwrap_err();
    let text = lines() + "{\"number\":\n";
    assert_eq!(
        fails("T.ndjson.gz", &gzip(text.as_bytes())),
        fails("T.ndjson", text.as_bytes()).replace("T.ndjson", "T.ndjson.gz")
    );
    let mut torn = zstd(text.as_bytes());
    torn.truncate(torn.len() - 20);
    assert_eq!(fails("T.ndjson.zst", &torn), "T.ndjson.zst: incomplete frame");
}
