//! Memory for chunks of files that is used again.
//!
//! Memory fresh from the system is mapped page by page as it is written to, which takes as long as scanning what is read
//! into it.

use std::collections::VecDeque;

use datafusion::arrow::buffer::Buffer;

/// How many chunks are kept in view.
const MOST: usize = 64;

/// Memory for so much more than what is wanted is not used for it: whoever keeps a little must not keep it all.
const MOST_TIMES: usize = 4;

/// The memory of a partition's chunks. Columns that hold on to more of them keep their memory to themselves.
#[derive(Debug)]
pub(crate) struct Buffers {
    given: VecDeque<Buffer>,
    /// Of those given, in bytes.
    size: usize,
    largest: usize,
    most: usize,
}

impl Buffers {
    /// Chunks of no more than `largest` bytes are used again, of which no more than `most` bytes are kept in view.
    pub(crate) fn new(largest: usize, most: usize) -> Buffers {
        Buffers { given: VecDeque::new(), size: 0, largest, most }
    }

    /// A buffer of this length that `fill` writes in full; it may hold other bytes at first.
    pub(crate) fn filled<E>(
        &mut self,
        length: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<Buffer, E> {
        let mut memory = self.memory(length);
        fill(memory.get_mut(..length).unwrap_or_default())?;
        Ok(self.buffer(memory, length))
    }

    /// Memory of at least this length, which may hold any bytes. If nobody uses a buffer that was given before any more,
    /// it is that one's.
    pub(crate) fn memory(&mut self, length: usize) -> Vec<u8> {
        self.free(length).unwrap_or_else(|| vec![0; rounded(length)])
    }

    /// The first bytes of the memory. It is used again once nobody uses them any more.
    pub(crate) fn buffer(&mut self, memory: Vec<u8>, length: usize) -> Buffer {
        let buffer = Buffer::from(memory);
        if buffer.len() <= self.largest {
            self.size += buffer.len();
            self.given.push_back(buffer.clone());
            while self.given.len() > MOST || self.size > self.most {
                let Some(oldest) = self.given.pop_front() else { break };
                self.size -= oldest.len();
            }
        }
        let length = length.min(buffer.len());
        buffer.slice_with_length(0, length)
    }

    fn free(&mut self, length: usize) -> Option<Vec<u8>> {
        let fits = |size: usize| size >= length && size / MOST_TIMES <= length;
        let place = self.given.iter().position(|buffer| buffer.strong_count() == 1 && fits(buffer.len()))?;
        let buffer = self.given.remove(place)?;
        self.size -= buffer.len();
        buffer.into_vec().ok()
    }
}

/// A little more, so that the memory also does for chunks that are a little longer: one of eight steps between powers of
/// two.
fn rounded(length: usize) -> usize {
    let step = (length.next_power_of_two() / 16).max(1);
    length.checked_next_multiple_of(step).unwrap_or(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(buffers: &mut Buffers, length: usize, byte: u8) -> Buffer {
        let fill = |memory: &mut [u8]| {
            memory.fill(byte);
            Ok::<(), ()>(())
        };
        buffers.filled(length, fill).unwrap()
    }

    #[test]
    fn memory_is_used_again_once_it_is_free() {
        let mut buffers = Buffers::new(100, 1000);
        let first = filled(&mut buffers, 80, 1);
        let place = first.as_ptr();
        let second = filled(&mut buffers, 80, 2);
        assert_ne!(second.as_ptr(), place);
        drop(first.clone());
        assert_eq!(first.as_slice(), [1; 80]);
        drop(first);
        let third = filled(&mut buffers, 60, 3);
        assert_eq!((third.as_ptr(), third.as_slice()), (place, [3; 60].as_slice()));
        let too_large = filled(&mut buffers, 101, 4);
        let place = too_large.as_ptr();
        let fourth = filled(&mut buffers, 101, 5);
        drop(too_large);
        assert_eq!(
            (fourth.as_ptr() == place, fourth.as_slice(), second.as_slice()),
            (false, [5; 101].as_slice(), [2; 80].as_slice())
        );
    }

    #[test]
    fn little_does_not_take_the_memory_of_much() {
        let mut buffers = Buffers::new(100, 1000);
        let much = filled(&mut buffers, 80, 1);
        let place = much.as_ptr();
        drop(much);
        assert_ne!(filled(&mut buffers, 10, 2).as_ptr(), place);
        assert_eq!(filled(&mut buffers, 20, 3).as_ptr(), place);
    }

    #[test]
    fn chunks_that_differ_a_little_share_memory() {
        assert_eq!([0, 1, 60, 100, 1000, 1025].map(rounded), [0, 1, 60, 104, 1024, 1152]);
        let mut buffers = Buffers::new(2000, 2000);
        let first = filled(&mut buffers, 1000, 1);
        let place = first.as_ptr();
        drop(first);
        assert_eq!(filled(&mut buffers, 1020, 2).as_ptr(), place);
    }

    #[test]
    fn no_more_is_kept_than_was_said() {
        let mut buffers = Buffers::new(100, 150);
        let first = filled(&mut buffers, 80, 1);
        let place = first.as_ptr();
        let second = filled(&mut buffers, 80, 2);
        drop(first);
        assert_ne!(filled(&mut buffers, 80, 3).as_ptr(), place);
        assert_eq!((buffers.given.len(), buffers.size, second.len()), (1, 80, 80));
    }
}
