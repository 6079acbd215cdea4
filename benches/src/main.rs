//! Writes EmailEvents, MessageEvents, DeviceProcessEvents and SigninLogs of any size, the same for the same seed, as
//! NDJSON or Parquet.

mod random;
mod row;
mod tables;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;

use anyhow::{Context, Result, bail};
use arrow::array::RecordBatch;
use clap::{Parser, ValueEnum};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use random::Random;
use row::{Columns, Lines};
use tables::{TABLES, Table};

/// Write tables to measure kql on
#[derive(Parser)]
struct Arguments {
    /// The folder to write into
    folder: PathBuf,
    /// Rows in each table
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// The format
    #[arg(long, value_enum, default_value_t = Format::Parquet)]
    format: Format,
    /// Only this table
    #[arg(long)]
    table: Option<String>,
    /// Another seed gives other tables
    #[arg(long, default_value_t = 20_261_101)]
    seed: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Ndjson,
    Parquet,
}

/// Rows of one batch, and of one row group of Parquet.
const BATCH: u64 = 122_880;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    std::fs::create_dir_all(&arguments.folder)?;
    let chosen: Vec<&Table> =
        TABLES.iter().filter(|table| arguments.table.as_deref().is_none_or(|name| name == table.name)).collect();
    if chosen.is_empty() {
        bail!("there is no such table; there are {}", TABLES.map(|table| table.name).join(", "));
    }
    for table in chosen {
        let extension = if arguments.format == Format::Ndjson { "ndjson" } else { "parquet" };
        let path = arguments.folder.join(format!("{}.{extension}", table.name));
        match arguments.format {
            Format::Ndjson => write_lines(table, &arguments, &path),
            Format::Parquet => write_columns(table, &arguments, &path),
        }
        .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn write_lines(table: &Table, arguments: &Arguments, path: &Path) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut lines = Lines::default();
    for row in 0..arguments.rows {
        let mut random = Random::of_row(arguments.seed, table.name, row);
        (table.row)(&mut random, row, arguments.rows, &mut lines);
        lines.end();
        file.write_all(lines.text.as_bytes())?;
        lines.text.clear();
    }
    Ok(file.flush()?)
}

/// Makes batches on one thread and encodes them on another.
fn write_columns(table: &Table, arguments: &Arguments, path: &Path) -> Result<()> {
    let (send, receive) = sync_channel::<RecordBatch>(2);
    std::thread::scope(|scope| {
        let made = scope.spawn(move || -> Result<()> {
            for from in (0..arguments.rows).step_by(BATCH as usize) {
                let mut columns = Columns::default();
                for row in from..(from + BATCH).min(arguments.rows) {
                    let mut random = Random::of_row(arguments.seed, table.name, row);
                    (table.row)(&mut random, row, arguments.rows, &mut columns);
                    columns.end();
                }
                if send.send(columns.take()?).is_err() {
                    break;
                }
            }
            Ok(())
        });
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(BATCH as usize))
            .build();
        let mut writer = None;
        for batch in receive {
            let writer = match &mut writer {
                Some(writer) => writer,
                none => {
                    none.insert(ArrowWriter::try_new(File::create(path)?, batch.schema(), Some(properties.clone()))?)
                }
            };
            writer.write(&batch)?;
            writer.flush()?;
        }
        if let Some(writer) = writer {
            writer.close()?;
        }
        match made.join() {
            Ok(made) => made,
            Err(_) => bail!("the rows of {} could not be made", table.name),
        }
    })
}
