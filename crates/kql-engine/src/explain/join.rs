//! What the rows of a join's sides find on the other one.

use std::collections::HashMap;

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::error::DataFusionError;
use kql_semantics::plan::{Join, JoinKind};
use kql_semantics::{Column, Expr, Relation};
use kql_types::Value;

use super::carry::{Hidden, project, reference};
use super::columns::columns_of;
use super::rows::Samples;
use super::run::Explainer;
use super::{JoinDetail, Loss};
use crate::EngineError;

/// How often a key occurs.
#[derive(Clone, Copy, Default)]
struct Occurrences {
    left: usize,
    right: usize,
}

/// The keys of one side.
struct Side {
    /// For each row the number of its key.
    keys: Vec<usize>,
    /// A row of each key that was met here first, as values; samples are taken from them.
    values: HashMap<usize, Vec<Value>>,
    /// Which rows derive from which reads.
    followed: Vec<(usize, Vec<bool>)>,
}

/// The numbers of the keys of both sides.
#[derive(Default)]
struct Keys {
    numbers: HashMap<Box<[u8]>, usize>,
    occurrences: Vec<Occurrences>,
}

/// How the rows of both sides meet, and why followed rows are lost.
pub(super) async fn matches(
    explainer: &mut Explainer<'_>,
    join: &Join,
) -> Result<(JoinDetail, Vec<(usize, Loss)>), EngineError> {
    let mut keys = Keys::default();
    let (left_keys, right_keys): (Vec<&Expr>, Vec<&Expr>) = join.keys.iter().map(|(left, right)| (left, right)).unzip();
    let left = keys.side(explainer, &join.left, &left_keys, |seen| &mut seen.left).await?;
    let right = keys.side(explainer, &join.right, &right_keys, |seen| &mut seen.right).await?;
    let is_unique = join.kind == JoinKind::InnerUnique;
    let mut detail = JoinDetail {
        kind: join.kind,
        left: left.keys.len(),
        right: right.keys.len(),
        dropped: 0,
        left_matched: 0,
        right_matched: 0,
        fan_out: 0,
    };
    for seen in &keys.occurrences {
        let stay = if is_unique { seen.left.min(1) } else { seen.left };
        detail.dropped += seen.left - stay;
        if seen.left > 0 && seen.right > 0 {
            detail.left_matched += stay;
            detail.right_matched += seen.right;
            detail.fan_out = detail.fan_out.max(seen.right);
        }
    }
    let mut losses = Vec::new();
    let is_met = |key: usize| keys.occurrences.get(key).is_some_and(|seen| seen.left > 0 && seen.right > 0);
    let (left_names, right_names) = (names(&join.left, &left_keys), names(&join.right, &right_keys));
    for (side, is_left, other) in [(&left, true, &right_names), (&right, false, &left_names)] {
        let own = if is_left { &left_names } else { &right_names };
        let wants_partner = match join.kind {
            JoinKind::InnerUnique | JoinKind::Inner => true,
            JoinKind::LeftSemi | JoinKind::RightOuter => is_left,
            JoinKind::RightSemi | JoinKind::LeftOuter => !is_left,
            JoinKind::FullOuter | JoinKind::LeftAnti | JoinKind::RightAnti => false,
        };
        let wants_none = match join.kind {
            JoinKind::LeftAnti => is_left,
            JoinKind::RightAnti => !is_left,
            _ => false,
        };
        for (read, marks) in &side.followed {
            let (mut alone, mut met, mut later) = (Lost::default(), Lost::default(), Lost::default());
            let mut first = vec![true; keys.occurrences.len()];
            for (key, is_followed) in side.keys.iter().zip(marks) {
                let is_first = first.get_mut(*key).is_some_and(std::mem::take);
                if !is_followed {
                    continue;
                }
                let values = side.values.get(key).map_or(&[][..], Vec::as_slice);
                if wants_partner && !is_met(*key) {
                    alone.add(other, values);
                } else if wants_none && is_met(*key) {
                    met.add(other, values);
                } else if is_unique && is_left && !is_first {
                    later.add(own, values);
                }
            }
            if alone.rows > 0 {
                let (rows, samples) = (alone.rows, alone.samples.found);
                losses.push((*read, Loss::NoPartner { is_left, rows, samples }));
            }
            if met.rows > 0 {
                let (rows, samples) = (met.rows, met.samples.found);
                losses.push((*read, Loss::Partner { is_left, rows, samples }));
            }
            if later.rows > 0 {
                let (rows, samples) = (later.rows, later.samples.found);
                losses.push((*read, Loss::NotFirst { rows, samples }));
            }
        }
    }
    Ok((detail, losses))
}

/// Rows that are lost for one reason.
#[derive(Default)]
struct Lost {
    rows: usize,
    samples: Samples,
}

impl Lost {
    fn add(&mut self, names: &[String], values: &[Value]) {
        self.rows += 1;
        self.samples.add(|| names.iter().cloned().zip(values.iter().cloned()).collect());
    }
}

impl Keys {
    /// Reads the keys of one side.
    async fn side(
        &mut self,
        explainer: &mut Explainer<'_>,
        relation: &Relation,
        keys: &[&Expr],
        counter: impl Fn(&mut Occurrences) -> &mut usize + Send,
    ) -> Result<Side, EngineError> {
        let mut columns: Vec<Column> = keys.iter().map(|key| explainer.hidden.computed(key.scalar_type)).collect();
        let mut values: Vec<Expr> = keys.iter().map(|key| (*key).clone()).collect();
        let mut followed = Vec::new();
        for (column, kind) in explainer.hidden.of(&relation.columns) {
            match kind {
                Hidden::Followed { read } => followed.push((read, columns.len())),
                // Something must tell how many rows there are.
                Hidden::Row { .. } => {}
                Hidden::Count { .. } | Hidden::Computed => continue,
            }
            values.push(reference(column, relation.span));
            columns.push(column.clone());
        }
        let batches = explainer.collect(&project(relation.clone(), columns, values, relation.span)).await?;
        let mut side = Side {
            keys: Vec::new(),
            values: HashMap::new(),
            followed: followed.iter().map(|(read, _)| (*read, Vec::new())).collect(),
        };
        let fields = keys.iter().map(|key| SortField::new(key.scalar_type.arrow_type())).collect();
        let converter = RowConverter::new(fields).map_err(DataFusionError::from)?;
        for batch in &batches {
            let arrays = batch.columns().get(..keys.len()).unwrap_or_default();
            let rows = match arrays {
                // Without keys all rows meet.
                [] => None,
                arrays => Some(converter.convert_columns(arrays).map_err(DataFusionError::from)?),
            };
            for row in 0..batch.num_rows() {
                let bytes = rows.as_ref().map_or(&[][..], |rows| rows.row(row).data());
                let next = self.numbers.len();
                let number = match self.numbers.get(bytes) {
                    Some(number) => *number,
                    None => {
                        self.numbers.insert(bytes.into(), next);
                        self.occurrences.push(Occurrences::default());
                        next
                    }
                };
                if let Some(seen) = self.occurrences.get_mut(number) {
                    *counter(seen) += 1;
                }
                side.keys.push(number);
                let mut is_followed = false;
                for ((_, at), (_, marks)) in followed.iter().zip(&mut side.followed) {
                    let array = batch.column(*at).as_boolean();
                    let mark = array.is_valid(row) && array.value(row);
                    is_followed |= mark;
                    marks.push(mark);
                }
                if is_followed && !side.values.contains_key(&number) {
                    let cells = keys
                        .iter()
                        .zip(arrays)
                        .filter_map(|(key, array)| Value::from_array(array.as_ref(), row, key.scalar_type));
                    side.values.insert(number, cells.collect());
                }
            }
        }
        Ok(side)
    }
}

/// What the keys are called on their side.
fn names(relation: &Relation, keys: &[&Expr]) -> Vec<String> {
    let name = |key: &&Expr| {
        let id = columns_of(key).first().copied();
        let column = relation.columns.iter().find(|column| Some(column.id) == id);
        column.map(|column| column.name.clone()).unwrap_or_default()
    };
    keys.iter().map(name).collect()
}
