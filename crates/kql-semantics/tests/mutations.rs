//! No text makes the binder panic, hang or point off the text: own queries, spoilt in the same way at each run.

use std::path::Path;
use std::time::{Duration, Instant};

use kql_semantics::{BindContext, bind};
use kql_syntax::{Diagnostic, Severity};

use crate::support::{NOW, Samples};

const QUERIES: &[&str] = &[
    "let n = 5; let f = (x: long) { Logons | where Attempts > x }; f(n) | summarize count() by User, bin(Time, 1d)",
    "Logons | join kind=leftouter (Users | project User, Department) on User | extend d = tostring(Details.a[0]['b'])",
    "Logons | where User in ((Users | project User)) and Attempts between (1 .. 5) | project-away T* | sort by User asc",
    "union withsource=S Logons, (Users | extend Time = now()) | mv-expand x = Details to typeof(long) | top 5 by x",
    "Logons | summarize arg_max(Time, *), n = dcount(User), p = percentiles(Attempts, 5, 95) by Succeeded | render piechart",
    "let t = materialize(Logons | take 10); t | where Attempts > toscalar(t | summarize avg(Attempts)) | as X | union X",
    "datatable(a: long, b: dynamic)[1, dynamic([1, {'x': 2}])] | extend c = b[1].x + a, d = iff(a > 1, 'x', strcat('y', a))",
    "range x from 1 to 10 step 1 | extend y = case(x % 2 == 0, 1d, x > 5, 2h, 3m) | parse 'a1b' with 'a' n: long 'b'",
    "print a = datetime(2024-01-01) - 1d, b = 1 / 0, c = -9223372036854775807, d = dynamic({'k': [1]}).k[0], e = 'x' has_any ('a')",
];

struct Generator(u64);

impl Generator {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (limit.max(1) as u64)).unwrap_or_default()
    }
}

/// Queries to spoil: those above, the examples of all functions and operators, and the language suite.
fn seeds() -> Vec<String> {
    let functions = kql_functions::all().flat_map(|function| function.examples);
    let aggregates = kql_functions::all_aggregates().flat_map(|aggregate| aggregate.examples);
    let examples = functions.chain(aggregates).map(|example| example.query);
    let operators = kql_syntax::operators::references().flat_map(|reference| reference.examples).copied();
    let mut seeds: Vec<String> = QUERIES.iter().copied().chain(examples).chain(operators).map(str::to_owned).collect();
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/suite");
    let mut folders = vec![suite];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => seeds.extend(std::fs::read_to_string(path).unwrap().split("// ---").skip(1).map(|case| {
                    let (_, query) = case.split_once('\n').unwrap_or_default();
                    query.lines().filter(|line| !line.starts_with("//")).collect::<Vec<_>>().join("\n")
                })),
            }
        }
    }
    seeds
}

/// A query with some words or characters removed, put in, replaced or swapped.
fn spoilt(seeds: &[String], generator: &mut Generator) -> String {
    const MARKS: &[char] = &[' ', '(', ')', ',', '.', '|', '=', '[', ']', ';', '\n', '"', '\''];
    let pieces = |generator: &mut Generator| -> Vec<String> {
        seeds[generator.below(seeds.len())].split_inclusive(MARKS).map(str::to_owned).collect()
    };
    let mut words = pieces(generator);
    let others = pieces(generator);
    for _ in 0..=generator.below(4) {
        if words.is_empty() || others.is_empty() {
            break;
        }
        let at = generator.below(words.len());
        match generator.below(6) {
            0 => drop(words.remove(at)),
            1 => words.insert(at, others[generator.below(others.len())].clone()),
            2 => words[at] = others[generator.below(others.len())].clone(),
            3 => {
                let other = generator.below(words.len());
                words.swap(at, other);
            }
            4 => words[at] = words[at].chars().rev().collect(),
            _ => {
                let wild = [
                    '\0',
                    '\u{200b}',
                    'é',
                    '\u{1f600}',
                    '"',
                    '`',
                    '\\',
                    '/',
                    '*',
                    '{',
                    '}',
                    '9',
                    '-',
                    ':',
                    '~',
                    '@',
                    'h',
                ];
                words[at].insert(0, wild[generator.below(wild.len())]);
            }
        }
    }
    words.concat()
}

/// `KQL_MUTANTS` says how many are tried, `KQL_SEED` which.
#[test]
fn spoilt_queries_do_no_harm() {
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
    };
    let (count, seed) = (number("KQL_MUTANTS", 4_000), number("KQL_SEED", 1));
    let seeds = seeds();
    let mut generator = Generator(0x2545_f491_4f6c_dd1d_u64.wrapping_mul(seed | 1));
    let (mut parsed_whole, mut bound_whole) = (0_u64, 0_u64);
    for _ in 0..count {
        let text = spoilt(&seeds, &mut generator);
        let started = Instant::now();
        let parsed = kql_syntax::parse(&text);
        let bound = bind(&parsed.query, &BindContext::new(&Samples, NOW));
        let found = parsed.diagnostics.iter().chain(&bound.diagnostics).chain(&bound.lints).chain(&bound.unsupported);
        for diagnostic in found {
            assert!(text.get(diagnostic.span.range()).is_some(), "a span off the text of {text:?}: {diagnostic:?}");
        }
        let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
        if !parsed.diagnostics.iter().any(is_error) {
            parsed_whole += 1;
            bound_whole += u64::from(!bound.diagnostics.iter().any(is_error));
            let once = kql_syntax::format(&text).unwrap_or_else(|_| panic!("{text:?} parses and is not formatted"));
            let twice = kql_syntax::format(&once).ok();
            assert_eq!(twice.as_ref(), Some(&once), "formatting {text:?} twice");
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{text:?} took {:?}", started.elapsed());
    }
    println!("{count} queries: {parsed_whole} parse, {bound_whole} of them bind");
    assert!(
        parsed_whole * 20 > count && bound_whole * 100 > count,
        "too spoilt to tell: {parsed_whole}, {bound_whole}"
    );
}
