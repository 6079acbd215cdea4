//! A rule as its file gives it.

mod attack;
mod columns;
mod duration;
mod entities;
mod find;
mod metadata;

use indexmap::IndexMap;
use kql_syntax::{Diagnostic, Severity, Span};
use serde_json::Value as Json;

use crate::QueryText;

pub use columns::filled;

/// A detection or hunting rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub id: Option<String>,
    /// Where the file says the id.
    pub id_span: Span,
    pub name: Option<String>,
    pub description: Option<String>,
    pub kind: RuleKind,
    pub severity: Option<AlertSeverity>,
    /// As ATT&CK names them, without spaces: `InitialAccess`.
    pub tactics: Vec<String>,
    /// `T1566` or `T1566.001`.
    pub techniques: Vec<String>,
    pub tags: Vec<String>,
    pub connectors: Vec<String>,
    pub schedule: Schedule,
    pub entities: Vec<EntityMapping>,
    /// A name, and the column that gives the value.
    pub custom_details: Vec<(String, ColumnName)>,
    pub overrides: AlertOverrides,
    pub grouping: EventGrouping,
    pub query: QueryText,
    /// What the file says of the rule beside its query, by its keys in their order: also what nothing here knows.
    pub keys: IndexMap<String, Json>,
    /// What is wrong with the rule beside its query, placed in the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// What a rule is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RuleKind {
    /// A query that is run by hand: a Sentinel hunting query, or a file that is its query.
    #[default]
    Hunting,
    /// A Sentinel analytic rule that runs every so often.
    Scheduled,
    /// A Sentinel analytic rule in near real time: each minute, over what came in.
    NearRealTime,
    /// A Defender XDR custom detection.
    CustomDetection,
}

/// How grave an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlertSeverity {
    Informational,
    Low,
    Medium,
    High,
}

/// When a rule runs, over what, and when there is an alert. Times are in ticks of 100 ns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    pub frequency: Option<i64>,
    pub period: Option<i64>,
    /// There is an alert when the number of rows is so to the threshold.
    pub trigger: Option<Trigger>,
    /// For how long the rule rests after an alert.
    pub suppression: Option<i64>,
}

/// `triggerOperator` and `triggerThreshold`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trigger {
    pub operator: TriggerOperator,
    pub threshold: u64,
}

/// How the number of rows is compared with the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerOperator {
    GreaterThan,
    LessThan,
    Equal,
    NotEqual,
}

impl Trigger {
    /// Whether so many rows make an alert.
    pub fn fires(self, rows: u64) -> bool {
        match self.operator {
            TriggerOperator::GreaterThan => rows > self.threshold,
            TriggerOperator::LessThan => rows < self.threshold,
            TriggerOperator::Equal => rows == self.threshold,
            TriggerOperator::NotEqual => rows != self.threshold,
        }
    }
}

/// An entity of an alert, and the columns that say which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityMapping {
    /// `Account`, `Host`, `IP`, …
    pub entity_type: String,
    /// An identifier such as `FullName`, and its column.
    pub fields: Vec<(String, ColumnName)>,
}

/// The name of a column of the result, and where the file says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnName {
    pub name: String,
    pub span: Span,
}

/// What of an alert comes from the rows (`alertDetailsOverride`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertOverrides {
    /// Texts with `{{Column}}` in them.
    pub name_format: Option<ColumnName>,
    pub description_format: Option<ColumnName>,
    pub severity: Option<ColumnName>,
    pub tactics: Option<ColumnName>,
    /// A property of the alert, and its column.
    pub properties: Vec<(String, ColumnName)>,
}

/// Whether all rows make one alert or each its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EventGrouping {
    #[default]
    SingleAlert,
    AlertPerResult,
}

impl AlertSeverity {
    /// As Sentinel writes it.
    pub fn name(self) -> &'static str {
        match self {
            AlertSeverity::Informational => "Informational",
            AlertSeverity::Low => "Low",
            AlertSeverity::Medium => "Medium",
            AlertSeverity::High => "High",
        }
    }

    /// In any case of letters.
    pub fn parse(text: &str) -> Option<AlertSeverity> {
        use AlertSeverity::{High, Informational, Low, Medium};
        [Informational, Low, Medium, High].into_iter().find(|known| known.name().eq_ignore_ascii_case(text.trim()))
    }
}

impl Rule {
    /// A rule that is nothing but its query.
    fn of_query(query: QueryText) -> Rule {
        Rule {
            id: None,
            id_span: Span::default(),
            name: None,
            description: None,
            kind: RuleKind::Hunting,
            severity: None,
            tactics: Vec::new(),
            techniques: Vec::new(),
            tags: Vec::new(),
            connectors: Vec::new(),
            schedule: Schedule::default(),
            entities: Vec::new(),
            custom_details: Vec::new(),
            overrides: AlertOverrides::default(),
            grouping: EventGrouping::default(),
            query,
            keys: IndexMap::new(),
            diagnostics: Vec::new(),
        }
    }
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleFile {
    pub rules: Vec<Rule>,
    /// What is wrong with the file beside its rules: that it cannot be read, or that a rule in it has no query.
    pub diagnostics: Vec<Diagnostic>,
    /// Notes on what the file holds beside rules, or instead of them: stored functions, a workbook.
    pub others: Vec<Diagnostic>,
    /// Whether it holds stored functions.
    pub has_functions: bool,
}

impl RuleFile {
    /// Notes that the file holds stored functions, or what is wrong with them.
    fn holds_functions(&mut self, functions: Result<Vec<String>, Diagnostic>) {
        match functions {
            Ok(mut names) => {
                self.has_functions = true;
                names.dedup();
                self.holds(format!("the stored function {}, not a rule", names.join(", ")), Span::default());
            }
            Err(wrong) => self.diagnostics.push(wrong),
        }
    }

    /// Notes that the file holds something that is no rule, and where.
    fn holds(&mut self, what: impl Into<String>, at: Span) {
        let note = Diagnostic::error(NO_RULE, what, at);
        self.others.push(Diagnostic { severity: Severity::Hint, ..note });
    }
}

/// The code of what is no rule.
const NO_RULE: &str = "KQL0302";

/// Reads all rules of a file: `.yaml`, `.yml` and `.json` hold rules, any other file is one query. A rule that cannot
/// be read does not keep the others from it.
pub fn read_file(path: &str, contents: &str) -> RuleFile {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is = |known: &str| extension.eq_ignore_ascii_case(known);
    if is("json") || is("yaml") || is("yml") {
        return find::rules(contents, is("json"));
    }
    let mut file = RuleFile::default();
    match crate::workspace::declared_functions(path, contents) {
        Some(functions) => file.holds_functions(functions),
        None => file.rules.push(Rule::of_query(QueryText::whole_file(contents))),
    }
    file
}

/// Reads the rules of a file that must be right as a whole.
///
/// # Errors
/// The first thing wrong with the file, with its place in `contents`.
pub fn read(path: &str, contents: &str) -> Result<Vec<Rule>, Diagnostic> {
    let file = read_file(path, contents);
    let is_wrong = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error || file.rules.is_empty();
    match file.diagnostics.iter().chain(&file.others).find(|diagnostic| is_wrong(diagnostic)) {
        Some(wrong) => Err(Diagnostic { severity: Severity::Error, ..wrong.clone() }),
        None => Ok(file.rules),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(contents: &str) -> String {
        let diagnostic = read("rule.yaml", contents).unwrap_err();
        format!("{} {} at {}", diagnostic.code, diagnostic.message, diagnostic.span.start)
    }

    #[test]
    fn a_rule_keeps_its_names_and_its_query() {
        let contents = "id: 7\nname: 'Ünüsual'\nquery: |\n  T\n  | where Nmae == 1\nversion: 1.0.0\n";
        let [rule] = &read("rule.yml", contents).unwrap()[..] else { panic!("one rule") };
        assert_eq!(rule.name.as_deref(), Some("Ünüsual"));
        assert_eq!(rule.query.text(), "T\n| where Nmae == 1\n");
        let start = rule.query.text().find("Nmae").unwrap();
        let place = rule.query.in_file(Span::new(start, start + 4));
        assert_eq!(&contents[place.range()], "Nmae");
    }

    #[test]
    fn a_mark_line_ends_and_blank_lines_with_tabs_are_read() {
        let contents = "\u{feff}name: x\r\nquery: |\r\n  T\r\n\t \r\n      \r\n  | where Nmae == 1\r\n";
        let [rule] = &read("rule.yml", contents).unwrap()[..] else { panic!("one rule") };
        assert_eq!(rule.query.text(), "T\n\n\n| where Nmae == 1\n");
        let start = rule.query.text().find("Nmae").unwrap();
        assert_eq!(&contents[rule.query.in_file(Span::new(start, start + 4)).range()], "Nmae");
        insta::assert_snapshot!(wrong("tactics:\n\t- Impact\nquery: T\n"), @"KQL0301 this is not valid YAML: tabs disallowed within this context (block indentation) at 10");
    }

    #[test]
    fn what_is_unknown_is_kept() {
        let contents = "name: x\nsomethingNew: {of: [later, 2]}\nquery: T\nversion: 1.0.0\n";
        let [rule] = &read("rule.yml", contents).unwrap()[..] else { panic!("one rule") };
        let keys: Vec<String> = rule.keys.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        insta::assert_snapshot!(keys.join("; "), @r#"name = "x"; somethingNew = {"of":["later",2]}; version = "1.0.0""#);
        assert!(rule.diagnostics.is_empty());
    }

    #[test]
    fn a_plain_file_is_its_query() {
        let rules = read("hunt.kql", "T | count").unwrap();
        assert_eq!(rules[0].query, QueryText::whole_file("T | count"));
    }

    #[test]
    fn several_documents_are_several_rules() {
        let rules = read("pack.yaml", "query: A\n---\nquery: B\n").unwrap();
        assert_eq!(rules.iter().map(|rule| rule.query.text()).collect::<Vec<_>>(), ["A", "B"]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        insta::assert_snapshot!(wrong("name: x\n"), @"KQL0303 the rule has no `query` at 0");
        insta::assert_snapshot!(wrong("name: x\nquery: [1]\n"), @"KQL0304 the rule's `query` is not text at 15");
        insta::assert_snapshot!(wrong("- 1\n"), @"KQL0302 other YAML, not a rule at 0");
        insta::assert_snapshot!(wrong(""), @"KQL0302 an empty file, not a rule at 0");
    }
}
