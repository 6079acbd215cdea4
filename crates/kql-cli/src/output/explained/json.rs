//! JSON for programs.

use kql_engine::explain::{BranchKind, Detail, Followed, Loss, Pipeline, Sample, Stage};
use serde_json::{Map, Value, json};

use super::Shown;
use super::follow::{End, Step, Way, ways};
use crate::output::json::write_value;

/// All that is known of one result.
pub fn of(shown: &Shown<'_>) -> Value {
    let mut object = json!({
        "name": shown.title,
        "path": shown.source.path,
        "result": shown.result,
        "rows": shown.explained.query_rows,
        "stages": pipeline(shown, &shown.explained.pipeline),
    });
    if let (Some(asked), Some(object)) = (shown.asked, object.as_object_mut()) {
        let ways = ways(&shown.explained.pipeline, &shown.explained.reads);
        let reads: Vec<Value> = ways.iter().map(|found| way(shown, found)).collect();
        object.insert("why".to_owned(), json!({"table": asked.table, "predicate": asked.predicate, "reads": reads}));
    }
    object
}

fn pipeline(shown: &Shown<'_>, pipeline: &Pipeline) -> Vec<Value> {
    pipeline.stages.iter().map(|each| stage(shown, each)).collect()
}

fn stage(shown: &Shown<'_>, stage: &Stage) -> Value {
    let mut object = json!({
        "line": shown.line(stage.span),
        "text": shown.written(stage.span),
        "rows_in": stage.rows_in,
        "rows_out": stage.rows_out,
        "milliseconds": stage.elapsed.as_secs_f64() * 1e3,
    });
    let Some(fields) = object.as_object_mut() else { return object };
    match &stage.detail {
        Detail::Table(name) => insert(fields, "table", json!(name)),
        Detail::Where(conjuncts) => {
            let predicates: Vec<Value> = conjuncts
                .iter()
                .map(|each| {
                    let (line, text) = (shown.line(each.span), shown.written(each.span));
                    json!({"line": line, "text": text, "alone": each.alone, "with_those_before": each.so_far})
                })
                .collect();
            insert(fields, "predicates", json!(predicates));
        }
        Detail::Join(join) => insert(
            fields,
            "join",
            json!({
                "kind": format!("{:?}", join.kind).to_lowercase(),
                "left": join.left,
                "right": join.right,
                "left_matched": join.left_matched,
                "right_matched": join.right_matched,
                "fan_out": join.fan_out,
                "dropped_by_innerunique": join.dropped,
            }),
        ),
        Detail::Expand { most, none } => insert(fields, "expand", json!({"most": most, "became_none": none})),
        Detail::Again => insert(fields, "computed_before", json!(true)),
        Detail::Source | Detail::Groups | Detail::Union | Detail::Limit | Detail::Other => {}
    }
    if !stage.branches.is_empty() {
        let branches: Vec<Value> = stage
            .branches
            .iter()
            .map(|branch| {
                let kind = match branch.kind {
                    BranchKind::Right => "right",
                    BranchKind::Leg(_) => "union",
                    BranchKind::Set => "in",
                    BranchKind::Scalar => "toscalar",
                    BranchKind::Table => "table",
                };
                json!({"kind": kind, "stages": pipeline(shown, &branch.pipeline)})
            })
            .collect();
        insert(fields, "branches", json!(branches));
    }
    object
}

fn insert(fields: &mut Map<String, Value>, name: &str, value: Value) {
    fields.insert(name.to_owned(), value);
}

fn way(shown: &Shown<'_>, way: &Way<'_>) -> Value {
    let last = way.steps.last().map(|step| shown.line(step.stage.span));
    let (end, rows) = match way.end {
        End::NoRows => ("no rows", None),
        End::Result(rows) => ("result", Some(rows)),
        End::Lost => ("lost", None),
        End::Told(rows) => ("filters others", Some(rows)),
        End::Unknown => ("unknown", None),
    };
    json!({
        "line": shown.line(way.read.span),
        "rows": way.read.rows,
        "of": way.of,
        "steps": way.steps.iter().map(|each| step(shown, each)).collect::<Vec<Value>>(),
        "end": end,
        "end_line": last,
        "result_rows": rows,
    })
}

fn step(shown: &Shown<'_>, step: &Step<'_>) -> Value {
    let Step { stage, followed } = step;
    json!({
        "line": shown.line(stage.span),
        "text": shown.written(stage.span),
        "before": followed.before,
        "after": followed.after,
        "losses": losses(shown, stage, followed),
        "samples": samples(&followed.samples),
    })
}

fn losses(shown: &Shown<'_>, stage: &Stage, followed: &Followed) -> Vec<Value> {
    let loss = |loss: &Loss| match loss {
        Loss::NotTrue { conjunct, rows, samples: found } => {
            let predicate = match &stage.detail {
                Detail::Where(conjuncts) => conjuncts.get(*conjunct),
                _ => None,
            };
            let text = predicate.map(|predicate| shown.written(predicate.span));
            json!({"reason": "not true", "predicate": text, "rows": rows, "samples": samples(found)})
        }
        Loss::NotFirst { rows, samples: found } => {
            json!({"reason": "innerunique", "rows": rows, "samples": samples(found)})
        }
        Loss::NoPartner { rows, samples: found, .. } => {
            json!({"reason": "no partner", "rows": rows, "samples": samples(found)})
        }
        Loss::Partner { rows, samples: found, .. } => {
            json!({"reason": "partner", "rows": rows, "samples": samples(found)})
        }
        Loss::Empty { rows } => json!({"reason": "nothing to expand", "rows": rows}),
        Loss::NoMatch { rows } => json!({"reason": "no match", "rows": rows}),
        Loss::Limit { rows } => json!({"reason": "limit", "rows": rows}),
        Loss::Other { rows } => json!({"reason": "other", "rows": rows}),
    };
    followed.losses.iter().map(loss).collect()
}

fn samples(samples: &[Sample]) -> Vec<Value> {
    let object = |sample: &Sample| {
        let cells = sample.iter().map(|(name, value)| (name.clone(), cell(value)));
        Value::Object(cells.collect())
    };
    samples.iter().map(object).collect()
}

fn cell(value: &kql_types::Value) -> Value {
    let mut text = Vec::new();
    let written = write_value(&mut text, value).is_ok();
    let read = if written { serde_json::from_slice(&text).ok() } else { None };
    // A decimal may have more digits than JSON's numbers.
    read.unwrap_or_else(|| Value::String(value.to_text()))
}
