//! Where the engine gets its tables from.

use std::fmt::Debug;
use std::sync::Arc;

use datafusion::catalog::TableProvider;

/// The tables that a query can read, by their case-sensitive names.
pub trait TableSource: Debug + Send + Sync {
    /// The table of a name. Its Arrow schema has the columns of its KQL schema, in order, each in the
    /// [`arrow_type`](kql_types::ScalarType::arrow_type) of its type; a string is never null.
    fn table(&self, name: &str) -> Option<Arc<dyn TableProvider>>;
}

/// No tables at all: what `print`, `range` and `datatable` need.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTables;

impl TableSource for NoTables {
    fn table(&self, _name: &str) -> Option<Arc<dyn TableProvider>> {
        None
    }
}
