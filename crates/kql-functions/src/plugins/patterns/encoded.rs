//! A table as patterns see it: each column's values as small numbers, each row with a weight.

use std::collections::HashMap;

use arrow::row::{RowConverter, SortField};
use kql_types::{ScalarType, Value};

use crate::KernelError;
use crate::plugin::PluginRows;

/// A value of a column: the column's number among the attributes, and the value's among the column's.
pub(super) type Item = (usize, u32);

/// A table with its attributes encoded.
pub(super) struct Encoded<'r> {
    rows: &'r PluginRows<'r>,
    /// For each attribute its position in the table, the code of each row, and for each code a row that has it.
    attributes: Vec<Attribute>,
    /// The weight of each row.
    pub weights: Vec<f64>,
}

struct Attribute {
    position: usize,
    codes: Vec<u32>,
    examples: Vec<usize>,
}

impl<'r> Encoded<'r> {
    /// All columns but the excluded ones are attributes; the weights are those of `weight`, or 1.
    pub fn new(
        rows: &'r PluginRows<'r>,
        excluded: &[usize],
        weight: Option<usize>,
    ) -> Result<Encoded<'r>, KernelError> {
        let mut attributes = Vec::new();
        for (position, array) in rows.arrays.iter().enumerate() {
            if excluded.contains(&position) || weight == Some(position) {
                continue;
            }
            let converter = RowConverter::new(vec![SortField::new(array.data_type().clone())])?;
            let keys = converter.convert_columns(std::slice::from_ref(array))?;
            let mut known: HashMap<_, u32> = HashMap::new();
            let mut attribute = Attribute { position, codes: Vec::with_capacity(rows.rows), examples: Vec::new() };
            for (row, key) in keys.iter().enumerate() {
                let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
                let code = *known.entry(key).or_insert_with(|| {
                    attribute.examples.push(row);
                    next
                });
                attribute.codes.push(code);
            }
            attributes.push(attribute);
        }
        let weight_of = |row: usize| match weight.map(|at| rows.value(at, row)) {
            None => 1.0,
            Some(Value::Int(weight)) => f64::from(weight),
            Some(Value::Long(weight)) => weight as f64,
            Some(Value::Real(weight)) if weight.is_finite() => weight,
            Some(_) => 0.0,
        };
        Ok(Encoded { rows, attributes, weights: (0..rows.rows).map(weight_of).collect() })
    }

    /// How many attributes there are.
    pub fn width(&self) -> usize {
        self.attributes.len()
    }

    /// The code of an attribute in a row.
    pub fn code(&self, attribute: usize, row: usize) -> Option<u32> {
        self.attributes.get(attribute)?.codes.get(row).copied()
    }

    /// The weight of a row.
    pub fn weight(&self, row: usize) -> f64 {
        self.weights.get(row).copied().unwrap_or(0.0)
    }

    /// The weight of rows.
    pub fn weight_of(&self, rows: &[usize]) -> f64 {
        rows.iter().fold(0.0, |sum, row| sum + self.weight(*row))
    }

    /// Those of these rows that have a value.
    pub fn having(&self, rows: &[usize], (attribute, code): Item) -> Vec<usize> {
        rows.iter().copied().filter(|row| self.code(attribute, *row) == Some(code)).collect()
    }

    /// The values of an attribute in these rows, with their weights, in the order in which they come.
    pub fn items(&self, rows: &[usize], attribute: usize) -> Vec<(Item, f64)> {
        let mut places: HashMap<u32, usize> = HashMap::new();
        let mut items: Vec<(Item, f64)> = Vec::new();
        for row in rows {
            let Some(code) = self.code(attribute, *row) else { continue };
            let place = *places.entry(code).or_insert_with(|| {
                items.push(((attribute, code), 0.0));
                items.len() - 1
            });
            if let Some((_, weight)) = items.get_mut(place) {
                *weight += self.weight(*row);
            }
        }
        items
    }

    /// All that these rows have in common.
    pub fn closure(&self, rows: &[usize]) -> Vec<Item> {
        let Some(first) = rows.first() else { return Vec::new() };
        let common = |attribute: usize| {
            let code = self.code(attribute, *first)?;
            rows.iter().all(|row| self.code(attribute, *row) == Some(code)).then_some((attribute, code))
        };
        (0..self.width()).filter_map(common).collect()
    }

    /// A pattern as cells: for each column its value where the pattern has one, else the wildcard of its type.
    pub fn cells(&self, pattern: &[Item], wildcards: &HashMap<ScalarType, Value>) -> Vec<Value> {
        let columns = self.rows.call.columns.iter().enumerate();
        let cell = |(position, (_, scalar_type)): (usize, &(String, ScalarType))| {
            let value = pattern.iter().find_map(|(attribute, code)| {
                let attribute = self.attributes.get(*attribute).filter(|found| found.position == position)?;
                let row = attribute.examples.get(usize::try_from(*code).ok()?)?;
                Some(self.rows.value(position, *row))
            });
            value.unwrap_or_else(|| wildcards.get(scalar_type).cloned().unwrap_or_else(|| Value::null(*scalar_type)))
        };
        columns.map(cell).collect()
    }
}
