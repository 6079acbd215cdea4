//! `macro-expand`: a query for each database of a group; the results are united.

use kql_syntax::operators::macro_expand::MacroExpand;
use kql_syntax::{Diagnostic, tree};

use super::At;
use super::join::parameter_text;
use super::union::Input;
use crate::binder::{Binder, Table};
use crate::codes;
use crate::scope::Binding;
use crate::statements::Denotation;

impl<'a> Binder<'a> {
    pub(super) fn macro_expand(&mut self, node: &'a MacroExpand, at: At) -> Table {
        let inner = parameter_text(&node.parameters, "kind").is_some_and(|(kind, _)| kind == "inner");
        let Some(entities) = self.entity_group(&node.group, at) else { return self.no_table(at.span) };
        let name = match (&node.name, &node.group.kind) {
            (Some(name), _) => name.text.as_str(),
            // Without a name of its own, a database goes by that of the group.
            (None, tree::ExprKind::Name(group)) => group.text.as_str(),
            (None, _) => "",
        };
        let mut inputs = Vec::with_capacity(entities.len());
        for (position, entity) in entities.iter().enumerate() {
            let mut environment = self.scopes.open(at.environment);
            self.scopes.declare(&mut environment, name, Binding::Entity(entity));
            let mut result = None;
            for statement in &node.body {
                result = self.statement(statement, &mut environment).or(result);
            }
            if let Some(Denotation::Table(table)) = result {
                inputs.push(Input { table, source: format!("union_arg{position}") });
            }
        }
        self.unite(inputs, inner, None, at.span)
    }

    fn entity_group(&mut self, group: &'a tree::Expr, at: At) -> Option<&'a [tree::Expr]> {
        let (name, found) = match &group.kind {
            tree::ExprKind::Call { function, arguments } if function.text == "entity_group" => return Some(arguments),
            tree::ExprKind::Name(name) => (&name.text, self.scopes.find(at.environment, &name.text)),
            _ => return None,
        };
        if let Some(Binding::EntityGroup(entities)) = found {
            return Some(entities);
        }
        let message = format!("unknown entity group `{name}`");
        let help = format!("declare it: `let {name} = entity_group [database(\"d\"), …];`");
        self.report(Diagnostic::error(codes::UNKNOWN_NAME, message, group.span).with_help(help));
        None
    }
}
