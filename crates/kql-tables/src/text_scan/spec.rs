//! What a scan is to do, in plain data: all that a worker elsewhere has to know.

use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use serde::{Deserialize, Serialize};

use crate::columns::TableColumn;
use crate::compression::Compression;
use crate::format::TextFormat;

/// What becomes of a value or a line that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnError {
    /// It ends the query with an error that names file and line.
    #[default]
    Fail,
    /// The line is left out and counted.
    Skip,
    /// The value is null and counted by its column; a line that is broken as a whole is left out and counted.
    Null,
}

/// Where the bytes of a file are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    File {
        /// An absolute URL that an object store serves.
        url: String,
        /// The file as the user knows it, for messages.
        path: String,
        /// In bytes, as it lies there.
        size: u64,
        compression: Compression,
        /// What the names of its folders tell, as keys and values.
        folder_values: Vec<(String, String)>,
    },
    /// Bytes at hand: standard input, which can be read only once, and texts that had to be recoded.
    Memory {
        path: String,
        #[serde(with = "plain_bytes")]
        bytes: Bytes,
        /// What the names of its folders tell, as keys and values.
        folder_values: Vec<(String, String)>,
    },
}

mod plain_bytes {
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        bytes.as_ref().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        Vec::<u8>::deserialize(deserializer).map(Bytes::from)
    }
}

impl Source {
    /// The size in bytes, as it lies there.
    pub fn size(&self) -> u64 {
        match self {
            Source::File { size, .. } => *size,
            Source::Memory { bytes, .. } => bytes.len() as u64,
        }
    }

    /// The name for messages.
    pub fn path(&self) -> &str {
        match self {
            Source::File { path, .. } | Source::Memory { path, .. } => path,
        }
    }

    pub(crate) fn folder_values(&self) -> &[(String, String)] {
        match self {
            Source::File { folder_values, .. } | Source::Memory { folder_values, .. } => folder_values,
        }
    }

    /// The same source with its text at hand.
    pub(crate) fn with_text(self, text: Vec<u8>) -> Source {
        let bytes = Bytes::from(text);
        match self {
            Source::File { path, folder_values, .. } | Source::Memory { path, folder_values, .. } => {
                Source::Memory { path, bytes, folder_values }
            }
        }
    }

    pub(crate) fn compression(&self) -> Compression {
        match self {
            Source::File { compression, .. } => *compression,
            Source::Memory { .. } => Compression::None,
        }
    }
}

/// A file, or those of its lines that begin within a range of bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePart {
    pub source: Source,
    /// Bytes `start..end`; `None` is all of the file.
    pub range: Option<(u64, u64)>,
}

impl FilePart {
    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        self.range.map_or_else(|| self.source.size(), |(start, end)| end.saturating_sub(start))
    }
}

/// A scan of text files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextScanSpec {
    pub table: String,
    pub format: TextFormat,
    /// The names of CSV's fields where no header row tells them.
    pub field_names: Option<Vec<String>>,
    /// The columns to read, in the order of the output.
    pub columns: Vec<TableColumn>,
    /// The columns behind them, whose values the names of folders tell.
    pub folder_columns: Vec<TableColumn>,
    /// The parts that each partition reads, one after another.
    pub partitions: Vec<Vec<FilePart>>,
    pub on_error: OnError,
    /// More rows than this are not needed of any partition.
    pub limit: Option<usize>,
}

impl TextScanSpec {
    /// The schema of the output.
    pub fn schema(&self) -> SchemaRef {
        let columns = self.columns.iter().chain(&self.folder_columns);
        Arc::new(Schema::new(columns.map(TableColumn::field).collect::<Vec<_>>()))
    }

    /// The schema of what is read from the files.
    pub(crate) fn file_schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.columns.iter().map(TableColumn::field).collect::<Vec<_>>()))
    }
}
