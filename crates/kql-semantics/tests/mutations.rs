//! No text makes the binder panic, hang or point off the text: own queries, spoilt in the same way at each run.

use kql_semantics::{BindContext, bind};

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

/// The words and marks of all queries: what is put in stands where it may mean something.
fn pieces() -> Vec<String> {
    let words =
        QUERIES.iter().flat_map(|query| query.split_inclusive([' ', '(', ')', ',', '.', '|', '=', '[', ']', ';']));
    words.map(str::to_owned).collect()
}

#[test]
fn spoilt_queries_do_no_harm() {
    let pieces = pieces();
    let mut generator = Generator(0x2545_f491_4f6c_dd1d);
    for _ in 0..4_000 {
        let mut words: Vec<String> = QUERIES[generator.below(QUERIES.len())]
            .split_inclusive([' ', '(', ')', ',', '.'])
            .map(str::to_owned)
            .collect();
        for _ in 0..=generator.below(4) {
            let at = generator.below(words.len());
            match generator.below(4) {
                0 => drop(words.remove(at)),
                1 => words.insert(at, pieces[generator.below(pieces.len())].clone()),
                2 => words[at] = pieces[generator.below(pieces.len())].clone(),
                _ => {
                    let other = generator.below(words.len());
                    words.swap(at, other);
                }
            }
            if words.is_empty() {
                break;
            }
        }
        let text = words.concat();
        let parsed = kql_syntax::parse(&text);
        let bound = bind(&parsed.query, &BindContext::new(&Samples, NOW));
        for diagnostic in bound.diagnostics.iter().chain(&bound.lints).chain(&bound.unsupported) {
            assert!(text.get(diagnostic.span.range()).is_some(), "a span off the text of {text:?}: {diagnostic:?}");
        }
    }
}
