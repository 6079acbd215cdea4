//! The forms that a result can take, one file each.

mod arrow_file;
mod avro_file;
pub mod batches;
pub mod compressed;
mod delimited;
pub mod explained;
pub mod file_columns;
mod json;
mod kusto;
mod markdown;
pub mod pack;
mod parquet_file;
pub mod printable;
mod table;
pub mod verdicts;

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use kql_engine::QueryResult;

use crate::arguments::{Format, OutputArguments};
use crate::interrupt::Interruptible;
use crate::session::NamedResult;

/// A result with the name of the rule or file that it answers.
pub struct Answer {
    pub title: String,
    pub result: QueryResult,
}

impl Answer {
    /// The results of one query. Of several, each has the name that the query gives it, or its number.
    pub fn of_query(title: &str, results: Vec<NamedResult>) -> Vec<Answer> {
        let several = results.len() > 1;
        let answers = results.into_iter().enumerate().map(|(position, (name, result))| {
            let title = match (several, name) {
                (false, _) => title.to_owned(),
                (true, Some(name)) => name,
                (true, None) => format!("Table_{position}"),
            };
            Answer { title, result }
        });
        answers.collect()
    }
}

impl OutputArguments {
    /// The form asked for, or the fitting one: a table for a person at a terminal, NDJSON for a program.
    pub fn chosen_format(&self) -> Format {
        match self.format {
            Some(format) => format,
            None if self.output.is_none() && io::stdout().is_terminal() => Format::Table,
            None => self.output.as_deref().and_then(format_of).unwrap_or(Format::Ndjson),
        }
    }

    /// Whether the form can hold the answers of several queries without mixing them up.
    pub fn holds_several(&self) -> bool {
        matches!(self.chosen_format(), Format::Table | Format::Markdown | Format::Kusto)
    }

    /// Writes the answers to where the user asked. A file appears whole or not at all.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write(&self, answers: &[Answer]) -> Result<()> {
        let format = self.chosen_format();
        match &self.output {
            Some(path) if is_one_table(format) && answers.len() > 1 => {
                for answer in answers {
                    let path = beside(path, &answer.title);
                    let answer = std::slice::from_ref(answer);
                    write_file(&path, |out| write_answers(out, format, answer))
                        .with_context(|| format!("cannot write {}", path.display()))?;
                }
                Ok(())
            }
            _ => self.write_with(|out| write_answers(out, format, answers)),
        }
    }

    /// Writes to where the user asked. A file appears whole or not at all.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write_with(&self, write: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<()> {
        match &self.output {
            Some(path) => write_file(path, write).with_context(|| format!("cannot write {}", path.display())),
            None => {
                let mut out = BufWriter::new(Interruptible(io::stdout()));
                write(&mut out)?;
                Ok(out.flush()?)
            }
        }
    }
}

/// The form that the extension of a file tells; how it is compressed stands behind that.
pub fn format_of(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let name = [".gz", ".gzip", ".zst", ".zstd"].into_iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    Some(match name.rsplit_once('.')?.1 {
        "json" => Format::Json,
        "ndjson" | "jsonl" | "jsonlines" => Format::Ndjson,
        "csv" => Format::Csv,
        "tsv" | "tab" => Format::Tsv,
        "md" => Format::Markdown,
        "parquet" | "pq" => Format::Parquet,
        "arrow" | "feather" | "ipc" => Format::Arrow,
        "arrows" => Format::Arrows,
        "avro" => Format::Avro,
        _ => return None,
    })
}

/// Whether a file of this form holds one table and no more.
fn is_one_table(format: Format) -> bool {
    matches!(format, Format::Parquet | Format::Arrow | Format::Arrows | Format::Avro)
}

/// The file of one result of several: `result.parquet` becomes `result-NAME.parquet`.
fn beside(path: &Path, name: &str) -> PathBuf {
    let part = |part: Option<&OsStr>| part.map(|part| part.to_string_lossy().into_owned()).unwrap_or_default();
    let safe: String = name.chars().map(|c| if c.is_alphanumeric() || "-_ ".contains(c) { c } else { '_' }).collect();
    let name = format!("{}-{safe}", part(path.file_stem()));
    let extension = part(path.extension());
    path.with_file_name(if extension.is_empty() { name } else { format!("{name}.{extension}") })
}

/// Writes a file, which appears whole or not at all.
///
/// # Errors
/// When writing fails.
pub fn write_file(path: &Path, write: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let temporary = tempfile::NamedTempFile::new_in(folder)?;
    let mut out = BufWriter::new(Interruptible(temporary.as_file()));
    write(&mut out)?;
    out.flush()?;
    drop(out);
    make_readable(temporary.as_file())?;
    temporary.persist(path)?;
    Ok(())
}

/// A temporary file is its owner's alone; a result is an ordinary file.
#[cfg(unix)]
fn make_readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_file: &File) -> io::Result<()> {
    Ok(())
}

fn write_answers(out: &mut (dyn Write + Send), format: Format, answers: &[Answer]) -> Result<()> {
    match (format, answers) {
        (Format::Kusto, _) => return kusto::write(out, answers),
        (Format::Json, [_, _, ..]) => return json::write_object(out, answers),
        (Format::Ndjson, [_, _, ..]) => return answers.iter().try_for_each(|answer| json::write_named(out, answer)),
        (Format::Summary | Format::Sarif, _) => bail!("this format is for the rules of `kql run`"),
        (format, [_, _, ..]) if is_one_table(format) => {
            bail!("a file of this format holds one table: name a file with -o, for one each")
        }
        _ => {}
    }
    for (position, answer) in answers.iter().enumerate() {
        if answers.len() > 1 {
            let gap = if position > 0 { "\n" } else { "" };
            match format {
                Format::Markdown => writeln!(out, "{gap}## {}\n", answer.title)?,
                _ => writeln!(out, "{gap}{}", answer.title)?,
            }
        }
        let result = &answer.result;
        match format {
            Format::Table => table::write(out, result)?,
            Format::Markdown => markdown::write(out, result)?,
            Format::Json
            | Format::Ndjson
            | Format::Csv
            | Format::Tsv
            | Format::Parquet
            | Format::Arrow
            | Format::Arrows
            | Format::Avro => batches::write(out, format, result)?,
            Format::Kusto | Format::Summary | Format::Sarif => {}
        }
    }
    Ok(())
}
