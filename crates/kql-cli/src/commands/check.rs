//! `kql check`: parses and binds queries without running them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use kql_semantics::{BindContext, Tables};
use kql_syntax::{Diagnostic, Severity};
use kql_types::ScalarType;

use crate::arguments::CheckArguments;
use crate::report::Failure;
use crate::session::Session;

/// What checking one query found.
pub struct Verdict {
    /// The file, as the user knows it.
    pub path: String,
    /// Parsed and bound without error.
    pub ok: bool,
    /// Parsed without error.
    pub syntax_ok: bool,
    /// The result's columns, where the query binds.
    pub columns: Vec<(String, ScalarType)>,
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
    let session = Session::new(&arguments.data)?;
    let tables = session.known_tables();
    let files = query_files(&arguments.paths)?;
    let checked = check_all(&files, &tables, session.now())?;
    crate::output::verdicts::write(arguments.format, &checked)?;
    let bad = checked.iter().flat_map(|file| &file.verdicts).filter(|verdict| !verdict.ok).count();
    if bad > 0 { Err(Failure::Query(String::new())) } else { Ok(()) }
}

/// The query files among the paths; folders are searched through, in order of their names.
fn query_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut pending = vec![path.clone()];
            let mut found = Vec::new();
            while let Some(folder) = pending.pop() {
                let entries =
                    std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
                for entry in entries {
                    let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
                    if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                        pending.push(entry.path());
                    } else if is_query_file(&entry.path()) {
                        found.push(entry.path());
                    }
                }
            }
            found.sort();
            files.append(&mut found);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn is_query_file(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("");
    ["kql", "csl", "yaml", "yml"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// Checks the files on all cores.
fn check_all(files: &[PathBuf], tables: &(dyn Tables + Sync), now: i64) -> Result<Vec<CheckedFile>, Failure> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(files.len()));
    let work = || {
        while let Some((position, path)) = {
            let position = next.fetch_add(1, Ordering::Relaxed);
            files.get(position).map(|path| (position, path))
        } {
            let checked = check_file(path, tables, now);
            results.lock().unwrap_or_else(PoisonError::into_inner).push((position, checked));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get()).min(files.len().max(1));
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(position, _)| *position);
    results.into_iter().map(|(_, checked)| checked).collect()
}

fn check_file(path: &Path, tables: &dyn Tables, now: i64) -> Result<CheckedFile, Failure> {
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
    let bound = kql_semantics::bind(&parsed.query, &BindContext { tables, now });
    let bound_diagnostics = kql_semantics::without_follow_ups(&parsed.diagnostics, bound.diagnostics);
    let mut diagnostics = parsed.diagnostics;
    diagnostics.extend(bound_diagnostics);
    let ok = !diagnostics.iter().any(is_error);
    diagnostics.extend(bound.unsupported.into_iter().map(|diagnostic| Diagnostic {
        // Nothing is wrong with the query; it cannot be run here.
        severity: Severity::Hint,
        ..diagnostic
    }));
    for diagnostic in &mut diagnostics {
        diagnostic.span = query.in_file(diagnostic.span);
    }
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    let columns = bound.relation.filter(|_| ok).map_or_else(Vec::new, |relation| {
        relation.columns.into_iter().map(|column| (column.name, column.scalar_type)).collect()
    });
    Verdict { path: path.to_owned(), ok, syntax_ok, columns, diagnostics }
}
