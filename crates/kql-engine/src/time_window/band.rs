//! What a join's filter says of the distance between a time of one side and times of the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{JoinSide, ScalarValue};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{BinaryExpr, Column, Literal};
use datafusion::physical_expr::utils::split_conjunction;
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_plan::joins::utils::JoinFilter;
use recursive::recursive;

/// The band in which a column of one side lies wherever the filter is true, as seen from a row of the other side: no
/// lower than the highest of the lower bounds, no higher than the lowest of the upper ones.
#[derive(Clone, Debug)]
pub(super) struct Band {
    /// The side of the column.
    pub side: JoinSide,
    /// The column: times, spans or numbers, as 64-bit integers.
    pub column: usize,
    pub lower: Vec<Bound>,
    pub upper: Vec<Bound>,
}

/// A sum of columns of the other side, each so many times, and a number.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub columns: Vec<(usize, i128)>,
    pub number: i128,
}

/// The columns that a filter bounds on both sides.
pub(super) fn bands(filter: &JoinFilter) -> Vec<Band> {
    let mut bounds = Bounds { filter, columns: BTreeMap::new() };
    for conjunct in split_conjunction(filter.expression()) {
        bounds.learn(conjunct);
    }
    let bands = bounds.columns.into_iter().filter_map(|(column, (lower, upper))| {
        let place = filter.column_indices().get(column)?;
        (!lower.is_empty() && !upper.is_empty()).then_some(Band { side: place.side, column: place.index, lower, upper })
    });
    bands.collect()
}

/// What is known of columns, by their places among those of the filter.
struct Bounds<'a> {
    filter: &'a JoinFilter,
    columns: BTreeMap<usize, (Vec<Bound>, Vec<Bound>)>,
}

impl Bounds<'_> {
    fn learn(&mut self, conjunct: &Arc<dyn PhysicalExpr>) {
        if let Some(call) = conjunct.downcast_ref::<ScalarFunctionExpr>()
            && call.fun().name() == "between(datetime, datetime, timespan)"
            && let [time, from, length] = call.args()
        {
            self.learn_at_most(from, time);
            if let (Some(time), Some(from), Some(length)) = (self.sum(time), self.sum(from), self.sum(length)) {
                self.learn_not_positive(&time.minus(&from).minus(&length));
            }
        }
        let Some(comparison) = conjunct.downcast_ref::<BinaryExpr>() else { return };
        let (left, right) = (comparison.left(), comparison.right());
        match comparison.op() {
            Operator::Lt | Operator::LtEq => self.learn_at_most(left, right),
            Operator::Gt | Operator::GtEq => self.learn_at_most(right, left),
            Operator::Eq => {
                self.learn_at_most(left, right);
                self.learn_at_most(right, left);
            }
            _ => {}
        }
    }

    /// `small <= large`. That it may have to be less makes the band wider by one than it is.
    fn learn_at_most(&mut self, small: &Arc<dyn PhysicalExpr>, large: &Arc<dyn PhysicalExpr>) {
        let Some(large) = self.sum(large) else { return };
        if let Some(call) = small.downcast_ref::<ScalarFunctionExpr>()
            && call.fun().name() == "abs(timespan)"
            && let [within] = call.args()
        {
            let Some(within) = self.sum(within) else { return };
            self.learn_not_positive(&within.clone().minus(&large));
            self.learn_not_positive(&Sum::default().minus(&within).minus(&large));
        } else if let Some(small) = self.sum(small) {
            self.learn_not_positive(&small.minus(&large));
        }
    }

    /// `sum <= 0`: a bound of each column that stands once in the sum, with columns of the other side alone.
    fn learn_not_positive(&mut self, sum: &Sum) {
        let places = self.filter.column_indices();
        let terms = sum.columns.iter().filter(|(_, times)| **times != 0);
        let terms = terms.map(|(column, times)| Some((*column, *times, places.get(*column)?)));
        let Some(terms) = terms.collect::<Option<Vec<_>>>() else { return };
        for (column, times, place) in &terms {
            let others = terms.iter().filter(|(other, ..)| other != column);
            let is_alone = others.clone().all(|(.., other)| other.side == place.side.negate());
            if !is_alone || terms.len() == 1 {
                continue;
            }
            let bound = |sign: i128| Bound {
                columns: others.clone().map(|(_, times, other)| (other.index, sign * times)).collect(),
                number: sign * sum.number,
            };
            let (lower, upper) = self.columns.entry(*column).or_default();
            match times {
                // column + others <= 0
                1 => upper.push(bound(-1)),
                -1 => lower.push(bound(1)),
                _ => {}
            }
        }
    }

    /// An expression as a sum of columns and a number, if it is one wherever it is not null.
    #[recursive]
    fn sum(&self, expression: &Arc<dyn PhysicalExpr>) -> Option<Sum> {
        if let Some(column) = expression.downcast_ref::<Column>() {
            let field = self.filter.schema().fields().get(column.index())?;
            return (*field.data_type() == DataType::Int64)
                .then(|| Sum { columns: BTreeMap::from([(column.index(), 1)]), number: 0 });
        }
        if let Some(literal) = expression.downcast_ref::<Literal>() {
            let ScalarValue::Int64(Some(number)) = literal.value() else { return None };
            return Some(Sum { columns: BTreeMap::new(), number: i128::from(*number) });
        }
        let call = expression.downcast_ref::<ScalarFunctionExpr>()?;
        let [left, right] = call.args() else { return None };
        // What is out of range is null; sums of `long` wrap and are none of these.
        match call.fun().name() {
            "+(datetime, timespan)" | "+(timespan, datetime)" | "+(timespan, timespan)" => {
                Some(self.sum(left)?.minus(&Sum::default().minus(&self.sum(right)?)))
            }
            "-(datetime, datetime)" | "-(datetime, timespan)" | "-(timespan, timespan)" => {
                Some(self.sum(left)?.minus(&self.sum(right)?))
            }
            _ => None,
        }
    }
}

/// Columns, each so many times, and a number.
#[derive(Clone, Debug, Default)]
struct Sum {
    columns: BTreeMap<usize, i128>,
    number: i128,
}

impl Sum {
    fn minus(mut self, other: &Sum) -> Sum {
        for (column, times) in &other.columns {
            *self.columns.entry(*column).or_default() -= times;
        }
        self.number -= other.number;
        self
    }
}
