//! `parse_path`.

use arrow::array::ArrayRef;
use kql_types::ScalarType;
use kql_types::dynamic::Builder;

use crate::documentation::example;
use crate::overload::overload;
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[PARSE_PATH];

const PARSE_PATH: Function = Function {
    name: "parse_path",
    aliases: &[],
    documentation: Documentation {
        summary: "Takes a file path apart.",
        returns: "A bag with `Scheme`, `RootPath`, `DirectoryPath`, `DirectoryName`, `Filename`, `Extension` and \
                  `AlternateDataStreamName`; what the path does not have is the empty string.",
        notes: "Both kinds of slashes part a path. Only drives (`C:\\`) are root paths.",
        page: "parse-path-function",
    },
    overloads: &[overload!([
        parameter("path", ScalarType::String).describe("The path, of Windows or of Unix."),
    ] -> Dynamic, parse_path)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(r"print tostring(parse_path(@'C:\Windows\System32\cmd.exe').Filename)", "cmd.exe"),
        example(r"print tostring(parse_path('/var/log/auth.log').DirectoryPath)", "/var/log"),
        example(r"print tostring(parse_path(@'C:\a.txt:hidden.exe').AlternateDataStreamName)", "hidden.exe"),
    ],
};

fn parse_path(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let paths = arguments.strings(0)?;
    output::dynamics(arguments.rows(), |row, out| {
        let (scheme, path) = split_scheme(paths.value(row));
        let (directory, file) = path.rsplit_once(SLASHES).unwrap_or(("", path));
        let (file, stream) = file.split_once(':').unwrap_or((file, ""));
        let (_, extension) = file.rsplit_once('.').unwrap_or(("", ""));
        let directory_name = directory.rsplit(SLASHES).next().filter(|name| !is_drive(name)).unwrap_or("");
        let mut bag = Builder::new(out);
        bag.begin_bag();
        for (key, value) in [
            ("Scheme", scheme),
            ("RootPath", root(path)),
            ("DirectoryPath", directory),
            ("DirectoryName", directory_name),
            ("Filename", file),
            ("Extension", extension),
            ("AlternateDataStreamName", stream),
        ] {
            bag.key(key);
            bag.string(value);
        }
        bag.end_bag();
        Ok(true)
    })
}

const SLASHES: [char; 2] = ['\\', '/'];

fn split_scheme(path: &str) -> (&str, &str) {
    let is_scheme = |scheme: &str| !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
    path.split_once("://").filter(|(scheme, _)| is_scheme(scheme)).unwrap_or(("", path))
}

/// The drive with the slash behind it; also that of a long path such as `\\?\C:\`.
fn root(path: &str) -> &str {
    let path = path.strip_prefix(r"\\?\").unwrap_or(path);
    let Some(root) = path.get(..3) else { return "" };
    if root.ends_with(SLASHES) && root.get(..2).is_some_and(is_drive) { root } else { "" }
}

fn is_drive(text: &str) -> bool {
    matches!(text.as_bytes(), [letter, b':'] if letter.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, text};

    fn parts(path: &str) -> String {
        let bag = call("parse_path", &[text(path)]);
        let bag: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&bag).unwrap();
        let parts: Vec<String> = bag
            .iter()
            .map(|(key, value)| format!("{key}={}", value.as_str().unwrap()))
            .filter(|part| !part.ends_with('='))
            .collect();
        parts.join(" ")
    }

    #[test]
    fn every_part_is_found() {
        insta::assert_snapshot!(parts(r"d:\é\b.c\file.tar.gz:s.exe"), @r"RootPath=d:\ DirectoryPath=d:\é\b.c DirectoryName=b.c Filename=file.tar.gz Extension=gz AlternateDataStreamName=s.exe");
        insta::assert_snapshot!(parts("smb://host/share/file"), @"Scheme=smb DirectoryPath=host/share DirectoryName=share Filename=file");
        insta::assert_snapshot!(parts(r"\\?\C:\a"), @r"RootPath=C:\ DirectoryPath=\\?\C: Filename=a");
        insta::assert_snapshot!(parts("/usr/bin/"), @"DirectoryPath=/usr/bin DirectoryName=bin");
        insta::assert_snapshot!(parts("é"), @"Filename=é");
        insta::assert_snapshot!(parts(""), @"");
    }
}
