//! Plugins that pass the rows of a table on, or turn them.

use kql_types::ScalarType::{Bool, Dynamic, Long, String};

use super::documentation;
use crate::PassedAs;
use crate::documentation::example;
use crate::plugin::{Plugin, PluginKernel};
use crate::signature::ParameterType::{Integer, NotDynamic, Scalar};
use crate::signature::{ArgumentKind, parameter, parameter_of};

/// The plugins of this family.
pub static PLUGINS: &[Plugin] =
    &[BAG_UNPACK, ESTIMATE_ROWS_COUNT, IDENTITY, NARROW, PIVOT, PREVIEW, ROWS_NEAR, SCHEMA_MERGE];

const BAG_UNPACK: Plugin = Plugin {
    name: "bag_unpack",
    documentation: documentation(
        "Makes a column of each key of a column of property bags.",
        "The rows of the table without the column, and with a column for each key, in the order of the keys. A column has \
         the type of its values where all have the same, else it is dynamic.",
        "Without a declared schema, `: (*, name: type)`, the data is read twice: first for the keys.",
        "bag-unpack-plugin",
    ),
    signatures: &[&[
        parameter("Column", Dynamic).of_kind(ArgumentKind::Column).describe("The column of bags."),
        parameter("OutputColumnPrefix", String).optional().describe("What the names of the new columns start with."),
        parameter("columnsConflict", String)
            .optional()
            .values(&["error", "replace_source", "keep_source"])
            .describe("What becomes of a key that is the name of a column."),
        parameter("ignoredProperties", Dynamic).optional().describe("An array of keys to leave out."),
    ]],
    kernel: PluginKernel::Binding,
    examples: &[example(
        "print d = dynamic({\"name\": \"ann\", \"age\": 20}) | evaluate bag_unpack(d) | project strcat(name, age)",
        "ann20",
    )],
};

const ESTIMATE_ROWS_COUNT: Plugin = Plugin {
    name: "estimate_rows_count",
    documentation: documentation(
        "Counts the rows of a table.",
        "One row with the column `EstimatedRowsCount`, a long.",
        "The count is exact here.",
        "evaluate-operator",
    ),
    signatures: &[&[]],
    kernel: PluginKernel::Binding,
    examples: &[example("range n from 1 to 3 step 1 | evaluate estimate_rows_count()", "3")],
};

const IDENTITY: Plugin = Plugin {
    name: "identity",
    documentation: documentation(
        "Gives the table as it is.",
        "All rows and columns of the table.",
        "",
        "evaluate-operator",
    ),
    signatures: &[&[]],
    kernel: PluginKernel::Binding,
    examples: &[example("print n = 7 | evaluate identity()", "7")],
};

const NARROW: Plugin = Plugin {
    name: "narrow",
    documentation: documentation(
        "Makes a row of each cell.",
        "A row for each cell: `Row`, the number of its row from 0, `Column`, the name of its column, and `Value`, its text.",
        "Truth is written `True` or `False`, time as `2024-01-31 10:00:00.0000000`, and a null as `[null]`.",
        "narrow-plugin",
    ),
    signatures: &[&[]],
    kernel: PluginKernel::Binding,
    examples: &[example(
        "print a = 1, b = true | evaluate narrow() | summarize tostring(make_list(strcat(Row, Column, Value)))",
        "[\"0a1\",\"0bTrue\"]",
    )],
};

const PIVOT: Plugin = Plugin {
    name: "pivot",
    documentation: documentation(
        "Makes a column of each value of a column, and aggregates the rows that fall together.",
        "A row for each value of the other columns: those columns, and a column for each value, in the order of the \
         values, that holds the aggregate of its rows.",
        "Without a declared schema the data is read twice: first for the values.",
        "pivot-plugin",
    ),
    signatures: &[&[
        parameter_of("pivotColumn", NotDynamic).of_kind(ArgumentKind::Column).describe("The column to turn."),
        parameter_of("aggregateFunction", Scalar).optional().describe("How to aggregate; `count()` unless given."),
        parameter_of("columnName", Scalar)
            .of_kind(ArgumentKind::Column)
            .optional()
            .repeated()
            .describe("The columns to group by; all others unless given."),
    ]],
    kernel: PluginKernel::Binding,
    examples: &[example(
        "datatable(k:string, v:long)['a', 1, 'b', 2, 'a', 3] | evaluate pivot(k, sum(v)) | project strcat(a, b)",
        "42",
    )],
};

const PREVIEW: Plugin = Plugin {
    name: "preview",
    documentation: documentation(
        "Gives some rows of a table, and how many there are.",
        "Two tables: up to so many rows, and one row with the column `Count`, a long.",
        "It can only end a query.",
        "preview-plugin",
    ),
    signatures: &[&[parameter_of("NumberOfRows", Integer)
        .constant()
        .passed_as(PassedAs::Converted(Long))
        .describe("How many rows to give at most.")]],
    kernel: PluginKernel::Binding,
    examples: &[example("range n from 4 to 9 step 1 | evaluate preview(1)", "4")],
};

const ROWS_NEAR: Plugin = Plugin {
    name: "rows_near",
    documentation: documentation(
        "Finds the rows around those that meet a condition.",
        "The rows of the table that meet the condition, or are so few rows before or after one that does.",
        "The table must be serialized, as `sort`, `top` and `serialize` leave it.",
        "rows-near-plugin",
    ),
    signatures: &[&[
        parameter("Condition", Bool).describe("What to look for."),
        parameter_of("NumRows", Integer)
            .constant()
            .passed_as(PassedAs::Converted(Long))
            .describe("How many rows before to give, and after unless that is given."),
        parameter_of("NumRowsAfter", Integer)
            .constant()
            .passed_as(PassedAs::Converted(Long))
            .optional()
            .describe("How many rows after to give."),
    ]],
    kernel: PluginKernel::Binding,
    examples: &[example(
        "range n from 1 to 9 step 1 | evaluate rows_near(n == 5, 1, 2) | summarize tostring(make_list(n))",
        "[4,5,6,7]",
    )],
};

const SCHEMA_MERGE: Plugin = Plugin {
    name: "schema_merge",
    documentation: documentation(
        "Merges schemas, as `getschema` gives them, into one.",
        "A row for each column, as `getschema` gives it. A column in several schemas has the widest of its number types.",
        "A column that has several places in the schemas is an error, unless order is not to be kept, and then has the \
         last of its places. So is a column whose types have none in common. Errors stand in the type of the column.",
        "schema-merge-plugin",
    ),
    signatures: &[&[parameter("PreserveOrder", Bool)
        .constant()
        .optional()
        .describe("Whether a column must have one place in all schemas; it must unless this is false.")]],
    kernel: PluginKernel::Query(
        r#"Input
        | summarize DataType = take_any(DataType), Highest = max(ColumnOrdinal), Lowest = min(ColumnOrdinal),
            Types = array_sort_asc(make_set(ColumnType)) by ColumnName
        | extend Merged = case(
            array_length(Types) == 1, tostring(Types[0]),
            array_length(set_difference(Types, dynamic(["int", "long"]))) == 0, "long",
            array_length(set_difference(Types, dynamic(["int", "long", "real"]))) == 0, "real",
            "")
        | extend Moved = {given:PreserveOrder PreserveOrder and} Highest != Lowest
        | extend Failure = case(Moved, "ERROR(columns are out of order)",
            Merged == "", strcat("ERROR(types differ: ", strcat_array(Types, ", "), ")"), "")
        | sort by Moved asc, Highest asc, ColumnName asc
        | extend Place = toint(row_number() - 1)
        | project ColumnName, ColumnOrdinal = iff(Failure == "", Place, int(-1)),
            DataType = case(Failure != "", strcat("ERROR(unknown CSL type:", Failure, ")"),
                array_length(Types) == 1, DataType, Merged == "long", "System.Int64", "System.Double"),
            ColumnType = iff(Failure == "", Merged, Failure)"#,
    ),
    examples: &[example(
        "union (print a = 1, b = int(2) | getschema), (print a = 1.5, b = int(2), c = '' | getschema) \
         | evaluate schema_merge() | summarize tostring(make_list(strcat(ColumnName, ColumnOrdinal, ColumnType)))",
        "[\"a0real\",\"b1int\",\"c2string\"]",
    )],
};
