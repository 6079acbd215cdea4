//! `fork`: several results out of one table; and where operators that give several results may stand.

use kql_syntax::operators::fork::Fork;
use kql_syntax::{Diagnostic, Operator, OperatorKind, tree};

use super::At;
use super::evaluate::gives_several_tables;
use crate::binder::{Binder, Table};
use crate::codes;
use crate::scope::Environment;
use crate::statements::final_name;

/// A result with its name.
pub(crate) type Branch = (Option<String>, Table);

impl<'a> Binder<'a> {
    /// The results of a pipe that ends with an operator that gives several, which `render` may follow; `None` for any
    /// other expression.
    pub(crate) fn branches(&mut self, expression: &'a tree::Expr, environment: Environment) -> Option<Vec<Branch>> {
        let tree::ExprKind::Pipe { source, operators } = &expression.kind else { return None };
        let (render, operators) = match operators.split_last()? {
            (Operator { kind: OperatorKind::Render(render), span, .. }, before) => (Some((render, *span)), before),
            _ => (None, operators.as_slice()),
        };
        let (last, before) = operators.split_last()?;
        match &last.kind {
            OperatorKind::Fork(_) | OperatorKind::Facet(_) => {}
            OperatorKind::Evaluate(node) if gives_several_tables(node) => {}
            _ => return None,
        }
        let mut environment = environment;
        let input = source.as_ref().map(|source| self.table(source, environment));
        let input = self.pipe_in(input, before, &mut environment, expression.span);
        let at = At { environment, span: last.span, keyword: last.keyword };
        // Every branch reads the input, which is computed once.
        let input = self.materialized(input, at.span);
        if let Some((render, span)) = render {
            self.note_visualization(render, span);
        }
        Some(match &last.kind {
            OperatorKind::Fork(node) => self.fork(node, &input, at),
            OperatorKind::Facet(node) => self.facet(node, &input, at),
            OperatorKind::Evaluate(node) => self.evaluate_several(node, &input, at),
            _ => Vec::new(),
        })
    }

    fn fork(&mut self, node: &'a Fork, input: &Table, at: At) -> Vec<Branch> {
        let mut branches = Vec::with_capacity(node.branches.len());
        for branch in &node.branches {
            let input = self.refreshed(input);
            let name = branch.name.as_ref().map(|name| name.text.clone()).or_else(|| final_name(&branch.body));
            branches.push((name, self.sub_pipe(&branch.body, input, at)));
        }
        branches
    }

    /// Such an operator within a query: its results cannot be read further.
    pub(super) fn branches_within(&mut self, operator: &str, at: At) -> Table {
        let message = format!("`{operator}` gives several tables, which nothing can follow or contain");
        let help = format!("end the query with `{operator}`");
        self.refuse_to_run(Diagnostic::error(codes::NOT_ALLOWED_HERE, message, at.keyword).with_help(help));
        self.no_table(at.span)
    }
}
