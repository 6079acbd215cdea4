//! Plugins: what `evaluate` calls, one static item each.

use std::fmt;

use arrow::array::ArrayRef;
use kql_types::{ScalarType, Value};

use crate::{Documentation, Example, KernelError, Parameter};

/// A plugin. Its identity is its name.
#[derive(Debug)]
pub struct Plugin {
    pub name: &'static str,
    pub documentation: Documentation,
    /// Chosen as a [`Function`](crate::Function)'s are.
    pub signatures: &'static [&'static [Parameter]],
    pub kernel: PluginKernel,
    pub examples: &'static [Example],
}

/// How a plugin is computed.
#[derive(Clone, Copy)]
pub enum PluginKernel {
    /// By a query over the plugin's parameters. `Input` is the table, with a column for each parameter that names
    /// one, called as the parameter; a parameter that repeats gives `Dimension1`, `Dimension2`, …. Parameters that
    /// are constant are variables. Before the query is read,
    /// - `{… Dimension …}` is repeated for each dimension, so `by Time{, Dimension}` is `by Time, Dimension1, Dimension2`;
    /// - `{type:Parameter}` is the type of a parameter, and `{given:Parameter …}` stands only where one is given.
    ///
    /// A parameter's name within the name of a result column stands for the column or constant that was given.
    Query(&'static str),
    /// On all rows at once, in order.
    Rows(RowsKernel),
    /// By the binder, for the columns depend on data, or the plugin joins a second table.
    Binding,
    /// Known, but never run here; the text says why.
    Unavailable(&'static str),
}

/// A plugin that sees all rows at once.
#[derive(Clone, Copy, Debug)]
pub struct RowsKernel {
    /// The columns of the result.
    pub columns: fn(&PluginCall<'_>) -> Result<Vec<(String, ScalarType)>, KernelError>,
    /// The arrays of these columns, all of one length.
    pub rows: fn(&PluginRows<'_>) -> Result<Vec<ArrayRef>, KernelError>,
}

/// A call of a plugin as its kernel sees it before there are rows.
#[derive(Debug)]
pub struct PluginCall<'a> {
    /// The columns that reach the kernel, with their names and types: those of the table, or those of the arguments.
    pub columns: &'a [(String, ScalarType)],
    /// The arguments by position of their parameter.
    pub arguments: &'a [PluginArgument],
}

/// One argument of a plugin.
#[derive(Clone, Debug, PartialEq)]
pub struct PluginArgument {
    /// The parameter that it is for.
    pub parameter: &'static str,
    /// The name of the column, or the name given with `name = …`.
    pub name: String,
    pub value: PluginValue,
}

/// What a plugin's argument is.
#[derive(Clone, Debug, PartialEq)]
pub enum PluginValue {
    /// The column at this position of the call's columns.
    Column(usize),
    Constant(Value),
}

/// The rows of a call.
#[derive(Debug)]
pub struct PluginRows<'a> {
    pub call: PluginCall<'a>,
    /// One array for each of the call's columns.
    pub arrays: &'a [ArrayRef],
    pub rows: usize,
}

impl<'a> PluginCall<'a> {
    /// The arguments of a parameter.
    pub fn of(&self, parameter: &'a str) -> impl Iterator<Item = &'a PluginArgument> {
        self.arguments.iter().filter(move |argument| argument.parameter == parameter)
    }

    /// The constant given for a parameter.
    pub fn constant(&self, parameter: &'a str) -> Option<&'a Value> {
        self.of(parameter).find_map(|argument| match &argument.value {
            PluginValue::Constant(value) => Some(value),
            PluginValue::Column(_) => None,
        })
    }

    /// The positions of the columns given for a parameter.
    pub fn positions(&self, parameter: &'a str) -> Vec<usize> {
        let position = |argument: &PluginArgument| match argument.value {
            PluginValue::Column(position) => Some(position),
            PluginValue::Constant(_) => None,
        };
        self.of(parameter).filter_map(position).collect()
    }
}

impl fmt::Debug for PluginKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PluginKernel::Query(_) => "Query",
            PluginKernel::Rows(_) => "Rows",
            PluginKernel::Binding => "Binding",
            PluginKernel::Unavailable(_) => "Unavailable",
        })
    }
}
