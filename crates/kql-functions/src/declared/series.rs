//! `series_…`: arithmetic, statistics, filters, decomposition and fits over arrays of numbers.

use kql_types::ScalarType::{Dynamic, Int, Long, Real, String};

use super::{NOT_YET, declared, overload};
use crate::signature::{
    ParameterType::{DynamicArray, Integer, Number},
    parameter, parameter_of,
};
use crate::{Function, ResultName, ReturnType};

/// The functions of this table.
pub static FUNCTIONS: &[Function] = &[
    declared(
        "series_fft",
        "series-fft-function",
        ResultName::None,
        &[overload(
            &[parameter_of("series", DynamicArray), parameter_of("series_imaginary", DynamicArray).optional()],
            ReturnType::Columns(&[("real", Dynamic), ("imag", Dynamic)]),
            NOT_YET,
        )],
    ),
    declared(
        "series_ifft",
        "series-ifft-function",
        ResultName::None,
        &[overload(
            &[parameter_of("series", DynamicArray), parameter_of("series_imaginary", DynamicArray).optional()],
            ReturnType::Columns(&[("real", Dynamic), ("imag", Dynamic)]),
            NOT_YET,
        )],
    ),
    declared(
        "series_outliers",
        "series-outliers-function",
        ResultName::FirstArgument,
        &[
            overload(
                &[
                    parameter_of("series", DynamicArray),
                    parameter("kind", String).optional(),
                    parameter_of("ignore_val", Number).optional(),
                ],
                ReturnType::Parameter(0),
                NOT_YET,
            ),
            overload(
                &[
                    parameter_of("series", DynamicArray),
                    parameter("kind", String),
                    parameter("ignore_val", Real),
                    parameter("min_percentile", Real),
                    parameter("max_percentile", Real).optional(),
                    parameter_of("test_points", Integer).optional(),
                ],
                ReturnType::Parameter(0),
                NOT_YET,
            ),
        ],
    ),
    declared(
        "series_periods_detect",
        "series-periods-detect-function",
        ResultName::None,
        &[overload(
            &[
                parameter_of("series", DynamicArray),
                parameter_of("min_period", Number),
                parameter_of("max_period", Number),
                parameter("num_periods", Long),
            ],
            ReturnType::Columns(&[("periods", Dynamic), ("scores", Dynamic)]),
            NOT_YET,
        )],
    ),
    declared(
        "series_periods_validate",
        "series-periods-validate-function",
        ResultName::None,
        &[overload(
            &[parameter_of("series", DynamicArray), parameter_of("period", Number).repeated()],
            ReturnType::Columns(&[("periods", Dynamic), ("scores", Dynamic)]),
            NOT_YET,
        )],
    ),
    declared(
        "series_fit_poly",
        "series-fit-poly-function",
        ResultName::None,
        &[overload(
            &[
                parameter_of("y_series", DynamicArray),
                parameter_of("x_series", DynamicArray).optional(),
                parameter("degree", Int).optional(),
            ],
            ReturnType::Columns(&[
                ("rsquare", Real),
                ("coefficients", Dynamic),
                ("variance", Real),
                ("rvariance", Real),
                ("poly_fit", Dynamic),
            ]),
            NOT_YET,
        )],
    ),
    declared(
        "series_seasonal",
        "series-seasonal-function",
        ResultName::None,
        &[
            overload(&[parameter_of("series", DynamicArray)], ReturnType::Type(Dynamic), NOT_YET),
            overload(
                &[parameter_of("series", DynamicArray), parameter_of("period", Integer)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[
                    parameter_of("series", DynamicArray),
                    parameter_of("period", Integer),
                    parameter_of("test_points", Integer),
                ],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
        ],
    ),
    declared(
        "series_decompose",
        "series-decompose-function",
        ResultName::None,
        &[overload(
            &[
                parameter_of("series", DynamicArray),
                parameter_of("period", Integer).optional(),
                parameter("trend", String).optional(),
                parameter_of("test_points", Integer).optional(),
                parameter_of("seasonality_threshold", Number).optional(),
            ],
            ReturnType::Columns(&[
                ("baseline", Dynamic),
                ("seasonal", Dynamic),
                ("trend", Dynamic),
                ("residual", Dynamic),
            ]),
            NOT_YET,
        )],
    ),
    declared(
        "series_decompose_forecast",
        "series-decompose-forecast-function",
        ResultName::None,
        &[overload(
            &[
                parameter_of("series", DynamicArray),
                parameter_of("test_points", Integer),
                parameter_of("period", Integer).optional(),
                parameter("trend", String).optional(),
                parameter_of("seasonality_threshold", Number).optional(),
            ],
            ReturnType::Columns(&[
                ("baseline", Dynamic),
                ("seasonal", Dynamic),
                ("trend", Dynamic),
                ("residual", Dynamic),
            ]),
            NOT_YET,
        )],
    ),
    declared(
        "series_decompose_anomalies",
        "series-decompose-anomalies-function",
        ResultName::None,
        &[overload(
            &[
                parameter_of("series", DynamicArray),
                parameter_of("threshold", Number).optional(),
                parameter_of("period", Integer).optional(),
                parameter("trend", String).optional(),
                parameter_of("test_points", Integer).optional(),
                parameter("method", String).optional(),
                parameter_of("seasonality_threshold", Number).optional(),
            ],
            ReturnType::Columns(&[("ad_flag", Dynamic), ("ad_score", Dynamic), ("baseline", Dynamic)]),
            NOT_YET,
        )],
    ),
];
