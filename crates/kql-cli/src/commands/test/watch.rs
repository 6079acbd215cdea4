//! `kql test --watch`: runs tests again when something changes on which they depend.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context;
use kql_rules::rule_test::TestTable;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::files::{self, TestFiles};
use super::{TestedRule, run_tests};
use crate::arguments::TestArguments;
use crate::interrupt;
use crate::report::Failure;

/// How long nothing must change before tests run: an editor writes a file in several steps.
const QUIET: Duration = Duration::from_millis(150);
/// How often it is looked whether the user asked to stop.
const PATIENCE: Duration = Duration::from_millis(100);

/// Runs all tests, then those on which a change may have an effect, until the user stops it.
pub fn run(arguments: &TestArguments) -> Result<(), Failure> {
    let (sender, changes) = mpsc::channel();
    let watcher = notify::recommended_watcher(move |event| {
        // The receiver is gone when the command ends.
        let _ = sender.send(event);
    });
    let mut watched = Watched { watcher: watcher.context("cannot watch files")?, folders: BTreeSet::new() };
    let read = files::read_all(&arguments.paths)?;
    watched.add(arguments, &read)?;
    tell(run_tests(arguments, &read, Instant::now()))?;
    println!("watching; Ctrl-C ends");
    let mut known = paths(&read.tested);
    let mut problems = read.problems;
    loop {
        let changed = next_changes(&changes)?;
        let started = Instant::now();
        let again = match files::read_all(&arguments.paths) {
            Ok(again) => again,
            // A file that is just being written may not be there.
            Err(failure) => {
                tell(Err(failure))?;
                continue;
            }
        };
        watched.add(arguments, &again)?;
        let is_shared = workspace_paths(arguments).any(|path| touches(&changed, path));
        let is_affected = |tested: &TestedRule| {
            is_shared || !known.contains(&tested.path) || depends_on(tested).iter().any(|path| touches(&changed, path))
        };
        let now_known = paths(&again.tested);
        let tested: Vec<TestedRule> = again.tested.into_iter().filter(is_affected).collect();
        known = now_known;
        let is_news = again.problems != problems;
        problems = again.problems;
        if tested.is_empty() && (!is_news || problems.is_empty()) {
            continue;
        }
        let time = humantime::format_rfc3339_seconds(SystemTime::now());
        println!("── {time} ── {} ──", names(&changed));
        let problems = if is_news { problems.clone() } else { Vec::new() };
        tell(run_tests(arguments, &TestFiles { tested, problems }, started))?;
    }
}

fn paths(tested: &[TestedRule]) -> BTreeSet<String> {
    tested.iter().map(|tested| tested.path.clone()).collect()
}

/// What is wrong is said, and does not end the command.
fn tell(outcome: Result<(), Failure>) -> Result<(), Failure> {
    match outcome {
        Err(Failure::Query(text) | Failure::FailedQuery(text)) => eprint!("{text}"),
        Err(Failure::Usage(text)) => eprintln!("error: {text}"),
        Err(Failure::Run(error)) => eprintln!("error: {error:#}"),
        Err(Failure::Stopped) => return Err(Failure::Stopped),
        _ => {}
    }
    Ok(())
}

/// Waits for changes, and for those that come with them.
fn next_changes(changes: &Receiver<notify::Result<Event>>) -> Result<BTreeSet<PathBuf>, Failure> {
    let mut changed = BTreeSet::new();
    loop {
        if interrupt::is_stopped() {
            return Err(Failure::Stopped);
        }
        match changes.recv_timeout(if changed.is_empty() { PATIENCE } else { QUIET }) {
            // To read a file is no change; the tests do it themselves.
            Ok(Ok(event)) if !matches!(event.kind, EventKind::Access(_)) => changed.extend(event.paths),
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(Failure::Run(anyhow::Error::from(error).context("cannot watch files"))),
            Err(RecvTimeoutError::Timeout) if changed.is_empty() => {}
            Err(RecvTimeoutError::Timeout) => return Ok(changed),
            Err(RecvTimeoutError::Disconnected) => return Err(Failure::Stopped),
        }
    }
}

/// The folders that are watched. (A file that is replaced is another one: only its folder sees the new one.)
struct Watched {
    watcher: RecommendedWatcher,
    folders: BTreeSet<(PathBuf, bool)>,
}

impl Watched {
    fn add(&mut self, arguments: &TestArguments, read: &TestFiles) -> Result<(), Failure> {
        let given = arguments.paths.iter().map(PathBuf::as_path).chain(workspace_paths(arguments));
        let mut paths: Vec<PathBuf> = given.map(Path::to_path_buf).collect();
        paths.extend(read.tested.iter().flat_map(depends_on));
        for path in paths {
            let path = absolute(&path);
            let (folder, recursive) = match path.parent() {
                _ if path.is_dir() => (path, true),
                Some(parent) => (parent.to_path_buf(), false),
                None => continue,
            };
            let is_known = self.folders.iter().any(|(known, all_below)| {
                (*known == folder && *all_below >= recursive) || (*all_below && folder.starts_with(known))
            });
            if is_known || !folder.is_dir() {
                continue;
            }
            let mode = if recursive { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
            self.watcher.watch(&folder, mode).with_context(|| format!("cannot watch {}", folder.display()))?;
            self.folders.insert((folder, recursive));
        }
        Ok(())
    }
}

fn workspace_paths(arguments: &TestArguments) -> impl Iterator<Item = &Path> {
    let workspace = &arguments.workspace;
    let values = workspace.values.iter().chain(&workspace.project_values);
    workspace.functions.iter().chain(&workspace.watchlists).chain(values).map(PathBuf::as_path)
}

/// The files and folders that a test reads.
fn depends_on(tested: &TestedRule) -> Vec<PathBuf> {
    let mut paths = vec![PathBuf::from(&tested.path), PathBuf::from(&tested.rule_path)];
    for case in &tested.test.cases {
        let tables = case.tables.iter().filter_map(|(_, table)| match table {
            TestTable::File(path) => Some(path),
            TestTable::Rows(_) | TestTable::Query(_) => None,
        });
        paths.extend(tables.chain(&case.functions).chain(&case.watchlists).map(|path| tested.folder.join(path)));
    }
    paths
}

/// Whether a path, or something below it, is among those that changed.
fn touches(changed: &BTreeSet<PathBuf>, path: &Path) -> bool {
    let path = absolute(path);
    changed.iter().any(|changed| changed.starts_with(&path))
}

/// The path as events give it, without `.` and `..`, also of a file that is gone.
fn absolute(path: &Path) -> PathBuf {
    let name = path.file_name();
    let parent = path.parent().map(|parent| if parent.as_os_str().is_empty() { Path::new(".") } else { parent });
    match (std::fs::canonicalize(path), parent.and_then(|parent| std::fs::canonicalize(parent).ok()), name) {
        (Ok(found), ..) => found,
        (Err(_), Some(parent), Some(name)) => parent.join(name),
        _ => path.to_path_buf(),
    }
}

/// The changed files by their names.
fn names(changed: &BTreeSet<PathBuf>) -> String {
    const SHOWN: usize = 3;
    let here = std::env::current_dir().and_then(std::fs::canonicalize).unwrap_or_default();
    let shown = changed.iter().take(SHOWN).map(|path| path.strip_prefix(&here).unwrap_or(path).display().to_string());
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if let Some(more) = changed.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        text.push_str(&format!(" and {more} more"));
    }
    text
}
