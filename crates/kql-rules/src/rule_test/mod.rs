//! Tests of rules: `NAME.test.yaml` beside the rule, with rows for its tables and what must come out.
//!
//! ```yaml
//! cases:
//!   - name: an inbound threat from a domain that we write to
//!     now: 2026-11-21T08:00:00Z
//!     tables:
//!       EmailEvents:
//!         - {EmailDirection: Outbound, RecipientEmailAddress: ann@fabrikam.com}
//!     expect:
//!       count: 0
//! ```

mod compare;
mod rows_text;

use kql_syntax::{Diagnostic, Span};
use serde_json::{Map, Value};

use crate::document::{Document, Node};

pub(crate) use compare::to_json;
pub use compare::{ActualRows, Mismatch, compare};
pub use rows_text::{row_text, rows_text};

/// A row, as far as the author wrote it.
pub type Row = Map<String, Value>;

/// The tests of one rule.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleTest {
    /// The rule's file, seen from the test's folder; the file of the same name where it is not given.
    pub rule: Option<String>,
    pub cases: Vec<Case>,
}

/// One case of a rule's tests.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    pub name: String,
    /// What `now()` is.
    pub now: Option<String>,
    /// In the order of the file.
    pub tables: Vec<(String, TestTable)>,
    /// Files and folders of stored functions, seen from the test's folder.
    pub functions: Vec<String>,
    /// Files and folders of watchlists, seen from the test's folder.
    pub watchlists: Vec<String>,
    pub expect: Expectation,
    /// The case in its file.
    pub span: Span,
}

/// What a table holds in a case.
#[derive(Clone, Debug, PartialEq)]
pub enum TestTable {
    /// Only the columns that matter.
    Rows(Vec<Row>),
    /// A file, seen from the test's folder.
    File(String),
    /// A tabular expression, such as `datatable (a: long) [1]`.
    Query(String),
}

/// What must come out. Everything that is given must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expectation {
    /// The rows, by these columns; where `ordered` is false in any order.
    pub rows: Option<Vec<Row>>,
    pub ordered: bool,
    pub count: Option<usize>,
    /// Whether there is any row.
    pub hits: Option<bool>,
    /// Where `rows` stands in the file, so that it can be written anew.
    pub rows_span: Option<Span>,
}

/// Whether a file of this name holds tests.
pub fn is_rule_test(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    [".test.yaml", ".test.yml"].iter().any(|ending| lower.ends_with(ending))
}

/// Reads a file of tests.
///
/// # Errors
/// The first thing wrong with the file, with its place.
pub fn read_rule_test(contents: &str) -> Result<RuleTest, Diagnostic> {
    let document = Document::yaml(contents)?;
    let Some(document) = document.roots.first() else {
        return Err(Diagnostic::error(WRONG_TEST, "the file holds no tests", Span::default()));
    };
    known_keys(document, &["rule", "now", "tables", "functions", "watchlists", "cases"])?;
    let shared = tables(document)?;
    let now = text(document, "now")?;
    let Some(cases) = document.get("cases") else {
        return Err(wrong(document, "the tests are listed under `cases`"));
    };
    if !cases.is_list() {
        return Err(wrong(cases, "`cases` is a list"));
    }
    let (functions, watchlists) = (paths(document, "functions")?, paths(document, "watchlists")?);
    let cases = cases.items().iter().enumerate().map(|(position, item)| {
        let mut case = case(item, position, now.as_deref(), &shared)?;
        // What a case names comes behind what all share, and wins.
        case.functions.splice(0..0, functions.iter().cloned());
        case.watchlists.splice(0..0, watchlists.iter().cloned());
        Ok(case)
    });
    Ok(RuleTest { rule: text(document, "rule")?, cases: cases.collect::<Result<_, _>>()? })
}

/// A file of tests that is not as it must be.
const WRONG_TEST: &str = "KQL0305";

fn wrong(node: &Node, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(WRONG_TEST, message, node.span)
}

/// A misspelt key would be a test that tests nothing.
fn known_keys(node: &Node, known: &[&str]) -> Result<(), Diagnostic> {
    if !node.is_mapping() {
        return Err(wrong(node, format!("a mapping with {} must stand here", known.join(", "))));
    }
    let mut keys = node.members().iter().map(|(key, _)| key);
    let unknown = keys.find(|key| !known.contains(&key.key_text().as_str()));
    match unknown {
        None => Ok(()),
        Some(key) => {
            let message = format!("`{}` is no key here", key.key_text());
            Err(wrong(key, message).with_help(format!("the keys are {}", known.join(", "))))
        }
    }
}

fn text(node: &Node, key: &str) -> Result<Option<String>, Diagnostic> {
    let Some(value) = node.get(key) else { return Ok(None) };
    match value.to_json() {
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) => Ok(Some(number.to_string())),
        _ => Err(wrong(value, format!("`{key}` is a text"))),
    }
}

/// A list of paths; one alone needs no list.
fn paths(node: &Node, key: &str) -> Result<Vec<String>, Diagnostic> {
    let Some(value) = node.get(key) else { return Ok(Vec::new()) };
    let path = |value: &Value| value.as_str().map(str::to_owned);
    let paths = match value.to_json() {
        Value::String(one) => Some(vec![one]),
        Value::Array(items) => items.iter().map(path).collect(),
        _ => None,
    };
    paths.ok_or_else(|| wrong(value, format!("`{key}` is a list of paths")))
}

fn case(node: &Node, position: usize, now: Option<&str>, shared: &[(String, TestTable)]) -> Result<Case, Diagnostic> {
    known_keys(node, &["name", "now", "tables", "functions", "watchlists", "expect"])?;
    let own = tables(node)?;
    let mut tables: Vec<(String, TestTable)> = shared.to_vec();
    tables.retain(|(name, _)| !own.iter().any(|(other, _)| other == name));
    tables.extend(own);
    let Some(expect) = node.get("expect") else {
        return Err(wrong(node, "the case expects nothing")
            .with_help("write `expect: {count: 1}`, `expect: {hits: false}` or `expect: {rows: [...]}`"));
    };
    Ok(Case {
        name: text(node, "name")?.unwrap_or_else(|| format!("case {}", position + 1)),
        now: text(node, "now")?.or_else(|| now.map(str::to_owned)),
        tables,
        functions: paths(node, "functions")?,
        watchlists: paths(node, "watchlists")?,
        expect: expectation(expect)?,
        span: node.span,
    })
}

fn tables(node: &Node) -> Result<Vec<(String, TestTable)>, Diagnostic> {
    let Some(tables) = node.get("tables") else { return Ok(Vec::new()) };
    if !tables.is_mapping() {
        return Err(wrong(tables, "`tables` is a mapping of tables by their names"));
    }
    tables.members().iter().map(|(name, table)| Ok((name.key_text(), self::table(table)?))).collect()
}

fn table(node: &Node) -> Result<TestTable, Diagnostic> {
    if node.is_mapping() {
        known_keys(node, &["file"])?;
        let file = text(node, "file")?;
        return file.map(TestTable::File).ok_or_else(|| wrong(node, "`file` names the table's file"));
    }
    match node.to_json() {
        Value::Null => Ok(TestTable::Rows(Vec::new())),
        Value::String(text) => Ok(TestTable::Query(text)),
        Value::Array(_) => Ok(TestTable::Rows(rows(node)?)),
        _ => Err(wrong(node, "a table is a list of rows, `{file: PATH}`, or the text of a `datatable`")),
    }
}

fn rows(node: &Node) -> Result<Vec<Row>, Diagnostic> {
    if !node.is_list() {
        return Err(wrong(node, "a list of rows must stand here"));
    }
    let rows = node.items().iter().map(|item| match item.to_json() {
        Value::Object(row) => Ok(row),
        _ => Err(wrong(item, "a row is a mapping of values by their columns")),
    });
    rows.collect()
}

fn expectation(node: &Node) -> Result<Expectation, Diagnostic> {
    known_keys(node, &["rows", "ordered", "count", "hits"])?;
    let get = |key: &str| node.get(key);
    let boolean = |key: &str| match get(key) {
        None => Ok(None),
        Some(value) => match value.to_json() {
            Value::Bool(value) => Ok(Some(value)),
            _ => Err(wrong(value, format!("`{key}` is true or false"))),
        },
    };
    let count = match get("count") {
        None => None,
        Some(value) => match value.to_json().as_u64().and_then(|count| usize::try_from(count).ok()) {
            Some(count) => Some(count),
            None => return Err(wrong(value, "`count` is a number of rows")),
        },
    };
    let expectation = Expectation {
        rows: get("rows").map(self::rows).transpose()?,
        ordered: boolean("ordered")?.unwrap_or(false),
        count,
        hits: boolean("hits")?,
        rows_span: get("rows").map(|rows| rows.span),
    };
    match expectation {
        Expectation { rows: None, count: None, hits: None, .. } => {
            Err(wrong(node, "the case expects nothing").with_help("write rows, count or hits"))
        }
        expectation => Ok(expectation),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(contents: &str) -> String {
        let diagnostic = read_rule_test(contents).unwrap_err();
        let help = diagnostic.help.map(|help| format!(" ({help})")).unwrap_or_default();
        let place = contents.get(diagnostic.span.range()).unwrap_or("?");
        format!("{} `{place}`: {}{help}", diagnostic.code, diagnostic.message)
    }

    #[test]
    fn a_case_has_tables_and_an_expectation() {
        let contents = "\
now: 2026-11-21
tables:
  Users: {file: users.csv}
cases:
  - name: one
    tables:
      Logons:
        - {User: ann, Attempts: 3}
        - User: ben
    expect:
      rows:
        - {User: ann}
  - tables:
      Users: 'datatable (User: string) [\"ann\"]'
    expect: {hits: false, count: 0}
";
        let test = read_rule_test(contents).unwrap();
        let [one, two] = test.cases.as_slice() else { panic!("two cases") };
        assert_eq!((one.name.as_str(), two.name.as_str()), ("one", "case 2"));
        assert_eq!(one.now.as_deref(), Some("2026-11-21"));
        assert_eq!(one.tables.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["Users", "Logons"]);
        assert!(matches!(&two.tables[..], [(_, TestTable::Query(_))]));
        assert_eq!((two.expect.hits, two.expect.count), (Some(false), Some(0)));
        assert_eq!(&contents[one.expect.rows_span.unwrap().range()], "- {User: ann}");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        insta::assert_snapshot!(wrong("cases: 1\n"), @"KQL0305 `1`: `cases` is a list");
        insta::assert_snapshot!(wrong("cases:\n- name: x\n"), @"KQL0305 `name: x`: the case expects nothing (write `expect: {count: 1}`, `expect: {hits: false}` or `expect: {rows: [...]}`)");
        insta::assert_snapshot!(wrong("cases:\n- expect: {}\n"), @"KQL0305 `{`: the case expects nothing (write rows, count or hits)");
        insta::assert_snapshot!(wrong("cases:\n- expects: {count: 1}\n"), @"KQL0305 `expects`: `expects` is no key here (the keys are name, now, tables, functions, watchlists, expect)");
        insta::assert_snapshot!(wrong("cases:\n- expect: {count: many}\n"), @"KQL0305 `many`: `count` is a number of rows");
        insta::assert_snapshot!(wrong("cases:\n- tables: {T: [1]}\n  expect: {count: 1}\n"), @"KQL0305 `1`: a row is a mapping of values by their columns");
    }
}
