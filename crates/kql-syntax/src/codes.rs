//! The codes of the syntax diagnostics, `KQL01xx`. A code never changes its meaning.

/// A character that begins no token.
pub const UNEXPECTED_CHARACTER: &str = "KQL0101";
/// A string literal without its closing quote.
pub const UNTERMINATED_STRING: &str = "KQL0102";
/// An escape sequence that string literals do not have.
pub const UNKNOWN_ESCAPE: &str = "KQL0103";
/// A literal whose text is not of its type, such as `int(x)`.
pub const INVALID_LITERAL: &str = "KQL0104";
/// A number that its type cannot hold.
pub const NUMBER_OUT_OF_RANGE: &str = "KQL0105";
/// Something else stands where the grammar wants one of a few things.
pub const UNEXPECTED_TOKEN: &str = "KQL0110";
/// A bracket that is never closed.
pub const UNCLOSED_BRACKET: &str = "KQL0111";
/// A closing bracket that closes nothing.
pub const STRAY_BRACKET: &str = "KQL0112";
/// `=` where `==` is meant.
pub const ASSIGNMENT_FOR_EQUALITY: &str = "KQL0113";
/// An operator that KQL does not have.
pub const UNKNOWN_OPERATOR: &str = "KQL0114";
/// An operator without the `|` before it.
pub const MISSING_PIPE: &str = "KQL0115";
/// A statement without the `;` before it.
pub const MISSING_SEMICOLON: &str = "KQL0116";
/// A keyword where a name is wanted.
pub const RESERVED_WORD: &str = "KQL0117";
/// `a == b == c`.
pub const CHAINED_COMPARISON: &str = "KQL0118";
/// An operator that needs a table piped into it stands first.
pub const OPERATOR_WITHOUT_SOURCE: &str = "KQL0119";
/// Brackets, calls or operators nested deeper than the parser follows.
pub const NESTED_TOO_DEEPLY: &str = "KQL0120";
/// The text of a query is longer than the parser takes.
pub const QUERY_TOO_LONG: &str = "KQL0121";
/// A hole of a template that nothing has filled.
pub const UNFILLED_PLACEHOLDER: &str = "KQL0122";
/// An older spelling of an operator, or an older name of a function, that the documentation advises against.
pub const DEPRECATED: &str = "KQL0211";
