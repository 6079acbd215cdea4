//! To `datetime` and `timespan`.

use arrow::datatypes::{Int32Type, Int64Type};
use kql_types::ScalarType;
use kql_types::{text, ticks};

use super::kernels::{
    DATETIME, DYNAMIC, INT, LONG, STRING, TIMESPAN, from, from_dynamics, from_numbers, from_strings, one_of, refused,
    same,
};
use crate::documentation::example;
use crate::function::Alias;
use crate::{Documentation, Function, ResultName};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[TODATETIME, TOTIMESPAN];

const TODATETIME: Function = Function {
    name: "todatetime",
    aliases: &[],
    documentation: Documentation {
        summary: "Converts a value to `datetime`.",
        returns: "The point in time in UTC; text that is none of the known forms gives null. Numbers are ticks of 100 ns since year 1.",
        notes: "ISO 8601 is the form to use; a time without zone is UTC. Unix times have functions of their own (`unixtime_seconds_todatetime`).",
        page: "todatetime-function",
    },
    overloads: &[
        from(DATETIME, ScalarType::DateTime, same),
        from(STRING, ScalarType::DateTime, |arguments| from_strings::<Int64Type>(arguments, text::parse_datetime)),
        from(LONG, ScalarType::DateTime, |arguments| {
            from_numbers::<Int64Type, Int64Type>(arguments, ticks::checked_datetime)
        }),
        from(INT, ScalarType::DateTime, |arguments| {
            from_numbers::<Int32Type, Int64Type>(arguments, |value| ticks::checked_datetime(i64::from(value)))
        }),
        from(DYNAMIC, ScalarType::DateTime, |arguments| {
            from_dynamics::<Int64Type>(arguments, |value| value.to_datetime())
        }),
        refused(
            &[one_of(&[
                ScalarType::Bool,
                ScalarType::Real,
                ScalarType::Decimal,
                ScalarType::TimeSpan,
                ScalarType::Guid,
            ])],
            ScalarType::DateTime,
        ),
    ],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[
        example("print todatetime('2024-03-01 12:30')", "2024-03-01T12:30:00.0000000Z"),
        example("print todatetime('2024-03-01T12:30:00+02:00')", "2024-03-01T10:30:00.0000000Z"),
        example("print isnull(todatetime('tomorrow'))", "True"),
    ],
};

const TOTIMESPAN: Function = Function {
    name: "totimespan",
    aliases: &[Alias { name: "totime", deprecated: true }],
    documentation: Documentation {
        summary: "Converts a value to `timespan`.",
        returns: "The length of time; text that is none gives null. Numbers are ticks of 100 ns.",
        notes: "Takes `d.hh:mm:ss.fffffff` and amounts with a unit (`1.5h`, `30s`); a number without unit must be whole and means days.",
        page: "totimespan-function",
    },
    overloads: &[
        from(TIMESPAN, ScalarType::TimeSpan, same),
        from(STRING, ScalarType::TimeSpan, |arguments| from_strings::<Int64Type>(arguments, text::parse_timespan)),
        from(LONG, ScalarType::TimeSpan, same),
        from(INT, ScalarType::TimeSpan, |arguments| {
            from_numbers::<Int32Type, Int64Type>(arguments, |value| Some(i64::from(value)))
        }),
        from(DYNAMIC, ScalarType::TimeSpan, |arguments| {
            from_dynamics::<Int64Type>(arguments, |value| value.to_timespan())
        }),
        refused(
            &[one_of(&[
                ScalarType::Bool,
                ScalarType::Real,
                ScalarType::Decimal,
                ScalarType::DateTime,
                ScalarType::Guid,
            ])],
            ScalarType::TimeSpan,
        ),
    ],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[
        example("print totimespan('1.02:03:04')", "1.02:03:04"),
        example("print totimespan('90s')", "00:01:30"),
        example("print isnull(totimespan('soon'))", "True"),
    ],
};
