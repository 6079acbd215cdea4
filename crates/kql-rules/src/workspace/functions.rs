//! Stored functions as text: `.create function` commands, `let` functions, and plain bodies.

use kql_syntax::{Diagnostic, Severity, Span, tree};

use super::parser_yaml;
use crate::QueryText;

/// A file of functions that is not as it must be.
pub(super) const WRONG_FUNCTION: &str = "KQL0321";

/// The functions of a file, each as the text of a `let` statement.
pub(super) fn texts(path: &str, contents: &str) -> Result<Vec<(String, QueryText)>, Diagnostic> {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    if extension.eq_ignore_ascii_case("yaml") || extension.eq_ignore_ascii_case("yml") {
        return parser_yaml::texts(contents);
    }
    let commands = commands(contents);
    if !commands.is_empty() {
        return commands.into_iter().map(|(start, end)| command(contents, start, end)).collect();
    }
    let functions = let_functions(contents);
    if !functions.is_empty() {
        return Ok(functions);
    }
    let stem = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let name = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    Ok(vec![(name.to_owned(), let_statement(name, "()", QueryText::whole_file(contents), 0))])
}

/// The names of the functions of a file that says that it holds nothing else: commands, or `let` functions alone.
/// `None` for another, which may be a query.
pub(crate) fn declared(path: &str, contents: &str) -> Option<Result<Vec<String>, Diagnostic>> {
    let is_other = commands(contents).is_empty() && let_functions(contents).is_empty();
    (!is_other).then(|| names(texts(path, contents)?))
}

/// The names of the functions of a parser's YAML.
pub(crate) fn of_parser(contents: &str) -> Result<Vec<String>, Diagnostic> {
    names(parser_yaml::texts(contents)?)
}

fn names(texts: Vec<(String, QueryText)>) -> Result<Vec<String>, Diagnostic> {
    texts.into_iter().map(|(name, text)| parsed(&text).map(|_| name)).collect()
}

/// The statement that declares a function with this body.
pub(super) fn let_statement(name: &str, parameters: &str, body: QueryText, place: usize) -> QueryText {
    body.between(&format!("let {} = {parameters} {{\n", quoted(name)), "\n};", place)
}

/// A name as one that needs no quotes.
fn quoted(name: &str) -> String {
    format!("['{}']", name.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// The function of a `let` statement.
///
/// # Errors
/// The first mistake in it, with its place in the file.
pub(super) fn parsed(text: &QueryText) -> Result<tree::Function, Diagnostic> {
    let parsed = kql_syntax::parse(text.text());
    if let Some(wrong) = parsed.diagnostics.into_iter().find(|found| found.severity == Severity::Error) {
        return Err(Diagnostic { span: text.in_file(wrong.span), ..wrong });
    }
    let statement = parsed.query.statements.into_iter().next().map(|statement| statement.kind);
    match statement {
        Some(tree::StatementKind::Let {
            value: tree::Expr { kind: tree::ExprKind::Function(function), .. }, ..
        }) => Ok(*function),
        _ => Err(wrong(text.in_file(Span::default()), "this is no function")),
    }
}

fn wrong(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(WRONG_FUNCTION, message, span)
        .with_help("write `.create function Name(parameter: type) { body }`, `let Name = (parameter: type) { body };`, or a body alone")
}

/// Where the management commands of a file begin and end: at lines that begin with a dot.
fn commands(contents: &str) -> Vec<(usize, usize)> {
    let mut starts = Vec::new();
    let mut at = 0;
    for line in contents.split_inclusive('\n') {
        let word = line.trim_start_matches('\u{feff}').trim_start();
        if [".create", ".alter"].iter().any(|start| word.starts_with(start)) {
            starts.push(at + (line.len() - word.len()));
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([contents.len()]);
    starts.iter().copied().zip(ends).collect()
}

/// `.create-or-alter function with (folder='f') Name(parameters) { body }`.
fn command(contents: &str, start: usize, end: usize) -> Result<(String, QueryText), Diagnostic> {
    let text = contents.get(start..end).unwrap_or("");
    let fail = |at: usize, message: &str| wrong(Span::new(start + at, start + at + 1), message);
    let mut at = word_end(text, 0);
    let mut next = after_space(text, at);
    if text.get(next..word_end(text, next)) != Some("function") {
        return Err(fail(next, "only functions can be created here"));
    }
    loop {
        at = word_end(text, next);
        next = after_space(text, at);
        match text.get(next..word_end(text, next)) {
            Some("ifnotexists") => {}
            Some("with") => {
                let open = after_space(text, word_end(text, next));
                let close = text.get(open..).filter(|rest| rest.starts_with('(')).and_then(closing);
                let Some(close) = close else {
                    return Err(fail(open, "`with` is followed by properties in parentheses"));
                };
                next = open + close;
            }
            _ => break,
        }
    }
    let rest = text.get(next..).unwrap_or("");
    let name_length = match rest.strip_prefix('[') {
        Some(_) => rest.find(']').map_or(rest.len(), |close| close + 1),
        None => word_end(text, next) - next,
    };
    let name = rest.get(..name_length).unwrap_or("");
    let plain = name.trim_start_matches('[').trim_end_matches(']').trim_matches(['\'', '"']);
    let declaration = next + name_length;
    if plain.is_empty() || !text.get(declaration..).is_some_and(|rest| rest.trim_start().starts_with('(')) {
        return Err(fail(next, "the function's name and its parameters in parentheses must stand here"));
    }
    let declared = text.get(declaration..).unwrap_or("").trim_end();
    let range = start + declaration..start + declaration + declared.len();
    let body = QueryText::part_of_file(contents, range);
    Ok((plain.to_owned(), body.between(&format!("let {} = ", quoted(plain)), ";", start + next)))
}

/// Where the parenthesis that a text begins with is closed, the end of it.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '(') => depth += 1,
            (None, ')') if depth <= 1 => return Some(at + 1),
            (None, ')') => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The place after white space and comments.
fn after_space(text: &str, mut at: usize) -> usize {
    loop {
        let rest = text.get(at..).unwrap_or("");
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        if !trimmed.starts_with("//") {
            return at;
        }
        at += trimmed.find('\n').unwrap_or(trimmed.len());
    }
}

/// The end of the word at a place; a command's name has dots and hyphens in it.
fn word_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or("");
    at + rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))).unwrap_or(rest.len())
}

/// The functions of a file that has nothing but `let` functions.
fn let_functions(contents: &str) -> Vec<(String, QueryText)> {
    let parsed = kql_syntax::parse(contents);
    let mut found = Vec::new();
    for statement in &parsed.query.statements {
        match &statement.kind {
            tree::StatementKind::Let { name, value } if matches!(value.kind, tree::ExprKind::Function(_)) => {
                let text = QueryText::part_of_file(contents, statement.span.range());
                found.push((name.text.clone(), text.between("", ";", statement.span.end)));
            }
            _ => return Vec::new(),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The functions of a file: their names and texts.
    fn shown(path: &str, contents: &str) -> String {
        let texts = match texts(path, contents) {
            Ok(texts) => texts,
            Err(wrong) => return format!("{} {} at {}", wrong.code, wrong.message, wrong.span.start),
        };
        let shown = texts.iter().map(|(name, text)| match parsed(text) {
            Ok(function) => format!("{name}/{}: {}", function.parameters.len(), text.text().replace('\n', "⏎")),
            Err(wrong) => format!("{name}: {} {} at {}", wrong.code, wrong.message, wrong.span.start),
        });
        shown.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn commands_make_functions() {
        let contents = "// ours\n.create-or-alter function with (folder=\"a (b\", skipvalidation=true)\n  F(a: long, T: (*)) {\n  T | take a\n}\n\n.create function ifnotexists ['G'] () { 1 }\n";
        insta::assert_snapshot!(shown("f.kql", contents), @"
        F/2: let ['F'] = (a: long, T: (*)) {⏎  T | take a⏎};
        G/0: let ['G'] =  () { 1 };
        ");
    }

    #[test]
    fn let_statements_and_bodies_make_functions() {
        insta::assert_snapshot!(shown("x.kql", "let A = (x: long) { x + 1 };\nlet B = () { A(1) };\n"), @"
        A/1: let A = (x: long) { x + 1 };
        B/0: let B = () { A(1) };
        ");
        insta::assert_snapshot!(shown("parsers/vimX.kql", "let c = 1;\nT | take c"), @"vimX/0: let ['vimX'] = () {⏎let c = 1;⏎T | take c⏎};");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        insta::assert_snapshot!(shown("f.kql", ".create table T (a: long)"), @"KQL0321 only functions can be created here at 8");
        insta::assert_snapshot!(shown("f.kql", ".create function F"), @"KQL0321 the function's name and its parameters in parentheses must stand here at 17");
        let contents = ".create function F() { T | were a }";
        let wrong = shown("f.kql", contents);
        assert!(wrong.ends_with(&format!("at {}", contents.find("were").unwrap())), "{wrong}");
    }
}
