//! One kept row for each group: what `arg_max` and `take_any` hold.

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array, new_null_array};
use arrow::compute::{interleave, take};
use arrow::datatypes::DataType;

use super::take_groups;
use crate::KernelError;
use crate::aggregate::Groups;

/// Rows beyond the kept ones that may lie about before the chunks are rewritten.
const SLACK: usize = 8192;
/// As many bytes of batches may be held whole before what is kept of them is copied out.
const MOST_BORROWED: usize = 16 << 20;
/// As many chunks may lie side by side.
const MOST_CHUNKS: usize = 256;
/// A batch of which less than one row in so many is kept is not held; the rows are copied at once.
const SPARSE: usize = 8;

/// Where a group's row lies.
#[derive(Clone, Copy)]
struct Place {
    chunk: u32,
    row: u32,
}

/// The place of a group without a row.
const NOWHERE: Place = Place { chunk: u32::MAX, row: 0 };
/// The chunk of a row that is about to be copied.
const MOVING: u32 = u32::MAX - 1;

/// The kept rows, in chunks of columns. A new choice adds a row.
///
/// Batches are held as they came at first: in data that is nearly in order, most of their rows are soon superseded, and
/// only what is left is copied. Chunks of copies are rewritten when most of their rows are superseded.
pub struct KeptRows {
    types: Vec<DataType>,
    chunks: Vec<Vec<ArrayRef>>,
    places: Vec<Place>,
    /// How many of the chunks are copies of kept rows, and their rows; the rest are borrowed.
    settled: usize,
    stored: usize,
    /// The groups whose rows came to lie in borrowed chunks.
    recent: Vec<usize>,
    settled_bytes: usize,
    borrowed_bytes: usize,
}

impl KeptRows {
    /// No rows yet, of these columns.
    pub fn new(types: Vec<DataType>) -> KeptRows {
        KeptRows {
            types,
            chunks: Vec::new(),
            places: Vec::new(),
            settled: 0,
            stored: 0,
            recent: Vec::new(),
            settled_bytes: 0,
            borrowed_bytes: 0,
        }
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
        let chunk = count(self.chunks.len())?;
        let rows = columns.first().map_or(0, |column| column.len());
        if chosen.len() * SPARSE < rows {
            let rows = UInt32Array::from_iter_values(chosen.iter().map(|(_, row)| *row));
            let columns = columns.iter().map(|column| Ok(compact(take(column, &rows, None)?)));
            self.chunks.push(columns.collect::<Result<_, KernelError>>()?);
            for (row, (group, _)) in chosen.iter().enumerate() {
                self.places[*group] = Place { chunk, row: count(row)? };
            }
        } else {
            self.chunks.push(columns.to_vec());
            for (group, row) in chosen {
                self.places[*group] = Place { chunk, row: *row };
            }
        }
        self.recent.extend(chosen.iter().map(|(group, _)| *group));
        self.borrowed_bytes += self.chunks.last().map_or(0, |columns| bytes_of(columns));
        if self.borrowed_bytes > MOST_BORROWED || self.chunks.len() - self.settled > MOST_CHUNKS {
            self.settle()?;
        }
        Ok(())
    }

    /// Hands out the rows of the groups; the columns of a group without a row are null.
    pub fn take(&mut self, groups: Groups) -> Result<Vec<ArrayRef>, KernelError> {
        let places = take_groups(&mut self.places, groups);
        let columns = self.gather(&places)?;
        if self.places.is_empty() {
            *self = KeptRows::new(std::mem::take(&mut self.types));
        } else {
            self.rewrite()?;
        }
        Ok(columns)
    }

    /// Bytes held.
    pub fn size(&self) -> usize {
        self.settled_bytes
            + self.borrowed_bytes
            + self.places.capacity() * size_of::<Place>()
            + self.recent.capacity() * size_of::<usize>()
    }

    /// Copies the kept rows of the borrowed chunks, and lets go of these.
    fn settle(&mut self) -> Result<(), KernelError> {
        let (settled, mut moving) = (count(self.settled)?, Vec::new());
        for group in &self.recent {
            let place = &mut self.places[*group];
            if place.chunk >= settled && place.chunk < MOVING {
                moving.push(*place);
                *place = Place { chunk: MOVING, row: count(moving.len() - 1)? };
            }
        }
        let columns = self.gather(&moving)?;
        for group in self.recent.drain(..) {
            let place = &mut self.places[group];
            if place.chunk == MOVING {
                place.chunk = settled;
            }
        }
        self.settled_bytes += bytes_of(&columns);
        self.chunks.truncate(self.settled);
        self.chunks.push(columns);
        self.settled += 1;
        self.stored += moving.len();
        self.borrowed_bytes = 0;
        if self.stored > 2 * self.places.len() + SLACK || self.settled > MOST_CHUNKS {
            self.rewrite()?;
        }
        Ok(())
    }

    /// Brings all kept rows into one chunk.
    fn rewrite(&mut self) -> Result<(), KernelError> {
        let kept: Vec<Place> = self.places.iter().filter(|place| place.chunk != NOWHERE.chunk).copied().collect();
        let columns = self.gather(&kept)?;
        let held = self.places.iter_mut().filter(|place| place.chunk != NOWHERE.chunk);
        for (place, row) in held.zip(0..) {
            *place = Place { chunk: 0, row };
        }
        self.settled_bytes = bytes_of(&columns);
        self.borrowed_bytes = 0;
        self.recent = Vec::new();
        self.chunks = vec![columns];
        self.settled = 1;
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

/// The bytes that columns show. A batch may hold on to more, which its neighbours share.
fn bytes_of(columns: &[ArrayRef]) -> usize {
    let bytes = |column: &ArrayRef| match column.as_string_view_opt() {
        Some(strings) => strings.len() * size_of::<u128>() + strings.total_buffer_bytes_used(),
        None => column.to_data().get_slice_memory_size().unwrap_or(0),
    };
    columns.iter().map(bytes).sum()
}

fn count(value: usize) -> Result<u32, KernelError> {
    match u32::try_from(value) {
        Ok(count) if count < MOVING => Ok(count),
        _ => Err(KernelError("the aggregate holds too many rows".to_owned())),
    }
}
