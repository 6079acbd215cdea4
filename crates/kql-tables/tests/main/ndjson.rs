use insta::assert_snapshot;

use crate::support::{known_table_of, known_type, table_of};

#[test]
fn types_are_inferred() {
    let lines = br#"{"t":"2024-05-01T10:00:00.1234567Z","n":1,"r":1,"b":true,"s":"x","d":{"a":[1, 2]},"m":null}
{"t":null,"n":null,"r":2.5,"b":null,"s":null,"d":null}
{"r":null,"d":"text","s":"74e4a1a6-0c3c-4dbb-8cdb-8c9ee2e1f0a3"}
"#;
    assert_snapshot!(table_of("T.ndjson", lines), @r#"
    t:datetime n:long r:real b:bool s:string d:dynamic m:string
    2024-05-01T10:00:00.1234567Z | 1 | 1.0 | True | "x" | {"a":[1, 2]} | ""
    null | null | 2.5 | null | "" | null | ""
    null | null | null | null | "74e4a1a6-0c3c-4dbb-8cdb-8c9ee2e1f0a3" | "text" | ""
    "#);
}

#[test]
fn awkward_lines() {
    let lines = "\u{feff}\r\n\r\n{\"a\":\"x\",\"b\":1}\r\n   \n\t{ \"b\" : 2 , \"a\" : \"\\u00e4\\n\\\"\\ud83d\\ude00\" }  \r\n{}\n{\"a\":\"1\",\"a\":\"2\",\"c\\u0064\":3}";
    assert_snapshot!(table_of("T.jsonl", lines.as_bytes()), @r#"
    a:string b:long cd:long
    "x" | 1 | null
    "ä\n\"😀" | 2 | null
    "" | null | null
    "2" | null | 3
    "#);
}

#[test]
fn numbers_at_the_limits() {
    let lines = br#"{"l":9223372036854775807,"r":9223372036854775808}
{"l":-9223372036854775808,"r":1e10}
{"l":-0,"r":-2.5e-3}
"#;
    assert_snapshot!(table_of("T.ndjson", lines), @r"
    l:long r:real
    9223372036854775807 | 9223372036854776000.0
    -9223372036854775808 | 10000000000.0
    0 | -0.0025
    ");
}

#[test]
fn an_empty_file_is_an_empty_table() {
    assert_eq!(table_of("T.ndjson", b""), "\n");
    assert_eq!(known_table_of("EmailEvents.ndjson", b"", &["Subject"]), "");
    assert_eq!(known_table_of("EmailEvents.ndjson", b"\n\r\n", &["Subject"]), "");
}

#[test]
fn a_known_table_has_all_its_columns() {
    let lines = br#"{"TimeGenerated":"2024-05-01T10:00:00.1234567Z","Extra":5,"UserPrincipalName":null}"#;
    let all = table_of("SigninLogs.ndjson", lines);
    let known = kql_catalog::table("SigninLogs").unwrap();
    let header: Vec<&str> = all.lines().next().unwrap().split(' ').collect();
    assert_eq!(header.len(), known.len() + 1);
    assert_eq!(header.last(), Some(&"Extra:long"));
    let columns = ["TimeGenerated", "UserPrincipalName", "IPAddress", "DeviceDetail", "Extra"];
    assert_snapshot!(known_table_of("SigninLogs.ndjson", lines, &columns), @r#"2024-05-01T10:00:00.1234567Z | "" | "" | null | 5"#);
}

#[test]
fn values_are_converted_to_the_known_type() {
    use kql_types::ScalarType::{Bool, DateTime, Dynamic, Int, Long, String};
    let columns = ["Timestamp", "Subject", "AttachmentCount", "IsFirstContact", "AuthenticationDetails"];
    let types = [DateTime, String, Int, Bool, String];
    assert_eq!(columns.map(|column| known_type("EmailEvents", column)), types);
    let lines = br#"{"Timestamp":"2024-05-01T10:00:00Z","Subject":{"a": 1},"AttachmentCount":"12","IsFirstContact":1,"AuthenticationDetails":[1]}
{"Timestamp":"2024-05-01 10:00","Subject":12.50,"AttachmentCount":3.0,"IsFirstContact":"true","AuthenticationDetails":true}
{"Timestamp":"never","Subject":"","AttachmentCount":2147483648,"IsFirstContact":"perhaps"}
{"Timestamp":5,"Subject":"\\","AttachmentCount":{},"IsFirstContact":false}
{"Timestamp":"","AttachmentCount":"","IsFirstContact":""}
{"AttachmentCount":2.5,"IsFirstContact":"False"}"#;
    assert_snapshot!(known_table_of("EmailEvents.ndjson", lines, &columns), @r#"
    2024-05-01T10:00:00.0000000Z | "{\"a\": 1}" | 12 | True | "[1]"
    2024-05-01T10:00:00.0000000Z | "12.50" | 3 | True | "true"
    null | "" | null | null | ""
    null | "\\" | null | False | ""
    null | "" | null | null | ""
    null | "" | null | False | ""
    "#);
    assert_eq!(
        [known_type("SigninLogs", "DeviceDetail"), known_type("SigninLogs", "ProcessingTimeInMilliseconds")],
        [Dynamic, String]
    );
    assert_eq!(known_type("CommonSecurityLog", "SentBytes"), Long);
}

#[test]
fn stringified_json_becomes_dynamic() {
    let lines = br#"{"DeviceDetail":"{\"os\": \"Windows\"}"}
{"DeviceDetail":"[]"}
{"DeviceDetail":"{not json}"}
{"DeviceDetail":"12"}
{"DeviceDetail":""}
{"DeviceDetail":{"os":"Linux"}}
{"DeviceDetail":" [ 1 ] "}
{"DeviceDetail":"\"quoted\""}"#;
    assert_snapshot!(known_table_of("SigninLogs.ndjson", lines, &["DeviceDetail"]), @r#"
    {"os": "Windows"}
    []
    "{not json}"
    "12"
    null
    {"os":"Linux"}
    [ 1 ] 
    "\"quoted\""
    "#);
}
