//! `and`, `or` and `not`, three-valued: a null is a truth value that is not known.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray};
use arrow::compute::{and_kleene, or_kleene};
use kql_types::ScalarType;

use super::{dynamic_as, exactly};
use crate::documentation::example;
use crate::overload::overload;
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, ResultName};

type Result = std::result::Result<ArrayRef, KernelError>;

macro_rules! logic_overloads {
    ($kernel:expr) => {
        &[
            overload!([exactly("left", &[ScalarType::Bool]), exactly("right", &[ScalarType::Bool])] -> Bool, $kernel),
            overload!([dynamic_as("left", ScalarType::Bool), exactly("right", &[ScalarType::Bool])] -> Bool, $kernel),
            overload!([exactly("left", &[ScalarType::Bool]), dynamic_as("right", ScalarType::Bool)] -> Bool, $kernel),
            overload!([dynamic_as("left", ScalarType::Bool), dynamic_as("right", ScalarType::Bool)] -> Bool, $kernel),
        ]
    };
}

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "and",
        aliases: &[],
        documentation: Documentation {
            summary: "Tells whether both operands are true.",
            returns: "`true` when both are true, `false` when one is false, null otherwise.",
            notes: "`false and bool(null)` is false, `true and bool(null)` is null.",
            page: "logical-operators",
        },
        overloads: logic_overloads!(|a| combine(a, and_kleene)),
        result_name: ResultName::None,
        deterministic: true,
        examples: &[
            example("print true and false", "False"),
            example("print false and bool(null)", "False"),
            example("print true and bool(null)", ""),
        ],
    },
    Function {
        name: "or",
        aliases: &[],
        documentation: Documentation {
            summary: "Tells whether at least one operand is true.",
            returns: "`true` when one is true, `false` when both are false, null otherwise.",
            notes: "`true or bool(null)` is true, `false or bool(null)` is null.",
            page: "logical-operators",
        },
        overloads: logic_overloads!(|a| combine(a, or_kleene)),
        result_name: ResultName::None,
        deterministic: true,
        examples: &[
            example("print true or false", "True"),
            example("print true or bool(null)", "True"),
            example("print false or bool(null)", ""),
        ],
    },
    Function {
        name: "not",
        aliases: &[],
        documentation: Documentation {
            summary: "Reverses a truth value.",
            returns: "`true` for `false`, `false` for `true`, null for null.",
            notes: "",
            page: "not-function",
        },
        overloads: &[
            overload!([parameter("expression", ScalarType::Bool).describe("The value to reverse.")] -> Bool, negate),
        ],
        result_name: ResultName::None,
        deterministic: true,
        examples: &[example("print not(1 > 2)", "True"), example("print not(bool(null))", "")],
    },
];

type Combination = fn(&BooleanArray, &BooleanArray) -> std::result::Result<BooleanArray, arrow::error::ArrowError>;

fn combine(arguments: &Arguments<'_>, combination: Combination) -> Result {
    let (left, right) = (arguments.expanded(0)?, arguments.expanded(1)?);
    Ok(Arc::new(combination(as_bools(&left)?, as_bools(&right)?)?))
}

fn negate(arguments: &Arguments<'_>) -> Result {
    Ok(Arc::new(arrow::compute::not(as_bools(&arguments.expanded(0)?)?)?))
}

fn as_bools(array: &ArrayRef) -> std::result::Result<&BooleanArray, KernelError> {
    array.as_boolean_opt().ok_or_else(|| KernelError(format!("a bool was expected, not {}", array.data_type())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Argument;
    use crate::testing::call_overload as call;

    const EVERY: [Option<bool>; 3] = [Some(true), Some(false), None];

    fn against(operator: &str, right: Option<bool>) -> Vec<Option<bool>> {
        let left = Argument::Array(Arc::new(BooleanArray::from(EVERY.to_vec())));
        let right = Argument::Constant(Arc::new(BooleanArray::from(vec![right])));
        call(&format!("{operator}(bool, bool)"), &[left, right], 3).as_boolean().iter().collect()
    }

    #[test]
    fn null_is_not_known() {
        assert_eq!(against("and", Some(true)), [Some(true), Some(false), None]);
        assert_eq!(against("and", Some(false)), [Some(false); 3]);
        assert_eq!(against("and", None), [None, Some(false), None]);
        assert_eq!(against("or", Some(true)), [Some(true); 3]);
        assert_eq!(against("or", Some(false)), [Some(true), Some(false), None]);
        assert_eq!(against("or", None), [Some(true), None, None]);
        let every = Argument::Array(Arc::new(BooleanArray::from(EVERY.to_vec())));
        let reversed: Vec<_> = call("not(bool)", &[every], 3).as_boolean().iter().collect();
        assert_eq!(reversed, [Some(false), Some(true), None]);
    }
}
