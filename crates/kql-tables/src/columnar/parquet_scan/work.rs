//! Dividing row groups among the partitions of a scan.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::partition::open_local;
use super::statistics::{extreme, may_match};
use super::unit::{OpenFile, Scan};
use crate::TableError;

/// A row group with more rows than this is read in pieces, unless its pages are almost as long: each piece would have to
/// decompress them from their beginning.
const MOST_UNIT_ROWS: usize = 1 << 18;

/// A page with more rows than this is a long one.
const MOST_PAGE_ROWS: usize = MOST_UNIT_ROWS / 8;

/// Rows of one row group, to be read at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub file: usize,
    pub group: usize,
    pub rows: Range<usize>,
}

impl Unit {
    /// Takes the first rows off, and leaves the others.
    pub(super) fn split_off(&mut self, rows: usize) -> Unit {
        let end = self.rows.start.saturating_add(rows).min(self.rows.end);
        let first = Unit { rows: self.rows.start..end, ..self.clone() };
        self.rows.start = end;
        first
    }
}

/// What is left to read.
#[derive(Debug)]
pub(super) struct Work {
    /// Of each partition, or one for all.
    queues: Vec<Mutex<VecDeque<Unit>>>,
}

impl Work {
    /// The row groups that the filters leave in. Each partition gets as many rows as the others, and those of a
    /// partition follow each other; but where the first rows of an order are wanted, each takes the most promising ones.
    pub(super) fn of(scan: &Scan) -> Result<Work, TableError> {
        let mut units: Vec<(Unit, Option<i64>)> = Vec::new();
        for (place, file) in scan.spec.files.iter().enumerate() {
            let metadata = scan.metadata.of(place, file)?;
            let groups: Vec<_> = metadata.metadata().row_groups().iter().collect();
            let (columns, filters) = &scan.division;
            let kept = may_match(columns, filters, &metadata, &groups);
            // What wrote a file wrote all of it alike.
            let mut has_long_pages = None;
            for (group, _) in kept.into_iter().enumerate().filter(|(_, kept)| *kept) {
                let Some(of_group) = groups.get(group) else { continue };
                let promise = scan.best_first.and_then(|(column, greatest)| {
                    let extreme = extreme(&scan.spec, column, greatest, &metadata, of_group)?;
                    Some(if greatest { extreme.saturating_neg() } else { extreme })
                });
                let rows = usize::try_from(of_group.num_rows()).unwrap_or_default();
                let mut whole = Unit { file: place, group, rows: 0..rows };
                let is_whole = rows <= MOST_UNIT_ROWS
                    || *has_long_pages.get_or_insert_with(|| {
                        open_local(scan, place, file).is_ok_and(|(bytes, metadata)| {
                            let file = OpenFile { file, bytes, metadata };
                            file.rows_of_first_page(scan, group) > Some(MOST_PAGE_ROWS)
                        })
                    });
                let pieces = if is_whole { 1 } else { rows.div_ceil(MOST_UNIT_ROWS) };
                for _ in 0..pieces {
                    let unit = whole.split_off(rows.div_ceil(pieces));
                    if !unit.rows.is_empty() {
                        units.push((unit, promise));
                    }
                }
            }
        }
        if scan.takes_best_first() {
            // What is not known may be the best.
            units.sort_by_key(|(_, promise)| promise.map_or(i64::MIN, |promise| promise));
            return Ok(Work { queues: vec![Mutex::new(units.into_iter().map(|(unit, _)| unit).collect())] });
        }
        Ok(Work { queues: divide(units.into_iter().map(|(unit, _)| unit).collect(), scan.spec.partitions) })
    }

    /// What a partition reads next.
    pub(super) fn next(&self, partition: usize) -> Option<Unit> {
        let queue = self.queues.get(partition).or_else(|| self.queues.first().filter(|_| self.queues.len() == 1))?;
        queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// Gives rows back that were not read.
    pub(super) fn give_back(&self, partition: usize, unit: Unit) {
        let queue = self.queues.get(partition).or_else(|| self.queues.first());
        if let Some(queue) = queue.filter(|_| !unit.rows.is_empty()) {
            queue.lock().unwrap_or_else(PoisonError::into_inner).push_front(unit);
        }
    }
}

/// Divides units evenly by their rows, in their order; a unit may be cut.
fn divide(units: Vec<Unit>, partitions: usize) -> Vec<Mutex<VecDeque<Unit>>> {
    let total: usize = units.iter().map(|unit| unit.rows.len()).sum();
    let partitions = partitions.max(1);
    let share = total.div_ceil(partitions);
    let mut queues = vec![VecDeque::new(); partitions];
    let mut taken = 0;
    let mut at = 0;
    for mut unit in units {
        loop {
            let room = share.saturating_sub(taken);
            // A small rest is not worth reading a row group twice.
            let is_last = at + 1 >= partitions;
            if is_last || unit.rows.len() <= room + unit.rows.len() / 4 {
                taken += unit.rows.len();
                if let Some(queue) = queues.get_mut(at) {
                    queue.push_back(unit);
                }
                break;
            }
            if room > unit.rows.len() / 4 {
                let first = unit.split_off(room);
                if let Some(queue) = queues.get_mut(at) {
                    queue.push_back(first);
                }
            }
            at += 1;
            taken = 0;
        }
    }
    queues.into_iter().map(Mutex::new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divided(groups: &[usize], partitions: usize) -> Vec<Vec<(usize, Range<usize>)>> {
        let units = groups.iter().enumerate().map(|(group, rows)| Unit { file: 0, group, rows: 0..*rows }).collect();
        let queues = divide(units, partitions).into_iter().map(|queue| queue.into_inner().unwrap());
        queues.map(|queue| queue.into_iter().map(|unit| (unit.group, unit.rows)).collect()).collect()
    }

    #[test]
    fn partitions_get_as_many_rows_each() {
        assert_eq!(divided(&[10, 10, 10, 10], 2), [[(0, 0..10), (1, 0..10)], [(2, 0..10), (3, 0..10)]]);
        assert_eq!(divided(&[100], 2), [[(0, 0..50)], [(0, 50..100)]]);
        assert_eq!(divided(&[10, 10, 10], 2), [vec![(0, 0..10), (1, 0..5)], vec![(1, 5..10), (2, 0..10)]]);
        assert_eq!(divided(&[10], 1), [[(0, 0..10)]]);
        assert_eq!(divided(&[], 2), [vec![], vec![]]);
    }
}
