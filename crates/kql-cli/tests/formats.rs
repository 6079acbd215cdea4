//! Every output format on one result that holds every type.

use crate::support::answer;

const EVERY_TYPE: &str = r#"datatable(b:bool, i:int, l:long, r:real, d:decimal, s:string, t:datetime, span:timespan, g:guid, j:dynamic) [
    true, 1, 9007199254740993, 0.5, decimal(1.25), 'a "quoted", text', datetime(2026-11-21T08:00:00.1234567Z), timespan(1.02:03:04.5),
    guid(74be27de-1e4e-49d9-b579-fe0b331d3642), dynamic({"b":1,"a":[1.0,null,"x"]}),
    bool(null), int(null), long(null), real(nan), decimal(null), '', datetime(null), timespan(null), guid(null), dynamic(null)
]"#;

#[track_caller]
fn shown(format: &str) -> String {
    answer(&["query", EVERY_TYPE, "--format", format])
}

#[test]
fn table() {
    insta::assert_snapshot!(shown("table"), @r#"
    ┌──────┬───┬──────────────────┬─────┬──────┬──────────────────┬──────────────────────────────┬────────────────────┬──────────────────────────────────────┬────────────────────────────┐
    │ b    ┆ i ┆                l ┆   r ┆    d ┆ s                ┆ t                            ┆               span ┆ g                                    ┆ j                          │
    ╞══════╪═══╪══════════════════╪═════╪══════╪══════════════════╪══════════════════════════════╪════════════════════╪══════════════════════════════════════╪════════════════════════════╡
    │ True ┆ 1 ┆ 9007199254740993 ┆ 0.5 ┆ 1.25 ┆ a "quoted", text ┆ 2026-11-21T08:00:00.1234567Z ┆ 1.02:03:04.5000000 ┆ 74be27de-1e4e-49d9-b579-fe0b331d3642 ┆ {"b":1,"a":[1.0,null,"x"]} │
    │      ┆   ┆                  ┆ NaN ┆      ┆                  ┆                              ┆                    ┆                                      ┆                            │
    └──────┴───┴──────────────────┴─────┴──────┴──────────────────┴──────────────────────────────┴────────────────────┴──────────────────────────────────────┴────────────────────────────┘
    "#);
}

#[test]
fn json() {
    insta::assert_snapshot!(shown("json"), @r#"
    [
    {"b":true,"i":1,"l":9007199254740993,"r":0.5,"d":1.25,"s":"a \"quoted\", text","t":"2026-11-21T08:00:00.1234567Z","span":"1.02:03:04.5000000","g":"74be27de-1e4e-49d9-b579-fe0b331d3642","j":{"b":1,"a":[1.0,null,"x"]}},
    {"b":null,"i":null,"l":null,"r":"NaN","d":null,"s":"","t":null,"span":null,"g":null,"j":null}
    ]
    "#);
}

#[test]
fn ndjson() {
    insta::assert_snapshot!(shown("ndjson"), @r#"
    {"b":true,"i":1,"l":9007199254740993,"r":0.5,"d":1.25,"s":"a \"quoted\", text","t":"2026-11-21T08:00:00.1234567Z","span":"1.02:03:04.5000000","g":"74be27de-1e4e-49d9-b579-fe0b331d3642","j":{"b":1,"a":[1.0,null,"x"]}}
    {"b":null,"i":null,"l":null,"r":"NaN","d":null,"s":"","t":null,"span":null,"g":null,"j":null}
    "#);
}

#[test]
fn csv() {
    insta::assert_snapshot!(shown("csv"), @r#"
    b,i,l,r,d,s,t,span,g,j
    True,1,9007199254740993,0.5,1.25,"a ""quoted"", text",2026-11-21T08:00:00.1234567Z,1.02:03:04.5000000,74be27de-1e4e-49d9-b579-fe0b331d3642,"{""b"":1,""a"":[1.0,null,""x""]}"
    ,,,NaN,,,,,,
    "#);
}

#[test]
fn tsv() {
    insta::assert_snapshot!(shown("tsv"), @r#"
    b	i	l	r	d	s	t	span	g	j
    True	1	9007199254740993	0.5	1.25	"a ""quoted"", text"	2026-11-21T08:00:00.1234567Z	1.02:03:04.5000000	74be27de-1e4e-49d9-b579-fe0b331d3642	"{""b"":1,""a"":[1.0,null,""x""]}"
    			NaN
    "#);
}

#[test]
fn markdown() {
    insta::assert_snapshot!(shown("markdown"), @r#"
    | b | i | l | r | d | s | t | span | g | j |
    | --- | --: | --: | --: | --: | --- | --- | --- | --- | --- |
    | True | 1 | 9007199254740993 | 0.5 | 1.25 | a "quoted", text | 2026-11-21T08:00:00.1234567Z | 1.02:03:04.5000000 | 74be27de-1e4e-49d9-b579-fe0b331d3642 | {"b":1,"a":[1.0,null,"x"]} |
    |  |  |  | NaN |  |  |  |  |  |  |
    "#);
}

#[test]
fn kusto() {
    insta::assert_snapshot!(shown("kusto"), @r#"{"Tables":[{"TableName":"Table_0","Columns":[{"ColumnName":"b","DataType":"SByte","ColumnType":"bool"},{"ColumnName":"i","DataType":"Int32","ColumnType":"int"},{"ColumnName":"l","DataType":"Int64","ColumnType":"long"},{"ColumnName":"r","DataType":"Double","ColumnType":"real"},{"ColumnName":"d","DataType":"SqlDecimal","ColumnType":"decimal"},{"ColumnName":"s","DataType":"String","ColumnType":"string"},{"ColumnName":"t","DataType":"DateTime","ColumnType":"datetime"},{"ColumnName":"span","DataType":"TimeSpan","ColumnType":"timespan"},{"ColumnName":"g","DataType":"Guid","ColumnType":"guid"},{"ColumnName":"j","DataType":"Object","ColumnType":"dynamic"}],"Rows":[[true,1,9007199254740993,0.5,"1.25","a \"quoted\", text","2026-11-21T08:00:00.1234567Z","1.02:03:04.5000000","74be27de-1e4e-49d9-b579-fe0b331d3642","{\"b\":1,\"a\":[1.0,null,\"x\"]}"],[null,null,null,"NaN",null,"",null,null,null,null]]}]}"#);
}

/// Parquet is read back: the values are the same, a timespan and a guid come back as text.
#[test]
fn parquet() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("T.parquet");
    answer(&["query", EVERY_TYPE, "--format", "parquet", "-o", file.to_str().unwrap()]);
    insta::assert_snapshot!(answer(&["query", "T", "--data", folder.path().to_str().unwrap()]), @r#"
    {"b":true,"i":1,"l":9007199254740993,"r":0.5,"d":1.25,"s":"a \"quoted\", text","t":"2026-11-21T08:00:00.1234567Z","span":"1.02:03:04.5000000","g":"74be27de-1e4e-49d9-b579-fe0b331d3642","j":{"b":1,"a":[1.0,null,"x"]}}
    {"b":null,"i":null,"l":null,"r":"NaN","d":null,"s":"","t":null,"span":"","g":"","j":null}
    "#);
}

#[test]
fn a_result_without_rows_keeps_its_header() {
    insta::assert_snapshot!(answer(&["query", "datatable(a:long, b:string) []", "--format", "csv"]), @"a,b");
    insta::assert_snapshot!(answer(&["query", "datatable(a:long, b:string) []", "--format", "json"]), @"
    [
    ]
    ");
}
