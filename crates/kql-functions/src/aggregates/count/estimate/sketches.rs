//! The sketches of many groups: sets of hashes while these are few, registers after that.

use super::super::super::arena::Arena;
use crate::KernelError;
use crate::sketch::registers::{DEFAULT_PRECISION, estimate, note};

/// What a group has: hashes of its values, or registers.
///
/// Up to [`LISTED`] hashes lie one after the other, more of them in an open hash table whose empty places are 0. The
/// hash 0 itself is a mark in `length`.
#[derive(Clone, Copy, Default)]
pub struct Sketch {
    /// Where the hashes lie in the arena, or which registers are the group's.
    start: u32,
    /// How many hashes there are beside 0, and the mark; or [`REGISTERS`].
    length: u32,
}

/// The mark of the hash 0.
const ZERO: u32 = 1 << 31;
/// The group has registers.
const REGISTERS: u32 = u32::MAX;
/// The most hashes that are looked through one by one.
const LISTED: usize = 8;

impl Sketch {
    fn stored(self) -> usize {
        (self.length & !ZERO) as usize
    }

    /// How many hashes there are.
    fn hashes(self) -> usize {
        self.stored() + usize::from(self.length & ZERO != 0)
    }
}

/// The capacity of the run for so many hashes; a table is never more than three quarters full.
fn capacity(stored: usize) -> usize {
    match stored {
        0 => 0,
        1..=LISTED => stored.next_power_of_two(),
        _ => (stored + stored / 3 + 1).next_power_of_two(),
    }
}

/// Puts a hash into a table; false where it is there already.
fn insert(table: &mut [u64], hash: u64) -> bool {
    let mask = table.len() - 1;
    let mut at = hash as usize & mask;
    loop {
        match table[at] {
            0 => {
                table[at] = hash;
                return true;
            }
            other if other == hash => return false,
            _ => at = (at + 1) & mask,
        }
    }
}

/// The sketches of all groups.
#[derive(Default)]
pub struct Sketches {
    /// As the query names it.
    precision: Option<u8>,
    groups: Vec<Sketch>,
    hashes: Arena<u64>,
    /// The registers of large groups; none where those were given back.
    registers: Vec<Box<[u8]>>,
}

impl Sketches {
    /// Makes room for groups.
    pub fn resize(&mut self, group_count: usize) {
        if self.groups.len() < group_count {
            self.groups.resize(group_count, Sketch::default());
        }
    }

    /// Takes the precision that a query or a state names.
    pub fn set_precision(&mut self, precision: u8) -> Result<(), KernelError> {
        if self.precision.is_some_and(|known| known != precision) {
            return Err(KernelError("the accuracy must be the same for all rows".to_owned()));
        }
        self.precision = Some(precision);
        Ok(())
    }

    /// What the groups have.
    pub fn groups(&mut self) -> &mut Vec<Sketch> {
        &mut self.groups
    }

    fn precision(&self) -> u8 {
        self.precision.unwrap_or(DEFAULT_PRECISION)
    }

    /// How many distinct hashes a group may keep.
    fn limit(&self) -> usize {
        1 << (self.precision() - 3)
    }

    /// Notes a hash.
    pub fn add(&mut self, group: usize, hash: u64) -> Result<(), KernelError> {
        let mut sketch = self.groups[group];
        if sketch.length == REGISTERS {
            let precision = self.precision();
            note(&mut self.registers[sketch.start as usize], precision, hash);
            return Ok(());
        }
        let stored = sketch.stored();
        if hash == 0 {
            sketch.length |= ZERO;
        } else {
            let mut room = capacity(stored);
            if stored <= LISTED && stored > 0 && self.hashes.run(sketch.start, room)[..stored].contains(&hash) {
                return Ok(());
            }
            if capacity(stored + 1) != room {
                if stored > LISTED && self.is_in_table(sketch, room, hash) {
                    return Ok(());
                }
                sketch.start = self.grow(sketch, room, capacity(stored + 1))?;
                room = capacity(stored + 1);
            }
            let run = self.hashes.run_mut(sketch.start, room);
            if stored < LISTED {
                run[stored] = hash;
            } else if !insert(run, hash) {
                return Ok(());
            }
            sketch.length += 1;
        }
        self.groups[group] = sketch;
        if sketch.hashes() > self.limit() {
            self.turn(group);
        }
        Ok(())
    }

    fn is_in_table(&self, sketch: Sketch, room: usize, hash: u64) -> bool {
        let table = self.hashes.run(sketch.start, room);
        let mut at = hash as usize & (room - 1);
        while table[at] != 0 {
            if table[at] == hash {
                return true;
            }
            at = (at + 1) & (room - 1);
        }
        false
    }

    /// Moves the hashes of a group into a larger run.
    fn grow(&mut self, sketch: Sketch, from: usize, to: usize) -> Result<u32, KernelError> {
        let full = || KernelError("the distinct values of all groups together grow too many".to_owned());
        let start = self.hashes.allocate(to).ok_or_else(full)?;
        if from == 0 {
            return Ok(start);
        }
        let old: Vec<u64> = self.hashes.run(sketch.start, from).to_vec();
        self.hashes.release(sketch.start, from);
        let run = self.hashes.run_mut(start, to);
        if to <= LISTED {
            run[..from].copy_from_slice(&old);
        } else {
            run.fill(0);
            old.into_iter().filter(|hash| *hash != 0).for_each(|hash| {
                insert(run, hash);
            });
        }
        Ok(start)
    }

    /// Calls `each` with every hash of a group that has no registers.
    fn for_each(&self, sketch: Sketch, mut each: impl FnMut(u64)) {
        if sketch.length & ZERO != 0 {
            each(0);
        }
        let stored = sketch.stored();
        if stored > 0 {
            let run = self.hashes.run(sketch.start, capacity(stored));
            let run = if stored <= LISTED { &run[..stored] } else { run };
            run.iter().filter(|hash| **hash != 0).for_each(|hash| each(*hash));
        }
    }

    /// Gives a group registers in place of its hashes.
    fn turn(&mut self, group: usize) {
        let sketch = self.groups[group];
        let precision = self.precision();
        let mut registers = vec![0; 1 << precision].into_boxed_slice();
        self.for_each(sketch, |hash| note(&mut registers, precision, hash));
        self.release(sketch);
        // Groups are rows of memory, far fewer than 32 bits count.
        self.groups[group] = Sketch { start: self.registers.len() as u32, length: REGISTERS };
        self.registers.push(registers);
    }

    /// Takes in a state as [`Sketches::write_state`] makes it.
    pub fn merge(&mut self, group: usize, state: &[u8]) -> Result<(), KernelError> {
        let broken = || KernelError("a partial distinct count is broken".to_owned());
        let Some((&[precision, is_registers], payload)) = state.split_first_chunk::<2>() else {
            return Err(broken());
        };
        if precision != 0 {
            self.set_precision(precision)?;
        }
        if is_registers == 0 {
            return payload.as_chunks::<8>().0.iter().try_for_each(|hash| self.add(group, u64::from_le_bytes(*hash)));
        }
        if payload.len() != 1 << self.precision() {
            return Err(broken());
        }
        if self.groups[group].length != REGISTERS {
            self.turn(group);
        }
        let registers = &mut self.registers[self.groups[group].start as usize];
        for (register, other) in registers.iter_mut().zip(payload) {
            *register = (*register).max(*other);
        }
        Ok(())
    }

    /// Appends what a group has: the precision, whether it is registers, and those or the hashes.
    pub fn write_state(&self, sketch: Sketch, state: &mut Vec<u8>) {
        state.push(self.precision.unwrap_or(0));
        if sketch.length == REGISTERS {
            state.push(1);
            state.extend_from_slice(&self.registers[sketch.start as usize]);
        } else {
            state.push(0);
            self.for_each(sketch, |hash| state.extend_from_slice(&hash.to_le_bytes()));
        }
    }

    /// How many distinct values there are, or may be.
    pub fn count(&self, sketch: Sketch) -> i64 {
        match sketch.length {
            REGISTERS => estimate(&self.registers[sketch.start as usize], self.precision()),
            _ => sketch.hashes() as i64,
        }
    }

    /// Gives back the room of groups that were handed out.
    pub fn forget(&mut self, taken: &[Sketch]) {
        if self.groups.is_empty() {
            self.hashes = Arena::default();
            self.registers = Vec::new();
        } else {
            taken.iter().for_each(|sketch| self.release(*sketch));
        }
    }

    fn release(&mut self, sketch: Sketch) {
        match (sketch.length, sketch.stored()) {
            (REGISTERS, _) => self.registers[sketch.start as usize] = Box::default(),
            (_, 0) => {}
            (_, stored) => self.hashes.release(sketch.start, capacity(stored)),
        }
    }

    /// Bytes held.
    pub fn size(&self) -> usize {
        let registers = self.registers.len() << self.precision();
        self.groups.capacity() * size_of::<Sketch>() + self.hashes.size() + registers
    }
}
