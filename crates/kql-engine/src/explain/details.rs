//! What each predicate of a `where` keeps, and of which rows it is not true.

use datafusion::arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use kql_semantics::{Column, Expr, ExprKind, Relation};
use kql_types::ScalarType;

use super::carry::{Hidden, project, reference};
use super::columns::columns_of;
use super::rows::{Samples, sample};
use super::run::Explainer;
use super::{Conjunct, Loss};
use crate::EngineError;

/// The predicates that `and` connects, with the rows that each keeps and the followed rows that it loses.
pub(super) async fn conjuncts(
    explainer: &mut Explainer<'_>,
    input: &Relation,
    predicate: &Expr,
) -> Result<(Vec<Conjunct>, Vec<(usize, Loss)>), EngineError> {
    let parts = parts(predicate);
    let span = predicate.span;
    let mut columns: Vec<Column> = parts.iter().map(|_| explainer.hidden.computed(ScalarType::Bool)).collect();
    let mut values: Vec<Expr> = parts.iter().map(|part| (*part).clone()).collect();
    let mut followed = Vec::new();
    for (column, kind) in explainer.hidden.of(&input.columns) {
        if let Hidden::Followed { read } = kind {
            followed.push((read, columns.len()));
            values.push(reference(column, span));
            columns.push(column.clone());
        }
    }
    // What the predicates read, to be shown.
    let mut shown: Vec<Vec<(usize, Column)>> = Vec::new();
    for part in parts.iter().filter(|_| !followed.is_empty()) {
        let mut own = Vec::new();
        for id in columns_of(part) {
            let Some(column) = input.columns.iter().find(|column| column.id == id) else { continue };
            let at = columns.iter().position(|known| known.id == id).unwrap_or(columns.len());
            if at == columns.len() {
                values.push(reference(column, span));
                columns.push(column.clone());
            }
            own.push((at, column.clone()));
        }
        shown.push(own);
    }
    let relation = project(input.clone(), columns, values, span);
    // A predicate may fail on rows that another one keeps from it.
    let Ok(batches) = explainer.collect(&relation).await else { return Ok((Vec::new(), Vec::new())) };
    let mut counted: Vec<Conjunct> =
        parts.iter().map(|part| Conjunct { span: part.span, alone: 0, so_far: 0 }).collect();
    let mut lost: Vec<(usize, Vec<(usize, Samples)>)> =
        followed.iter().map(|(read, _)| (*read, vec![(0, Samples::default()); parts.len()])).collect();
    for batch in &batches {
        count(batch, &mut counted);
        for ((_, marks), (_, lost)) in followed.iter().zip(&mut lost) {
            let marks = batch.column(*marks).as_boolean();
            for (at, (rows, samples)) in lost.iter_mut().enumerate() {
                let truth = batch.column(at).as_boolean();
                for row in (0..batch.num_rows()).filter(|row| is_true(marks, *row) && !is_true(truth, *row)) {
                    *rows += 1;
                    samples.add(|| sample(batch, row, shown.get(at).map_or(&[], Vec::as_slice)));
                }
            }
        }
    }
    let losses = lost.into_iter().flat_map(|(read, lost)| {
        let lost = lost.into_iter().enumerate().filter(|(_, (rows, _))| *rows > 0);
        lost.map(move |(conjunct, (rows, samples))| {
            let samples = samples.found;
            (read, Loss::NotTrue { conjunct, rows, samples })
        })
    });
    Ok((counted, losses.collect()))
}

/// Counts the rows of which each predicate is true, alone and with those before it.
fn count(batch: &RecordBatch, counted: &mut [Conjunct]) {
    let mut so_far = vec![true; batch.num_rows()];
    for (at, conjunct) in counted.iter_mut().enumerate() {
        let truth = batch.column(at).as_boolean();
        for (row, so_far) in so_far.iter_mut().enumerate() {
            let holds = is_true(truth, row);
            *so_far &= holds;
            conjunct.alone += usize::from(holds);
            conjunct.so_far += usize::from(*so_far);
        }
    }
}

fn is_true(array: &BooleanArray, row: usize) -> bool {
    array.is_valid(row) && array.value(row)
}

/// The operands of `and`, in turn.
fn parts(predicate: &Expr) -> Vec<&Expr> {
    let mut parts = Vec::new();
    let mut waiting = vec![predicate];
    while let Some(expression) = waiting.pop() {
        match &expression.kind {
            ExprKind::Call { function, arguments }
                if function.function.name == "and"
                    && arguments.iter().all(|argument| argument.scalar_type == ScalarType::Bool) =>
            {
                waiting.extend(arguments.iter().rev());
            }
            _ => parts.push(expression),
        }
    }
    parts
}
