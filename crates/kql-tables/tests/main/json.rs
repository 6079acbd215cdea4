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
