use insta::assert_snapshot;

use crate::support::table_of;

#[test]
fn an_array_of_objects() {
    let text = "\u{feff}[\n  {\"a\": 1, \"b\": \"x\\ty\"},\n  {\"a\": 2}\n]\n";
    assert_snapshot!(table_of("T.json", text.as_bytes()), @r#"
    a:long b:string
    1 | "x\ty"
    2 | ""
    "#);
    assert_eq!(table_of("T.json", b"[]"), "\n");
}

#[test]
fn objects_after_each_other() {
    assert_eq!(table_of("T.json", b"{\"a\":1}\n{\"a\":2}\n"), "a:long\n1\n2");
    assert_eq!(table_of("T.json", b"{\n\"a\":1\n}\n{\n\"a\":2}"), "a:long\n1\n2");
    assert_eq!(table_of("T.json", b"{\"a\":1}"), "a:long\n1");
}

#[test]
fn answers_of_apis() {
    assert_eq!(table_of("T.json", br#"{"@odata.context":"c","value":[{"a":1},{"a":2}]}"#), "a:long\n1\n2");
    assert_eq!(table_of("T.json", br#"{"Schema":[{"Name":"a"}],"Results":[{"a":true}]}"#), "a:bool\nTrue");
    assert_snapshot!(
        table_of("T.json", br#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"t","type":"datetime"},{"name":"n","type":"int"}],"rows":[["2024-05-01",1],[null,"2"]]}]}"#),
        @r"
    t:datetime n:int
    2024-05-01T00:00:00.0000000Z | 1
    null | 2
    "
    );
    assert_eq!(
        table_of("T.json", br#"{"Tables":[{"TableName":"T","Columns":[{"ColumnName":"s","DataType":"String","ColumnType":"string"}],"Rows":[["x"]]}]}"#),
        "s:string\n\"x\""
    );
}

#[test]
fn frames_of_the_second_endpoint() {
    let text = r#"[{"FrameType":"DataSetHeader","IsProgressive":false,"Version":"v2.0"},
{"FrameType":"DataTable","TableId":0,"TableKind":"QueryProperties","TableName":"@ExtendedProperties",
 "Columns":[{"ColumnName":"Key","ColumnType":"string"}],"Rows":[["Visualization"]]},
{"FrameType":"DataTable","TableId":1,"TableKind":"PrimaryResult","TableName":"PrimaryResult",
 "Columns":[{"ColumnName":"t","ColumnType":"datetime"},{"ColumnName":"d","ColumnType":"dynamic"}],
 "Rows":[["2026-11-21T08:00:00Z",{"a":1}],[null,"[2]"]]},
{"FrameType":"DataTable","TableId":2,"TableKind":"QueryCompletionInformation","Columns":[],"Rows":[]},
{"FrameType":"DataSetCompletion","HasErrors":false,"Cancelled":false}]"#;
    assert_snapshot!(table_of("T.json", text.as_bytes()), @r#"
    t:datetime d:dynamic
    2026-11-21T08:00:00.0000000Z | {"a":1}
    null | [2]
    "#);
}

#[test]
fn frames_of_a_progressive_answer() {
    let text = r#"[{"FrameType":"DataSetHeader","IsProgressive":true},
{"FrameType":"TableHeader","TableId":1,"TableKind":"PrimaryResult","Columns":[{"ColumnName":"n","DataType":"Int64"}]},
{"FrameType":"TableFragment","TableFragmentType":"DataAppend","TableId":1,"Rows":[[1],[2]]},
{"FrameType":"TableFragment","TableFragmentType":"DataReplace","TableId":1,"Rows":[[3]]},
{"FrameType":"TableProgress","TableId":1,"TableProgress":50.0},
{"FrameType":"TableFragment","TableFragmentType":"DataAppend","TableId":2,"Rows":[["x"]]},
{"FrameType":"TableFragment","TableFragmentType":"DataAppend","TableId":1,"Rows":[[4]]},
{"FrameType":"TableCompletion","TableId":1,"RowCount":2}]"#;
    assert_eq!(table_of("T.json", text.as_bytes()), "n:long\n3\n4");
}

#[test]
fn an_answer_that_ends_with_an_error() {
    let text = br#"{"Tables":[{"TableName":"T","Columns":[{"ColumnName":"n","DataType":"SByte"}],"Rows":[[true],{"Exceptions":["x"]}]}]}"#;
    let error = crate::support::try_table_of("T.json", text, kql_tables::TableOptions::default()).unwrap_err();
    assert_eq!(error, "T.json:1: expected the array of a row's values; an answer may end with an error");
}
