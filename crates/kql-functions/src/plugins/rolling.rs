//! Statistics over a window that rolls along an axis.

use kql_types::ScalarType::Long;

use super::documentation;
use crate::PassedAs;
use crate::documentation::example;
use crate::plugin::{Plugin, PluginKernel};
use crate::signature::ParameterType::{Integer, NotDynamic, Number, Summable};
use crate::signature::{ArgumentKind, parameter_of};

/// The plugins of this family.
pub static PLUGINS: &[Plugin] = &[ROLLING_PERCENTILE];

const ROLLING_PERCENTILE: Plugin = Plugin {
    name: "rolling_percentile",
    documentation: documentation(
        "Gives a percentile of the values of the last bins, for each bin.",
        "A row for each bin and dimension with values in its window, the bin being the last of the window: the start of \
         the bin, the dimensions, and `rolling_N_percentile_value_P` in the type of the values.",
        "",
        "rolling-percentile-plugin",
    ),
    signatures: &[&[
        parameter_of("ValueColumn", Summable).of_kind(ArgumentKind::Column).describe("The column of the values."),
        parameter_of("Percentile", Number).constant().describe("Which percentile, from 0 to 100."),
        parameter_of("IndexColumn", Summable).of_kind(ArgumentKind::Column).describe("The column that rows lie along."),
        parameter_of("BinSize", Summable).constant().describe("The length of a bin."),
        parameter_of("BinsPerWindow", Integer)
            .constant()
            .passed_as(PassedAs::Converted(Long))
            .describe("How many bins a window has."),
        parameter_of("Dimension", NotDynamic)
            .of_kind(ArgumentKind::Column)
            .optional()
            .repeated()
            .describe("A column whose values are looked at apart."),
    ]],
    kernel: PluginKernel::Query(
        r#"let Last = toscalar(Input | summarize max(bin(IndexColumn, BinSize)));
        Input
        | where isnotnull(IndexColumn)
        | extend Bin = bin(IndexColumn, BinSize)
        | extend Bins = range(Bin, Bin + BinSize * (BinsPerWindow - 1), BinSize)
        | mv-expand IndexColumn = Bins to typeof({type:IndexColumn})
        | where IndexColumn <= Last
        | summarize rolling_BinsPerWindow_percentile_ValueColumn_Percentile = percentile(ValueColumn, Percentile)
            by IndexColumn{, Dimension}"#,
    ),
    examples: &[example(
        "range n from 0 to 5 step 1 | evaluate rolling_percentile(n, 50, n, 2, 2) | sort by n asc \
         | summarize tostring(make_list(rolling_2_percentile_n_50))",
        "[0,1,3]",
    )],
};
