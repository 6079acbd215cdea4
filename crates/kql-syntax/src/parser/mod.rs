//! Tokens to the syntax tree, with nom over tokens.
//!
//! A parser that meets something else than what it wants says what it wanted; brackets, pipes and semicolons are
//! where parsing takes up again, so that one run reports every mistake. Brackets are paired before parsing starts,
//! which makes every decision one of constant look-ahead: no text is parsed twice.

pub(crate) mod basic;
mod brackets;
pub(crate) mod expression;
mod habits;
mod infix;
pub(crate) mod input;
pub(crate) mod literal;
pub(crate) mod operator_parameters;
pub(crate) mod pipe;
mod spelling;
pub(crate) mod statement;

use self::input::{Role, State};
use crate::lexer::{Token, TokenKind, lex};
use crate::tree::Query;
use crate::{Diagnostic, Span, codes};

/// Longer texts are refused: places in them would not fit the tools that show them.
const MAXIMUM_LENGTH: usize = 64 * 1024 * 1024;

/// What parsing gives: a tree in any case, and what is wrong with the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    pub query: Query,
    /// In the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses a query text. Never fails: text that is wrong becomes error nodes and diagnostics.
pub fn parse(text: &str) -> Parsed {
    parse_tokens(text).parsed
}

/// A parsed text with its tokens.
pub(crate) struct ParsedTokens {
    pub(crate) parsed: Parsed,
    pub(crate) tokens: Vec<Token>,
    /// For each token what it turned out to be.
    pub(crate) roles: Vec<Role>,
}

pub(crate) fn parse_tokens(text: &str) -> ParsedTokens {
    if text.len() > MAXIMUM_LENGTH {
        let diagnostic = Diagnostic::error(codes::QUERY_TOO_LONG, "the query is too long", Span::new(0, 0));
        let parsed = Parsed { query: Query { statements: Vec::new() }, diagnostics: vec![diagnostic] };
        return ParsedTokens { parsed, tokens: Vec::new(), roles: Vec::new() };
    }
    let (mut tokens, diagnostics) = lex(text);
    // What is no token was reported; the parser goes on as if it were not there.
    tokens.retain(|token| token.kind != TokenKind::Unknown);
    let state = State::new(text, tokens, diagnostics);
    let statements = statement::statements(state.tokens()).map(|(_, statements)| statements).unwrap_or_default();
    let (diagnostics, tokens, roles) = state.into_parts();
    ParsedTokens { parsed: Parsed { query: Query { statements }, diagnostics }, tokens, roles }
}
