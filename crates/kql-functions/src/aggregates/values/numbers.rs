//! The numbers that many groups have, in the order in which they came.

use hashbrown::HashTable;

use super::super::arena::Arena;
use super::super::take_groups;
use crate::KernelError;
use crate::aggregate::Groups;

/// The most numbers of a group that are looked through one by one.
const LISTED: usize = 16;

/// The numbers of one group: a run of the arena.
#[derive(Clone, Copy, Default)]
pub struct Run {
    start: u32,
    length: u32,
}

impl Run {
    /// How many numbers there are.
    pub fn len(self) -> usize {
        self.length as usize
    }
}

/// The numbers of each group; where they are distinct, each once.
#[derive(Default)]
pub struct Numbers {
    runs: Vec<Run>,
    arena: Arena<u32>,
    /// The groups and numbers of the groups that have more than [`LISTED`], where numbers are to be distinct.
    many: Option<HashTable<(u32, u32)>>,
    /// How many numbers all groups have.
    total: usize,
}

impl Numbers {
    /// Numbers that are distinct within their group.
    pub fn distinct() -> Numbers {
        Numbers { many: Some(HashTable::new()), ..Numbers::default() }
    }

    /// Makes room for groups.
    pub fn resize(&mut self, group_count: usize) {
        if self.runs.len() < group_count {
            self.runs.resize(group_count, Run::default());
        }
    }

    /// How many numbers a group has.
    pub fn count(&self, group: usize) -> usize {
        self.runs[group].len()
    }

    /// Adds a number to a group.
    pub fn add(&mut self, group: usize, number: u32) -> Result<(), KernelError> {
        let Run { mut start, length } = self.runs[group];
        let count = length as usize;
        let capacity = capacity(count);
        let run = if count == 0 { &[] } else { &self.arena.run(start, capacity)[..count] };
        if let Some(many) = &mut self.many {
            if count <= LISTED && run.contains(&number) {
                return Ok(());
            }
            // Groups are rows of memory, far fewer than 32 bits count.
            let entry = (group as u32, number);
            if count > LISTED && many.find(hash(&entry), |other| *other == entry).is_some() {
                return Ok(());
            }
            if count == LISTED {
                for &number in run {
                    let entry = (group as u32, number);
                    many.insert_unique(hash(&entry), entry, hash);
                }
            }
            if count >= LISTED {
                many.insert_unique(hash(&entry), entry, hash);
            }
        }
        if count == capacity {
            let full = || KernelError("the arrays of all groups together grow too large".to_owned());
            let next = self.arena.allocate((2 * capacity).max(1)).ok_or_else(full)?;
            if count > 0 {
                let old: Vec<u32> = self.arena.run(start, capacity).to_vec();
                self.arena.run_mut(next, 2 * capacity)[..count].copy_from_slice(&old);
                self.arena.release(start, capacity);
            }
            start = next;
        }
        self.arena.run_mut(start, count + 1)[count] = number;
        self.runs[group] = Run { start, length: length + 1 };
        self.total += 1;
        Ok(())
    }

    /// The runs of these groups, which are to be forgotten once they are read.
    pub fn take(&mut self, groups: Groups) -> Vec<Run> {
        take_groups(&mut self.runs, groups)
    }

    /// The numbers of a run.
    pub fn of(&self, run: Run) -> &[u32] {
        if run.length == 0 { &[] } else { self.arena.run(run.start, run.len()) }
    }

    /// Gives back the room of runs that were taken.
    pub fn forget(&mut self, taken: &[Run]) {
        self.total -= taken.iter().map(|run| run.len()).sum::<usize>();
        if self.runs.is_empty() {
            self.arena = Arena::default();
            self.many = self.many.as_ref().map(|_| HashTable::new());
            return;
        }
        for run in taken.iter().filter(|run| run.length > 0) {
            self.arena.release(run.start, capacity(run.len()));
        }
        if let Some(many) = &mut self.many {
            let moved = taken.len() as u32;
            let rest: Vec<(u32, u32)> = many.drain().filter(|(group, _)| *group >= moved).collect();
            for (group, number) in rest {
                let entry = (group - moved, number);
                many.insert_unique(hash(&entry), entry, hash);
            }
        }
    }

    /// How many numbers all groups have.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Puts another number in place of each.
    pub fn renumber(&mut self, mut other: impl FnMut(u32) -> Result<u32, KernelError>) -> Result<(), KernelError> {
        for run in self.runs.iter().filter(|run| run.length > 0) {
            for number in self.arena.run_mut(run.start, run.len()) {
                *number = other(*number)?;
            }
        }
        if let Some(many) = &mut self.many {
            let old: Vec<(u32, u32)> = many.drain().collect();
            for (group, number) in old {
                let entry = (group, other(number)?);
                many.insert_unique(hash(&entry), entry, hash);
            }
        }
        Ok(())
    }

    /// Bytes held.
    pub fn size(&self) -> usize {
        let many = self.many.as_ref().map_or(0, HashTable::allocation_size);
        self.runs.capacity() * size_of::<Run>() + self.arena.size() + many
    }
}

/// The capacity of a run of so many numbers.
fn capacity(count: usize) -> usize {
    if count == 0 { 0 } else { count.next_power_of_two() }
}

fn hash(entry: &(u32, u32)) -> u64 {
    let mixed = (u64::from(entry.0) << 32 | u64::from(entry.1)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ mixed >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93)
}
