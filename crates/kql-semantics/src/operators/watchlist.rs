//! `_GetWatchlist(alias)` and `_GetWatchlistAlias()`: the watchlists of the workspace as tables.

use kql_catalog::StoredFunction;
use kql_syntax::{Diagnostic, Span, tree};
use kql_types::{ScalarType, Value, dynamic};

use crate::Watchlist;
use crate::binder::{Binder, Table};
use crate::codes;
use crate::constants::Folded;
use crate::plan::RelationOperator;
use crate::scope::{Environment, Place};
use crate::suggestions::{did_you_mean, listed};

/// The function that gives a watchlist's rows.
const WATCHLIST: &str = "_GetWatchlist";
/// The function that gives the aliases of all watchlists.
const ALIASES: &str = "_GetWatchlistAlias";

/// Watchlists by which parsers can be turned off or on, and which mostly nobody has: they are empty then.
const OPTIONAL: &[&str] = &["ASimDisabledParsers", "ASimSourceType"];

impl<'a> Binder<'a> {
    /// The table that a call of a watchlist function gives; `None` for other functions, and where there are no watchlists.
    pub(super) fn watchlist_call(
        &mut self,
        function: &StoredFunction,
        arguments: &'a [tree::Expr],
        span: Span,
        environment: Environment,
    ) -> Option<Table> {
        let aliases = self.context.workspace.watchlist_aliases();
        match function.name {
            ALIASES => {
                let rows = aliases?.into_iter().map(|alias| vec![Value::String(alias)]).collect();
                let columns = self.columns_of(&function.columns);
                Some(Table::leaf(RelationOperator::Values { rows }, columns, span))
            }
            WATCHLIST if aliases.is_some() || !self.stored_calls.is_empty() => {
                let place = Place::constant(environment);
                let mut given = arguments.iter().enumerate().map(|(position, argument)| match &argument.kind {
                    tree::ExprKind::Named { names, value, .. } => {
                        (names.first().map_or("", |name| name.text.as_str()), value.as_ref())
                    }
                    _ => (if position == 0 { "watchlistAlias" } else { "keys" }, argument),
                });
                let named = |wanted: &str| given.clone().find(|(name, _)| *name == wanted).map(|(_, value)| value);
                let (alias, keys) = (named("watchlistAlias"), named("keys"));
                given.next();
                self.watchlist(function, alias?, keys, span, &place, aliases)
            }
            _ => None,
        }
    }

    fn watchlist(
        &mut self,
        function: &StoredFunction,
        alias: &'a tree::Expr,
        keys: Option<&'a tree::Expr>,
        span: Span,
        place: &Place<'_>,
        aliases: Option<Vec<String>>,
    ) -> Option<Table> {
        let Some(value) = self.scalar(alias, place) else { return Some(self.no_table(span)) };
        if self.checking > 0 && !matches!(self.folded(&value), Folded::Value(_)) {
            // Which watchlist it is shows where the function is called.
            let columns = self.columns_of(&function.columns);
            let mut table = Table::leaf(RelationOperator::OneRow, columns, span);
            table.open = true;
            return Some(table);
        }
        let Some(Value::String(name)) = self.constant(&value, "the alias of a watchlist") else {
            return Some(self.no_table(span));
        };
        let mut wanted = Vec::new();
        if let Some(keys) = keys {
            let found = self.scalar(keys, place).and_then(|value| self.constant(&value, "the keys of a watchlist"));
            match found {
                None => return Some(self.no_table(span)),
                Some(Value::Dynamic(keys)) if keys.trim_start().starts_with('[') => {
                    let keys = dynamic::Dynamic::new(&keys);
                    wanted.extend(keys.elements().map(|key| key.to_string_value().into_owned()));
                }
                Some(_) => {
                    let wrong = "the keys of a watchlist are an array";
                    let diagnostic = Diagnostic::error(codes::ARGUMENT_TYPE, wrong, keys.span);
                    self.report(diagnostic.with_help("write `dynamic(['key', …])`"));
                    return Some(self.no_table(span));
                }
            }
        }
        let empty = Watchlist::default();
        let found =
            self.context.workspace.watchlist(&name).or_else(|| OPTIONAL.contains(&name.as_str()).then_some(&empty));
        let Some(watchlist) = found else {
            // Without any watchlist the function itself is what is missing.
            let aliases = aliases?;
            let message = format!("unknown watchlist `{name}`");
            let mut diagnostic = Diagnostic::error(codes::UNKNOWN_TABLE, message, alias.span);
            diagnostic.help = did_you_mean(&name, aliases.iter().map(String::as_str))
                .or_else(|| listed("watchlists", &name, aliases.iter().map(String::as_str)))
                .or_else(|| Some("there are no watchlists".to_owned()));
            self.report(diagnostic);
            return Some(self.no_table(span));
        };
        Some(self.watchlist_table(function, &name, watchlist, &wanted, span))
    }

    /// The columns that every watchlist has, and behind them its own. The three times are what `now()` is.
    fn watchlist_table(
        &mut self,
        function: &StoredFunction,
        name: &str,
        watchlist: &Watchlist,
        wanted: &[String],
        span: Span,
    ) -> Table {
        let mut columns = self.columns_of(&function.columns);
        let own: Vec<usize> = (0..watchlist.columns.len())
            .filter(|at| watchlist.columns.get(*at).is_some_and(|own| function.columns.get(own).is_none()))
            .collect();
        for column in own.iter().filter_map(|at| watchlist.columns.get(*at)) {
            columns.push(self.column(column.clone(), ScalarType::String));
        }
        let now = self.context.now;
        let mut rows = Vec::new();
        for (number, row) in watchlist.rows.iter().enumerate() {
            let key = watchlist.search_key.and_then(|at| row.get(at)).map_or("", String::as_str);
            if !wanted.is_empty() && !wanted.iter().any(|wanted| wanted == key) {
                continue;
            }
            if !self.spend(1, span) {
                break;
            }
            let mut values: Vec<Value> = function
                .columns
                .iter()
                .map(|(column, scalar_type)| match (column, scalar_type) {
                    ("_DTItemId", _) => Value::String(format!("{name}-{}", number + 1)),
                    ("SearchKey", _) => Value::String(key.to_owned()),
                    ("WatchlistItem", _) => Value::Dynamic(item(watchlist, row)),
                    ("WatchlistId" | "WatchlistName" | "WatchlistAlias", _) => Value::String(name.to_owned()),
                    (_, ScalarType::DateTime) => Value::DateTime(now),
                    (_, scalar_type) => Value::null(scalar_type),
                })
                .collect();
            values.extend(own.iter().map(|at| Value::String(row.get(*at).cloned().unwrap_or_default())));
            rows.push(values);
        }
        Table::leaf(RelationOperator::Values { rows }, columns, span)
    }
}

/// A row as a property bag.
fn item(watchlist: &Watchlist, row: &[String]) -> String {
    let mut text = String::from("{");
    for (position, (column, value)) in watchlist.columns.iter().zip(row).enumerate() {
        if position > 0 {
            text.push(',');
        }
        dynamic::write_string(column, &mut text);
        text.push(':');
        dynamic::write_string(value, &mut text);
    }
    text.push('}');
    text
}
