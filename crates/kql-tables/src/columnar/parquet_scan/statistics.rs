//! What the footer of a file tells of its row groups, and which of them a filter leaves out.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, BooleanArray, UInt64Array};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Column;
use datafusion::common::pruning::PruningStatistics;
use datafusion::parquet::arrow::arrow_reader::ArrowReaderMetadata;
use datafusion::parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use datafusion::parquet::file::metadata::RowGroupMetaData;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::scalar::ScalarValue;
use kql_types::ScalarType;

use super::super::pruning::{Sources, implied};
use super::ParquetScanSpec;

/// Whether each of some row groups can hold a row for which all filters are true. The filters speak of the columns of
/// the specification.
pub(super) fn may_match(
    spec: &ParquetScanSpec,
    filters: &[Arc<dyn PhysicalExpr>],
    metadata: &ArrowReaderMetadata,
    groups: &[&RowGroupMetaData],
) -> Vec<bool> {
    let mut kept = vec![true; groups.len()];
    let schema = metadata.schema();
    let sources = Sources::new(
        spec.columns.iter().map(|column| {
            let place = column.source.as_ref().and_then(|name| schema.index_of(name).ok());
            (column.column.scalar_type, place)
        }),
        schema,
    );
    let statistics = GroupStatistics { metadata, schema, groups };
    for filter in filters {
        // What cannot be told leaves all of them in.
        let told = implied(filter, &sources)
            .and_then(|implied| PruningPredicateBuilder::new().with_file_schema(schema.clone()).try_build(implied).ok())
            .filter(|predicate| !predicate.always_true())
            .and_then(|predicate| predicate.prune(&statistics).ok());
        for (kept, told) in kept.iter_mut().zip(told.into_iter().flatten()) {
            *kept &= told;
        }
    }
    kept
}

/// The greatest or least value of a column in a row group, as a number that orders row groups; `None` where it is not
/// known.
pub(super) fn extreme(
    spec: &ParquetScanSpec,
    place: usize,
    greatest: bool,
    metadata: &ArrowReaderMetadata,
    group: &RowGroupMetaData,
) -> Option<i64> {
    let column = spec.columns.get(place)?;
    let statistics = GroupStatistics { metadata, schema: metadata.schema(), groups: &[group] };
    let name = Column::from_name(column.source.as_ref()?);
    let extremes = if greatest { statistics.max_values(&name)? } else { statistics.min_values(&name)? };
    let extreme = super::super::convert::convert(&extremes, column.column.scalar_type).ok()?;
    match ScalarValue::try_from_array(&extreme, 0).ok()? {
        ScalarValue::Int64(value) => value,
        ScalarValue::Int32(value) => value.map(i64::from),
        _ => None,
    }
}

/// Whether row groups can be told apart by their extremes in a column of this type.
pub(super) fn has_extremes(scalar_type: ScalarType) -> bool {
    matches!(scalar_type, ScalarType::DateTime | ScalarType::TimeSpan | ScalarType::Long | ScalarType::Int)
}

struct GroupStatistics<'a> {
    metadata: &'a ArrowReaderMetadata,
    schema: &'a SchemaRef,
    groups: &'a [&'a RowGroupMetaData],
}

impl GroupStatistics<'_> {
    fn converter(&self, column: &Column) -> Option<StatisticsConverter<'_>> {
        let converter = StatisticsConverter::try_new(&column.name, self.schema, self.metadata.parquet_schema()).ok()?;
        Some(converter.with_missing_null_counts_as_zero(false))
    }
}

impl PruningStatistics for GroupStatistics<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.converter(column)?.row_group_mins(self.groups.iter().copied()).ok()
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.converter(column)?.row_group_maxes(self.groups.iter().copied()).ok()
    }

    fn num_containers(&self) -> usize {
        self.groups.len()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        let counts = self.converter(column)?.row_group_null_counts(self.groups.iter().copied()).ok()?;
        (counts.null_count() < counts.len()).then(|| Arc::new(counts) as ArrayRef)
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        let counts = self.groups.iter().map(|group| u64::try_from(group.num_rows()).ok());
        Some(Arc::new(counts.collect::<UInt64Array>()))
    }

    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}
