use insta::assert_snapshot;

use crate::support::{known_table_of, table_of};

#[test]
fn quotes_newlines_and_marks() {
    let text = "\u{feff}a,b,\"c \"\"d\"\"\"\r\n1,\"x,\"\"y\"\"\r\nz\",\r\n\r\n2,plain \"quote\",3.5\r\n,\"\",\"\"";
    assert_snapshot!(table_of("T.csv", text.as_bytes()), @r#"
    a:long b:string c "d":real
    1 | "x,\"y\"\r\nz" | null
    2 | "plain \"quote\"" | 3.5
    null | "" | null
    "#);
}

#[test]
fn tabs() {
    assert_eq!(table_of("T.tsv", b"a\tb\n1\tx,y\n"), "a:long b:string\n1 | \"x,y\"");
}

#[test]
fn inferred_types() {
    let text = b"t,b,n,code,mixed\n2024-01-01 10:00:00.1234567,true,1e3,007,1\n,FALSE,-2,12,x\n";
    assert_snapshot!(table_of("T.csv", text), @r#"
    t:datetime b:bool n:real code:string mixed:string
    2024-01-01T10:00:00.1234567Z | True | 1000.0 | "007" | "1"
    null | False | -2.0 | "12" | "x"
    "#);
}

#[test]
fn a_header_alone_and_odd_headers() {
    assert_eq!(table_of("T.csv", b"a,b"), "a:string b:string\n");
    assert_eq!(table_of("T.csv", b""), "\n");
    assert_eq!(table_of("T.csv", b"a,,a\n1,2,3"), "a:long Column2:long a1:long\n1 | 2 | 3");
}

#[test]
fn known_columns() {
    let text = b"TimeGenerated,DeviceDetail,RiskLevelAggregated\n2024-01-01T00:00:00Z,\"{\"\"a\"\":1}\",none\n,,\n,plain,\n,5,\n";
    let columns = ["TimeGenerated", "DeviceDetail", "RiskLevelAggregated", "AppId"];
    assert_snapshot!(known_table_of("SigninLogs.csv", text, &columns), @r#"
    2024-01-01T00:00:00.0000000Z | {"a":1} | "none" | ""
    null | null | "" | ""
    null | "plain" | "" | ""
    null | 5 | "" | ""
    "#);
}

#[test]
fn exports_of_the_portal() {
    let text = b"\"TimeGenerated [UTC]\",AppDisplayName,\"When [UTC]\"\n\"2/21/2023, 8:14:38.123 PM\",x,\"12/1/2023, 12:00:00.000 AM\"\n,y,\n";
    let columns = ["TimeGenerated", "AppDisplayName", "When"];
    assert_snapshot!(known_table_of("SigninLogs.csv", text, &columns), @r#"
    2023-02-21T20:14:38.1230000Z | "x" | 2023-12-01T00:00:00.0000000Z
    null | "y" | null
    "#);
    assert_snapshot!(table_of("T.csv", text), @r#"
    TimeGenerated:datetime AppDisplayName:string When:datetime
    2023-02-21T20:14:38.1230000Z | "x" | 2023-12-01T00:00:00.0000000Z
    null | "y" | null
    "#);
}
