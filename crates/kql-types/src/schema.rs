//! Table schemas: ordered, uniquely named columns.

use indexmap::IndexMap;

use crate::ScalarType;

/// The columns of a table, in order. Names are unique and case-sensitive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    columns: IndexMap<String, ScalarType>,
}

impl Schema {
    /// An empty schema.
    pub fn new() -> Schema {
        Schema::default()
    }

    /// The type of a column.
    pub fn get(&self, name: &str) -> Option<ScalarType> {
        self.columns.get(name).copied()
    }

    /// Adds a column at the end; a name that is there already keeps its place and gets the new type.
    pub fn insert(&mut self, name: impl Into<String>, scalar_type: ScalarType) {
        self.columns.insert(name.into(), scalar_type);
    }

    /// The columns in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, ScalarType)> {
        self.columns.iter().map(|(name, scalar_type)| (name.as_str(), *scalar_type))
    }

    /// The position of a column.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.columns.get_index_of(name)
    }

    /// How many columns there are.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether there is no column.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }
}

impl<N: Into<String>> FromIterator<(N, ScalarType)> for Schema {
    fn from_iter<I: IntoIterator<Item = (N, ScalarType)>>(columns: I) -> Schema {
        Schema { columns: columns.into_iter().map(|(name, scalar_type)| (name.into(), scalar_type)).collect() }
    }
}
