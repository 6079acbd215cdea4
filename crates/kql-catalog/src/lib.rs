//! The built-in schemas: Log Analytics and Defender tables, and stored functions by signature.
//!
//! The data lies in the binary in one compact block (layout: `src/image.rs`). Nothing is parsed before it is asked for:
//! a lookup is a binary search, and only the schema that is found is built.
//!
//! ```
//! let schema = kql_catalog::table("EmailEvents").unwrap();
//! assert_eq!(schema.get("SenderFromDomain"), Some(kql_types::ScalarType::String));
//! assert!(kql_catalog::is_defender_table("EmailEvents"));
//! ```

mod image;

use image::Image;
use kql_types::Schema;

const CATALOG: Image = Image::new(include_bytes!("../data/catalog.bin"));

/// The schema of a built-in table. Names are case-sensitive.
pub fn table(name: &str) -> Option<Schema> {
    let table = CATALOG.find_table(name)?;
    Some(CATALOG.schema(table.columns))
}

/// The names of all built-in tables, sorted bytewise.
pub fn table_names() -> impl Iterator<Item = &'static str> {
    (0..CATALOG.table_count()).filter_map(|index| Some(CATALOG.table(index)?.name))
}

/// Whether the table is one of Defender XDR's, whose rows carry both `Timestamp` and `TimeGenerated`.
pub fn is_defender_table(name: &str) -> bool {
    CATALOG.find_table(name).is_some_and(|table| table.is_defender)
}

/// Where the table's schema was taken from: `azure_monitor`, `xdr`, `connector`, `dcr`, `kql_validation` or `manual`.
pub fn source(name: &str) -> Option<&'static str> {
    Some(CATALOG.find_table(name)?.source)
}

/// A stored function that rules call: an ASIM or vendor parser, a Sentinel or a Defender function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFunction {
    pub name: &'static str,
    /// The parameter list as KQL writes it: `(disabled:bool=false, pack:bool=false)`.
    pub parameters: &'static str,
    /// The columns of the result; empty where `body` tells them.
    pub columns: Schema,
    /// Whether the result may have columns beyond `columns`.
    pub is_open: bool,
    /// A KQL body from which the result's columns follow, where they depend on a table argument.
    pub body: Option<&'static str>,
    /// `asim`, `parser`, `sentinel` or `defender`.
    pub kind: &'static str,
}

/// The stored function of this name. Names are case-sensitive.
pub fn stored_function(name: &str) -> Option<StoredFunction> {
    let function = CATALOG.find_function(name)?;
    Some(StoredFunction {
        name: function.name,
        parameters: function.parameters,
        columns: CATALOG.schema(function.columns),
        is_open: function.is_open,
        body: (!function.body.is_empty()).then_some(function.body),
        kind: function.kind,
    })
}

/// The names of all stored functions, sorted bytewise.
pub fn stored_function_names() -> impl Iterator<Item = &'static str> {
    (0..CATALOG.function_count()).filter_map(|index| Some(CATALOG.function(index)?.name))
}
