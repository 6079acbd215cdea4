//! The bound plan: relations and expressions in which every name is resolved.
//!
//! Columns are referred to by [`ColumnId`], unique within a query: a column that passes through an operator
//! keeps its id, a computed one gets a new id, and each reference to a `let` table gets fresh ids. Names are
//! what Kusto would print. All implicit conversions stand in the plan as calls.

pub mod graph;
mod walk;

use std::sync::Arc;

use kql_functions::extraction::Extraction;
use kql_functions::{AggregateRef, FunctionRef};
use kql_syntax::Span;
use kql_types::{ScalarType, Value};

pub use walk::relations;

/// A column's identity within one query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnId(pub u32);

/// A column of a relation.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub id: ColumnId,
    /// Unique within the relation, case-sensitive.
    pub name: String,
    pub scalar_type: ScalarType,
}

/// A bound tabular expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Relation {
    pub operator: RelationOperator,
    /// What it yields, in order.
    pub columns: Vec<Column>,
    /// The operator's place in the query.
    pub span: Span,
}

/// What a relation does.
#[derive(Clone, Debug, PartialEq)]
pub enum RelationOperator {
    /// A table of the outside, all its columns, in the order of its schema.
    Table {
        name: String,
    },
    /// Rows written in the query; each has one value for each column, of the column's type.
    Values {
        rows: Vec<Vec<Value>>,
    },
    /// `externaldata`: files, in columns that the query declares.
    ExternalData(Box<ExternalData>),
    /// One row without columns: what `print` starts from.
    OneRow,
    /// `range`: all three are of the column's type (`step` is a timespan where that is a datetime).
    Range {
        from: Value,
        to: Value,
        step: Value,
    },
    /// The rows for which the predicate is true; null is not true.
    Filter {
        input: Box<Relation>,
        predicate: Expr,
    },
    /// Column `i` of the relation is expression `i`, over the columns of the input. `extend`, `project` and all
    /// its forms, renames and reorderings are projections.
    Project {
        input: Box<Relation>,
        expressions: Vec<Expr>,
    },
    /// Keeps the order and the columns of the input and expands arrays and bags.
    MvExpand(MvExpand),
    /// `parse`, `parse-where` and `parse-kv`.
    Extract(Box<Extract>),
    /// Columns: one for each of `by`, then the outputs of the aggregations in order. Without `by`, one row even
    /// for an empty input.
    Aggregate {
        input: Box<Relation>,
        by: Vec<Expr>,
        aggregations: Vec<Aggregation>,
    },
    /// The input with a last column, a `long` that counts the rows from 0 in the order in which they come: all
    /// rows, or those of each value of another `long` column.
    Number {
        input: Box<Relation>,
        output: ColumnId,
        within: Option<ColumnId>,
    },
    /// The distinct rows of the input.
    Distinct {
        input: Box<Relation>,
    },
    Join(Join),
    /// Sorted by the keys in turn; what follows sees that order.
    Sort {
        input: Box<Relation>,
        keys: Vec<SortKey>,
    },
    /// The first `count` rows in the order of the keys.
    Top {
        input: Box<Relation>,
        keys: Vec<SortKey>,
        count: u64,
    },
    /// Any `count` rows; the first ones where the input is ordered.
    Take {
        input: Box<Relation>,
        count: u64,
    },
    /// `serialize`: the rows as they come, in an order on which what follows may rely.
    Serialize {
        input: Box<Relation>,
    },
    /// Columns: those of the input, then one for each of `calls`, which call window functions over the columns of
    /// the input. The input is serialized.
    Window {
        input: Box<Relation>,
        calls: Vec<Expr>,
    },
    /// Sequences of rows that match steps.
    Scan(Box<Scan>),
    /// Rows of bins become arrays.
    MakeSeries(Box<MakeSeries>),
    /// A plugin that sees all rows at once.
    Plugin(PluginCall),
    /// The rows of all inputs. Every input has the columns of the union, by position, in name and type.
    Union {
        inputs: Vec<Relation>,
    },
    /// A shared sub-plan, computed once however often it is read (`materialize`). Column `i` is column `i` of the
    /// shared relation under a fresh id. Equal keys mean the same relation.
    Materialized {
        key: usize,
        shared: Arc<Relation>,
    },
    /// An operator on a graph, which is a relation too.
    Graph(Box<graph::GraphOperator>),
    /// Bound, but the engine cannot run it yet; there is an entry in [`crate::Bound::unsupported`] for it.
    Unsupported {
        inputs: Vec<Relation>,
    },
}

impl RelationOperator {
    /// The relations that it reads, but for the shared one of `Materialized`.
    pub fn inputs(&self) -> Vec<&Relation> {
        match self {
            RelationOperator::Table { .. }
            | RelationOperator::Values { .. }
            | RelationOperator::ExternalData(_)
            | RelationOperator::OneRow
            | RelationOperator::Range { .. }
            | RelationOperator::Materialized { .. } => Vec::new(),
            RelationOperator::Filter { input, .. }
            | RelationOperator::Project { input, .. }
            | RelationOperator::Aggregate { input, .. }
            | RelationOperator::Number { input, .. }
            | RelationOperator::Distinct { input }
            | RelationOperator::Sort { input, .. }
            | RelationOperator::Top { input, .. }
            | RelationOperator::Take { input, .. }
            | RelationOperator::Serialize { input }
            | RelationOperator::Window { input, .. } => vec![input],
            RelationOperator::MvExpand(expand) => vec![&expand.input],
            RelationOperator::Extract(extract) => vec![&extract.input],
            RelationOperator::MakeSeries(series) => vec![&series.input],
            RelationOperator::Plugin(call) => vec![&call.input],
            RelationOperator::Scan(scan) => vec![&scan.input],
            RelationOperator::Graph(graph) => vec![&graph.input],
            RelationOperator::Join(join) => vec![&join.left, &join.right],
            RelationOperator::Union { inputs } | RelationOperator::Unsupported { inputs } => inputs.iter().collect(),
        }
    }

    /// The expressions that it evaluates.
    pub fn expressions(&self) -> Vec<&Expr> {
        match self {
            RelationOperator::Filter { predicate, .. } => vec![predicate],
            RelationOperator::Project { expressions, .. } => expressions.iter().collect(),
            RelationOperator::Window { calls, .. } => calls.iter().collect(),
            RelationOperator::MakeSeries(series) => series.constants().collect(),
            RelationOperator::Plugin(call) => call.constants().collect(),
            RelationOperator::Scan(scan) => scan.expressions().collect(),
            RelationOperator::Aggregate { by, aggregations, .. } => {
                by.iter().chain(aggregations.iter().flat_map(|Aggregation { arguments, .. }| arguments)).collect()
            }
            RelationOperator::Sort { keys, .. } | RelationOperator::Top { keys, .. } => {
                keys.iter().map(|key| &key.value).collect()
            }
            RelationOperator::MvExpand(expand) => expand.expansions.iter().map(|expansion| &expansion.source).collect(),
            RelationOperator::Extract(extract) => vec![&extract.source],
            RelationOperator::Join(join) => join.keys.iter().flat_map(|(left, right)| [left, right]).collect(),
            _ => Vec::new(),
        }
    }
}

/// The files of an `externaldata`, and how they are to be read.
#[derive(Clone, Debug, PartialEq)]
pub struct ExternalData {
    /// Paths and URLs.
    pub uris: Vec<String>,
    /// `csv`, `json`, …; without it the extensions tell.
    pub format: Option<String>,
    /// Whether the first row of each file is no data.
    pub ignore_first_record: bool,
    /// The text of an ingestion mapping: a JSON array that says for each column where in a row its value is.
    pub mapping: Option<String>,
}

/// `scan`. Its columns are those of the input that are passed on, the declared ones and the match id.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    /// Serialized.
    pub input: Box<Relation>,
    /// How many columns of the input are passed on; the rest serves `restart` alone.
    pub passed: usize,
    /// The declared columns and their values where no step assigns them: constants of their types.
    pub declared: Vec<(ColumnId, Expr)>,
    pub steps: Vec<ScanStep>,
    /// The `long` column that numbers the sequences from 0.
    pub match_id: Option<ColumnId>,
    /// Where it is true, the scan starts anew.
    pub restart: Option<Expr>,
}

/// One step of a `scan`.
#[derive(Clone, Debug, PartialEq)]
pub struct ScanStep {
    /// Over the columns of the row, the declared ones and the states of this step and those before it.
    pub condition: Expr,
    /// Which declared columns become what, by position.
    pub assignments: Vec<(usize, Expr)>,
    pub output: ScanOutput,
    /// What stands in expressions for `step.column`: the columns that are passed on, then the declared ones.
    pub state: Vec<ColumnId>,
}

/// Which matches of a step come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanOutput {
    All,
    /// The last one of a series of repeated matches.
    Last,
    None,
}

impl Scan {
    /// The expressions of the steps, the defaults and the restart.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let steps = self
            .steps
            .iter()
            .flat_map(|step| std::iter::once(&step.condition).chain(step.assignments.iter().map(|(_, value)| value)));
        steps.chain(self.declared.iter().map(|(_, default)| default)).chain(&self.restart)
    }
}

/// A call of a plugin with a kernel over all rows.
#[derive(Clone, Debug, PartialEq)]
pub struct PluginCall {
    /// Its columns are those that the kernel reads.
    pub input: Box<Relation>,
    /// The plugin's name.
    pub plugin: &'static str,
    /// Which of its tables, from zero.
    pub table: usize,
    pub arguments: Vec<PluginArgument>,
}

/// An argument of a plugin.
#[derive(Clone, Debug, PartialEq)]
pub struct PluginArgument {
    pub parameter: &'static str,
    pub value: PluginValue,
}

/// What a plugin gets for an argument.
#[derive(Clone, Debug, PartialEq)]
pub enum PluginValue {
    /// The column at this position of the input.
    Column(usize),
    Constant(Expr),
}

impl PluginCall {
    /// The constants among the arguments.
    pub fn constants(&self) -> impl Iterator<Item = &Expr> {
        self.arguments.iter().filter_map(|argument| match &argument.value {
            PluginValue::Constant(value) => Some(value),
            PluginValue::Column(_) => None,
        })
    }
}

/// `make-series` over its bins. Its columns are the keys, an array of each value column, and the array of the axis.
#[derive(Clone, Debug, PartialEq)]
pub struct MakeSeries {
    /// A row for each key and bin: first the keys, then the bin, then the values.
    pub input: Box<Relation>,
    /// How many columns are keys.
    pub keys: usize,
    /// What a value is in a bin without rows: a constant of its type for each value column.
    pub defaults: Vec<Expr>,
    /// Where the axis starts: a constant of the bin's type. Without it, at the first bin of each key.
    pub from: Option<Expr>,
    /// Where the axis ends. Without it, with the last bin of each key.
    pub to: Option<Expr>,
    /// The distance between bins: a timespan for a datetime, else of the bin's type.
    pub step: Expr,
    /// Whether a bin at `to` belongs to the axis, and the first bin is `bin(from, step)`.
    pub inclusive: bool,
    /// Whether an empty input gives a row too, where there are no keys (`kind=nonempty`).
    pub nonempty: bool,
}

impl MakeSeries {
    /// The constants that must be known before the series can be made.
    pub fn constants(&self) -> impl Iterator<Item = &Expr> {
        self.defaults.iter().chain(&self.from).chain(&self.to).chain([&self.step])
    }
}

/// `mv-expand`.
#[derive(Clone, Debug, PartialEq)]
pub struct MvExpand {
    pub input: Box<Relation>,
    /// Expanded in step; the shorter ones are padded with nulls.
    pub expansions: Vec<Expansion>,
    pub kind: MvExpandKind,
    /// The `long` column that counts the elements from 0.
    pub item_index: Option<ColumnId>,
    /// The most rows that one input row becomes.
    pub limit: Option<u64>,
}

/// One expression that `mv-expand` expands.
#[derive(Clone, Debug, PartialEq)]
pub struct Expansion {
    /// A `dynamic`, over the columns of the input.
    pub source: Expr,
    /// The output column that holds the elements: `dynamic`, or converted to its type (`to typeof(long)`).
    pub output: ColumnId,
    pub scalar_type: ScalarType,
}

/// What `mv-expand` makes of property bags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MvExpandKind {
    /// One-member bags.
    Bag,
    /// `[key, value]` arrays.
    Array,
}

/// `parse`, `parse-where` and `parse-kv`: columns out of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Extract {
    pub input: Box<Relation>,
    /// A `string`, over the columns of the input.
    pub source: Expr,
    pub extraction: Box<Extraction>,
    /// One for each column that is extracted, with its type.
    pub outputs: Vec<(ColumnId, ScalarType)>,
    /// Whether rows that do not have the expected form are left out.
    pub only_matches: bool,
}

/// One aggregation of a `summarize`.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregation {
    pub aggregate: AggregateRef,
    /// Converted as the signature asks.
    pub arguments: Vec<Expr>,
    /// One, but for `arg_max`, `percentiles` and their like.
    pub outputs: Vec<ColumnId>,
}

/// `join` and `lookup`.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    pub kind: JoinKind,
    pub left: Box<Relation>,
    pub right: Box<Relation>,
    /// Pairs that must be equal, the first over the left columns, the second over the right, of one type.
    pub keys: Vec<(Expr, Expr)>,
    /// The columns of the result: ids of left or right columns, in order. They keep their ids; the relation's
    /// `columns` give the final names (`Key1`).
    pub outputs: Vec<ColumnId>,
}

/// The join kinds (Kusto page: *join operator*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    /// Inner, after removing rows of the left side whose key was seen before.
    InnerUnique,
    Inner,
    LeftOuter,
    RightOuter,
    FullOuter,
    LeftSemi,
    RightSemi,
    LeftAnti,
    RightAnti,
}

/// A key to sort by.
#[derive(Clone, Debug, PartialEq)]
pub struct SortKey {
    pub value: Expr,
    pub ascending: bool,
    pub nulls_first: bool,
}

/// A bound scalar expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub scalar_type: ScalarType,
    pub span: Span,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    Column(ColumnId),
    /// A constant, of the expression's type.
    Literal(Value),
    /// A function or operator (`+`, `==`, `and`, `has`, …) of kql-functions, on converted arguments.
    Call {
        function: FunctionRef,
        arguments: Vec<Expr>,
    },
    /// `toscalar(table)`: the first column of its first row, computed once.
    ToScalar(Box<Relation>),
    /// `value in (table)`: whether the value is among those of the table's only column, of the same type.
    InTable {
        value: Box<Expr>,
        table: Box<Relation>,
        negated: bool,
        ignore_case: bool,
    },
}

/// What `render` asks for: an annotation of the result, without effect on its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Visualization {
    /// `timechart`, `piechart`, ….
    pub chart: String,
    /// `title`, `xcolumn`, … as written; a list of columns is joined by commas.
    pub properties: Vec<(String, Value)>,
    pub span: Span,
}
