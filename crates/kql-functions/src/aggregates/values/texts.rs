//! Texts numbered in the order in which they came, each stored once.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::KernelError;

/// How much text a block holds; a longer text has a block of its own.
const BLOCK: usize = 1 << 20;

/// Where a text lies.
#[derive(Clone, Copy)]
struct Place {
    block: u32,
    start: u32,
    length: u32,
}

/// The texts of all groups of an aggregate.
#[derive(Default)]
pub struct Texts {
    blocks: Vec<String>,
    places: Vec<Place>,
    /// The number of each text, where texts are to be found again, with half of its hash.
    numbers: Option<HashTable<(u32, u32)>>,
    hasher: DefaultHashBuilder,
    held: usize,
}

impl Texts {
    /// Texts each of which has one number.
    pub fn distinct() -> Texts {
        Texts { numbers: Some(HashTable::new()), ..Texts::default() }
    }

    /// The number of a text.
    pub fn number(&mut self, text: &str) -> Result<u32, KernelError> {
        let mut hash = 0;
        if let Some(numbers) = &self.numbers {
            hash = self.hasher.hash_one(text) as u32;
            let same = |(other, number): &(u32, u32)| *other == hash && self.get(*number) == text;
            if let Some((_, number)) = numbers.find(spread(hash), same) {
                return Ok(*number);
            }
        }
        let number = number(self.places.len())?;
        let place = self.store(text)?;
        self.places.push(place);
        if let Some(numbers) = &mut self.numbers {
            numbers.insert_unique(spread(hash), (hash, number), |(hash, _)| spread(*hash));
        }
        Ok(number)
    }

    /// How many texts there are.
    pub fn count(&self) -> usize {
        self.places.len()
    }

    /// No texts, of the same kind.
    pub fn empty(&self) -> Texts {
        if self.numbers.is_some() { Texts::distinct() } else { Texts::default() }
    }

    /// The text of a number.
    pub fn get(&self, number: u32) -> &str {
        let Place { block, start, length } = self.places[number as usize];
        &self.blocks[block as usize][start as usize..(start + length) as usize]
    }

    /// Bytes held.
    pub fn size(&self) -> usize {
        let numbers = self.numbers.as_ref().map_or(0, HashTable::allocation_size);
        self.held + self.places.capacity() * size_of::<Place>() + numbers
    }

    fn store(&mut self, text: &str) -> Result<Place, KernelError> {
        let room = self.blocks.last().map_or(0, |block| block.capacity() - block.len());
        if room < text.len() || self.blocks.is_empty() {
            // The first blocks are small, for most queries are.
            let capacity = (BLOCK.min(256 << self.blocks.len().min(12))).max(text.len());
            self.blocks.push(String::with_capacity(capacity));
            self.held += capacity;
        }
        let block = number(self.blocks.len() - 1)?;
        let last = &mut self.blocks[block as usize];
        let place = Place { block, start: number(last.len())?, length: number(text.len())? };
        last.push_str(text);
        Ok(place)
    }
}

/// A hash of 64 bits out of half a one.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn number(value: usize) -> Result<u32, KernelError> {
    u32::try_from(value).map_err(|_| KernelError("the arrays of all groups together grow too large".to_owned()))
}
