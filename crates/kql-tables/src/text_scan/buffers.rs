//! Memory for chunks that is used again.
//!
//! Memory fresh from the system is mapped page by page as it is written to, which takes as long as scanning what is read
//! into it.

use std::collections::VecDeque;

use datafusion::arrow::buffer::Buffer;

/// How many chunks of a partition are kept in view. Columns that hold on to more of them keep their memory to themselves.
const MOST: usize = 16;

/// The memory of a partition's chunks.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    given: VecDeque<Buffer>,
}

impl Buffers {
    /// A buffer of this length that `fill` writes in full; it may hold other bytes at first. If nobody uses one that was
    /// given before any more, it is that one's memory. Memory of more than `most` bytes is not used again.
    pub(crate) fn filled<E>(
        &mut self,
        length: usize,
        most: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<Buffer, E> {
        let mut memory = self.free(length).unwrap_or_else(|| vec![0; length]);
        fill(memory.get_mut(..length).unwrap_or_default())?;
        let buffer = Buffer::from(memory);
        if buffer.len() <= most {
            if self.given.len() >= MOST {
                self.given.pop_front();
            }
            self.given.push_back(buffer.clone());
        }
        Ok(buffer.slice_with_length(0, length))
    }

    fn free(&mut self, length: usize) -> Option<Vec<u8>> {
        let is_free = |buffer: &Buffer| buffer.strong_count() == 1 && buffer.len() >= length;
        let place = self.given.iter().position(is_free)?;
        self.given.remove(place)?.into_vec().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_used_again_once_it_is_free() {
        let mut buffers = Buffers::default();
        let mut filled = |length: usize, byte: u8| {
            let fill = |memory: &mut [u8]| {
                memory.fill(byte);
                Ok::<(), ()>(())
            };
            buffers.filled(length, 100, fill).unwrap()
        };
        let first = filled(80, 1);
        let place = first.as_ptr();
        let second = filled(80, 2);
        assert_ne!(second.as_ptr(), place);
        drop(first.clone());
        assert_eq!(first.as_slice(), [1; 80]);
        drop(first);
        let third = filled(60, 3);
        assert_eq!((third.as_ptr(), third.as_slice()), (place, [3; 60].as_slice()));
        let too_large = filled(101, 4);
        let place = too_large.as_ptr();
        let fourth = filled(101, 5);
        drop(too_large);
        assert_eq!(
            (fourth.as_ptr() == place, fourth.as_slice(), second.as_slice()),
            (false, [5; 101].as_slice(), [2; 80].as_slice())
        );
    }
}
