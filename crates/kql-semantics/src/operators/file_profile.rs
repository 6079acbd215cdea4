//! `invoke FileProfile(…)` over a table `FileProfile` that the user holds: what Defender's function adds to each file.
//! Its page: advanced-hunting-fileprofile-function.

use std::fmt::Write;
use std::rc::Rc;

use kql_catalog::StoredFunction;
use kql_syntax::{Diagnostic, Span, tree};
use kql_types::{ScalarType, Value};

use super::At;
use crate::binder::{Binder, Table};
use crate::codes;
use crate::plan::{Column, RelationOperator};
use crate::scope::{Binding, Place};
use crate::suggestions::did_you_mean;

/// The function, and the table of its profiles.
pub(super) const FILE_PROFILE: &str = "FileProfile";

/// The hashes by which a profile is found: a column is of the one with which its name ends.
const HASHES: &[&str] = &["SHA1", "SHA256", "MD5"];

/// The column that tells whether there is a profile.
const AVAILABILITY: &str = "ProfileAvailability";

impl<'a> Binder<'a> {
    /// The rows with the columns of their files' profiles, which replace those of the same name as `extend` does; a
    /// hash that a profile does not know stays. How many files the cloud would look up at most is of no concern here.
    pub(super) fn file_profile(
        &mut self,
        function: &StoredFunction,
        arguments: &'a [tree::Expr],
        input: Table,
        at: At,
    ) -> Table {
        let bound = self.hash_column(arguments, &input, at).and_then(|(column, hash)| {
            let nothing = Table::leaf(RelationOperator::OneRow, Vec::new(), at.span);
            let profile = self.columns_of_body(function.body?, &nothing)?;
            let rewrites = self.rewrites;
            let query = rewrites.parsed(written(&profile, &column, hash, &input))?;
            let input = self.foreign(input);
            let mut environment = self.scopes.open_apart();
            self.scopes.declare(&mut environment, "Input", Binding::Table(Rc::new(input)));
            let outer = self.rewriting.replace(at.span);
            let bound = self.rewritten(query, environment);
            self.rewriting = outer;
            bound
        });
        match bound {
            Some(bound) => self.relocated(&bound, at.span),
            None => self.no_table(at.span),
        }
    }

    /// The column that the first argument names, and the hash that it holds. What is wrong is reported.
    fn hash_column(&mut self, arguments: &'a [tree::Expr], input: &Table, at: At) -> Option<(String, &'static str)> {
        let value = |argument: &'a tree::Expr| match &argument.kind {
            tree::ExprKind::Named { names, value, .. } => {
                names.first().is_some_and(|name| name.text == "x").then_some(value.as_ref())
            }
            _ => Some(argument),
        };
        let (column, span) = match arguments.iter().take(2).find_map(value) {
            None => ("SHA1".to_owned(), at.span),
            Some(argument) => match &argument.kind {
                tree::ExprKind::Name(name) if input.columns().iter().any(|column| column.name == name.text) => {
                    (name.text.clone(), argument.span)
                }
                _ => {
                    let value = self.scalar(argument, &Place::constant(at.environment))?;
                    match self.constant(&value, "the column of the hash")? {
                        Value::String(name) if name.is_empty() => ("SHA1".to_owned(), argument.span),
                        Value::String(name) => (name, argument.span),
                        _ => return self.no_hash(argument.span),
                    }
                }
            },
        };
        let upper = column.to_ascii_uppercase();
        let Some(hash) = HASHES.iter().find(|hash| upper.ends_with(*hash)) else { return self.no_hash(span) };
        let columns = || input.columns().iter().map(|column| column.name.as_str());
        if !input.open && !columns().any(|name| name == column) {
            let message = format!("{FILE_PROFILE}() looks files up by the column `{column}`, which is not there");
            let mut diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, message, span);
            let hashes = columns().filter(|name| HASHES.iter().any(|hash| name.to_ascii_uppercase().ends_with(hash)));
            diagnostic.help = did_you_mean(&column, columns()).or_else(|| {
                let hashes: Vec<&str> = hashes.collect();
                (!hashes.is_empty()).then(|| format!("the columns of hashes are {}", hashes.join(", ")))
            });
            self.report(diagnostic);
            return None;
        }
        Some((column, hash))
    }

    fn no_hash(&mut self, span: Span) -> Option<(String, &'static str)> {
        let message = format!("{FILE_PROFILE}() looks files up by a hash");
        let help = "name a column whose name ends with SHA1, SHA256 or MD5";
        self.report(Diagnostic::error(codes::PARAMETER_VALUE, message, span).with_help(help));
        None
    }
}

/// The query over `Input` and the table of profiles. At most one profile is taken for a hash.
fn written(profile: &[Column], column: &str, hash: &str, input: &Table) -> String {
    let mut profiles = String::new();
    let mut added = String::new();
    let mut away = String::new();
    for Column { name, scalar_type, .. } in profile {
        // Writing to a string does not fail.
        let empty = if *scalar_type == ScalarType::String { "''".to_owned() } else { format!("{scalar_type}(null)") };
        let _ = write!(profiles, ", ['profile {name}'] = to{scalar_type}(column_ifexists('{name}', {empty}))");
        let own = input.columns().iter().any(|own| own.name == *name);
        let value = match name.as_str() {
            AVAILABILITY => format!(
                "case(isnull(['profile found']), 'Missing', isempty(['profile {name}']), 'Available', ['profile {name}'])"
            ),
            name if own && HASHES.contains(&name) => {
                format!("iff(isempty(['profile {name}']), tostring(['{name}']), ['profile {name}'])")
            }
            name => format!("['profile {name}']"),
        };
        let separator = if added.is_empty() { "" } else { ", " };
        let _ = write!(added, "{separator}['{name}'] = {value}");
        let _ = write!(away, ", ['profile {name}']");
    }
    let column = column.replace('\\', "\\\\").replace('\'', "\\'");
    format!(
        "let Profiles = {FILE_PROFILE} \
         | project ['profile key'] = tolower(tostring(column_ifexists('{hash}', ''))), ['profile found'] = true{profiles} \
         | where isnotempty(['profile key']) | summarize take_any(*) by ['profile key'];\n\
         Input | extend ['profile key'] = tolower(tostring(['{column}'])) \
         | lookup kind=leftouter Profiles on ['profile key'] \
         | extend {added} | project-away ['profile key'], ['profile found']{away}"
    )
}
