//! Values for the columns of a row.

use kql_types::dynamic::{self, Step};
use kql_types::{ScalarType, Schema, Value, ticks};

use crate::random::Random;
use crate::regex_text;
use crate::wishes::{Leaf, Wish, Wishes};

/// How deep a `dynamic` value is built.
const DEEPEST: usize = 24;
/// How long an array is made at most.
const MOST_ELEMENTS: usize = 16;

/// A row of a table. Some rows are meant to fit the query as a whole, others as it comes.
pub(crate) fn row(table: &str, schema: &Schema, wishes: &Wishes, now: i64, random: &mut Random) -> Vec<Value> {
    let fitting = if random.chance(65) { 95 } else { 40 };
    let values = schema.iter().map(|(name, scalar_type)| {
        let unknown = Leaf { pool: name.to_owned(), ..Leaf::default() };
        let leaf = wishes.leaf_of(table, name).unwrap_or(&unknown);
        let members: Vec<(&[Step], &Leaf)> =
            wishes.members(table, name).into_iter().map(|(place, leaf)| (place.path.as_slice(), leaf)).collect();
        match scalar_type {
            ScalarType::Dynamic if !members.is_empty() => Value::Dynamic(json(&members, fitting, now, random, DEEPEST)),
            ScalarType::String if !members.is_empty() => Value::String(json(&members, fitting, now, random, DEEPEST)),
            ScalarType::Dynamic => dynamic_value(leaf, fitting, now, random),
            _ => value(scalar_type, leaf, fitting, now, random),
        }
    });
    values.collect()
}

/// JSON text with something at each of the paths.
fn json(members: &[(&[Step], &Leaf)], fitting: usize, now: i64, random: &mut Random, deepest: usize) -> String {
    let ends = |(path, _): &&(&[Step], &Leaf)| path.is_empty();
    let longer = members.iter().any(|(path, _)| !path.is_empty());
    let Some(deepest) = deepest.checked_sub(1).filter(|_| longer) else {
        let leaf = members.iter().find(ends).map(|(_, leaf)| *leaf);
        let unknown = Leaf::default();
        let leaf = leaf.unwrap_or(&unknown);
        let scalar_type = leaf.wishes.iter().find_map(|wish| match wish {
            Wish::Near(value) | Wish::Equals(value) => Some(value.scalar_type()),
            _ => None,
        });
        let scalar_type = scalar_type.filter(|it| *it != ScalarType::Dynamic).unwrap_or(ScalarType::String);
        let value = value(scalar_type, leaf, fitting, now, random);
        return dynamic::from_value(&value).unwrap_or_else(|| "null".to_owned());
    };
    let mut names: Vec<&str> = Vec::new();
    for (path, _) in members {
        if let Some(Step::Member(name)) = path.first()
            && !names.contains(&name.as_str())
        {
            names.push(name);
        }
    }
    let below = |wanted: &dyn Fn(&Step) -> bool| -> Vec<(&[Step], &Leaf)> {
        let parts = members.iter().filter_map(|(path, leaf)| Some((path.split_first()?, *leaf)));
        parts.filter(|((first, _), _)| wanted(first)).map(|((_, rest), leaf)| (rest, leaf)).collect()
    };
    if names.is_empty() {
        let inner = below(&|_| true);
        let indices = members.iter().filter_map(|(path, _)| match path.first() {
            Some(Step::Element(at)) => usize::try_from(*at).ok(),
            _ => None,
        });
        let last = indices.max().unwrap_or(0).min(MOST_ELEMENTS);
        let count = (1 + random.below(3)).max(last + 1);
        let elements: Vec<String> = (0..count as i64)
            .map(|at| {
                let own = below(&|step| *step == Step::Element(at));
                json(if own.is_empty() { &inner } else { &own }, fitting, now, random, deepest)
            })
            .collect();
        return format!("[{}]", elements.join(","));
    }
    let mut text = String::from("{");
    for (at, name) in names.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        dynamic::write_string(name, &mut text);
        text.push(':');
        let inner = below(&|step| matches!(step, Step::Member(member) if member == name));
        text.push_str(&json(&inner, fitting, now, random, deepest));
    }
    text.push('}');
    // A bag that is also read by index stands for each element.
    if members.iter().any(|(path, _)| matches!(path.first(), Some(Step::Element(_)))) {
        return format!("[{text}]");
    }
    text
}

fn dynamic_value(leaf: &Leaf, fitting: usize, now: i64, random: &mut Random) -> Value {
    let element = |random: &mut Random| {
        let value = value(ScalarType::String, leaf, fitting, now, random);
        dynamic::from_value(&value).unwrap_or_else(|| "null".to_owned())
    };
    match random.below(4) {
        0 => Value::Null(ScalarType::Dynamic),
        1 => Value::Dynamic(element(random)),
        _ => Value::Dynamic(format!("[{},{}]", element(random), element(random))),
    }
}

fn value(scalar_type: ScalarType, leaf: &Leaf, fitting: usize, now: i64, random: &mut Random) -> Value {
    match (part_value(scalar_type, leaf, fitting, now, random), &leaf.part) {
        (Value::String(text), Some(part)) if !text.is_empty() => Value::String(part.of_whole(&text)),
        (value, _) => value,
    }
}

/// The value, or the part of it that the leaf is about.
fn part_value(scalar_type: ScalarType, leaf: &Leaf, fitting: usize, now: i64, random: &mut Random) -> Value {
    if !leaf.wishes.is_empty() && random.chance(fitting) {
        if scalar_type == ScalarType::String {
            return Value::String(wished_text(&leaf.wishes, random));
        }
        let wish = random.pick(&leaf.wishes).cloned();
        if let Some(value) = wish.and_then(|wish| wished(&wish, scalar_type, random)) {
            return value;
        }
    }
    if random.chance(8)
        && let Some(value) = random.pick(&leaf.unwanted).cloned().and_then(|wish| wished(&wish, scalar_type, random))
    {
        return value;
    }
    if random.chance(4) {
        return Value::null(scalar_type);
    }
    let small = random.below(4);
    match scalar_type {
        ScalarType::Bool => Value::Bool(random.chance(50)),
        ScalarType::Int => Value::Int(small as i32),
        ScalarType::Long => Value::Long(small as i64),
        ScalarType::Real => Value::Real(small as f64 / 2.0),
        ScalarType::Decimal | ScalarType::Dynamic => Value::null(scalar_type),
        ScalarType::String => Value::String(usual_text(&leaf.pool, small)),
        ScalarType::DateTime => Value::DateTime(now.saturating_sub(age(random))),
        ScalarType::TimeSpan => Value::TimeSpan(ticks::PER_SECOND.saturating_mul(1 + small as i64)),
        ScalarType::Guid => Value::Guid([small as u8 + 1; 16]),
    }
}

/// Most events are of the last hours, some older.
fn age(random: &mut Random) -> i64 {
    let longest = match random.below(10) {
        0..6 => ticks::PER_DAY / 24,
        6..9 => ticks::PER_DAY,
        _ => 40 * ticks::PER_DAY,
    };
    (random.next() % longest.unsigned_abs()) as i64
}

/// A value that fits a wish; `None` where the type has none.
pub(crate) fn wished(wish: &Wish, scalar_type: ScalarType, random: &mut Random) -> Option<Value> {
    let (literal, near) = match wish {
        Wish::Equals(value) => (value.clone(), false),
        Wish::Near(value) => (value.clone(), true),
        Wish::Holds(text) | Wish::Starts(text) | Wish::Ends(text) => (Value::String(text.clone()), false),
        Wish::Matches(expression) => (Value::String(regex_text::matching(expression, random)?), false),
    };
    let step = if near { random.below(5) as i64 - 2 } else { 0 };
    Some(match (scalar_type, literal) {
        (ScalarType::String, value) => Value::String(plain(&value)),
        (ScalarType::Bool, Value::Bool(value)) => Value::Bool(value),
        (ScalarType::Bool, Value::String(text)) => Value::Bool(text.eq_ignore_ascii_case("true") || text == "1"),
        (ScalarType::Guid, Value::Guid(value)) => Value::Guid(value),
        (ScalarType::DateTime, Value::DateTime(value)) => {
            let apart = step.saturating_mul(random.next() as i64 % (ticks::PER_DAY / 24));
            Value::DateTime(value.saturating_add(apart))
        }
        (ScalarType::TimeSpan, Value::TimeSpan(value)) => {
            Value::TimeSpan(value.saturating_add(step.saturating_mul(ticks::PER_SECOND)))
        }
        (wanted, literal) => {
            let number: f64 = match literal {
                Value::Int(value) => f64::from(value),
                Value::Long(value) => value as f64,
                Value::Real(value) => value,
                Value::String(text) => text.trim().parse().ok()?,
                _ => return None,
            };
            match wanted {
                ScalarType::Int => Value::Int((number as i32).saturating_add(step as i32)),
                ScalarType::Long => Value::Long((number as i64).saturating_add(step)),
                ScalarType::Real => Value::Real(number + step as f64),
                _ => return None,
            }
        }
    })
}

/// A text that fits one wish, or several at once: predicates on one text are often joined by `and`.
fn wished_text(wishes: &[Wish], random: &mut Random) -> String {
    let one = |random: &mut Random| random.pick(wishes).and_then(|wish| wished(wish, ScalarType::String, random));
    let partial = wishes.iter().filter(|wish| !matches!(wish, Wish::Equals(_))).count();
    let count = if partial < 2 { 1 } else { 1 + random.below(partial.min(6)) };
    let mut texts: Vec<String> = Vec::new();
    for _ in 0..count {
        if let Some(Value::String(text)) = one(random)
            && !texts.contains(&text)
        {
            texts.push(text);
        }
    }
    if texts.len() == 1 && partial > 0 && random.chance(30) {
        texts.push("sample".to_owned());
    }
    // What a text starts with comes first, what it ends with last.
    let rank = |text: &String| {
        let is = |wish: &Wish| match wish {
            Wish::Starts(start) => (start == text).then_some(0),
            Wish::Ends(end) => (end == text).then_some(2),
            _ => None,
        };
        wishes.iter().find_map(is).unwrap_or(1)
    };
    texts.sort_by_key(rank);
    texts.join(" ")
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => dynamic::from_value(other).map(|json| json.trim_matches('"').to_owned()).unwrap_or_default(),
    }
}

/// A text as columns of such a name usually hold it.
fn usual_text(name: &str, number: usize) -> String {
    let lower = name.to_ascii_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| lower.ends_with(ending));
    if lower.contains("sha256") {
        format!("{number:x}").repeat(64)
    } else if lower.contains("sha1") {
        format!("{number:x}").repeat(40)
    } else if lower.contains("md5") {
        format!("{number:x}").repeat(32)
    } else if ends(&["ip", "ipaddress", "ipv4", "addr", "ipaddr"]) {
        format!("203.0.113.{}", number + 1)
    } else if lower.contains("url") || lower.contains("uri") {
        format!("https://www{number}.contoso.com/path?id={number}")
    } else if ends(&["upn", "userprincipalname", "mail", "emailaddress", "fromaddress", "recipient", "sender"]) {
        format!("user{number}@contoso.com")
    } else if ends(&["domain", "fqdn", "hostname"]) {
        format!("host{number}.contoso.com")
    } else if ends(&["filename", "process", "image"]) {
        format!("tool{number}.exe")
    } else if ends(&["path", "folder"]) {
        format!("C:\\Users\\user{number}\\tool{number}.exe")
    } else if ends(&["id", "guid"]) {
        format!("00000000-0000-4000-8000-{:012x}", number + 1)
    } else {
        format!("{lower}-{number}")
    }
}
