//! What authors are told of typical mistakes.

use kql_syntax::parse;
use kql_syntax::render::{Colour, render};

fn diagnose(query: &str) -> String {
    let parsed = parse(query);
    let shown = |it| render(it, it.span, "query.kql", query, Colour::Never);
    parsed.diagnostics.iter().map(shown).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn brackets() {
    insta::assert_snapshot!(diagnose("T\n| where (a == 1\n| take 5"), @"
    error[KQL0111]: this `(` is never closed
     --> query.kql:2:9
      |
    2 | | where (a == 1
      |         ^
      |
      = help: write `)` where its contents end
    ");
    insta::assert_snapshot!(diagnose("T | where a == 1)\n| take x y"), @"
    error[KQL0112]: `)` closes nothing: there is no `(` before it
     --> query.kql:1:17
      |
    1 | T | where a == 1)
      |                 ^

    error[KQL0110]: expected `|`, `;` or the end of the query, found `y`
     --> query.kql:2:10
      |
    2 | | take x y
      |          ^
      |
      = help: items are separated by `,`, conditions joined by `and` or `or`, operators by `|`
    ");
    insta::assert_snapshot!(diagnose("T | extend b = f(a, g(c)\n| where b"), @"
    error[KQL0111]: this `(` is never closed
     --> query.kql:1:17
      |
    1 | T | extend b = f(a, g(c)
      |                 ^
      |
      = help: write `)` where its contents end
    ");
    insta::assert_snapshot!(diagnose("let f = (x: long) { x + 1;\nf(1)"), @"
    error[KQL0111]: this `{` is never closed
     --> query.kql:1:19
      |
    1 | let f = (x: long) { x + 1;
      |                   ^
      |
      = help: write `}` where its contents end
    ");
    insta::assert_snapshot!(diagnose("print a[1"), @"
    error[KQL0111]: this `[` is never closed
     --> query.kql:1:8
      |
    1 | print a[1
      |        ^
      |
      = help: write `]` where its contents end
    ");
    insta::assert_snapshot!(diagnose("T | where a in (1, 2 | take 3"), @"
    error[KQL0111]: this `(` is never closed
     --> query.kql:1:16
      |
    1 | T | where a in (1, 2 | take 3
      |                ^
      |
      = help: write `)` where its contents end
    ");
}

#[test]
fn pipes() {
    insta::assert_snapshot!(diagnose("T\n| where a == 1\nproject b"), @"
    error[KQL0115]: expected `|` before `project`
     --> query.kql:3:1
      |
    3 | project b
      | ^^^^^^^
      |
      = help: write `| project`
    ");
    insta::assert_snapshot!(diagnose("T | where a ==\n| project b"), @"
    error[KQL0110]: a value is missing after `==`
     --> query.kql:1:13
      |
    1 | T | where a ==
      |             ^^
    ");
    insta::assert_snapshot!(diagnose("T | | take 5"), @"
    error[KQL0110]: no operator follows this `|`
     --> query.kql:1:3
      |
    1 | T | | take 5
      |   ^
      |
      = help: take the `|` away, or write an operator after it
    ");
    insta::assert_snapshot!(diagnose("T | take 5 |"), @"
    error[KQL0110]: no operator follows this `|`
     --> query.kql:1:12
      |
    1 | T | take 5 |
      |            ^
      |
      = help: take the `|` away, or write an operator after it
    ");
    insta::assert_snapshot!(diagnose("where a == 1"), @r##"
    error[KQL0119]: `where` needs a table piped into it
     --> query.kql:1:1
      |
    1 | where a == 1
      | ^^^^^
      |
      = help: begin with a table: `T | where …`
    "##);
}

#[test]
fn operators() {
    insta::assert_snapshot!(diagnose("T | wher a == 1 | projct b"), @r##"
    error[KQL0114]: unknown operator `wher`
     --> query.kql:1:5
      |
    1 | T | wher a == 1 | projct b
      |     ^^^^
      |
      = help: did you mean `where`?

    error[KQL0114]: unknown operator `projct`
     --> query.kql:1:19
      |
    1 | T | wher a == 1 | projct b
      |                   ^^^^^^
      |
      = help: did you mean `project`?
    "##);
    insta::assert_snapshot!(diagnose("T | sumarize count() by a"), @r##"
    error[KQL0114]: unknown operator `sumarize`
     --> query.kql:1:5
      |
    1 | T | sumarize count() by a
      |     ^^^^^^^^
      |
      = help: did you mean `summarize`?
    "##);
    insta::assert_snapshot!(diagnose("T | sort a"), @"
    error[KQL0110]: expected `by`, found `a`
     --> query.kql:1:10
      |
    1 | T | sort a
      |          ^
      |
      = help: write `by a`
    ");
    insta::assert_snapshot!(diagnose("T | mv_expand a"), @r##"
    error[KQL0114]: unknown operator `mv_expand`
     --> query.kql:1:5
      |
    1 | T | mv_expand a
      |     ^^^^^^^^^
      |
      = help: did you mean `mv-expand`?
    "##);
}

#[test]
fn operands() {
    insta::assert_snapshot!(diagnose("T | where a = 1 and b == 2"), @r##"
    warning[KQL0113]: `=` compares nothing here: rows are kept by `1 and b == 2` alone
     --> query.kql:1:11
      |
    1 | T | where a = 1 and b == 2
      |           ^^^^^^^^^^^^^^^^
      |
      = help: to compare, write `a == 1 and b == 2`
    "##);
    insta::assert_snapshot!(diagnose("T | where (a = 1)"), @r##"
    error[KQL0113]: `=` gives a name and compares nothing
     --> query.kql:1:14
      |
    1 | T | where (a = 1)
      |              ^
      |
      = help: to compare, write `==`
    "##);
    insta::assert_snapshot!(diagnose("T | where a == 1 == true"), @r##"
    error[KQL0118]: a comparison cannot be compared again by `==`
     --> query.kql:1:18
      |
    1 | T | where a == 1 == true
      |                  ^^
      |
      = help: join comparisons with `and`, or put one of them in parentheses
    "##);
    insta::assert_snapshot!(diagnose("T | where a == 1 and"), @"
    error[KQL0110]: a value is missing after `and`
     --> query.kql:1:18
      |
    1 | T | where a == 1 and
      |                  ^^^
    ");
    insta::assert_snapshot!(diagnose("T | where a in 'x'"), @r##"
    error[KQL0110]: expected `(` before the values to look for, found a string
     --> query.kql:1:16
      |
    1 | T | where a in 'x'
      |                ^^^
      |
      = help: write the values in parentheses, as in `('x')`
    "##);
    insta::assert_snapshot!(diagnose("T | where a between 1 .. 2"), @r##"
    error[KQL0110]: expected `(` before the bounds, found `1`
     --> query.kql:1:21
      |
    1 | T | where a between 1 .. 2
      |                     ^
      |
      = help: write `between (low .. high)`
    "##);
    insta::assert_snapshot!(diagnose("T | where a b"), @"
    error[KQL0110]: expected `|`, `;` or the end of the query, found `b`
     --> query.kql:1:13
      |
    1 | T | where a b
      |             ^
      |
      = help: items are separated by `,`, conditions joined by `and` or `or`, operators by `|`
    ");
    insta::assert_snapshot!(diagnose("T | where not a"), @"
    error[KQL0114]: `not` is a function, not an operator
     --> query.kql:1:11
      |
    1 | T | where not a
      |           ^^^
      |
      = help: write `not(a …)`
    ");
}

#[test]
fn literals() {
    insta::assert_snapshot!(diagnose("T | where a == \"x\n| take 5"), @r##"
    error[KQL0102]: this string is never closed
     --> query.kql:1:16
      |
    1 | T | where a == "x
      |                ^^
      |
      = help: a string ends on its own line; text of several lines goes between ``` and ```
    "##);
    insta::assert_snapshot!(diagnose("print \"C:\\dir\", 99999999999999999999, int(x), bool(maybe)"), @r##"
    error[KQL0103]: strings have no escape sequence `\d`
     --> query.kql:1:10
      |
    1 | print "C:\dir", 99999999999999999999, int(x), bool(maybe)
      |          ^^
      |
      = help: write `\\` for a backslash, or put `@` before the quote to have no escapes at all

    error[KQL0105]: `99999999999999999999` does not fit into a long
     --> query.kql:1:17
      |
    1 | print "C:\dir", 99999999999999999999, int(x), bool(maybe)
      |                 ^^^^^^^^^^^^^^^^^^^^

    error[KQL0104]: `x` is not a constant of type int
     --> query.kql:1:39
      |
    1 | print "C:\dir", 99999999999999999999, int(x), bool(maybe)
      |                                       ^^^^^^
      |
      = help: to convert a value, call `toint(…)`

    error[KQL0104]: `maybe` is not a constant of type bool
     --> query.kql:1:47
      |
    1 | print "C:\dir", 99999999999999999999, int(x), bool(maybe)
      |                                               ^^^^^^^^^^^
      |
      = help: to convert a value, call `tobool(…)`
    "##);
    insta::assert_snapshot!(diagnose("T | where a == #1"), @r##"
    error[KQL0101]: unexpected character `#`
     --> query.kql:1:16
      |
    1 | T | where a == #1
      |                ^
    "##);
}

#[test]
fn statements() {
    insta::assert_snapshot!(diagnose("let a = 1\nT | where b == a"), @r##"
    error[KQL0116]: expected `;` before `T`
     --> query.kql:2:1
      |
    2 | T | where b == a
      | ^
      |
      = help: statements are separated by `;`
    "##);
    insta::assert_snapshot!(diagnose("let a 1; T"), @r##"
    error[KQL0110]: expected `=`, found `1`
     --> query.kql:1:7
      |
    1 | let a 1; T
      |       ^
    "##);
    insta::assert_snapshot!(diagnose(";T"), @r##"
    error[KQL0110]: expected a statement, found `;`
     --> query.kql:1:1
      |
    1 | ;T
      | ^
    "##);
    insta::assert_snapshot!(diagnose("T;; U"), @r##"
    error[KQL0110]: expected a statement, found `;`
     --> query.kql:1:3
      |
    1 | T;; U
      |   ^
    "##);
    insta::assert_snapshot!(diagnose(".show tables"), @r##"
    error[KQL0110]: control commands, which begin with `.`, are not queries
     --> query.kql:1:1
      |
    1 | .show tables
      | ^
    "##);
    insta::assert_snapshot!(diagnose("let where = 1; T"), @r##"
    error[KQL0117]: expected a name, found `where`
     --> query.kql:1:5
      |
    1 | let where = 1; T
      |     ^^^^^
      |
      = help: `where` is a keyword; to use it as a name, write `['where']`
    "##);
    insta::assert_snapshot!(diagnose("T | project time, string"), @r##"
    error[KQL0117]: expected an expression, found `time`
     --> query.kql:1:13
      |
    1 | T | project time, string
      |             ^^^^
      |
      = help: `time` is a keyword; to use it as a name, write `['time']`
    "##);
}

#[test]
fn lists() {
    insta::assert_snapshot!(diagnose("T | project a,, b"), @"
    error[KQL0110]: nothing follows this `,`
     --> query.kql:1:14
      |
    1 | T | project a,, b
      |              ^
      |
      = help: take the `,` away, or write what belongs after it
    ");
    insta::assert_snapshot!(diagnose("T | summarize count() by a,"), @"
    error[KQL0110]: nothing follows this `,`
     --> query.kql:1:27
      |
    1 | T | summarize count() by a,
      |                           ^
      |
      = help: take the `,` away, or write what belongs after it
    ");
    insta::assert_snapshot!(diagnose("print f(a b)"), @r##"
    error[KQL0110]: expected `,`, `)` or an operator, found `b`
     --> query.kql:1:11
      |
    1 | print f(a b)
      |           ^
    "##);
    insta::assert_snapshot!(diagnose("T | extend a = 1 b = 2"), @"
    error[KQL0110]: expected `|`, `;` or the end of the query, found `b`
     --> query.kql:1:18
      |
    1 | T | extend a = 1 b = 2
      |                  ^
      |
      = help: items are separated by `,`, conditions joined by `and` or `or`, operators by `|`
    ");
    insta::assert_snapshot!(diagnose("datatable(a long)[1]"), @"
    error[KQL0110]: expected `:`, found `long`
     --> query.kql:1:13
      |
    1 | datatable(a long)[1]
      |             ^^^^
      |
      = help: a type follows its name and `:`, as in `: long`
    ");
    insta::assert_snapshot!(diagnose("print dynamic({a: 1})"), @r##"
    error[KQL0110]: expected a string, found `a`
     --> query.kql:1:16
      |
    1 | print dynamic({a: 1})
      |                ^
    "##);
}

#[test]
fn several_at_once() {
    insta::assert_snapshot!(diagnose("let x = (1;\nT | where a = = 1 | projct b | take (5 | extend c = ]\n| count"), @"
    error[KQL0111]: this `(` is never closed
     --> query.kql:1:9
      |
    1 | let x = (1;
      |         ^
      |
      = help: write `)` where its contents end

    error[KQL0113]: expected an expression, found `=`
     --> query.kql:2:15
      |
    2 | T | where a = = 1 | projct b | take (5 | extend c = ]
      |               ^
      |
      = help: `=` gives a name; to compare, write `==`

    error[KQL0114]: unknown operator `projct`
     --> query.kql:2:21
      |
    2 | T | where a = = 1 | projct b | take (5 | extend c = ]
      |                     ^^^^^^
      |
      = help: did you mean `project`?

    error[KQL0111]: this `(` is never closed
     --> query.kql:2:37
      |
    2 | T | where a = = 1 | projct b | take (5 | extend c = ]
      |                                     ^
      |
      = help: write `)` where its contents end

    error[KQL0110]: expected an expression, found `]`
     --> query.kql:2:53
      |
    2 | T | where a = = 1 | projct b | take (5 | extend c = ]
      |                                                     ^
    ");
}
