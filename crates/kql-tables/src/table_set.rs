//! The tables that a query can name, by name.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use datafusion::catalog::TableProvider;
use indexmap::IndexMap;
use kql_semantics::Tables;
use kql_semantics::plan::ExternalData;
use kql_types::{ScalarType, Schema};

use crate::compression::Compression;
use crate::external::{Externals, open_external};
use crate::format::NamedFormat;
use crate::table::{Input, OpenTable, open};
use crate::{AbsentTime, Definition, OnError, ScanReport, TableError, TableSource, files, network};

/// How tables are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableOptions {
    pub on_error: OnError,
    /// How much of a table is looked at to infer its columns, in bytes. Tables up to this size are looked at as a whole.
    pub sample_bytes: u64,
    /// Columns and types that the user gives, by table. They go before those of the file and of the catalogue.
    pub schemas: HashMap<String, Schema>,
    /// Whether CSV files have no header row. Without this, a schema of the user's tells it too.
    pub is_headless: bool,
    /// What stands between the fields of CSV and TSV files; without this, their first row tells.
    pub delimiter: Option<u8>,
    /// The extension of the format of all files; without this, each tells its own.
    pub read_as: Option<String>,
    /// Whether URLs are read over the network.
    pub allow_network: bool,
}

impl Default for TableOptions {
    fn default() -> TableOptions {
        TableOptions {
            on_error: OnError::Fail,
            sample_bytes: 16 * 1024 * 1024,
            schemas: HashMap::new(),
            is_headless: false,
            delimiter: None,
            read_as: None,
            allow_network: false,
        }
    }
}

/// Files and folders as tables. A table is opened when it is first asked for; later definitions of a name win.
#[derive(Debug, Default)]
pub struct TableSet {
    tables: IndexMap<String, Table>,
    externals: Externals,
    options: TableOptions,
}

#[derive(Debug)]
struct Table {
    input: Input,
    opened: OnceLock<Result<OpenTable, TableError>>,
    report: Arc<ScanReport>,
}

impl TableSet {
    /// A set without tables.
    pub fn new(options: TableOptions) -> TableSet {
        TableSet { tables: IndexMap::new(), externals: Externals::new(), options }
    }

    /// Makes each entry of a folder a table: a file whose extension tells a format, under its name without the
    /// extension, or a folder with such files in it, under its name.
    ///
    /// # Errors
    /// The folder cannot be read, or two of its entries have one table's name.
    pub fn add_folder(&mut self, folder: &Path) -> Result<(), TableError> {
        let mut found: IndexMap<String, String> = IndexMap::new();
        if let Some(url) = folder.to_str().filter(|folder| network::is_url(folder)) {
            network::check_allowed(url, self.options.allow_network)?;
            for (name, path) in network::entries(url)? {
                self.insert(name, Input::Paths(vec![path]));
            }
            return Ok(());
        }
        for entry in files::entries(folder)? {
            let path = entry.to_string_lossy().into_owned();
            let name = if entry.is_dir() {
                entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
            } else {
                let named = NamedFormat::of(&entry);
                if named.format.is_none() {
                    continue;
                }
                named.stem
            };
            if let Some(other) = found.insert(name.clone(), path.clone()) {
                return Err(TableError::new(path, format!("{other} is table {name}, too; name one with NAME=PATH")));
            }
        }
        for (name, path) in found {
            self.insert(name, Input::Paths(vec![path]));
        }
        Ok(())
    }

    /// Adds a table. Of standard input all is read now, and kept.
    ///
    /// # Errors
    /// Standard input cannot be read. Whether a file can be read shows when the table is asked for.
    pub fn add(&mut self, definition: Definition) -> Result<(), TableError> {
        if definition.path != "-" {
            self.insert(definition.name, Input::Paths(vec![definition.path]));
            return Ok(());
        }
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map_err(|error| TableError::new("-", error))?;
        self.add_bytes(definition.name, bytes)
    }

    /// Adds a table of several files, folders, patterns, or standard input alone.
    ///
    /// # Errors
    /// Standard input cannot be read, or is one of several.
    pub fn add_files(&mut self, name: &str, paths: &[String]) -> Result<(), TableError> {
        match paths {
            [path] => self.add(Definition { name: name.to_owned(), path: path.clone() }),
            paths if paths.iter().any(|path| path == "-") => {
                Err(TableError::new("-", "standard input is read alone, not among other files"))
            }
            paths => {
                self.insert(name.to_owned(), Input::Paths(paths.to_vec()));
                Ok(())
            }
        }
    }

    /// Reads all files as those of this extension, whatever they are called.
    pub fn read_as(&mut self, extension: Option<&str>) {
        self.options.read_as = extension.map(str::to_owned);
    }

    /// Makes a file stand for a URL that an `externaldata` names.
    pub fn add_external(&mut self, url: impl Into<String>, file: impl Into<String>) {
        self.externals.insert(url.into(), file.into());
    }

    /// Adds a table whose content is at hand, maybe compressed.
    ///
    /// # Errors
    /// It cannot be decompressed.
    pub fn add_bytes(&mut self, name: impl Into<String>, bytes: Vec<u8>) -> Result<(), TableError> {
        let bytes = match Compression::from_content(&bytes) {
            Compression::None => bytes,
            compression => {
                compression.decompress(bytes.as_slice(), u64::MAX).map_err(|error| TableError::new("-", error))?
            }
        };
        self.insert(name.into(), Input::Bytes(Bytes::from(bytes)));
        Ok(())
    }

    /// The table of this name for DataFusion; `None` when there is none.
    ///
    /// # Errors
    /// Its files cannot be read, or are not what their names tell.
    pub fn provider(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, TableError> {
        Ok(self.open(name)?.map(|table| table.provider.clone()))
    }

    /// The tables that were asked for and could not be opened, with the reason.
    pub fn errors(&self) -> impl Iterator<Item = (&str, &TableError)> {
        self.tables.iter().filter_map(|(name, table)| Some((name.as_str(), table.opened.get()?.as_ref().err()?)))
    }

    /// The columns of times that tables have and none of their files has, of the tables that were asked for.
    pub fn absent_times(&self) -> impl Iterator<Item = (&str, &AbsentTime)> {
        self.tables.iter().flat_map(|(name, table)| {
            let opened = table.opened.get().and_then(|opened| opened.as_ref().ok());
            opened.into_iter().flat_map(|opened| &opened.absent_times).map(move |absent| (name.as_str(), absent))
        })
    }

    /// What scans left out, by table; only of tables of which something was left out.
    pub fn skipped(&self) -> impl Iterator<Item = (&str, &ScanReport)> {
        self.tables
            .iter()
            .map(|(name, table)| (name.as_str(), &*table.report))
            .filter(|(_, report)| report.skipped() > 0)
    }

    /// How many values scans could not read and made null: table, column, count.
    pub fn nulls(&self) -> impl Iterator<Item = (&str, String, u64)> {
        self.tables.iter().flat_map(|(name, table)| {
            table.report.nulls().into_iter().map(move |(column, count)| (name.as_str(), column, count))
        })
    }

    fn insert(&mut self, name: String, input: Input) {
        self.tables.insert(name, Table { input, opened: OnceLock::new(), report: Arc::default() });
    }

    fn open(&self, name: &str) -> Result<Option<&OpenTable>, TableError> {
        let Some(table) = self.tables.get(name) else { return Ok(None) };
        let opened = table.opened.get_or_init(|| open(name, &table.input, &self.options, &table.report));
        opened.as_ref().map(Some).map_err(TableError::clone)
    }
}

impl TableSource for TableSet {
    fn table(&self, name: &str) -> Option<Arc<dyn TableProvider>> {
        self.provider(name).ok()?
    }

    fn external(
        &self,
        data: &ExternalData,
        columns: &[(String, ScalarType)],
    ) -> Result<Arc<dyn TableProvider>, TableError> {
        open_external(data, columns, &self.externals, self.options.on_error, self.options.allow_network)
    }
}

impl Tables for TableSet {
    /// The schema of a table; a table that cannot be opened has none, and [`TableSet::errors`] tells why.
    fn schema(&self, name: &str) -> Option<Schema> {
        Some(self.open(name).ok()??.schema.clone())
    }

    fn names(&self) -> Vec<String> {
        self.tables.keys().cloned().collect()
    }
}
