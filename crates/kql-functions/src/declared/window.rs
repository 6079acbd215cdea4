//! Functions that look at other rows: `prev`, `next`, `row_number` and their like.

use kql_types::ScalarType::{Bool, DateTime, Long, TimeSpan};

use super::{WINDOW, declared, overload};
use crate::signature::{
    ArgumentKind,
    ParameterType::{NotDynamic, Number, Scalar},
    parameter, parameter_of,
};
use crate::{Function, ResultName, ReturnType};

/// The functions of this table.
pub static FUNCTIONS: &[Function] = &[
    declared(
        "row_number",
        "row-number-function",
        ResultName::None,
        &[overload(
            &[parameter("startingIndex", Long).optional(), parameter("restart", Bool).optional()],
            ReturnType::Type(Long),
            WINDOW,
        )],
    ),
    declared(
        "row_cumsum",
        "row-cumsum-function",
        ResultName::None,
        &[overload(
            &[parameter_of("term", Number), parameter("restart", Bool).optional()],
            ReturnType::Parameter(0),
            WINDOW,
        )],
    ),
    declared(
        "row_rank",
        "",
        ResultName::None,
        &[overload(
            &[parameter_of("column", NotDynamic), parameter("dense", Bool).constant().optional()],
            ReturnType::Type(Long),
            WINDOW,
        )],
    ),
    declared(
        "row_rank_dense",
        "row-rank-dense-function",
        ResultName::None,
        &[overload(
            &[parameter_of("term", NotDynamic), parameter("restart", Bool).optional()],
            ReturnType::Type(Long),
            WINDOW,
        )],
    ),
    declared(
        "row_rank_min",
        "row-rank-min-function",
        ResultName::None,
        &[overload(
            &[parameter_of("term", NotDynamic), parameter("restart", Bool).optional()],
            ReturnType::Type(Long),
            WINDOW,
        )],
    ),
    declared(
        "row_window_session",
        "row-window-session-function",
        ResultName::None,
        &[overload(
            &[
                parameter("expr", DateTime),
                parameter("maxDistanceFromFirst", TimeSpan),
                parameter("maxDistanceBetweenNeighbors", TimeSpan),
                parameter("restart", Bool).optional(),
            ],
            ReturnType::Parameter(0),
            WINDOW,
        )],
    ),
    declared(
        "prev",
        "prev-function",
        ResultName::None,
        &[overload(
            &[
                parameter_of("column", Scalar).of_kind(ArgumentKind::Column),
                parameter("offset", Long).optional(),
                parameter_of("default_value", Scalar).constant().optional(),
            ],
            ReturnType::Parameter(0),
            WINDOW,
        )],
    ),
    declared(
        "next",
        "next-function",
        ResultName::None,
        &[overload(
            &[
                parameter_of("column", Scalar).of_kind(ArgumentKind::Column),
                parameter("offset", Long).optional(),
                parameter_of("default_value", Scalar).constant().optional(),
            ],
            ReturnType::Parameter(0),
            WINDOW,
        )],
    ),
];
