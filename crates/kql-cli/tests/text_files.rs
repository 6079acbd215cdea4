//! Rules, tests and queries in the encodings and with the line ends that people have.

use std::fs;
use std::path::Path;

use crate::support::{answer, kql};

const RULE: &str = "name: Änderung\r\nquery: |\r\n  Logons\r\n\t\r\n  | where User=='ann'\r\n";
const TEST: &str = "\
cases:\r\n  - name: a hit\r\n    tables:\r\n      Logons:\r\n        - {User: ann, Note: ä}\r\n\t\r\n    expect: {count: 1}\r\n";

fn utf16(text: &str, encode: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(encode).collect()
}

/// A rule with its test in each encoding.
fn write_all(folder: &Path, extension: &str, text: &str) {
    fs::write(folder.join(format!("plain.{extension}")), text).unwrap();
    fs::write(folder.join(format!("marked.{extension}")), format!("\u{feff}{text}")).unwrap();
    fs::write(folder.join(format!("little.{extension}")), utf16(text, u16::to_le_bytes)).unwrap();
    fs::write(folder.join(format!("big.{extension}")), utf16(text, u16::to_be_bytes)).unwrap();
}

#[test]
fn every_encoding_is_read_by_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    write_all(folder.path(), "yaml", RULE);
    write_all(folder.path(), "test.yaml", TEST);
    fs::write(folder.path().join("Logons.csv"), "User,Note\nann,x\n").unwrap();
    assert!(answer(&["test", path]).contains("4 passed, 0 failed"));
    assert_eq!(answer(&["check", path, "--data", path, "--format", "json"]).matches("\"ok\":true").count(), 4);
    let hits = answer(&["run", path, "--data", path, "--format", "ndjson"]);
    assert_eq!(hits.lines().filter(|line| line.contains("Änderung")).count(), 4, "{hits}");
}

#[test]
fn a_file_that_is_written_keeps_its_encoding() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    write_all(folder.path(), "yaml", RULE);
    write_all(folder.path(), "kql", "Logons|count");
    assert_eq!(answer(&["fmt", path]).lines().count(), 8);
    let expected = tempfile::tempdir().unwrap();
    write_all(expected.path(), "yaml", &RULE.replace("\r\n\t\r\n", "\r\n").replace("=='ann'", " == 'ann'"));
    write_all(expected.path(), "kql", "Logons\n| count\n");
    for name in ["plain", "marked", "little", "big"] {
        for extension in ["yaml", "kql"] {
            let file = format!("{name}.{extension}");
            let read = |folder: &Path| fs::read(folder.join(&file)).unwrap();
            assert_eq!(read(folder.path()), read(expected.path()), "{file}");
        }
    }
}

#[test]
fn what_is_no_text_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("latin.kql");
    fs::write(&file, b"print '\xe4'").unwrap();
    for command in [&["check"][..], &["fmt"], &["run"], &["query", "-f"]] {
        let output = kql(&[command, &[file.to_str().unwrap()]].concat());
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains("latin.kql: it is no text in UTF-8"), "{command:?}: {errors}");
        assert_eq!(output.status.code(), Some(1), "{command:?}");
    }
}
