//! What authors bring along from SQL, Splunk and other languages, and what KQL has in its place.

use super::basic::unexpected;
use super::infix;
use super::input::Tokens;
use crate::lexer::TokenKind;
use crate::{Diagnostic, codes};

/// Operators of other languages, in lower case, with what to write.
const OPERATORS: &[(&str, &str)] = &[
    ("select", "`project` chooses columns"),
    ("from", "a query begins with its table: `T | …`"),
    ("group", "write `summarize … by …`"),
    ("groupby", "write `summarize … by …`"),
    ("having", "`where` filters also after `summarize`"),
    ("stats", "write `summarize … by …`"),
    ("eval", "`extend` computes columns"),
    ("rename", "write `project-rename new = old`"),
    ("dedup", "write `distinct …`, or `summarize take_any(*) by …`"),
    ("unique", "write `distinct …`"),
    ("head", "write `take 10`, or `top 10 by …` for the first in an order"),
    ("tail", "write `top 10 by … asc`"),
    ("table", "`project` chooses columns"),
    ("drop", "`project-away` drops columns"),
    ("rex", "`parse`, or `extend … = extract(…)`"),
    ("append", "write `union (…)`"),
    ("expand", "write `mv-expand …`"),
    ("explode", "write `mv-expand …`"),
    ("left", "write `join kind=leftouter (…) on …`"),
    ("right", "write `join kind=rightouter (…) on …`"),
    ("inner", "write `join kind=inner (…) on …`"),
    ("full", "write `join kind=fullouter (…) on …`"),
    ("outer", "write `join kind=fullouter (…) on …`"),
    ("let", "`let` is a statement of its own: it stands before the query and ends with `;`"),
    ("set", "`extend` computes columns"),
    ("if", "`where` keeps rows; `iff(…)` chooses between values"),
];

/// What to write for an operator of another language.
pub(super) fn operator(keyword: &str) -> Option<&'static str> {
    let keyword = keyword.to_lowercase();
    OPERATORS.iter().find(|(foreign, _)| *foreign == keyword).map(|(_, native)| *native)
}

/// What to say of a token that follows a complete expression and cannot.
pub(super) fn after_expression(input: Tokens<'_>) -> Diagnostic {
    let (word, span) = (input.text(0), input.first().span);
    if input.last_text() == "not" {
        return expected(input).with_help(format!("`not` is a function: write `not({word} …)`"));
    }
    if input.kind() == TokenKind::Identifier {
        let lower = word.to_lowercase();
        let unknown = |help: String| {
            Diagnostic::error(codes::UNKNOWN_OPERATOR, format!("unknown operator `{word}`"), span).with_help(help)
        };
        match lower.as_str() {
            "is" if input.text(1).eq_ignore_ascii_case("not") => {
                return unknown("write `isnotnull(…)`, or `isnotempty(…)` for a string".to_owned());
            }
            "is" => return unknown("write `isnull(…)`, or `isempty(…)` for a string".to_owned()),
            "not" => {
                let next = input.text(1).to_lowercase();
                let known = matches!(next.as_str(), "in" | "has" | "contains" | "between" | "startswith" | "endswith");
                return unknown(match next.as_str() {
                    _ if known => format!("write `!{next}`"),
                    "like" => "write `!contains`, or `not(… matches regex …)`".to_owned(),
                    _ => "`not` is a function: write `not(…)`".to_owned(),
                });
            }
            "like" | "ilike" => {
                return unknown("write `has`, `contains`, `startswith`, or `matches regex`".to_owned());
            }
            "eq" | "equals" => return unknown("write `==`, or `=~` to ignore case".to_owned()),
            "ne" => return unknown("write `!=`".to_owned()),
            "descending" | "desc" => return unknown("write `desc`".to_owned()),
            "ascending" | "asc" => return unknown("write `asc`".to_owned()),
            "as" => return expected(input).with_help(format!("a name stands first: write `{} = …`", input.text(1))),
            "group" if input.text(1).eq_ignore_ascii_case("by") => {
                return expected(input).with_help("write `by …`, without `group`");
            }
            "xor" => return unknown("write `(a or b) and not(a and b)`".to_owned()),
            "matches" => return unknown("write `matches regex`".to_owned()),
            "regex" => return unknown("write `matches regex`".to_owned()),
            "notin" => return unknown("write `!in`".to_owned()),
            "nothas" => return unknown("write `!has`".to_owned()),
            _ => {}
        }
        if lower != word && infix::is_word_operator(&lower) {
            return unknown(format!("operators are written in small letters: `{lower}`"));
        }
    }
    let begins_item = matches!(
        input.kind(),
        TokenKind::Identifier
            | TokenKind::String
            | TokenKind::Long
            | TokenKind::Real
            | TokenKind::TimeSpan
            | TokenKind::TypedLiteral
            | TokenKind::OpenParenthesis
    );
    if begins_item {
        return expected(input)
            .with_help("items are separated by `,`, conditions joined by `and` or `or`, operators by `|`");
    }
    expected(input)
}

fn expected(input: Tokens<'_>) -> Diagnostic {
    unexpected(input, Some("`|`, `;` or the end of the query"))
}

/// Whether a text begins as SQL does.
pub(super) fn is_sql(input: Tokens<'_>) -> bool {
    input.kind() == TokenKind::Identifier
        && input.text(0).eq_ignore_ascii_case("select")
        && match input.look(1).kind {
            TokenKind::Star => true,
            TokenKind::Identifier => infix::operator(input.advance()).is_none(),
            _ => false,
        }
}
