//! `kql convert`.

use std::path::Path;

use crate::support::{answer, failure, kql, kql_with_input};

const TABLE: &str = r#"{"b":true,"l":9007199254740993,"r":0.5,"s":"a \"quoted\", text\nof two lines","t":"2026-11-21T08:00:00.1234567Z","j":{"b":1,"a":[1.5,null,"x"]}}
{"b":null,"l":null,"r":null,"s":"é","t":null,"j":null}
"#;

/// A folder with files in it.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }
    folder
}

fn path(folder: &tempfile::TempDir, name: &str) -> String {
    folder.path().join(name).to_str().expect("UTF-8").to_owned()
}

/// The table in a file, as NDJSON.
fn rows(file: &str) -> String {
    answer(&["query", "T", "-t", &format!("T={file}"), "--format", "ndjson"])
}

#[test]
fn every_format_keeps_values_and_types() {
    let folder = folder(&[("T.ndjson", TABLE), ("schema.json", r#"{"T": {"j": "dynamic"}}"#)]);
    let input = path(&folder, "T.ndjson");
    let whole = rows(&input);
    let types = |file: &str| answer(&["tables", "T", "-t", &format!("T={file}")]);
    std::fs::create_dir_all(Path::new(&path(&folder, "out"))).expect("made");
    for name in ["T.parquet", "T.arrow", "T.arrows", "T.avro", "T.json", "T.csv", "T.tsv", "T.ndjson.gz", "T.csv.zst"] {
        let output = path(&folder, &format!("out/{name}"));
        answer(&["convert", &input, &output]);
        if ["T.avro", "T.csv", "T.tsv", "T.csv.zst"].contains(&name) {
            // Such a file does not say that a text is JSON; a schema does.
            let schema = path(&folder, "schema.json");
            let table = format!("T={output}");
            let query = ["query", "T | project b, l, r, s, t, j", "-t", &table, "--schema", &schema];
            assert_eq!(answer(&query), whole, "{name}");
        } else {
            assert_eq!(rows(&output), whole, "{name}");
            assert_eq!(types(&output), types(&input), "{name}");
        }
    }
}

#[test]
fn the_catalogue_gives_the_types() {
    let folder = folder(&[("EmailEvents.ndjson", "{\"Timestamp\":\"2026-11-21\",\"EmailSize\":\"5\"}\n")]);
    let output = path(&folder, "mail.parquet");
    answer(&["convert", &path(&folder, "EmailEvents.ndjson"), &output]);
    let columns = answer(&["tables", "Mail", "-t", &format!("Mail={output}")]);
    let type_of = |name: &str| {
        let line = columns.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().last()).unwrap_or_default().to_owned()
    };
    assert_eq!([type_of("EmailSize "), type_of("TimeGenerated ")], ["int", "datetime"]);
}

#[test]
fn several_inputs_in_their_order() {
    let files = [("b.ndjson", "{\"n\":1}\n{\"n\":2}\n"), ("dir/c.ndjson", "{\"n\":3}\n"), ("a.json", "[{\"n\":4}]")];
    let folder = folder(&files);
    let output = path(&folder, "T.csv");
    answer(&["convert", &path(&folder, "b.ndjson"), &path(&folder, "dir"), &path(&folder, "a.js?n"), &output]);
    assert_eq!(std::fs::read_to_string(output).expect("read"), "n\n1\n2\n3\n4\n");
}

#[test]
fn standard_input_and_output() {
    let output = kql_with_input(&["convert", "-", "-", "--from", "csv", "--to", "ndjson"], "a,b\n1,x\n");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "{\"a\":1,\"b\":\"x\"}\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_file_of_another_name() {
    let folder = folder(&[("table.txt", "a;b\n1;2\n")]);
    let output = path(&folder, "out.bin");
    answer(&["convert", &path(&folder, "table.txt"), &output, "--from", "csv", "--delimiter", ";", "--to", "tsv"]);
    assert_eq!(std::fs::read_to_string(output).expect("read"), "a\tb\n1\t2\n");
}

/// Nanoseconds do not reach that far: the column is in microseconds.
#[test]
fn times_far_away() {
    let late = "{\"t\":\"2026-11-21T08:00:00.1234560Z\"}\n{\"t\":\"9999-12-31T00:00:00.0000000Z\"}\n";
    let folder = folder(&[("T.ndjson", late)]);
    for name in ["T.parquet", "T.arrow", "T.avro"] {
        let output = path(&folder, name);
        answer(&["convert", &path(&folder, "T.ndjson"), &output]);
        assert_eq!(rows(&output), late, "{name}");
    }
}

#[test]
fn nothing_is_overwritten_unasked_and_nothing_half_done_stays() {
    let folder = folder(&[("T.ndjson", "{\"a\":1}\n"), ("T.csv", "keep"), ("bad.ndjson", "{\"a\":1}\n{\"a\":\n")]);
    let in_folder = |text: String| text.replace(&format!("{}/", folder.path().display()), "");
    let output = path(&folder, "T.csv");
    insta::assert_snapshot!(in_folder(failure(&["convert", &path(&folder, "T.ndjson"), &output])), @"
    exit code 2
    error: T.csv is there already; --force overwrites it
    ");
    assert_eq!(std::fs::read_to_string(&output).expect("read"), "keep");
    let report = kql(&["convert", &path(&folder, "T.ndjson"), &output, "--force"]);
    assert_eq!(in_folder(String::from_utf8_lossy(&report.stderr).into_owned()), "1 row in T.csv\n");
    let bad = path(&folder, "bad.ndjson");
    insta::assert_snapshot!(in_folder(failure(&["convert", &bad, &path(&folder, "bad.csv")])), @"
    exit code 1
    error: bad.ndjson:2: column 6: the text ends where a value is expected
    ");
    assert_eq!(std::fs::read_dir(folder.path()).expect("read").count(), 3);
    let report = kql(&["convert", &bad, &path(&folder, "bad.csv"), "--on-error", "skip"]);
    insta::assert_snapshot!(in_folder(String::from_utf8_lossy(&report.stderr).into_owned()), @"
    1 row in bad.csv
    warning: 1 line of table bad could not be read and were skipped; the first: bad.ndjson: column 6: the text ends where a value is expected
    ");
}

#[test]
fn what_cannot_be_written_is_said() {
    let folder = folder(&[("T.ndjson", "{\"a\":1}\n")]);
    let input = path(&folder, "T.ndjson");
    let fails = |output: &str, more: &[&str]| {
        let output = path(&folder, output);
        let text = failure(&[&["convert", &input, &output], more].concat());
        text.replace(&format!("{}/", folder.path().display()), "")
    };
    insta::assert_snapshot!(fails("T.xlsx", &[]), @"
    exit code 2
    error: `T.xlsx` does not tell a format; give one with --to, such as ndjson
    ");
    insta::assert_snapshot!(fails("T.parquet.gz", &[]), @"
    exit code 2
    error: T.parquet.gz is compressed in itself; leave .gz or .zst away
    ");
    assert!(fails("T.bin", &["--to", "table"]).contains("one of ndjson, json, csv, tsv, parquet, arrow, arrows, avro"));
}

#[test]
fn results_of_queries_by_the_extension_of_their_file() {
    let folder = folder(&[]);
    for name in ["T.parquet", "T.arrow", "T.arrows", "T.avro", "T.csv", "T.json", "T.ndjson"] {
        let output = path(&folder, name);
        answer(&["query", "print a = 1, b = 'x', t = datetime(2026-11-21)", "-o", &output]);
        assert_eq!(rows(&output), "{\"a\":1,\"b\":\"x\",\"t\":\"2026-11-21T00:00:00.0000000Z\"}\n", "{name}");
    }
}
