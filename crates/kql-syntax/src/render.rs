//! Diagnostics for people: the source line with the place underlined, as rustc shows it.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::{Diagnostic, Severity, Span};

/// Whether a rendered diagnostic carries colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Plain text.
    Never,
    /// ANSI escape sequences.
    Always,
}

/// Renders a diagnostic about `span` of the file `path`, whose whole text is `text`.
///
/// The span is the file's: where a query is a part of a file, the caller has moved the diagnostic's own span.
pub fn render(diagnostic: &Diagnostic, span: Span, path: &str, text: &str, colour: Colour) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Hint => Level::NOTE,
    };
    let renderer = match colour {
        Colour::Never => Renderer::plain(),
        Colour::Always => Renderer::styled(),
    };
    let excerpt = Excerpt::of(text, span);
    let snippet = Snippet::source(excerpt.text)
        .path(path)
        .line_start(excerpt.first_line)
        .annotation(AnnotationKind::Primary.span(excerpt.span.range()));
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code);
    let mut group = Group::with_title(title).element(snippet);
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    renderer.render(&[group])
}

/// The lines that a span touches, and the span within them.
struct Excerpt<'a> {
    text: &'a str,
    first_line: usize,
    span: Span,
}

impl<'a> Excerpt<'a> {
    fn of(text: &'a str, span: Span) -> Excerpt<'a> {
        let mut start = text.floor_char_boundary(span.start);
        // The end of the text is shown where its last line with something on it ends.
        if start == text.len() {
            start = text.trim_end().len();
        }
        let end = text.ceil_char_boundary(span.end).clamp(start, text.len());
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let after = text.get(end..).unwrap_or_default();
        let line_end = after.find('\n').map_or(text.len(), |newline| end + newline);
        let lines = text.get(line_start..line_end).unwrap_or_default();
        Excerpt {
            text: lines.strip_suffix('\r').unwrap_or(lines),
            first_line: before.matches('\n').count() + 1,
            span: Span::new(start - line_start, end.saturating_sub(line_start).max(start - line_start)),
        }
    }
}

/// The 1-based line and column of a byte offset; columns count characters.
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..text.floor_char_boundary(offset)).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    (line, before.get(line_start..).unwrap_or_default().chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::{Colour, line_column, render};
    use crate::{Diagnostic, Span};

    #[test]
    fn columns_count_characters() {
        let text = "a\r\nžluť | x";
        assert_eq!(line_column(text, 0), (1, 1));
        assert_eq!(line_column(text, text.find('|').unwrap_or_default()), (2, 6));
        assert_eq!(line_column(text, 4_000), (2, 9));
    }

    #[test]
    fn any_span_can_be_rendered() {
        let text = "T\n| where é == 1\r\n";
        for start in 0..text.len() + 3 {
            for end in 0..text.len() + 3 {
                let diagnostic = Diagnostic::error("KQL0110", "no", Span::new(start, end)).with_help("try again");
                assert!(render(&diagnostic, diagnostic.span, "a.kql", text, Colour::Never).contains("a.kql:"));
            }
        }
        assert!(
            render(&Diagnostic::error("KQL0110", "no", Span::default()), Span::new(3, 9), "a", "", Colour::Always)
                .contains("no")
        );
    }
}
