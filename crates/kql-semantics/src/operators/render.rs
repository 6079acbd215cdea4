//! `render`: a note on how to draw the result.

use kql_syntax::operators::render::Render;
use kql_syntax::{Diagnostic, Span, tree};
use kql_types::Value;

use super::At;
use crate::binder::{Binder, Table};
use crate::codes;
use crate::expressions::literals::value_of;
use crate::plan::Visualization;
use crate::suggestions::did_you_mean;

const CHARTS: &[&str] = &[
    "table",
    "list",
    "barchart",
    "piechart",
    "ladderchart",
    "timechart",
    "linechart",
    "anomalychart",
    "pivotchart",
    "areachart",
    "stackedareachart",
    "scatterchart",
    "timepivot",
    "columnchart",
    "timeline",
    "3Dchart",
    "card",
    "treemap",
    "plotly",
    "graph",
    "sankey",
];

impl<'a> Binder<'a> {
    pub(super) fn render(&mut self, node: &'a Render, input: Table, at: At) -> Table {
        self.note_visualization(node, at.span);
        input
    }

    /// How the query wants its results drawn.
    pub(super) fn note_visualization(&mut self, node: &'a Render, span: Span) {
        let chart = node.chart.text.as_str();
        if !CHARTS.contains(&chart) {
            let help = did_you_mean(chart, CHARTS.iter().copied())
                .unwrap_or_else(|| format!("it takes one of {}", CHARTS.join(", ")));
            let message = format!("unknown chart `{chart}`");
            self.report(Diagnostic::error(codes::PARAMETER_VALUE, message, node.chart.span).with_help(help));
        }
        let properties = node.properties.iter().map(|property| {
            let value = match &property.value.kind {
                tree::ExprKind::Literal(literal) => value_of(literal).unwrap_or(Value::String(String::new())),
                _ => Value::String(crate::naming::implicit_name(&property.value).unwrap_or_default()),
            };
            (property.name.text.clone(), value)
        });
        let properties = properties.collect();
        self.render = Some(Visualization { chart: chart.to_owned(), properties, span });
    }
}
