//! What the parsers read: a window on the tokens with the state that all of them share.

use std::cell::{Cell, RefCell};
use std::iter::Enumerate;

use nom::error::{ErrorKind, ParseError};
use nom::{IResult, Input, Needed};

use super::brackets;
use crate::lexer::{Token, TokenKind};
use crate::{Diagnostic, Span, codes};

/// How deep brackets, calls and operators may nest; a debug build then stays within a thread's 2 MB.
const MAXIMUM_NESTING: usize = 64;

/// How high a tree may grow, brackets and chains such as `a + b + c …` together: later stages walk it recursively.
const MAXIMUM_HEIGHT: usize = 300;

/// Nobody reads more; a text with more mistakes is no query.
const MAXIMUM_DIAGNOSTICS: usize = 200;

/// A parser's result.
pub(crate) type Outcome<'a, T> = IResult<Tokens<'a>, T, SyntaxError>;

/// What a token turned out to be, where its kind does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Role {
    #[default]
    Plain,
    /// An operator between two operands.
    Infix,
    /// The sign of an operand.
    Sign,
    /// The `=` of an operator's parameter.
    ParameterAssignment,
    /// The parenthesis of a call.
    Call,
}

/// What all parsers of one text share.
pub(crate) struct State<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    /// For each token that is a bracket, the position of its partner.
    partners: Vec<Option<usize>>,
    diagnostics: RefCell<Vec<Diagnostic>>,
    /// For each token what it turned out to be, for the formatter.
    roles: RefCell<Vec<Role>>,
    nesting: Cell<usize>,
    /// The nesting of the statements being parsed.
    statement_nesting: Cell<usize>,
    height: Cell<usize>,
}

impl<'a> State<'a> {
    pub(crate) fn new(text: &'a str, tokens: Vec<Token>, diagnostics: Vec<Diagnostic>) -> State<'a> {
        let mut diagnostics = diagnostics;
        let tokens = brackets::close(text, tokens, &mut diagnostics);
        let partners = brackets::partners(&tokens);
        diagnostics.truncate(MAXIMUM_DIAGNOSTICS / 2);
        let diagnostics = RefCell::new(diagnostics);
        let (nesting, statement_nesting, height) = Default::default();
        let roles = RefCell::new(vec![Role::Plain; tokens.len()]);
        State { text, tokens, partners, diagnostics, roles, nesting, statement_nesting, height }
    }

    pub(crate) fn tokens(&'a self) -> Tokens<'a> {
        Tokens { state: self, start: 0, end: self.tokens.len() }
    }

    /// The diagnostics in the order of the text, one a place; the tokens, and what they turned out to be.
    pub(crate) fn into_parts(self) -> (Vec<Diagnostic>, Vec<Token>, Vec<Role>) {
        let mut diagnostics = self.diagnostics.into_inner();
        diagnostics.sort_by_key(|diagnostic| diagnostic.span);
        diagnostics.dedup_by_key(|diagnostic| diagnostic.span);
        (diagnostics, self.tokens, self.roles.into_inner())
    }
}

/// A window on the tokens: nom's input. It always ends with the [`TokenKind::End`] of the text.
#[derive(Clone, Copy)]
pub(crate) struct Tokens<'a> {
    state: &'a State<'a>,
    start: usize,
    end: usize,
}

impl<'a> Tokens<'a> {
    /// The token that is `ahead` tokens away.
    pub(crate) fn look(&self, ahead: usize) -> Token {
        let tokens = &self.state.tokens;
        tokens.get(self.start.saturating_add(ahead)).or_else(|| tokens.last()).copied().unwrap_or(END)
    }

    pub(crate) fn first(&self) -> Token {
        self.look(0)
    }

    pub(crate) fn kind(&self) -> TokenKind {
        self.first().kind
    }

    /// The source text of the token that is `ahead` tokens away.
    pub(crate) fn text(&self, ahead: usize) -> &'a str {
        self.text_of(self.look(ahead).span)
    }

    pub(crate) fn text_of(&self, span: Span) -> &'a str {
        self.state.text.get(span.range()).unwrap_or_default()
    }

    /// The window without its first token; the end stays.
    pub(crate) fn advance(&self) -> Tokens<'a> {
        self.skip(1)
    }

    pub(crate) fn skip(&self, count: usize) -> Tokens<'a> {
        Tokens { start: self.start.saturating_add(count).min(self.end), ..*self }
    }

    pub(crate) fn position(&self) -> usize {
        self.start
    }

    pub(crate) fn at(&self, position: usize) -> Tokens<'a> {
        Tokens { start: position.min(self.end), ..*self }
    }

    /// Where the token before the window ends: the end of what was parsed last.
    pub(crate) fn last_end(&self) -> usize {
        self.start.checked_sub(1).and_then(|last| self.state.tokens.get(last)).map_or(0, |token| token.span.end)
    }

    /// The token before the window.
    pub(crate) fn last_text(&self) -> &'a str {
        self.start.checked_sub(1).map_or("", |last| self.at(last).text(0))
    }

    /// From `start` to the end of what was parsed last.
    pub(crate) fn span_from(&self, start: usize) -> Span {
        Span::new(start, self.last_end().max(start))
    }

    /// Whether the token that is `ahead` tokens away follows the one before without white space.
    pub(crate) fn adjacent(&self, ahead: usize) -> bool {
        let Some(before) = (self.start + ahead).checked_sub(1).and_then(|index| self.state.tokens.get(index)) else {
            return false;
        };
        before.span.end == self.look(ahead).span.start
    }

    /// Whether a line break stands before the first token.
    pub(crate) fn on_new_line(&self) -> bool {
        self.text_of(Span::new(self.last_end(), self.first().span.start)).contains('\n')
    }

    /// The window at the partner of the bracket that stands first.
    pub(crate) fn partner(&self) -> Option<Tokens<'a>> {
        self.state.partners.get(self.start).copied().flatten().map(|position| self.at(position))
    }

    /// Notes what the first token is.
    pub(crate) fn mark(&self, role: Role) {
        if let Some(noted) = self.state.roles.borrow_mut().get_mut(self.start) {
            *noted = role;
        }
    }

    /// Whether the first token stands for a closing bracket that the author left out.
    pub(crate) fn is_put_in(&self) -> bool {
        let Token { kind, span } = self.first();
        span.start == span.end && kind != TokenKind::End
    }

    pub(crate) fn report(&self, diagnostic: Diagnostic) {
        // That a bracket is missing here was said at the one that opens.
        if self.is_put_in() && diagnostic.span == self.first().span {
            return;
        }
        // What stands in the place of a placeholder is not known, nor what may follow it.
        let last = self.start.checked_sub(1).and_then(|last| self.state.tokens.get(last));
        if last.is_some_and(|last| last.kind == TokenKind::Placeholder) && diagnostic.span == self.first().span {
            return;
        }
        let mut diagnostics = self.state.diagnostics.borrow_mut();
        if diagnostics.len() < MAXIMUM_DIAGNOSTICS {
            diagnostics.push(diagnostic);
        }
    }

    /// Reports and gives up: parsing goes on at the next place of recovery.
    pub(crate) fn fail<T>(&self, diagnostic: Diagnostic) -> Outcome<'a, T> {
        self.report(diagnostic);
        Err(nom::Err::Failure(SyntaxError { at: self.start, expected: None }))
    }

    /// Says what would have been right here.
    pub(crate) fn expected<T>(&self, what: &'static str) -> Outcome<'a, T> {
        Err(nom::Err::Error(SyntaxError { at: self.start, expected: Some(what) }))
    }

    /// Parses something that holds other expressions: one level deeper, one level higher.
    pub(crate) fn nested<T>(&self, parse: impl FnOnce(Tokens<'a>) -> Outcome<'a, T>) -> Outcome<'a, T> {
        let nesting = self.state.nesting.get();
        if nesting >= MAXIMUM_NESTING {
            return self.too_deep();
        }
        self.state.nesting.set(nesting + 1);
        let height = self.state.height.replace(0);
        let outcome = parse(*self);
        self.state.nesting.set(nesting);
        self.state.height.set(height.max(self.state.height.get() + 1));
        outcome
    }

    /// The greatest height of the trees parsed since it was last set.
    pub(crate) fn height(&self) -> usize {
        self.state.height.get()
    }

    /// Sets what [`Tokens::height`] tells; gives what it told before.
    pub(crate) fn set_height(&self, height: usize) -> usize {
        self.state.height.replace(height)
    }

    /// Refuses a tree of this height if it is too high.
    pub(crate) fn check_height(&self, height: usize) -> Outcome<'a, usize> {
        if height > MAXIMUM_HEIGHT { self.too_deep() } else { Ok((*self, height)) }
    }

    /// Whether no bracket is open but the braces of a function's body, if it stands in one.
    pub(crate) fn in_statement(&self) -> bool {
        self.state.nesting.get() == self.state.statement_nesting.get()
    }

    /// Parses statements: what follows them may begin another one.
    pub(crate) fn in_statements<T>(&self, parse: impl FnOnce(Tokens<'a>) -> T) -> T {
        let before = self.state.statement_nesting.replace(self.state.nesting.get());
        let parsed = parse(*self);
        self.state.statement_nesting.set(before);
        parsed
    }

    fn too_deep<T>(&self) -> Outcome<'a, T> {
        let known = self.state.diagnostics.borrow().iter().any(|known| known.code == codes::NESTED_TOO_DEEPLY);
        if known {
            return Err(nom::Err::Failure(SyntaxError { at: self.start, expected: None }));
        }
        let message = "this is nested too deeply";
        self.fail(
            Diagnostic::error(codes::NESTED_TOO_DEEPLY, message, self.first().span)
                .with_help("name the inner parts with `let`"),
        )
    }
}

const END: Token = Token { kind: TokenKind::End, span: Span { start: 0, end: 0 } };

impl<'a> Input for Tokens<'a> {
    type Item = Token;
    type Iter = std::vec::IntoIter<Token>;
    type IterIndices = Enumerate<Self::Iter>;

    fn input_len(&self) -> usize {
        self.end.saturating_sub(self.start)
    }

    fn take(&self, index: usize) -> Self {
        Tokens { end: self.start.saturating_add(index).min(self.end), ..*self }
    }

    fn take_from(&self, index: usize) -> Self {
        self.skip(index)
    }

    fn take_split(&self, index: usize) -> (Self, Self) {
        (self.take_from(index), self.take(index))
    }

    fn position<P: Fn(Token) -> bool>(&self, predicate: P) -> Option<usize> {
        self.state.tokens.get(self.start..self.end)?.iter().position(|token| predicate(*token))
    }

    fn iter_elements(&self) -> Self::Iter {
        self.state.tokens.get(self.start..self.end).unwrap_or_default().to_vec().into_iter()
    }

    fn iter_indices(&self) -> Self::IterIndices {
        self.iter_elements().enumerate()
    }

    fn slice_index(&self, count: usize) -> Result<usize, Needed> {
        if count <= self.input_len() { Ok(count) } else { Err(Needed::new(count - self.input_len())) }
    }
}

/// Why a parser did not succeed. An `Error` of nom's means «this does not begin here», a `Failure` «this began, and
/// is wrong».
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    /// The position of the token that is wrong.
    pub(crate) at: usize,
    /// What would have been right; nothing when the mistake was reported already.
    pub(crate) expected: Option<&'static str>,
}

impl<'a> ParseError<Tokens<'a>> for SyntaxError {
    fn from_error_kind(input: Tokens<'a>, _: ErrorKind) -> Self {
        SyntaxError { at: input.start, expected: Some("something else") }
    }

    fn append(_: Tokens<'a>, _: ErrorKind, other: Self) -> Self {
        other
    }

    /// The alternative that came furthest knows best.
    fn or(self, other: Self) -> Self {
        if other.at > self.at { other } else { self }
    }
}
