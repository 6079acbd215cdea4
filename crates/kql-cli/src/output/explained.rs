//! The stages of a query, as `kql explain` shows them: aligned columns for people, JSON for programs.

mod follow;
mod json;
mod text;

use std::io::Write;

use anyhow::Result;
use kql_engine::explain::{Detail, Explained, Stage};
use kql_syntax::Span;
use kql_syntax::render::line_column;

use super::printable::printable;
use crate::arguments::ExplainFormat;
use crate::report::Source;

/// What is shown of one result of a query.
pub struct Shown<'s> {
    /// The name of the rule or file.
    pub title: &'s str,
    pub source: &'s Source<'s>,
    /// The name that the query gives the result.
    pub result: Option<&'s str>,
    pub explained: &'s Explained,
    pub asked: Option<Asked<'s>>,
}

/// Whose rows were followed.
#[derive(Clone, Copy)]
pub struct Asked<'s> {
    pub table: &'s str,
    pub predicate: &'s str,
}

/// Writes the stages of one result.
pub fn write(out: &mut (dyn Write + Send), format: ExplainFormat, shown: &Shown<'_>) -> Result<()> {
    match format {
        ExplainFormat::Table => text::write(out, shown),
        ExplainFormat::Json => Ok(writeln!(out, "{}", serde_json::to_string_pretty(&json::of(shown))?)?),
    }
}

impl Shown<'_> {
    /// The line of a place of the query, in the file that holds it.
    fn line(&self, span: Span) -> usize {
        line_column(self.source.text, self.source.query.in_file(span).start).0
    }

    /// What is written at a place of the query, on one line.
    fn written(&self, span: Span) -> String {
        let text = self.source.query.text().get(span.range()).unwrap_or_default();
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("//"));
        let words: Vec<String> = lines.flat_map(|line| line.split_whitespace().map(str::to_owned)).collect();
        printable(&words.join(" "))
    }

    /// A stage as it is written; what a function of the workspace does stands at its call.
    fn stage_text(&self, stage: &Stage) -> String {
        let written = self.written(stage.span);
        match &stage.detail {
            Detail::Table(name) if *name != written && !written.contains(&format!("'{name}'")) => {
                format!("{} (in {written})", printable(name))
            }
            _ => written,
        }
    }
}

/// The text, cut off where it is longer than so many characters.
fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// `1 row`, `2 rows`.
fn counted(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}
