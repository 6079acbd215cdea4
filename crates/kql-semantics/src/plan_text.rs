//! A compact text of the bound plan, with names, types and ids: for `kql explain` and snapshots.

use std::fmt::Write;

use kql_types::{ScalarType, Value};

use crate::plan::graph::{Cycles, Direction, GraphMatch, GraphOperation, MatchOutput, Search};
use crate::plan::{
    Aggregation, Column, ColumnId, Expr, ExprKind, JoinKind, MvExpandKind, Relation, RelationOperator, SortKey,
};

/// How deep a plan is written; what is deeper is cut off by `…`.
const MAX_DEPTH: usize = 800;

/// The plan, one operator a line, inputs indented below.
pub fn plan_text(relation: &Relation) -> String {
    let mut text = String::new();
    write_relation(relation, 0, &mut text);
    text
}

/// An expression on one line.
pub fn expression_text(expression: &Expr) -> String {
    let mut text = String::new();
    write_expression(expression, &mut text);
    text
}

fn write_relation(relation: &Relation, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth.min(MAX_DEPTH));
    out.push_str(&indent);
    if depth >= MAX_DEPTH {
        out.push_str("…\n");
        return;
    }
    let mut inputs: Vec<&Relation> = Vec::new();
    match &relation.operator {
        RelationOperator::Table { name } => {
            let _ = write!(out, "Table {name}");
        }
        RelationOperator::Values { rows } => {
            out.push_str("Values");
            for row in rows {
                let cells: Vec<String> = row.iter().map(value_text).collect();
                let _ = write!(out, " ({})", cells.join(", "));
            }
        }
        RelationOperator::ExternalData(data) => {
            let _ = write!(out, "ExternalData {}", data.uris.join(", "));
        }
        RelationOperator::OneRow => out.push_str("OneRow"),
        RelationOperator::Range { from, to, step } => {
            let _ = write!(out, "Range {} to {} step {}", value_text(from), value_text(to), value_text(step));
        }
        RelationOperator::Filter { input, predicate } => {
            let _ = write!(out, "Filter {}", expression_text(predicate));
            inputs.push(input);
        }
        RelationOperator::Project { input, expressions } => {
            out.push_str("Project");
            write_assignments(&relation.columns, expressions, out);
            inputs.push(input);
        }
        RelationOperator::MvExpand(expand) => {
            out.push_str("MvExpand");
            if expand.kind == MvExpandKind::Array {
                out.push_str(" kind=array");
            }
            for expansion in &expand.expansions {
                let source = expression_text(&expansion.source);
                let _ = write!(out, " {} = {source}", id_text(expansion.output));
                if expansion.scalar_type != ScalarType::Dynamic {
                    let _ = write!(out, " to {}", expansion.scalar_type);
                }
            }
            if let Some(id) = expand.item_index {
                let _ = write!(out, " index {}", id_text(id));
            }
            if let Some(limit) = expand.limit {
                let _ = write!(out, " limit {limit}");
            }
            inputs.push(&expand.input);
        }
        RelationOperator::Extract(extract) => {
            let outputs: Vec<String> =
                extract.outputs.iter().map(|(id, scalar_type)| format!("{}: {scalar_type}", id_text(*id))).collect();
            let filter = if extract.only_matches { " only matches" } else { "" };
            let source = expression_text(&extract.source);
            let _ = write!(out, "Extract{filter} {} from {source} by {:?}", outputs.join(", "), extract.extraction);
            inputs.push(&extract.input);
        }
        RelationOperator::Aggregate { input, by, aggregations } => {
            out.push_str("Aggregate");
            let texts: Vec<String> = aggregations.iter().map(aggregation_text).collect();
            if !texts.is_empty() {
                let _ = write!(out, " {}", texts.join(", "));
            }
            if !by.is_empty() {
                let keys: Vec<String> = by.iter().map(expression_text).collect();
                let _ = write!(out, " by {}", keys.join(", "));
            }
            inputs.push(input);
        }
        RelationOperator::Number { input, output, within } => {
            let _ = write!(out, "Number {}", id_text(*output));
            if let Some(within) = within {
                let _ = write!(out, " within {}", id_text(*within));
            }
            inputs.push(input);
        }
        RelationOperator::Distinct { input } => {
            out.push_str("Distinct");
            inputs.push(input);
        }
        RelationOperator::Join(join) => {
            let keys: Vec<String> = join
                .keys
                .iter()
                .map(|(left, right)| format!("{} = {}", expression_text(left), expression_text(right)))
                .collect();
            let _ = write!(out, "Join {} on {}", kind_text(join.kind), keys.join(", "));
            inputs.extend([join.left.as_ref(), join.right.as_ref()]);
        }
        RelationOperator::Sort { input, keys } => {
            let _ = write!(out, "Sort {}", keys_text(keys));
            inputs.push(input);
        }
        RelationOperator::Top { input, keys, count } => {
            let _ = write!(out, "Top {count} {}", keys_text(keys));
            inputs.push(input);
        }
        RelationOperator::Take { input, count } => {
            let _ = write!(out, "Take {count}");
            inputs.push(input);
        }
        RelationOperator::Serialize { input } => {
            out.push_str("Serialize");
            inputs.push(input);
        }
        RelationOperator::Window { input, calls } => {
            let texts: Vec<String> = calls.iter().map(expression_text).collect();
            let _ = write!(out, "Window {}", texts.join(", "));
            inputs.push(input);
        }
        RelationOperator::Scan(scan) => {
            out.push_str("Scan");
            for step in &scan.steps {
                let values: Vec<String> =
                    step.assignments.iter().map(|(at, value)| format!("{at} = {}", expression_text(value))).collect();
                let _ =
                    write!(out, " ({:?}: {} => {})", step.output, expression_text(&step.condition), values.join(", "));
            }
            inputs.push(&scan.input);
        }
        RelationOperator::Plugin(call) => {
            let constants: Vec<String> = call.constants().map(expression_text).collect();
            let _ = write!(out, "Plugin {}({})", call.plugin, constants.join(", "));
            inputs.push(&call.input);
        }
        RelationOperator::MakeSeries(series) => {
            let _ = write!(out, "MakeSeries {} keys", series.keys);
            if let Some(from) = &series.from {
                let _ = write!(out, " from {}", expression_text(from));
            }
            if let Some(to) = &series.to {
                let _ = write!(out, " {} {}", if series.inclusive { "through" } else { "to" }, expression_text(to));
            }
            let defaults: Vec<String> = series.defaults.iter().map(expression_text).collect();
            let _ = write!(out, " step {} default {}", expression_text(&series.step), defaults.join(", "));
            if series.nonempty {
                out.push_str(" nonempty");
            }
            inputs.push(&series.input);
        }
        RelationOperator::Graph(graph) => {
            out.push_str(&graph_text(&graph.operation));
            inputs.push(&graph.input);
        }
        RelationOperator::Union { inputs: all } => {
            out.push_str("Union");
            inputs.extend(all);
        }
        RelationOperator::Materialized { key, shared } => {
            let _ = write!(out, "Materialized {key}");
            inputs.push(shared);
        }
        RelationOperator::Unsupported { inputs: all } => {
            out.push_str("Unsupported");
            inputs.extend(all);
        }
    }
    if !matches!(relation.operator, RelationOperator::Project { .. }) {
        write_columns(&relation.columns, out);
    }
    out.push('\n');
    for input in inputs {
        write_relation(input, depth + 1, out);
    }
}

fn graph_text(operation: &GraphOperation) -> String {
    match operation {
        GraphOperation::Make(make) => {
            let mut text = format!("MakeGraph {} --> {}", id_text(make.source), id_text(make.target));
            for id in &make.within {
                let _ = write!(text, " within {}", id_text(*id));
            }
            text
        }
        GraphOperation::Degrees { .. } => "GraphDegrees".to_owned(),
        GraphOperation::Components { strong: false, .. } => "GraphComponents weak".to_owned(),
        GraphOperation::Components { strong: true, .. } => "GraphComponents strong".to_owned(),
        GraphOperation::Match(matches) => match_text(matches),
        GraphOperation::KeepShortest { all: false, .. } => "KeepShortest any".to_owned(),
        GraphOperation::KeepShortest { all: true, .. } => "KeepShortest all".to_owned(),
    }
}

/// A pattern, its nodes by number; `where` names the columns that say what may stand in a place.
fn match_text(matches: &GraphMatch) -> String {
    let mut text = "GraphMatch".to_owned();
    match matches.search {
        Search::All => {}
        Search::AnyShortest => text.push_str(" any shortest"),
        Search::AllShortest => text.push_str(" all shortest"),
    }
    match matches.cycles {
        Cycles::UniqueEdges => {}
        Cycles::All => text.push_str(" cycles=all"),
        Cycles::None => text.push_str(" cycles=none"),
    }
    let asked = |id: Option<ColumnId>| id.map(|id| format!(" where {}", id_text(id))).unwrap_or_default();
    for (number, candidates) in matches.nodes.iter().enumerate() {
        let _ = write!(text, " ({number}{})", asked(*candidates));
    }
    for edge in &matches.edges {
        let (left, right) = match edge.direction {
            Direction::Out => ("-", "->"),
            Direction::In => ("<-", "-"),
            Direction::Any => ("-", "-"),
        };
        let length = edge.length.map(|(from, to)| format!("*{from}..{to}")).unwrap_or_default();
        let inner = edge.inner_candidates.map(|id| format!(" inner where {}", id_text(id))).unwrap_or_default();
        let candidates = asked(edge.candidates);
        let _ = write!(text, " ({}){left}[{length}{candidates}{inner}]{right}({})", edge.left, edge.right);
    }
    for output in &matches.outputs {
        let _ = match output {
            MatchOutput::Node { node, column } => write!(text, " ({node}).{}", id_text(*column)),
            MatchOutput::Edge { edge, column } => write!(text, " [{edge}].{}", id_text(*column)),
            MatchOutput::Path { edge, column, inner, gather } => {
                let inner = if *inner { " inner" } else { "" };
                write!(text, " {gather:?}([{edge}]{inner}.{})", id_text(*column))
            }
            MatchOutput::Length => write!(text, " length"),
        };
    }
    text
}

fn write_columns(columns: &[Column], out: &mut String) {
    let texts: Vec<String> =
        columns.iter().map(|column| format!("{}{}: {}", column.name, id_text(column.id), column.scalar_type)).collect();
    let _ = write!(out, " [{}]", texts.join(", "));
}

fn write_assignments(columns: &[Column], expressions: &[Expr], out: &mut String) {
    let texts: Vec<String> = columns
        .iter()
        .zip(expressions)
        .map(|(column, expression)| {
            let target = format!("{}{}: {}", column.name, id_text(column.id), column.scalar_type);
            match &expression.kind {
                ExprKind::Column(id) if *id == column.id => target,
                _ => format!("{target} = {}", expression_text(expression)),
            }
        })
        .collect();
    let _ = write!(out, " [{}]", texts.join(", "));
}

fn aggregation_text(aggregation: &Aggregation) -> String {
    let outputs: Vec<String> = aggregation.outputs.iter().map(|id| id_text(*id)).collect();
    let arguments: Vec<String> = aggregation.arguments.iter().map(expression_text).collect();
    format!("{} = {}({})", outputs.join(" "), aggregation.aggregate.aggregate.name, arguments.join(", "))
}

fn keys_text(keys: &[SortKey]) -> String {
    let texts: Vec<String> = keys
        .iter()
        .map(|key| {
            let direction = if key.ascending { "asc" } else { "desc" };
            let nulls = if key.nulls_first { "first" } else { "last" };
            format!("{} {direction} nulls {nulls}", expression_text(&key.value))
        })
        .collect();
    texts.join(", ")
}

fn kind_text(kind: JoinKind) -> &'static str {
    match kind {
        JoinKind::InnerUnique => "innerunique",
        JoinKind::Inner => "inner",
        JoinKind::LeftOuter => "leftouter",
        JoinKind::RightOuter => "rightouter",
        JoinKind::FullOuter => "fullouter",
        JoinKind::LeftSemi => "leftsemi",
        JoinKind::RightSemi => "rightsemi",
        JoinKind::LeftAnti => "leftanti",
        JoinKind::RightAnti => "rightanti",
    }
}

fn id_text(id: ColumnId) -> String {
    format!("#{}", id.0)
}

fn write_expression(expression: &Expr, out: &mut String) {
    match &expression.kind {
        ExprKind::Column(id) => out.push_str(&id_text(*id)),
        ExprKind::Literal(value) => out.push_str(&value_text(value)),
        ExprKind::Call { function, arguments } => {
            let name = function.function.name;
            match arguments.as_slice() {
                [left, right] if !name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '$') => {
                    out.push('(');
                    write_expression(left, out);
                    let _ = write!(out, " {name} ");
                    write_expression(right, out);
                    out.push(')');
                }
                all => {
                    let texts: Vec<String> = all.iter().map(expression_text).collect();
                    let _ = write!(out, "{name}({})", texts.join(", "));
                }
            }
        }
        ExprKind::ToScalar(relation) => {
            let _ = write!(out, "toscalar({})", on_one_line(relation));
        }
        ExprKind::InTable { value, table, negated, ignore_case } => {
            write_expression(value, out);
            let operator = match (negated, ignore_case) {
                (false, false) => "in",
                (true, false) => "!in",
                (false, true) => "in~",
                (true, true) => "!in~",
            };
            let _ = write!(out, " {operator} table({})", on_one_line(table));
        }
    }
}

fn on_one_line(relation: &Relation) -> String {
    let text = plan_text(relation);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.join(" <- ")
}

fn value_text(value: &Value) -> String {
    match value {
        Value::Null(scalar_type) => format!("{scalar_type}(null)"),
        Value::String(text) => format!("{text:?}"),
        Value::Bool(value) => value.to_string(),
        Value::Long(value) => value.to_string(),
        Value::Real(_) => {
            let text = value.to_text();
            if text.contains(['.', 'e', 'E', 'N', 'I']) { text } else { format!("{text}.0") }
        }
        Value::Dynamic(text) => format!("dynamic({text})"),
        other => format!("{}({})", other.scalar_type(), other.to_text()),
    }
}
