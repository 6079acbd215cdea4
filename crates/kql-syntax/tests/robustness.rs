//! No text makes the parser panic, overflow its stack or take its time.

use std::time::{Duration, Instant};

use kql_syntax::{Severity, format, parse, tree_text};

/// Ways to nest: what opens a level, what stands inside, what closes it.
const NESTINGS: &[(&str, &str, &str)] = &[
    ("(", "1", ")"),
    ("-(", "1", ")"),
    ("f(", "1", ")"),
    ("a + f(x, ", "1", ")"),
    ("['a'][", "1", "]"),
    ("a.b(1)[", "1", "]"),
    ("a in (", "1", ")"),
    ("a between (1 .. ", "1", ")"),
    ("a between (", "1", " .. 2)"),
    ("toscalar(T | where x == ", "1", ")"),
    ("T | mv-apply a on (mv-apply b on (", "take 1", "))"),
    ("T | join (", "T", ") on a"),
    ("T | union (", "T", ")"),
    ("union (", "T", ")"),
    ("T | fork (where x == 1 | fork (", "take 1", "))"),
    ("T | partition by a {", "T", "}"),
    ("T | partition by a (where b | partition by a (", "take 1", "))"),
    ("T | facet by a with (facet by a with (", "take 1", "))"),
    ("let f = () {", "T", "}"),
    ("let f = (x: string) { let y = 1; T | where x in (", "T", ")}"),
    ("macro-expand G as X (", "T", ")"),
    ("T | scan with (step s: ", "true", " => a = 1;)"),
    ("T | scan with (step s: (", "true", ") => a = 1;)"),
    ("T | make-graph a --> b partitioned-by p (graph-match (n) project n.x | join (", "T", ") on a)"),
    ("datatable(a: long)[", "1", "]"),
    ("externaldata(a: long)[", "1", "]"),
    ("dynamic([", "1", "])"),
    ("dynamic({\"a\": ", "1", "})"),
    ("f(x = ", "1", ")"),
    ("(a, b) = f(", "1", ")"),
    ("print (", "1", ")"),
    ("iff(a == ", "1", ", 2, 3)"),
    ("T | summarize count() by f(", "1", ")"),
    ("T | evaluate f(", "1", ")"),
    ("T | search (", "1", ")"),
    ("T | top 1 by (", "1", ")"),
];

/// Ways to make a chain: how it begins, and what is repeated.
const CHAINS: &[(&str, &str)] = &[
    ("print a", " and b"),
    ("print a == 1", " and b == 1 or c"),
    ("print a", " or b == 2"),
    ("print a", " + b"),
    ("print a", " == b"),
    ("print a", " has b"),
    ("print a", "\n"),
    ("print a", ".b"),
    ("print a", "[0]"),
    ("print a", ".['b']"),
    ("print a", " in (1)"),
    ("print a", " and b in (1, 2) and c has 'x'"),
    ("print strcat(a", ", b"),
    ("print \"a\"", " \"b\""),
    ("T", " | where a == 1"),
    ("T", " | a b c"),
    ("T", " |"),
    ("T", ";"),
    ("T", "\nT"),
    ("let a = 1;", "let a = 1;"),
    ("T | where (a", " | where (a"),
    ("", "-"),
    ("", "--"),
    ("", "-- a "),
    ("", "/*"),
    ("", "“"),
    ("T | where a", " && b"),
    ("T | project a", ","),
    ("T | project f(a", " | where f(a"),
    ("", "!"),
    ("", "("),
    ("", ")"),
    ("", "[{("),
    ("", "([)]"),
    ("", "{{"),
    ("", "'"),
    ("", "\"\\\""),
    ("", "int(\"\\\""),
    ("", "@'"),
    ("", "```"),
    ("", "h"),
    ("", "0x"),
    ("", "1."),
    ("", "mv-"),
    ("", "//"),
    ("", "\u{feff}\u{a0}é"),
    ("project-away a", ", b*c*"),
    ("T | parse a with *", " 'x' b: long *"),
    ("T | make-graph a --> b | graph-match (a)", "-[e*1..2]->(b)"),
    ("T | top-nested 1 of a by b", ", top-nested 1 of a by b"),
    ("T | fork (take 1)", " (take 1)"),
];

fn closed(nesting: &(&str, &str, &str), depth: usize) -> String {
    let (open, inner, close) = nesting;
    format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
}

#[test]
fn nesting_is_bounded() {
    for nesting in NESTINGS {
        for depth in [1, 10, 40, 48, 60, 90, 99, 100, 101, 2000] {
            let parsed = parse(&closed(nesting, depth));
            if depth == 2000 {
                let refused = parsed.diagnostics.iter().any(|it| it.severity == Severity::Error);
                assert!(refused, "{nesting:?} at {depth}");
            }
            drop(parsed.clone());
            drop(parse(&nesting.0.repeat(depth)));
        }
    }
}

#[test]
fn moderate_nesting_is_accepted() {
    for nesting in [("(", "1", ")"), ("f(", "1", ")"), ("dynamic([", "1", "])"), ("T | join (", "T", ") on a")] {
        let query = closed(&nesting, 30);
        assert_eq!(parse(&query).diagnostics, [], "{query}");
    }
}

#[test]
fn long_chains_take_no_stack_and_linear_time() {
    for (start, link) in CHAINS {
        let query = format!("{start}{}", link.repeat(4_000));
        let begun = Instant::now();
        let parsed = parse(&query);
        let elapsed = begun.elapsed();
        assert!(elapsed < Duration::from_secs(3), "{start}{link}… took {elapsed:?}");
        drop(parsed.clone());
        let _ = format(&query);
        let elapsed = begun.elapsed();
        assert!(elapsed < Duration::from_secs(10), "{start}{link}… took {elapsed:?} with formatting");
    }
}

#[test]
fn the_highest_trees_can_be_walked() {
    for (start, link) in CHAINS {
        for length in [250, 290, 298, 300] {
            let query = format!("{start}{}", link.repeat(length));
            let _ = format(&query);
            let _ = tree_text(&parse(&query).query);
        }
    }
    for nesting in NESTINGS {
        for depth in [20, 31, 32, 60, 63, 64] {
            let _ = format(&closed(nesting, depth));
        }
    }
}

#[test]
fn long_logical_chains_are_accepted() {
    for link in [" and b == 1", " or b has 'x'", " and b in (1, 2) or c"] {
        let query = format!("T | where a{}", link.repeat(5_000));
        assert_eq!(parse(&query).diagnostics, [], "{link}");
    }
    let query = format!("print strcat(a{})", ", 'b'".repeat(5_000));
    assert_eq!(parse(&query).diagnostics, []);
}

/// Own queries of many constructs, to be spoilt.
pub const QUERIES: &[&str] = &[
    "let since = ago(1d); Sign | where Time > since and User has_any ('a', \"b\") | summarize n = count() by bin(Time, 1h), User",
    "let f = (x: string, T: (*), n: long = 5) { T | where Name contains x | take n }; f('q', Sign)",
    "union isfuzzy=true withsource=S A*, (B | project x, y = z.['a b']), database('d').C | sort by x desc nulls last",
    "datatable(a: long, b: dynamic)[1, dynamic({'k': [1, -2.5, null, 1d]}), 2, dynamic(null),] | mv-expand b to typeof(string)",
    "T | join kind=leftouter hint.strategy=shuffle (U | distinct Key) on Key, $left.a == $right.b | project-away *1",
    "T | make-series n = count() default=0 on Time from ago(7d) to now() step 1d by User | render timechart with (title='x', ycolumns=a, b)",
    "T | parse kind=regex Text with * @'id=\\d+' id: long \", \" rest | parse-where Text with a ':' b",
    "T | mv-apply with_itemindex=i x = Items to typeof(long) limit 3 on (where x > 1 | summarize s = sum(x))",
    "T | scan with_match_id=m declare (n: long = 0) with (step s1: a > 1 => n = s1.n + 1; step s2 output=none: true;)",
    "T | top-nested 3 of a with others='rest' by count(), top-nested of b by max(c) desc",
    "T | make-graph s --> t with N on id | graph-match (a)-[e*1..3]->(b)<--(c) where a.x == 1 project a.x, y = b.y",
    "print a = 1.5e3, b = 0xff, c = 2.5h, d = datetime(2020-01-01 10:00), e = guid(null), f = ```x\ny```, g = h'secret' ",
    "T | evaluate hint.distribution=single bag_unpack(d, 'p_') : (*, a: string) | where a between (1 .. 2) or a !in~ ('x')",
    "search kind=case_sensitive in (A, B*) 'x' and c:'y' or * has 'z'",
    "find withsource=s in (A, B) where a == 1 project a, b: string, pack_all()",
    "declare query_parameters(a: string = 'x'); set notruncation; restrict access to (T); T | where user == a",
    "T | where x matches regex @\"^a\" // comment\r\n| extend y = iff(x =~ 'a', -1, +2) % 3 | partition by y (top 1 by x)",
    "externaldata(a: string)[@'http://x/y.csv' h'?s'] with (format='csv', ignoreFirstRecord=true) | fork n=(count) (take 1)",
    "T | reduce by a with threshold=0.1, characters='_' | parse-kv b as (c: long) with (pair_delimiter=';') | getschema",
    "let v = view () { T | lookup kind=inner (U) on a }; v | serialize r = row_number() | assert-schema (r: long) | as X",
];

/// A small generator, so that every run sees the same edits.
struct Generator(u64);

impl Generator {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (limit.max(1) as u64)).unwrap_or_default()
    }
}

#[test]
fn own_queries_are_accepted() {
    for query in QUERIES {
        assert_eq!(parse(query).diagnostics, [], "{query}");
    }
}

#[test]
fn spoilt_queries_do_no_harm() {
    let pieces = [
        "(", ")", "[", "]", "{", "}", "|", ";", ",", "'", "\"", "=", "..", "@", "```", " by ", "let ", "\n", "\0", "é",
        "{{", "-",
    ];
    let mut generator = Generator(0x9e37_79b9_7f4a_7c15);
    for query in QUERIES {
        for _ in 0..300 {
            let mut bytes = query.as_bytes().to_vec();
            for _ in 0..=generator.below(4) {
                let at = generator.below(bytes.len());
                match generator.below(5) {
                    0 => drop(bytes.drain(at..(at + generator.below(8)).min(bytes.len()))),
                    1 => drop(bytes.splice(at..at, pieces[generator.below(pieces.len())].bytes())),
                    2 => bytes.push(u8::try_from(generator.below(256)).unwrap()),
                    3 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 0x15),
                    _ => bytes.truncate(at.max(1)),
                }
            }
            let text = String::from_utf8_lossy(&bytes);
            let parsed = parse(&text);
            let _ = format(&text);
            for diagnostic in &parsed.diagnostics {
                assert!(text.get(diagnostic.span.range()).is_some(), "a span off the text of {text:?}: {diagnostic:?}");
            }
        }
    }
}
