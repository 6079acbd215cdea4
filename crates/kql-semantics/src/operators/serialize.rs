//! `serialize`: fixes the order of the rows, and may extend them.

use kql_syntax::operators::serialize::Serialize;

use super::At;
use super::columns::Computed;
use crate::binder::{Binder, Purpose, Table, column_reference};
use crate::naming::Names;
use crate::plan::RelationOperator;
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn serialize(&mut self, node: &'a Serialize, input: Table, at: At) -> Table {
        let serialized = input.keeping(at.span, |input| RelationOperator::Serialize { input });
        match node.columns.as_slice() {
            [] => serialized,
            columns if self.purpose == Purpose::Check => {
                // The analyser never replaces a column here.
                let place = Place::over(&serialized, at.environment);
                let mut names = Names::new();
                serialized.columns().iter().for_each(|column| _ = names.take(&column.name));
                let mut all: Vec<Computed> = Vec::new();
                for column in serialized.columns() {
                    all.push((column.clone(), column_reference(column, at.span)));
                }
                for (mut column, value) in self.projected(columns, &place) {
                    column.name = names.unique(&column.name);
                    all.push((column, value));
                }
                self.projection(serialized, all, at.span)
            }
            columns => self.extend(columns, serialized, at),
        }
    }
}
