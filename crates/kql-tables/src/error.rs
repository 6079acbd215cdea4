//! What can be wrong with a table's files.

use std::fmt;

use datafusion::error::DataFusionError;

/// An error in a table's definition or data, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableError {
    /// The file, folder or pattern, as the user knows it; `-` is standard input.
    pub path: String,
    /// The line in the file, from 1, where it is known.
    pub line: Option<u64>,
    pub message: String,
}

impl TableError {
    pub(crate) fn new(path: impl Into<String>, message: impl fmt::Display) -> TableError {
        TableError { path: path.into(), line: None, message: message.to_string() }
    }

    pub(crate) fn at_line(path: impl Into<String>, line: u64, message: impl fmt::Display) -> TableError {
        TableError { path: path.into(), line: Some(line), message: message.to_string() }
    }
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.message),
            None => write!(f, "{}: {}", self.path, self.message),
        }
    }
}

impl std::error::Error for TableError {}

impl From<TableError> for DataFusionError {
    fn from(error: TableError) -> DataFusionError {
        DataFusionError::External(Box::new(error))
    }
}
