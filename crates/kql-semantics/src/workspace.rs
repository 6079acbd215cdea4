//! What binding may know of a workspace beside its tables: stored functions and watchlists.

use kql_syntax::{Span, tree};

/// The functions and the watchlists that a query can name.
pub trait Workspace {
    /// The stored function of this name. Names are case-sensitive.
    fn function(&self, name: &str) -> Option<&tree::Function>;

    /// The names of the stored functions, for suggestions.
    fn function_names(&self) -> Vec<String>;

    /// Where a part of a stored function's text stands, for people: `parsers/dns.kql:3:7`.
    fn place(&self, function: &str, span: Span) -> String;

    /// The watchlist of this alias. Aliases are case-sensitive.
    fn watchlist(&self, alias: &str) -> Option<&Watchlist>;

    /// The aliases of the watchlists; `None` where the user gave none at all.
    fn watchlist_aliases(&self) -> Option<Vec<String>>;
}

/// The rows of a watchlist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watchlist {
    /// The names of the columns; all of them hold text.
    pub columns: Vec<String>,
    /// Each row has a text for each column.
    pub rows: Vec<Vec<String>>,
    /// The column whose values are `SearchKey`.
    pub search_key: Option<usize>,
}

/// A workspace with nothing in it.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoWorkspace;

impl Workspace for NoWorkspace {
    fn function(&self, _: &str) -> Option<&tree::Function> {
        None
    }

    fn function_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn place(&self, function: &str, _: Span) -> String {
        function.to_owned()
    }

    fn watchlist(&self, _: &str) -> Option<&Watchlist> {
        None
    }

    fn watchlist_aliases(&self) -> Option<Vec<String>> {
        None
    }
}
