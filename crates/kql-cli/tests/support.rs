//! Running the binary.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The repository's root, from which the README's commands are run.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs the binary in the repository's root.
pub fn kql(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the binary runs")
}

/// Runs the binary with text on its standard input.
pub fn kql_with_input(arguments: &[&str], input: &str) -> Output {
    use std::io::Write;
    let mut child = command(arguments).stdin(Stdio::piped()).spawn().expect("the binary runs");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("the binary reads its input");
    child.wait_with_output().expect("the binary ends")
}

/// The binary, to be run in the repository's root.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kql"));
    command.current_dir(root()).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the binary in a folder: the exit code, then all that it wrote, without the folder's own name.
pub fn shown_in(folder: &Path, arguments: &[&str]) -> String {
    let output = command(arguments).current_dir(folder).output().expect("the binary runs");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).replace(&folder.to_string_lossy().into_owned(), "DIR");
    format!("exit code {}\n{text}", output.status.code().unwrap_or(-1))
}

/// The standard output of a run that must succeed.
#[track_caller]
pub fn answer(arguments: &[&str]) -> String {
    let output = kql(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "exit code {:?}: {errors}", output.status.code());
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The exit code and the standard error of a run that must fail.
#[track_caller]
pub fn failure(arguments: &[&str]) -> String {
    let output = kql(arguments);
    assert!(!output.status.success(), "it ran: {}", String::from_utf8_lossy(&output.stdout));
    let errors = String::from_utf8_lossy(&output.stderr);
    format!("exit code {}\n{errors}", output.status.code().unwrap_or(-1))
}
