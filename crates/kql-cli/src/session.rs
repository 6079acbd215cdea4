//! What one invocation shares between its queries: the tables and the clock; and how a query is answered.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use arrow::array::RecordBatch;
use futures::StreamExt;
use kql_engine::{Engine, EngineError, EngineOptions, QueryResult, RunOptions};
use kql_semantics::{BindContext, Bound, Tables, TimeWindow};
use kql_syntax::lexer::TokenKind;
use kql_syntax::{Diagnostic, Severity};
use kql_tables::{Definition, TableOptions, TableSet};
use kql_types::{ScalarType, Schema, text, ticks};

use crate::arguments::{DataArguments, LimitArguments, OnError, WorkspaceArguments};
use crate::commands::rule_files::LoadedRules;
use crate::commands::schema_file;
use crate::report::{Failure, Source};
use crate::workspace_files::WorkspaceFiles;
use crate::{interrupt, progress};

/// Bytes of a worker's stack: streams of a deep plan poll each other recursively.
const WORKER_STACK: usize = 16 * 1024 * 1024;

/// How long a stopped query has to end.
const STOPPING: Duration = Duration::from_secs(1);

/// A result of a query, with the name that the query gives it.
pub type NamedResult = (Option<String>, QueryResult);

/// Tables and clock of one invocation.
pub struct Session {
    tables: TableSet,
    /// What the user says of tables, whether or not they have files.
    declared: HashMap<String, Schema>,
    workspace: WorkspaceFiles,
    now: i64,
    parameters: Vec<(String, String)>,
    options: EngineOptions,
    timeout: Option<Duration>,
    /// Many queries run at a time: none shows that it goes on.
    is_shared: bool,
    /// What is to be said about columns of times, once for all queries.
    warnings: Mutex<BTreeSet<String>>,
}

impl Session {
    /// What runs queries within these limits.
    pub fn new(
        arguments: &DataArguments,
        workspace: &WorkspaceArguments,
        limits: &LimitArguments,
    ) -> Result<Session, Failure> {
        let mut session = Session::of_tables(arguments)?;
        session.workspace = WorkspaceFiles::read(workspace)?;
        if let Some(threads) = limits.threads {
            session.options.threads = threads.get();
        }
        session.options.memory_limit = limits.memory.unwrap_or_default().bytes();
        session.options.spill_folder = limits.temp_dir.clone();
        session.timeout = limits.timeout;
        Ok(session)
    }

    /// Finds the tables; only standard input is read.
    pub fn of_tables(arguments: &DataArguments) -> Result<Session, Failure> {
        let now = match &arguments.now {
            None => now(),
            Some(given) => text::parse_datetime(given).ok_or_else(|| {
                Failure::Usage(format!("--now: `{given}` is not a time such as 2026-11-21T08:00:00Z"))
            })?,
        };
        if let Some(file) = &arguments.geoip {
            kql_functions::geolocation::use_database(file);
        }
        let on_error = match arguments.on_error {
            None | Some(OnError::Fail) => kql_tables::OnError::Fail,
            Some(OnError::Skip) => kql_tables::OnError::Skip,
            Some(OnError::Null) => kql_tables::OnError::Null,
        };
        let mut schemas = HashMap::new();
        for file in &arguments.schema {
            schemas.extend(schema_file::read(file)?);
        }
        let mut tables = TableSet::new(TableOptions {
            on_error,
            schemas: schemas.clone(),
            is_headless: arguments.no_header.unwrap_or(false),
            delimiter: arguments.delimiter,
            allow_network: arguments.allow_network,
            ..TableOptions::default()
        });
        for folder in &arguments.data {
            tables.add_folder(folder)?;
        }
        for table in &arguments.tables {
            let definition: Definition = table.parse().map_err(|_| {
                Failure::Usage(format!("-t: `{table}` is not of the form NAME=PATH, such as SigninLogs=signin.ndjson"))
            })?;
            tables.add(definition)?;
        }
        for external in &arguments.externals {
            let (url, file) = self::external(external)?;
            tables.add_external(url, file);
        }
        let parameters = arguments.parameters.iter().map(|given| match given.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
            _ => Err(Failure::Usage(format!("--param: `{given}` is not of the form NAME=VALUE, such as since=7d"))),
        });
        let parameters = parameters.collect::<Result<_, _>>()?;
        Ok(Session {
            tables,
            declared: schemas,
            workspace: WorkspaceFiles::default(),
            now,
            parameters,
            options: EngineOptions::default(),
            timeout: None,
            is_shared: false,
            warnings: Mutex::default(),
        })
    }

    /// Lets rules call the functions that stand among them.
    pub fn add_found_functions(&mut self, loaded: &LoadedRules) {
        self.workspace.add_found_functions(loaded.functions.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    }

    /// One table of these files, folders, globs and `-`, for reading it from its beginning to its end; `extension` says
    /// what its files are, whatever they are called.
    pub fn of_inputs(
        arguments: &DataArguments,
        name: &str,
        inputs: &[String],
        extension: Option<&str>,
    ) -> Result<Session, Failure> {
        let mut session = Session::of_tables(arguments)?;
        session.tables.read_as(extension);
        session.tables.add_files(name, inputs)?;
        // One partition keeps the rows in their order.
        session.options.threads = 1;
        Ok(session)
    }

    /// Gives all rows of a table, in order, to `take`. `count` counts them, and is shown while they come.
    pub fn stream(
        &self,
        name: &str,
        count: &AtomicU64,
        take: impl FnOnce(&mut TableRows<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.tables.provider(name)?;
        let query = kql_syntax::parse(&format!("[{}]", serde_json::to_string(name)?));
        let workspace = &self.workspace.workspace;
        let context = BindContext { tables: &self.tables, workspace, now: self.now, parameters: &[], window: None };
        let bound = kql_semantics::bind(&query.query, &context);
        let Some(result) = bound.results.first() else { bail!("{name} is no name of a table") };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .thread_stack_size(WORKER_STACK)
            .build()?;
        let engine = Engine::new(&self.options)?;
        let mut stream =
            runtime.block_on(engine.stream(&result.relation, &self.tables, RunOptions::from_environment()))?;
        let columns = stream.columns.clone();
        // A few batches ahead: one thread reads while this one writes.
        let (sender, batches) = std::sync::mpsc::sync_channel(4);
        runtime.spawn_blocking(move || {
            let reading = async {
                while let Some(batch) = stream.next().await {
                    if sender.send(batch).is_err() {
                        break;
                    }
                }
            };
            tokio::runtime::Handle::current().block_on(reading);
        });
        let outcome = take(&mut TableRows { columns, batches, count, progress: progress::Rows::new(name) });
        runtime.shutdown_background();
        outcome
    }

    /// Makes ready for so many queries at a time: what the machine has is divided between them.
    pub fn share_between(&mut self, queries: usize) {
        let at_a_time = queries.min(self.options.threads).max(1);
        self.is_shared = queries > 1;
        self.options.threads = (self.options.threads / at_a_time).max(1);
        self.options.memory_limit = self.options.memory_limit.map(|bytes| bytes / at_a_time);
    }

    /// The time that `now()` gives, in ticks.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// The user's tables, those that the user declares, and, behind them, the built-in schemas: what a query may name
    /// when it is only checked.
    pub fn known_tables(&self) -> KnownTables<'_> {
        KnownTables(self)
    }

    /// Parses, binds and runs a query. Warnings go to standard error.
    pub fn answer(&self, source: &Source<'_>) -> Result<Vec<NamedResult>, Failure> {
        self.answer_at(source, self.now, None)
    }

    /// The same at another time, over what a scheduled query sees then; warnings are for the run of today.
    pub fn answer_at(
        &self,
        source: &Source<'_>,
        now: i64,
        window: Option<TimeWindow>,
    ) -> Result<Vec<NamedResult>, Failure> {
        self.with_bound(source, now, window, |source, engine, bound| {
            let options = RunOptions::from_environment();
            let results = self.wait(source, engine.run_all(&bound.results, &self.tables, options))?;
            Ok(bound.results.iter().map(|result| result.name.clone()).zip(results).collect())
        })
    }

    /// Parses and binds a query, for something to be done with it; what is wrong with it is said.
    pub fn with_bound<T>(
        &self,
        source: &Source<'_>,
        now: i64,
        window: Option<TimeWindow>,
        work: impl FnOnce(&Source<'_>, &Engine, &Bound) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let query = self.workspace.filled(source.query);
        let source = &Source { query: &query, ..*source };
        let parsed = kql_syntax::parse(query.text());
        let context = BindContext { now, window, ..self.context() };
        let mut bound = kql_semantics::bind(&parsed.query, &context);
        // A table that cannot be read looks unknown to the binder; why it cannot be read is the better answer.
        // (That of another query is no matter of this one.)
        let mut errors = self.tables.errors().filter(|(name, _)| source.query.text().contains(*name));
        if let Some((name, error)) = errors.next() {
            return Err(Failure::Run(anyhow::Error::from(error.clone()).context(format!("cannot read table {name}"))));
        }
        self.warn_of_absent_times(source.query.text());
        self.warn_of_placeholders(source);
        let engine = Engine::new(&self.options)?;
        let options = RunOptions::from_environment();
        if bound.question.is_some() {
            bound = self.wait(source, engine.bind(&parsed.query, &context, &self.tables, options))?;
        }
        let mut diagnostics =
            kql_semantics::joined_diagnostics(parsed.diagnostics, std::mem::take(&mut bound.diagnostics));
        let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
        if !diagnostics.iter().any(is_error) {
            diagnostics.append(&mut bound.unsupported);
        }
        if diagnostics.iter().any(is_error) {
            diagnostics.retain(is_error);
            diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
            return Err(Failure::Query(source.render(&diagnostics)));
        }
        diagnostics.retain(|diagnostic| diagnostic.severity == Severity::Warning);
        if window.is_none() {
            eprint!("{}", source.render(&diagnostics));
        }
        if bound.results.is_empty() {
            return Err(Failure::Query(format!("{}: there is no query in it\n", source.path)));
        }
        work(source, &engine, &bound)
    }

    /// What binding must know beside the text of a query.
    pub fn context(&self) -> BindContext<'_> {
        let workspace = &self.workspace.workspace;
        BindContext { tables: &self.tables, workspace, now: self.now, parameters: &self.parameters, window: None }
    }

    /// The user's tables.
    pub fn tables(&self) -> &TableSet {
        &self.tables
    }

    /// Runs work of the engine to its end, watched: it shows that it goes on, and Ctrl-C and the time limit stop it.
    pub fn wait<T>(
        &self,
        source: &Source<'_>,
        work: impl Future<Output = Result<T, EngineError>>,
    ) -> Result<T, Failure> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(self.options.threads.max(1)).enable_all().thread_stack_size(WORKER_STACK);
        let runtime = builder.build().context("cannot start threads")?;
        let work = async { work.await.map_err(|error| run_failure(&error, source)) };
        let limited = async {
            match self.timeout {
                None => work.await,
                Some(limit) => tokio::time::timeout(limit, work).await.unwrap_or_else(|_| {
                    let limit = humantime::format_duration(limit);
                    Err(Failure::Run(anyhow::anyhow!("{}: stopped after {limit} (--timeout)", source.path)))
                }),
            }
        };
        let result = runtime.block_on(progress::watch((!self.is_shared).then_some(source.path), limited));
        // Whatever still runs belongs to a query that was stopped. It gets the time to let go of its files.
        match &result {
            Ok(_) => runtime.shutdown_background(),
            Err(_) => runtime.shutdown_timeout(STOPPING),
        }
        result
    }

    /// A placeholder within a text or a comment is no mistake of the query; within a text it was meant to be filled.
    fn warn_of_placeholders(&self, source: &Source<'_>) {
        let query = source.query.text();
        if !query.contains("{{") {
            return;
        }
        for token in kql_syntax::lexer::lex(query).0 {
            let text = query.get(token.span.range()).unwrap_or("");
            let inside = text.split_once("{{").and_then(|(_, rest)| rest.split_once("}}")).map(|(name, _)| name.trim());
            let is_name = |name: &&str| name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.is_empty();
            if let (TokenKind::String, Some(name)) = (token.kind, inside.filter(is_name)) {
                let warning = format!(
                    "{}: nothing has put a value in the place of {{{{{name}}}}}; give it one with --set {name}=VALUE",
                    source.path
                );
                self.warnings.lock().unwrap_or_else(PoisonError::into_inner).insert(warning);
            }
        }
    }

    /// A query that asks for a time which no file of its table has gets nulls, and a filter on it no rows.
    fn warn_of_absent_times(&self, query: &str) {
        for (table, absent) in self.tables.absent_times() {
            if query.contains(table) && query.contains(absent.column) {
                let instead = absent.present.map_or_else(String::new, |present| format!("; they have {present}"));
                let warning = format!("no file of table {table} has {}, which is null{instead}", absent.column);
                self.warnings.lock().unwrap_or_else(PoisonError::into_inner).insert(warning);
            }
        }
    }

    /// Says what was left out or is null since it could not be read.
    pub fn finish(&self) {
        for warning in &*self.warnings.lock().unwrap_or_else(PoisonError::into_inner) {
            eprintln!("warning: {warning}");
        }
        for (name, report) in self.tables.skipped() {
            let lines = if report.skipped() == 1 { "line" } else { "lines" };
            let first = report.first().map_or_else(String::new, |error| format!("; the first: {error}"));
            eprintln!(
                "warning: {} {lines} of table {name} could not be read and were skipped{first}",
                report.skipped()
            );
        }
        for (table, column, count) in self.tables.nulls() {
            let (values, are) = if count == 1 { ("value", "is") } else { ("values", "are") };
            eprintln!("warning: {count} {values} of {table}.{column} could not be read and {are} null");
        }
    }
}

/// The rows of a table that is being read.
pub struct TableRows<'c> {
    columns: Vec<(String, ScalarType)>,
    batches: std::sync::mpsc::Receiver<Result<RecordBatch, EngineError>>,
    count: &'c AtomicU64,
    progress: progress::Rows,
}

impl TableRows<'_> {
    /// Names and types, in order.
    pub fn columns(&self) -> &[(String, ScalarType)] {
        &self.columns
    }

    /// The next rows; `None` at the end.
    ///
    /// # Errors
    /// They cannot be read, or the user asked to stop.
    pub fn next(&mut self) -> anyhow::Result<Option<RecordBatch>> {
        loop {
            if interrupt::is_stopped() {
                bail!("stopped");
            }
            match self.batches.recv_timeout(Duration::from_millis(200)) {
                Ok(batch) => {
                    let batch = batch?;
                    let rows = batch.num_rows() as u64;
                    self.progress.show(self.count.fetch_add(rows, Ordering::Relaxed) + rows);
                    return Ok(Some(batch));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        }
    }
}

/// A URL and the file that stands for it, from URL=FILE.
pub fn external(given: &str) -> Result<(&str, &str), Failure> {
    // A URL may well have a `=` in it.
    let pair = given.rsplit_once('=').filter(|(url, file)| !url.is_empty() && !file.is_empty());
    pair.ok_or_else(|| Failure::Usage(format!("--external: `{given}` is not of the form URL=FILE")))
}

/// An error with a place is shown in the query; one without (a bad input line, say) names its own.
fn run_failure(error: &EngineError, source: &Source<'_>) -> Failure {
    let text = match error.span {
        Some(_) => source.render(&[error.diagnostic()]),
        None => return Failure::Run(anyhow::anyhow!("{error}")),
    };
    Failure::FailedQuery(text)
}

/// The user's tables, those that the user declares, and the built-in schemas.
pub struct KnownTables<'a>(&'a Session);

impl Tables for KnownTables<'_> {
    fn schema(&self, name: &str) -> Option<Schema> {
        let held = self.0.tables.schema(name);
        held.or_else(|| self.0.declared.get(name).cloned()).or_else(|| kql_catalog::table(name))
    }

    fn names(&self) -> Vec<String> {
        let mut names = self.0.tables.names();
        names.extend(self.0.declared.keys().cloned());
        names.extend(kql_catalog::table_names().map(str::to_owned));
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// The time of the machine, in ticks.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos() / 100).map_or(ticks::UNIX_EPOCH, |since| ticks::UNIX_EPOCH + since)
}
