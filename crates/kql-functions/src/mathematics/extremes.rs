//! `min_of` and `max_of`: the least and the greatest of some values in one row.

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::buffer::BooleanBuffer;
use arrow::compute::kernels::cmp;
use arrow::compute::kernels::zip::zip;

use crate::documentation::example;
use crate::function::Kernel;
use crate::signature::parameter_of;
use crate::{
    Arguments, Documentation, Function, KernelError, Overload, ParameterType, PassedAs, ResultName, ReturnType,
};

type Result = std::result::Result<ArrayRef, KernelError>;

macro_rules! extreme {
    ($name:literal, $kernel:expr, $page:literal, $summary:literal, [$($example:expr),*]) => {
        Function {
            name: $name,
            aliases: &[],
            documentation: Documentation {
                summary: $summary,
                returns: "One of the arguments, in their common type; null when all are null.",
                notes: "Nulls are passed over.",
                page: $page,
            },
            overloads: &[Overload {
                parameters: &[
                    parameter_of("arg", ParameterType::CommonOrderable).passed_as(PassedAs::Common).describe("A value."),
                    parameter_of("arg", ParameterType::CommonOrderable)
                        .passed_as(PassedAs::Common)
                        .repeated()
                        .describe("A value to compare with."),
                ],
                returns: ReturnType::Common,
                kernel: Kernel::Vectorized($kernel),
            }],
            result_name: ResultName::None,
            deterministic: true,
            examples: &[$($example),*],
        }
    };
}

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    extreme!(
        "min_of",
        |a| fold(a, true),
        "min-of-function",
        "Gives the least of some values.",
        [example("print min_of(10, 1, -3, 17)", "-3"), example("print min_of(2.5, long(null), 7)", "2.5")]
    ),
    extreme!(
        "max_of",
        |a| fold(a, false),
        "max-of-function",
        "Gives the greatest of some values.",
        [example("print max_of(10, 1, -3, 17)", "17"), example("print max_of('a', 'c', 'b')", "c")]
    ),
];

/// Goes through the arguments, keeping the lesser (or greater) value of every row.
fn fold(arguments: &Arguments<'_>, least: bool) -> Result {
    let mut best = arguments.expanded(0)?;
    for position in 1..arguments.len() {
        let candidate = arguments.expanded(position)?;
        let better = if least { cmp::lt(&candidate, &best) } else { cmp::gt(&candidate, &best) }?;
        let mask = BooleanBuffer::collect_bool(arguments.rows(), |row| {
            if better.is_null(row) { best.is_null(row) } else { better.value(row) }
        });
        best = zip(&BooleanArray::new(mask, None), &candidate, &best)?;
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, long, longs, strings, text};

    #[test]
    fn nulls_are_passed_over() {
        let left = longs(&[Some(1), Some(9), None, None, Some(i64::MIN)]);
        let right = longs(&[Some(2), None, Some(3), None, Some(i64::MAX)]);
        let arguments = [left, right];
        assert_eq!(call("min_of", &arguments), "1|9|3|null|-9223372036854775808");
        assert_eq!(call("max_of", &arguments), "2|9|3|null|9223372036854775807");
        assert_eq!(call("max_of", &[longs(&[Some(1), None]), long(5), longs(&[None, Some(6)])]), "5|6");
        assert_eq!(call("min_of", &[strings(&["b", ""]), text("a")]), "a|");
    }
}
