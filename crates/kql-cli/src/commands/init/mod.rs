//! `kql init`: lays out a project with a rule, a test of it, a table that it runs on, and a GitHub workflow.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::arguments::InitArguments;
use crate::project::FILE_NAME;
use crate::report::Failure;

/// The files of a new project, each with its path.
const FILES: &[(&str, &str)] = &[
    (FILE_NAME, include_str!("project/kql.toml")),
    ("rules/failed-sign-ins.yaml", include_str!("project/rules/failed-sign-ins.yaml")),
    ("rules/failed-sign-ins.test.yaml", include_str!("project/rules/failed-sign-ins.test.yaml")),
    ("fixtures/SigninLogs.ndjson", include_str!("project/fixtures/SigninLogs.ndjson")),
    (".github/workflows/kql.yml", include_str!("project/kql.yml")),
];

/// Runs the command. What is there already stays as it is.
pub fn run(arguments: &InitArguments) -> Result<(), Failure> {
    let folder = &arguments.folder;
    let mut out = std::io::stdout().lock();
    for (name, text) in FILES {
        let path = if folder == Path::new(".") { PathBuf::from(name) } else { folder.join(name) };
        let is_new = write_new(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        writeln!(out, "{} {}", if is_new { "created" } else { "kept   " }, path.display())?;
    }
    writeln!(out, "\nWhat to do next:")?;
    if folder != Path::new(".") {
        writeln!(out, "  cd {}", folder.display())?;
    }
    for (command, what) in [
        ("kql test", "runs the test of the rule"),
        ("kql run", "runs the rule on the tables in fixtures/"),
        ("kql check", "looks through all rules without running them"),
    ] {
        writeln!(out, "  {command:<10} {what}")?;
    }
    writeln!(
        out,
        "Then put your own rules into rules/, and set KQL_SOURCE for the workflow in .github/workflows/kql.yml."
    )?;
    Ok(())
}

/// Writes a file that is not there yet; whether it did.
fn write_new(path: &Path, text: &str) -> Result<bool> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => {
            file.write_all(text.as_bytes())?;
            Ok(true)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.into()),
    }
}
