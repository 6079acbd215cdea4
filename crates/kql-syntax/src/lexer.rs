//! Text to tokens, with nom over `&str`.
//!
//! Lexing never fails: what begins no token becomes a [`TokenKind::Unknown`] and a diagnostic. Literals keep
//! their source text only; the parser works out their values.

use nom::branch::alt;
use nom::bytes::complete::{is_not, tag, take_until, take_while, take_while1};
use nom::character::complete::{anychar, char, digit1, hex_digit1, none_of, one_of, satisfy};
use nom::combinator::{not, opt, recognize, value, verify};
use nom::multi::many0_count;
use nom::sequence::{delimited, pair, preceded};
use nom::{IResult, Parser};

use crate::keywords::HYPHENATED;
use crate::{Diagnostic, Span, codes};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A name or keyword, `mv-expand` and its like included.
    Identifier,
    /// `{{anything}}` or `{name}`, which a template or a client fills in; a diagnostic says that nothing did.
    Placeholder,
    /// `!in`, `!has_cs`, `!in~`, …
    NegatedWord,
    /// `in~`.
    InTilde,
    /// `12`, `0xff`.
    Long,
    /// `1.5`, `1e3`.
    Real,
    /// `1d`, `2.5h`, `10ticks`.
    TimeSpan,
    /// Any form of string literal.
    String,
    /// `datetime(…)`, `int(…)` and their like with all that is between the parentheses.
    TypedLiteral,
    Pipe,
    Comma,
    Semicolon,
    Colon,
    Dot,
    DotDot,
    OpenParenthesis,
    CloseParenthesis,
    OpenBracket,
    CloseBracket,
    OpenBrace,
    CloseBrace,
    Equal,
    EqualEqual,
    NotEqual,
    LessGreater,
    EqualTilde,
    NotTilde,
    FatArrow,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    /// Text that begins no token; a diagnostic says so.
    Unknown,
    /// The end of the text.
    End,
}

/// A token with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    pub span: Span,
}

/// The types whose literals are written `type(text)`. `dynamic(…)` is not among them: the parser reads its contents.
const TYPED_LITERALS: &[&str] = &[
    "bool", "date", "datetime", "decimal", "double", "guid", "int", "int32", "int64", "long", "real", "time",
    "timespan",
];

/// The words that may follow `!`.
const NEGATED_WORDS: &[&str] = &[
    "in~",
    "in",
    "has",
    "has_cs",
    "hasprefix",
    "hasprefix_cs",
    "hassuffix",
    "hassuffix_cs",
    "contains",
    "contains_cs",
    "startswith",
    "startswith_cs",
    "endswith",
    "endswith_cs",
    "between",
];

/// Splits the text into tokens; the last one is [`TokenKind::End`].
pub fn lex(text: &str) -> (Vec<Token>, Vec<Diagnostic>) {
    let mut tokens = Vec::new();
    let mut diagnostics = Vec::new();
    let mut rest = skip_blank(text);
    while !rest.is_empty() {
        let start = text.len() - rest.len();
        // The last alternative takes any character, so there always is a token.
        let found = match foreign_comment_at(text, start) {
            Some(after) => Ok((after, TokenKind::Unknown)),
            None if begins_body(&tokens) => token(rest),
            None => alt((value(TokenKind::Placeholder, client_parameter), token)).parse(rest),
        };
        let Ok((after, kind)) = found else { break };
        let span = Span::new(start, text.len() - after.len());
        report(kind, text.get(span.range()).unwrap_or_default(), span, &mut diagnostics);
        tokens.push(Token { kind, span });
        rest = skip_blank(after);
    }
    tokens.push(Token { kind: TokenKind::End, span: Span::new(text.len(), text.len()) });
    (tokens, diagnostics)
}

/// Operators of other languages that are read as those of KQL which stand beside them, once they are reported.
const FOREIGN_OPERATORS: &[(&str, &str)] =
    &[("&&", "and"), ("||", "or"), ("===", "=="), ("!==", "!="), ("=!", "!="), ("~=", "=~"), ("=<", "<=")];

fn report(kind: TokenKind, text: &str, span: Span, diagnostics: &mut Vec<Diagnostic>) {
    match kind {
        TokenKind::Unknown => {
            let what = text.escape_debug().collect::<String>();
            let message = match text {
                _ if foreign_mark(text).is_some() => {
                    format!("`{}` begins no comment", foreign_mark(text).unwrap_or_default().trim_end())
                }
                _ => format!("unexpected character `{what}`"),
            };
            let mut diagnostic = Diagnostic::error(codes::UNEXPECTED_CHARACTER, message, span);
            diagnostic.help = match text {
                "&" => Some("write `and`".to_owned()),
                "!" => Some("`not` is a function: write `not(…)`".to_owned()),
                _ if foreign_mark(text).is_some() => {
                    Some("a comment begins with `//` and ends with its line".to_owned())
                }
                _ => None,
            };
            diagnostics.push(diagnostic);
        }
        _ if FOREIGN_OPERATORS.iter().any(|(foreign, _)| *foreign == text) => {
            let native =
                FOREIGN_OPERATORS.iter().find(|(foreign, _)| *foreign == text).map_or("", |(_, native)| native);
            let message = format!("unknown operator `{text}`");
            let help = format!("write `{native}`");
            diagnostics.push(Diagnostic::error(codes::UNKNOWN_OPERATOR, message, span).with_help(help));
        }
        TokenKind::String if text.starts_with(is_curly_quote) => diagnostics.push(
            Diagnostic::error(codes::UNEXPECTED_CHARACTER, "typographic quotes begin no string", span)
                .with_help("put the text between `\"` or `'`"),
        ),
        TokenKind::String if string(text).is_err() => diagnostics.push(
            Diagnostic::error(codes::UNTERMINATED_STRING, "this string is never closed", span)
                .with_help("a string ends on its own line; text of several lines goes between ``` and ```"),
        ),
        TokenKind::Placeholder => {
            let message = format!("`{text}` is a placeholder: nothing has put a value in its place");
            let name = text.strip_prefix("{{").and_then(|text| text.split_once("}}")).map(|(name, _)| name.trim());
            let help = match name {
                Some(name) => {
                    let quote = if name.contains(' ') { "'" } else { "" };
                    format!("give it one with `--set {quote}{name}=VALUE{quote}` or `--values FILE`, or write it here")
                }
                None => "write a value here; a function is written `() {…}`".to_owned(),
            };
            diagnostics.push(Diagnostic::error(codes::UNFILLED_PLACEHOLDER, message, span).with_help(help));
        }
        TokenKind::TypedLiteral if !text.ends_with(')') => {
            let open = span.start + text.find('(').unwrap_or_default();
            let message = "this `(` is never closed";
            diagnostics.push(
                Diagnostic::error(codes::UNCLOSED_BRACKET, message, Span::new(open, open + 1))
                    .with_help("write `)` where its contents end"),
            );
        }
        _ => {}
    }
}

type Lexed<'a, T> = IResult<&'a str, T>;

/// White space in Kusto's wide sense, marks of no width included.
fn is_space(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// Drops white space.
pub(crate) fn skip_space(text: &str) -> &str {
    text.trim_start_matches(is_space)
}

/// Drops white space and comments.
fn skip_blank(text: &str) -> &str {
    let blank = value((), take_while1(is_space));
    let comment = value((), pair(tag("//"), take_while(|c| c != '\n' && c != '\r')));
    let skipped: Lexed<'_, usize> = many0_count(alt((blank, comment))).parse(text);
    skipped.map_or(text, |(rest, _)| rest)
}

fn token(text: &str) -> Lexed<'_, TokenKind> {
    alt((
        value(TokenKind::String, string),
        value(TokenKind::String, unterminated_string),
        value(TokenKind::String, curly_string),
        value(TokenKind::Identifier, alt((tag("&&"), tag("||")))),
        value(TokenKind::EqualEqual, tag("===")),
        value(TokenKind::NotEqual, alt((tag("!=="), tag("=!")))),
        value(TokenKind::EqualTilde, tag("~=")),
        value(TokenKind::LessOrEqual, tag("=<")),
        number,
        word,
        value(TokenKind::Placeholder, placeholder),
        negated_word,
        punctuation,
        value(TokenKind::Unknown, anychar),
    ))
    .parse(text)
}

fn punctuation(text: &str) -> Lexed<'_, TokenKind> {
    use TokenKind as T;
    alt((
        alt((
            value(T::DotDot, tag("..")),
            value(T::EqualEqual, tag("==")),
            value(T::EqualTilde, tag("=~")),
            value(T::FatArrow, tag("=>")),
            value(T::NotEqual, tag("!=")),
            value(T::NotTilde, tag("!~")),
            value(T::LessOrEqual, tag("<=")),
            value(T::LessGreater, tag("<>")),
            value(T::GreaterOrEqual, tag(">=")),
        )),
        alt((
            value(T::Pipe, char('|')),
            value(T::Comma, char(',')),
            value(T::Semicolon, char(';')),
            value(T::Colon, char(':')),
            value(T::Dot, char('.')),
            value(T::OpenParenthesis, char('(')),
            value(T::CloseParenthesis, char(')')),
            value(T::OpenBracket, char('[')),
            value(T::CloseBracket, char(']')),
            value(T::OpenBrace, char('{')),
            value(T::CloseBrace, char('}')),
        )),
        alt((
            value(T::Equal, char('=')),
            value(T::Less, char('<')),
            value(T::Greater, char('>')),
            value(T::Plus, char('+')),
            value(T::Minus, char('-')),
            value(T::Star, char('*')),
            value(T::Slash, char('/')),
            value(T::Percent, char('%')),
        )),
    ))
    .parse(text)
}

fn starts_name(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '$'
}

fn continues_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// A name, a hyphenated keyword, `in~`, or a typed literal.
fn word(text: &str) -> Lexed<'_, TokenKind> {
    let (rest, name) = take_while1(continues_name).parse(text)?;
    if let Some(keyword) = rest.starts_with('-').then(|| hyphenated(text)).flatten() {
        return tag(keyword).map(|_| TokenKind::Identifier).parse(text);
    }
    if name == "in" && rest.starts_with('~') {
        return value(TokenKind::InTilde, char('~')).parse(rest);
    }
    if TYPED_LITERALS.contains(&name) && rest.starts_with('(') {
        return value(TokenKind::TypedLiteral, typed_literal_text).parse(rest);
    }
    Ok((rest, TokenKind::Identifier))
}

fn hyphenated(text: &str) -> Option<&'static str> {
    let ends = |keyword: &str| text.strip_prefix(keyword).is_some_and(|rest| !rest.starts_with(continues_name));
    HYPHENATED.iter().copied().find(|keyword| ends(keyword))
}

/// `(text)` of a typed literal: strings and balanced parentheses, no further than the line's end.
fn typed_literal_text(text: &str) -> Lexed<'_, ()> {
    let mut depth = 0_usize;
    let mut rest = text;
    loop {
        let part: Lexed<'_, char> = alt((value('"', alt((string, unterminated_string))), none_of("\r\n"))).parse(rest);
        let Ok((after, part)) = part else { return Ok((rest, ())) };
        rest = after;
        match part {
            '(' => depth += 1,
            ')' if depth <= 1 => return Ok((rest, ())),
            ')' => depth -= 1,
            _ => {}
        }
    }
}

/// Whether a `{` that follows these tokens opens the body of a function, or of a pattern's case.
fn begins_body(tokens: &[Token]) -> bool {
    use TokenKind::{CloseBracket, CloseParenthesis, Equal, FatArrow};
    let kinds = tokens.iter().rev().map(|token| token.kind).take(2).collect::<Vec<_>>();
    matches!(kinds.as_slice(), [CloseParenthesis | FatArrow, ..] | [Equal, CloseParenthesis | CloseBracket])
}

/// `{{anything}}`, with what is written against it: `{{days}}d`.
fn placeholder(text: &str) -> Lexed<'_, &str> {
    let inside = take_while1(|c| !matches!(c, '{' | '}' | '\r' | '\n'));
    recognize((tag("{{"), inside, tag("}}"), take_while(continues_name))).parse(text)
}

/// `{name}`, with what is written against it.
fn client_parameter(text: &str) -> Lexed<'_, &str> {
    recognize((char('{'), take_while1(continues_name), char('}'), take_while(continues_name))).parse(text)
}

fn negated_word(text: &str) -> Lexed<'_, TokenKind> {
    let (rest, word) = preceded(char('!'), recognize(pair(take_while1(continues_name), opt(char('~'))))).parse(text)?;
    if NEGATED_WORDS.contains(&word) {
        return Ok((rest, TokenKind::NegatedWord));
    }
    value(TokenKind::Unknown, char('!')).parse(text)
}

/// Suffixes of timespan literals with their length in ticks of 100 ns.
pub(crate) const TIMESPAN_UNITS: &[(&str, f64)] = &[
    ("d", 864e9),
    ("day", 864e9),
    ("days", 864e9),
    ("h", 36e9),
    ("hr", 36e9),
    ("hrs", 36e9),
    ("hour", 36e9),
    ("hours", 36e9),
    ("m", 6e8),
    ("min", 6e8),
    ("minute", 6e8),
    ("minutes", 6e8),
    ("s", 1e7),
    ("sec", 1e7),
    ("second", 1e7),
    ("seconds", 1e7),
    ("ms", 1e4),
    ("milli", 1e4),
    ("millis", 1e4),
    ("millisec", 1e4),
    ("millisecond", 1e4),
    ("milliseconds", 1e4),
    ("micro", 10.0),
    ("micros", 10.0),
    ("microsec", 10.0),
    ("microsecond", 10.0),
    ("microseconds", 10.0),
    ("nano", 0.01),
    ("nanos", 0.01),
    ("nanosec", 0.01),
    ("nanosecond", 0.01),
    ("nanoseconds", 0.01),
    ("tick", 1.0),
    ("ticks", 1.0),
];

/// A number or timespan. Digits that run on into letters are a name: `2x`, `7zip`.
fn number(text: &str) -> Lexed<'_, TokenKind> {
    let word_ends = || not(satisfy(continues_name));
    let hexadecimal = value(TokenKind::Long, (char('0'), one_of("xX"), hex_digit1, word_ends()));
    // In `1..5` the dots are the range's.
    let fraction = || recognize((char('.'), not(char('.')), opt(digit1)));
    let exponent = || recognize((one_of("eE"), opt(one_of("+-")), digit1));
    alt((
        hexadecimal,
        value(TokenKind::TimeSpan, (digit1, opt((char('.'), digit1)), timespan_unit, word_ends())),
        value(TokenKind::Real, (digit1, opt(fraction()), exponent(), word_ends())),
        value(TokenKind::Real, (digit1, char('.'), digit1, word_ends())),
        value(TokenKind::Real, (digit1, fraction(), not(satisfy(starts_name)))),
        value(TokenKind::Long, (digit1, word_ends())),
    ))
    .parse(text)
}

fn timespan_unit(text: &str) -> Lexed<'_, &str> {
    verify(take_while1(|c: char| c.is_ascii_alphabetic()), |unit: &str| {
        TIMESPAN_UNITS.iter().any(|(name, _)| *name == unit)
    })
    .parse(text)
}

/// A complete string literal of any form.
pub(crate) fn string(text: &str) -> Lexed<'_, &str> {
    recognize(preceded(opt(one_of("hH")), alt((multi_line_string, verbatim_string, escaped_string)))).parse(text)
}

fn multi_line_string(text: &str) -> Lexed<'_, ()> {
    let fenced = |fence: &'static str| delimited(tag(fence), take_until(fence), tag(fence));
    value((), alt((fenced("```"), fenced("~~~")))).parse(text)
}

fn verbatim_string(text: &str) -> Lexed<'_, ()> {
    let quoted = |quote: char, plain: &'static str, doubled: &'static str| {
        value(
            (),
            delimited(char(quote), many0_count(alt((value((), is_not(plain)), value((), tag(doubled))))), char(quote)),
        )
    };
    preceded(char('@'), alt((quoted('"', "\"\r\n", "\"\""), quoted('\'', "'\r\n", "''")))).parse(text)
}

fn escaped_string(text: &str) -> Lexed<'_, ()> {
    let quoted = |quote: char, plain: &'static str| {
        let escape = value((), pair(char('\\'), none_of("\r\n")));
        value((), delimited(char(quote), many0_count(alt((value((), is_not(plain)), escape))), char(quote)))
    };
    alt((quoted('"', "\"\\\r\n"), quoted('\'', "'\\\r\n"))).parse(text)
}

fn is_curly_quote(c: char) -> bool {
    matches!(c, '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}')
}

/// Text between typographic quotes, as word processors make them: no string, but meant as one.
fn curly_string(text: &str) -> Lexed<'_, &str> {
    let inner = take_while(|c| !is_curly_quote(c) && c != '\n' && c != '\r');
    recognize((satisfy(is_curly_quote), inner, opt(satisfy(is_curly_quote)))).parse(text)
}

/// What comments of other languages begin with.
const FOREIGN_COMMENTS: &[&str] = &["--", "/*", "# "];

fn foreign_mark(text: &str) -> Option<&'static str> {
    FOREIGN_COMMENTS.iter().copied().find(|mark| text.starts_with(mark))
}

/// What follows a comment of another language that stands at `start`. A `--` that begins one is no edge of a graph.
fn foreign_comment_at(text: &str, start: usize) -> Option<&str> {
    let rest = text.get(start..).filter(|rest| FOREIGN_COMMENTS.iter().any(|mark| rest.starts_with(mark)))?;
    let (after, _) = foreign_comment(rest).ok()?;
    // A bound, since a line may be as long as the text.
    let near = text.get(text.floor_char_boundary(start.saturating_sub(200))..start)?;
    let is_edge = near.rsplit('\n').next().is_some_and(|line| line.contains("graph"));
    (!is_edge).then_some(after)
}

/// A comment of SQL or C; one that is never closed takes the rest of the text.
fn foreign_comment(text: &str) -> Lexed<'_, &str> {
    let line = recognize((
        tag("--"),
        take_while1(|c| c == ' '),
        satisfy(char::is_alphabetic),
        take_while(|c| c != '\n' && c != '\r'),
    ));
    let closed = recognize((take_until("*/"), tag("*/")));
    let block = recognize((tag("/*"), alt((closed, take_while(|_| true)))));
    let hash = recognize(pair(tag("# "), take_while(|c| c != '\n' && c != '\r')));
    alt((line, block, hash)).parse(text)
}

/// A string literal that lacks its end: the rest of the line, or of the text for the multi-line forms.
fn unterminated_string(text: &str) -> Lexed<'_, &str> {
    let fence = pair(alt((tag("```"), tag("~~~"))), take_while(|_| true));
    let quote = (opt(char('@')), one_of("\"'"), take_while(|c| c != '\n' && c != '\r'));
    recognize(preceded(opt(one_of("hH")), alt((recognize(fence), recognize(quote))))).parse(text)
}
