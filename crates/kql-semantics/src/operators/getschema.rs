//! `getschema`: the columns of the input as rows.

use kql_types::{ScalarType, Value};

use super::At;
use crate::binder::{Binder, Purpose, Table};
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
        // The engine numbers columns by int; the analyser says long.
        let ordinal_type = match self.purpose {
            Purpose::Run => ScalarType::Int,
            Purpose::Check => ScalarType::Long,
        };
        let columns = vec![
            self.column("ColumnName", ScalarType::String),
            self.column("ColumnOrdinal", ordinal_type),
            self.column("DataType", ScalarType::String),
            self.column("ColumnType", ScalarType::String),
        ];
        if input.open {
            self.unsupported("`getschema` of a table whose columns are not known", at.keyword);
        }
        Table::leaf(RelationOperator::Values { rows }, columns, at.span)
    }
}
