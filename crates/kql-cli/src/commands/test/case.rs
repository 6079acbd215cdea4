//! Running one case: its rows become tables, its rule's query runs on them.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

use kql_engine::{Engine, EngineOptions, RunOptions};
use kql_rules::QueryText;
use kql_rules::rule_test::{ActualRows, Case, Row, TestTable, compare};
use kql_semantics::predicates::{Conditions, Truths};
use kql_semantics::{BindContext, Expr, ExprKind, Relation, RelationOperator};
use kql_syntax::{Diagnostic, Severity, tree};
use kql_tables::{Definition, TableOptions, TableSet};
use kql_types::{ScalarType, Schema, Value, text};
use tokio::runtime::Runtime;

use super::{Outcome, TestedRule, Verdict};
use crate::arguments::{CaseArguments, WorkspaceArguments};
use crate::commands::schema_file;
use crate::report::{Failure, Source};
use crate::session;
use crate::workspace_files::WorkspaceFiles;

/// Runs cases, one after the other.
pub struct Runner {
    engine: Result<(Engine, Runtime), String>,
    /// What the command line gives to all cases.
    given: Result<WorkspaceFiles, String>,
    tables: Result<CaseTables, String>,
}

/// What the command line says of the tables of all cases.
#[derive(Default)]
struct CaseTables {
    schemas: HashMap<String, Schema>,
    /// URLs and the files that stand for them.
    externals: Vec<(String, String)>,
}

impl CaseTables {
    fn read(arguments: &CaseArguments) -> Result<CaseTables, Failure> {
        let mut tables = CaseTables::default();
        for file in &arguments.schema {
            tables.schemas.extend(schema_file::read(file)?);
        }
        for given in &arguments.externals {
            let (url, file) = session::external(given)?;
            tables.externals.push((url.to_owned(), file.to_owned()));
        }
        if let Some(file) = &arguments.geoip {
            kql_functions::geolocation::use_database(file);
        }
        Ok(tables)
    }
}

impl Runner {
    /// One for each thread: cases are small, and run beside each other.
    pub fn new(given: &WorkspaceArguments, cases: &CaseArguments) -> Runner {
        let engine = Engine::new(&EngineOptions { threads: 1, ..EngineOptions::default() });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Runner {
            engine: match (engine, runtime) {
                (Ok(engine), Ok(runtime)) => Ok((engine, runtime)),
                (Err(error), _) => Err(error.to_string()),
                (_, Err(error)) => Err(error.to_string()),
            },
            given: WorkspaceFiles::read(given).map_err(shown),
            tables: CaseTables::read(cases).map_err(shown),
        }
    }

    /// What became of a case, and what came out of it.
    pub fn run(&self, tested: &TestedRule, case: &Case) -> (Outcome, Option<Answer>) {
        let started = Instant::now();
        let (verdict, answer) = match self.answer(tested, case) {
            Err(text) => (Verdict::Wrong(text), None),
            Ok(answer) => {
                let mismatches = compare(&case.expect, &answer.rows, &mut |text| moment(text, answer.now));
                (if mismatches.is_empty() { Verdict::Passed } else { Verdict::Failed(mismatches) }, Some(answer))
            }
        };
        (Outcome { verdict, seconds: started.elapsed().as_secs_f64() }, answer)
    }

    /// What the rule's query gives on the rows of a case.
    ///
    /// # Errors
    /// Why it gives nothing: the text says it.
    pub fn answer(&self, tested: &TestedRule, case: &Case) -> Result<Answer, String> {
        let (engine, runtime) = self.engine.as_ref().map_err(String::clone)?;
        let now = match &case.now {
            None => session::now(),
            Some(text) => text::parse_datetime(text).ok_or_else(|| format!("`now: {text}` is not a time"))?,
        };
        let (tables, views) = tables(tested, case, now, self.tables.as_ref().map_err(String::clone)?)?;
        let workspace = workspace(tested, case, self.given.as_ref().map_err(String::clone)?)?;
        let text = workspace.filled(&tested.rule.query);
        let source = Source { path: &tested.rule_path, text: &tested.rule_text, query: &text };
        let parsed = kql_syntax::parse(text.text());
        let mut query = parsed.query;
        query.statements.splice(0..0, views);
        let mut context = BindContext::new(&tables, now);
        context.workspace = &workspace.workspace;
        let shown = |diagnostics: &[Diagnostic]| source.render(diagnostics);
        let bound = runtime.block_on(engine.bind(&query, &context, &tables, RunOptions::default()));
        let bound = bound.map_err(|error| shown(&[error.diagnostic()]))?;
        if let Some((name, error)) = tables.errors().next() {
            return Err(format!("cannot read table {name}: {error}"));
        }
        let mut errors = kql_semantics::joined_diagnostics(parsed.diagnostics, bound.diagnostics);
        errors.retain(|diagnostic| diagnostic.severity == Severity::Error);
        if errors.is_empty() {
            errors = bound.unsupported;
        }
        if !errors.is_empty() {
            return Err(shown(&errors));
        }
        let results = runtime.block_on(engine.run_all(&bound.results, &tables, RunOptions::default()));
        let results = results.map_err(|error| match error.span {
            Some(_) => shown(&[error.diagnostic()]),
            None => error.to_string(),
        })?;
        let result = results.into_iter().next().ok_or("the rule has no query")?;
        let rows = ActualRows { rows: result.rows().collect(), columns: result.columns };
        let plans = bound.results.into_iter().map(|result| result.relation).collect();
        Ok(Answer { rows, now, query: text, plans, tables })
    }

    /// Of how many rows of a case each condition of an operator is true; `None` where that cannot be said, since a
    /// condition fails on rows that another one keeps from it.
    pub fn truths(&self, answer: &Answer, conditions: &Conditions<'_>) -> Option<Vec<Truths>> {
        self.decisions(answer, conditions).map(|rows| conditions.truths(&rows))
    }

    /// Of each row that an operator sees, what its conditions say.
    pub fn decisions(&self, answer: &Answer, conditions: &Conditions<'_>) -> Option<Vec<Vec<Value>>> {
        let (engine, runtime) = self.engine.as_ref().ok()?;
        let question = conditions.question();
        let told = runtime.block_on(engine.run(&question, &answer.tables, RunOptions::default()));
        Some(told.ok()?.rows().collect())
    }
}

/// What came out of a case, and what it came out of.
pub struct Answer {
    pub rows: ActualRows,
    /// What `now()` was.
    pub now: i64,
    /// The query as it ran.
    pub query: QueryText,
    /// One for each result of the query.
    pub plans: Vec<Relation>,
    pub tables: TableSet,
}

/// What a failure says.
pub fn shown(failure: Failure) -> String {
    match failure {
        Failure::Query(text) | Failure::Usage(text) => text,
        Failure::Run(error) => format!("{error:#}"),
        other => format!("{other:?}"),
    }
}

/// What the command line gives, and behind it what the test names.
fn workspace<'g>(
    tested: &TestedRule,
    case: &Case,
    given: &'g WorkspaceFiles,
) -> Result<Cow<'g, WorkspaceFiles>, String> {
    let adds = |(_, table): &(String, TestTable)| matches!(table, TestTable::Query(_));
    if case.functions.is_empty() && case.watchlists.is_empty() && !case.tables.iter().any(adds) {
        // There may be hundreds of functions, and thousands of cases.
        return Ok(Cow::Borrowed(given));
    }
    let mut files = given.clone();
    for path in &case.functions {
        files.add_functions(&tested.folder.join(path)).map_err(shown)?;
    }
    for path in &case.watchlists {
        files.add_watchlists(&tested.folder.join(path)).map_err(shown)?;
    }
    // A stored function does not see the query's own tables; those of the case are as good as any.
    for (name, table) in &case.tables {
        if let TestTable::Query(text) = table {
            let function = format!("let ['{name}'] = () {{ {text} }};");
            // What is wrong with the text is said where it becomes a table of the query.
            let _ = files.workspace.add_functions("the tables of the case", &function);
        }
    }
    Ok(Cow::Owned(files))
}

/// The case's tables, and the statements that make tables of its tabular expressions.
fn tables(
    tested: &TestedRule,
    case: &Case,
    now: i64,
    given: &CaseTables,
) -> Result<(TableSet, Vec<tree::Statement>), String> {
    let mut set = TableSet::new(TableOptions { schemas: given.schemas.clone(), ..TableOptions::default() });
    for (url, file) in &given.externals {
        set.add_external(url, file);
    }
    let mut views = Vec::new();
    // What the rule reads and the case does not mention is empty.
    let words = tested.rule.query.text().split(|character: char| !character.is_alphanumeric() && character != '_');
    let words: BTreeSet<&str> = words.collect();
    for word in words.into_iter().filter(|word| given.schemas.contains_key(*word) || kql_catalog::table(word).is_some())
    {
        set.add_bytes(word, Vec::new()).map_err(|error| error.to_string())?;
    }
    for (name, table) in &case.tables {
        match table {
            TestTable::Rows(rows) => {
                let bytes = ndjson(name, rows, now, given)?;
                set.add_bytes(name.as_str(), bytes).map_err(|error| error.to_string())?;
            }
            TestTable::File(path) => {
                let path = tested.folder.join(path).to_string_lossy().into_owned();
                set.add(Definition { name: name.clone(), path }).map_err(|error| error.to_string())?;
            }
            TestTable::Query(text) => {
                let statement = format!("let ['{name}'] = view () {{ {text} }};");
                let parsed = kql_syntax::parse(&statement);
                if let Some(wrong) = parsed.diagnostics.iter().find(|found| found.severity == Severity::Error) {
                    return Err(format!("table {name} of the case: {}", wrong.message));
                }
                views.extend(parsed.query.statements);
            }
        }
    }
    Ok((set, views))
}

/// Rows as NDJSON. Times may be expressions such as `ago(1h)`.
fn ndjson(table: &str, rows: &[Row], now: i64, given: &CaseTables) -> Result<Vec<u8>, String> {
    let mut schema = kql_catalog::table(table);
    if let Some(declared) = given.schemas.get(table) {
        let known = schema.get_or_insert_with(Schema::default);
        declared.iter().for_each(|(column, scalar_type)| {
            known.insert(column, scalar_type);
        });
    }
    let mut bytes = Vec::new();
    for row in rows {
        let mut row = row.clone();
        for (column, value) in &mut row {
            let scalar_type = column_type(table, schema.as_ref(), column)?;
            if let Some(text) = value.as_str()
                && scalar_type.is_none_or(|scalar_type| scalar_type == ScalarType::DateTime)
                && text::parse_datetime(text).is_none()
                && let Some(ticks) = moment(text, now)
            {
                *value = Value::DateTime(ticks).to_text().into();
            }
        }
        serde_json::to_writer(&mut bytes, &row).map_err(|error| error.to_string())?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

/// The type of a column, where the table is a known one: there a column that it does not have is a mistake.
fn column_type(table: &str, schema: Option<&Schema>, column: &str) -> Result<Option<ScalarType>, String> {
    let Some(schema) = schema else { return Ok(None) };
    match schema.get(column) {
        Some(scalar_type) => Ok(Some(scalar_type)),
        None => Err(format!("the case gives table {table} a column `{column}`, which it does not have")),
    }
}

/// The moment that a constant expression gives; `None` for a text that is none.
fn moment(text: &str, now: i64) -> Option<i64> {
    if !["now(", "ago(", "datetime(", "startof", "endof"].iter().any(|start| text.trim_start().starts_with(start)) {
        return None;
    }
    let parsed = kql_syntax::parse(&format!("print moment = {text}"));
    let tables = TableSet::new(TableOptions::default());
    let bound = kql_semantics::bind(&parsed.query, &BindContext::new(&tables, now));
    match &bound.results.first()?.relation.operator {
        RelationOperator::Project { expressions, .. } => match expressions.as_slice() {
            [Expr { kind: ExprKind::Literal(Value::DateTime(ticks)), .. }] => Some(*ticks),
            _ => None,
        },
        _ => None,
    }
}
