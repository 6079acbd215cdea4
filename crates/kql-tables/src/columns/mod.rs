//! Columns in the making: values of a file's text, converted to the column's type as Kusto's ingestion does, straight
//! into one Arrow builder a column.

mod column;
mod convert;
mod views;

pub(crate) use column::ColumnBuilder;
pub use column::TableColumn;
pub(crate) use convert::{epoch_time, epoch_time_of_real, looks_like_datetime, parse_declared_time};
