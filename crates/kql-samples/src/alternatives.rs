//! Other values for the places that a condition looks at.

use kql_semantics::Expr;
use kql_types::dynamic::Step;
use kql_types::{ScalarType, Value, ticks};

use crate::lineage::{Lineage, Place};
use crate::random::Random;
use crate::values::wished;
use crate::wishes::{Leaf, Wish, Wishes};

/// How many of the things that a query looks for at one place are tried.
const MOST_WISHES: usize = 16;

/// A place in a table's rows, and what could stand there.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    pub table: String,
    pub column: String,
    /// Where in the column's `dynamic` value, or in the JSON that is its text.
    pub path: Vec<Step>,
    /// The likeliest first. A null stands for nothing at all.
    pub values: Vec<Value>,
}

pub(crate) fn alternatives<'p>(lineage: &Lineage<'p>, wishes: &Wishes, value: &'p Expr, now: i64) -> Vec<Alternative> {
    let places = lineage.places(value).into_iter();
    let alternatives = places.map(|place| {
        let schema = lineage.tables().find(|(name, _)| *name == place.table).map(|(_, schema)| schema);
        let scalar_type = schema.and_then(|schema| schema.get(&place.column)).unwrap_or(ScalarType::String);
        let unknown = Leaf::default();
        let leaf = wishes.leaf(&place).unwrap_or(&unknown);
        let mut values = Vec::new();
        let types = if place.path.is_empty() && scalar_type != ScalarType::Dynamic {
            vec![scalar_type]
        } else {
            types_of_member(leaf)
        };
        for scalar_type in types {
            add_wishes(leaf, scalar_type, &mut values);
            add_usual(scalar_type, now, &mut values);
        }
        values.push(Value::Null(scalar_type));
        let Place { table, column, path, part } = place;
        if let Some(part) = part {
            let whole = |value: Value| match value {
                Value::String(text) => Value::String(part.of_whole(&text)),
                other => other,
            };
            values = values.into_iter().map(whole).collect();
        }
        Alternative { table, column, path, values }
    });
    alternatives.collect()
}

/// What a member of a `dynamic` value may be, as far as the query tells.
fn types_of_member(leaf: &Leaf) -> Vec<ScalarType> {
    let mut types = Vec::new();
    for wish in leaf.wishes.iter().chain(&leaf.unwanted) {
        let scalar_type = match wish {
            Wish::Equals(value) | Wish::Near(value) => value.scalar_type(),
            Wish::Holds(_) | Wish::Starts(_) | Wish::Ends(_) | Wish::Matches(_) => ScalarType::String,
        };
        if scalar_type != ScalarType::Dynamic && !types.contains(&scalar_type) {
            types.push(scalar_type);
        }
    }
    if !types.contains(&ScalarType::String) {
        types.push(ScalarType::String);
    }
    types
}

fn add(value: Value, values: &mut Vec<Value>) {
    if !values.contains(&value) {
        values.push(value);
    }
}

fn add_wishes(leaf: &Leaf, scalar_type: ScalarType, values: &mut Vec<Value>) {
    let mut random = Random::new(1);
    for wish in leaf.wishes.iter().chain(&leaf.unwanted).take(MOST_WISHES) {
        let exact = match wish {
            Wish::Near(value) => Wish::Equals(value.clone()),
            other => other.clone(),
        };
        let Some(value) = wished(&exact, scalar_type, &mut random) else { continue };
        for neighbour in neighbours(&value) {
            add(neighbour, values);
        }
        add(value, values);
    }
}

/// Values a little below and above.
fn neighbours(value: &Value) -> Vec<Value> {
    match value {
        Value::Int(value) => vec![Value::Int(value.saturating_sub(1)), Value::Int(value.saturating_add(1))],
        Value::Long(value) => vec![Value::Long(value.saturating_sub(1)), Value::Long(value.saturating_add(1))],
        Value::Real(value) => vec![Value::Real(value - 1.0), Value::Real(value + 1.0)],
        Value::DateTime(value) => [-ticks::PER_SECOND, ticks::PER_SECOND, -ticks::PER_DAY, ticks::PER_DAY]
            .map(|apart| Value::DateTime(value.saturating_add(apart)))
            .to_vec(),
        Value::TimeSpan(value) => {
            [-ticks::PER_SECOND, ticks::PER_SECOND].map(|apart| Value::TimeSpan(value.saturating_add(apart))).to_vec()
        }
        _ => Vec::new(),
    }
}

fn add_usual(scalar_type: ScalarType, now: i64, values: &mut Vec<Value>) {
    let usual = match scalar_type {
        ScalarType::Bool => vec![Value::Bool(false), Value::Bool(true)],
        ScalarType::Int => [0, 1, -1, 1_000_000].map(Value::Int).to_vec(),
        ScalarType::Long => [0, 1, -1, 1_000_000_000].map(Value::Long).to_vec(),
        ScalarType::Real => [0.0, 1.0, -1.0, 1e9].map(Value::Real).to_vec(),
        ScalarType::DateTime => {
            let days = [400, 40, 8, 1, 0, -1].map(|days| Value::DateTime(now.saturating_sub(days * ticks::PER_DAY)));
            days.to_vec()
        }
        ScalarType::TimeSpan => [0, 1, 400].map(|days| Value::TimeSpan(days * ticks::PER_DAY)).to_vec(),
        ScalarType::Guid => [0xee, 0].map(|byte| Value::Guid([byte; 16])).to_vec(),
        ScalarType::String => {
            let texts = ["other", "", "other.test", "192.0.2.77", "10.0.0.7", "other@other.test", "7"];
            texts.map(|text| Value::String(text.to_owned())).to_vec()
        }
        ScalarType::Decimal | ScalarType::Dynamic => Vec::new(),
    };
    usual.into_iter().for_each(|value| add(value, values));
}
