//! `kql convert`: files of one format as one file of another, with KQL's types.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;

use crate::arguments::{ConvertArguments, DataArguments, Format};
use crate::interrupt::Interruptible;
use crate::output::batches;
use crate::output::compressed::Compressed;
use crate::output::file_columns::OutOfNanoseconds;
use crate::output::{format_of, write_file};
use crate::report::Failure;
use crate::session::{Session, TableRows};

/// Runs the command.
pub fn run(arguments: &ConvertArguments) -> Result<(), Failure> {
    let output = &arguments.output;
    let is_stdout = output == Path::new("-");
    let format = arguments.to.or_else(|| format_of(output)).ok_or_else(|| {
        let message = format!("`{}` does not tell a format; give one with --to, such as ndjson", output.display());
        Failure::Usage(message)
    })?;
    let compression = Compressed::of(output);
    if compression != Compressed::Not
        && matches!(format, Format::Parquet | Format::Arrow | Format::Arrows | Format::Avro)
    {
        return Err(Failure::Usage(format!("{} is compressed in itself; leave .gz or .zst away", output.display())));
    }
    if !is_stdout && !arguments.force && output.exists() {
        return Err(Failure::Usage(format!("{} is there already; --force overwrites it", output.display())));
    }
    let name = table_name(arguments);
    let data = DataArguments {
        schema: arguments.schema.clone(),
        no_header: Some(arguments.no_header),
        delimiter: arguments.delimiter,
        on_error: arguments.on_error,
        allow_network: arguments.allow_network,
        ..DataArguments::default()
    };
    let mut in_microseconds = Vec::new();
    loop {
        let session = Session::of_inputs(&data, &name, &arguments.inputs, arguments.from.as_deref())?;
        let rows = AtomicU64::new(0);
        let write = |out: &mut (dyn Write + Send)| -> Result<()> {
            let mut out = compression.open(out)?;
            session.stream(&name, &rows, |table: &mut TableRows<'_>| {
                let mut writer = batches::open(format, &mut out, table.columns(), &in_microseconds)?;
                while let Some(batch) = table.next()? {
                    writer.write(&batch)?;
                }
                writer.finish()
            })?;
            out.finish()
        };
        let written = if is_stdout {
            let mut out = BufWriter::new(Interruptible(io::stdout()));
            write(&mut out).and_then(|()| Ok(out.flush()?))
        } else {
            write_file(output, write)
        };
        match written {
            Ok(()) => {
                if !is_stdout {
                    let rows = rows.load(Ordering::Relaxed);
                    eprintln!("{rows} {} in {}", if rows == 1 { "row" } else { "rows" }, output.display());
                }
                session.finish();
                return Ok(());
            }
            // Found out on the way: once more, with that column's times in microseconds.
            Err(error) if !is_stdout && error.downcast_ref::<OutOfNanoseconds>().is_some() => {
                in_microseconds.extend(error.downcast_ref::<OutOfNanoseconds>().map(|found| found.column));
            }
            Err(error) => return Err(Failure::Run(error)),
        }
    }
}

/// The table that the rows are of: as the user says, else what the first input is called, else what the output is.
fn table_name(arguments: &ConvertArguments) -> String {
    if let Some(name) = &arguments.table {
        return name.clone();
    }
    let stem = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.split('.').next().unwrap_or_default().to_owned()
    };
    let input = arguments.inputs.first().map(|input| stem(&PathBuf::from(input))).unwrap_or_default();
    let output = stem(&arguments.output);
    let is_name = |name: &str| !name.is_empty() && !name.contains(['*', '?', '[', '-', '=']);
    match (kql_catalog::table(&input), kql_catalog::table(&output)) {
        (None, Some(_)) => output,
        _ if is_name(&input) => input,
        _ if is_name(&output) => output,
        _ => "Table".to_owned(),
    }
}
