//! The members of the bags of many groups, as JSON text in one arena.

use std::hash::BuildHasher;

use arrow::array::{StringViewArray, StringViewBuilder};
use hashbrown::{DefaultHashBuilder, HashTable};

use super::super::take_groups;
use crate::KernelError;
use crate::aggregate::Groups;

/// The members of each group in the order in which they came, each key once.
#[derive(Default)]
pub struct Members {
    text: String,
    entries: Vec<Entry>,
    chains: Vec<Chain>,
    index: Index,
}

/// The entries by group and identity.
#[derive(Default)]
struct Index {
    entries: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

/// One member: its text, of which the first `identity` bytes make it distinct.
#[derive(Clone, Copy)]
struct Entry {
    start: usize,
    length: u32,
    identity: u32,
    group: u32,
    /// The next entry of the group.
    next: u32,
}

/// The entries of one group.
#[derive(Clone, Copy)]
struct Chain {
    first: u32,
    last: u32,
    length: u32,
}

/// No entry.
const NONE: u32 = u32::MAX;
const NO_ENTRIES: Chain = Chain { first: NONE, last: NONE, length: 0 };

impl Members {
    /// Makes room for groups.
    pub fn resize(&mut self, group_count: usize) {
        if self.chains.len() < group_count {
            self.chains.resize(group_count, NO_ENTRIES);
        }
    }

    /// How many members a group has.
    pub fn count(&self, group: usize) -> usize {
        self.chains[group].length as usize
    }

    /// Adds a member, which `write` appends to the text; it gives how many of the bytes make the member distinct.
    pub fn add(&mut self, group: usize, write: impl FnOnce(&mut String) -> usize) -> Result<(), KernelError> {
        let start = self.text.len();
        let identity = write(&mut self.text);
        let length = self.text.len() - start;
        let at = number(self.entries.len())?;
        let entry =
            Entry { start, length: number(length)?, identity: number(identity)?, group: number(group)?, next: NONE };
        let Self { text, entries, index, .. } = self;
        let hash = hash(&index.hasher, text, &entry);
        let same = |other: &u32| {
            let other = &entries[*other as usize];
            other.group == entry.group && identity_of(text, other) == identity_of(text, &entry)
        };
        if index.entries.find(hash, same).is_some() {
            self.text.truncate(start);
            return Ok(());
        }
        index.entries.insert_unique(hash, at, |other| hash_of(&index.hasher, text, entries, *other));
        self.entries.push(entry);
        self.link(group, at);
        Ok(())
    }

    /// Hands out the members of these groups as bags.
    pub fn take(&mut self, groups: Groups) -> Result<StringViewArray, KernelError> {
        let chains = take_groups(&mut self.chains, groups);
        let mut builder = StringViewBuilder::with_capacity(chains.len());
        let mut text = String::new();
        for chain in &chains {
            text.clear();
            text.push('{');
            self.write_members(chain, &mut text);
            text.push('}');
            builder.try_append_value(&text)?;
        }
        self.rebuild(chains.len())?;
        Ok(builder.finish())
    }

    /// Bytes held.
    pub fn size(&self) -> usize {
        self.text.capacity()
            + self.entries.capacity() * size_of::<Entry>()
            + self.chains.capacity() * size_of::<Chain>()
            + self.index.entries.allocation_size()
    }

    fn link(&mut self, group: usize, at: u32) {
        let chain = &mut self.chains[group];
        if chain.first == NONE {
            chain.first = at;
        } else {
            self.entries[chain.last as usize].next = at;
        }
        chain.last = at;
        chain.length += 1;
    }

    fn write_members(&self, chain: &Chain, text: &mut String) {
        let mut at = chain.first;
        while at != NONE {
            let entry = &self.entries[at as usize];
            if at != chain.first {
                text.push(',');
            }
            text.push_str(&self.text[entry.start..entry.start + entry.length as usize]);
            at = entry.next;
        }
    }

    /// Leaves the entries of the remaining groups, which stood `moved` groups further up.
    fn rebuild(&mut self, moved: usize) -> Result<(), KernelError> {
        let moved = number(moved)?;
        let old = std::mem::take(&mut self.entries);
        let old_text = std::mem::take(&mut self.text);
        self.index.entries = HashTable::new();
        for group in 0..self.chains.len() {
            let mut at = self.chains[group].first;
            self.chains[group] = NO_ENTRIES;
            while at != NONE {
                let entry = old[at as usize];
                at = entry.next;
                let start = self.text.len();
                self.text.push_str(&old_text[entry.start..entry.start + entry.length as usize]);
                let position = number(self.entries.len())?;
                self.entries.push(Entry { start, group: entry.group - moved, next: NONE, ..entry });
                self.link(group, position);
            }
        }
        let Self { text, entries, index, .. } = self;
        for at in 0..number(entries.len())? {
            let hash = hash_of(&index.hasher, text, entries, at);
            index.entries.insert_unique(hash, at, |other| hash_of(&index.hasher, text, entries, *other));
        }
        Ok(())
    }
}

fn identity_of<'t>(text: &'t str, entry: &Entry) -> &'t str {
    &text[entry.start..entry.start + entry.identity as usize]
}

fn hash(hasher: &DefaultHashBuilder, text: &str, entry: &Entry) -> u64 {
    hasher.hash_one((entry.group, identity_of(text, entry)))
}

fn hash_of(hasher: &DefaultHashBuilder, text: &str, entries: &[Entry], at: u32) -> u64 {
    hash(hasher, text, &entries[at as usize])
}

fn number(value: usize) -> Result<u32, KernelError> {
    match u32::try_from(value) {
        Ok(number) if number != NONE => Ok(number),
        _ => Err(KernelError("the arrays of all groups together grow too large".to_owned())),
    }
}
