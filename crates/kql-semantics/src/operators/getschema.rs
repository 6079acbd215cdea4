//! `getschema`: the columns of the input as rows.

use kql_types::{ScalarType, Value};

use super::At;
use crate::binder::{Binder, Table};
use crate::plan::RelationOperator;

impl Binder<'_> {
    pub(super) fn getschema(&mut self, input: Table, at: At) -> Table {
        let rows = input.columns().iter().zip(0i32..).map(|(column, ordinal)| {
            vec![
                Value::String(column.name.clone()),
                Value::Int(ordinal),
                Value::String(column.scalar_type.data_type_name().to_owned()),
                Value::String(column.scalar_type.name().to_owned()),
            ]
        });
        let rows = rows.collect();
        let columns = vec![
            self.column("ColumnName", ScalarType::String),
            self.column("ColumnOrdinal", ScalarType::Int),
            self.column("DataType", ScalarType::String),
            self.column("ColumnType", ScalarType::String),
        ];
        if input.open {
            self.unsupported("`getschema` of a table whose columns are not known", at.keyword);
        }
        Table::leaf(RelationOperator::Values { rows }, columns, at.span)
    }
}
