//! Filters on converted columns, in terms of the file's.
//!
//! What goes down to the file is a condition that follows from the filter: it may let more rows through, never fewer,
//! so that row groups can be left out by their statistics and the filter itself still decides.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef, TimeUnit};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{BinaryExpr, Column, InListExpr, IsNullExpr, Literal, in_list};
use datafusion::scalar::ScalarValue;
use kql_types::{ScalarType, ticks};

/// How deep a filter is looked into.
const MAX_DEPTH: usize = 32;

/// From which columns of files the columns come that filters speak of.
pub(crate) struct Sources<'a> {
    /// Of each column: its KQL type, and the place among the file's columns of the one it is converted from.
    columns: Vec<(ScalarType, Option<usize>)>,
    input: &'a Schema,
}

impl<'a> Sources<'a> {
    pub(crate) fn new(
        columns: impl IntoIterator<Item = (ScalarType, Option<usize>)>,
        input: &'a SchemaRef,
    ) -> Sources<'a> {
        Sources { columns: columns.into_iter().collect(), input }
    }
}

/// A condition on the file that holds wherever the filter does; `None` when nothing useful is known.
pub(crate) fn implied(filter: &Arc<dyn PhysicalExpr>, sources: &Sources<'_>) -> Option<Arc<dyn PhysicalExpr>> {
    sources.implied(filter, 0)
}

impl Sources<'_> {
    fn implied(&self, filter: &Arc<dyn PhysicalExpr>, depth: usize) -> Option<Arc<dyn PhysicalExpr>> {
        if depth > MAX_DEPTH {
            return None;
        }
        if let Some(list) = filter.downcast_ref::<InListExpr>() {
            return self.in_list(list);
        }
        if let Some(is_null) = filter.downcast_ref::<IsNullExpr>() {
            return self.is_null(is_null);
        }
        let binary = filter.downcast_ref::<BinaryExpr>()?;
        let operand = |side| self.implied(side, depth + 1);
        match binary.op() {
            Operator::And => match (operand(binary.left()), operand(binary.right())) {
                (Some(left), Some(right)) => Some(Arc::new(BinaryExpr::new(left, Operator::And, right))),
                (one, other) => one.or(other),
            },
            Operator::Or => {
                Some(Arc::new(BinaryExpr::new(operand(binary.left())?, Operator::Or, operand(binary.right())?)))
            }
            operator => {
                if let Some(literal) = binary.right().downcast_ref::<Literal>() {
                    self.comparison(binary.left(), *operator, literal.value())
                } else {
                    let literal = binary.left().downcast_ref::<Literal>()?;
                    self.comparison(binary.right(), operator.swap()?, literal.value())
                }
            }
        }
    }

    fn comparison(
        &self,
        side: &Arc<dyn PhysicalExpr>,
        operator: Operator,
        literal: &ScalarValue,
    ) -> Option<Arc<dyn PhysicalExpr>> {
        if literal.is_null() {
            return None;
        }
        let (scalar_type, column, data_type) = self.source(side)?;
        let compare = |operator, literal| -> Option<Arc<dyn PhysicalExpr>> {
            Some(Arc::new(BinaryExpr::new(column.clone(), operator, Arc::new(Literal::new(literal)))))
        };
        match scalar_type {
            // A null in the file is an empty string here, so only what an empty string does not satisfy is passed on.
            ScalarType::String if operator == Operator::Eq && !is_empty_string(literal) && data_type.is_string() => {
                compare(operator, literal.cast_to(data_type).ok()?)
            }
            ScalarType::DateTime => {
                let (DataType::Timestamp(unit, zone), ScalarValue::Int64(Some(at))) = (data_type, literal) else {
                    return None;
                };
                let (operator, value) = bound(operator, *at, *unit)?;
                let zone = zone.clone();
                compare(
                    operator,
                    match unit {
                        TimeUnit::Second => ScalarValue::TimestampSecond(Some(value), zone),
                        TimeUnit::Millisecond => ScalarValue::TimestampMillisecond(Some(value), zone),
                        TimeUnit::Microsecond => ScalarValue::TimestampMicrosecond(Some(value), zone),
                        TimeUnit::Nanosecond => ScalarValue::TimestampNanosecond(Some(value), zone),
                    },
                )
            }
            ScalarType::Bool | ScalarType::Int | ScalarType::Long | ScalarType::Real
                if matches!(operator, Operator::Eq | Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq)
                    && *data_type == scalar_type.arrow_type()
                    && literal.data_type() == *data_type =>
            {
                compare(operator, literal.clone())
            }
            _ => None,
        }
    }

    fn in_list(&self, list: &InListExpr) -> Option<Arc<dyn PhysicalExpr>> {
        let (ScalarType::String, column, data_type) = self.source(list.expr())? else { return None };
        if list.negated() || !data_type.is_string() {
            return None;
        }
        let values = list.list().iter().map(|value| {
            let value = value.downcast_ref::<Literal>()?.value();
            let is_useful = !value.is_null() && !is_empty_string(value);
            let literal = is_useful.then(|| value.cast_to(data_type).ok()).flatten()?;
            Some(Arc::new(Literal::new(literal)) as Arc<dyn PhysicalExpr>)
        });
        in_list(column, values.collect::<Option<Vec<_>>>()?, &false, self.input).ok()
    }

    /// A null comes of nothing else than a null, where no value fails to be converted.
    fn is_null(&self, is_null: &IsNullExpr) -> Option<Arc<dyn PhysicalExpr>> {
        match self.source(is_null.arg())? {
            (ScalarType::DateTime, column, DataType::Timestamp(..)) => Some(Arc::new(IsNullExpr::new(column))),
            (scalar_type @ (ScalarType::Int | ScalarType::Long), column, data_type)
                if *data_type == scalar_type.arrow_type() =>
            {
                Some(Arc::new(IsNullExpr::new(column)))
            }
            _ => None,
        }
    }

    /// The column of the input that a column is converted from: its KQL type, itself, and its type in the file.
    fn source(&self, side: &Arc<dyn PhysicalExpr>) -> Option<(ScalarType, Arc<dyn PhysicalExpr>, &DataType)> {
        let (scalar_type, source) = *self.columns.get(side.downcast_ref::<Column>()?.index())?;
        let place = source?;
        let field = self.input.fields().get(place)?;
        Some((scalar_type, Arc::new(Column::new(field.name(), place)), field.data_type()))
    }
}

fn is_empty_string(literal: &ScalarValue) -> bool {
    literal.try_as_str().flatten().is_none_or(str::is_empty)
}

/// A bound on ticks as a bound on a file's unit, loosened to whole units.
fn bound(operator: Operator, at: i64, unit: TimeUnit) -> Option<(Operator, i64)> {
    let since_epoch = at.checked_sub(ticks::UNIX_EPOCH)?;
    let (floor, ceiling) = match unit {
        TimeUnit::Nanosecond => (since_epoch.checked_mul(100)?, since_epoch.checked_mul(100)?.checked_add(99)?),
        _ => {
            let per_unit = match unit {
                TimeUnit::Second => ticks::PER_SECOND,
                TimeUnit::Millisecond => ticks::PER_MILLISECOND,
                _ => ticks::PER_MICROSECOND,
            };
            let floor = since_epoch.div_euclid(per_unit);
            (floor, if since_epoch.rem_euclid(per_unit) == 0 { floor } else { floor.checked_add(1)? })
        }
    };
    match operator {
        Operator::Gt | Operator::GtEq => Some((Operator::GtEq, floor)),
        Operator::Lt | Operator::LtEq => Some((Operator::LtEq, ceiling)),
        Operator::Eq if floor == ceiling => Some((Operator::Eq, floor)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_loosened_to_whole_units() {
        let at = ticks::UNIX_EPOCH + 15;
        assert_eq!(bound(Operator::Gt, at, TimeUnit::Microsecond), Some((Operator::GtEq, 1)));
        assert_eq!(bound(Operator::Lt, at, TimeUnit::Microsecond), Some((Operator::LtEq, 2)));
        assert_eq!(bound(Operator::Eq, at, TimeUnit::Microsecond), None);
        assert_eq!(bound(Operator::Eq, at + 5, TimeUnit::Microsecond), Some((Operator::Eq, 2)));
        assert_eq!(bound(Operator::LtEq, at, TimeUnit::Nanosecond), Some((Operator::LtEq, 1599)));
        assert_eq!(bound(Operator::GtEq, at - 30, TimeUnit::Second), Some((Operator::GtEq, -1)));
        assert_eq!(bound(Operator::Gt, 0, TimeUnit::Nanosecond), None);
        assert_eq!(bound(Operator::NotEq, at, TimeUnit::Second), None);
    }
}
