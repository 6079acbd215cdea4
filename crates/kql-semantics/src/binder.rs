//! The entry point, and the state that binding carries: diagnostics, fresh ids, bounds.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use kql_functions::function::Kernel;
use kql_syntax::{Diagnostic, Severity, Span, tree};
use kql_types::{ScalarType, Value};

use crate::naming::Names;
use crate::operators::Graph;
use crate::plan::{Column, ColumnId, Expr, ExprKind, Relation, RelationOperator, Visualization};
use crate::query_options::QueryOptions;
use crate::questions::Answer;
use crate::rewrites::Rewrites;
use crate::scope::{Scopes, UserFunction};
use crate::workspace_functions::StoredCall;
use crate::{NoWorkspace, Tables, Workspace, codes};

/// What binding must know beside the query.
pub struct BindContext<'a> {
    pub tables: &'a dyn Tables,
    /// Stored functions and watchlists.
    pub workspace: &'a dyn Workspace,
    /// What `now()` is, in ticks.
    pub now: i64,
    /// The values of query parameters by their names: a string as it is, anything else as a literal of its type.
    pub parameters: &'a [(String, String)],
    /// The time that the query looks at, where it is not all: what a service gives a scheduled query.
    pub window: Option<TimeWindow>,
}

/// A time from a moment to another, both included, in ticks. A table's rows are in it by their `TimeGenerated`, or by
/// their `Timestamp` where they have no such value; a table without these columns is seen as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeWindow {
    pub from: i64,
    pub to: i64,
}

impl<'a> BindContext<'a> {
    /// A context without query parameters, stored functions and watchlists.
    pub fn new(tables: &'a dyn Tables, now: i64) -> BindContext<'a> {
        BindContext { tables, workspace: &NoWorkspace, now, parameters: &[], window: None }
    }
}

/// One of the tables that a query gives.
#[derive(Clone, Debug)]
pub struct BoundResult {
    /// The name that `as`, `fork` or `facet` gives it.
    pub name: Option<String>,
    pub relation: Relation,
    /// What `render` asks for.
    pub render: Option<Visualization>,
    /// The most rows that the query lets it have: with more, it fails (`set truncationmaxrecords`).
    pub max_records: Option<u64>,
}

/// A bound query.
#[derive(Clone, Debug, Default)]
pub struct Bound {
    /// The plans of its results in order: mostly one. None when there is an error or the query has no tabular result.
    pub results: Vec<BoundResult>,
    /// What is wrong with the query.
    pub diagnostics: Vec<Diagnostic>,
    /// What is right but probably not meant, or better written otherwise; none where there is an error.
    pub lints: Vec<Diagnostic>,
    /// What must be known of the data before the plan can be run: bind again, [knowing](bind_knowing) its rows.
    pub question: Option<Relation>,
    /// What is right but cannot be run, each naming the construct and its place.
    pub unsupported: Vec<Diagnostic>,
    /// The columns of the results whose type only the data tells, behind `bag_unpack` for one.
    pub untyped: HashSet<ColumnId>,
}

impl Bound {
    /// The plan of the first result.
    pub fn first(&self) -> Option<&Relation> {
        self.results.first().map(|result| &result.relation)
    }
}

/// What a query is bound for. The official analyser and the engine differ in a few names and types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be run: with the names and types of the engine.
    Run,
    /// To be judged: with the names and types of the analyser.
    Check,
}

/// Binds a query. A scalar query, such as `1 + 2`, is bound as `print` of it.
pub fn bind(query: &tree::Query, context: &BindContext<'_>) -> Bound {
    bind_knowing(query, context, &[])
}

/// Binds a query whose first questions to the data have these answers.
pub fn bind_knowing(query: &tree::Query, context: &BindContext<'_>, answers: &[Answer]) -> Bound {
    bind_for(Purpose::Run, query, context, answers)
}

/// Binds a query only to judge it, as the official analyser does: where that one is more lenient than the engine, or
/// names and types columns otherwise, it is followed. The plan is not for running.
pub fn check(query: &tree::Query, context: &BindContext<'_>) -> Bound {
    bind_for(Purpose::Check, query, context, &[])
}

fn bind_for(purpose: Purpose, query: &tree::Query, context: &BindContext<'_>, answers: &[Answer]) -> Bound {
    let rewrites = Rewrites::default();
    let mut binder = Binder::new(context, purpose, answers, &rewrites);
    let results = binder.query(query);
    let columns = results.iter().flat_map(|result| &result.relation.columns).map(|column| column.id);
    let untyped = columns.filter(|id| binder.is_poisoned(*id)).collect();
    let mut bound = Bound {
        results,
        question: binder.question,
        diagnostics: binder.diagnostics,
        lints: binder.lints,
        unsupported: binder.unsupported,
        untyped,
    };
    if bound.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        bound.results.clear();
        bound.lints.clear();
    }
    bound.diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    bound.lints.sort_by_key(|diagnostic| diagnostic.span.start);
    bound.unsupported.sort_by_key(|diagnostic| diagnostic.span.start);
    bound
}

/// Nodes that a plan may have: a bound for queries whose functions multiply when they are put in.
const MAX_NODES: usize = 400_000;
/// How deep operators may be nested: plans are walked recursively.
const MAX_PLAN_DEPTH: usize = 700;
/// How deep tables, expressions and function calls may be nested while binding.
const MAX_DEPTH: usize = 400;

/// Stack that one level of recursion needs at most, and what is added when less is left.
const RED_ZONE: usize = 256 * 1024;
const STACK_SEGMENT: usize = 4 * 1024 * 1024;

/// A tabular expression while it is bound.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub relation: Relation,
    /// Whether there may be columns that are not known: after an error, or behind a plugin. Then unknown names
    /// are no mistakes.
    pub open: bool,
    /// How many operators are on top of each other.
    pub depth: usize,
    /// What it consists of where it is a graph, which only some operators take.
    pub graph: Option<Rc<Graph>>,
    /// The name that an `as` at its end gives it.
    pub name: Option<String>,
}

impl Table {
    /// A table without inputs.
    pub fn leaf(operator: RelationOperator, columns: Vec<Column>, span: Span) -> Table {
        Table { relation: Relation { operator, columns, span }, open: false, depth: 1, graph: None, name: None }
    }

    pub fn columns(&self) -> &[Column] {
        &self.relation.columns
    }

    /// The table with an operator on top.
    pub fn then(
        self,
        span: Span,
        columns: Vec<Column>,
        operator: impl FnOnce(Box<Relation>) -> RelationOperator,
    ) -> Table {
        let relation = Relation { operator: operator(Box::new(self.relation)), columns, span };
        Table { relation, open: self.open, depth: self.depth + 1, graph: None, name: None }
    }

    /// The table with an operator on top that keeps its columns.
    pub fn keeping(self, span: Span, operator: impl FnOnce(Box<Relation>) -> RelationOperator) -> Table {
        let columns = self.relation.columns.clone();
        self.then(span, columns, operator)
    }
}

/// The state of binding one query.
pub(crate) struct Binder<'a> {
    pub context: &'a BindContext<'a>,
    pub purpose: Purpose,
    pub scopes: Scopes<'a>,
    pub options: QueryOptions,
    /// The one database of which tables are taken for those at hand.
    pub database: Option<String>,
    pub render: Option<Visualization>,
    pub answers: &'a [Answer],
    /// How many questions were asked.
    pub asked: usize,
    /// The first question that has no answer.
    pub question: Option<Relation>,
    /// How many functions are being checked within each other, with stand-ins for their arguments.
    pub checking: usize,
    /// The queries that binding wrote by itself.
    pub rewrites: &'a Rewrites,
    /// Where the plugin stands whose query is being bound: what is said of it is said of that place.
    pub rewriting: Option<Span>,
    /// The functions of the workspace that were asked for.
    pub workspace_functions: HashMap<String, UserFunction<'a>>,
    /// The calls of stored functions whose bodies are being bound within each other.
    pub stored_calls: Vec<StoredCall>,
    /// Where refreshed relations are to stand, if not where they stood.
    pub relocating: Option<Span>,
    diagnostics: Vec<Diagnostic>,
    lints: Vec<Diagnostic>,
    unsupported: Vec<Diagnostic>,
    reported: HashSet<(&'static str, Span, String)>,
    /// The tables that the statement at hand names for those that follow.
    pub outputs: Vec<(&'a tree::Name, Rc<Table>)>,
    next_column: u32,
    next_shared: usize,
    /// Values that `toscalar` keeps from being another one at each use.
    pub computed_once: Vec<(Expr, Expr)>,
    poisoned: HashSet<ColumnId>,
    stand_ins: HashSet<ColumnId>,
    /// Names that the operator at hand takes from an open table, in the order in which they are met.
    discovered: Vec<String>,
    /// Within `union isfuzzy=true`.
    pub allows_missing_tables: bool,
    /// How many columns without a name there are so far; the analyser counts through a query, the engine does not.
    unnamed: usize,
    nodes: usize,
    depth: usize,
}

impl<'a> Binder<'a> {
    pub fn new(
        context: &'a BindContext<'a>,
        purpose: Purpose,
        answers: &'a [Answer],
        rewrites: &'a Rewrites,
    ) -> Binder<'a> {
        Binder {
            context,
            purpose,
            scopes: Scopes::new(),
            options: QueryOptions::at(context.now),
            database: None,
            render: None,
            answers,
            asked: 0,
            question: None,
            checking: 0,
            rewrites,
            rewriting: None,
            workspace_functions: HashMap::new(),
            stored_calls: Vec::new(),
            relocating: None,
            diagnostics: Vec::new(),
            lints: Vec::new(),
            unsupported: Vec::new(),
            reported: HashSet::new(),
            outputs: Vec::new(),
            next_column: 0,
            next_shared: 0,
            computed_once: Vec::new(),
            poisoned: HashSet::new(),
            stand_ins: HashSet::new(),
            discovered: Vec::new(),
            allows_missing_tables: false,
            unnamed: 0,
            nodes: 0,
            depth: 0,
        }
    }

    /// Reports a diagnostic; a function body that is bound many times reports once.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        let Some(diagnostic) = self.placed(diagnostic) else { return };
        if self.is_news(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Whether a diagnostic was not reported before; one about a stored function's text is reported at one call.
    fn is_news(&mut self, diagnostic: &Diagnostic) -> bool {
        let mut message = diagnostic.message.clone();
        let mut span = diagnostic.span;
        if !self.stored_calls.is_empty() {
            message.extend(diagnostic.help.iter().map(String::as_str));
            span = Span::default();
        }
        self.reported.insert((diagnostic.code, span, message))
    }

    /// Notes what a lint found, if anything.
    pub fn lint(&mut self, found: Option<Diagnostic>) {
        if let Some(found) = found
            && self.rewriting.is_none()
            && self.stored_calls.is_empty()
            && self.reported.insert((found.code, found.span, found.message.clone()))
        {
            self.lints.push(found);
        }
    }

    pub fn error(&mut self, code: &'static str, message: impl Into<String>, span: Span) {
        self.report(Diagnostic::error(code, message, span));
    }

    /// Notes that a construct binds but cannot be run.
    pub fn unsupported(&mut self, construct: impl Into<String>, span: Span) {
        let message = format!("{} is not supported yet", construct.into());
        self.cannot_run(Diagnostic::error(codes::UNSUPPORTED, message, span));
    }

    /// Notes why what binds cannot be run.
    pub fn cannot_run(&mut self, diagnostic: Diagnostic) {
        let Some(diagnostic) = self.placed(diagnostic) else { return };
        if self.is_news(&diagnostic) {
            self.unsupported.push(diagnostic);
        }
    }

    /// Whether nothing was reported so far.
    pub fn has_no_mistakes(&self) -> bool {
        self.diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error)
    }

    /// A construct that binds, of what only the service has.
    pub fn only_in_the_cloud(&mut self, construct: &str, span: Span) {
        let message = format!("{construct} works only in the cloud");
        self.cannot_run(Diagnostic::error(codes::UNSUPPORTED, message, span));
    }

    /// Refuses to run what the analyser lets pass.
    pub fn refuse_to_run(&mut self, diagnostic: Diagnostic) {
        match self.purpose {
            Purpose::Run => self.report(diagnostic),
            Purpose::Check => self.cannot_run(diagnostic),
        }
    }

    /// How many errors there are so far.
    pub fn complaints(&self) -> usize {
        self.diagnostics.len()
    }

    /// Binds what may name a table that is not there.
    pub fn missing_tables_allowed<R>(&mut self, run: impl FnOnce(&mut Self) -> R) -> R {
        let outer = std::mem::replace(&mut self.allows_missing_tables, true);
        let result = run(self);
        self.allows_missing_tables = outer;
        result
    }

    /// Notes a name that must be a column which an open table has beyond those that are known.
    pub fn discover(&mut self, name: &str, span: Span) {
        // A query that is refused already needs no further reason, one that asks is bound again with the answer, and
        // a function is bound again where it is called.
        if self.diagnostics.is_empty() && self.unsupported.is_empty() && self.question.is_none() && self.checking == 0 {
            self.unsupported(format!("the column `{name}`, which is not known before the query runs,"), span);
        }
        if !self.discovered.iter().any(|known| known == name) {
            self.discovered.push(name.to_owned());
        }
    }

    /// Runs the binding of one operator, and gives the names that it takes from an open table.
    pub fn discovering<R>(&mut self, run: impl FnOnce(&mut Self) -> R) -> (R, Vec<String>) {
        let outer = std::mem::take(&mut self.discovered);
        let result = run(self);
        (result, std::mem::replace(&mut self.discovered, outer))
    }

    /// The name of a column that the query gives no name.
    pub fn unnamed(&mut self, names: &mut Names) -> String {
        match self.purpose {
            Purpose::Run => names.unnamed(),
            Purpose::Check => {
                self.unnamed += 1;
                names.unique(&format!("Column{}", self.unnamed))
            }
        }
    }

    /// Binds a function's body: its columns without names are counted apart.
    pub fn counting_apart<R>(&mut self, run: impl FnOnce(&mut Self) -> R) -> R {
        let outer = std::mem::take(&mut self.unnamed);
        let result = run(self);
        self.unnamed = outer;
        result
    }

    pub fn note_kernel(&mut self, name: &str, kernel: &Kernel, span: Span) {
        if let Kernel::Unavailable(why) = kernel {
            let construct = match name.starts_with(|first: char| first.is_ascii_alphabetic()) {
                true => format!("the function {name}() ({why})"),
                false => format!("the operator `{name}` ({why})"),
            };
            self.unsupported(construct, span);
        }
        if let Kernel::CloudOnly = kernel {
            self.only_in_the_cloud(&format!("{name}()"), span);
        }
    }

    pub fn fresh_id(&mut self) -> ColumnId {
        let id = ColumnId(self.next_column);
        self.next_column = self.next_column.wrapping_add(1);
        id
    }

    pub fn fresh_key(&mut self) -> usize {
        self.next_shared += 1;
        self.next_shared
    }

    /// A new column.
    pub fn column(&mut self, name: impl Into<String>, scalar_type: ScalarType) -> Column {
        Column { id: self.fresh_id(), name: name.into(), scalar_type }
    }

    /// A new column for a value; a value that could not be bound gives a column whose use is silent.
    pub fn column_for(&mut self, name: impl Into<String>, value: &Option<Expr>) -> Column {
        match value {
            Some(expression) => self.column(name, expression.scalar_type),
            None => {
                let column = self.column(name, ScalarType::Dynamic);
                self.poisoned.insert(column.id);
                column
            }
        }
    }

    /// Marks a column as one whose type is not known: its uses are silent.
    pub fn poison(&mut self, id: ColumnId) {
        self.poisoned.insert(id);
    }

    pub fn is_poisoned(&self, id: ColumnId) -> bool {
        self.poisoned.contains(&id)
    }

    /// Marks a column as the stand-in for a function's parameter: a constant whose value is not known yet.
    pub fn stand_in(&mut self, id: ColumnId) {
        self.stand_ins.insert(id);
    }

    pub fn is_stand_in(&self, id: ColumnId) -> bool {
        self.stand_ins.contains(&id)
    }

    /// Counts nodes of the plan; `false` when there are too many, which is reported once.
    pub fn spend(&mut self, nodes: usize, span: Span) -> bool {
        let within = self.nodes <= MAX_NODES;
        self.nodes = self.nodes.saturating_add(nodes);
        if within && self.nodes > MAX_NODES {
            self.error(codes::TOO_LARGE, "the query is too large once its functions and variables are put in", span);
        }
        self.nodes <= MAX_NODES
    }

    /// Checks that a table is not nested too deep.
    pub fn bounded(&mut self, table: Table) -> Table {
        if table.depth <= MAX_PLAN_DEPTH {
            return table;
        }
        let span = table.relation.span;
        self.error(codes::TOO_LARGE, format!("the query has more than {MAX_PLAN_DEPTH} operators in a row"), span);
        self.nodes = usize::MAX;
        self.no_table(span)
    }

    /// Runs one level of recursion; `None` when it is too deep.
    pub fn nested<R>(&mut self, span: Span, run: impl FnOnce(&mut Self) -> Option<R>) -> Option<R> {
        if self.depth >= MAX_DEPTH {
            self.error(codes::TOO_LARGE, "the query is nested too deep", span);
            return None;
        }
        if !self.spend(1, span) {
            return None;
        }
        self.depth += 1;
        let result = stacker::maybe_grow(RED_ZONE, STACK_SEGMENT, || run(self));
        self.depth -= 1;
        result
    }

    /// The table that stands for one that could not be bound.
    pub fn no_table(&mut self, span: Span) -> Table {
        let mut table = Table::leaf(RelationOperator::OneRow, Vec::new(), span);
        table.open = true;
        table
    }

    /// The expression that stands in a plan for one that could not be bound; the plan is never run.
    pub fn or_null(&mut self, value: Option<Expr>, span: Span) -> Expr {
        value.unwrap_or(Expr {
            kind: ExprKind::Literal(Value::Null(ScalarType::Dynamic)),
            scalar_type: ScalarType::Dynamic,
            span,
        })
    }
}

/// A reference to a column.
pub(crate) fn column_reference(column: &Column, span: Span) -> Expr {
    Expr { kind: ExprKind::Column(column.id), scalar_type: column.scalar_type, span }
}

/// A constant.
pub(crate) fn literal(value: Value, span: Span) -> Expr {
    Expr { scalar_type: value.scalar_type(), kind: ExprKind::Literal(value), span }
}
