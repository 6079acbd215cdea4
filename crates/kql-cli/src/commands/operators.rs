//! `kql operators`: the tabular operators, and the reference of one.

use std::io::Write;

use kql_syntax::operators::{Reference, references};

use crate::arguments::OperatorsArguments;
use crate::report::Failure;

/// Runs the command.
pub fn run(arguments: &OperatorsArguments) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let Some(name) = &arguments.name else {
        let mut all: Vec<&Reference> = references().collect();
        all.sort_unstable_by_key(|reference| reference.name);
        let width = all.iter().map(|reference| reference.name.len()).max().unwrap_or(0);
        for reference in all {
            writeln!(out, "{:width$}  {}", reference.name, reference.summary)?;
        }
        return Ok(());
    };
    let Some(reference) = references().find(|reference| reference.name == name) else {
        return Err(Failure::Usage(format!("there is no operator `{name}`; `kql operators` lists them")));
    };
    writeln!(out, "{}: {}\n", reference.name, reference.summary)?;
    for form in reference.syntax {
        writeln!(out, "  {form}")?;
    }
    if !reference.notes.is_empty() {
        writeln!(out, "\nNotes\n  {}", reference.notes)?;
    }
    if !reference.examples.is_empty() {
        writeln!(out, "\nExamples")?;
        for example in reference.examples {
            writeln!(out, "  {example}")?;
        }
    }
    Ok(())
}
