//! The pages in `docs/` and the README, run as they stand. Of a page, each `console` block is run: its lines behind
//! `$ ` are commands, and what follows them is what they write. A block with a file's name behind its language is that
//! file. `UPDATE_DOCUMENTATION=1 cargo test -p kql-cli documentation` writes down what the commands write.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::root;

/// Runs a page from a folder; the blocks that differ from what stands in it fail the test.
#[track_caller]
fn page(name: &str, folder: &Path) {
    let path = root().join(name);
    let text = fs::read_to_string(&path).unwrap();
    let ran = run(&text, folder);
    if std::env::var_os("UPDATE_DOCUMENTATION").is_some() {
        fs::write(&path, ran).unwrap();
        return;
    }
    for (line, (written, found)) in text.lines().zip(ran.lines()).enumerate() {
        assert_eq!(stable(written), stable(found), "{name}:{}; all of it:\n{ran}", line + 1);
    }
    assert_eq!(text.lines().count(), ran.lines().count(), "{name}; all of it:\n{ran}");
}

/// The page with the output of its commands as it is.
fn run(text: &str, folder: &Path) -> String {
    let mut output = String::new();
    let mut folder = folder.to_path_buf();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        output.push_str(line);
        output.push('\n');
        let Some(info) = line.strip_prefix("```").filter(|info| !info.is_empty()) else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        match info.split_once(' ') {
            Some((_, file)) => {
                let file = folder.join(file);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, block.join("\n") + "\n").unwrap();
                output.push_str(&(block.join("\n") + "\n"));
            }
            None if info == "console" => output.push_str(&console(&block, &mut folder)),
            None => output.extend(block.iter().map(|line| format!("{line}\n"))),
        }
        output.push_str("```\n");
    }
    output
}

/// A block of commands with what they write.
fn console(block: &[&str], folder: &mut PathBuf) -> String {
    let mut output = String::new();
    let mut lines = block.iter().peekable();
    while let Some(line) = lines.next() {
        let Some(first) = line.strip_prefix("$ ") else { continue };
        output.push_str(&format!("{line}\n"));
        let mut command = first.to_owned();
        while command.ends_with('\\') {
            let next = lines.next().expect("a command goes on");
            output.push_str(&format!("{next}\n"));
            command = format!("{}\n{next}", command.trim_end_matches('\\'));
        }
        match command.strip_prefix("cd ") {
            Some(target) => *folder = folder.join(target),
            None => output.push_str(&shell(&command, folder)),
        }
    }
    output
}

/// What a command writes, in the order in which a terminal shows it.
fn shell(command: &str, folder: &Path) -> String {
    let binaries = Path::new(env!("CARGO_BIN_EXE_kql")).parent().unwrap().display();
    let path = format!("{binaries}:{}", std::env::var("PATH").unwrap_or_default());
    let ran = Command::new("sh")
        .arg("-c")
        .arg(format!("exec 2>&1\n{command}"))
        .current_dir(folder)
        .env("PATH", path)
        .env_remove("KQL_GEOIP")
        .output()
        .expect("there is a shell");
    let text = String::from_utf8(ran.stdout).expect("UTF-8");
    text.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// A line without times, and without the space that lays them out: no two runs have them in common.
fn stable(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_time = |at: usize| {
        let unit = words.get(at + 1).map(|unit| unit.trim_end_matches([',', ')']));
        unit.is_some_and(|unit| ["s", "ms", "µs"].contains(&unit))
            && words.get(at).is_some_and(|word| word.contains('.'))
    };
    if !(0..words.len()).any(is_time) {
        return line.to_owned();
    }
    let shown = words.iter().enumerate().map(|(at, word)| if is_time(at) { "…" } else { word });
    shown.collect::<Vec<&str>>().join(" ")
}

#[test]
fn the_readme() {
    page("README.md", &root());
}

#[test]
fn the_quick_start() {
    page("docs/quick-start.md", tempfile::tempdir().unwrap().path());
}

#[test]
fn running() {
    page("docs/running.md", tempfile::tempdir().unwrap().path());
}

#[test]
fn testing() {
    page("docs/testing.md", tempfile::tempdir().unwrap().path());
}

#[test]
fn the_project_file() {
    page("docs/project.md", tempfile::tempdir().unwrap().path());
}

#[test]
fn the_tutorial() {
    page("docs/tutorial.md", tempfile::tempdir().unwrap().path());
}

#[test]
fn differences() {
    page("docs/differences.md", tempfile::tempdir().unwrap().path());
}
