//! Where the engine gets its tables from.

use std::fmt::Debug;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use kql_semantics::plan::ExternalData;
use kql_types::ScalarType;

use crate::external::{Externals, open_external};
use crate::{OnError, TableError};

/// The tables that a query can read, by their case-sensitive names.
pub trait TableSource: Debug + Send + Sync {
    /// The table of a name. Its Arrow schema has the columns of its KQL schema, in order, each in the
    /// [`arrow_type`](kql_types::ScalarType::arrow_type) of its type; a string is never null.
    fn table(&self, name: &str) -> Option<Arc<dyn TableProvider>>;

    /// The table of an `externaldata` with these columns, by name and type.
    ///
    /// # Errors
    /// A file cannot be read, or is not what the query says; a URL has no file that stands for it.
    fn external(
        &self,
        data: &ExternalData,
        columns: &[(String, ScalarType)],
    ) -> Result<Arc<dyn TableProvider>, TableError> {
        open_external(data, columns, &Externals::new(), OnError::Fail, false)
    }
}

/// No tables at all: what `print`, `range` and `datatable` need.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTables;

impl TableSource for NoTables {
    fn table(&self, _name: &str) -> Option<Arc<dyn TableProvider>> {
        None
    }
}
