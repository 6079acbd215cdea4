//! `in`, `!in`, `in~` and `!in~`: whether a value is among others.
//!
//! `in` is true where the value equals one of the list. It is null where the value and one of the list are null
//! and nothing is equal, else false: null equals nothing.

use std::hash::Hash;

use arrow::array::{Array, AsArray, FixedSizeBinaryArray};
use arrow::datatypes::{ArrowPrimitiveType, Decimal128Type, Float64Type, Int64Type};
use hashbrown::HashSet;
use kql_types::ScalarType;
use kql_types::dynamic::Dynamic;

use super::super::dynamic_number::Number;
use super::super::needle::Case;
use super::super::{
    REAL_OR_INTEGER as REALS, datetime, dynamic, dynamic_as, exactly, integer, number_as_decimal, real, text, timespan,
};
use super::{
    ANY, DYNAMIC, Items, Result, STRING, STRING_OR_DYNAMIC, is_constant, listed, numbers_as, values, values_as,
    visit_elements,
};
use crate::columnar::{booleans, optional_booleans};
use crate::documentation::example;
use crate::folding::{self, fold};
use crate::overload::{overload, unavailable};
use crate::{Arguments, Documentation, Function, KernelError, ResultName};

const BOOL: &[ScalarType] = &[ScalarType::Bool];
const DATETIME: &[ScalarType] = &[ScalarType::DateTime];
const TIMESPAN: &[ScalarType] = &[ScalarType::TimeSpan];
const GUID: &[ScalarType] = &[ScalarType::Guid];
const INTEGERS: &[ScalarType] = &[ScalarType::Int, ScalarType::Long];

const MIXED: &str = "the value and the values of the list have types that are not compared: convert them to one type";

/// The overloads of `in` and `!in`.
macro_rules! membership_overloads {
    ($negated:literal) => {
        &[
            overload!([text("value"), values(STRING)] -> Bool, |a| texts(a, Items::Text, Case::Sensitive, $negated)),
            overload!([text("value"), values(DYNAMIC)] -> Bool, |a| texts(a, Items::Elements, Case::Sensitive, $negated)),
            overload!(
                [text("value"), values_as(STRING_OR_DYNAMIC, ScalarType::Dynamic)] -> Bool,
                |a| texts(a, Items::Elements, Case::Sensitive, $negated)
            ),
            overload!([integer("value"), values_as(INTEGERS, ScalarType::Long)] -> Bool, |a| longs(a, $negated)),
            overload!([integer("value"), values(DYNAMIC)] -> Bool, |a| long_among_elements(a, whole, $negated)),
            overload!([dynamic("value"), values_as(INTEGERS, ScalarType::Long)] -> Bool, |a| dynamic_among_longs(a, $negated)),
            overload!([real("value"), values_as(REALS, ScalarType::Real)] -> Bool, |a| reals(a, $negated)),
            overload!([real("value"), values(DYNAMIC)] -> Bool, |a| real_among_elements(a, $negated)),
            overload!([dynamic_as("value", ScalarType::Real), values_as(REALS, ScalarType::Real)] -> Bool, |a| reals(a, $negated)),
            overload!([number_as_decimal("value"), numbers_as(ScalarType::Decimal)] -> Bool, |a| decimals(a, $negated)),
            overload!([datetime("value"), values(DATETIME)] -> Bool, |a| longs(a, $negated)),
            overload!([datetime("value"), values(DYNAMIC)] -> Bool, |a| long_among_elements(a, |element| element.to_datetime(), $negated)),
            overload!([dynamic_as("value", ScalarType::DateTime), values(DATETIME)] -> Bool, |a| longs(a, $negated)),
            overload!([timespan("value"), values(TIMESPAN)] -> Bool, |a| longs(a, $negated)),
            overload!([timespan("value"), values(DYNAMIC)] -> Bool, |a| long_among_elements(a, |element| element.to_timespan(), $negated)),
            overload!([dynamic_as("value", ScalarType::TimeSpan), values(TIMESPAN)] -> Bool, |a| longs(a, $negated)),
            overload!([exactly("value", GUID), values(GUID)] -> Bool, |a| guids(a, $negated)),
            overload!([exactly("value", GUID), values(DYNAMIC)] -> Bool, |a| guid_among_elements(a, $negated)),
            overload!([dynamic_as("value", ScalarType::Guid), values(GUID)] -> Bool, |a| guids(a, $negated)),
            overload!([exactly("value", BOOL), values(BOOL)] -> Bool, |a| bools(a, $negated)),
            overload!([dynamic_as("value", ScalarType::Bool), values(BOOL)] -> Bool, |a| bools(a, $negated)),
            unavailable!([exactly("value", ANY), values(ANY)] -> Bool, MIXED),
        ]
    };
}

/// The overloads of `in~` and `!in~`.
macro_rules! text_overloads {
    ($negated:literal) => {
        &[
            overload!([text("value"), values(STRING)] -> Bool, |a| texts(a, Items::Text, Case::Insensitive, $negated)),
            overload!([text("value"), values(DYNAMIC)] -> Bool, |a| texts(a, Items::Elements, Case::Insensitive, $negated)),
            overload!(
                [text("value"), values_as(STRING_OR_DYNAMIC, ScalarType::Dynamic)] -> Bool,
                |a| texts(a, Items::Elements, Case::Insensitive, $negated)
            ),
            unavailable!([text("value"), values(ANY)] -> Bool, MIXED),
        ]
    };
}

macro_rules! membership {
    ($name:literal, $summary:literal, $returns:literal, $notes:literal, $page:literal, $overloads:expr, $examples:expr) => {
        Function {
            name: $name,
            aliases: &[],
            documentation: Documentation { summary: $summary, returns: $returns, notes: $notes, page: $page },
            overloads: $overloads,
            result_name: ResultName::None,
            deterministic: true,
            examples: $examples,
        }
    };
}

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    membership!(
        "in",
        "Tells whether a value is one of a list.",
        "`true` or `false`; null where the value and one of the list are null.",
        "A dynamic array in the list contributes its elements. Strings compare with case; `in~` ignores it.",
        "in-cs-operator",
        membership_overloads!(false),
        &[
            example("print 'b' in ('a', 'b')", "True"),
            example("print 2 in (dynamic([1, 2, 3]))", "True"),
            example("print 'B' in ('a', 'b')", "False"),
        ]
    ),
    membership!(
        "!in",
        "Tells whether a value is none of a list.",
        "`true` or `false`; null where the value and one of the list are null.",
        "A dynamic array in the list contributes its elements. Strings compare with case; `!in~` ignores it.",
        "not-in-cs-operator",
        membership_overloads!(true),
        &[example("print 'B' !in ('a', 'b')", "True"), example("print int(null) !in (1, 2)", "True")]
    ),
    membership!(
        "in~",
        "Tells whether a string is one of a list, ignoring case.",
        "`true` or `false`, never null.",
        "A dynamic array in the list contributes its elements.",
        "in-operator",
        text_overloads!(false),
        &[example("print 'B' in~ ('a', 'b')", "True"), example("print 'c' in~ ('a', 'b')", "False")]
    ),
    membership!(
        "!in~",
        "Tells whether a string is none of a list, ignoring case.",
        "`true` or `false`, never null.",
        "A dynamic array in the list contributes its elements.",
        "not-in-operator",
        text_overloads!(true),
        &[example("print 'B' !in~ ('a', 'b')", "False"), example("print 'c' !in~ ('a', 'b')", "True")]
    ),
];

/// Up to how many keys going through them is quicker than hashing.
const FEW: usize = 8;

/// The keys of a list.
struct Keys<K> {
    few: Vec<K>,
    many: HashSet<K>,
    null: bool,
}

impl<K: Copy + Eq + Hash> Keys<K> {
    fn new(keys: Vec<Option<K>>) -> Keys<K> {
        let null = keys.contains(&None);
        let keys: Vec<K> = keys.into_iter().flatten().collect();
        let many = if keys.len() > FEW { keys.iter().copied().collect() } else { HashSet::new() };
        Keys { few: if many.is_empty() { keys } else { Vec::new() }, many, null }
    }

    /// Whether a value is among them; `None` is not known.
    fn hold(&self, value: Option<K>) -> Option<bool> {
        match value {
            Some(key) => Some(self.few.contains(&key) || self.many.contains(&key)),
            None => (!self.null).then_some(false),
        }
    }
}

/// `value` gives the key of a row, `visit` those of the list.
fn among<K: Copy + Eq + Hash>(
    arguments: &Arguments<'_>,
    negated: bool,
    value: impl Fn(usize) -> Option<K>,
    visit: impl Fn(usize, &mut dyn FnMut(Option<K>)),
) -> Result {
    let keys = |row| {
        let mut keys = Vec::new();
        visit(row, &mut |key| keys.push(key));
        Keys::new(keys)
    };
    if is_constant(arguments) {
        let keys = keys(0);
        return Ok(optional_booleans(arguments.rows(), |row| keys.hold(value(row)).map(|held| held != negated)));
    }
    Ok(optional_booleans(arguments.rows(), |row| keys(row).hold(value(row)).map(|held| held != negated)))
}

/// As [`among`], where value and list lie in arrays of one primitive type.
fn primitives<T: ArrowPrimitiveType, K: Copy + Eq + Hash>(
    arguments: &Arguments<'_>,
    negated: bool,
    key: impl Fn(T::Native) -> K,
) -> Result {
    let value = arguments.primitives::<T>(0)?;
    let list = list(arguments, |position| arguments.primitives::<T>(position))?;
    among(
        arguments,
        negated,
        |row| value.get(row).map(&key),
        |row, visit| list.iter().for_each(|argument| visit(argument.get(row).map(&key))),
    )
}

fn longs(arguments: &Arguments<'_>, negated: bool) -> Result {
    primitives::<Int64Type, _>(arguments, negated, |value| value)
}

fn reals(arguments: &Arguments<'_>, negated: bool) -> Result {
    let value = arguments.primitives::<Float64Type>(0)?;
    let list = list(arguments, |position| arguments.primitives::<Float64Type>(position))?;
    among(
        arguments,
        negated,
        |row| value.get(row).map(real_key),
        |row, visit| {
            for argument in &list {
                let item = argument.get(row);
                if item.is_none_or(|value| !value.is_nan()) {
                    visit(item.map(real_key));
                }
            }
        },
    )
}

fn decimals(arguments: &Arguments<'_>, negated: bool) -> Result {
    primitives::<Decimal128Type, _>(arguments, negated, |value| value)
}

fn bools(arguments: &Arguments<'_>, negated: bool) -> Result {
    let value = arguments.bools(0)?;
    let list = list(arguments, |position| arguments.bools(position))?;
    among(
        arguments,
        negated,
        |row| value.get(row),
        |row, visit| list.iter().for_each(|argument| visit(argument.get(row))),
    )
}

fn guids(arguments: &Arguments<'_>, negated: bool) -> Result {
    let value = Guids::new(arguments, 0)?;
    let list = list(arguments, |position| Guids::new(arguments, position))?;
    among(
        arguments,
        negated,
        |row| value.get(row),
        |row, visit| list.iter().for_each(|argument| visit(argument.get(row))),
    )
}

fn dynamic_among_longs(arguments: &Arguments<'_>, negated: bool) -> Result {
    let value = arguments.strings(0)?;
    let list = list(arguments, |position| arguments.primitives::<Int64Type>(position))?;
    among(
        arguments,
        negated,
        |row| value.get(row).map(Dynamic::new).and_then(whole),
        |row, visit| list.iter().for_each(|argument| visit(argument.get(row))),
    )
}

fn long_among_elements(arguments: &Arguments<'_>, key: impl Fn(Dynamic<'_>) -> Option<i64>, negated: bool) -> Result {
    let value = arguments.primitives::<Int64Type>(0)?;
    among_elements(arguments, negated, |row| value.get(row), key)
}

fn real_among_elements(arguments: &Arguments<'_>, negated: bool) -> Result {
    let value = arguments.primitives::<Float64Type>(0)?;
    let key = |element: Dynamic<'_>| Number::of(element).map(|number| real_key(number.to_real()));
    among_elements(arguments, negated, |row| value.get(row).map(real_key), key)
}

fn guid_among_elements(arguments: &Arguments<'_>, negated: bool) -> Result {
    let value = Guids::new(arguments, 0)?;
    among_elements(arguments, negated, |row| value.get(row), |element| element.to_guid())
}

/// As [`among`], where the list holds `dynamic` values; those without a key are left out, being equal to nothing.
fn among_elements<K: Copy + Eq + Hash>(
    arguments: &Arguments<'_>,
    negated: bool,
    value: impl Fn(usize) -> Option<K>,
    key: impl Fn(Dynamic<'_>) -> Option<K>,
) -> Result {
    let (list, _) = listed(arguments)?;
    among(arguments, negated, value, |row, visit| {
        for argument in &list {
            visit_elements(*argument, row, &mut |element| {
                if let Some(key) = key(element) {
                    visit(Some(key));
                }
            });
        }
    })
}

/// The arguments after the first, each read by `read`.
fn list<T>(arguments: &Arguments<'_>, read: impl Fn(usize) -> Result<T>) -> Result<Vec<T>> {
    (1..arguments.len()).map(read).collect()
}

/// The whole number that a `dynamic` is or stands for.
fn whole(value: Dynamic<'_>) -> Option<i64> {
    Number::of(value)?.to_whole()
}

/// Equal for reals that are equal: 0 and -0 are. (NaN, which is not equal to itself, must not be in a list.)
fn real_key(value: f64) -> u64 {
    if value == 0.0 { 0 } else { value.to_bits() }
}

/// A `guid` argument, row by row.
struct Guids<'a> {
    array: &'a FixedSizeBinaryArray,
    constant: bool,
}

impl<'a> Guids<'a> {
    fn new(arguments: &Arguments<'a>, position: usize) -> Result<Guids<'a>> {
        let argument = arguments.get(position)?;
        let array = argument.array().as_fixed_size_binary_opt();
        let array = array.ok_or_else(|| KernelError(format!("argument {} is not a guid", position + 1)))?;
        Ok(Guids { array, constant: argument.is_constant() })
    }

    fn get(&self, row: usize) -> Option<[u8; 16]> {
        let row = if self.constant { 0 } else { row };
        if self.array.is_null(row) { None } else { self.array.value(row).try_into().ok() }
    }
}

/// Strings, or `dynamic` values by their text, which are never null.
fn texts(arguments: &Arguments<'_>, items: Items, case: Case, negated: bool) -> Result {
    let value = arguments.strings(0)?;
    let (list, constant) = listed(arguments)?;
    let mut scratch = String::new();
    if !constant {
        return Ok(booleans(arguments.rows(), |row| {
            let value = value.value(row);
            let mut found = false;
            for argument in &list {
                items.visit_texts(*argument, row, &mut |item| {
                    found |= match case {
                        Case::Sensitive => item == value,
                        Case::Insensitive => folding::equal(item, value),
                    };
                });
            }
            found != negated
        }));
    }
    let mut texts = Texts::new(case);
    for argument in &list {
        items.visit_texts(*argument, 0, &mut |item| texts.insert(item));
    }
    Ok(booleans(arguments.rows(), |row| texts.hold(value.value(row), &mut scratch) != negated))
}

/// The strings of a list, folded where case does not count.
struct Texts {
    case: Case,
    texts: HashSet<String>,
    /// Bit n is set where a string of n bytes is among them (63: of 63 or more), so that most values need no hashing.
    lengths: u64,
}

impl Texts {
    fn new(case: Case) -> Texts {
        Texts { case, texts: HashSet::new(), lengths: 0 }
    }

    fn insert(&mut self, text: &str) {
        let text = match self.case {
            Case::Sensitive => text.to_owned(),
            Case::Insensitive => folding::fold_text(text),
        };
        self.lengths |= length_bit(&text);
        self.texts.insert(text);
    }

    fn hold(&self, text: &str, scratch: &mut String) -> bool {
        let text = match self.case {
            Case::Sensitive => text,
            Case::Insensitive => {
                scratch.clear();
                if text.is_ascii() {
                    // Folding keeps the length of ASCII, so that is known before.
                    if self.lengths & length_bit(text) == 0 {
                        return false;
                    }
                    scratch.push_str(text);
                    scratch.make_ascii_lowercase();
                } else {
                    scratch.extend(text.chars().map(fold));
                }
                scratch.as_str()
            }
        };
        self.lengths & length_bit(text) != 0 && self.texts.contains(text)
    }
}

fn length_bit(text: &str) -> u64 {
    1 << text.len().min(63)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Float64Array};
    use kql_types::Value;

    use super::*;
    use crate::Argument;
    use crate::testing::{call, call_overload, dynamic, dynamics, long, longs, strings, text};

    fn truth(overload: &str, arguments: &[Argument], rows: usize) -> Vec<Option<bool>> {
        let result: ArrayRef = call_overload(overload, arguments, rows);
        result.as_boolean().iter().collect()
    }

    #[test]
    fn strings_with_and_without_case() {
        let texts = strings(&["a", "B", "é", ""]);
        assert_eq!(call("in", &[texts.clone(), text("A"), text("B"), text("É")]), "false|true|false|false");
        assert_eq!(call("in~", &[texts.clone(), text("A"), text("B"), text("É")]), "true|true|true|false");
        assert_eq!(call("!in~", &[texts.clone(), text("A"), text("B"), text("É")]), "false|false|false|true");
        assert_eq!(call("!in", &[texts.clone(), text("")]), "true|true|true|false");
        assert_eq!(call("in~", &[texts.clone(), strings(&["A", "x", "É", "y"])]), "true|false|true|false");
        assert_eq!(call("in", &[texts.clone(), strings(&["a", "b", "é", ""])]), "true|false|true|true");
    }

    #[test]
    fn long_lists_hold_what_short_ones_do() {
        let items: Vec<Argument> = (0..100).map(|value| long(value * 3)).collect();
        let column = longs(&[Some(297), Some(298), None, Some(i64::MIN)]);
        let arguments: Vec<Argument> = std::iter::once(column.clone()).chain(items).collect();
        assert_eq!(truth("in(integer, int|long…)", &arguments, 4), [Some(true), Some(false), Some(false), Some(false)]);
        let short = [column, long(297), long(1)];
        assert_eq!(truth("in(integer, int|long…)", &short, 4), [Some(true), Some(false), Some(false), Some(false)]);
    }

    #[test]
    fn null_equals_nothing() {
        let column = longs(&[Some(1), Some(2), None]);
        let null = Argument::Constant(Value::Null(ScalarType::Long).to_array());
        let with_null = [column.clone(), long(1), null];
        assert_eq!(truth("in(integer, int|long…)", &with_null, 3), [Some(true), Some(false), None]);
        assert_eq!(truth("!in(integer, int|long…)", &with_null, 3), [Some(false), Some(true), None]);
        let without = [column.clone(), long(1)];
        assert_eq!(truth("!in(integer, int|long…)", &without, 3), [Some(false), Some(true), Some(true)]);
        let varying = [column, longs(&[Some(1), None, None])];
        assert_eq!(truth("in(integer, int|long…)", &varying, 3), [Some(true), Some(false), None]);
    }

    #[test]
    fn reals_compare_by_value() {
        let column = Argument::Array(Arc::new(Float64Array::from(vec![0.0, f64::NAN, 1.5])));
        let item = |value: f64| Argument::Constant(Value::Real(value).to_array());
        let arguments = [column, item(-0.0), item(f64::NAN)];
        let overload = "in(int|long|real, int|long|real…)";
        assert_eq!(truth(overload, &arguments, 3), [Some(true), Some(false), Some(false)]);
    }

    #[test]
    fn arrays_contribute_their_elements() {
        let column = longs(&[Some(1), Some(2), None]);
        let list = dynamic("[1, 3.0, 2.5, \"2\", null, [2]]");
        assert_eq!(truth("in(integer, dynamic…)", &[column.clone(), list], 3), [Some(true), Some(true), Some(false)]);
        assert_eq!(truth("in(integer, dynamic…)", &[column, dynamic("null")], 3), [Some(false); 3]);
        let texts = strings(&["a", "1", "true", "x"]);
        let list = dynamic("[\"a\", 1, true]");
        let overload = "in(string or dynamic, dynamic…)";
        assert_eq!(truth(overload, &[texts, list], 4), [Some(true), Some(true), Some(true), Some(false)]);
        let values = dynamics(&[Some("1"), Some("1.5"), Some("\"1\""), Some("null"), Some("[1]")]);
        let overload = "in(dynamic, int|long…)";
        let expected = [Some(true), Some(false), Some(true), Some(false), Some(false)];
        assert_eq!(truth(overload, &[values, long(1)], 5), expected);
    }

    #[test]
    fn guids_compare_by_their_bytes() {
        let guid = |byte| Argument::Constant(Value::Guid([byte; 16]).to_array());
        assert_eq!(truth("in(guid, guid…)", &[guid(1), guid(2), guid(1)], 1), [Some(true)]);
        let list = dynamic("[\"01010101-0101-0101-0101-010101010101\"]");
        assert_eq!(truth("in(guid, dynamic…)", &[guid(1), list], 1), [Some(true)]);
    }
}
