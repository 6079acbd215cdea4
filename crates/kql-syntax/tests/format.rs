//! The formatter's style, and what it must never do.

use kql_syntax::{format, layout, parse, tree_text};

use crate::{corpus, robustness};

fn formatted(query: &str) -> String {
    format(query).unwrap_or_default()
}

/// Formats, and checks that nothing but the layout changes.
fn check(query: &str) -> Result<(), String> {
    let Ok(once) = format(query) else { return Ok(()) };
    let twice = format(&once).map_err(|diagnostics| format!("not to be parsed again: {diagnostics:?}\n{once}"))?;
    if twice != once {
        return Err(format!("twice is not once:\n{once}\n---\n{twice}"));
    }
    let is_blank = |it: char| it.is_whitespace() || matches!(it, '\u{200b}'..='\u{200d}' | '\u{feff}');
    let letters = |text: &str| text.replace(is_blank, "");
    if letters(query) != letters(&once) {
        return Err(format!("the text has changed:\n{query}\n---\n{once}"));
    }
    if tree_text(&parse(query).query) != tree_text(&parse(&once).query) {
        return Err(format!("the tree has changed:\n{query}\n---\n{once}"));
    }
    let is_laid_out = once.lines().all(|line| line.trim_end() == line) || once.contains("```") || once.contains("~~~");
    if is_laid_out { Ok(()) } else { Err(format!("white space at a line's end:\n{once}")) }
}

#[test]
fn formatting_changes_the_layout_alone() {
    let own = robustness::QUERIES.iter().map(|it| (*it).to_owned());
    let wrong: Vec<String> =
        own.chain(corpus::queries().into_iter().step_by(3)).filter_map(|query| check(&query).err()).collect();
    assert!(
        wrong.is_empty(),
        "{} queries:\n{}",
        wrong.len(),
        wrong.iter().take(8).cloned().collect::<Vec<_>>().join("\n=====\n")
    );
}

#[test]
fn no_query_falls_back_to_its_author_s_layout() {
    let own = robustness::QUERIES.iter().map(|it| (*it).to_owned());
    let queries = own.chain(corpus::queries());
    let fallen_back: Vec<String> = queries.filter(|query| layout(query) == Ok(None)).collect();
    assert!(fallen_back.is_empty(), "{} queries, the first: {}", fallen_back.len(), fallen_back.first().unwrap());
}

#[test]
fn text_with_errors_is_not_formatted() {
    assert_eq!(format("T | wher a").unwrap_err().len(), 1);
}

#[test]
fn style() {
    insta::assert_snapshot!(formatted("let a=1;let b = T|where x==-1 and y in(1,2)|take 5;\n\n\nb|join kind = inner(U|where z has'q'|project k,v=f (k , 2)) on k|count"), @r##"
    let a = 1;
    let b = T
    | where x == -1 and y in (1, 2)
    | take 5;

    b
    | join kind=inner (
        U
        | where z has 'q'
        | project k, v = f(k, 2)
    ) on k
    | count
    "##);
    insta::assert_snapshot!(formatted("let f=(x:string,T:(*)){let y=x;T|where n==y};let g=(a:long){a+1};f('q',T)"), @r##"
    let f = (x: string, T: (*)) {
        let y = x;
        T
        | where n == y
    };
    let g = (a: long) { a + 1 };
    f('q', T)
    "##);
    insta::assert_snapshot!(formatted("// head\nT // the table\n// before\n| where a == 1 // why\n  and b == 2\n//| take 5\n| project a,\n b // end\n"), @r##"
    // head
    T // the table
    // before
    | where a == 1 // why
        and b == 2
    //| take 5
    | project a,
        b // end
    "##);
    insta::assert_snapshot!(formatted("datatable(a:long,b:string)[\n1,'x',\n2,'y']|extend c=dynamic({'k':[1,-2]}),d=a between(1..2)|where c:'x' or toscalar(T|count)>a-1"), @r##"
    datatable(a: long, b: string)[
        1, 'x',
        2, 'y']
    | extend c = dynamic({'k': [1, -2]}), d = a between (1 .. 2)
    | where c:'x' or toscalar(T | count) > a - 1
    "##);
    insta::assert_snapshot!(formatted("T | project aaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, cccccccccccccccccccccccc, ddddddddddddddddddddddd, eeeeeeeeeeeeeeeeeee"), @r##"
    T
    | project aaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, cccccccccccccccccccccccc, ddddddddddddddddddddddd,
        eeeeeeeeeeeeeeeeeee
    "##);
    insta::assert_snapshot!(formatted("T|scan declare(n:long=0) with(step s:a>1=>n=s.n+1;step t:true;)|make-graph x-->y with N on id|graph-match (a)-[e*1..3]->(b) project a.x"), @r##"
    T
    | scan declare (n: long = 0) with (
        step s: a > 1 => n = s.n + 1;
        step t: true;
    )
    | make-graph x-->y with N on id
    | graph-match (a)-[e*1..3]->(b) project a.x
    "##);
}
