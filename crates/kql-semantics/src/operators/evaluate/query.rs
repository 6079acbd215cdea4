//! Plugins that are queries over their parameters: the query is written for the call, bound, and put where the plugin
//! stands.

use std::rc::Rc;

use kql_functions::plugin::Plugin;
use kql_functions::signature::ArgumentKind;
use kql_syntax::Diagnostic;
use kql_types::{ScalarType, Value};

use super::super::At;
use super::super::columns::Computed;
use super::arguments::{Given, PluginArguments};
use crate::binder::{Binder, Table, column_reference};
use crate::codes;
use crate::constants::{Folded, convert};
use crate::naming::Names;
use crate::plan::{Column, Expr, ExprKind};
use crate::refresh::FOREIGN;
use crate::scope::Binding;

/// The names of the calendar's periods.
const CALENDAR: &[&str] = &["week", "month", "year"];

/// A column of the query's `Input`, with the column that was given for it.
struct InputColumn {
    name: String,
    given: String,
    value: Expr,
}

impl<'a> Binder<'a> {
    pub(super) fn query_plugin(
        &mut self,
        plugin: &'static Plugin,
        query: &str,
        arguments: &PluginArguments,
        input: Table,
        at: At,
    ) -> Option<Table> {
        let source: Vec<Column> = input.columns().to_vec();
        let columns = input_columns(arguments);
        let text = self.written(plugin, query, arguments, &columns)?;
        let mut environment = self.scopes.open_apart();
        for argument in &arguments.0 {
            let binding = match &argument.value {
                Given::Value(value) if self.is_constant(value) => Binding::Scalar(Some(value.clone())),
                Given::Value(_) => continue,
                Given::Table(table) => Binding::Table(Rc::new(self.only_ids(table.clone(), arguments, &source, at)?)),
            };
            self.scopes.declare(&mut environment, argument.parameter.name, binding);
        }
        let whole_table: Vec<Computed> = match columns.is_empty() {
            true => source.iter().map(|column| (column.clone(), column_reference(column, at.span))).collect(),
            false => Vec::new(),
        };
        let computed = columns
            .iter()
            .map(|column| (self.column(column.name.clone(), column.value.scalar_type), column.value.clone()));
        let computed: Vec<Computed> = whole_table.into_iter().chain(computed).collect();
        let mut table = self.projection(input, computed, FOREIGN);
        table.open = false;
        self.scopes.declare(&mut environment, "Input", Binding::Table(Rc::new(table)));
        let rewrites = self.rewrites;
        let Some(query) = rewrites.parsed(text) else {
            self.error(codes::TOO_LARGE, format!("the query of {}() could not be written", plugin.name), at.span);
            return None;
        };
        let outer = self.rewriting.replace(at.keyword);
        let bound = self.rewritten(query, environment);
        self.rewriting = outer;
        let bound = self.relocated(&bound?, at.span);
        Some(self.named_as_given(bound, &columns, arguments, at))
    }

    /// The query with the parts for this call filled in.
    fn written(
        &mut self,
        plugin: &'static Plugin,
        query: &str,
        arguments: &PluginArguments,
        columns: &[InputColumn],
    ) -> Option<String> {
        let dimensions = columns.iter().filter(|column| column.name.starts_with("Dimension")).count();
        let type_of = |parameter: &str| {
            let column = columns.iter().find(|column| column.name == parameter);
            column.map(|column| column.value.scalar_type).or_else(|| Some(arguments.value(parameter)?.scalar_type))
        };
        let mut text = String::new();
        if let Some(window) = arguments.value("Window").cloned() {
            let time = type_of("TimelineColumn").unwrap_or(ScalarType::DateTime);
            text.push_str(&self.periods(plugin, &window, time, arguments)?);
        }
        let mut rest = query;
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let (part, behind) = after.split_once('}')?;
            rest = behind;
            if let Some(parameter) = part.strip_prefix("type:") {
                text.push_str(type_of(parameter)?.name());
            } else if let Some((parameter, words)) = part.strip_prefix("given:").and_then(|part| part.split_once(' ')) {
                if arguments.of(parameter).is_some() {
                    text.push_str(words);
                }
            } else if let Some((parameter, words)) = part.strip_prefix("missing:").and_then(|part| part.split_once(' '))
            {
                if arguments.of(parameter).is_none() {
                    text.push_str(words);
                }
            } else {
                for number in 1..=dimensions {
                    text.push_str(&part.replace("Dimension", &format!("Dimension{number}")));
                }
            }
        }
        text.push_str(rest);
        Some(text)
    }

    /// The functions and the variable by which queries speak of periods: `bin_of`, `bin_after`, `bins_within`, `Bins`.
    fn periods(
        &mut self,
        plugin: &'static Plugin,
        window: &Expr,
        time: ScalarType,
        arguments: &PluginArguments,
    ) -> Option<String> {
        let anchored = arguments.of("Start").is_some() && arguments.of("End").is_some();
        if window.scalar_type != ScalarType::String {
            if !window.scalar_type.is_summable() {
                let message = format!("a period of {}() cannot be a {}", plugin.name, window.scalar_type);
                self.error(codes::ARGUMENT_TYPE, message, window.span);
                return None;
            }
            let (bin, bins) = match anchored {
                true => ("bin_at(t, Window, Start)", "let Bins = range(Start, End, Window);"),
                false => ("bin(t, Window)", ""),
            };
            let span = window.scalar_type;
            return Some(format!(
                "let bin_of = (t: {time}) {{ {bin} }};\n\
                 let bin_after = (t: {time}) {{ t + Window }};\n\
                 let bins_within = (t: {time}, span: {span}) \
                 {{ range(t, iff(span < Window, t, t + span - Window), Window) }};\n{bins}\n"
            ));
        }
        let word = match self.folded(window) {
            Folded::Value(Value::String(word)) => word.to_lowercase(),
            Folded::Unknown => "week".to_owned(),
            _ => {
                self.unsupported("a period that is computed by a query", window.span);
                return None;
            }
        };
        if !CALENDAR.contains(&word.as_str()) || time != ScalarType::DateTime {
            let message = format!("`{word}` is no period of {}()", plugin.name);
            let help = "it takes a timespan, or one of week, month and year for a datetime column";
            self.report(Diagnostic::error(codes::PARAMETER_VALUE, message, window.span).with_help(help));
            return None;
        }
        let bins = match anchored {
            true => format!(
                "let Bins = toscalar(range Number from 0 to 20000 step 1 | extend Bin = startof{word}(Start, Number) \
                 | where Bin <= End | summarize make_list(Bin));\n\
                 let bins_within = (t: datetime, span: timespan) {{ Bins }};"
            ),
            false => String::new(),
        };
        Some(format!(
            "let bin_of = (t: datetime) {{ startof{word}(t) }};\n\
             let bin_after = (t: datetime) {{ startof{word}(t, 1) }};\n{bins}\n"
        ))
    }

    /// A table of users: its column that is named as the users' column.
    fn only_ids(&mut self, table: Table, arguments: &PluginArguments, source: &[Column], at: At) -> Option<Table> {
        let id = match &arguments.value("IdColumn")?.kind {
            ExprKind::Column(id) => source.iter().find(|column| column.id == *id)?,
            _ => return None,
        };
        let found = table.columns().iter().find(|column| column.name == id.name).cloned();
        let Some(found) = found.filter(|found| found.scalar_type == id.scalar_type) else {
            let message =
                format!("the table of earlier users needs the column `{}` of type {}", id.name, id.scalar_type);
            self.error(codes::MISSING_COLUMNS, message, table.relation.span);
            return None;
        };
        let fresh = self.column(found.name.clone(), found.scalar_type);
        let reference = column_reference(&found, at.span);
        Some(self.projection(table, vec![(fresh, reference)], FOREIGN))
    }

    /// The result with the names, and for columns the types, of what was given.
    fn named_as_given(&mut self, table: Table, columns: &[InputColumn], arguments: &PluginArguments, at: At) -> Table {
        let mut names = Names::new();
        let mut computed: Vec<Computed> = Vec::new();
        for column in table.columns().to_vec() {
            let mut value = column_reference(&column, at.span);
            let mut name = column.name.clone();
            for given in columns {
                let is_it = match given.name.starts_with("Dimension") {
                    true => name == given.name,
                    false => name.contains(&given.name),
                };
                if is_it {
                    name = name.replace(&given.name, &given.given);
                    value = convert(value, given.value.scalar_type);
                    if given.name.starts_with("Dimension") {
                        break;
                    }
                }
            }
            for argument in &arguments.0 {
                let constant = argument.value().map(|value| &value.kind);
                if let Some(ExprKind::Literal(constant)) = constant
                    && column.name.contains(argument.parameter.name)
                {
                    name = name.replace(argument.parameter.name, &constant.to_text());
                }
            }
            computed.push((self.column(names.unique(&name), value.scalar_type), value));
        }
        self.projection(table, computed, at.span)
    }
}

/// The columns of `Input`: one for each argument that is a column or is computed of columns.
fn input_columns(arguments: &PluginArguments) -> Vec<InputColumn> {
    let mut columns: Vec<InputColumn> = Vec::new();
    for argument in &arguments.0 {
        let Some(value) = argument.value() else { continue };
        if argument.parameter.kind != ArgumentKind::Column {
            continue;
        }
        let name = match argument.parameter.repeated {
            true => {
                let taken = columns.iter().filter(|column| column.name.starts_with(argument.parameter.name)).count();
                format!("{}{}", argument.parameter.name, taken + 1)
            }
            false => argument.parameter.name.to_owned(),
        };
        columns.push(InputColumn { name, given: argument.name.clone(), value: value.clone() });
    }
    columns
}
