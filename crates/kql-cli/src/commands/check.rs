//! `kql check`: parses and binds queries without running them.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use anyhow::Result;
use kql_rules::{QueryText, Rule, RuleFile};
use kql_semantics::{BindContext, Column, Tables};
use kql_syntax::{Diagnostic, Severity, Span};
use kql_types::ScalarType;

use crate::arguments::CheckArguments;
use crate::commands::query_files::query_files;
use crate::lint_levels::LintLevels;
use crate::report::Failure;
use crate::session::Session;
use crate::workspace_files::WorkspaceFiles;
use crate::{explanations, in_parallel, text_file};

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
    pub path: String,
    pub text: String,
    pub verdicts: Vec<Verdict>,
    /// Notes on what it holds that is no rule.
    pub others: Vec<Diagnostic>,
    /// The ids of its rules, with the verdict that belongs to each.
    ids: Vec<(usize, String, Span)>,
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
    let mut workspace = WorkspaceFiles::read(&arguments.workspace)?;
    let tables = session.known_tables();
    let levels = LintLevels::read(&arguments.lints)?;
    let (paths, mut unreadable) = query_files(&arguments.paths)?;
    let mut files = Vec::with_capacity(paths.len());
    for outcome in in_parallel::map(&paths, || (), |(), path| ReadFile::of(path)) {
        match outcome {
            Ok(file) => files.push(file),
            Err(error) => unreadable.push(error),
        }
    }
    let functions = files.iter().filter(|file| file.rules.has_functions);
    workspace.add_found_functions(functions.map(|file| (file.path.as_str(), file.text.as_str())));
    let known = Known { tables: &tables, workspace: &workspace, levels: &levels, now: session.now() };
    let mut checked = in_parallel::map(&files, || (), |(), file| check_file(file, &known));
    note_shared_ids(&mut checked, &levels);
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

/// What the queries may name.
struct Known<'a> {
    tables: &'a (dyn Tables + Sync),
    workspace: &'a WorkspaceFiles,
    levels: &'a LintLevels,
    now: i64,
}

/// A file with its rules.
struct ReadFile {
    path: String,
    text: String,
    rules: RuleFile,
}

impl ReadFile {
    fn of(path: &Path) -> Result<ReadFile> {
        let shown = path.display().to_string();
        let text = text_file::read(path)?;
        let rules = kql_rules::read_file(&shown, &text);
        Ok(ReadFile { path: shown, text, rules })
    }
}

fn check_file(file: &ReadFile, known: &Known<'_>) -> CheckedFile {
    let ReadFile { path, text, rules } = file;
    let ids = rules.rules.iter().enumerate().filter_map(|(at, rule)| Some((at, rule.id.clone()?, rule.id_span)));
    let ids = ids.collect();
    let mut verdicts: Vec<Verdict> = rules.rules.iter().map(|rule| check_rule(path, rule, known)).collect();
    let diagnostics = known.levels.apply(rules.diagnostics.clone());
    if !diagnostics.is_empty() {
        let ok = !diagnostics.iter().any(is_error);
        verdicts.push(Verdict { path: path.clone(), ok, syntax_ok: ok, columns: Vec::new(), diagnostics });
    }
    CheckedFile { path: path.clone(), text: text.clone(), verdicts, others: rules.others.clone(), ids }
}

/// Warns of rules whose id another rule before them has.
fn note_shared_ids(files: &mut [CheckedFile], levels: &LintLevels) {
    let mut first: HashMap<String, String> = HashMap::new();
    for file in files {
        for (verdict, id, span) in &file.ids {
            let Some(other) = first.insert(id.to_lowercase(), file.path.clone()) else { continue };
            let message = format!("the rule in {other} has the id `{id}`, too");
            let wrong = Diagnostic::warning("KQL0316", message, *span).with_help("give each rule an id of its own");
            if let Some(verdict) = file.verdicts.get_mut(*verdict) {
                verdict.diagnostics.extend(levels.apply(vec![wrong]));
                verdict.ok &= !verdict.diagnostics.iter().any(is_error);
                verdict.diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
            }
        }
    }
}

fn is_error(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Error
}

/// A rule's query, and what the rule says beside it.
fn check_rule(path: &str, rule: &Rule, known: &Known<'_>) -> Verdict {
    let (mut verdict, all_columns_known) = check_query(path, &rule.query, known);
    verdict.diagnostics.extend(rule.diagnostics.iter().cloned());
    if verdict.ok && all_columns_known && !verdict.columns.is_empty() {
        let columns: Vec<&str> = verdict.columns.iter().map(|(name, _)| name.as_str()).collect();
        verdict.diagnostics.extend(rule.missing_columns(&columns));
    }
    verdict.diagnostics = known.levels.apply(verdict.diagnostics);
    verdict.ok &= !verdict.diagnostics.iter().any(is_error);
    verdict.diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    verdict
}

/// The verdict on a query, and whether all columns of its result are known without the data.
fn check_query(path: &str, query: &QueryText, known: &Known<'_>) -> (Verdict, bool) {
    let query = &known.workspace.filled(query);
    let parsed = kql_syntax::parse(query.text());
    let syntax_ok = !parsed.diagnostics.iter().any(is_error);
    let mut context = BindContext::new(known.tables, known.now);
    context.workspace = &known.workspace.workspace;
    let mut bound = kql_semantics::check(&parsed.query, &context);
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
    let all_columns_known = bound.question.is_none() && bound.untyped.is_empty();
    let untyped = bound.untyped;
    let columns = bound.results.pop().filter(|_| ok).map_or_else(Vec::new, |result| {
        let typed = |column: Column| (column.name, (!untyped.contains(&column.id)).then_some(column.scalar_type));
        result.relation.columns.into_iter().map(typed).collect()
    });
    (Verdict { path: path.to_owned(), ok, syntax_ok, columns, diagnostics }, all_columns_known)
}
