//! What a query would like to see in the columns that it reads: the literals that it compares them with.

use std::collections::HashMap;

use kql_functions::PATH;
use kql_functions::extraction::Extraction;
use kql_semantics::plan::Join;
use kql_semantics::{Expr, ExprKind, RelationOperator};
use kql_types::dynamic::{Dynamic, Kind};
use kql_types::{ScalarType, Value};

use crate::lineage::{Lineage, Part, Place};

/// One thing that a query looks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wish {
    Equals(Value),
    /// Compared by order: the value and its neighbours.
    Near(Value),
    /// Somewhere within a text.
    Holds(String),
    Starts(String),
    Ends(String),
    /// A regular expression.
    Matches(String),
}

/// What is looked for at each place.
#[derive(Default)]
pub(crate) struct Wishes {
    places: HashMap<Place, Leaf>,
}

/// What is looked for at one place and those that must be equal to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leaf {
    /// The name by which values that fit no wish are made: equal for places that are joined.
    pub pool: String,
    pub wishes: Vec<Wish>,
    /// What the query wants away.
    pub unwanted: Vec<Wish>,
    /// Which part of the text at the place all this is about.
    pub part: Option<Part>,
}

impl Wishes {
    pub(crate) fn of(lineage: &Lineage<'_>) -> Wishes {
        let mut wishes = Wishes::default();
        let mut equals: Vec<(Place, Place)> = Vec::new();
        for relation in lineage.relations() {
            match &relation.operator {
                RelationOperator::Join(Join { keys, .. }) => {
                    for (left, right) in keys {
                        wishes.unify(lineage, left, right, &mut equals);
                    }
                }
                RelationOperator::Extract(extract) => {
                    if let Extraction::Pattern(pattern) = &*extract.extraction {
                        let wish = Wish::Matches(pattern.expression().to_owned());
                        wishes.add(lineage, &extract.source, &[wish], false);
                    }
                }
                _ => {}
            }
            let mut expressions = relation.operator.expressions();
            while let Some(expression) = expressions.pop() {
                match &expression.kind {
                    ExprKind::Call { function, arguments } => {
                        wishes.call(lineage, function.function.name, expression, arguments);
                        expressions.extend(arguments);
                    }
                    ExprKind::InTable { value, table, .. } => {
                        expressions.push(value);
                        if let Some(column) = table.columns.first() {
                            equals.extend(pairs(&lineage.places(value), &lineage.places_of_column(column.id)));
                        }
                    }
                    _ => {}
                }
            }
        }
        wishes.join(&equals);
        wishes
    }

    /// What is looked for at a place.
    pub(crate) fn leaf(&self, place: &Place) -> Option<&Leaf> {
        self.places.get(place)
    }

    /// What is looked for in a column itself, or in a part of its text.
    pub(crate) fn leaf_of(&self, table: &str, column: &str) -> Option<&Leaf> {
        let (mut leaves, mut parts) = (None, None);
        for (place, leaf) in &self.places {
            if place.table == table && place.column == column && place.path.is_empty() {
                *(if place.part.is_some() { &mut parts } else { &mut leaves }) = Some(leaf);
            }
        }
        // A part's wishes are more than a guess.
        parts.or(leaves)
    }

    /// What is looked for inside of a column's value.
    pub(crate) fn members<'w>(&'w self, table: &str, column: &str) -> Vec<(&'w Place, &'w Leaf)> {
        let mut members: Vec<_> = self
            .places
            .iter()
            .filter(|(place, _)| place.table == table && place.column == column && !place.path.is_empty())
            .collect();
        // Of leaves at one place the one about a part comes first, and is taken.
        members.sort_by_key(|(place, _)| (format!("{:?}", place.path), place.part.is_none()));
        members
    }

    fn call<'p>(&mut self, lineage: &Lineage<'p>, name: &str, call: &'p Expr, arguments: &'p [Expr]) {
        let (negated, positive) = match name.strip_prefix('!') {
            Some(rest) => (true, if rest == "=" || rest == "~" { "==" } else { rest }),
            None => (false, name),
        };
        let [first, rest @ ..] = arguments else { return };
        if positive == PATH {
            self.add(lineage, call, &[], false);
            return;
        }
        let wish: fn(Value) -> Option<Wish> = match positive.trim_end_matches("_cs") {
            "==" | "=~" | "in" | "in~" | "set_has_element" | "ipv4_is_match" | "ipv6_is_match" => {
                |value| Some(Wish::Equals(value))
            }
            "<" | "<=" | ">" | ">=" | "between" => |value| Some(Wish::Near(value)),
            "has"
            | "contains"
            | "has_any"
            | "has_all"
            | "hasprefix"
            | "hassuffix"
            | "has_ipv4"
            | "has_any_ipv4"
            | "has_ipv4_prefix"
            | "has_any_ipv4_prefix"
            | "has_any_index"
            | ":"
            | "indexof"
            | "countof" => |value| Some(Wish::Holds(text(&value)?.trim_matches('*').to_owned())),
            "startswith" => |value| Some(Wish::Starts(text(&value)?)),
            "endswith" => |value| Some(Wish::Ends(text(&value)?)),
            "matches regex" => |value| Some(Wish::Matches(text(&value)?)),
            "ipv4_is_in_range" | "ipv4_is_in_any_range" | "ipv6_is_in_range" | "ipv6_is_in_any_range" => {
                |value| Some(Wish::Equals(Value::String(text(&value)?.split('/').next()?.to_owned())))
            }
            "extract" | "extract_all" => {
                if let (ExprKind::Literal(Value::String(expression)), Some(source)) = (&first.kind, arguments.last()) {
                    self.add(lineage, source, &[Wish::Matches(expression.clone())], false);
                }
                return;
            }
            _ => return,
        };
        let wished = |literals: &[&'p Expr]| -> Vec<Wish> {
            literals.iter().flat_map(|literal| constants(literal)).filter_map(wish).collect()
        };
        let rest: Vec<&Expr> = rest.iter().collect();
        let right = wished(&rest);
        self.add(lineage, first, &right, negated);
        if let [second] = rest.as_slice() {
            let left = wished(&[first]);
            self.add(lineage, second, &left, negated);
        }
    }

    fn add<'p>(&mut self, lineage: &Lineage<'p>, source: &'p Expr, wishes: &[Wish], negated: bool) {
        // `isempty(Text) == false` wants nothing of the text's value.
        let decides = source.scalar_type == ScalarType::Bool
            && matches!(&source.kind, ExprKind::Call { function, .. } if function.function.name.starts_with("is"));
        if decides {
            return;
        }
        for place in lineage.places(source) {
            let leaf = self.entry(place);
            let list = if negated { &mut leaf.unwanted } else { &mut leaf.wishes };
            for wish in wishes {
                if !list.contains(wish) {
                    list.push(wish.clone());
                }
            }
        }
    }

    fn entry(&mut self, place: Place) -> &mut Leaf {
        let (pool, part) = (place.pool(), place.part.clone());
        self.places.entry(place).or_insert_with(|| Leaf { pool, part, ..Leaf::default() })
    }

    fn unify<'p>(&mut self, lineage: &Lineage<'p>, left: &'p Expr, right: &'p Expr, equals: &mut Vec<(Place, Place)>) {
        let (left, right) = (lineage.places(left), lineage.places(right));
        left.iter().chain(&right).for_each(|place| {
            self.entry(place.clone());
        });
        equals.extend(pairs(&left, &right));
    }

    /// Lets places that must be equal share their wishes and their pool, also over several steps.
    fn join(&mut self, equals: &[(Place, Place)]) {
        for _ in 0..4 {
            for (left, right) in equals {
                let mut one = self.entry(left.clone()).clone();
                let other = self.entry(right.clone()).clone();
                one.pool = one.pool.min(other.pool);
                for (list, more) in [(&mut one.wishes, other.wishes), (&mut one.unwanted, other.unwanted)] {
                    for wish in more {
                        if !list.contains(&wish) {
                            list.push(wish);
                        }
                    }
                }
                *self.entry(left.clone()) = Leaf { part: left.part.clone(), ..one.clone() };
                *self.entry(right.clone()) = Leaf { part: right.part.clone(), ..one };
            }
        }
    }
}

fn pairs(left: &[Place], right: &[Place]) -> Vec<(Place, Place)> {
    left.iter().flat_map(|one| right.iter().map(|other| (one.clone(), other.clone()))).collect()
}

/// The constants that an argument holds: itself, or the elements of an array.
fn constants(expression: &Expr) -> Vec<Value> {
    match &expression.kind {
        ExprKind::Literal(Value::Dynamic(json)) => {
            let value = Dynamic::new(json);
            match value.kind() {
                Kind::Array => value.elements().map(|element| element.to_value(ScalarType::String)).collect(),
                _ => vec![value.to_value(ScalarType::String)],
            }
        }
        ExprKind::Literal(value) if !value.is_null() => vec![value.clone()],
        // Conversions of a constant that are left to run time.
        ExprKind::Call { arguments, .. } => match arguments.as_slice() {
            [only] if matches!(only.kind, ExprKind::Literal(_)) => constants(only),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}
