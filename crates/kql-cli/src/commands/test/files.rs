//! Which tests there are, and the rules that they test.

use std::path::{Path, PathBuf};

use kql_rules::rule_test::{RuleTest, is_rule_test, read_rule_test};

use super::TestedRule;
use crate::commands::query_files::{files_below, given};
use crate::report::{self, Failure};
use crate::text_file;

/// What a rule's file may be called.
const RULE_EXTENSIONS: &[&str] = &["yaml", "yml", "kql", "csl"];

/// Tests with their rules, and what is wrong with files that cannot be used.
pub struct TestFiles {
    pub tested: Vec<TestedRule>,
    pub problems: Vec<String>,
}

/// The tests among the paths: of a folder all below it, of a rule those beside it.
pub fn read_all(paths: &[PathBuf]) -> Result<TestFiles, Failure> {
    given(paths)?;
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let (found, errors) = files_below(path, &|path| is_rule_test(&path.to_string_lossy()));
            if let Some(error) = errors.into_iter().next() {
                return Err(Failure::Run(error));
            }
            files.extend(found);
        } else if is_rule_test(&path.to_string_lossy()) {
            files.push(path.clone());
        } else {
            let beside = ["test.yaml", "test.yml"].map(|ending| path.with_extension(ending));
            match beside.into_iter().find(|test| test.is_file()) {
                Some(test) => files.push(test),
                None => return Err(Failure::Usage(format!("{} has no test beside it", path.display()))),
            }
        }
    }
    let (mut tested, mut problems) = (Vec::new(), Vec::new());
    for file in files {
        match read(&file)? {
            Ok(test) => tested.push(test),
            Err(problem) => problems.push(problem),
        }
    }
    Ok(TestFiles { tested, problems })
}

fn read(file: &Path) -> Result<Result<TestedRule, String>, Failure> {
    let path = file.display().to_string();
    let text = text_file::read(file)?;
    let test = match read_rule_test(&text) {
        Ok(test) => test,
        Err(diagnostic) => return Ok(Err(report::render(&path, &text, &[diagnostic]))),
    };
    let folder = file.parent().unwrap_or(Path::new("")).to_path_buf();
    let Some(rule_file) = rule_file(file, &folder, test.rule.as_deref()) else {
        return Ok(Err(format!("error: {path}: the rule that it tests is not there; name it with `rule: PATH`\n")));
    };
    let test_of = |rule: TestedRule| TestedRule { path, text, test, folder, ..rule };
    Ok(rule(&rule_file)?.map(test_of))
}

/// A rule alone, with an empty test; or what is wrong with its file.
pub fn rule(file: &Path) -> Result<Result<TestedRule, String>, Failure> {
    let rule_path = file.display().to_string();
    let rule_text = text_file::read(file)?;
    let rules = match kql_rules::read(&rule_path, &rule_text) {
        Ok(rules) => rules,
        Err(diagnostic) => return Ok(Err(report::render(&rule_path, &rule_text, &[diagnostic]))),
    };
    let folder = file.parent().unwrap_or(Path::new("")).to_path_buf();
    match <[_; 1]>::try_from(rules) {
        Ok([rule]) => Ok(Ok(TestedRule {
            path: String::new(),
            text: String::new(),
            test: RuleTest { rule: None, cases: Vec::new() },
            rule_path,
            rule_text,
            rule,
            folder,
        })),
        Err(rules) => Ok(Err(format!("error: {rule_path} holds {} rules; a test is of one\n", rules.len()))),
    }
}

/// The file that the test names, or the one of the same name beside it.
fn rule_file(test: &Path, folder: &Path, named: Option<&str>) -> Option<PathBuf> {
    if let Some(named) = named {
        return Some(folder.join(named)).filter(|file| file.is_file());
    }
    let stem = test.file_stem()?.to_string_lossy().into_owned();
    let stem = stem.strip_suffix(".test").unwrap_or(&stem);
    RULE_EXTENSIONS.iter().map(|extension| folder.join(format!("{stem}.{extension}"))).find(|file| file.is_file())
}
