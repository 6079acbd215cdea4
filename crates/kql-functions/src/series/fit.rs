//! Lines fitted to a series: `series_fit_line`, `series_fit_2lines` and their `_dynamic` forms.

use arrow::array::ArrayRef;
use kql_types::ScalarType::{Dynamic, Long, Real};
use kql_types::dynamic::Builder;

use super::{Series, series, write_reals};
use crate::documentation::example;
use crate::overload::{overload, several};
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultColumn, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] =
    &[SERIES_FIT_LINE, SERIES_FIT_LINE_DYNAMIC, SERIES_FIT_2LINES, SERIES_FIT_2LINES_DYNAMIC];

const SERIES: Parameter = series("series").describe("An array of numbers, at equal distances.");
const NO_FIT: &str =
    "Nulls when the value is no array, has less than two elements, or one that is missing or no number.";

const LINE: &[ResultColumn] = &[
    ("rsquare", Real),
    ("slope", Real),
    ("variance", Real),
    ("rvariance", Real),
    ("interception", Real),
    ("line_fit", Dynamic),
];

const TWO_LINES: &[ResultColumn] = &[
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
];

const SERIES_FIT_LINE: Function = Function {
    name: "series_fit_line",
    aliases: &[],
    documentation: Documentation {
        summary: "Fits a line to a series by least squares, and gives what describes it, a column each.",
        returns: "The columns `rsquare`, `slope`, `variance`, `rvariance` (what the line leaves of the variance), `interception` (the \
                  line one step before the first element) and `line_fit` (the line as a series).",
        notes: NO_FIT,
        page: "series-fit-line-function",
    },
    overloads: &[several!([SERIES] -> LINE, series_fit_line)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print x = series_fit_line(dynamic([1, 2, 3]))", "1.0"),
        example("print x = round(series_fit_line(dynamic([1, 2, 4, 8]))[4], 6)", "-2.0"),
    ],
};

const SERIES_FIT_LINE_DYNAMIC: Function = Function {
    name: "series_fit_line_dynamic",
    aliases: &[],
    documentation: Documentation {
        summary: "Fits a line to a series by least squares, and gives what describes it in a property bag.",
        returns: "A bag with `rsquare`, `slope`, `variance`, `rvariance`, `interception` and `line_fit`.",
        notes: NO_FIT,
        page: "series-fit-line-dynamic-function",
    },
    overloads: &[overload!([SERIES] -> Dynamic, series_fit_line_dynamic)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print x = series_fit_line_dynamic(dynamic([1, 3, 5])).slope", "2.0")],
};

const SERIES_FIT_2LINES: Function = Function {
    name: "series_fit_2lines",
    aliases: &[],
    documentation: Documentation {
        summary: "Splits a series where two lines fit it best, and gives what describes them, a column each.",
        returns: "The columns `rsquare`, `split_idx`, `variance`, `rvariance` and `line_fit` of the whole, then `rsquare`, `slope`, \
                  `interception`, `variance` and `rvariance` of the right part and of the left.",
        notes: "Nulls when the value is no array, has less than four elements, or one that is missing or no number.",
        page: "series-fit-2lines-function",
    },
    overloads: &[several!([SERIES] -> TWO_LINES, series_fit_2lines)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print x = series_fit_2lines(dynamic([1, 2, 3, 7, 5, 3]))", "1.0")],
};

const SERIES_FIT_2LINES_DYNAMIC: Function = Function {
    name: "series_fit_2lines_dynamic",
    aliases: &[],
    documentation: Documentation {
        summary: "Splits a series where two lines fit it best, and gives what describes them in a property bag.",
        returns: "A bag with `rsquare`, `split_idx`, `variance`, `rvariance`, `line_fit`, and the bags `right` and `left` with \
                  `rsquare`, `slope`, `interception`, `variance` and `rvariance`.",
        notes: "Null when the value is no array, has less than four elements, or one that is missing or no number.",
        page: "series-fit-2lines-dynamic-function",
    },
    overloads: &[overload!([SERIES] -> Dynamic, series_fit_2lines_dynamic)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print x = series_fit_2lines_dynamic(dynamic([1, 2, 3, 7, 5, 3])).split_idx", "3"),
        example("print x = series_fit_2lines_dynamic(dynamic([1, 2, 3, 7, 5, 3])).right.slope", "-2.0"),
    ],
};

/// A line through points at 1, 2, 3, …: Kusto counts so, and its interception lies one step before the first.
#[derive(Clone, Copy, Debug)]
struct Line {
    slope: f64,
    interception: f64,
    /// Of the points, and of their distances from the line (both of a sample).
    variance: f64,
    residual_variance: f64,
    /// The sums of squares that the variances come from.
    squares: f64,
    residual_squares: f64,
}

impl Line {
    fn fit(points: &[f64]) -> Option<Line> {
        if points.len() < 2 || points.iter().any(|point| point.is_nan()) {
            return None;
        }
        let count = points.len() as f64;
        let (mean_x, mean_y) = ((count + 1.0) / 2.0, points.iter().sum::<f64>() / count);
        let (mut squares_x, mut products, mut squares) = (0.0, 0.0, 0.0);
        for (x, y) in points.iter().enumerate() {
            let (dx, dy) = (x as f64 + 1.0 - mean_x, y - mean_y);
            squares_x += dx * dx;
            products += dx * dy;
            squares += dy * dy;
        }
        let slope = products / squares_x;
        let interception = mean_y - slope * mean_x;
        let residual = |(x, y): (usize, &f64)| y - (slope * (x as f64 + 1.0) + interception);
        let residual_squares = points.iter().enumerate().map(residual).map(|residual| residual * residual).sum::<f64>();
        let (variance, residual_variance) = (squares / (count - 1.0), residual_squares / (count - 1.0));
        Some(Line { slope, interception, variance, residual_variance, squares, residual_squares })
    }

    fn rsquare(&self) -> f64 {
        rsquare(self.squares, self.residual_squares)
    }

    fn values(self, count: usize) -> impl Iterator<Item = f64> {
        (1..=count).map(move |x| self.slope * x as f64 + self.interception)
    }
}

/// The slope of the line through points at 0, 1, 2, …, and its value at 0. Missing points are passed over; `None` when there are
/// less than two others.
pub(super) fn line_through(points: &[f64]) -> Option<(f64, f64)> {
    let known = || points.iter().enumerate().filter(|(_, y)| y.is_finite()).map(|(x, y)| (x as f64, *y));
    let count = known().count() as f64;
    if count < 2.0 {
        return None;
    }
    let (sum_x, sum_y) = known().fold((0.0, 0.0), |(sum_x, sum_y), (x, y)| (sum_x + x, sum_y + y));
    let (mean_x, mean_y) = (sum_x / count, sum_y / count);
    let (squares, products) = known().fold((0.0, 0.0), |(squares, products), (x, y)| {
        (squares + (x - mean_x) * (x - mean_x), products + (x - mean_x) * (y - mean_y))
    });
    let slope = products / squares;
    Some((slope, mean_y - slope * mean_x))
}

/// What part of the squares a fit explains; all of them when there are none.
pub(super) fn rsquare(squares: f64, residual_squares: f64) -> f64 {
    if squares > 0.0 { 1.0 - residual_squares / squares } else { 1.0 }
}

/// Two lines, one for each side of a split.
#[derive(Clone, Copy, Debug)]
struct TwoLines {
    /// Where the right line begins.
    split: usize,
    left: Line,
    right: Line,
    squares: f64,
    count: usize,
}

impl TwoLines {
    /// The best of all splits; of equally good ones the first. Sums that grow point by point give each split's residuals, so that the
    /// work stays linear.
    fn fit(points: &[f64]) -> Option<TwoLines> {
        let whole = Line::fit(points)?;
        let shift = points.iter().sum::<f64>() / points.len() as f64;
        // A part's sums over its first points: of y, y² and x·y.
        let residuals = |part: &mut dyn Iterator<Item = &f64>| {
            let (mut y, mut yy, mut xy) = (0.0, 0.0, 0.0);
            let mut all = Vec::with_capacity(points.len() + 1);
            all.push(0.0);
            for (x, point) in part.enumerate() {
                let (point, x) = (point - shift, x as f64);
                y += point;
                yy += point * point;
                xy += x * point;
                let count = x + 1.0;
                let squares_x = count * (count * count - 1.0) / 12.0;
                let products = xy - y * x / 2.0;
                let explained = if squares_x > 0.0 { products * products / squares_x } else { 0.0 };
                all.push(yy - y * y / count - explained);
            }
            all
        };
        let left = residuals(&mut points.iter());
        let right = residuals(&mut points.iter().rev());
        let splits = 2..points.len().checked_sub(1)?;
        let residual =
            |split: usize| left.get(split).zip(right.get(points.len() - split)).map(|(left, right)| left + right);
        let best = splits.filter_map(|split| Some((split, residual(split)?))).reduce(|best, next| {
            // Sums differ in their last digits where the fits are equally good.
            if next.1 < best.1 - whole.squares * 1e-12 { next } else { best }
        });
        let (split, _) = best?;
        let (left, right) = points.split_at_checked(split)?;
        let (left, right) = (Line::fit(left)?, Line::fit(right)?);
        Some(TwoLines { split, left, right, squares: whole.squares, count: points.len() })
    }

    fn residual_squares(&self) -> f64 {
        self.left.residual_squares + self.right.residual_squares
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        self.left.values(self.split).chain(self.right.values(self.count - self.split))
    }

    /// What describes the whole: r², variance and residual variance.
    fn whole(&self) -> [f64; 3] {
        let freedom = (self.count - 1) as f64;
        let residual = self.residual_squares();
        [rsquare(self.squares, residual), self.squares / freedom, residual / freedom]
    }
}

/// A part's r², slope, interception, variance and residual variance.
fn part(line: Line) -> [(&'static str, f64); 5] {
    [
        ("rsquare", line.rsquare()),
        ("slope", line.slope),
        ("interception", line.interception),
        ("variance", line.variance),
        ("rvariance", line.residual_variance),
    ]
}

fn series_fit_line(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    describe(arguments, Line::fit, |line, count, builder| {
        builder.begin_array();
        let values = [line.rsquare(), line.slope, line.variance, line.residual_variance, line.interception];
        values.into_iter().for_each(|value| builder.real(value));
        write_reals(line.values(count), builder);
        builder.end_array();
    })
}

fn series_fit_line_dynamic(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    describe(arguments, Line::fit, |line, count, builder| {
        builder.begin_bag();
        let values = [
            ("rsquare", line.rsquare()),
            ("slope", line.slope),
            ("variance", line.variance),
            ("rvariance", line.residual_variance),
            ("interception", line.interception),
        ];
        for (key, value) in values {
            builder.key(key);
            builder.real(value);
        }
        builder.key("line_fit");
        write_reals(line.values(count), builder);
        builder.end_bag();
    })
}

fn series_fit_2lines(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    describe(arguments, TwoLines::fit, |lines, _, builder| {
        let [rsquare, variance, residual_variance] = lines.whole();
        builder.begin_array();
        builder.real(rsquare);
        builder.long(lines.split as i64);
        builder.real(variance);
        builder.real(residual_variance);
        write_reals(lines.values(), builder);
        for (_, value) in part(lines.right).into_iter().chain(part(lines.left)) {
            builder.real(value);
        }
        builder.end_array();
    })
}

fn series_fit_2lines_dynamic(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    describe(arguments, TwoLines::fit, |lines, _, builder| {
        let [rsquare, variance, residual_variance] = lines.whole();
        builder.begin_bag();
        builder.key("rsquare");
        builder.real(rsquare);
        builder.key("split_idx");
        builder.long(lines.split as i64);
        builder.key("variance");
        builder.real(variance);
        builder.key("rvariance");
        builder.real(residual_variance);
        builder.key("line_fit");
        write_reals(lines.values(), builder);
        for (side, line) in [("right", lines.right), ("left", lines.left)] {
            builder.key(side);
            builder.begin_bag();
            for (key, value) in part(line) {
                builder.key(key);
                builder.real(value);
            }
            builder.end_bag();
        }
        builder.end_bag();
    })
}

/// Fits each row, and writes what describes the fit and the count of points.
fn describe<F>(
    arguments: &Arguments<'_>,
    fit: fn(&[f64]) -> Option<F>,
    write: fn(F, usize, &mut Builder<'_>),
) -> Result<ArrayRef, KernelError> {
    let mut series = Series::<f64>::new(arguments, 0)?;
    output::dynamics(arguments.rows(), |row, out| {
        let Some(points) = series.array(row) else { return Ok(false) };
        let Some(fit) = fit(points) else { return Ok(false) };
        write(fit, points.len(), &mut Builder::new(out));
        Ok(true)
    })
}

#[cfg(test)]
mod tests {
    use super::{Line, TwoLines};

    #[test]
    fn the_variance_is_that_of_a_sample() {
        let line = Line::fit(&[2.0, 5.0, 6.0, 8.0, 11.0, 15.0, 17.0, 18.0, 25.0, 26.0, 30.0, 30.0]).unwrap();
        let rounded = [line.rsquare(), line.slope, line.variance, line.residual_variance, line.interception]
            .map(|value| (value * 1000.0).round() / 1000.0);
        assert_eq!(rounded, [0.983, 2.731, 98.629, 1.686, -1.667]);
    }

    #[test]
    fn two_lines_need_two_points_each() {
        assert!(TwoLines::fit(&[1.0, 2.0, 3.0]).is_none());
        assert_eq!(TwoLines::fit(&[1.0, 2.0, 9.0, 8.0]).unwrap().split, 2);
        assert!(TwoLines::fit(&[]).is_none());
    }
}
