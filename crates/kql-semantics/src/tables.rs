//! What binding must know of the outside: which tables there are.

use kql_types::Schema;

/// The tables that a query can name.
pub trait Tables {
    /// The schema of a table. Names are case-sensitive.
    fn schema(&self, name: &str) -> Option<Schema>;

    /// The names of the tables at hand, for wildcards, suggestions and messages.
    fn names(&self) -> Vec<String>;
}
