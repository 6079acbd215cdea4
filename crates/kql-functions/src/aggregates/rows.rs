//! One kept row for each group: what `arg_max` and `take_any` hold.

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array, new_null_array};
use arrow::compute::{interleave, take};
use arrow::datatypes::DataType;

use super::take_groups;
use crate::KernelError;
use crate::aggregate::Groups;

/// Rows beyond the kept ones that may lie about before the chunks are rewritten.
const SLACK: usize = 8192;

/// Where a group's row lies.
#[derive(Clone, Copy)]
struct Place {
    chunk: u32,
    row: u32,
}

/// The place of a group without a row.
const NOWHERE: Place = Place { chunk: u32::MAX, row: 0 };

/// The kept rows, in chunks of columns. A new choice adds a row; chunks are rewritten when most rows are superseded.
pub struct KeptRows {
    types: Vec<DataType>,
    chunks: Vec<Vec<ArrayRef>>,
    places: Vec<Place>,
    stored: usize,
}

impl KeptRows {
    /// No rows yet, of these columns.
    pub fn new(types: Vec<DataType>) -> KeptRows {
        KeptRows { types, chunks: Vec::new(), places: Vec::new(), stored: 0 }
    }

    /// Makes room for groups.
    pub fn resize(&mut self, group_count: usize) {
        if self.places.len() < group_count {
            self.places.resize(group_count, NOWHERE);
        }
    }

    /// Whether a group has a row.
    pub fn holds(&self, group: usize) -> bool {
        self.places.get(group).is_some_and(|place| place.chunk != NOWHERE.chunk)
    }

    /// Keeps these rows of `columns` for these groups, each group once, in place of what they had.
    pub fn keep(&mut self, columns: &[ArrayRef], chosen: &[(usize, u32)]) -> Result<(), KernelError> {
        if chosen.is_empty() {
            return Ok(());
        }
        let rows = UInt32Array::from_iter_values(chosen.iter().map(|(_, row)| *row));
        let columns = columns.iter().map(|column| Ok(compact(take(column, &rows, None)?)));
        let columns = columns.collect::<Result<Vec<ArrayRef>, KernelError>>()?;
        let chunk = count(self.chunks.len())?;
        for (row, (group, _)) in chosen.iter().enumerate() {
            self.places[*group] = Place { chunk, row: count(row)? };
        }
        self.stored += chosen.len();
        self.chunks.push(columns);
        if self.stored > 2 * self.places.len() + SLACK {
            self.rewrite()?;
        }
        Ok(())
    }

    /// Hands out the rows of the groups; the columns of a group without a row are null.
    pub fn take(&mut self, groups: Groups) -> Result<Vec<ArrayRef>, KernelError> {
        let places = take_groups(&mut self.places, groups);
        let columns = self.gather(&places)?;
        if self.places.is_empty() {
            self.chunks = Vec::new();
            self.stored = 0;
        } else {
            self.rewrite()?;
        }
        Ok(columns)
    }

    /// Bytes held.
    pub fn size(&self) -> usize {
        let chunks = self.chunks.iter().flatten().map(|column| column.get_array_memory_size());
        chunks.sum::<usize>() + self.places.capacity() * size_of::<Place>()
    }

    /// Brings all kept rows into one chunk.
    fn rewrite(&mut self) -> Result<(), KernelError> {
        let kept: Vec<Place> = self.places.iter().filter(|place| place.chunk != NOWHERE.chunk).copied().collect();
        let columns = self.gather(&kept)?;
        let held = self.places.iter_mut().filter(|place| place.chunk != NOWHERE.chunk);
        for (place, row) in held.zip(0..) {
            *place = Place { chunk: 0, row };
        }
        self.chunks = vec![columns];
        self.stored = kept.len();
        Ok(())
    }

    fn gather(&self, places: &[Place]) -> Result<Vec<ArrayRef>, KernelError> {
        let nothing = self.chunks.len();
        let indices: Vec<(usize, usize)> = places
            .iter()
            .map(|place| match place.chunk {
                u32::MAX => (nothing, 0),
                chunk => (chunk as usize, place.row as usize),
            })
            .collect();
        let gathered = self.types.iter().enumerate().map(|(at, data_type)| {
            let null = new_null_array(data_type, 1);
            let mut sources: Vec<&dyn Array> =
                self.chunks.iter().filter_map(|chunk| chunk.get(at)).map(|column| column.as_ref()).collect();
            sources.push(null.as_ref());
            Ok(compact(interleave(&sources, &indices)?))
        });
        gathered.collect()
    }
}

/// A string view array holds on to all the text it ever saw; this lets go of what it does not show.
fn compact(array: ArrayRef) -> ArrayRef {
    match array.as_string_view_opt() {
        Some(strings) => std::sync::Arc::new(strings.gc()),
        None => array,
    }
}

fn count(value: usize) -> Result<u32, KernelError> {
    u32::try_from(value).map_err(|_| KernelError("the aggregate holds too many rows".to_owned()))
}
