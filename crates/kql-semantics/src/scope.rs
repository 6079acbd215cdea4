//! Where names are looked up: the columns of the row, then `let` variables and functions from the inside out.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use kql_syntax::tree;

use crate::binder::Table;
use crate::operators::GraphPlace;
use crate::patterns::DeclaredPattern;
use crate::plan::{Aggregation, Column, ColumnId, Expr};

/// What a `let` name, a parameter or an `as` name stands for.
#[derive(Clone, Debug)]
pub(crate) enum Binding<'a> {
    /// A scalar; `None` when it could not be bound.
    Scalar(Option<Expr>),
    /// A table, refreshed at each reference.
    Table(Rc<Table>),
    Function(UserFunction<'a>),
    /// A database of `alias database` or `macro-expand`: the expression that names it.
    Entity(&'a tree::Expr),
    /// `entity_group [ … ]`: the expressions of its databases.
    EntityGroup(&'a [tree::Expr]),
    Pattern(DeclaredPattern<'a>),
}

/// A function of the query with the names that it sees.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UserFunction<'a> {
    pub function: &'a tree::Function,
    pub environment: Environment,
    pub tabular: bool,
    /// Whether it is one of the workspace, whose text is not the query's.
    pub stored: bool,
}

/// A place in the chain of scopes: a scope, and how many of its declarations are visible from there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Environment {
    scope: usize,
    visible: usize,
}

#[derive(Debug, Default)]
struct Scope<'a> {
    parent: Option<Environment>,
    declared: usize,
    names: HashMap<String, Vec<(usize, Binding<'a>)>>,
}

/// All scopes of a query.
#[derive(Debug)]
pub(crate) struct Scopes<'a> {
    scopes: Vec<Scope<'a>>,
    /// Which names of the outermost scope were looked up.
    used: RefCell<HashSet<String>>,
}

impl<'a> Scopes<'a> {
    pub fn new() -> Scopes<'a> {
        Scopes { scopes: vec![Scope::default()], used: RefCell::default() }
    }

    /// A new, empty scope inside another.
    pub fn open(&mut self, parent: Environment) -> Environment {
        self.scopes.push(Scope { parent: Some(parent), ..Scope::default() });
        Environment { scope: self.scopes.len() - 1, visible: 0 }
    }

    /// A new, empty scope outside of all others.
    pub fn open_apart(&mut self) -> Environment {
        self.scopes.push(Scope::default());
        Environment { scope: self.scopes.len() - 1, visible: 0 }
    }

    /// Declares a name; it is visible in the environment that is given back. `false` when the scope has it already.
    pub fn declare(&mut self, environment: &mut Environment, name: &str, binding: Binding<'a>) -> bool {
        let Some(scope) = self.scopes.get_mut(environment.scope) else { return false };
        scope.declared += 1;
        environment.visible = scope.declared;
        let declarations = scope.names.entry(name.to_owned()).or_default();
        declarations.push((scope.declared, binding));
        declarations.len() == 1
    }

    /// What a name stands for.
    pub fn find(&self, environment: Environment, name: &str) -> Option<&Binding<'a>> {
        let mut next = Some(environment);
        while let Some(Environment { scope: number, visible }) = next {
            let scope = self.scopes.get(number)?;
            let declarations = scope.names.get(name).map(Vec::as_slice).unwrap_or_default();
            if let Some((_, binding)) = declarations.iter().rev().find(|(at, _)| *at <= visible) {
                if number == 0 {
                    self.used.borrow_mut().insert(name.to_owned());
                }
                return Some(binding);
            }
            next = scope.parent;
        }
        None
    }

    /// Whether a name of the outermost scope was looked up.
    pub fn is_used(&self, name: &str) -> bool {
        self.used.borrow().contains(name)
    }

    /// All visible names with what they stand for, innermost first.
    pub fn all(&self, environment: Environment) -> Vec<(&str, &Binding<'a>)> {
        let mut found = Vec::new();
        let mut next = Some(environment);
        while let Some(Environment { scope, visible }) = next {
            let Some(scope) = self.scopes.get(scope) else { break };
            for (name, declarations) in &scope.names {
                if let Some((_, binding)) = declarations.iter().rev().find(|(at, _)| *at <= visible) {
                    found.push((name.as_str(), binding));
                }
            }
            next = scope.parent;
        }
        found.sort_by_key(|(name, _)| *name);
        found
    }
}

/// The columns that an expression sees.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'r> {
    pub columns: &'r [Column],
    /// Whether unknown names may be columns that binding does not know of.
    pub open: bool,
}

impl<'r> Row<'r> {
    pub fn of(table: &'r Table) -> Row<'r> {
        Row { columns: table.columns(), open: table.open }
    }

    pub fn find(&self, name: &str) -> Option<&'r Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// The name under which a row holds a column of the state of a `scan` step; no query can write it.
pub(crate) fn state_name(step: &str, column: &str) -> String {
    format!("{step}\u{1f}{column}")
}

/// The aggregations that the expressions of one `summarize` ask for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Collected {
    pub aggregations: Vec<(Aggregation, Vec<Column>)>,
    /// The columns that are grouped by: a `*` leaves them out.
    pub grouped: HashSet<ColumnId>,
}

/// Who collects aggregations while expressions are bound.
pub(crate) type Collector = RefCell<Collected>;

/// Where an expression stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'r> {
    pub environment: Environment,
    pub row: Row<'r>,
    /// Where aggregates are allowed: who collects them. Columns are then allowed inside of aggregates alone.
    pub aggregates: Option<&'r Collector>,
    /// Where elements of a graph are at hand.
    pub graph: Option<GraphPlace<'r>>,
}

impl<'r> Place<'r> {
    /// Over the columns of a table.
    pub fn over(table: &'r Table, environment: Environment) -> Place<'r> {
        Place { environment, row: Row::of(table), aggregates: None, graph: None }
    }

    /// Without columns.
    pub fn constant(environment: Environment) -> Place<'static> {
        Place { environment, row: Row { columns: &[], open: false }, aggregates: None, graph: None }
    }
}
