use std::io::Write;

use kql_semantics::Tables;
use kql_tables::{TableOptions, TableSet};

use crate::support::{folder, read, show, tables};

fn rows(tables: &TableSet, name: &str) -> String {
    let schema = tables.schema(name).unwrap();
    let columns: Vec<&str> = schema.iter().map(|(name, _)| name).collect();
    show(&read(tables, name, &columns).unwrap(), &schema)
}

#[test]
fn entries_of_a_folder_are_tables() {
    let folder = folder(&[
        ("A.ndjson", b"{\"a\":1}"),
        ("B/part-0.csv", b"a,b\n1,x\n"),
        ("B/part-1.csv", b"b,a\ny,2\n"),
        ("B/deep/part-2.csv", b"a\n3\n"),
        ("C.json", b"[]"),
        ("README.md", b"no table"),
        (".hidden.csv", b"a\n"),
        ("B/_SUCCESS", b""),
    ]);
    let tables = tables(folder.path());
    assert_eq!(tables.names(), ["A", "B", "C"]);
    assert_eq!(rows(&tables, "A"), "1");
    assert_eq!(rows(&tables, "B"), "3 | \"\"\n1 | \"x\"\n2 | \"y\"");
    assert_eq!(tables.schema("Nothing"), None);
    assert!(tables.provider("Nothing").unwrap().is_none());
}

#[test]
fn definitions() {
    let folder = folder(&[
        ("a1.ndjson", b"{\"a\":1}\n"),
        ("a2.ndjson", b"{\"a\":2}\n"),
        ("b.log", b"a,b\n5,6\n"),
        ("c.json", b"[{\"a\":3}]"),
    ]);
    let place = |path: &str| folder.path().join(path).to_string_lossy().into_owned();
    let mut tables = tables(folder.path());
    for (name, path) in [("All", "a?.ndjson"), ("Log", "b.log"), ("a1", "c.json"), ("Mixed", "[ac]*.*json")] {
        tables.add(format!("{name}={}", place(path)).parse().unwrap()).unwrap();
    }
    tables.add(format!("Gone={}", place("gone.csv")).parse().unwrap()).unwrap();
    assert_eq!(rows(&tables, "All"), "1\n2");
    assert_eq!(rows(&tables, "Log"), "5 | 6");
    assert_eq!(rows(&tables, "a1"), "3");
    assert_eq!(rows(&tables, "Mixed"), "1\n2\n3");
    assert_eq!(tables.schema("Gone"), None);
    let errors: Vec<(&str, String)> = tables.errors().map(|(name, error)| (name, error.message.clone())).collect();
    assert_eq!(errors, [("Gone", "no such file or folder".to_owned())]);
}

#[test]
fn two_files_of_one_name_are_an_error() {
    let folder = folder(&[("A.csv", b""), ("A.json", b"")]);
    let error = TableSet::default().add_folder(folder.path()).unwrap_err();
    assert!(error.message.contains("is table A, too"), "{error}");
}

#[test]
fn bytes_of_standard_input() {
    let mut tables = TableSet::new(TableOptions::default());
    tables.add_bytes("In", b"{\"a\":1}\n{\"a\":2}\n".to_vec()).unwrap();
    tables.add_bytes("Fields", b"a,b\n1,x".to_vec()).unwrap();
    assert_eq!(rows(&tables, "In"), "1\n2");
    assert_eq!(rows(&tables, "In"), "1\n2");
    assert_eq!(rows(&tables, "Fields"), "1 | \"x\"");
}

#[test]
fn compressed_files() {
    let gzip = |text: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    };
    let members = [gzip(b"{\"a\":1}\n"), gzip(b"{\"a\":2}\n")].concat();
    let zstd = zstd::encode_all(&b"a,b\n1,x\n"[..], 1).unwrap();
    let folder = folder(&[("A.ndjson.gz", &members), ("B.csv.zst", &zstd), ("unnamed", &members)]);
    let mut tables = tables(folder.path());
    tables.add(format!("C={}", folder.path().join("unnamed").display()).parse().unwrap()).unwrap();
    assert_eq!(rows(&tables, "A"), "1\n2");
    assert_eq!(rows(&tables, "B"), "1 | \"x\"");
    assert_eq!(rows(&tables, "C"), "1\n2");
}
