//! The project file: `kql.toml`, found upward from the working directory. It answers the options that a command line
//! leaves open, under the names that the options have.

mod reader;

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::arguments::{Arguments, DataArguments, LimitArguments, LintArguments, ProjectOptions, WorkspaceArguments};
use crate::report::{self, Failure};
use crate::text_file;

/// What the file is called.
pub const FILE_NAME: &str = "kql.toml";

/// What a project's file says, in the form of the options that it stands for. Paths are as the working directory sees
/// them.
#[derive(Debug, Default)]
pub struct Project {
    pub rules: Vec<PathBuf>,
    pub data: DataArguments,
    pub workspace: WorkspaceArguments,
    pub limits: LimitArguments,
    pub lints: LintArguments,
}

/// Gives a command line what the project's file says and it does not say itself.
///
/// # Errors
/// A file that is there and cannot be read, or that is wrong.
pub fn complete(arguments: &mut Arguments) -> Result<(), Failure> {
    let Some(options) = arguments.command.project_options() else { return Ok(()) };
    let file = match &arguments.project {
        _ if arguments.no_project => None,
        Some(file) => Some(file.clone()),
        None => find()?,
    };
    if let Some(file) = file {
        Project::read(&file)?.answer(options);
    }
    Ok(())
}

/// The nearest file of a project: that of the working directory or of a folder above it.
///
/// # Errors
/// There is no working directory.
pub fn find() -> Result<Option<PathBuf>, Failure> {
    let folder = std::env::current_dir().context("cannot tell the working directory")?;
    // Seen from here: what messages show stays short.
    let mut upward = PathBuf::new();
    for _ in folder.ancestors() {
        let file = upward.join(FILE_NAME);
        if file.is_file() {
            return Ok(Some(file));
        }
        upward.push("..");
    }
    Ok(None)
}

impl Project {
    /// Reads a project's file.
    ///
    /// # Errors
    /// It cannot be read, or says what a project cannot say.
    pub fn read(file: &Path) -> Result<Project, Failure> {
        let text = text_file::read(file)?;
        let folder = file.parent().unwrap_or(Path::new(""));
        reader::read(&text, folder)
            .map_err(|wrong| Failure::Query(report::render(&file.display().to_string(), &text, &wrong)))
    }

    /// Answers what a command line leaves open. A list of files of the command line comes behind that of the file, and
    /// of two things with one name the later wins; the data alone is either the file's or the command line's.
    fn answer(self, given: ProjectOptions<'_>) {
        let ProjectOptions { paths, data, workspace, limits, lints, cases, is_without_rows } = given;
        if let Some(paths) = paths.filter(|paths| paths.is_empty()) {
            *paths = self.rules;
        }
        if let Some(given) = cases {
            prepend(&mut given.schema, self.data.schema.clone());
            prepend(&mut given.externals, self.data.externals.clone());
            given.geoip = given.geoip.take().or_else(|| database(self.data.geoip.clone()));
        }
        if let Some(data) = data {
            let mut file = self.data;
            file.data.retain(|folder| !is_without_rows || folder.is_dir());
            answer_data(data, file);
        }
        if let Some(given) = workspace {
            let WorkspaceArguments { functions, watchlists, set, values, .. } = self.workspace;
            prepend(&mut given.functions, functions);
            prepend(&mut given.watchlists, watchlists);
            given.project_set = set;
            given.project_values = values;
        }
        if let Some(given) = limits {
            given.memory = given.memory.or(self.limits.memory);
            given.temp_dir = given.temp_dir.take().or(self.limits.temp_dir);
            given.timeout = given.timeout.or(self.limits.timeout);
            given.threads = given.threads.or(self.limits.threads);
        }
        if let Some(given) = lints {
            prepend(&mut given.levels, self.lints.levels);
        }
    }
}

fn answer_data(given: &mut DataArguments, file: DataArguments) {
    if given.data.is_empty() {
        given.data = file.data;
        prepend(&mut given.tables, file.tables);
    }
    prepend(&mut given.schema, file.schema);
    prepend(&mut given.externals, file.externals);
    prepend(&mut given.parameters, file.parameters);
    given.no_header = given.no_header.or(file.no_header);
    given.delimiter = given.delimiter.or(file.delimiter);
    given.on_error = given.on_error.or(file.on_error);
    given.geoip = given.geoip.take().or_else(|| database(file.geoip));
    given.now = given.now.take().or(file.now);
}

/// The file's database of places. The environment is nearer to the one who runs it than the file is.
fn database(file: Option<PathBuf>) -> Option<PathBuf> {
    file.filter(|_| std::env::var_os("KQL_GEOIP").is_none())
}

fn prepend<T>(given: &mut Vec<T>, before: Vec<T>) {
    given.splice(0..0, before);
}
