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
    error: the query needs more memory than it may use: all that an aggregation gathers for one group must fit into it
    ");
    // A sort goes on from disk.
    let sorted = "range a from 1 to 400000 step 1 | extend t = strcat('text ', a % 1000, ' ', a) | sort by t asc";
    let lines = answer(&["query", sorted, "--memory", "8MB", "--format", "csv"]);
    assert_eq!(lines.lines().count(), 400_001);
    insta::assert_snapshot!(lines.lines().nth(1).unwrap(), @"1000,text 0 1000");
    insta::assert_snapshot!(lines.lines().next_back().unwrap(), @"99999,text 999 99999");
}

#[test]
fn query_parameters_are_given_by_name() {
    let query = "declare query_parameters(since:datetime, span:timespan=1d, who:string); print t = since + span, who";
    let given = ["query", query, "--param", "since=2020-02-03", "--param", "span=2h", "--param", "who=it's 7"];
    insta::assert_snapshot!(answer(&[&given[..], &["--format", "csv"]].concat()), @r"
    t,print_1
    2020-02-03T02:00:00.0000000Z,it's 7
    ");
    let wrong = failure(&["query", "declare query_parameters(n:long); print n", "--param", "n=seven"]);
    assert!(wrong.contains("`seven`, given for the query parameter `n`, is no long"), "{wrong}");
    let missing = failure(&["query", "declare query_parameters(n:long); print n"]);
    assert!(missing.contains("--param n=VALUE"), "{missing}");
}

#[test]
fn a_file_stands_for_the_url_of_an_externaldata() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cities.csv");
    std::fs::write(&file, "name,size\n\"New, York\",8,more\nRome\n").unwrap();
    let query =
        "externaldata(city:string, size:long)['https://example.org/cities.csv?sig=a'] with (ignoreFirstRecord=true)";
    let external = format!("https://example.org/cities.csv={}", file.display());
    insta::assert_snapshot!(answer(&["query", query, "--external", &external, "--format", "ndjson"]), @r#"
    {"city":"New, York","size":8}
    {"city":"Rome","size":null}
    "#);
    let unmapped = failure(&["query", query]);
    assert!(unmapped.contains("give a file for it with --external https://example.org/cities.csv=FILE"), "{unmapped}");
}

#[test]
fn mapped_json_and_lines_are_external_data_too() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("rows.json");
    std::fs::write(&json, "{\"n\":1,\"deep\":{\"er\":\"x\"}}\n{\"n\":2}\n").unwrap();
    let mapping =
        r#"[{"column":"number","Properties":{"Path":"$.n"}},{"Column":"word","Properties":{"Path":"$.deep.er"}}]"#;
    let query = format!(
        "externaldata(number:long, word:string)['{}'] with (format='multijson', ingestionMapping='{mapping}')",
        json.display()
    );
    insta::assert_snapshot!(answer(&["query", &query, "--format", "csv"]), @r"
    number,word
    1,x
    2,
    ");
    let text = folder.path().join("lines.txt");
    std::fs::write(&text, "one, \"two\"\nthree\n").unwrap();
    let query = format!("externaldata(line:string)['{}'] | extend length = strlen(line)", text.display());
    insta::assert_snapshot!(answer(&["query", &query, "--format", "csv"]), @r#"
    line,length
    "one, ""two""",10
    three,5
    "#);
}

#[test]
fn several_results_keep_their_names() {
    let query = "print a = 1; print b = 'x' | as Two";
    insta::assert_snapshot!(answer(&["query", query, "--format", "json"]), @r#"
    {"Table_0":[
    {"a":1}
    ],
    "Two":[
    {"b":"x"}
    ]}
    "#);
    insta::assert_snapshot!(answer(&["query", query, "--format", "ndjson"]), @r#"
    {"$table":"Table_0","a":1}
    {"$table":"Two","b":"x"}
    "#);
    insta::assert_snapshot!(answer(&["query", query, "--format", "csv"]), @r"
    Table_0
    a
    1

    Two
    b
    x
    ");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("both.parquet");
    answer(&["query", query, "--format", "parquet", "-o", &file.display().to_string()]);
    let second = folder.path().join("both-Two.parquet").display().to_string();
    let again = format!("externaldata(b:string)['{second}']");
    assert_eq!(answer(&["query", &again, "--format", "csv"]), "b\nx\n");
}

#[test]
fn schemas_go_before_what_files_tell() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.to_str().expect("UTF-8").to_owned()
    };
    let table = format!("Doors={}", write("doors.csv", "Door,Opened\n007,1700000000\n"));
    let schema = write("s.kql", ".create table Doors (Door: string, Opened: datetime, Name: string)");
    let query = ["query", "Doors | getschema | project ColumnName, ColumnType", "-t", &table];
    assert!(answer(&query).contains(r#"{"ColumnName":"Opened","ColumnType":"long"}"#));
    let rows = answer(&["query", "Doors", "-t", &table, "--schema", &schema]);
    assert_eq!(rows, "{\"Door\":\"007\",\"Opened\":\"2023-11-14T22:13:20.0000000Z\",\"Name\":\"\"}\n");
}

#[test]
fn values_that_cannot_be_read_can_be_null() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("doors.csv");
    std::fs::write(&path, "Door,Size\n7,1\n8,big\nx,huge\n").expect("written");
    let schema = folder.path().join("s.json");
    std::fs::write(&schema, r#"{"Doors": {"Door": "long", "Size": "real"}}"#).expect("written");
    let (table, schema) = (format!("Doors={}", path.display()), schema.to_str().expect("UTF-8"));
    let output = kql(&["query", "Doors", "-t", &table, "--schema", schema, "--on-error", "null", "--format", "csv"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "Door,Size\r\n7,1.0\r\n8,\r\n,\r\n".replace('\r', ""));
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stderr), @"
    warning: 1 value of Doors.Door could not be read and is null
    warning: 2 values of Doors.Size could not be read and are null
    ");
}

#[test]
fn delimited_files_may_have_no_header() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("doors.tsv");
    std::fs::write(&path, "7\tfront\n").expect("written");
    let table = format!("Doors={}", path.display());
    let rows = answer(&["query", "Doors", "-t", &table, "--no-header"]);
    assert_eq!(rows, "{\"Column1\":7,\"Column2\":\"front\"}\n");
}

#[test]
fn a_time_that_no_file_has_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |text: &str| std::fs::write(folder.path().join("EmailEvents.ndjson"), text).expect("written");
    let data = folder.path().to_str().expect("UTF-8");
    let warnings = |query: &str| {
        let output = kql(&["query", query, "--data", data]);
        assert!(output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let query = "EmailEvents | where TimeGenerated > ago(1d)";
    write("{\"Subject\":\"a\",\"Timestamp\":\"2026-11-21\"}\n");
    assert_eq!(warnings(query), "", "one time stands in for the other");
    write("{\"Subject\":\"a\"}\n");
    assert_eq!(warnings(query), "warning: no file of table EmailEvents has TimeGenerated, which is null\n");
    assert_eq!(warnings("EmailEvents | project Subject"), "");
}
