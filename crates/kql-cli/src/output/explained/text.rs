//! Aligned columns for people.

use std::io::Write;

use anyhow::Result;
use kql_engine::explain::{Detail, Followed, JoinDetail, Loss, Pipeline, Sample, Stage};
use kql_semantics::plan::JoinKind;
use kql_types::Value;

use super::follow::{End, Step, Way, branch_name, ways};
use super::{Shown, counted, shortened};
use crate::output::printable::printable;

/// How wide the text of a stage is at most.
const WIDTH: usize = 72;

/// A line of the table: a stage, or what is to be said of the one before.
enum Line {
    Stage { line: usize, text: String, rows_in: String, rows_out: String, time: String },
    Note(String),
}

/// Writes the stages, and the ways of the followed rows.
pub fn write(out: &mut (dyn Write + Send), shown: &Shown<'_>) -> Result<()> {
    match shown.result {
        Some(result) => writeln!(out, "{}: {}", super::printable(shown.title), super::printable(result))?,
        None => writeln!(out, "{}", super::printable(shown.title))?,
    }
    let mut lines = Vec::new();
    gather(shown, &shown.explained.pipeline, 0, &mut lines);
    let width = lines.iter().filter_map(|line| match line {
        Line::Stage { text, .. } => Some(console::measure_text_width(text)),
        Line::Note(_) => None,
    });
    let width = width.max().unwrap_or(0).max(5);
    writeln!(out, "{:>5}  {:width$}  {:>9}  {:>9}  {:>10}", "line", "stage", "rows in", "rows out", "time")?;
    for line in &lines {
        match line {
            Line::Note(text) => writeln!(out, "{:>5}  {text}", "")?,
            Line::Stage { line, text, rows_in, rows_out, time } => {
                let fill = " ".repeat(width.saturating_sub(console::measure_text_width(text)));
                let row = format!("{line:>5}  {text}{fill}  {rows_in:>9}  {rows_out:>9}  {time:>10}");
                writeln!(out, "{}", row.trim_end())?;
            }
        }
    }
    let last = shown.explained.pipeline.stages.last().map_or(0, |stage| stage.rows_out);
    if last != shown.explained.query_rows {
        let rows = counted(shown.explained.query_rows, "row");
        writeln!(out, "=> the query gives {rows}: later filters have a say in which rows innerunique drops")?;
    }
    if let Some(verdict) = verdict(shown) {
        writeln!(out, "=> {verdict}")?;
    }
    if let Some(asked) = shown.asked {
        writeln!(out)?;
        writeln!(out, "why: rows of {} where {}", printable(asked.table), printable(asked.predicate))?;
        for way in ways(&shown.explained.pipeline, &shown.explained.reads) {
            write_way(out, shown, &way)?;
        }
    }
    Ok(())
}

/// Where the last rows are lost, if none come out.
fn verdict(shown: &Shown<'_>) -> Option<String> {
    let stages = &shown.explained.pipeline.stages;
    let stage = match stages.last()?.rows_out {
        0 => stages.iter().find(|stage| stage.rows_out == 0)?,
        _ => return None,
    };
    let text = shortened(&shown.stage_text(stage), WIDTH);
    let line = shown.line(stage.span);
    Some(match stage.rows_in {
        None => format!("no rows come out: `{text}` in line {line} has none"),
        Some(_) => format!("no rows come out: line {line} leaves none, `{text}`"),
    })
}

fn gather(shown: &Shown<'_>, pipeline: &Pipeline, depth: usize, lines: &mut Vec<Line>) {
    let indent = "    ".repeat(depth);
    for (position, stage) in pipeline.stages.iter().enumerate() {
        for branch in &stage.branches {
            lines.push(Line::Note(format!("{indent}    {}:", branch_name(branch.kind))));
            gather(shown, &branch.pipeline, depth + 1, lines);
        }
        let pipe = if position > 0 { "| " } else { "" };
        let most = WIDTH.saturating_sub(indent.len() + pipe.len()).max(20);
        lines.push(Line::Stage {
            line: shown.line(stage.span),
            text: match stage.detail {
                Detail::Again => format!("{indent}{pipe}(as computed before)"),
                _ if ends_earlier(pipeline, position) => {
                    format!("{indent}{pipe}(end of `{}`)", shortened(&shown.stage_text(stage), most.saturating_sub(11)))
                }
                _ => format!("{indent}{pipe}{}", shortened(&shown.stage_text(stage), most)),
            },
            rows_in: stage.rows_in.map_or_else(String::new, |rows| rows.to_string()),
            rows_out: stage.rows_out.to_string(),
            time: match stage.detail {
                Detail::Again => String::new(),
                _ => format!("{:.1} ms", stage.elapsed.as_secs_f64() * 1e3),
            },
        });
        lines.extend(notes(shown, stage).into_iter().map(|note| Line::Note(format!("{indent}      {note}"))));
    }
}

/// Whether a stage is the rest of an operator that the stages before it are within, such as `mv-apply`.
fn ends_earlier(pipeline: &Pipeline, position: usize) -> bool {
    let before = position.checked_sub(1).and_then(|before| pipeline.stages.get(before));
    let spans = pipeline.stages.get(position).zip(before).map(|(stage, before)| (stage.span, before.span));
    spans.is_some_and(|(own, before)| own != before && own.start <= before.start && before.end <= own.end)
}

/// What there is to say of a stage beside its rows.
fn notes(shown: &Shown<'_>, stage: &Stage) -> Vec<String> {
    match &stage.detail {
        Detail::Where(conjuncts) if conjuncts.len() > 1 => {
            let note = |(position, conjunct): (usize, &kql_engine::explain::Conjunct)| {
                let text = shortened(&shown.written(conjunct.span), WIDTH);
                match position {
                    0 => format!("keeps {} alone: {text}", conjunct.alone),
                    _ => format!("keeps {} alone, {} with those above: {text}", conjunct.alone, conjunct.so_far),
                }
            };
            conjuncts.iter().enumerate().map(note).collect()
        }
        Detail::Join(join) => join_notes(join, stage.rows_out),
        Detail::Expand { most, none } => {
            let mut note = format!("one row becomes up to {most}{}", average(stage.rows_out, stage.rows_in));
            if *none > 0 {
                note += &format!("; nothing comes of {}", counted(*none, "row"));
            }
            vec![note]
        }
        Detail::Groups => stage
            .rows_in
            .map(|rows| format!("{} in {}", counted(rows, "row"), counted(stage.rows_out, "group")))
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

fn average(out: usize, of: Option<usize>) -> String {
    // A double holds every count that can be.
    of.filter(|of| *of > 0).map_or_else(String::new, |of| format!(", {:.1} on average", out as f64 / of as f64))
}

fn join_notes(join: &JoinDetail, rows_out: usize) -> Vec<String> {
    let mut notes = vec![format!(
        "{} of {} on the left and {} of {} on the right find a row of the other side",
        join.left_matched,
        counted(join.left, "row"),
        join.right_matched,
        counted(join.right, "row")
    )];
    if matches!(join.kind, JoinKind::InnerUnique | JoinKind::Inner) && join.left_matched > 0 {
        notes.push(format!(
            "one row on the left becomes up to {}{}",
            join.fan_out,
            average(rows_out, Some(join.left_matched))
        ));
    }
    if join.dropped > 0 {
        notes.push(format!(
            "innerunique dropped {} of the left side: it keeps one of each key; `kind=inner` keeps all",
            counted(join.dropped, "row")
        ));
    }
    notes
}

fn write_way(out: &mut (dyn Write + Send), shown: &Shown<'_>, way: &Way<'_>) -> Result<()> {
    let line = shown.line(way.read.span);
    writeln!(out, "  read in line {line}: {} of {} match", way.read.rows, counted(way.of, "row"))?;
    for step in &way.steps {
        write_step(out, shown, step)?;
    }
    let place = |step: Option<&Step<'_>>| {
        step.map_or_else(String::new, |step| {
            format!("line {}, `{}`", shown.line(step.stage.span), shortened(&shown.stage_text(step.stage), WIDTH))
        })
    };
    let last = place(way.steps.last());
    match way.end {
        End::NoRows => writeln!(out, "    => no row of the data is like that")?,
        End::Lost => writeln!(out, "    => all are lost by {last}")?,
        End::Result(rows) => writeln!(out, "    => they are in {} of the result", counted(rows, "row"))?,
        End::Told(rows) => {
            writeln!(
                out,
                "    => {} reach the place where they only tell which other rows stay",
                counted(rows, "row")
            )?;
        }
        End::Unknown => writeln!(out, "    => cannot be followed through {last}")?,
    }
    Ok(())
}

fn write_step(out: &mut (dyn Write + Send), shown: &Shown<'_>, step: &Step<'_>) -> Result<()> {
    let Step { stage, followed } = step;
    let after = followed.after.map_or_else(|| "?".to_owned(), |after| after.to_string());
    let text = shortened(&shown.stage_text(stage), WIDTH);
    writeln!(out, "{:>9}  {:>6} -> {after:<6}  {text}", shown.line(stage.span), followed.before)?;
    for note in step_notes(shown, stage, followed) {
        writeln!(out, "{:>11}{note}", "")?;
    }
    Ok(())
}

fn step_notes(shown: &Shown<'_>, stage: &Stage, followed: &Followed) -> Vec<String> {
    let mut notes = Vec::new();
    for loss in &followed.losses {
        notes.push(match loss {
            Loss::NotTrue { conjunct, rows, samples } => {
                let written = match &stage.detail {
                    Detail::Where(conjuncts) => conjuncts.get(*conjunct).map(|conjunct| shown.written(conjunct.span)),
                    _ => None,
                };
                let written = shortened(&written.unwrap_or_default(), WIDTH);
                let within = if is_of_function(stage, *conjunct) { "a predicate in " } else { "" };
                format!("{within}`{written}` is not true for {}{}", counted(*rows, "row"), among(samples))
            }
            Loss::NotFirst { rows, samples } => {
                format!("innerunique dropped {}: another row came first{}", counted(*rows, "row"), among(samples))
            }
            Loss::NoPartner { is_left, rows, samples } => {
                let other = if *is_left { "right" } else { "left" };
                format!("{}: no row of the {other} side has {}", counted(*rows, "row"), alternatives(samples))
            }
            Loss::Partner { is_left, rows, samples } => {
                let other = if *is_left { "right" } else { "left" };
                format!("{}: the {other} side has {}", counted(*rows, "row"), alternatives(samples))
            }
            Loss::Empty { rows } => format!("there is nothing to expand in {}", counted(*rows, "row")),
            Loss::NoMatch { rows } => format!("the text has another form in {}", counted(*rows, "row")),
            Loss::Limit { rows } => format!("not among the rows that stay: {}", counted(*rows, "row")),
            Loss::Other { rows } => format!("nothing comes of {}", counted(*rows, "row")),
        });
    }
    if stage.detail == Detail::Groups && followed.after.is_some_and(|after| after > 0) {
        notes.push(format!("in {}{}", counted(followed.after.unwrap_or(0), "group"), among(&followed.samples)));
    }
    notes
}

/// Whether a predicate stands in a function of the workspace: all of that stands at the call.
fn is_of_function(stage: &Stage, conjunct: usize) -> bool {
    matches!(&stage.detail, Detail::Where(conjuncts) if conjuncts.get(conjunct).is_some_and(|one| one.span == stage.span))
}

/// `: A is 1, B is "x"; …`, or nothing.
fn among(samples: &[Sample]) -> String {
    let text: Vec<String> = samples
        .iter()
        .map(|sample| {
            let cells: Vec<String> =
                sample.iter().map(|(name, value)| format!("{} is {}", printable(name), shown_value(value))).collect();
            cells.join(", ")
        })
        .collect();
    if text.is_empty() { String::new() } else { format!(": {}", text.join("; ")) }
}

/// `A == 1 and B == "x", or …`.
fn alternatives(samples: &[Sample]) -> String {
    let text: Vec<String> = samples
        .iter()
        .map(|sample| {
            let cells: Vec<String> =
                sample.iter().map(|(name, value)| format!("{} == {}", printable(name), shown_value(value))).collect();
            cells.join(" and ")
        })
        .collect();
    text.join(", or ")
}

/// A value as a query would write it, and not too long.
fn shown_value(value: &Value) -> String {
    let text = shortened(&printable(&value.to_text()), 60);
    match value {
        Value::Null(_) => "null".to_owned(),
        Value::String(_) => format!("\"{text}\""),
        _ => text,
    }
}
