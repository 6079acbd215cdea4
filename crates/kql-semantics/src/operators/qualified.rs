//! `database("d").T`: tables of databases, as local files stand for them.
//!
//! A table may be given under its qualified name (`d.T`, or `c.d.T`). Otherwise the tables at hand stand for those of
//! the one database that a query names; of a second one nothing is known.

use kql_syntax::{Diagnostic, Span, tree};

use crate::binder::{Binder, Purpose, Table};
use crate::codes;
use crate::plan::RelationOperator;
use crate::scope::{Binding, Environment};

/// How many names an entity may stand for another one.
const MAX_ALIASES: usize = 20;

/// The name under which `alias database` declares one; no query can write it.
pub(crate) fn database_alias(name: &str) -> String {
    format!("{name}\u{1f}database")
}

/// Whether the member of an entity is a text about it: `X.$current_database`.
pub(crate) fn is_entity_property(member: &tree::Expr) -> bool {
    matches!(&member.kind, tree::ExprKind::Name(name) if name.text.starts_with('$'))
}

/// A database by the names that the query gives to it and its cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Entity {
    cluster: Option<String>,
    database: Option<String>,
}

impl Entity {
    /// `c.d`, or `d`.
    fn path(&self) -> String {
        let parts: Vec<&str> = self.cluster.iter().chain(&self.database).map(String::as_str).collect();
        parts.join(".")
    }
}

impl<'a> Binder<'a> {
    /// A table of a database.
    pub(super) fn qualified_table(
        &mut self,
        base: &'a tree::Expr,
        member: &'a tree::Expr,
        span: Span,
        environment: Environment,
    ) -> Table {
        let named = match &member.kind {
            tree::ExprKind::Name(name) => Some(name.text.as_str()),
            _ => None,
        };
        let (Some(entity), Some(name), Purpose::Run) = (self.entity(base, environment), named, self.purpose) else {
            return self.table_elsewhere(named, span);
        };
        let path = entity.path();
        let database = entity.database.clone().unwrap_or_default();
        for qualified in [format!("{path}.{name}"), format!("{database}.{name}")] {
            if let Some(schema) = self.outside_schema(&qualified, environment) {
                return self.outside_table(&qualified, &schema, span);
            }
        }
        if database.is_empty() || self.database.get_or_insert_with(|| path.clone()) == &path {
            return match self.outside_schema(name, environment) {
                Some(schema) => self.outside_table(name, &schema, span),
                None => {
                    self.unknown_table(name, member.span, environment);
                    self.no_table(span)
                }
            };
        }
        let message = format!("the table `{name}` of the database `{path}` is not at hand");
        let help = format!("the tables at hand stand for one database; give this one with `-t {path}.{name}=FILE`");
        self.report(Diagnostic::error(codes::UNKNOWN_TABLE, message, span).with_help(help));
        self.no_table(span)
    }

    /// A table that cannot be run, with the columns of one of that name where there is one.
    fn table_elsewhere(&mut self, name: Option<&str>, span: Span) -> Table {
        self.only_in_the_cloud("a table of another database or cluster", span);
        let schema = name.and_then(|name| self.context.tables.schema(name));
        let columns = schema.as_ref().map(|schema| self.columns_of(schema)).unwrap_or_default();
        let mut table = Table::leaf(RelationOperator::Unsupported { inputs: Vec::new() }, columns, span);
        table.open = schema.is_none();
        table
    }

    /// The database that an expression names: `database("d")`, `cluster("c").database("d")`, or an alias.
    fn entity(&self, expression: &'a tree::Expr, environment: Environment) -> Option<Entity> {
        let mut entity = Entity::default();
        let mut expression = expression;
        for _ in 0..MAX_ALIASES {
            expression = match &expression.kind {
                tree::ExprKind::Parenthesized(inner) => inner,
                tree::ExprKind::Name(name) => match self.scopes.find(environment, &name.text)? {
                    Binding::Entity(entity) => entity,
                    _ => return None,
                },
                tree::ExprKind::Member { base, member } => {
                    entity.name(member)?;
                    base
                }
                tree::ExprKind::Call { function, arguments } => {
                    let argument = arguments.first().and_then(text);
                    let alias = argument.filter(|_| function.text == "database").and_then(|name| {
                        match self.scopes.find(environment, &database_alias(name))? {
                            Binding::Entity(entity) => Some(*entity),
                            _ => None,
                        }
                    });
                    match alias {
                        Some(alias) => alias,
                        None => {
                            entity.name(expression)?;
                            return Some(entity);
                        }
                    }
                }
                _ => return None,
            };
        }
        None
    }

    /// `X.$current_database` and `X.$current_cluster_endpoint` of an entity.
    pub(crate) fn entity_property(&self, expression: &'a tree::Expr, environment: Environment) -> Option<String> {
        let tree::ExprKind::Member { base, member } = &expression.kind else { return None };
        let tree::ExprKind::Name(property) = &member.kind else { return None };
        let tree::ExprKind::Name(name) = &base.kind else { return None };
        if !matches!(self.scopes.find(environment, &name.text), Some(Binding::Entity(_))) {
            return None;
        }
        let entity = self.entity(base, environment).unwrap_or_default();
        match property.text.as_str() {
            "$current_database" => Some(entity.database.unwrap_or_default()),
            "$current_cluster_endpoint" => Some(entity.cluster.unwrap_or_default()),
            _ => None,
        }
    }
}

impl Entity {
    /// Takes the name out of `database("d")` or `cluster("c")`.
    fn name(&mut self, call: &tree::Expr) -> Option<()> {
        let tree::ExprKind::Call { function, arguments } = &call.kind else { return None };
        let name = match arguments.as_slice() {
            // The database at hand.
            [] => String::new(),
            [argument] => text(argument).filter(|name| !name.contains('*'))?.to_owned(),
            _ => return None,
        };
        let place = match function.text.as_str() {
            "cluster" => &mut self.cluster,
            "database" | "workspace" | "app" | "resource" => &mut self.database,
            _ => return None,
        };
        *place = Some(name).filter(|name| !name.is_empty());
        Some(())
    }
}

fn text(expression: &tree::Expr) -> Option<&str> {
    match &expression.kind {
        tree::ExprKind::Literal(tree::Literal::String { value, .. }) => Some(value),
        tree::ExprKind::Parenthesized(inner) => text(inner),
        _ => None,
    }
}
