//! The values of string literals, worked out from their source text (Kusto page: *The string data type*).

use crate::lexer::string;

/// The value of a literal in any of its forms, or the byte range of an escape sequence that Kusto does not have.
pub(crate) fn value(literal: &str) -> Result<String, (usize, usize)> {
    let text = literal.trim_start_matches(['h', 'H']);
    let offset = literal.len() - text.len();
    let terminated = string(literal).is_ok();
    for fence in ["```", "~~~"] {
        if let Some(text) = text.strip_prefix(fence) {
            return Ok(text.strip_suffix(fence).unwrap_or(text).to_owned());
        }
    }
    let verbatim = text.strip_prefix('@');
    let quoted = verbatim.unwrap_or(text);
    let Some(quote) = quoted.chars().next().filter(|quote| matches!(quote, '"' | '\'')) else {
        return Ok(quoted.to_owned());
    };
    let inner = quoted.strip_prefix(quote).unwrap_or_default();
    let inner = if terminated { inner.strip_suffix(quote).unwrap_or(inner) } else { inner };
    if verbatim.is_some() {
        return Ok(inner.replace(&format!("{quote}{quote}"), &quote.to_string()));
    }
    unescape(inner).map_err(|(start, end)| (offset + 1 + start, offset + 1 + end))
}

/// Whether the literal is written with `h`, so that Kusto keeps it out of its logs.
pub(crate) fn is_obfuscated(literal: &str) -> bool {
    literal.starts_with(['h', 'H'])
}

fn unescape(text: &str) -> Result<String, (usize, usize)> {
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        value.push_str(plain);
        let start = text.len() - escape.len() - 1;
        let Some((character, length)) = escaped_character(escape) else {
            let length = escape.chars().next().map_or(0, char::len_utf8);
            return Err((start, start + 1 + length));
        };
        value.push(character);
        rest = escape.get(length..).unwrap_or_default();
    }
    value.push_str(rest);
    Ok(value)
}

/// The character that an escape sequence stands for, and the sequence's length without the backslash.
fn escaped_character(escape: &str) -> Option<(char, usize)> {
    let simple = match escape.chars().next()? {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '\\' => '\\',
        '"' => '"',
        '\'' => '\'',
        'x' => return code_point(escape, 1, 2, 16),
        'u' => return code_unit_pair(escape).or_else(|| code_point(escape, 1, 4, 16)),
        'U' => return code_point(escape, 1, 8, 16),
        '0'..='7' => {
            let digits = escape.bytes().take(3).take_while(|digit| (b'0'..=b'7').contains(digit)).count();
            return code_point(escape, 0, digits, 8);
        }
        _ => return None,
    };
    Some((simple, 1))
}

/// `digits` digits that begin after `start` bytes.
fn code_point(escape: &str, start: usize, digits: usize, radix: u32) -> Option<(char, usize)> {
    let digits = escape.get(start..start + digits)?;
    if !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let code = u32::from_str_radix(digits, radix).ok()?;
    // Half of a surrogate pair is no character of its own.
    let character = if (0xd800..0xe000).contains(&code) { char::REPLACEMENT_CHARACTER } else { char::from_u32(code)? };
    Some((character, start + digits.len()))
}

/// `uD83D\uDE00`: two UTF-16 code units that make one character.
fn code_unit_pair(escape: &str) -> Option<(char, usize)> {
    let unit = |start: usize| {
        let digits = escape.get(start..start + 4)?;
        if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) { u16::from_str_radix(digits, 16).ok() } else { None }
    };
    if escape.get(5..7)? != "\\u" {
        return None;
    }
    let character = char::decode_utf16([unit(1)?, unit(7)?]).next()?.ok()?;
    // A first unit that is a character by itself leaves the second alone.
    (character as u32 > 0xffff).then_some((character, 11))
}
