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
    /// one, called as the parameter (or the whole table, where no parameter names a column); a parameter that repeats gives `Dimension1`, `Dimension2`, …. Parameters that
    /// are constant are variables. Before the query is read,
    /// - `{… Dimension …}` is repeated for each dimension, so `by Time{, Dimension}` is `by Time, Dimension1, Dimension2`;
    /// - `{type:Parameter}` is the type of a parameter, and `{given:Parameter …}` stands only where one is given.
    ///
    /// A parameter's name within the name of a result column stands for the column or constant that was given.
    Query(&'static str),
    /// On all rows at once, in order.
    Rows(RowsKernel),
    /// As that, with a table for each kernel. Such a plugin ends the query, or operators follow that read the first table.
    Tables(&'static [RowsKernel]),
    /// By the binder, for the columns depend on data, or the plugin joins a second table.
    Binding,
    /// Known, but never run here; the text says why.
    Unavailable(&'static str),
}

impl Plugin {
    /// The kernel of one of its tables, where it sees all rows at once.
    pub fn rows_kernel(&self, table: usize) -> Option<RowsKernel> {
        match self.kernel {
            PluginKernel::Rows(kernel) => (table == 0).then_some(kernel),
            PluginKernel::Tables(kernels) => kernels.get(table).copied(),
            _ => None,
        }
    }
}

/// A plugin that sees all rows at once.
#[derive(Clone, Copy, Debug)]
pub struct RowsKernel {
    /// Whether the kernel reads all columns of the table, or only the arguments.
    pub whole_table: bool,
    /// The columns of the result.
    pub columns: fn(&PluginCall<'_>) -> Vec<(String, ScalarType)>,
    /// The rows of the result; not called where the table has none.
    pub rows: fn(&PluginRows<'_>) -> Result<Vec<Vec<Value>>, KernelError>,
}

/// A call of a plugin, as its kernel sees it.
#[derive(Clone, Copy, Debug)]
pub struct PluginCall<'a> {
    /// The columns that the kernel reads, with their types: those of the table, or those of the arguments by the names
    /// that the call gives them.
    pub columns: &'a [(String, ScalarType)],
    pub arguments: &'a [PluginArgument],
}

/// One argument of a plugin.
#[derive(Clone, Debug, PartialEq)]
pub struct PluginArgument {
    /// The name of its parameter.
    pub parameter: String,
    pub value: PluginValue,
}

/// What a plugin's argument is.
#[derive(Clone, Debug, PartialEq)]
pub enum PluginValue {
    /// The column at this position of the call's columns.
    Column(usize),
    /// A constant; null while only the columns of the result are asked for, unless it is a literal.
    Constant(Value),
}

/// The rows that a plugin reads.
#[derive(Clone, Copy, Debug)]
pub struct PluginRows<'a> {
    pub call: PluginCall<'a>,
    /// One array for each of the call's columns, each as long as there are rows.
    pub arrays: &'a [ArrayRef],
    pub rows: usize,
}

impl<'a> PluginCall<'a> {
    /// The constant given for a parameter.
    pub fn constant(&self, parameter: &str) -> Option<&'a Value> {
        self.constants(parameter).next()
    }

    /// The constants given for a parameter that repeats.
    pub fn constants(&self, parameter: &str) -> impl Iterator<Item = &'a Value> {
        self.arguments.iter().filter(move |argument| argument.parameter == parameter).filter_map(|argument| {
            match &argument.value {
                PluginValue::Constant(value) => Some(value),
                PluginValue::Column(_) => None,
            }
        })
    }

    /// The positions of the columns given for a parameter.
    pub fn positions(&self, parameter: &str) -> Vec<usize> {
        let position = |argument: &PluginArgument| match argument.value {
            PluginValue::Column(position) if argument.parameter == parameter => Some(position),
            _ => None,
        };
        self.arguments.iter().filter_map(position).collect()
    }

    /// The first column given for a parameter, with its name and type.
    pub fn column(&self, parameter: &str) -> Option<(usize, &'a (String, ScalarType))> {
        let position = self.positions(parameter).first().copied()?;
        Some((position, self.columns.get(position)?))
    }
}

impl PluginRows<'_> {
    /// The value of a cell; a null where there is none.
    pub fn value(&self, column: usize, row: usize) -> Value {
        let scalar_type = self.call.columns.get(column).map_or(ScalarType::Dynamic, |(_, scalar_type)| *scalar_type);
        let value = self.arrays.get(column).and_then(|array| Value::from_array(array.as_ref(), row, scalar_type));
        value.unwrap_or(Value::null(scalar_type))
    }
}

impl fmt::Debug for PluginKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PluginKernel::Query(_) => "Query",
            PluginKernel::Rows(_) => "Rows",
            PluginKernel::Tables(_) => "Tables",
            PluginKernel::Binding => "Binding",
            PluginKernel::Unavailable(_) => "Unavailable",
        })
    }
}
