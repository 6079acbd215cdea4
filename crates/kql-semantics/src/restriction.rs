//! `restrict access to (…)`: from there on a query sees these tables and views alone (Kusto page: *Restrict statement*).
//!
//! What follows is bound in a scope apart, which holds the allowed names and a mark. What was declared before keeps its
//! own scope, so that a view may read what the rest of the query may not.

use kql_syntax::tree;
use kql_types::Schema;

use crate::binder::Binder;
use crate::codes;
use crate::naming::matches_wildcard;
use crate::plan::RelationOperator;
use crate::scope::{Binding, Environment};

/// The mark of a restricted scope; no query can write it.
const MARK: &str = "\u{1f}restricted";

impl<'a> Binder<'a> {
    /// The columns of a table of the outside, where the query may read it.
    pub(crate) fn outside_schema(&self, name: &str, environment: Environment) -> Option<Schema> {
        let (name, schema) = (name, self.context.tables.schema(name)?);
        self.may_read(name, environment).then_some(schema)
    }

    /// The names of the tables of the outside that the query may read.
    pub(crate) fn outside_names(&self, environment: Environment) -> Vec<String> {
        let mut names = self.context.tables.names();
        names.retain(|name| self.may_read(name, environment));
        names
    }

    pub(crate) fn may_read(&self, name: &str, environment: Environment) -> bool {
        match self.scopes.find(environment, MARK) {
            None => true,
            // An allowed table is declared under its name.
            Some(_) => matches!(
                self.scopes.find(environment, name),
                Some(Binding::Table(table)) if matches!(table.relation.operator, RelationOperator::Table { .. })
            ),
        }
    }

    /// Makes the environment one that sees the entities alone, and the scalar variables and functions.
    pub(crate) fn restrict(&mut self, entities: &'a [tree::Expr], environment: &mut Environment) {
        let before = *environment;
        let mut inner = self.scopes.open_apart();
        let known: Vec<(String, Binding<'a>)> =
            self.scopes.all(before).into_iter().map(|(name, binding)| (name.to_owned(), binding.clone())).collect();
        for (name, binding) in &known {
            let allowed = match binding {
                Binding::Scalar(_) | Binding::Entity(_) | Binding::EntityGroup(_) => true,
                Binding::Function(user) if !user.tabular => true,
                Binding::Function(_) | Binding::Table(_) | Binding::Pattern(_) => {
                    entities.iter().any(|entity| names_entity(entity, name))
                }
            };
            if allowed {
                self.scopes.declare(&mut inner, name, binding.clone());
            }
        }
        for entity in entities {
            self.allow_tables(entity, &known, before, &mut inner);
        }
        self.scopes.declare(&mut inner, MARK, Binding::Scalar(None));
        *environment = inner;
    }

    /// Declares the tables of the outside that an entity names.
    fn allow_tables(
        &mut self,
        entity: &'a tree::Expr,
        known: &[(String, Binding<'a>)],
        before: Environment,
        inner: &mut Environment,
    ) {
        let (pattern, qualified) = match &entity.kind {
            tree::ExprKind::Parenthesized(inside) => return self.allow_tables(inside, known, before, inner),
            // `*` alone is everything that the query itself declares.
            tree::ExprKind::Star => return,
            tree::ExprKind::Name(name) | tree::ExprKind::WildcardName(name) => (name.text.as_str(), false),
            tree::ExprKind::Call { function, .. } => (function.text.as_str(), false),
            tree::ExprKind::Member { member, .. } => match &member.kind {
                tree::ExprKind::Name(name) | tree::ExprKind::WildcardName(name) => (name.text.as_str(), true),
                tree::ExprKind::Star => ("*", true),
                _ => return,
            },
            _ => {
                self.error(codes::NOT_ALLOWED_HERE, "the name of a table or view must stand here", entity.span);
                return;
            }
        };
        let is_wildcard = pattern.contains('*');
        let mut found = known.iter().any(|(name, _)| names_entity(entity, name));
        if qualified || (!found && !is_wildcard) {
            for name in self.outside_names(before) {
                if !matches_wildcard(pattern, &name) {
                    continue;
                }
                if let Some(schema) = self.outside_schema(&name, before) {
                    let table = std::rc::Rc::new(self.outside_table(&name, &schema, entity.span));
                    self.scopes.declare(inner, &name, Binding::Table(table));
                    found = true;
                }
            }
        }
        if !found && !is_wildcard {
            self.unknown_table(pattern, entity.span, before);
        }
    }
}

/// Whether an entity of the list is a name that the query declares.
fn names_entity(entity: &tree::Expr, name: &str) -> bool {
    match &entity.kind {
        tree::ExprKind::Parenthesized(inner) => names_entity(inner, name),
        tree::ExprKind::Star => true,
        tree::ExprKind::Name(wanted) => wanted.text == name,
        tree::ExprKind::WildcardName(wanted) => matches_wildcard(&wanted.text, name),
        tree::ExprKind::Call { function, .. } => function.text == name,
        _ => false,
    }
}
