//! The `kql` command: commands, output formats, progress. How anything is computed is not known here.

mod arguments;
mod commands;
mod explanations;
mod in_parallel;
mod interrupt;
mod lint_levels;
mod output;
mod progress;
mod project;
mod report;
mod session;
mod text_file;
mod workspace_files;

use std::io;
use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};
use crate::report::Failure;

/// Queries allocate large arrays all the time; this one keeps freed memory for the next instead of giving it back to the
/// system, which would have to clear it again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let mut arguments = Arguments::parse();
    interrupt::listen();
    let outcome = project::complete(&mut arguments).and_then(|()| run(&arguments.command));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // Whatever failed then failed because it was stopped.
        Err(_) if interrupt::is_stopped() => {
            eprintln!("stopped");
            ExitCode::from(interrupt::EXIT_CODE)
        }
        Err(Failure::Stopped) => ExitCode::from(interrupt::EXIT_CODE),
        Err(Failure::Query(text)) => {
            eprint!("{text}");
            ExitCode::from(2)
        }
        Err(Failure::FailedQuery(text)) => {
            eprint!("{text}");
            ExitCode::from(1)
        }
        Err(Failure::Usage(text)) => {
            eprintln!("error: {text}");
            ExitCode::from(2)
        }
        // The reader of a pipe, `head` say, has all that it wanted.
        Err(Failure::Run(error)) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(Failure::Run(error)) => {
            eprintln!("error: {error:#}");
            ExitCode::from(1)
        }
        Err(Failure::WouldChange | Failure::TestsFailed | Failure::Hits | Failure::Unreadable) => ExitCode::from(1),
    }
}

fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Run(arguments) => commands::run::run(arguments),
        Command::Replay(arguments) => commands::replay::run(arguments),
        Command::Query(arguments) => commands::query::run(arguments),
        Command::Explain(arguments) => commands::explain::run(arguments),
        Command::Check(arguments) => commands::check::run(arguments),
        Command::Fmt(arguments) => commands::fmt::run(arguments),
        Command::Test(arguments) => commands::test::run(arguments),
        Command::Init(arguments) => commands::init::run(arguments),
        Command::Convert(arguments) => commands::convert::run(arguments),
        Command::Tables(arguments) => commands::tables::run(arguments),
        Command::Functions(arguments) => commands::functions::run(arguments),
        Command::Operators(arguments) => commands::operators::run(arguments),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe))
}
