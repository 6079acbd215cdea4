//! `kql tables`: the tables that queries can name, and their columns.

use std::io::Write;

use kql_semantics::Tables;

use crate::arguments::TablesArguments;
use crate::report::Failure;
use crate::session::Session;

/// Runs the command.
pub fn run(arguments: &TablesArguments) -> Result<(), Failure> {
    let session = Session::of_tables(&arguments.data)?;
    let tables = session.known_tables();
    let mut out = std::io::stdout().lock();
    let Some(name) = &arguments.name else {
        let mut names = tables.names();
        names.sort_unstable();
        for name in names {
            writeln!(out, "{name}")?;
        }
        return Ok(());
    };
    let Some(schema) = tables.schema(name) else {
        return Err(Failure::Usage(format!("there is no table `{name}`; `kql tables` lists them")));
    };
    let width = schema.iter().map(|(column, _)| column.chars().count()).max().unwrap_or(0);
    for (column, scalar_type) in schema.iter() {
        writeln!(out, "{column:width$}  {scalar_type}")?;
    }
    Ok(())
}
