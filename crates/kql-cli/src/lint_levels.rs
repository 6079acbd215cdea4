//! How grave what is said of a query or a rule is taken: the levels that `--lint CODE=LEVEL` and a project give.

use std::collections::HashMap;

use kql_semantics::did_you_mean;
use kql_syntax::{Diagnostic, Severity};

use crate::arguments::LintArguments;
use crate::explanations;
use crate::report::Failure;

/// All that is a warning, or a note, and has no level of its own.
const GROUPS: &[(&str, Severity)] = &[("warnings", Severity::Warning), ("notes", Severity::Hint)];

/// What may be said of a code; `off` is nothing.
const LEVELS: &[(&str, Option<Severity>)] = &[
    ("off", None),
    ("note", Some(Severity::Hint)),
    ("warning", Some(Severity::Warning)),
    ("error", Some(Severity::Error)),
];

/// Levels by code, in capital letters, or by group.
#[derive(Clone, Debug, Default)]
pub struct LintLevels(HashMap<String, Option<Severity>>);

/// What is wrong with a code or its level.
pub struct WrongLevel {
    pub message: String,
    pub help: String,
}

/// A code, or a group, with its level.
///
/// # Errors
/// There is no such code, or no such level.
pub fn parsed(code: &str, level: &str) -> Result<(String, Option<Severity>), WrongLevel> {
    let group = GROUPS.iter().find(|(group, _)| *group == code);
    if group.is_none() && !explanations::is_code(code) {
        let near = did_you_mean(code, explanations::codes().chain(GROUPS.iter().map(|(group, _)| *group)));
        let all = "a code is such as KQL0403; `warnings` and `notes` are all of them".to_owned();
        return Err(WrongLevel { message: format!("there is no code `{code}`"), help: near.unwrap_or(all) });
    }
    match LEVELS.iter().find(|(known, _)| *known == level) {
        Some((_, severity)) => Ok((group.map_or_else(|| code.to_uppercase(), |_| code.to_owned()), *severity)),
        None => Err(WrongLevel {
            message: format!("`{level}` is no level for {code}"),
            help: "the levels are off, note, warning and error".to_owned(),
        }),
    }
}

impl LintLevels {
    /// The levels of a command line; of two for one code the later wins.
    ///
    /// # Errors
    /// There is no such code, or no such level.
    pub fn read(arguments: &LintArguments) -> Result<LintLevels, Failure> {
        let mut levels = LintLevels::default();
        for given in &arguments.levels {
            let (code, level) = given.split_once('=').ok_or_else(|| {
                Failure::Usage(format!("--lint: `{given}` is not of the form CODE=LEVEL, such as KQL0403=off"))
            })?;
            let (code, severity) = parsed(code.trim(), level.trim())
                .map_err(|wrong| Failure::Usage(format!("--lint: {}; {}", wrong.message, wrong.help)))?;
            levels.0.insert(code, severity);
        }
        Ok(levels)
    }

    /// What remains to be said, and how. That a query is wrong cannot be talked away.
    pub fn apply(&self, diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
        if self.0.is_empty() {
            return diagnostics;
        }
        diagnostics.into_iter().filter_map(|diagnostic| self.level(diagnostic)).collect()
    }

    fn level(&self, diagnostic: Diagnostic) -> Option<Diagnostic> {
        let is_error = diagnostic.severity == Severity::Error;
        if is_error && ["KQL01", "KQL02"].iter().any(|start| diagnostic.code.starts_with(start)) {
            return Some(diagnostic);
        }
        let group = GROUPS.iter().find(|(_, severity)| *severity == diagnostic.severity);
        let level = self.0.get(diagnostic.code).or_else(|| self.0.get(group?.0));
        match level {
            None => Some(diagnostic),
            Some(level) => level.map(|severity| Diagnostic { severity, ..diagnostic }),
        }
    }
}

#[cfg(test)]
mod tests {
    use kql_syntax::Span;

    use super::*;

    #[test]
    fn a_level_is_that_of_the_code_or_of_its_group() {
        let given = ["kql0403=off", "warnings=error", "KQL0401=note", "KQL0201=off"].map(str::to_owned).to_vec();
        let levels = LintLevels::read(&LintArguments { levels: given }).unwrap();
        let applied = levels.apply(vec![
            Diagnostic::warning("KQL0403", "gone", Span::default()),
            Diagnostic::warning("KQL0401", "a note", Span::default()),
            Diagnostic::warning("KQL0404", "an error", Span::default()),
            Diagnostic::error("KQL0201", "stays", Span::default()),
        ]);
        let shown: Vec<_> = applied.iter().map(|found| (found.code, found.severity)).collect();
        assert_eq!(shown, [("KQL0401", Severity::Hint), ("KQL0404", Severity::Error), ("KQL0201", Severity::Error)]);
    }
}
