//! Window functions: calls that look at other rows are taken out of the expressions around them and computed below,
//! all at once, over the rows in their order.

use kql_functions::function::Kernel;
use kql_syntax::{Diagnostic, Span};
use kql_types::Value;

use crate::binder::{Binder, Table, column_reference, literal};
use crate::codes;
use crate::plan::{Column, Expr, ExprKind, Relation, RelationOperator};

/// The calls that can be computed together, with the columns that they give.
type Level = Vec<(Column, Expr)>;

impl Binder<'_> {
    /// The table with columns for the window calls of these expressions, which then read those columns. A call
    /// within the arguments of another one is computed below it.
    pub(super) fn with_windows(&mut self, table: Table, expressions: &mut [Expr], span: Span) -> Table {
        let mut levels: Vec<Level> = Vec::new();
        for expression in expressions {
            self.take_windows(expression, &mut levels);
        }
        if let Some((_, call)) = levels.first().and_then(|level| level.first())
            && !table.open
            && !is_serialized(&table.relation)
        {
            let message = format!("{}() needs rows in an order: the table is not serialized", function_name(call));
            let help = "put `sort by …` or `serialize` before it";
            self.report(Diagnostic::error(codes::NOT_SERIALIZED, message, call.span).with_help(help));
        }
        levels.into_iter().fold(table, |table, level| {
            let (added, calls): (Vec<Column>, Vec<Expr>) = level.into_iter().unzip();
            let columns = table.columns().iter().cloned().chain(added).collect();
            table.then(span, columns, |input| RelationOperator::Window { input, calls })
        })
    }

    /// The first rows of each run of equal keys, at most `count` of each run.
    pub(super) fn first_of_runs(&mut self, table: Table, keys: Vec<Expr>, count: u64, span: Span) -> Table {
        let columns = table.columns().to_vec();
        let count = literal(Value::Long(i64::try_from(count).unwrap_or(i64::MAX)), span);
        let number = self.operator(kql_functions::ROW_IN_RUN, span, keys, span);
        let Some(mut predicate) = number.and_then(|number| self.operator("<=", span, vec![number, count], span)) else {
            return table;
        };
        let table = self.with_windows(table, std::slice::from_mut(&mut predicate), span);
        let filtered = table.keeping(span, |input| RelationOperator::Filter { input, predicate });
        self.selection(filtered, columns, span)
    }

    /// Moves the window calls of an expression into the levels; says how many levels are below the expression.
    fn take_windows(&mut self, expression: &mut Expr, levels: &mut Vec<Level>) -> usize {
        let below = match &mut expression.kind {
            ExprKind::Call { arguments, .. } => {
                arguments.iter_mut().map(|argument| self.take_windows(argument, levels)).max().unwrap_or(0)
            }
            ExprKind::InTable { value, .. } => self.take_windows(value, levels),
            ExprKind::Column(_) | ExprKind::Literal(_) | ExprKind::ToScalar(_) => 0,
        };
        if !is_window(&expression.kind) {
            return below;
        }
        let column = self.column(format!("${}", function_name(expression)), expression.scalar_type);
        let reference = column_reference(&column, expression.span);
        let call = std::mem::replace(expression, reference);
        if levels.len() <= below {
            levels.push(Level::new());
        }
        if let Some(level) = levels.get_mut(below) {
            level.push((column, call));
        }
        below + 1
    }
}

/// Whether an expression is a call of a window function.
pub(crate) fn is_window(kind: &ExprKind) -> bool {
    matches!(kind, ExprKind::Call { function, .. } if matches!(function.overload.kernel, Kernel::Window(_)))
}

fn function_name(call: &Expr) -> &'static str {
    match &call.kind {
        ExprKind::Call { function, .. } => function.function.name,
        _ => "",
    }
}

/// Whether the rows of a relation have an order that Kusto lets window functions rely on.
pub(super) fn is_serialized(relation: &Relation) -> bool {
    let mut relation = relation;
    loop {
        relation = match &relation.operator {
            RelationOperator::Sort { .. }
            | RelationOperator::Top { .. }
            | RelationOperator::Serialize { .. }
            | RelationOperator::Window { .. }
            | RelationOperator::Scan(_)
            | RelationOperator::Range { .. } => return true,
            // The stand-in for a function's parameter: what is given for it counts.
            RelationOperator::Values { rows } => return rows.is_empty(),
            RelationOperator::Filter { input, .. }
            | RelationOperator::Project { input, .. }
            | RelationOperator::Take { input, .. } => input,
            RelationOperator::MvExpand(expand) => &expand.input,
            RelationOperator::Extract(extract) => &extract.input,
            RelationOperator::Materialized { shared, .. } => shared,
            _ => return false,
        }
    }
}
