//! JSON strings: their escapes, read and written.

use std::borrow::Cow;

use super::scan;

/// The content of what stands between a JSON string's quotes. An escape that is none stays as it stands; half a
/// surrogate pair becomes U+FFFD.
pub(super) fn unescape(raw: &str) -> Cow<'_, str> {
    let Some(first) = memchr::memchr(b'\\', raw.as_bytes()) else { return Cow::Borrowed(raw) };
    let (plain, mut rest) = raw.split_at(first);
    let mut out = String::with_capacity(raw.len());
    out.push_str(plain);
    while let Some(escape) = rest.strip_prefix('\\') {
        let (character, after) = unescape_one(escape);
        match character {
            Some(character) => out.push(character),
            None => out.push('\\'),
        }
        let next = memchr::memchr(b'\\', after.as_bytes()).unwrap_or(after.len());
        let (plain, after) = after.split_at(next);
        out.push_str(plain);
        rest = after;
    }
    Cow::Owned(out)
}

/// The character of the escape whose backslash was just passed, and what follows it.
fn unescape_one(escape: &str) -> (Option<char>, &str) {
    let simple = match escape.as_bytes().first() {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unescape_unicode(escape),
        _ => return (None, escape),
    };
    (Some(simple), escape.get(1..).unwrap_or_default())
}

fn unescape_unicode(escape: &str) -> (Option<char>, &str) {
    let Some((unit, after)) = code_unit(escape) else { return (None, escape) };
    if (0xd800..0xdc00).contains(&unit) {
        let low = after.strip_prefix('\\').and_then(code_unit);
        if let Some((low @ 0xdc00..=0xdfff, after)) = low {
            let code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            return (Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)), after);
        }
    }
    (Some(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)), after)
}

/// `u` and four hexadecimal digits.
pub(super) fn code_unit(escape: &str) -> Option<(u32, &str)> {
    let digits = escape.strip_prefix('u')?.get(..4)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    Some((u32::from_str_radix(digits, 16).ok()?, escape.get(5..)?))
}

/// Appends the content in quotes with the escapes that JSON asks for and no others.
pub(super) fn write_quoted(content: &str, out: &mut String) {
    out.push('"');
    let mut rest = content;
    loop {
        let (plain, special) = rest.split_at(scan::find_special(rest.as_bytes()));
        out.push_str(plain);
        let mut characters = special.chars();
        match characters.next() {
            None => break,
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\u{8}') => out.push_str("\\b"),
            Some('\u{c}') => out.push_str("\\f"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(control) => out.push_str(&format!("\\u{:04X}", u32::from(control))),
        }
        rest = characters.as_str();
    }
    out.push('"');
}
