//! The elements of a pattern while the expressions over them are bound.
//!
//! An expression sees `n.property` as a column of its row; which element and which column of the graph it stands
//! for is kept here. So is what must be computed on the rows of the graph before they are matched.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use kql_syntax::Span;
use kql_types::ScalarType;

use super::Graph;
use crate::binder::{Binder, column_reference};
use crate::constants::convert;
use crate::plan::graph::Gather;
use crate::plan::{Column, ColumnId, Expr};
use crate::scope::state_name;

/// Where an expression over a pattern stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GraphPlace<'r> {
    pub pattern: &'r Pattern,
    /// Within `all`, `any` and `map`: what the expression is computed of, one after the other.
    pub along: Option<Along>,
}

/// What `all`, `any` and `map` go along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Along {
    Edges,
    /// The nodes within an edge of variable length.
    Nodes,
}

/// An element of a pattern, or a series of elements, of which a value is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    Node(usize),
    Edge(usize),
    /// Each edge that stands in the place of an edge of variable length, where a condition must hold for all.
    EachEdge(usize),
    Path {
        edge: usize,
        along: Along,
        gather: Gather,
    },
}

/// What a column of the matches stands for.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub element: Element,
    /// Over the rows of the graph.
    pub value: Expr,
}

/// What the name of an element stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Node(usize),
    Edge { edge: usize, variable: bool },
}

/// The elements of one pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub graph: Rc<Graph>,
    /// In the order in which they are met.
    names: Vec<(String, Named)>,
    requests: RefCell<HashMap<ColumnId, (Column, Request)>>,
    degrees: [Column; 2],
    uses_degrees: Cell<bool>,
}

/// Whether a condition or a value is bound: only a value sees what is along an edge of variable length as an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clause {
    Where,
    Project,
}

impl Pattern {
    /// A pattern without elements.
    pub fn new(graph: Rc<Graph>, binder: &mut Binder<'_>) -> Pattern {
        let degrees = ["$degree_in", "$degree_out"].map(|name| binder.column(name, ScalarType::Long));
        Pattern { graph, names: Vec::new(), requests: RefCell::default(), degrees, uses_degrees: Cell::new(false) }
    }

    /// Adds a named element.
    pub fn name(&mut self, name: &str, element: Named) {
        self.names.push((name.to_owned(), element));
    }

    /// What a name stands for.
    pub fn find(&self, name: &str) -> Option<Named> {
        self.names.iter().find(|(other, _)| other == name).map(|(_, element)| *element)
    }

    /// The properties that the element of this name has.
    pub fn properties(&self, name: &str) -> Option<&[Column]> {
        Some(match self.find(name)? {
            Named::Node(_) => &self.graph.nodes,
            Named::Edge { .. } => &self.graph.edges,
        })
    }

    /// The column of a node's degree.
    pub fn degree(&self, incoming: bool) -> &Column {
        self.uses_degrees.set(true);
        let [into, out] = &self.degrees;
        if incoming { into } else { out }
    }

    /// The columns of the degrees, if any was asked for.
    pub fn used_degrees(&self) -> Option<[Column; 2]> {
        self.uses_degrees.get().then(|| self.degrees.clone())
    }

    /// What a column of the matches stands for.
    pub fn request(&self, id: ColumnId) -> Option<(Column, Request)> {
        self.requests.borrow().get(&id).cloned()
    }

    /// A column of the matches that holds this value of this element.
    pub fn ask(&self, element: Element, value: Expr, span: Span, binder: &mut Binder<'_>) -> Expr {
        let (value, scalar_type) = match element {
            Element::Path { gather: Gather::Array, .. } => (convert(value, ScalarType::Dynamic), ScalarType::Dynamic),
            _ => {
                let scalar_type = value.scalar_type;
                (value, scalar_type)
            }
        };
        let column = binder.column("$value", scalar_type);
        let reference = column_reference(&column, span);
        self.requests.borrow_mut().insert(column.id, (column, Request { element, value }));
        reference
    }

    /// The columns that an expression of this clause sees: `n.property` for each element, and `n` itself.
    pub fn row(&self, clause: Clause, span: Span, binder: &mut Binder<'_>) -> Vec<Column> {
        let mut row = Vec::new();
        for (name, element) in &self.names {
            let (properties, of) = match (*element, clause) {
                (Named::Node(node), _) => (&self.graph.nodes, Element::Node(node)),
                (Named::Edge { edge, variable: false }, _) => (&self.graph.edges, Element::Edge(edge)),
                (Named::Edge { edge, .. }, Clause::Where) => (&self.graph.edges, Element::EachEdge(edge)),
                (Named::Edge { edge, .. }, Clause::Project) => {
                    (&self.graph.edges, Element::Path { edge, along: Along::Edges, gather: Gather::Array })
                }
            };
            let column = |property: &Column, binder: &mut Binder<'_>| {
                let value = column_reference(property, span);
                self.column(state_name(name, &property.name), of, value, binder)
            };
            row.extend(properties.iter().map(|property| column(property, binder)));
            let whole = match *element {
                Named::Edge { edge, variable: true } => {
                    Element::Path { edge, along: Along::Edges, gather: Gather::Array }
                }
                _ => of,
            };
            if let Some(value) = binder.bag_of(properties, span) {
                row.push(self.column(name.clone(), whole, value, binder));
            }
        }
        row
    }

    fn column(&self, name: String, element: Element, value: Expr, binder: &mut Binder<'_>) -> Column {
        let array = matches!(element, Element::Path { gather: Gather::Array, .. });
        let scalar_type = if array { ScalarType::Dynamic } else { value.scalar_type };
        let value = if array { convert(value, ScalarType::Dynamic) } else { value };
        let column = binder.column(name, scalar_type);
        self.requests.borrow_mut().insert(column.id, (column.clone(), Request { element, value }));
        column
    }
}
