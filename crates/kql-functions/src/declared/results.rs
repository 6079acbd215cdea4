//! The functions that give several columns at once: `extend series_fit_line(y)`, `extend (a, b) = series_fft(y)`.

use kql_types::ScalarType::{self, Dynamic, Long, Real};

use crate::Function;

/// One of several columns that a function gives: the end of its name, and its type.
pub type ResultColumn = (&'static str, ScalarType);

/// The columns that a function gives where it gives several. Those that a query does not name are called
/// `function_argument_end`: `series_stats(y)` gives `series_stats_y_min`, …. Within an expression the function
/// stands for its first column.
pub fn result_columns(function: &str) -> Option<&'static [ResultColumn]> {
    Some(match function {
        "series_stats" => &[
            ("min", Real),
            ("min_idx", Long),
            ("max", Real),
            ("max_idx", Long),
            ("avg", Real),
            ("stdev", Real),
            ("variance", Real),
        ],
        "series_fft" | "series_ifft" => &[("real", Dynamic), ("imag", Dynamic)],
        "series_fit_line" => &[
            ("rsquare", Real),
            ("slope", Real),
            ("variance", Real),
            ("rvariance", Real),
            ("interception", Real),
            ("line_fit", Dynamic),
        ],
        "series_fit_2lines" => &[
            ("rsquare", Real),
            ("split_idx", Long),
            ("variance", Real),
            ("rvariance", Real),
            ("line_fit", Dynamic),
            ("right_rsquare", Real),
            ("right_slope", Real),
            ("right_interception", Real),
            ("right_variance", Real),
            ("right_rvariance", Real),
            ("left_rsquare", Real),
            ("left_slope", Real),
            ("left_interception", Real),
            ("left_variance", Real),
            ("left_rvariance", Real),
        ],
        "series_fit_poly" => &[
            ("rsquare", Real),
            ("coefficients", Dynamic),
            ("variance", Real),
            ("rvariance", Real),
            ("poly_fit", Dynamic),
        ],
        "series_periods_detect" | "series_periods_validate" => &[("periods", Dynamic), ("scores", Dynamic)],
        "series_decompose" | "series_decompose_forecast" => {
            &[("baseline", Dynamic), ("seasonal", Dynamic), ("trend", Dynamic), ("residual", Dynamic)]
        }
        "series_decompose_anomalies" => &[("ad_flag", Dynamic), ("ad_score", Dynamic), ("baseline", Dynamic)],
        _ => return None,
    })
}

/// The internal function that gives all columns of [`result_columns`] in one `dynamic` array: same parameters, and named `$` and the
/// function's name. Binding calls it once, takes the columns out with [`crate::PATH`] and converts them to their types. `None` when
/// the function is known by its signature only, or gives one column.
pub fn all_columns(function: &str) -> Option<&'static Function> {
    result_columns(function)?;
    crate::function(&format!("${function}")).map(|(function, _)| function)
}

#[cfg(test)]
mod tests {
    use crate::function::Kernel;
    use crate::{ReturnType, registry};

    #[test]
    fn a_function_of_several_columns_has_the_type_of_the_first() {
        let several: Vec<_> =
            registry::all().filter(|function| super::result_columns(function.name).is_some()).collect();
        assert_eq!(several.len(), 11);
        for function in several {
            let first = super::result_columns(function.name).unwrap()[0].1;
            for overload in function.overloads {
                assert!(matches!(overload.returns, ReturnType::Type(returns) if returns == first), "{}", function.name);
            }
            let available = |overload: &crate::Overload| matches!(overload.kernel, Kernel::Vectorized(_));
            let all = super::all_columns(function.name).map_or(0, |all| all.overloads.len());
            let ours = function.overloads.iter().filter(|overload| available(overload)).count();
            assert_eq!(all, ours, "{} needs a companion that gives all columns", function.name);
        }
    }
}
