//! What a workspace has beside its tables: stored functions and watchlists, read from files.

mod functions;
mod parser_yaml;
mod watchlists;

pub(crate) use functions::{declared as declared_functions, of_parser as parser_functions};
pub use watchlists::WRONG_WATCHLIST;

use std::collections::BTreeMap;
use std::sync::Arc;

use kql_semantics::Watchlist;
use kql_syntax::{Diagnostic, Span, tree};

use crate::QueryText;

/// Functions and watchlists, by name; of two with one name the later wins.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    functions: BTreeMap<String, StoredFunction>,
    watchlists: BTreeMap<String, Watchlist>,
    has_watchlists: bool,
}

/// A function with its file.
#[derive(Clone, Debug)]
struct StoredFunction {
    function: tree::Function,
    text: QueryText,
    path: String,
    file: Arc<str>,
}

/// The functions of a file, each with its name.
fn stored(path: &str, contents: &str) -> Result<Vec<(String, StoredFunction)>, Diagnostic> {
    let file: Arc<str> = contents.into();
    let stored = |(name, text): (String, QueryText)| {
        let function = functions::parsed(&text)?;
        Ok((name, StoredFunction { function, text, path: path.to_owned(), file: file.clone() }))
    };
    functions::texts(path, contents)?.into_iter().map(stored).collect()
}

impl Workspace {
    /// Adds the functions of a file: of a parser's YAML, or of a `.kql` file with `.create function` commands, with
    /// `let` functions alone, or with the body of a function that is called as the file is.
    ///
    /// # Errors
    /// The first thing wrong with the file, with its place in `contents`.
    pub fn add_functions(&mut self, path: &str, contents: &str) -> Result<(), Diagnostic> {
        self.functions.extend(stored(path, contents)?);
        Ok(())
    }

    /// Adds the functions of a file that was found among rules, but for those that are there already and those that
    /// are known otherwise: who wants these replaced says so with [`Workspace::add_functions`]. A file with a mistake in
    /// it adds nothing.
    pub fn add_found_functions(&mut self, path: &str, contents: &str, is_known: impl Fn(&str) -> bool) {
        for (name, function) in stored(path, contents).unwrap_or_default() {
            if !is_known(&name) {
                self.functions.entry(name).or_insert(function);
            }
        }
    }

    /// Adds a watchlist from the text of a CSV file with a header; `settings` is the text of the YAML file beside it.
    ///
    /// # Errors
    /// What is wrong with it, with its place in `contents`, or in `settings` where the code is not [`WRONG_WATCHLIST`].
    pub fn add_watchlist(&mut self, alias: &str, contents: &str, settings: Option<&str>) -> Result<(), Diagnostic> {
        let watchlist = watchlists::read(contents, settings)?;
        self.watchlists.insert(alias.to_owned(), watchlist);
        Ok(())
    }

    /// Makes other watchlists than those that were added unknown, also where none was added.
    pub fn holds_all_watchlists(&mut self) {
        self.has_watchlists = true;
    }
}

impl kql_semantics::Workspace for Workspace {
    fn function(&self, name: &str) -> Option<&tree::Function> {
        Some(&self.functions.get(name)?.function)
    }

    fn function_names(&self) -> Vec<String> {
        self.functions.keys().cloned().collect()
    }

    fn place(&self, function: &str, span: Span) -> String {
        let Some(stored) = self.functions.get(function) else { return function.to_owned() };
        let start = stored.text.in_file(span).start;
        let before = stored.file.get(..start).unwrap_or(&stored.file);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        format!("{}:{line}:{column}", stored.path)
    }

    fn watchlist(&self, alias: &str) -> Option<&Watchlist> {
        self.watchlists.get(alias)
    }

    fn watchlist_aliases(&self) -> Option<Vec<String>> {
        let known = self.has_watchlists || !self.watchlists.is_empty();
        known.then(|| self.watchlists.keys().cloned().collect())
    }
}
