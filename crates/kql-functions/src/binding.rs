//! Functions that speak of the query itself: of its columns, its tables and its constants. Binding writes out what
//! they stand for, so none of them is left in a plan.

use kql_types::ScalarType::{Bool, String};

use crate::documentation::example;
use crate::function::{Alias, Kernel};
use crate::overload::unavailable;
use crate::signature::{
    ParameterType::{Scalar, Summable, Tabular},
    parameter, parameter_of,
};
use crate::{Documentation, Function, Overload, Parameter, ResultName, ReturnType};

const WRITTEN_OUT: &str = "binding writes it out";

/// The functions of this family.
pub static FUNCTIONS: &[Function] =
    &[COLUMN_IFEXISTS, ISCOLUMNEXISTS, COLUMN_NAMES_OF, ASSERT, BIN_AUTO, INGESTION_TIME];

const NAME: Parameter = parameter("columnName", String).constant().describe("The name of a column, as text.");

const COLUMN_IFEXISTS: Function = Function {
    name: "column_ifexists",
    aliases: &[Alias { name: "columnifexists", deprecated: true }],
    documentation: Documentation {
        summary: "Gives a column where the table has it, and another value where it has not.",
        returns: "The column, in its own type, or the default value.",
        notes: "Which of them it is, is known before the query runs.",
        page: "column-ifexists-function",
    },
    overloads: &[Overload {
        parameters: &[
            NAME,
            parameter_of("defaultValue", Scalar).describe("What to give where there is no such column."),
        ],
        returns: ReturnType::Parameter(1),
        kernel: Kernel::Unavailable(WRITTEN_OUT),
    }],
    result_name: ResultName::FirstArgumentValueIfColumn,
    deterministic: true,
    examples: &[
        example("print a = 1 | project column_ifexists('a', 2)", "1"),
        example("print a = 1 | project column_ifexists('b', a + 1)", "2"),
    ],
};

const ISCOLUMNEXISTS: Function = Function {
    name: "iscolumnexists",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells whether the table has a column of a name.",
        returns: "A bool, known before the query runs.",
        notes: "",
        page: "",
    },
    overloads: &[unavailable!([NAME] -> Bool, WRITTEN_OUT)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print a = 1 | project iscolumnexists('a')", "True"),
        example("print a = 1 | project iscolumnexists('b')", "False"),
    ],
};

const COLUMN_NAMES_OF: Function = Function {
    name: "column_names_of",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives the names of a table's columns.",
        returns: "An array of strings, known before the query runs.",
        notes: "",
        page: "column-names-of-function",
    },
    overloads: &[unavailable!([parameter_of("table", Tabular).describe("A table.")] -> Dynamic, WRITTEN_OUT)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("let T = datatable(a: string, b: int) []; print column_names_of(T)", "[\"a\",\"b\"]")],
};

const ASSERT: Function = Function {
    name: "assert",
    aliases: &[],
    documentation: Documentation {
        summary: "Stops a query with a message unless a condition holds.",
        returns: "`true`; where the condition is false, the query fails before it runs.",
        notes: "The condition must be constant: one over the parameters of a function, for example.",
        page: "assert-function",
    },
    overloads: &[unavailable!(
        [
            parameter("condition", Bool).describe("What must hold."),
            parameter("message", String).describe("What to say where it does not."),
        ] -> Bool,
        WRITTEN_OUT
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("let f = (n: long) { assert(n > 0, 'n must be positive') and n < 5 }; print f(3)", "True")],
};

const BIN_AUTO: Function = Function {
    name: "bin_auto",
    aliases: &[],
    documentation: Documentation {
        summary: "Rounds a value down to the start of its bin, with the bins that `set` statements name.",
        returns: "As `bin(value, query_bin_auto_size)`, or `bin_at(value, query_bin_auto_size, query_bin_auto_at)`.",
        notes: "`set query_bin_auto_size = 1h;` is needed; `set query_bin_auto_at = …;` moves the bins.",
        page: "bin-auto-function",
    },
    overloads: &[unavailable!([parameter_of("value", Summable).describe("The value to round.")] -> Long, WRITTEN_OUT)],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[
        example("set query_bin_auto_size = 1h; print bin_auto(150m)", "02:00:00"),
        example("set query_bin_auto_size = 10; set query_bin_auto_at = 3; print bin_auto(25)", "23"),
    ],
};

const INGESTION_TIME: Function = Function {
    name: "ingestion_time",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives the time at which a row was ingested.",
        returns: "A null datetime: rows of local files were never ingested.",
        notes: "A condition on it holds for no row. Where the files have a column for it, such as `TimeGenerated`, use that.",
        page: "ingestion-time-function",
    },
    overloads: &[unavailable!([] -> DateTime, WRITTEN_OUT)],
    result_name: ResultName::PrefixOnly("$IngestionTime"),
    deterministic: true,
    examples: &[example("print a = 1 | project isnull(ingestion_time())", "True")],
};
