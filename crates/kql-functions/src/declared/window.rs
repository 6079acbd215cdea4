//! Functions that look at other rows: those without documentation.

use kql_types::ScalarType::{Bool, Long};

use super::{WINDOW, declared, overload};
use crate::signature::{ParameterType::NotDynamic, parameter, parameter_of};
use crate::{Function, ResultName, ReturnType};

/// The functions of this table.
pub static FUNCTIONS: &[Function] = &[declared(
    "row_rank",
    "",
    ResultName::None,
    &[overload(
        &[parameter_of("column", NotDynamic), parameter("dense", Bool).constant().optional()],
        ReturnType::Type(Long),
        WINDOW,
    )],
)];
