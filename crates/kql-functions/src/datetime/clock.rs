//! `now` and `ago`: the time at which a query runs. Binding makes a literal of them, so that one query sees one time.

use kql_types::ScalarType;

use crate::documentation::example;
use crate::overload::{timespan, unavailable};
use crate::signature::parameter;
use crate::{Documentation, Function, ResultName};

const FOLDED: &str = "the time of a query is known when it is bound, not when it runs";

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "now",
        aliases: &[],
        documentation: Documentation {
            summary: "Gives the time at which the query runs, in UTC, plus an offset.",
            returns: "A datetime, the same everywhere in one query.",
            notes: "",
            page: "now-function",
        },
        overloads: &[unavailable!(
            [parameter("offset", ScalarType::TimeSpan).optional().describe("A timespan to add, 0 by default.")] -> DateTime,
            FOLDED
        )],
        result_name: ResultName::None,
        deterministic: false,
        examples: &[
            example("print now() > datetime(2024-01-01)", "True"),
            example("print now(1d) - now()", "1.00:00:00"),
        ],
    },
    Function {
        name: "ago",
        aliases: &[],
        documentation: Documentation {
            summary: "Gives the time that lies a timespan before the query runs, in UTC.",
            returns: "A datetime: `now()` less the timespan.",
            notes: "",
            page: "ago-function",
        },
        overloads: &[unavailable!([timespan("timespan").describe("How long ago.")] -> DateTime, FOLDED)],
        result_name: ResultName::None,
        deterministic: false,
        examples: &[example("print now() - ago(1h)", "01:00:00"), example("print ago(-1h) > now()", "True")],
    },
];
