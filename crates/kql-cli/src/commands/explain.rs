//! `kql explain`: what each stage of a query does to the rows, and why rows are lost.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use kql_engine::explain::{Explained, Why, tables_of};
use kql_rules::QueryText;
use kql_semantics::plan_text::plan_text;
use kql_semantics::{Bound, BoundResult, ExprKind, Relation, RelationOperator};
use kql_syntax::tree::{self, StatementKind};
use kql_syntax::{Diagnostic, OperatorKind, Severity, Span, tree_text};

use crate::arguments::{ExplainArguments, FilterArguments, Plan};
use crate::commands::query_files::{is_json, is_yaml};
use crate::commands::{query, rule_files};
use crate::interrupt::Interruptible;
use crate::output::explained::{self, Asked};
use crate::report::{self, Failure, Source};
use crate::session::Session;

/// Runs the command.
pub fn run(arguments: &ExplainArguments) -> Result<(), Failure> {
    let session = Session::new(&arguments.data, &arguments.workspace, &arguments.limits)?;
    let given = arguments.query.as_deref().map(Path::new);
    if let Some(path) = given.filter(|path| is_query_file(path)) {
        let loaded = rule_files::load(&[path.to_path_buf()], &FilterArguments::default(), &arguments.lints)?;
        if let Some(error) = loaded.unreadable.into_iter().next() {
            return Err(Failure::Run(error));
        }
        if loaded.is_bad {
            return Err(Failure::Query(String::new()));
        }
        for rule in &loaded.rules {
            explain(arguments, &session, rule.title(), &rule.source())?;
        }
    } else {
        let (path, text) = query::written(arguments.query.as_deref(), arguments.file.as_deref())?;
        let query = QueryText::whole_file(text.as_str());
        explain(arguments, &session, &path, &Source { path: &path, text: &text, query: &query })?;
    }
    session.finish();
    Ok(())
}

/// Whether an argument names a file or a folder, and is no query.
fn is_query_file(path: &Path) -> bool {
    let is_query = path.extension().is_some_and(|extension| ["kql", "csl"].iter().any(|known| extension == *known));
    path.exists() || ((is_query || is_yaml(path) || is_json(path)) && !path.to_string_lossy().contains('|'))
}

fn explain(arguments: &ExplainArguments, session: &Session, title: &str, source: &Source<'_>) -> Result<(), Failure> {
    session.with_bound(source, session.now(), None, |source, engine, bound| {
        let mut out = BufWriter::new(Interruptible(io::stdout()));
        if let Some(plan) = arguments.plan {
            let text = match plan {
                Plan::Tree => tree_text(&kql_syntax::parse(source.query.text()).query),
                Plan::Bound => texts(bound, |relation| Ok(plan_text(relation)))?,
                Plan::Physical => texts(bound, |relation| {
                    let explanation = session.wait(source, engine.explain(relation, session.tables()))?;
                    Ok(explanation.physical)
                })?,
            };
            writeln!(out, "{}", text.trim_end())?;
            return Ok(out.flush()?);
        }
        let why = match &arguments.why {
            Some(predicate) => Some(why(session, bound, predicate, arguments.why_table.as_deref())?),
            None => None,
        };
        for result in &bound.results {
            let explained: Explained =
                session.wait(source, engine.explain_stages(&result.relation, session.tables(), why.as_ref()))?;
            let asked = why.as_ref().zip(arguments.why.as_deref());
            let asked = asked.map(|(why, predicate)| Asked { table: &why.table, predicate });
            let shown =
                explained::Shown { title, source, result: result.name.as_deref(), explained: &explained, asked };
            explained::write(&mut out, arguments.format, &shown)?;
        }
        Ok(out.flush()?)
    })
}

/// The texts of the plans of all results.
fn texts(bound: &Bound, text: impl Fn(&Relation) -> Result<String, Failure>) -> Result<String, Failure> {
    let mut all = String::new();
    for BoundResult { name, relation, .. } in &bound.results {
        if bound.results.len() > 1 {
            all += &format!("{}:\n", name.as_deref().unwrap_or("a result"));
        }
        all += &text(relation)?;
    }
    Ok(all)
}

/// Binds the predicate over the table of which rows are to be followed.
fn why(session: &Session, bound: &Bound, predicate: &str, table: Option<&str>) -> Result<Why, Failure> {
    let mut tables: Vec<String> = Vec::new();
    for name in bound.results.iter().flat_map(|result| tables_of(&result.relation)) {
        if !tables.contains(&name) {
            tables.push(name);
        }
    }
    let candidates: Vec<&String> = match table {
        Some(table) if !tables.iter().any(|known| known == table) => {
            let known = if tables.is_empty() { "none".to_owned() } else { tables.join(", ") };
            return Err(Failure::Usage(format!("--why-table: the query reads no table `{table}`; it reads {known}")));
        }
        Some(table) => tables.iter().filter(|known| *known == table).collect(),
        None => tables.iter().collect(),
    };
    let mut fitting = Vec::new();
    let mut first_failure = None;
    for table in candidates {
        match bind_predicate(session, table, predicate) {
            Ok(why) => fitting.push(why),
            Err(failure) => {
                first_failure.get_or_insert(failure);
            }
        }
    }
    match (fitting.len(), first_failure) {
        (0, Some(failure)) => Err(failure),
        (0, None) => Err(Failure::Usage("--why: the query reads no table of which rows could be followed".to_owned())),
        (1, _) => Ok(fitting.swap_remove(0)),
        _ => {
            let names: Vec<&str> = fitting.iter().map(|why| why.table.as_str()).collect();
            let names = names.join(", ");
            Err(Failure::Usage(format!("--why fits several tables: {names}; say which with --why-table")))
        }
    }
}

fn bind_predicate(session: &Session, table: &str, predicate: &str) -> Result<Why, Failure> {
    let name = table.replace('\\', "\\\\").replace('\'', "\\'");
    let before = format!("['{name}']\n| where ");
    let text = format!("{before}{predicate}");
    let in_predicate = |mut diagnostic: Diagnostic| {
        let at = |offset: usize| offset.saturating_sub(before.len());
        diagnostic.span = Span::new(at(diagnostic.span.start), at(diagnostic.span.end));
        diagnostic
    };
    let wrong = |diagnostics: Vec<Diagnostic>| {
        let shown: Vec<Diagnostic> = diagnostics.into_iter().map(in_predicate).collect();
        Failure::Query(report::render("--why", predicate, &shown))
    };
    let parsed = kql_syntax::parse(&text);
    if !is_one_where(&parsed.query) {
        let help = "write a condition on one row, as `where` takes it";
        let message = "--why takes one predicate and no further operators";
        let end = text.len();
        let errors: Vec<Diagnostic> = parsed.diagnostics.into_iter().filter(is_error).collect();
        let diagnostic =
            Diagnostic::error(kql_semantics::codes::PARAMETER_VALUE, message, Span::new(before.len(), end));
        return Err(wrong(if errors.is_empty() { vec![diagnostic.with_help(help)] } else { errors }));
    }
    let bound = kql_semantics::bind(&parsed.query, &session.context());
    let mut errors = kql_semantics::joined_diagnostics(parsed.diagnostics, bound.diagnostics);
    errors.retain(is_error);
    if errors.is_empty() {
        errors.extend(bound.unsupported);
    }
    if !errors.is_empty() {
        errors.sort_by_key(|diagnostic| diagnostic.span.start);
        return Err(wrong(errors));
    }
    let relation = bound.results.into_iter().next().map(|result| result.relation);
    match relation.map(|relation| relation.operator) {
        Some(RelationOperator::Filter { input, mut predicate }) => {
            if let ExprKind::Literal(_) = predicate.kind {
                // It holds for all rows or none, which is a way to follow all.
                predicate.span = Span::default();
            }
            Ok(Why { table: table.to_owned(), columns: input.columns, predicate })
        }
        _ => Err(Failure::Usage("--why takes one predicate, as `where` does".to_owned())),
    }
}

fn is_error(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Error
}

/// Whether a query is one table with one `where`.
fn is_one_where(query: &tree::Query) -> bool {
    let [statement] = query.statements.as_slice() else { return false };
    let StatementKind::Expression(expression) = &statement.kind else { return false };
    let tree::ExprKind::Pipe { operators, .. } = &expression.kind else { return false };
    matches!(operators.as_slice(), [only] if matches!(only.kind, OperatorKind::Where(_)))
}
