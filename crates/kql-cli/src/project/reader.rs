//! Reading `kql.toml`: what stands in it becomes options, and what is wrong with it is placed.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ValueEnum;
use kql_semantics::did_you_mean;
use kql_syntax::{Diagnostic, Span};
use kql_types::text;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Project;
use crate::arguments::{self, Memory, OnError};
use crate::lint_levels;

/// A file that is no TOML.
const NO_TOML: &str = "KQL0341";
/// A key that a project does not have.
const UNKNOWN_KEY: &str = "KQL0342";
/// A value that its key does not take.
const WRONG_VALUE: &str = "KQL0343";

/// What a project can say. But for `rules`, a key is called as the option is that it stands for.
const KEYS: &[&str] = &[
    "rules",
    "data",
    "table",
    "schema",
    "no-header",
    "delimiter",
    "on-error",
    "external",
    "param",
    "geoip",
    "now",
    "functions",
    "watchlists",
    "set",
    "values",
    "lint",
    "memory",
    "temp-dir",
    "timeout",
    "threads",
];

/// Reads the text of a project's file, whose paths are seen from `folder`.
///
/// # Errors
/// All that is wrong with it, in order.
pub(super) fn read(text: &str, folder: &Path) -> Result<Project, Vec<Diagnostic>> {
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { folder, project: Project::default(), wrong: Vec::new() };
    // One mistake makes others of what follows.
    if let Some(error) = errors.first() {
        let span = error.span().map_or_else(Span::default, |range| Span::new(range.start, range.end));
        let message = format!("this is not valid TOML: {}", error.message());
        reader.wrong.push(Diagnostic::error(NO_TOML, message, span));
    } else {
        for (key, value) in root.get_ref() {
            reader.key(key.get_ref(), place(key), value);
        }
    }
    reader.wrong.sort_by_key(|diagnostic| diagnostic.span.start);
    if reader.wrong.is_empty() { Ok(reader.project) } else { Err(reader.wrong) }
}

fn place<T>(spanned: &Spanned<T>) -> Span {
    let range = spanned.span();
    Span::new(range.start, range.end)
}

struct Reader<'f> {
    folder: &'f Path,
    project: Project,
    wrong: Vec<Diagnostic>,
}

type Value<'v> = Spanned<DeValue<'v>>;

impl Reader<'_> {
    fn key(&mut self, key: &str, at: Span, value: &Value<'_>) {
        match key {
            "rules" => self.project.rules = self.paths(key, value),
            "data" => self.project.data.data = self.paths(key, value),
            "schema" => self.project.data.schema = self.paths(key, value),
            "functions" => self.project.workspace.functions = self.paths(key, value),
            "watchlists" => self.project.workspace.watchlists = self.paths(key, value),
            "values" => self.project.workspace.values = self.paths(key, value),
            "geoip" => self.project.data.geoip = self.text(key, value).map(|path| self.path(&path)),
            "temp-dir" => self.project.limits.temp_dir = self.text(key, value).map(|path| self.path(&path)),
            "table" => self.project.data.tables = self.named_files(key, value),
            "external" => self.project.data.externals = self.named_files(key, value),
            "set" => self.project.workspace.set = self.named(key, value),
            "param" => self.project.data.parameters = self.named(key, value),
            "lint" => self.lints(value),
            "no-header" => match value.get_ref() {
                DeValue::Boolean(given) => self.project.data.no_header = Some(*given),
                _ => self.wrong_value(value, "`no-header` is true or false", "write `no-header = true`"),
            },
            "delimiter" => {
                let expected = "an ASCII character such as \";\", or \"tab\"";
                self.project.data.delimiter = self.parsed(key, value, expected, |text| arguments::delimiter(text).ok());
            }
            "on-error" => {
                self.project.data.on_error =
                    self.parsed(key, value, "one of fail, skip and null", |text| OnError::from_str(text, false).ok());
            }
            "now" => {
                let given = self.parsed(key, value, "a time such as \"2026-11-21T08:00:00Z\"", |text| {
                    text::parse_datetime(text).map(|_| text.to_owned())
                });
                self.project.data.now = given;
            }
            "memory" => {
                let expected = "a size such as \"4GiB\", or a part of the machine's memory such as \"50%\"";
                self.project.limits.memory = self.parsed(key, value, expected, |text| Memory::from_str(text).ok());
            }
            "timeout" => {
                let expected = "a time such as \"30s\" or \"5m\"";
                self.project.limits.timeout =
                    self.parsed(key, value, expected, |text| humantime::parse_duration(text).ok());
            }
            "threads" => {
                self.project.limits.threads = self.parsed(key, value, "a number from 1 on", |text| text.parse().ok());
            }
            _ => {
                let keys = || KEYS.iter().copied();
                let help = did_you_mean(key, keys())
                    .unwrap_or_else(|| format!("the keys are {}", keys().collect::<Vec<_>>().join(", ")));
                let message = format!("a project has no key `{key}`");
                self.wrong.push(Diagnostic::error(UNKNOWN_KEY, message, at).with_help(help));
            }
        }
    }

    fn wrong_value(&mut self, value: &Value<'_>, message: &str, help: &str) {
        self.wrong.push(Diagnostic::error(WRONG_VALUE, message, place(value)).with_help(help));
    }

    /// A path of the file, as the working directory sees it.
    fn path(&self, given: &str) -> PathBuf {
        self.folder.join(given)
    }

    /// The text that a value holds; of numbers and times as they are written.
    fn text(&mut self, key: &str, value: &Value<'_>) -> Option<String> {
        let text = scalar(value.get_ref());
        if text.is_none() {
            let message = format!("`{key}` is a single value");
            self.wrong_value(value, &message, &format!("write `{key} = \"…\"`"));
        }
        text
    }

    fn parsed<T>(
        &mut self,
        key: &str,
        value: &Value<'_>,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(key, value)?;
        let parsed = parse(&text);
        if parsed.is_none() {
            let message = format!("`{text}` is no value for `{key}`");
            self.wrong_value(value, &message, &format!("`{key}` is {expected}"));
        }
        parsed
    }

    /// A path, or a list of paths.
    fn paths(&mut self, key: &str, value: &Value<'_>) -> Vec<PathBuf> {
        let items = match value.get_ref() {
            DeValue::Array(items) => items.iter().collect(),
            _ => vec![value],
        };
        let mut paths = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::String(text) => paths.push(self.path(text)),
                _ => {
                    let message = format!("`{key}` is a list of paths");
                    self.wrong_value(item, &message, &format!("write `{key} = [\"PATH\", …]`"));
                }
            }
        }
        paths
    }

    /// `NAME=VALUE` for each member of a section.
    fn named(&mut self, key: &str, value: &Value<'_>) -> Vec<String> {
        self.members(key, value).into_iter().map(|(name, value, _)| format!("{name}={value}")).collect()
    }

    /// `NAME=PATH` for each member of a section.
    fn named_files(&mut self, key: &str, value: &Value<'_>) -> Vec<String> {
        let members = self.members(key, value).into_iter();
        members.map(|(name, path, _)| format!("{name}={}", self.path(&path).display())).collect()
    }

    /// The members of a section, each with the place of its name.
    fn members(&mut self, key: &str, value: &Value<'_>) -> Vec<(String, String, Span)> {
        let DeValue::Table(members) = value.get_ref() else {
            let message = format!("`{key}` is a section of names and values");
            self.wrong_value(value, &message, &format!("write `[{key}]`, and below it `NAME = VALUE`, one a line"));
            return Vec::new();
        };
        let mut found = Vec::new();
        for (name, value) in members {
            match scalar(value.get_ref()) {
                Some(text) => found.push((name.get_ref().to_string(), text, place(name))),
                None => {
                    let message = format!("`{}` is a single value", name.get_ref());
                    let help = "a name with dots in it stands in quotes: `\"a.b\" = \"…\"`";
                    self.wrong_value(value, &message, help);
                }
            }
        }
        found
    }

    fn lints(&mut self, value: &Value<'_>) {
        for (code, level, at) in self.members("lint", value) {
            match lint_levels::parsed(&code, &level) {
                Ok(_) => self.project.lints.levels.push(format!("{code}={level}")),
                Err(wrong) => {
                    self.wrong.push(Diagnostic::error(WRONG_VALUE, wrong.message, at).with_help(wrong.help));
                }
            }
        }
    }
}

/// The text of a value that is no list and no section.
fn scalar(value: &DeValue<'_>) -> Option<String> {
    Some(match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok()?.to_string(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(_) | DeValue::Table(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use kql_syntax::render::line_column;

    use super::*;

    fn wrong(text: &str) -> String {
        let shown = |found: &Diagnostic| {
            let (line, column) = line_column(text, found.span.start);
            format!("{line}:{column} {} {}; {}", found.code, found.message, found.help.as_deref().unwrap_or(""))
        };
        read(text, Path::new("")).unwrap_err().iter().map(shown).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_stands_in_the_file_becomes_options() {
        let text = r#"
rules = "rules"
data = ["exports", "/more"]
now = 2026-11-21T08:00:00Z
memory = "1GiB"
threads = 2
[table]
SigninLogs = "logs/signin-*.ndjson"
[set]
days = 7
[external]
"https://lists.test/x.csv?a=b" = "lists/x.csv"
[lint]
KQL0403 = "off"
"#;
        let project = read(text, Path::new("..")).unwrap();
        assert_eq!(project.rules, [Path::new("../rules")]);
        assert_eq!(project.data.data, [Path::new("../exports"), Path::new("/more")]);
        assert_eq!(project.data.now.as_deref(), Some("2026-11-21T08:00:00Z"));
        assert_eq!(project.limits.memory, Some(Memory::Bytes(1 << 30)));
        assert_eq!(project.data.tables, ["SigninLogs=../logs/signin-*.ndjson"]);
        assert_eq!(project.workspace.set, ["days=7"]);
        assert_eq!(project.data.externals, ["https://lists.test/x.csv?a=b=../lists/x.csv"]);
        assert_eq!(project.lints.levels, ["KQL0403=off"]);
    }

    #[test]
    fn what_is_wrong_is_placed() {
        insta::assert_snapshot!(wrong("dta = 1\n"), @"1:1 KQL0342 a project has no key `dta`; did you mean `data`?");
        insta::assert_snapshot!(wrong("data = [1]\nnow = 'noon'\nthreads = 0\n[lint]\nKQL0999 = 'off'\nKQL0403 = 'of'\n"), @r#"
        1:9 KQL0343 `data` is a list of paths; write `data = ["PATH", …]`
        2:7 KQL0343 `noon` is no value for `now`; `now` is a time such as "2026-11-21T08:00:00Z"
        3:11 KQL0343 `0` is no value for `threads`; `threads` is a number from 1 on
        5:1 KQL0343 there is no code `KQL0999`; did you mean `KQL0299`?
        6:1 KQL0343 `of` is no level for KQL0403; the levels are off, note, warning and error
        "#);
        insta::assert_snapshot!(wrong("set = 1\n[table]\na.b = 'x'\n"), @r#"
        1:7 KQL0343 `set` is a section of names and values; write `[set]`, and below it `NAME = VALUE`, one a line
        3:1 KQL0343 `a` is a single value; a name with dots in it stands in quotes: `"a.b" = "…"`
        "#);
        insta::assert_snapshot!(wrong("data = ['a'\nnow = 1\n"), @"2:1 KQL0341 this is not valid TOML: missing comma between array elements, expected `,`;");
    }
}
