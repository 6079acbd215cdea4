//! `series_…`: arithmetic, statistics, filters, decomposition and fits over arrays of numbers.

use kql_types::ScalarType::{Bool, Dynamic, Int, Long, Real, String};

use super::{NOT_YET, declared, overload};
use crate::signature::{
    ParameterType::{DynamicArray, Integer, Number},
    parameter, parameter_of,
};
use crate::{Function, ResultName, ReturnType};

/// The functions of this table.
pub static FUNCTIONS: &[Function] = &[
    declared(
        "series_fir",
        "series-fir-function",
        ResultName::FirstArgument,
        &[overload(
            &[
                parameter_of("series", DynamicArray),
                parameter_of("filter", DynamicArray),
                parameter("normalize", Bool).optional(),
                parameter("center", Bool).optional(),
            ],
            ReturnType::Type(Dynamic),
            NOT_YET,
        )],
    ),
    declared(
        "series_stats",
        "series-stats-function",
        ResultName::None,
        &[overload(
            &[parameter_of("series", DynamicArray), parameter("ignore_nonfinite", Bool).constant().optional()],
            ReturnType::Type(Real),
            NOT_YET,
        )],
    ),
    declared(
        "series_stats_dynamic",
        "series-stats-dynamic-function",
        ResultName::None,
        &[overload(
            &[parameter_of("series", DynamicArray), parameter("ignore_nonfinite", Bool).constant().optional()],
            ReturnType::Type(Dynamic),
            NOT_YET,
        )],
    ),
    declared(
        "series_fft",
        "series-fft-function",
        ResultName::None,
        &[overload(
            &[parameter_of("series", DynamicArray), parameter_of("series_imaginary", DynamicArray).optional()],
            ReturnType::Type(Dynamic),
            NOT_YET,
        )],
    ),
    declared(
        "series_ifft",
        "series-ifft-function",
        ResultName::None,
        &[overload(
            &[parameter_of("series", DynamicArray), parameter_of("series_imaginary", DynamicArray).optional()],
            ReturnType::Type(Dynamic),
            NOT_YET,
        )],
    ),
    declared(
        "series_fit_line",
        "series-fit-line-function",
        ResultName::None,
        &[overload(&[parameter_of("series", DynamicArray)], ReturnType::Type(Real), NOT_YET)],
    ),
    declared(
        "series_fit_line_dynamic",
        "series-fit-line-dynamic-function",
        ResultName::None,
        &[overload(&[parameter_of("series", DynamicArray)], ReturnType::Type(Dynamic), NOT_YET)],
    ),
    declared(
        "series_fit_2lines",
        "series-fit-2lines-function",
        ResultName::None,
        &[overload(&[parameter_of("array", DynamicArray)], ReturnType::Type(Real), NOT_YET)],
    ),
    declared(
        "series_fit_2lines_dynamic",
        "series-fit-2lines-dynamic-function",
        ResultName::None,
        &[overload(&[parameter_of("series", DynamicArray)], ReturnType::Type(Dynamic), NOT_YET)],
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
        "series_iir",
        "series-iir-function",
        ResultName::FirstArgument,
        &[overload(
            &[
                parameter_of("series", DynamicArray),
                parameter_of("numerators", DynamicArray),
                parameter_of("denominators", DynamicArray),
            ],
            ReturnType::Type(Dynamic),
            NOT_YET,
        )],
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
            ReturnType::Type(Dynamic),
            NOT_YET,
        )],
    ),
    declared(
        "series_periods_validate",
        "series-periods-validate-function",
        ResultName::None,
        &[overload(
            &[parameter_of("series", DynamicArray), parameter_of("period", Number).repeated()],
            ReturnType::Type(Dynamic),
            NOT_YET,
        )],
    ),
    declared(
        "series_fill_backward",
        "series-fill-backward-function",
        ResultName::FirstArgument,
        &[overload(
            &[parameter_of("series", DynamicArray), parameter_of("missing_value_placeholder", Number).optional()],
            ReturnType::Parameter(0),
            NOT_YET,
        )],
    ),
    declared(
        "series_fill_forward",
        "series-fill-forward-function",
        ResultName::FirstArgument,
        &[overload(
            &[parameter_of("series", DynamicArray), parameter_of("missing_value_placeholder", Number).optional()],
            ReturnType::Parameter(0),
            NOT_YET,
        )],
    ),
    declared(
        "series_fill_const",
        "series-fill-const-function",
        ResultName::FirstArgument,
        &[overload(
            &[
                parameter_of("series", DynamicArray),
                parameter_of("constant_value", Number).optional(),
                parameter_of("missing_value_placeholder", Number).optional(),
            ],
            ReturnType::Parameter(0),
            NOT_YET,
        )],
    ),
    declared(
        "series_fill_linear",
        "series-fill-linear-function",
        ResultName::FirstArgument,
        &[overload(
            &[
                parameter_of("series", DynamicArray),
                parameter_of("missing_value_placeholder", Number).optional(),
                parameter("fill_edges", Bool).optional(),
                parameter_of("constant_value", Number).optional(),
            ],
            ReturnType::Parameter(0),
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
            ReturnType::Type(Real),
            NOT_YET,
        )],
    ),
    declared(
        "series_add",
        "series-add-function",
        ResultName::None,
        &[
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", Number)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", Number), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
        ],
    ),
    declared(
        "series_subtract",
        "series-subtract-function",
        ResultName::None,
        &[
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", Number)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", Number), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
        ],
    ),
    declared(
        "series_multiply",
        "series-multiply-function",
        ResultName::None,
        &[
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", Number)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", Number), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
        ],
    ),
    declared(
        "series_divide",
        "series-divide-function",
        ResultName::None,
        &[
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", Number)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", Number), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
        ],
    ),
    declared(
        "series_pow",
        "series-pow-function",
        ResultName::None,
        &[
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", Number)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", Number), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
        ],
    ),
    declared(
        "series_greater",
        "series-greater-function",
        ResultName::None,
        &[
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", Number)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", Number), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
        ],
    ),
    declared(
        "series_greater_equals",
        "series-greater-equals-function",
        ResultName::None,
        &[
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", Number)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", Number), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
        ],
    ),
    declared(
        "series_less",
        "series-less-function",
        ResultName::None,
        &[
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", Number)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", Number), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
        ],
    ),
    declared(
        "series_less_equals",
        "series-less-equals-function",
        ResultName::None,
        &[
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", Number)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", Number), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
        ],
    ),
    declared(
        "series_equals",
        "series-equals-function",
        ResultName::None,
        &[
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", Number)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", Number), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
        ],
    ),
    declared(
        "series_not_equals",
        "series-not-equals-function",
        ResultName::None,
        &[
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", Number)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", Number), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
        ],
    ),
    declared(
        "series_exp",
        "series-exp-function",
        ResultName::None,
        &[overload(&[parameter_of("series", DynamicArray)], ReturnType::Type(Dynamic), NOT_YET)],
    ),
    declared(
        "series_sign",
        "series-sign-function",
        ResultName::None,
        &[overload(&[parameter_of("series", DynamicArray)], ReturnType::Type(Dynamic), NOT_YET)],
    ),
    declared(
        "series_abs",
        "series-abs-function",
        ResultName::None,
        &[overload(&[parameter_of("series", DynamicArray)], ReturnType::Parameter(0), NOT_YET)],
    ),
    declared(
        "series_sin",
        "series-sin-function",
        ResultName::None,
        &[overload(&[parameter_of("series", DynamicArray)], ReturnType::Type(Dynamic), NOT_YET)],
    ),
    declared(
        "series_asin",
        "series-asin-function",
        ResultName::None,
        &[overload(&[parameter_of("series", DynamicArray)], ReturnType::Type(Dynamic), NOT_YET)],
    ),
    declared(
        "series_cos",
        "series-cos-function",
        ResultName::None,
        &[overload(&[parameter_of("series", DynamicArray)], ReturnType::Type(Dynamic), NOT_YET)],
    ),
    declared(
        "series_acos",
        "series-acos-function",
        ResultName::None,
        &[overload(&[parameter_of("series", DynamicArray)], ReturnType::Type(Dynamic), NOT_YET)],
    ),
    declared(
        "series_tan",
        "series-tan-function",
        ResultName::None,
        &[overload(&[parameter_of("series", DynamicArray)], ReturnType::Type(Dynamic), NOT_YET)],
    ),
    declared(
        "series_atan",
        "series-atan-function",
        ResultName::None,
        &[overload(&[parameter_of("series", DynamicArray)], ReturnType::Type(Dynamic), NOT_YET)],
    ),
    declared(
        "series_magnitude",
        "series-magnitude-function",
        ResultName::None,
        &[overload(&[parameter_of("series", DynamicArray)], ReturnType::Type(Real), NOT_YET)],
    ),
    declared(
        "series_sum",
        "series-sum-function",
        ResultName::None,
        &[overload(&[parameter_of("series", DynamicArray)], ReturnType::Type(Real), NOT_YET)],
    ),
    declared(
        "series_product",
        "series-product-function",
        ResultName::None,
        &[overload(&[parameter_of("series", DynamicArray)], ReturnType::Type(Real), NOT_YET)],
    ),
    declared(
        "series_log",
        "series-log-function",
        ResultName::None,
        &[overload(&[parameter_of("series", DynamicArray)], ReturnType::Type(Dynamic), NOT_YET)],
    ),
    declared(
        "series_floor",
        "series-floor-function",
        ResultName::None,
        &[overload(&[parameter_of("series", DynamicArray)], ReturnType::Type(Dynamic), NOT_YET)],
    ),
    declared(
        "series_ceiling",
        "series-ceiling-function",
        ResultName::None,
        &[overload(&[parameter_of("series", DynamicArray)], ReturnType::Parameter(0), NOT_YET)],
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
            ReturnType::Type(Dynamic),
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
            ReturnType::Type(Dynamic),
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
            ReturnType::Type(Dynamic),
            NOT_YET,
        )],
    ),
    declared(
        "series_pearson_correlation",
        "series-pearson-correlation-function",
        ResultName::None,
        &[overload(
            &[parameter_of("series1", DynamicArray), parameter_of("series2", DynamicArray)],
            ReturnType::Type(Real),
            NOT_YET,
        )],
    ),
    declared(
        "series_dot_product",
        "series-dot-product-function",
        ResultName::None,
        &[
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Real),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", DynamicArray), parameter_of("series2", Number)],
                ReturnType::Type(Real),
                NOT_YET,
            ),
            overload(
                &[parameter_of("series1", Number), parameter_of("series2", DynamicArray)],
                ReturnType::Type(Real),
                NOT_YET,
            ),
        ],
    ),
    declared(
        "series_cosine_similarity",
        "series-cosine-similarity-function",
        ResultName::None,
        &[overload(
            &[
                parameter_of("series1", DynamicArray),
                parameter_of("series2", DynamicArray),
                parameter("series1_magnitude", Real).optional(),
                parameter("series2_magnitude", Real).optional(),
            ],
            ReturnType::Type(Real),
            NOT_YET,
        )],
    ),
];
