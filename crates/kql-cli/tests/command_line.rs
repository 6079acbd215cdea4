//! Options, exit codes, standard input and output.

use crate::support::{answer, failure, kql, kql_with_input};

#[test]
fn now_can_be_pinned() {
    let line = answer(&["query", "print t = now(), d = ago(1d)", "--now", "2026-11-21T08:00:00.1234567Z"]);
    insta::assert_snapshot!(line, @r#"{"t":"2026-11-21T08:00:00.1234567Z","d":"2026-11-20T08:00:00.1234567Z"}"#);
    insta::assert_snapshot!(failure(&["query", "print 1", "--now", "yesterday"]), @"
    exit code 2
    error: --now: `yesterday` is not a time such as 2026-11-21T08:00:00Z
    ");
}

#[test]
fn a_query_can_come_from_standard_input() {
    let output = kql_with_input(&["query", "-f", "-"], "print x = 1 + 1");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "{\"x\":2}\n");
}

#[test]
fn usage_mistakes_exit_with_2() {
    for arguments in [
        &["query"][..],
        &["run"],
        &["query", "print 1", "--format", "xml"],
        &["query", "print 1", "-t", "x"],
        &["query", "-f", "-", "-t", "T=-"],
    ] {
        assert_eq!(kql(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_missing_file_exits_with_1() {
    insta::assert_snapshot!(failure(&["run", "no-such-rule.yaml"]), @"
    exit code 1
    error: cannot read no-such-rule.yaml: No such file or directory (os error 2)
    ");
    insta::assert_snapshot!(failure(&["query", "T", "-t", "T=no-such-file.ndjson"]), @"
    exit code 1
    error: cannot read table T: no-such-file.ndjson: no such file or folder
    ");
}

#[test]
fn the_version_is_cargo_s() {
    assert_eq!(answer(&["--version"]), concat!("kql ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn help_shows_examples() {
    for arguments in [&["--help"][..], &["run", "--help"], &["query", "--help"]] {
        assert!(answer(arguments).contains("Examples:\n  kql "), "{arguments:?}");
    }
}

#[test]
fn output_that_is_not_a_terminal_has_no_colour() {
    let output = kql(&["query", "print x = y"]);
    assert!(!output.stderr.contains(&0x1b));
}

/// A stopped query ends with the shell's code for it, and leaves no file behind; so does one that still asks the data for
/// its columns.
#[cfg(unix)]
#[test]
fn an_interrupt_stops_cleanly() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.ndjson");
    for then in ["", " | project d = bag_pack('a', a) | evaluate bag_unpack(d)"] {
        let query = "range a from 1 to 3000000 step 1 | extend k = 1 | join kind=inner (range b from 1 to 3000000 step 1 | extend k = 1) on k | summarize count() by a, b";
        let query = format!("{query}{then}");
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_kql"))
            .args(["query", &query, "-o", file.to_str().unwrap()])
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(1500));
        let interrupted = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(interrupted.success());
        assert_eq!(child.wait().unwrap().code(), Some(130), "{query}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_query_that_takes_too_long_is_stopped() {
    let endless = "range a from 1 to 100000 step 1 | extend k = 1 | join kind=inner (range b from 1 to 100000 step 1 | extend k = 1) on k | summarize sum(a * b)";
    insta::assert_snapshot!(failure(&["query", endless, "--timeout", "50ms"]), @"
    exit code 1
    error: query: stopped after 50ms (--timeout)
    ");
}

#[test]
fn a_limit_that_is_none_is_refused() {
    insta::assert_snapshot!(failure(&["query", "print 1", "--memory", "7x"]), @"
    exit code 2
    error: invalid value '7x' for '--memory <SIZE>': `7x` is neither a size such as 4GiB nor a part such as 70%

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(failure(&["query", "print 1", "--timeout", "soon"]), @"
    exit code 2
    error: invalid value 'soon' for '--timeout <TIME>': expected number at 0

    For more information, try '--help'.
    ");
}

#[test]
fn a_query_stays_within_its_memory() {
    let sets = "range a from 1 to 200000 step 1 | summarize make_list(tostring(a))";
    insta::assert_snapshot!(failure(&["query", sets, "--memory", "1MB"]), @"
    exit code 1
    error: the query needs more memory than it may use (in AggregateStream)
    ");
    // A sort goes on from disk.
    let sorted = "range a from 1 to 400000 step 1 | extend t = strcat('text ', a % 1000, ' ', a) | sort by t asc";
    let lines = answer(&["query", sorted, "--memory", "8MB", "--format", "csv"]);
    assert_eq!(lines.lines().count(), 400_001);
    insta::assert_snapshot!(lines.lines().nth(1).unwrap(), @"1000,text 0 1000");
    insta::assert_snapshot!(lines.lines().next_back().unwrap(), @"99999,text 999 99999");
}
