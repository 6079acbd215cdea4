//! `kql check`: parses and binds queries without running them.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use kql_semantics::{BindContext, Column, Tables};
use kql_syntax::{Diagnostic, Severity};
use kql_types::{ScalarType, Schema};

use crate::arguments::CheckArguments;
use crate::commands::query_files::query_files;
use crate::commands::schema_file;
use crate::report::Failure;
use crate::session::{KnownTables, Session};
use crate::{explanations, in_parallel};

/// What checking one query found.
pub struct Verdict {
    /// The file, as the user knows it.
    pub path: String,
    /// Parsed and bound without error.
    pub ok: bool,
    /// Parsed without error.
    pub syntax_ok: bool,
    /// The result's columns, where the query binds; without a type where only the data tells it.
    pub columns: Vec<(String, Option<ScalarType>)>,
    /// Placed in the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// A file with the verdicts on its queries.
pub struct CheckedFile {
    pub text: String,
    pub verdicts: Vec<Verdict>,
}

/// Runs the command.
pub fn run(arguments: &CheckArguments) -> Result<(), Failure> {
    if let Some(code) = &arguments.explain {
        let explained = explanations::explain(code)
            .ok_or_else(|| Failure::Usage(format!("--explain: there is no code `{code}`")))?;
        writeln!(std::io::stdout(), "{explained}")?;
        return Ok(());
    }
    let session = Session::of_tables(&arguments.data)?;
    let mut declared = HashMap::new();
    for path in &arguments.schema {
        declared.extend(schema_file::read(path)?);
    }
    let tables = CheckedTables { known: session.known_tables(), declared };
    let (files, mut unreadable) = query_files(&arguments.paths);
    let mut checked = Vec::with_capacity(files.len());
    for outcome in in_parallel::map(&files, || (), |(), path| check_file(path, &tables, session.now())) {
        match outcome {
            Ok(file) => checked.push(file),
            Err(error) => unreadable.push(error),
        }
    }
    crate::output::verdicts::write(arguments.format, &checked)?;
    let is_bad = checked.iter().flat_map(|file| &file.verdicts).any(|verdict| !verdict.ok);
    finish(is_bad, &unreadable)
}

/// The outcome of a command that goes through files: a wrong query weighs more than a file that cannot be read.
pub fn finish(is_bad: bool, unreadable: &[anyhow::Error]) -> Result<(), Failure> {
    for error in unreadable {
        eprintln!("error: {error:#}");
    }
    match (is_bad, unreadable.is_empty()) {
        (true, _) => Err(Failure::Query(String::new())),
        (false, false) => Err(Failure::Unreadable),
        (false, true) => Ok(()),
    }
}

/// The tables of `--schema`, and behind them those that are known anyway.
struct CheckedTables<'a> {
    known: KnownTables<'a>,
    declared: HashMap<String, Schema>,
}

impl Tables for CheckedTables<'_> {
    fn schema(&self, name: &str) -> Option<Schema> {
        self.declared.get(name).cloned().or_else(|| self.known.schema(name))
    }

    fn names(&self) -> Vec<String> {
        let mut names = self.known.names();
        names.extend(self.declared.keys().cloned());
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn check_file(path: &Path, tables: &dyn Tables, now: i64) -> Result<CheckedFile> {
    let shown_path = path.display().to_string();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown_path}"))?;
    let verdicts = match kql_rules::read(&shown_path, &text) {
        Ok(rules) => rules.iter().map(|rule| check_query(&shown_path, &rule.query, tables, now)).collect(),
        Err(diagnostic) => vec![Verdict {
            path: shown_path,
            ok: false,
            syntax_ok: false,
            columns: Vec::new(),
            diagnostics: vec![diagnostic],
        }],
    };
    Ok(CheckedFile { text, verdicts })
}

fn check_query(path: &str, query: &kql_rules::QueryText, tables: &dyn Tables, now: i64) -> Verdict {
    let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
    let parsed = kql_syntax::parse(query.text());
    let syntax_ok = !parsed.diagnostics.iter().any(is_error);
    let mut bound = kql_semantics::check(&parsed.query, &BindContext::new(tables, now));
    let mut diagnostics = kql_semantics::joined_diagnostics(parsed.diagnostics, bound.diagnostics);
    let ok = !diagnostics.iter().any(is_error);
    if ok {
        diagnostics.extend(bound.lints);
        // Nothing is wrong with the query; it cannot be run here. (Behind an error, that may be the error's fault.)
        let unsupported = bound.unsupported.into_iter();
        diagnostics.extend(unsupported.map(|diagnostic| Diagnostic { severity: Severity::Hint, ..diagnostic }));
    }
    for diagnostic in &mut diagnostics {
        diagnostic.span = query.in_file(diagnostic.span);
    }
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    let untyped = bound.untyped;
    let columns = bound.results.pop().filter(|_| ok).map_or_else(Vec::new, |result| {
        let typed = |column: Column| (column.name, (!untyped.contains(&column.id)).then_some(column.scalar_type));
        result.relation.columns.into_iter().map(typed).collect()
    });
    Verdict { path: path.to_owned(), ok, syntax_ok, columns, diagnostics }
}
