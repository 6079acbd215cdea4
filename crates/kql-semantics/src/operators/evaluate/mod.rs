//! `evaluate`: plugins, one file for each kind of how they are computed.

mod arguments;
mod bag_unpack;
mod geo_lookup;
mod ip_lookup;
mod lookup_join;
mod pivot;
mod query;
mod rows;
mod schema;
mod shape;

use kql_functions::plugin::{Plugin, PluginKernel};
use kql_syntax::operators::evaluate::Evaluate;
use kql_syntax::{Diagnostic, tree};

use self::arguments::PluginArguments;
use self::geo_lookup::Shape;
use super::At;
use super::fork::Branch;
use crate::binder::{Binder, Table};
use crate::codes;
use crate::plan::{Column, RelationOperator};
use crate::suggestions::did_you_mean;

/// Whether a plugin that ends the query gives several tables.
pub(super) fn gives_several_tables(node: &Evaluate) -> bool {
    let is_several = |plugin: &Plugin| plugin.name == "preview" || matches!(plugin.kernel, PluginKernel::Tables(_));
    node.schema.is_none() && kql_functions::plugin(&node.plugin.text).is_some_and(is_several)
}

impl<'a> Binder<'a> {
    pub(super) fn evaluate(&mut self, node: &'a Evaluate, input: Table, at: At) -> Table {
        // These read their arguments in ways of their own; the first two their schema, too.
        let table = match node.plugin.text.as_str() {
            "bag_unpack" => return self.bag_unpack(node, input, at),
            "pivot" => return self.pivot(node, input, at),
            "ipv4_lookup" => self.ip_lookup(node, "ipv4_is_match", input, at),
            "ipv6_lookup" => self.ip_lookup(node, "ipv6_is_match", input, at),
            "geo_polygon_lookup" => self.geo_lookup(node, Shape::Polygon, input, at),
            "geo_line_lookup" => self.geo_lookup(node, Shape::Line, input, at),
            name => match kql_functions::plugin(name).map(|plugin| plugin.kernel) {
                Some(PluginKernel::Unavailable(why)) => return self.unavailable_plugin(node, why, input, at),
                _ => self.plugin_by_signature(node, input, at),
            },
        };
        match &node.schema {
            Some(schema) => self.declared_result(table, schema, at),
            None => table,
        }
    }

    /// All tables of a plugin that gives several.
    pub(super) fn evaluate_several(&mut self, node: &'a Evaluate, input: &Table, at: At) -> Vec<Branch> {
        let Some(plugin) = kql_functions::plugin(&node.plugin.text) else { return Vec::new() };
        let PluginKernel::Tables(kernels) = plugin.kernel else { return self.evaluate_preview(node, input, at) };
        let mut branches = Vec::with_capacity(kernels.len());
        for number in 0..kernels.len() {
            let input = self.refreshed(input);
            let Some(arguments) = self.plugin_arguments(node, plugin, &input, at) else { break };
            branches.extend(self.rows_plugin(plugin, number, &arguments, input, at).map(|table| (None, table)));
        }
        branches
    }

    /// A plugin whose arguments are those of its signatures.
    fn plugin_by_signature(&mut self, node: &'a Evaluate, input: Table, at: At) -> Table {
        let Some(plugin) = kql_functions::plugin(&node.plugin.text) else {
            let name = node.plugin.text.as_str();
            let mut diagnostic =
                Diagnostic::error(codes::UNKNOWN_FUNCTION, format!("unknown plugin `{name}`"), node.plugin.span);
            diagnostic.help = did_you_mean(name, kql_functions::all_plugins().map(|plugin| plugin.name));
            self.report(diagnostic);
            let mut table = input;
            table.open = true;
            return table;
        };
        let arguments = self.plugin_arguments(node, plugin, &input, at);
        let result = arguments.and_then(|arguments| self.plugin_result(plugin, &arguments, input.clone(), at));
        result.unwrap_or_else(|| {
            let mut table = self.no_table(at.span);
            table.depth = input.depth;
            table
        })
    }

    fn plugin_result(
        &mut self,
        plugin: &'static Plugin,
        arguments: &PluginArguments,
        input: Table,
        at: At,
    ) -> Option<Table> {
        match (plugin.kernel, plugin.name) {
            (PluginKernel::Query(query), _) => self.query_plugin(plugin, query, arguments, input, at),
            (PluginKernel::Rows(_) | PluginKernel::Tables(_), _) => self.rows_plugin(plugin, 0, arguments, input, at),
            (_, "identity") => Some(input),
            (_, "estimate_rows_count") => self.estimate_rows_count(input, at),
            (_, "narrow") => self.narrow(input, at),
            (_, "preview") => Some(self.branches_within("evaluate preview()", at)),
            (_, "rows_near") => self.rows_near(arguments, input, at),
            (_, name) => {
                self.unsupported(format!("`evaluate {name}()`"), at.keyword);
                None
            }
        }
    }

    /// A plugin that never runs: with the columns that are declared for it, or those of the table and more.
    fn unavailable_plugin(&mut self, node: &'a Evaluate, why: &str, input: Table, at: At) -> Table {
        let plugin = node.plugin.text.as_str();
        let passed: Vec<Column> = input.columns().to_vec();
        let among_arguments = node.arguments.iter().find_map(|argument| match &argument.kind {
            tree::ExprKind::TypeOfTable(schema) => Some((schema, schema.star)),
            _ => None,
        });
        let behind = node.schema.as_ref().map(|schema| (schema, schema.star.map(|_| 0)));
        let (columns, open) = match behind.or(among_arguments) {
            Some((schema, star)) => {
                let declared = self.declared_schema(&schema.columns);
                let mut columns = self.columns_of(&declared);
                if let Some(star) = star {
                    let others = passed.into_iter().filter(|column| declared.get(&column.name).is_none());
                    let star = star.min(columns.len());
                    columns.splice(star..star, others);
                }
                (columns, false)
            }
            None => (passed, true),
        };
        let message = format!("the plugin {plugin}() cannot run here: {why}");
        self.cannot_run(Diagnostic::error(codes::UNSUPPORTED, message, at.keyword));
        let depth = input.depth + 1;
        let operator = RelationOperator::Unsupported { inputs: vec![input.relation] };
        let mut table = Table::leaf(operator, columns, at.span);
        table.depth = depth;
        table.open = open;
        table
    }
}
