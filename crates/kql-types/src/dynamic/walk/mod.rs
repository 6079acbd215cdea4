//! JSON text in one pass: the whole grammar is checked, and members are found on the way.
//!
//! Where a text may not be JSON, all of it must be looked at before a part of it counts for anything. The walk does that
//! and notes the members that are wanted as it passes them. Texts of one column are much alike: the keys of one text
//! are expected in the next ([`keys`]), so that most of them are compared and not searched for. Strings and numbers are
//! taken thirty-two bytes at a time ([`chunk`]).

mod chunk;
mod keys;

use arrow::array::{Array, ByteView, StringViewArray};

use self::chunk::{CHUNK, Chunk};
use self::keys::Keys;
use super::{Dynamic, MAX_DEPTH};

/// A text, and the bytes from its start on as far as they are known: what follows it is never looked into, but
/// may be read in one go with its end.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    text: &'a str,
    ahead: &'a [u8],
}

impl<'a> Text<'a> {
    /// A text with nothing behind it.
    pub fn new(text: &'a str) -> Text<'a> {
        Text { text, ahead: text.as_bytes() }
    }

    /// The text of a row; `None` for null.
    #[inline]
    pub fn of_row(texts: &'a StringViewArray, row: usize) -> Option<Text<'a>> {
        if row >= texts.len() || texts.is_null(row) {
            return None;
        }
        let text = texts.value(row);
        let view = ByteView::from(*texts.views().get(row)?);
        // Texts of up to twelve bytes lie in the view itself.
        let buffer = if view.length <= 12 { None } else { texts.data_buffers().get(view.buffer_index as usize) };
        let ahead = buffer.and_then(|buffer| buffer.as_slice().get(view.offset as usize..));
        Some(Text { text, ahead: ahead.unwrap_or(text.as_bytes()) })
    }

    /// The text itself.
    pub fn as_str(self) -> &'a str {
        self.text
    }
}

/// A value that a walk has passed.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    text: &'a str,
    /// Whether it is a string without a backslash.
    is_plain: bool,
}

impl<'a> Found<'a> {
    /// The value.
    pub fn value(self) -> Dynamic<'a> {
        Dynamic { text: self.text }
    }

    /// The content of a string that is written as it is; `None` for other strings and other kinds.
    #[inline]
    pub fn plain_string(self) -> Option<&'a str> {
        if self.is_plain { self.text.get(1..self.text.len() - 1) } else { None }
    }
}

/// Where a value stands in the text; all of it zero where there is none.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    start: usize,
    end: usize,
    is_plain: bool,
}

impl Place {
    #[inline]
    fn of(self, text: &str) -> Option<Found<'_>> {
        if self.end == 0 {
            return None;
        }
        Some(Found { text: text.get(self.start..self.end)?, is_plain: self.is_plain })
    }
}

/// Walks texts for the members of some names.
#[derive(Debug)]
pub struct Walk {
    keys: Keys,
    /// How many names there are.
    names: usize,
    /// A place for each name, once for each element.
    found: Vec<Place>,
}

impl Walk {
    /// A walk for the members of these names, of equal keys the first.
    pub fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Walk {
        let keys = Keys::new(names);
        Walk { names: keys.count(), keys, found: Vec::new() }
    }

    /// Whether all of a text is one JSON value, with white space around it at most.
    pub fn is_json(&mut self, text: Text<'_>) -> bool {
        Walker::new(text, &mut self.keys).value_of_text().is_some()
    }

    /// Walks a text whose value may be a bag, and finds the members of that. `false` where the text is not JSON.
    pub fn bag(&mut self, text: Text<'_>) -> bool {
        self.found.clear();
        self.found.resize(self.names, Place::default());
        Walker::new(text, &mut self.keys).bag_of_text(&mut self.found).is_some()
    }

    /// Walks a text whose value is an array, and finds the members of each element, says how many elements there are.
    /// `None` where the text is not JSON or no array.
    pub fn elements(&mut self, text: Text<'_>) -> Option<usize> {
        self.found.clear();
        Walker::new(text, &mut self.keys).elements_of_text(self.names, &mut self.found)
    }

    /// What the last bag had under a name.
    #[inline]
    pub fn member<'a>(&self, text: Text<'a>, name: usize) -> Option<Found<'a>> {
        self.found.get(name)?.of(text.text)
    }

    /// What an element of the last array had under a name.
    #[inline]
    pub fn member_of<'a>(&self, text: Text<'a>, element: usize, name: usize) -> Option<Found<'a>> {
        self.found.get(element * self.names + name)?.of(text.text)
    }
}

/// A way through one text. Its methods take the place where something begins and give the place behind it; `None` where
/// the text is not JSON.
struct Walker<'a> {
    text: &'a [u8],
    ahead: &'a [u8],
    keys: &'a mut Keys,
}

impl<'a> Walker<'a> {
    fn new(text: Text<'a>, keys: &'a mut Keys) -> Walker<'a> {
        keys.go_to(0);
        Walker { text: text.text.as_bytes(), ahead: text.ahead, keys }
    }

    fn value_of_text(&mut self) -> Option<()> {
        let start = self.spaces(0);
        let (end, _) = self.value(start, 0)?;
        self.ends_at(end)
    }

    fn bag_of_text(&mut self, found: &mut [Place]) -> Option<()> {
        let start = self.spaces(0);
        let end = match self.byte(start) {
            b'{' => self.bag(start, 0, found)?,
            _ => self.value(start, 0)?.0,
        };
        self.ends_at(end)
    }

    fn elements_of_text(&mut self, names: usize, found: &mut Vec<Place>) -> Option<usize> {
        let start = self.spaces(0);
        if self.byte(start) != b'[' {
            return None;
        }
        let mut at = self.spaces(start + 1);
        let mut count = 0;
        if self.byte(at) != b']' {
            loop {
                let first = found.len();
                found.resize(first + names, Place::default());
                let end = match self.byte(at) {
                    b'{' => self.bag(at, 1, found.get_mut(first..)?)?,
                    _ => self.value(at, 1)?.0,
                };
                count += 1;
                at = self.spaces(end);
                match self.byte(at) {
                    b',' => at = self.spaces(at + 1),
                    b']' => break,
                    _ => return None,
                }
            }
        }
        self.ends_at(at + 1)?;
        Some(count)
    }

    /// Nothing but white space is left.
    fn ends_at(&self, at: usize) -> Option<()> {
        (self.spaces(at) == self.text.len()).then_some(())
    }

    /// The byte there; behind the end, and there alone as far as the grammar goes, it is zero.
    #[inline(always)]
    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    #[inline(always)]
    fn chunk(&self, at: usize) -> Option<&'a Chunk> {
        self.ahead.get(at..).and_then(<[u8]>::first_chunk)
    }

    /// Where quotes and backslashes stand among the bytes that are left, where these are no whole chunk.
    #[cold]
    #[inline(never)]
    fn in_last_chunk(&self, at: usize) -> u32 {
        let mut chunk = [0; CHUNK];
        for (to, from) in chunk.iter_mut().zip(self.ahead.get(at..).unwrap_or_default()) {
            *to = *from;
        }
        chunk::quotes_and_backslashes(&chunk)
    }

    #[inline(always)]
    fn spaces(&self, at: usize) -> usize {
        if self.byte(at) > b' ' { at } else { self.more_spaces(at) }
    }

    #[inline(never)]
    fn more_spaces(&self, mut at: usize) -> usize {
        while matches!(self.byte(at), b' ' | b'\t' | b'\r' | b'\n') {
            at += 1;
        }
        at
    }

    /// The value there, within so many arrays and bags, and whether it is a string without a backslash.
    #[inline(always)]
    fn value(&mut self, at: usize, depth: usize) -> Option<(usize, bool)> {
        match self.byte(at) {
            b'[' => Some((self.array(at, depth)?, false)),
            b'{' => Some((self.bag_inside(at, depth)?, false)),
            _ => self.scalar(at),
        }
    }

    #[inline(always)]
    fn scalar(&self, at: usize) -> Option<(usize, bool)> {
        match self.byte(at) {
            b'"' => self.string(at),
            b'-' | b'0'..=b'9' => Some((self.number(at)?, false)),
            b't' => Some((self.word(at, b"true")?, false)),
            b'f' => Some((self.word(at, b"false")?, false)),
            b'n' => Some((self.word(at, b"null")?, false)),
            _ => None,
        }
    }

    #[inline(always)]
    fn word<const N: usize>(&self, at: usize, word: &[u8; N]) -> Option<usize> {
        (self.text.get(at..)?.first_chunk() == Some(word)).then_some(at + N)
    }

    #[inline(always)]
    fn string(&self, start: usize) -> Option<(usize, bool)> {
        let mut at = start + 1;
        let mut is_plain = true;
        loop {
            let found = match self.chunk(at) {
                Some(chunk) => chunk::quotes_and_backslashes(chunk),
                None => self.in_last_chunk(at),
            };
            if found == 0 {
                at += CHUNK;
            } else {
                at += found.trailing_zeros() as usize;
                if self.byte(at) == b'"' {
                    return Some((at + 1, is_plain));
                }
                is_plain = false;
                at += 2;
            }
            if at >= self.text.len() {
                return None;
            }
        }
    }

    #[inline(always)]
    fn number(&self, at: usize) -> Option<usize> {
        let start = if self.byte(at) == b'-' { at + 1 } else { at };
        let Some(chunk) = self.chunk(start) else { return self.any_number(start) };
        let others = chunk::all_but_digits(chunk);
        let whole = others.trailing_zeros() as usize;
        let mut end = start + whole;
        if self.byte(end) == b'.' && whole + 1 < CHUNK {
            let fraction = (others >> (whole + 1)).trailing_zeros() as usize;
            // Without digits behind the point this is no number: that is found out below.
            end += if fraction == 0 { CHUNK } else { 1 + fraction };
        }
        let is_usual = whole > 0
            && (whole == 1 || self.byte(start) != b'0')
            && end < start + CHUNK
            && end <= self.text.len()
            && !matches!(self.byte(end), b'e' | b'E');
        if is_usual { Some(end) } else { self.any_number(start) }
    }

    /// The number there without its sign.
    #[inline(never)]
    fn any_number(&self, start: usize) -> Option<usize> {
        let digits = |from: usize| {
            let mut at = from;
            while self.byte(at).is_ascii_digit() {
                at += 1;
            }
            (at > from).then_some(at)
        };
        let mut at = digits(start)?;
        if self.byte(start) == b'0' && at > start + 1 {
            return None;
        }
        if self.byte(at) == b'.' {
            at = digits(at + 1)?;
        }
        if matches!(self.byte(at), b'e' | b'E') {
            at += 1;
            if matches!(self.byte(at), b'+' | b'-') {
                at += 1;
            }
            at = digits(at)?;
        }
        Some(at)
    }

    /// The key there with its colon: the number of its name, and where its value begins.
    #[inline(always)]
    fn key(&mut self, at: usize) -> Option<(Option<usize>, usize)> {
        if let Some(chunk) = self.chunk(at)
            && let Some((name, length)) = self.keys.expected(chunk)
        {
            let end = at + length;
            // A value must follow, so that the key does not reach behind the text.
            return if end < self.text.len() { Some((name, self.spaces(end))) } else { None };
        }
        self.another_key(at)
    }

    #[inline(never)]
    fn another_key(&mut self, at: usize) -> Option<(Option<usize>, usize)> {
        if self.byte(at) != b'"' {
            return None;
        }
        let (end, is_plain) = self.string(at)?;
        let colon = self.spaces(end);
        if self.byte(colon) != b':' {
            return None;
        }
        let name = self.keys.learn(self.text.get(at..=colon)?, self.text.get(at + 1..end - 1)?, is_plain);
        Some((name, self.spaces(colon + 1)))
    }

    /// The bag there, whose members are noted.
    #[inline(always)]
    fn bag(&mut self, start: usize, depth: usize, found: &mut [Place]) -> Option<usize> {
        self.keys.go_to(0);
        let mut at = self.spaces(start + 1);
        if self.byte(at) == b'}' {
            return Some(at + 1);
        }
        loop {
            let (name, value) = self.key(at)?;
            let (end, is_plain) = self.value(value, depth + 1)?;
            if let Some(place) = name.and_then(|name| found.get_mut(name))
                && place.end == 0
            {
                *place = Place { start: value, end, is_plain };
            }
            at = self.spaces(end);
            match self.byte(at) {
                b',' => at = self.spaces(at + 1),
                b'}' => return Some(at + 1),
                _ => return None,
            }
        }
    }

    /// The bag there, within so many others, whose members are not wanted: most hold a few scalars.
    #[inline(never)]
    fn bag_inside(&mut self, start: usize, depth: usize) -> Option<usize> {
        if depth + 1 >= MAX_DEPTH {
            return self.container(start, depth);
        }
        let mut at = self.spaces(start + 1);
        if self.byte(at) == b'}' {
            return Some(at + 1);
        }
        loop {
            let value = self.key(at)?.1;
            let end = match self.byte(value) {
                b'{' | b'[' => self.container(value, depth + 1)?,
                _ => self.scalar(value)?.0,
            };
            at = self.spaces(end);
            match self.byte(at) {
                b',' => at = self.spaces(at + 1),
                b'}' => return Some(at + 1),
                _ => return None,
            }
        }
    }

    /// The array there, within so many others: most hold a few scalars.
    #[inline(always)]
    fn array(&mut self, start: usize, depth: usize) -> Option<usize> {
        let mut at = self.spaces(start + 1);
        if self.byte(at) == b']' && depth < MAX_DEPTH {
            return Some(at + 1);
        }
        while !matches!(self.byte(at), b'{' | b'[') && depth < MAX_DEPTH {
            at = self.spaces(self.scalar(at)?.0);
            match self.byte(at) {
                b',' => at = self.spaces(at + 1),
                b']' => return Some(at + 1),
                _ => return None,
            }
        }
        self.container(start, depth)
    }

    /// The array or bag there, within so many others.
    #[inline(never)]
    fn container(&mut self, start: usize, depth: usize) -> Option<usize> {
        let mut open = Nesting { bits: [0; MAX_DEPTH / 64], depth };
        let mut at = start;
        // The bags of an array are expected to have the same keys.
        let mut of_array = self.keys.next();
        loop {
            // A value begins here.
            let byte = self.byte(at);
            if matches!(byte, b'{' | b'[') {
                if byte == b'[' {
                    of_array = self.keys.next();
                } else if open.depth > depth && !open.is_bag() {
                    self.keys.go_to(of_array);
                }
                open.push(byte == b'{')?;
                at = self.spaces(at + 1);
                match (open.is_bag(), self.byte(at)) {
                    (true, b'}') | (false, b']') => {}
                    (true, _) => {
                        at = self.key(at)?.1;
                        continue;
                    }
                    (false, _) => continue,
                }
            } else {
                at = self.spaces(self.scalar(at)?.0);
            }
            // A value has ended, or an empty container is to be closed: what follows?
            loop {
                match (open.is_bag(), self.byte(at)) {
                    (true, b'}') | (false, b']') => {
                        at += 1;
                        open.depth -= 1;
                        if open.depth == depth {
                            return Some(at);
                        }
                        at = self.spaces(at);
                    }
                    (true, b',') => {
                        let key = self.spaces(at + 1);
                        at = self.key(key)?.1;
                        break;
                    }
                    (false, b',') => {
                        at = self.spaces(at + 1);
                        break;
                    }
                    _ => return None,
                }
            }
        }
    }
}

/// The kinds of the open containers, innermost last: one bit each, set for a bag.
struct Nesting {
    bits: [u64; MAX_DEPTH / 64],
    depth: usize,
}

impl Nesting {
    fn push(&mut self, is_bag: bool) -> Option<()> {
        let word = self.bits.get_mut(self.depth / 64)?;
        let bit = 1 << (self.depth % 64);
        *word = if is_bag { *word | bit } else { *word & !bit };
        self.depth += 1;
        Some(())
    }

    fn is_bag(&self) -> bool {
        let innermost = self.depth.saturating_sub(1);
        self.bits.get(innermost / 64).is_some_and(|word| word & (1 << (innermost % 64)) != 0)
    }
}

#[cfg(test)]
mod tests;
