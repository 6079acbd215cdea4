//! Rule files: Sentinel and Defender rules in YAML and JSON, and plain KQL, each with the query that it holds; and their tests.
//!
//! A rule's query keeps the way back to the file it came from, so that a diagnostic about the query is
//! shown where the author wrote it. This crate knows neither terminals nor how a query is run.
//!
//! ```
//! let file = "name: Many failures\nquery: |\n  SigninLogs\n  | take 1\n";
//! let rules = kql_rules::read("many.yaml", file).unwrap();
//! assert_eq!(rules[0].name.as_deref(), Some("Many failures"));
//! assert_eq!(rules[0].query.text(), "SigninLogs\n| take 1\n");
//! ```

pub mod alert;
mod document;
mod placeholders;
mod query_text;
mod rule;
pub mod rule_test;
mod workspace;

pub use placeholders::{Values, read_values};
pub use query_text::QueryText;
pub use rule::{
    AlertOverrides, AlertSeverity, ColumnName, EntityMapping, EventGrouping, Rule, RuleFile, RuleKind, Schedule,
    Trigger, TriggerOperator, filled, read, read_file,
};
pub use workspace::{WRONG_WATCHLIST, Workspace};
