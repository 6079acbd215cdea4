//! Short runs of values of many groups, in one arena of blocks that never move.

/// How many values a block holds at most; a run as long has a block of its own. The first blocks are smaller.
const BLOCK: usize = 1 << BLOCK_BITS;
const BLOCK_BITS: u32 = 15;
const FIRST_BLOCK: usize = 256;
/// As many classes of capacities as there are powers of two.
const CLASSES: usize = 33;

/// Runs of values whose capacities are powers of two. A run is known by its start and its capacity, which its owner
/// keeps; runs that are given back are used again.
pub struct Arena<T> {
    blocks: Vec<Box<[T]>>,
    /// The block that runs share now: which it is, how long it is, and how much of it is used.
    current: usize,
    length: usize,
    filled: usize,
    /// The starts of runs given back, by capacity.
    free: [Vec<u32>; CLASSES],
    held: usize,
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Arena { blocks: Vec::new(), current: 0, length: 0, filled: 0, free: [const { Vec::new() }; CLASSES], held: 0 }
    }
}

impl<T: Copy + Default> Arena<T> {
    /// A run of this capacity, a power of two, of values as they happen to be; `None` where the arena is full.
    pub fn allocate(&mut self, capacity: usize) -> Option<u32> {
        if let Some(start) = self.free[class(capacity)].pop() {
            return Some(start);
        }
        if capacity >= BLOCK {
            return self.add_block(capacity);
        }
        if self.filled + capacity > self.length {
            // What is left of the block serves runs of its size.
            self.give_back_rest();
            let length = (FIRST_BLOCK << self.blocks.len().min(BLOCK_BITS as usize)).min(BLOCK).max(capacity);
            let start = self.add_block(length)?;
            self.current = (start >> BLOCK_BITS) as usize;
            self.length = length;
            self.filled = 0;
        }
        let start = (self.current << BLOCK_BITS | self.filled) as u32;
        self.filled += capacity;
        Some(start)
    }

    /// Gives a run back.
    pub fn release(&mut self, start: u32, capacity: usize) {
        self.free[class(capacity)].push(start);
    }

    /// The values of a run.
    pub fn run(&self, start: u32, capacity: usize) -> &[T] {
        let from = start as usize & (BLOCK - 1);
        &self.blocks[(start >> BLOCK_BITS) as usize][from..from + capacity]
    }

    /// The values of a run, to be written.
    pub fn run_mut(&mut self, start: u32, capacity: usize) -> &mut [T] {
        let from = start as usize & (BLOCK - 1);
        &mut self.blocks[(start >> BLOCK_BITS) as usize][from..from + capacity]
    }

    /// Bytes held.
    pub fn size(&self) -> usize {
        self.held * size_of::<T>() + self.free.iter().map(|free| free.capacity() * size_of::<u32>()).sum::<usize>()
    }

    fn add_block(&mut self, length: usize) -> Option<u32> {
        if self.blocks.len() >= 1 << (u32::BITS - BLOCK_BITS) {
            return None;
        }
        let start = (self.blocks.len() << BLOCK_BITS) as u32;
        self.blocks.push(vec![T::default(); length].into_boxed_slice());
        self.held += length;
        Some(start)
    }

    fn give_back_rest(&mut self) {
        while self.filled < self.length {
            // The largest power of two that fits.
            let capacity = 1 << (self.length - self.filled).ilog2();
            self.release((self.current << BLOCK_BITS | self.filled) as u32, capacity);
            self.filled += capacity;
        }
    }
}

fn class(capacity: usize) -> usize {
    capacity.trailing_zeros() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_do_not_overlap_and_come_again() {
        let mut arena = Arena::<u32>::default();
        let capacities = [1, 2, 64, 4, BLOCK / 2, BLOCK, 2 * BLOCK, 8, 1, BLOCK / 2, 16];
        let runs: Vec<(u32, usize)> = capacities
            .iter()
            .cycle()
            .take(90)
            .map(|capacity| (arena.allocate(*capacity).unwrap(), *capacity))
            .collect();
        for (mark, (start, capacity)) in runs.iter().enumerate() {
            arena.run_mut(*start, *capacity).fill(mark as u32);
        }
        for (mark, (start, capacity)) in runs.iter().enumerate() {
            assert!(arena.run(*start, *capacity).iter().all(|value| *value == mark as u32));
        }
        let held = arena.held;
        for (start, capacity) in &runs {
            arena.release(*start, *capacity);
        }
        for (_, capacity) in &runs {
            arena.allocate(*capacity).unwrap();
        }
        assert_eq!(arena.held, held);
    }
}
