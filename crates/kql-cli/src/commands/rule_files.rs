//! The rules that a command line asks for: those of files and folders, of which filters leave some.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Error;
use kql_rules::{AlertSeverity, Rule};
use kql_syntax::{Diagnostic, Severity};

use crate::arguments::{FilterArguments, LintArguments};
use crate::commands::query_files::query_files;
use crate::lint_levels::LintLevels;
use crate::report::{self, Failure, Source};
use crate::text_file;

/// A rule with its file.
pub struct LoadedRule {
    /// As the user knows it.
    pub path: String,
    pub text: Arc<String>,
    pub rule: Rule,
}

impl LoadedRule {
    /// The rule's name, or that of its file.
    pub fn title(&self) -> &str {
        self.rule.name.as_deref().unwrap_or(&self.path)
    }

    /// Where the rule's query stands.
    pub fn source(&self) -> Source<'_> {
        Source { path: &self.path, text: &self.text, query: &self.rule.query }
    }
}

/// The rules of a command line.
pub struct LoadedRules {
    pub rules: Vec<LoadedRule>,
    /// Whether a file has something wrong in it, which is said already.
    pub is_bad: bool,
    pub unreadable: Vec<Error>,
    /// Files among them that hold stored functions: their paths and texts.
    pub functions: Vec<(String, Arc<String>)>,
}

/// Reads the rules. What is wrong with files is said on standard error, and does not keep others from being read.
///
/// # Errors
/// A filter that can never hold.
pub fn load(paths: &[PathBuf], filters: &FilterArguments, lints: &LintArguments) -> Result<LoadedRules, Failure> {
    let levels = LintLevels::read(lints)?;
    for severity in &filters.severity {
        if AlertSeverity::parse(severity).is_none() {
            let known = "Informational, Low, Medium and High";
            return Err(Failure::Usage(format!("--severity: `{severity}` is none of {known}")));
        }
    }
    let (files, unreadable) = query_files(paths)?;
    let mut loaded = LoadedRules { rules: Vec::new(), is_bad: false, unreadable, functions: Vec::new() };
    let mut others = Vec::new();
    for path in files {
        let shown = path.display().to_string();
        let text = match text_file::read(&path) {
            Ok(text) => Arc::new(text),
            Err(error) => {
                loaded.unreadable.push(error);
                continue;
            }
        };
        let file = kql_rules::read_file(&shown, &text);
        if file.has_functions {
            loaded.functions.push((shown.clone(), text.clone()));
        }
        let found = levels.apply(file.diagnostics);
        let is_wrong = found.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
        loaded.is_bad |= is_wrong || (file.rules.is_empty() && paths.contains(&path));
        eprint!("{}", report::render(&shown, &text, &found));
        others.extend(file.others.into_iter().map(|other| (shown.clone(), other)));
        for rule in file.rules {
            // The query runs for all that.
            let doubts = levels.apply(rule.diagnostics.clone()).into_iter();
            let doubts = doubts.map(|doubt| Diagnostic { severity: doubt.severity.min(Severity::Warning), ..doubt });
            eprint!("{}", report::render(&shown, &text, &doubts.collect::<Vec<_>>()));
            if is_wanted(&rule, filters) {
                loaded.rules.push(LoadedRule { path: shown.clone(), text: text.clone(), rule });
            }
        }
    }
    if let Some(others) = report::others(others.iter().map(|(path, other)| (path.as_str(), other))) {
        eprintln!("{others}");
    }
    Ok(loaded)
}

fn is_wanted(rule: &Rule, filters: &FilterArguments) -> bool {
    let holds = |wanted: &[String], given: &[String]| {
        wanted.is_empty() || wanted.iter().any(|wanted| given.iter().any(|given| given.eq_ignore_ascii_case(wanted)))
    };
    let severity: Vec<String> = rule.severity.iter().map(|severity| severity.name().to_owned()).collect();
    let words = |text: &str| text.replace([' ', '-'], "");
    let tactics: Vec<String> = filters.tactic.iter().map(|tactic| words(tactic)).collect();
    // A technique stands for its parts, too.
    let mut techniques = rule.techniques.clone();
    techniques.extend(rule.techniques.iter().filter_map(|id| Some(id.split_once('.')?.0.to_owned())));
    let query = rule.query.text();
    let words = query.split(|character: char| !character.is_alphanumeric() && character != '_');
    let words: Vec<String> = words.filter(|word| !word.is_empty()).map(str::to_owned).collect();
    holds(&filters.severity, &severity)
        && holds(&tactics, &rule.tactics)
        && holds(&filters.technique, &techniques)
        && holds(&filters.tag, &rule.tags)
        && holds(&filters.connector, &rule.connectors)
        && (filters.reads.is_empty() || filters.reads.iter().any(|table| words.contains(table)))
}
