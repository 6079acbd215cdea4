//! The formatter: one operator a line, statements on lines of their own, even spaces.
//!
//! It lays out the tokens of the text and changes none of them, so comments and spellings survive. The parser says
//! what a token's kind does not: which `-` is a sign, which `=` belongs to a parameter.

use crate::lexer::{Token, TokenKind, skip_space};
use crate::parser::input::Role;
use crate::parser::{ParsedTokens, parse, parse_tokens};
use crate::{Diagnostic, Severity, tree_text};

/// Lines are wrapped where they would get longer, at a comma or before `and` and `or`.
const WIDTH: usize = 120;

/// What lies in brackets and holds a pipe stays on one line up to this length.
const LONGEST_INLINE_PIPE: usize = 80;

const INDENT: usize = 4;

/// Formats a query text; the errors of a text that cannot be parsed.
///
/// Each operator begins a line, `| operator`, and each statement too; infix operators get spaces; line breaks that the
/// author made in lists, after commas and around `and` and `or`, stay. Formatting twice changes nothing more, and
/// the tree of the text stays what it was.
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    layout(text).map(|layout| layout.unwrap_or_else(|| text.to_owned()))
}

/// What [`format`] makes of a text; `None` where the new layout would read differently, so that the author's own stays.
/// That is a defect of the formatter, not of the text.
pub fn layout(text: &str) -> Result<Option<String>, Vec<Diagnostic>> {
    let parsed = parse_tokens(text);
    if parsed.parsed.diagnostics.iter().any(|it| it.severity == Severity::Error) {
        return Err(parsed.parsed.diagnostics);
    }
    let formatted = Layout::new(text, &parsed).run();
    // A layout that reads differently would be a defect; the author's own is always right.
    let same = tree_text(&parse(&formatted).query) == tree_text(&parsed.parsed.query);
    Ok(same.then_some(formatted))
}

/// What stands between two tokens.
struct Gap<'a> {
    comments: Vec<Comment<'a>>,
    /// Line breaks after the last comment, or in all.
    breaks: usize,
}

struct Comment<'a> {
    text: &'a str,
    /// Line breaks before it.
    breaks: usize,
}

impl<'a> Gap<'a> {
    fn of(text: &'a str) -> Gap<'a> {
        let mut rest = text;
        let mut gap = Gap { comments: Vec::new(), breaks: 0 };
        while !rest.is_empty() {
            let after = skip_space(rest);
            let space = rest.get(..rest.len() - after.len()).unwrap_or_default();
            gap.breaks += space.matches('\n').count();
            let end = after.find(['\n', '\r']).unwrap_or(after.len());
            let (comment, after) = after.split_at(end);
            if !comment.is_empty() {
                gap.comments.push(Comment { text: comment.trim_end(), breaks: gap.breaks });
                gap.breaks = 0;
            }
            rest = after;
        }
        gap
    }
}

/// Brackets that are open, or the whole text.
struct Frame {
    /// Whether pipes and semicolons begin new lines here.
    is_block: bool,
    /// Where lines of the contents begin.
    indent: usize,
    /// Where the line of the opening bracket begins.
    outer: usize,
}

struct Layout<'a> {
    text: &'a str,
    tokens: &'a [Token],
    roles: &'a [Role],
    /// For each opening bracket whether it is a block.
    blocks: Vec<bool>,
    frames: Vec<Frame>,
    formatted: String,
    column: usize,
    /// Where the current line begins.
    line_indent: usize,
}

impl<'a> Layout<'a> {
    fn new(text: &'a str, parsed: &'a ParsedTokens) -> Layout<'a> {
        let mut layout = Layout {
            text,
            tokens: &parsed.tokens,
            roles: &parsed.roles,
            blocks: Vec::new(),
            frames: vec![Frame { is_block: true, indent: 0, outer: 0 }],
            formatted: String::with_capacity(text.len() * 2),
            column: 0,
            line_indent: 0,
        };
        layout.blocks = layout.find_blocks();
        layout
    }

    /// Which brackets are laid out over several lines: what holds statements, several pipes, or a long pipe.
    fn find_blocks(&self) -> Vec<bool> {
        struct Open {
            position: usize,
            pipes: usize,
            forced: bool,
            length: usize,
        }
        let mut blocks = vec![false; self.tokens.len()];
        let mut open: Vec<Open> = Vec::new();
        for (position, token) in self.tokens.iter().enumerate() {
            let has_comment = position > 0 && !self.gap(position).comments.is_empty();
            let length = token.span.end - token.span.start + 1;
            if let Some(open) = open.last_mut() {
                open.length += length;
                open.forced |= token.kind == TokenKind::Semicolon || has_comment;
                open.pipes += usize::from(token.kind == TokenKind::Pipe);
            }
            if is_open(token.kind) {
                open.push(Open { position, pipes: 0, forced: false, length: 0 });
            } else if is_close(token.kind)
                && let Some(closed) = open.pop()
            {
                let is_code = closed.pipes > 0 || self.is_code_brace(closed.position);
                let is_long = closed.pipes > 1 || closed.length > LONGEST_INLINE_PIPE;
                let has_statements = closed.forced && (is_code || self.holds_semicolon(closed.position, position));
                let is_block = has_statements || (is_code && is_long);
                if let Some(block) = blocks.get_mut(closed.position) {
                    *block = is_block;
                }
                if let Some(outer) = open.last_mut() {
                    outer.length += closed.length;
                    outer.forced |= is_block && (outer.pipes > 0 || self.is_code_brace(outer.position));
                }
            }
        }
        blocks
    }

    /// Whether a semicolon stands between two brackets, and in no other brackets between.
    fn holds_semicolon(&self, open: usize, close: usize) -> bool {
        // The last token before the bracket is one, as in `( step …; step …; )`.
        close > open + 1 && self.kind(close - 1) == TokenKind::Semicolon
    }

    /// Whether a `{` begins code, not a bag of `dynamic`.
    fn is_code_brace(&self, position: usize) -> bool {
        let before = position.checked_sub(1).map_or(TokenKind::Comma, |before| self.kind(before));
        self.kind(position) == TokenKind::OpenBrace
            && !matches!(
                before,
                TokenKind::OpenParenthesis | TokenKind::OpenBracket | TokenKind::Comma | TokenKind::Colon
            )
    }

    fn kind(&self, position: usize) -> TokenKind {
        self.tokens.get(position).map_or(TokenKind::End, |token| token.kind)
    }

    fn role(&self, position: usize) -> Role {
        self.roles.get(position).copied().unwrap_or_default()
    }

    fn token_text(&self, position: usize) -> &'a str {
        self.tokens.get(position).and_then(|token| self.text.get(token.span.range())).unwrap_or_default()
    }

    /// What stands before a token.
    fn gap(&self, position: usize) -> Gap<'a> {
        let start = position.checked_sub(1).and_then(|before| self.tokens.get(before)).map_or(0, |it| it.span.end);
        let end = self.tokens.get(position).map_or(self.text.len(), |token| token.span.start);
        Gap::of(self.text.get(start..end).unwrap_or_default())
    }

    fn run(mut self) -> String {
        for position in 0..self.tokens.len() {
            let kind = self.kind(position);
            if is_close(kind) && self.frames.len() > 1 {
                self.close(position);
                continue;
            }
            let indent = self.indent_of(position);
            let has_break = self.comments(position, indent) || self.wants_break(position);
            self.separate(position, has_break, indent);
            if kind == TokenKind::End {
                break;
            }
            self.write(self.token_text(position));
            if is_open(kind) {
                let is_block = self.blocks.get(position).copied().unwrap_or_default();
                let outer = self.line_indent;
                self.frames.push(Frame { is_block, indent: outer + INDENT, outer });
            }
        }
        let length = self.formatted.trim_end().len();
        self.formatted.truncate(length);
        if !self.formatted.is_empty() {
            self.formatted.push('\n');
        }
        self.formatted
    }

    fn close(&mut self, position: usize) {
        let Some(frame) = self.frames.last() else { return };
        let (is_block, inner, outer) = (frame.is_block, frame.indent, frame.outer);
        let had_comment = self.comments(position, inner);
        self.frames.pop();
        let is_empty = position > 0 && is_open(self.kind(position - 1));
        let has_break = had_comment || (!is_empty && (is_block || self.gap(position).breaks > 0));
        self.separate(position, has_break, outer);
        self.write(self.token_text(position));
    }

    /// Where a line that begins with this token begins.
    fn indent_of(&self, position: usize) -> usize {
        let Some(frame) = self.frames.last() else { return 0 };
        let before = position.checked_sub(1).map_or(TokenKind::Semicolon, |before| self.kind(before));
        let begins = before == TokenKind::Semicolon
            || is_open(before)
            || matches!(self.kind(position), TokenKind::Pipe | TokenKind::End)
            || !frame.is_block;
        if begins { frame.indent } else { frame.indent + INDENT }
    }

    /// Writes the comments before a token; whether the token must begin a line.
    fn comments(&mut self, position: usize, indent: usize) -> bool {
        let comments = self.gap(position).comments;
        let has_comments = !comments.is_empty();
        let mut first = true;
        for comment in comments {
            if self.formatted.is_empty() {
            } else if comment.breaks == 0 && first {
                self.formatted.push(' ');
            } else {
                self.new_line(indent, comment.breaks > 1);
            }
            first = false;
            self.write(comment.text);
        }
        has_comments
    }

    /// Whether a line begins with this token, comments aside.
    fn wants_break(&self, position: usize) -> bool {
        let Some(before) = position.checked_sub(1) else { return false };
        let frame_is_block = self.frames.last().is_some_and(|frame| frame.is_block);
        let kind = self.kind(position);
        let last = self.kind(before);
        if kind == TokenKind::End {
            return false;
        }
        if frame_is_block && (last == TokenKind::Semicolon || (kind == TokenKind::Pipe && !is_open(last))) {
            return kind != TokenKind::Semicolon;
        }
        if is_open(last) && self.blocks.get(before).copied().unwrap_or_default() {
            return true;
        }
        let is_list = last == TokenKind::Comma;
        let can_break = is_list || is_open(last) || self.is_logical(position) || self.is_logical(before);
        if can_break && self.gap(position).breaks > 0 {
            return true;
        }
        (is_list || self.is_logical(position)) && self.column + 1 + self.width_from(position) > WIDTH
    }

    fn is_logical(&self, position: usize) -> bool {
        self.role(position) == Role::Infix && matches!(self.token_text(position), "and" | "or")
    }

    /// The width of what comes up to the next place where the line can be broken.
    fn width_from(&self, position: usize) -> usize {
        let mut width = self.token_text(position).chars().count();
        for next in position + 1..self.tokens.len() {
            let kind = self.kind(next);
            let is_block = self.blocks.get(next).copied().unwrap_or_default();
            if matches!(kind, TokenKind::Pipe | TokenKind::End) || self.is_logical(next) || width > WIDTH {
                break;
            }
            width += usize::from(self.has_space(next)) + self.token_text(next).chars().count();
            if matches!(kind, TokenKind::Comma | TokenKind::Semicolon) || is_block {
                break;
            }
        }
        width
    }

    /// Goes to where the token is written: a new line, or after a space or none.
    fn separate(&mut self, position: usize, has_break: bool, indent: usize) {
        let Some(before) = position.checked_sub(1) else {
            if has_break {
                self.new_line(indent, self.gap(position).breaks > 1);
            }
            return;
        };
        if has_break {
            let is_statement = self.kind(before) == TokenKind::Semicolon;
            self.new_line(indent, is_statement && self.gap(position).breaks > 1);
        } else if self.kind(position) != TokenKind::End && self.has_space(position) {
            self.write(" ");
        }
    }

    /// Whether a space stands before the token, within a line.
    fn has_space(&self, position: usize) -> bool {
        let Some(before) = position.checked_sub(1) else { return false };
        let (last, kind) = (self.kind(before), self.kind(position));
        let was_adjacent = match (self.tokens.get(before), self.tokens.get(position)) {
            (Some(before), Some(token)) => before.span.end == token.span.start,
            _ => true,
        };
        match (last, kind) {
            (_, TokenKind::Comma | TokenKind::Semicolon | TokenKind::Dot) | (TokenKind::Dot, _) => false,
            (TokenKind::Comma | TokenKind::Semicolon, _) => true,
            (TokenKind::OpenBrace, TokenKind::CloseBrace) => false,
            (TokenKind::OpenBrace, _) => self.is_code_brace(before),
            (_, TokenKind::CloseBrace) => !matches!(last, TokenKind::CloseBrace) && self.closes_code(position),
            (TokenKind::OpenParenthesis | TokenKind::OpenBracket, _) => false,
            (_, TokenKind::CloseParenthesis | TokenKind::CloseBracket) => false,
            (_, TokenKind::Colon) => false,
            (TokenKind::Colon, _) => self.role(before) != Role::Infix,
            (_, TokenKind::Pipe | TokenKind::FatArrow) | (TokenKind::Pipe | TokenKind::FatArrow, _) => true,
            (_, TokenKind::Equal) => self.role(position) != Role::ParameterAssignment,
            (TokenKind::Equal, _) => self.role(before) != Role::ParameterAssignment,
            (_, TokenKind::OpenBrace) => self.is_code_brace(position),
            (_, TokenKind::OpenParenthesis) if self.role(position) == Role::Call => false,
            (_, TokenKind::OpenParenthesis) if self.wants_space_before_parenthesis(before) => true,
            _ if self.role(before) == Role::Sign => false,
            _ if self.role(before) == Role::Infix || self.role(position) == Role::Infix => true,
            _ => !was_adjacent,
        }
    }

    /// Whether an operator's keyword or parameter stands here, so that a parenthesis after it is not a call's.
    fn wants_space_before_parenthesis(&self, position: usize) -> bool {
        let is_value = position.checked_sub(1).is_some_and(|before| self.role(before) == Role::ParameterAssignment);
        let is_keyword = matches!(
            self.token_text(position),
            "as" | "by"
                | "declare"
                | "fork"
                | "in"
                | "join"
                | "lookup"
                | "of"
                | "on"
                | "to"
                | "union"
                | "view"
                | "with"
        );
        is_value || is_keyword
    }

    /// Whether a `}` ends code.
    fn closes_code(&self, position: usize) -> bool {
        let mut depth = 0_usize;
        for before in (0..position).rev() {
            let kind = self.kind(before);
            if is_close(kind) {
                depth += 1;
            } else if is_open(kind) {
                if depth == 0 {
                    return self.is_code_brace(before);
                }
                depth -= 1;
            }
        }
        false
    }

    fn write(&mut self, text: &str) {
        self.formatted.push_str(text);
        self.column = match text.rsplit_once('\n') {
            Some((_, last)) => last.chars().count(),
            None => self.column + text.chars().count(),
        };
    }

    fn new_line(&mut self, indent: usize, blank: bool) {
        if !self.formatted.is_empty() {
            self.formatted.push_str(if blank { "\n\n" } else { "\n" });
        }
        self.formatted.extend(std::iter::repeat_n(' ', indent));
        self.column = indent;
        self.line_indent = indent;
    }
}

fn is_open(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::OpenParenthesis | TokenKind::OpenBracket | TokenKind::OpenBrace)
}

fn is_close(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::CloseParenthesis | TokenKind::CloseBracket | TokenKind::CloseBrace)
}
