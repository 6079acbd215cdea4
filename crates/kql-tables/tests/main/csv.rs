use insta::assert_snapshot;

use kql_tables::TableOptions;
use kql_types::{ScalarType, Schema};

use crate::support::{known_table_of, table_of, try_table_of};

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

#[test]
fn rows_without_a_header() {
    let headless = TableOptions { is_headless: true, ..TableOptions::default() };
    let text = "\u{feff}7,\"x\ny\"\n8,z\n".as_bytes();
    assert_snapshot!(try_table_of("T.csv", text, headless.clone()).unwrap(), @r#"
    Column1:long Column2:string
    7 | "x\ny"
    8 | "z"
    "#);
    let error = try_table_of("T.csv", b"1,2\n3\n", headless.clone()).unwrap_err();
    assert_eq!(error, "T.csv:2: 1 fields, but the first row has 2");
    let schema: Schema = [("Door", ScalarType::String), ("Name", ScalarType::String)].into_iter().collect();
    let declared = TableOptions { schemas: [("T".to_owned(), schema)].into(), ..TableOptions::default() };
    assert_snapshot!(try_table_of("T.csv", text, declared.clone()).unwrap(), @r#"
    Door:string Name:string
    "7" | "x\ny"
    "8" | "z"
    "#);
    // A header that names a column of the schema, or has another number of fields, is a header.
    for header in ["door,Owner", "Name,Door", "Key,Owner,Since"] {
        let width = header.split(',').count();
        let text = format!("{header}\n{}\n", vec!["1"; width].join(","));
        let table = try_table_of("T.csv", text.as_bytes(), declared.clone()).unwrap();
        assert_eq!(table.lines().count(), 2, "{table}");
    }
    let more = TableOptions { is_headless: true, ..declared };
    assert_snapshot!(try_table_of("T.csv", b"1,2,3\n", more).unwrap(), @r#"
    Door:string Name:string Column3:long
    "1" | "2" | 3
    "#);
}

#[test]
fn delimiters() {
    assert_eq!(table_of("T.csv", b"a;b\r\n1;x,y\r\n"), "a:long b:string\n1 | \"x,y\"");
    assert_eq!(table_of("T.csv", b"a|b\n1|x\n"), "a:long b:string\n1 | \"x\"");
    assert_eq!(table_of("T.csv", b"\"a;b\",c\n1;2,3\n"), "a;b:string c:long\n\"1;2\" | 3");
    assert_eq!(table_of("T.csv", b"sep=;\r\na;b\r\n1;2\r\n"), "a:long b:long\n1 | 2");
    let options = TableOptions { delimiter: Some(b'#'), ..TableOptions::default() };
    assert_eq!(try_table_of("T.csv", b"a,b#c\n1#2\n", options).unwrap(), "a,b:long c:long\n1 | 2");
}

#[test]
fn utf_16() {
    let text = "a;b\r\n1;\u{e9}\r\n";
    let little: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let big: Vec<u8> = [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    assert_eq!(table_of("T.csv", &little), "a:long b:string\n1 | \"é\"");
    assert_eq!(table_of("T.csv", &big), "a:long b:string\n1 | \"é\"");
    assert_eq!(table_of("T.csv.zst", &zstd::encode_all(&*big, 1).unwrap()), "a:long b:string\n1 | \"é\"");
    let json: Vec<u8> =
        [0xff, 0xfe].into_iter().chain("[{\"a\":1}]".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(table_of("T.json", &json), "a:long\n1");
}

#[test]
fn files_of_many_chunks() {
    let mut text = String::from("number,note,half\r\n");
    let mut expected = String::from("number:long note:string half:real\n");
    for row in 0..60_000 {
        let note = match row {
            // Longer than what is read at once.
            777 => "many\nlines, and \"quotes\"\r\n".repeat(100_000),
            _ if row % 3 == 0 => format!("line {row}\r\nand \"another\""),
            _ => format!("row {row}"),
        };
        let quoted = note.replace('"', "\"\"");
        text.push_str(&format!("{row},\"{quoted}\",{row}.5\r\n"));
        expected.push_str(&format!("{row} | {note:?} | {row}.5\n"));
    }
    for content in [text.as_bytes(), format!("\u{feff}{text}").as_bytes(), text.trim_end().as_bytes()] {
        assert!(table_of("T.csv", content).trim_end() == expected.trim_end());
    }
    let without_header = text.split_once("\r\n").unwrap().1;
    let options = TableOptions { is_headless: true, ..TableOptions::default() };
    let shown = try_table_of("T.csv", without_header.as_bytes(), options).unwrap();
    assert!(
        shown.trim_end()
            == expected
                .replacen("number:long note:string half:real", "Column1:long Column2:string Column3:real", 1)
                .trim_end()
    );
    // What is wrong is told by its line, also in a later chunk.
    let text = text + "1,2\n";
    let error = try_table_of("T.csv", text.as_bytes(), TableOptions::default()).unwrap_err();
    assert!(error.ends_with(&format!("{}: 2 fields, but the header has 3", text.matches('\n').count())), "{error}");
}
