//! `evaluate`: plugins, by their declared or known columns, one file each where they run.

mod bag_unpack;
mod geo_lookup;
mod ip_lookup;
mod lookup_join;
mod pivot;

use kql_syntax::operators::evaluate::Evaluate;
use kql_types::ScalarType;

use self::geo_lookup::Shape;
use super::At;
use crate::binder::{Binder, Table};
use crate::plan::Column;

impl<'a> Binder<'a> {
    pub(super) fn evaluate(&mut self, node: &'a Evaluate, input: Table, at: At) -> Table {
        let plugin = node.plugin.text.as_str();
        match plugin {
            "bag_unpack" => return self.bag_unpack(node, input, at),
            "pivot" => return self.pivot(node, input, at),
            "ipv4_lookup" => return self.ip_lookup(node, "ipv4_is_match", input, at),
            "ipv6_lookup" => return self.ip_lookup(node, "ipv6_is_match", input, at),
            "geo_polygon_lookup" => return self.geo_lookup(node, Shape::Polygon, input, at),
            "geo_line_lookup" => return self.geo_lookup(node, Shape::Line, input, at),
            _ => {}
        }
        let passed: Vec<Column> = input.columns().to_vec();
        let (columns, open) = match (&node.schema, plugin) {
            (Some(schema), _) => {
                let declared = self.declared_schema(&schema.columns);
                let mut columns = self.columns_of(&declared);
                if schema.star.is_some() {
                    let others: Vec<Column> =
                        passed.into_iter().filter(|column| declared.get(&column.name).is_none()).collect();
                    columns.splice(0..0, others);
                }
                (columns, false)
            }
            (None, "narrow") => {
                let columns =
                    [("Row", ScalarType::Long), ("Column", ScalarType::String), ("Value", ScalarType::String)];
                (columns.into_iter().map(|(name, scalar_type)| self.column(name, scalar_type)).collect(), false)
            }
            (None, "autocluster" | "basket") => {
                let first =
                    [("SegmentId", ScalarType::Long), ("Count", ScalarType::Long), ("Percent", ScalarType::Real)];
                let mut columns: Vec<Column> =
                    first.into_iter().map(|(name, scalar_type)| self.column(name, scalar_type)).collect();
                columns.extend(passed);
                (columns, false)
            }
            (None, _) => (passed, true),
        };
        let mut table = self.unsupported_table(&format!("evaluate {plugin}()"), vec![input], columns, at);
        table.open = open;
        table
    }
}
