//! The values that many groups hold, as texts: each distinct text is stored once, and a group has the numbers of its.

use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray, BinaryViewBuilder, StringViewArray, StringViewBuilder};
use arrow::compute::is_not_null;
use arrow::datatypes::DataType;
use kql_types::dynamic::{Dynamic, Kind, write_string};

use super::seen::Seen;
use super::{column, texts, unexpected, without_null_strings};
use crate::KernelError;
use crate::aggregate::Groups;
use numbers::{Numbers, Run};
use texts::Texts;

mod numbers;
mod texts;

/// What the rows hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Strings, kept as they are; null is the empty string.
    String,
    /// Scalars as `dynamic`; nulls are passed over.
    Scalar,
    /// `dynamic` values, nulls among them; of an array its elements are taken.
    Dynamic,
}

/// The values of each group in the order in which they came.
pub struct Values {
    form: Form,
    texts: Texts,
    numbers: Numbers,
    /// The numbers of strings that a batch repeats.
    seen: Seen<u32>,
}

/// Texts beyond those in use that may lie about.
const SLACK: usize = 1024;

impl Values {
    /// Values of this form, each once in its group if they are to be distinct.
    pub fn new(form: Form, distinct: bool) -> Values {
        let (texts, numbers) = match distinct {
            true => (Texts::distinct(), Numbers::distinct()),
            false => (Texts::default(), Numbers::default()),
        };
        Values { form, texts, numbers, seen: Seen::default() }
    }

    /// Makes room for groups.
    pub fn resize(&mut self, group_count: usize) {
        self.numbers.resize(group_count);
    }

    /// Adds the values of rows to their groups, which have no more than `limit`.
    pub fn add_rows(&mut self, values: &StringViewArray, groups: &[usize], limit: usize) -> Result<(), KernelError> {
        self.seen.forget();
        self.add_some(values, groups, 0..groups.len(), limit)
    }

    fn add_some(
        &mut self,
        values: &StringViewArray,
        groups: &[usize],
        rows: Range<usize>,
        limit: usize,
    ) -> Result<(), KernelError> {
        let known = values.nulls().filter(|nulls| nulls.null_count() > 0);
        let mut canonical = String::new();
        for row in rows {
            let (view, group) = (values.views()[row], groups[row]);
            if self.numbers.count(group) >= limit {
                continue;
            }
            if known.is_some_and(|known| known.is_null(row)) {
                let text = match self.form {
                    Form::String => "",
                    Form::Scalar => continue,
                    Form::Dynamic => "null",
                };
                self.add(group, text)?;
                continue;
            }
            if let Some(number) = self.seen.get(view) {
                self.numbers.add(group, number)?;
                continue;
            }
            let text = values.value(row);
            let number = if self.form == Form::String {
                self.texts.number(text)?
            } else {
                let value = Dynamic::new(text);
                match value.kind() {
                    Kind::Null if self.form == Form::Scalar => continue,
                    Kind::Array => {
                        self.add_elements(group, value, limit, &mut canonical)?;
                        continue;
                    }
                    _ => self.texts.number(canonical_text(value, &mut canonical))?,
                }
            };
            self.seen.note(view, number);
            self.numbers.add(group, number)?;
        }
        Ok(())
    }

    /// The types of the columns in which values travel: the only value of a group as a row would hold it, or its values
    /// one after the other.
    pub fn state_types() -> [DataType; 2] {
        [DataType::Utf8View, DataType::BinaryView]
    }

    /// Rows as the states of groups with one row each.
    pub fn convert(&self, values: &ArrayRef) -> Result<[ArrayRef; 2], KernelError> {
        let single: ArrayRef = match self.form {
            Form::String => without_null_strings(values),
            Form::Scalar => values.clone(),
            Form::Dynamic if values.null_count() == 0 => values.clone(),
            Form::Dynamic => {
                let null = StringViewArray::new_scalar("null");
                arrow::compute::kernels::zip::zip(&is_not_null(values)?, values, &null)?
            }
        };
        Ok([single, arrow::array::new_null_array(&DataType::BinaryView, values.len())])
    }

    /// Adds what [`Values::take_states`] or [`Values::convert`] gave.
    pub fn merge(&mut self, states: &[ArrayRef], groups: &[usize], limit: usize) -> Result<(), KernelError> {
        let (single, several) = (texts(states, 0)?, column(states, 1)?);
        let several = several.as_binary_view_opt().ok_or_else(|| unexpected(several.data_type()))?;
        if several.null_count() == several.len() && single.null_count() == 0 {
            return self.add_rows(single, groups, limit);
        }
        self.seen.forget();
        let mut start = 0;
        for (row, &group) in groups.iter().enumerate() {
            if several.is_null(row) && !single.is_null(row) {
                continue;
            }
            // Rows with single values are added together.
            self.add_some(single, groups, start..row, limit)?;
            start = row + 1;
            if !several.is_null(row) {
                let mut rest = several.value(row);
                while let Some((length, after)) = rest.split_first_chunk::<4>() {
                    let broken = || KernelError("a partial collection is broken".to_owned());
                    let (text, after) =
                        after.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(broken)?;
                    rest = after;
                    if self.numbers.count(group) >= limit {
                        break;
                    }
                    let text = std::str::from_utf8(text).map_err(|_| broken())?;
                    self.add(group, text)?;
                }
            }
        }
        self.add_some(single, groups, start..groups.len(), limit)
    }

    /// Hands out the values of these groups as states.
    pub fn take_states(&mut self, groups: Groups) -> Result<[ArrayRef; 2], KernelError> {
        let taken = self.numbers.take(groups);
        let mut single = StringViewBuilder::with_capacity(taken.len());
        let mut several = BinaryViewBuilder::with_capacity(taken.len());
        let mut state = Vec::new();
        for run in &taken {
            let numbers = self.numbers.of(*run);
            match numbers {
                [] => {
                    single.append_null();
                    several.append_null();
                }
                [only] if self.travels_alone(self.texts.get(*only)) => {
                    single.try_append_value(self.texts.get(*only))?;
                    several.append_null();
                }
                _ => {
                    state.clear();
                    for number in numbers {
                        let text = self.texts.get(*number);
                        // Arrow's views count their bytes in 32 bits, so no text is longer.
                        state.extend_from_slice(&(text.len() as u32).to_le_bytes());
                        state.extend_from_slice(text.as_bytes());
                    }
                    single.append_null();
                    several.try_append_value(&state)?;
                }
            }
        }
        self.forget(&taken)?;
        Ok([std::sync::Arc::new(single.finish()), std::sync::Arc::new(several.finish())])
    }

    /// Hands out the values of these groups as arrays.
    pub fn take_arrays(&mut self, groups: Groups) -> Result<StringViewArray, KernelError> {
        let taken = self.numbers.take(groups);
        let mut builder = StringViewBuilder::with_capacity(taken.len());
        let mut array = String::new();
        for run in &taken {
            array.clear();
            array.push('[');
            for (at, number) in self.numbers.of(*run).iter().enumerate() {
                if at > 0 {
                    array.push(',');
                }
                match self.form {
                    Form::String => write_string(self.texts.get(*number), &mut array),
                    Form::Scalar | Form::Dynamic => array.push_str(self.texts.get(*number)),
                }
            }
            array.push(']');
            builder.try_append_value(&array)?;
        }
        self.forget(&taken)?;
        Ok(builder.finish())
    }

    /// Hands out how many values these groups have.
    pub fn take_counts(&mut self, groups: Groups) -> Result<Vec<i64>, KernelError> {
        let taken = self.numbers.take(groups);
        self.forget(&taken)?;
        Ok(taken.into_iter().map(|run| run.len() as i64).collect())
    }

    /// Bytes held.
    pub fn size(&self) -> usize {
        self.texts.size() + self.numbers.size()
    }

    fn add(&mut self, group: usize, text: &str) -> Result<(), KernelError> {
        let number = self.texts.number(text)?;
        self.numbers.add(group, number)
    }

    fn add_elements(
        &mut self,
        group: usize,
        array: Dynamic<'_>,
        limit: usize,
        canonical: &mut String,
    ) -> Result<(), KernelError> {
        for element in array.elements() {
            if self.numbers.count(group) >= limit {
                break;
            }
            self.add(group, canonical_text(element, canonical))?;
        }
        Ok(())
    }

    /// Whether a row that held the text would be taken for this value.
    fn travels_alone(&self, text: &str) -> bool {
        self.form == Form::String || !matches!(Dynamic::new(text).kind(), Kind::Array | Kind::Null)
    }

    fn forget(&mut self, taken: &[Run]) -> Result<(), KernelError> {
        self.numbers.forget(taken);
        if self.texts.count() > 2 * self.numbers.total() + SLACK {
            let empty = self.texts.empty();
            let old = std::mem::replace(&mut self.texts, empty);
            let Self { texts, numbers, .. } = self;
            let mut moved = vec![None; old.count()];
            numbers.renumber(|number| match moved[number as usize] {
                Some(moved) => Ok(moved),
                None => {
                    let new = texts.number(old.get(number))?;
                    moved[number as usize] = Some(new);
                    Ok(new)
                }
            })?;
        }
        Ok(())
    }
}

/// The canonical form of a value. Most are strings without escapes, which are canonical as they are.
fn canonical_text<'t>(value: Dynamic<'t>, canonical: &'t mut String) -> &'t str {
    let content = value.text().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match content {
        Some(content) if memchr::memchr2(b'"', b'\\', content.as_bytes()).is_none() => value.text(),
        _ => {
            canonical.clear();
            value.write_canonical(canonical);
            canonical
        }
    }
}
