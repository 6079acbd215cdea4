//! JSON strings: their escapes, read and written.

use std::borrow::Cow;

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
    let mut plain_from = 0;
    for (at, byte) in content.bytes().enumerate() {
        if !needs_escape(byte) {
            continue;
        }
        out.push_str(content.get(plain_from..at).unwrap_or_default());
        plain_from = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            8 => out.push_str("\\b"),
            12 => out.push_str("\\f"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            other => out.push_str(&format!("\\u{other:04X}")),
        }
    }
    out.push_str(content.get(plain_from..).unwrap_or_default());
    out.push('"');
}

fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}
