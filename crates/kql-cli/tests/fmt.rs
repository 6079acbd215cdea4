//! `kql fmt` on files, folders and standard input.

use crate::support::{kql, kql_with_input};

#[test]
fn standard_input_is_formatted_to_standard_output() {
    let output = kql_with_input(&["fmt", "-"], "T|where a==1 // why\n|take 5");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "T\n| where a == 1 // why\n| take 5\n");
    let output = kql_with_input(&["fmt", "-"], "T | take (");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stderr), @"
    error[KQL0111]: this `(` is never closed
     --> standard input:1:10
      |
    1 | T | take (
      |          ^
      |
      = help: write `)` where its contents end
    ");
}

#[test]
fn folders_are_formatted_in_place_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("a.kql", "T|take 5");
    write("b.yaml", "name:  x\nquery: |\n    T|take 5\n");
    write("c.yaml", "query: >\n  T|take 5\n");
    write("d.kql", "T\n| take 5\n");
    write("notes.txt", "T|take 5");
    let listed = |arguments: &[&str]| {
        let output = kql(&[&["fmt", path], arguments].concat());
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        format!("exit code {}\n{}", output.status.code().unwrap_or(-1), text.replace(path, "DIR"))
    };
    insta::assert_snapshot!(listed(&["--check"]), @"
    exit code 1
    DIR/a.kql
    DIR/b.yaml
    note: DIR/c.yaml: left alone: its `query` is no block of its own (`query: |`)
    ");
    assert_eq!(std::fs::read_to_string(folder.path().join("a.kql")).unwrap(), "T|take 5");
    insta::assert_snapshot!(listed(&[]), @"
    exit code 0
    DIR/a.kql
    DIR/b.yaml
    note: DIR/c.yaml: left alone: its `query` is no block of its own (`query: |`)
    ");
    insta::assert_snapshot!(listed(&["--check"]), @"
    exit code 0
    note: DIR/c.yaml: left alone: its `query` is no block of its own (`query: |`)
    ");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("a.kql"), "T\n| take 5\n");
    assert_eq!(read("b.yaml"), "name:  x\nquery: |\n    T\n    | take 5\n");
    assert_eq!(read("c.yaml"), "query: >\n  T|take 5\n");
    assert_eq!(read("notes.txt"), "T|take 5");
}
