//! Aggregates that are known by signature only.

use crate::aggregate::{AggregateKernel, AggregateOverload, AggregateReturn};
use crate::signature::parameter_of;
use crate::{Aggregate, Documentation, Parameter, ParameterType, ResultName, ReturnType};

/// The aggregates of this table.
pub static AGGREGATES: &[Aggregate] = &[declared(
    "passthrough",
    "",
    ResultName::FirstArgument,
    &[overload(&[parameter_of("expr", ParameterType::Scalar)], ReturnType::Parameter(0))],
)];

/// An aggregate known by signature.
const fn declared(
    name: &'static str,
    page: &'static str,
    result_name: ResultName,
    overloads: &'static [AggregateOverload],
) -> Aggregate {
    Aggregate {
        name,
        aliases: &[],
        documentation: Documentation {
            summary: "Known by its signature only.",
            returns: "Nothing: a query that calls it can be checked, but not run.",
            notes: "",
            page,
        },
        overloads,
        result_name,
        examples: &[],
    }
}

const fn overload(parameters: &'static [Parameter], returns: ReturnType) -> AggregateOverload {
    AggregateOverload {
        parameters,
        returns: AggregateReturn::One(returns),
        kernel: AggregateKernel::Unavailable("what it gives is documented nowhere"),
    }
}
