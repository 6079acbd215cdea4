//! The layout of `data/catalog.bin`, and reading it in place.
//!
//! All numbers are little-endian `u32` unless said otherwise; a *text* is a pair (start, length) into the text
//! section, a *list* a pair (start, length) into the list section.
//!
//! | section | content |
//! |---|---|
//! | header | the numbers of columns, tables, functions and list entries |
//! | columns | for each distinct (name, type): start of its name in the text section; one more start closes the last |
//! | types | for each column one byte: its place in [`ScalarType::ALL`] |
//! | tables | name (text), source (text), columns (list), 1 for a Defender table; sorted by name |
//! | functions | name, parameters, body, kind (texts), columns (list), 1 if open; sorted by name |
//! | lists | column numbers, `u16` each |
//! | text | UTF-8; the columns' names stand first |
//!
//! `examples/generate.rs` writes this layout.

use std::cmp::Ordering;

use kql_types::{ScalarType, Schema};

const HEADER_SIZE: usize = 16;
const TABLE_SIZE: usize = 28;
const FUNCTION_SIZE: usize = 44;

/// The catalogue as it lies in memory.
#[derive(Clone, Copy)]
pub(crate) struct Image {
    bytes: &'static [u8],
}

/// A run of entries in the list section: numbers of columns.
#[derive(Clone, Copy)]
pub(crate) struct List {
    start: usize,
    length: usize,
}

pub(crate) struct Table {
    pub name: &'static str,
    pub source: &'static str,
    pub columns: List,
    pub is_defender: bool,
}

pub(crate) struct Function {
    pub name: &'static str,
    pub parameters: &'static str,
    pub body: &'static str,
    pub kind: &'static str,
    pub columns: List,
    pub is_open: bool,
}

impl Image {
    pub(crate) const fn new(bytes: &'static [u8]) -> Image {
        Image { bytes }
    }

    pub(crate) fn table_count(self) -> usize {
        self.number(4).unwrap_or(0)
    }

    pub(crate) fn function_count(self) -> usize {
        self.number(8).unwrap_or(0)
    }

    pub(crate) fn table(self, index: usize) -> Option<Table> {
        let at = self.tables_start()? + index * TABLE_SIZE;
        Some(Table {
            name: self.text(at)?,
            source: self.text(at + 8)?,
            columns: self.list(at + 16)?,
            is_defender: self.number(at + 24)? != 0,
        })
    }

    pub(crate) fn function(self, index: usize) -> Option<Function> {
        let at = self.functions_start()? + index * FUNCTION_SIZE;
        Some(Function {
            name: self.text(at)?,
            parameters: self.text(at + 8)?,
            body: self.text(at + 16)?,
            kind: self.text(at + 24)?,
            columns: self.list(at + 32)?,
            is_open: self.number(at + 40)? != 0,
        })
    }

    pub(crate) fn find_table(self, name: &str) -> Option<Table> {
        let start = self.tables_start()?;
        let index = self.search(name, self.table_count(), |index| start + index * TABLE_SIZE)?;
        self.table(index)
    }

    pub(crate) fn find_function(self, name: &str) -> Option<Function> {
        let start = self.functions_start()?;
        let index = self.search(name, self.function_count(), |index| start + index * FUNCTION_SIZE)?;
        self.function(index)
    }

    /// The columns of a list, in order.
    pub(crate) fn schema(self, list: List) -> Schema {
        (0..list.length).filter_map(|offset| self.column(self.list_entry(list.start + offset)?)).collect()
    }

    fn column(self, index: usize) -> Option<(&'static str, ScalarType)> {
        let at = HEADER_SIZE + index * 4;
        let text = self.text_start()?;
        let name = self.bytes.get(text + self.number(at)?..text + self.number(at + 4)?)?;
        let scalar_type = *self.bytes.get(self.types_start()? + index)?;
        Some((std::str::from_utf8(name).ok()?, *ScalarType::ALL.get(usize::from(scalar_type))?))
    }

    /// The index of the record of this name; records begin with their name.
    fn search(self, name: &str, count: usize, record: impl Fn(usize) -> usize) -> Option<usize> {
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.text(record(middle))?.cmp(name) {
                Ordering::Equal => return Some(middle),
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
            }
        }
        None
    }

    fn number(self, at: usize) -> Option<usize> {
        let bytes = self.bytes.get(at..at + 4)?;
        usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
    }

    fn text(self, at: usize) -> Option<&'static str> {
        let start = self.text_start()? + self.number(at)?;
        std::str::from_utf8(self.bytes.get(start..start + self.number(at + 4)?)?).ok()
    }

    fn list(self, at: usize) -> Option<List> {
        Some(List { start: self.number(at)?, length: self.number(at + 4)? })
    }

    fn list_entry(self, index: usize) -> Option<usize> {
        let at = self.lists_start()? + index * 2;
        Some(usize::from(u16::from_le_bytes(self.bytes.get(at..at + 2)?.try_into().ok()?)))
    }

    fn types_start(self) -> Option<usize> {
        Some(HEADER_SIZE + (self.number(0)? + 1) * 4)
    }

    fn tables_start(self) -> Option<usize> {
        Some(self.types_start()? + self.number(0)?)
    }

    fn functions_start(self) -> Option<usize> {
        Some(self.tables_start()? + self.table_count() * TABLE_SIZE)
    }

    fn lists_start(self) -> Option<usize> {
        Some(self.functions_start()? + self.function_count() * FUNCTION_SIZE)
    }

    fn text_start(self) -> Option<usize> {
        Some(self.lists_start()? + self.number(12)? * 2)
    }
}
