//! Tabular expressions: sources, and the operators that follow each other in a pipe, one file each.

mod as_operator;
mod assert_schema;
mod by_group;
mod columns;
mod consume;
mod count;
mod datatable;
mod distinct;
mod evaluate;
mod extend;
mod external_data;
mod facet;
mod file_profile;
mod find;
mod fork;
mod getschema;
mod graph;
mod invoke;
mod join;
mod lookup;
mod macro_expand;
mod make_series;
mod materialize;
mod mv_apply;
mod mv_expand;
mod parse;
mod parse_kv;
mod partition;
mod print;
mod project;
mod project_away;
mod project_by_names;
mod project_keep;
mod project_rename;
mod project_reorder;
pub(crate) mod qualified;
mod range;
mod reduce;
mod render;
mod sample;
mod scan;
mod search;
mod serialize;
mod sort;
mod source;
mod stored_arguments;
mod stored_function;
mod summarize;
mod take;
mod top;
mod top_hitters;
mod top_nested;
mod union;
mod watchlist;
mod where_operator;
mod window;

pub(crate) use graph::{Along, Element, Graph, GraphPlace, Named};
pub(crate) use window::is_window;

use kql_syntax::{Operator, OperatorKind, Span, tree};
use kql_types::ScalarType;

use crate::binder::{Binder, Table};
use crate::plan::RelationOperator;
use crate::scope::Environment;

/// Where an operator stands.
#[derive(Clone, Copy)]
pub(crate) struct At {
    pub environment: Environment,
    pub span: Span,
    pub keyword: Span,
}

impl<'a> Binder<'a> {
    /// A tabular expression. What cannot be bound gives an open table, so that the rest is still checked.
    pub(crate) fn table(&mut self, expression: &'a tree::Expr, environment: Environment) -> Table {
        let table = self.table_or_graph(expression, environment);
        self.no_graph(table, expression.span)
    }

    /// A tabular expression, or one that stands for a graph.
    pub(crate) fn table_or_graph(&mut self, expression: &'a tree::Expr, environment: Environment) -> Table {
        let span = expression.span;
        match self.nested(span, |binder| Some(binder.table_here(expression, environment))) {
            Some(table) => self.bounded(table),
            None => self.no_table(span),
        }
    }

    fn table_here(&mut self, expression: &'a tree::Expr, environment: Environment) -> Table {
        match &expression.kind {
            tree::ExprKind::Parenthesized(inner) => self.table_or_graph(inner, environment),
            tree::ExprKind::Pipe { source, operators } => {
                let input = source.as_ref().map(|source| self.table_or_graph(source, environment));
                self.pipe(input, operators, environment, expression.span)
            }
            _ => self.source(expression, environment),
        }
    }

    /// The operators of a pipe in turn. `as` names are visible to those that follow.
    pub(crate) fn pipe(
        &mut self,
        input: Option<Table>,
        operators: &'a [Operator],
        mut environment: Environment,
        span: Span,
    ) -> Table {
        self.pipe_in(input, operators, &mut environment, span)
    }

    /// The operators of a pipe in turn, with what they declare for those that follow.
    pub(super) fn pipe_in(
        &mut self,
        input: Option<Table>,
        operators: &'a [Operator],
        environment: &mut Environment,
        span: Span,
    ) -> Table {
        let mut table = input;
        for operator in operators {
            if !self.spend(1, operator.span) {
                return self.no_table(span);
            }
            let at = At { environment: *environment, span: operator.span, keyword: operator.keyword };
            let next = self.apply_open(operator, table, at, environment);
            table = Some(self.bounded(next));
        }
        table.unwrap_or_else(|| self.no_table(span))
    }

    /// Applies an operator. What it takes from an open table becomes a column of that table.
    fn apply_open(
        &mut self,
        operator: &'a Operator,
        input: Option<Table>,
        at: At,
        environment: &mut Environment,
    ) -> Table {
        let Some(open) = input.as_ref().filter(|input| input.open).cloned() else {
            return self.apply(operator, input, at, environment);
        };
        let before = *environment;
        let (table, names) = self.discovering(|binder| binder.apply(operator, input, at, environment));
        if names.is_empty() {
            return table;
        }
        *environment = before;
        let mut columns = open.columns().to_vec();
        for name in names {
            let column = self.column(name, ScalarType::Dynamic);
            self.poison(column.id);
            columns.push(column);
        }
        let extended = open.then(at.span, columns, |input| RelationOperator::Unsupported { inputs: vec![*input] });
        self.apply(operator, Some(extended), at, environment)
    }

    fn apply(&mut self, operator: &'a Operator, input: Option<Table>, at: At, environment: &mut Environment) -> Table {
        let input = match input {
            Some(input) if !graph::takes_graph(&operator.kind) => Some(self.no_graph_to_run(input, at.keyword)),
            input => input,
        };
        // Operators that may begin a pipe.
        let input = match (&operator.kind, input) {
            (OperatorKind::Print(node), _) => return self.print(node, at),
            (OperatorKind::Range(node), _) => return self.range(node, at),
            (OperatorKind::Union(node), input) => return self.union(node, input, at),
            (OperatorKind::Search(node), input) => return self.search(node, input, at),
            (OperatorKind::Find(node), input) => return self.find(node, input, at),
            (OperatorKind::MacroExpand(node), _) => return self.macro_expand(node, at),
            (OperatorKind::Error, input) => {
                let mut table = input.unwrap_or_else(|| self.no_table(at.span));
                table.open = true;
                return table;
            }
            (_, Some(input)) => input,
            (_, None) => {
                // A pipe within `mv-apply` and its like gets its input; anywhere else the parser complained.
                self.no_table(at.span)
            }
        };
        match &operator.kind {
            OperatorKind::As(node) => self.as_operator(node, input, at, environment),
            OperatorKind::AssertSchema(node) => self.assert_schema(node, input, at),
            OperatorKind::Consume(_) => self.consume(input, at),
            OperatorKind::Count(node) => self.count(node, input, at),
            OperatorKind::Distinct(node) => self.distinct(node, input, at),
            OperatorKind::Evaluate(node) => self.evaluate(node, input, at),
            OperatorKind::ExecuteAndCache(_) => self.refused("execute-and-cache", vec![input], at),
            OperatorKind::Extend(node) => self.extend(&node.columns, input, at),
            OperatorKind::Facet(_) => self.branches_within("facet", at),
            OperatorKind::Fork(_) => self.branches_within("fork", at),
            OperatorKind::GetSchema(_) => self.getschema(input, at),
            OperatorKind::Graph(node) => self.graph(node, input, at),
            OperatorKind::Invoke(node) => self.invoke(node, input, at),
            OperatorKind::Join(node) => self.join(node, input, at),
            OperatorKind::Lookup(node) => self.lookup(node, input, at),
            OperatorKind::MakeSeries(node) => self.make_series(node, input, at),
            OperatorKind::MvApply(node) => self.mv_apply(node, input, at),
            OperatorKind::MvExpand(node) => self.mv_expand(node, input, at),
            OperatorKind::Parse(node) => self.parse(node, input, at),
            OperatorKind::ParseKv(node) => self.parse_kv(node, input, at),
            OperatorKind::Partition(node) => self.partition(node, input, at),
            OperatorKind::Project(node) => self.project(node, input, at),
            OperatorKind::ProjectAway(node) => self.project_away(node, input, at),
            OperatorKind::ProjectByNames(node) => self.project_by_names(node, input, at),
            OperatorKind::ProjectKeep(node) => self.project_keep(node, input, at),
            OperatorKind::ProjectRename(node) => self.project_rename(node, input, at),
            OperatorKind::ProjectReorder(node) => self.project_reorder(node, input, at),
            OperatorKind::Reduce(node) => self.reduce(node, input, at),
            OperatorKind::Render(node) => self.render(node, input, at),
            OperatorKind::Sample(node) => self.sample(node, input, at),
            OperatorKind::SampleDistinct(node) => self.sample_distinct(node, input, at),
            OperatorKind::Scan(node) => self.scan(node, input, at),
            OperatorKind::Serialize(node) => self.serialize(node, input, at),
            OperatorKind::Sort(node) => self.sort(node, input, at),
            OperatorKind::Summarize(node) => self.summarize(node, input, at),
            OperatorKind::Take(node) => self.take(node, input, at),
            OperatorKind::Top(node) => self.top(node, input, at),
            OperatorKind::TopHitters(node) => self.top_hitters(node, input, at),
            OperatorKind::TopNested(node) => self.top_nested(node, input, at),
            OperatorKind::Where(node) => self.where_operator(node, input, at),
            OperatorKind::Print(_)
            | OperatorKind::Range(_)
            | OperatorKind::Union(_)
            | OperatorKind::Search(_)
            | OperatorKind::Find(_)
            | OperatorKind::MacroExpand(_)
            | OperatorKind::Error => input,
        }
    }

    /// A construct whose result is not known: an open table without columns.
    fn refused(&mut self, construct: &str, inputs: Vec<Table>, at: At) -> Table {
        let mut table = self.unsupported_table(construct, inputs, Vec::new(), at);
        table.open = true;
        table
    }

    /// A construct that binds to these columns but cannot be run.
    pub(crate) fn unsupported_table(
        &mut self,
        construct: &str,
        inputs: Vec<Table>,
        columns: Vec<crate::plan::Column>,
        at: At,
    ) -> Table {
        self.unsupported(format!("`{construct}`"), at.keyword);
        let depth = 1 + inputs.iter().map(|input| input.depth).max().unwrap_or(0);
        let open = inputs.iter().any(|input| input.open);
        let inputs = inputs.into_iter().map(|input| input.relation).collect();
        let mut table = Table::leaf(RelationOperator::Unsupported { inputs }, columns, at.span);
        table.depth = depth;
        table.open = open;
        table
    }
}
