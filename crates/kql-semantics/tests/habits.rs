//! What authors bring along from other languages, and slips: each mistake is told once, at its place, with a way out.

use insta::assert_snapshot;
use kql_semantics::{BindContext, check, joined_diagnostics};

use crate::support::{NOW, Samples};

/// What is told of each query.
#[track_caller]
fn told(queries: &[&str]) -> String {
    let mut lines = Vec::new();
    for query in queries {
        lines.push((*query).to_owned());
        let parsed = kql_syntax::parse(query);
        let bound = check(&parsed.query, &BindContext::new(&Samples, NOW));
        for diagnostic in joined_diagnostics(parsed.diagnostics, bound.diagnostics) {
            let place = query.get(diagnostic.span.range()).unwrap_or("?");
            let help = diagnostic.help.unwrap_or_default();
            lines.push(format!("  {} `{place}`: {}; {help}", diagnostic.code, diagnostic.message));
        }
    }
    lines.join("\n")
}

#[test]
fn placeholders() {
    assert_snapshot!(told(&[
        "Logons | where Time > ago({{days}}d) | take 5",
        "Logons | where User in ({{first}}, {{ second one }}) | extend a = {{x}} + 1 | where a > 2",
        "{{Table}} | where Anything == 1",
        "Logons | {{filter}} | take 1",
        "let days = {{days}}; Logons | where Time > ago(days)",
        "Logons | where Time > ago({days})",
        "let f = () {Logons}; f | where User == '{{fine}}'",
    ]), @"
    Logons | where Time > ago({{days}}d) | take 5
      KQL0122 `{{days}}d`: `{{days}}d` is a placeholder: nothing has put a value in its place; give it one with `--set days=VALUE` or `--values FILE`, or write it here
    Logons | where User in ({{first}}, {{ second one }}) | extend a = {{x}} + 1 | where a > 2
      KQL0122 `{{first}}`: `{{first}}` is a placeholder: nothing has put a value in its place; give it one with `--set first=VALUE` or `--values FILE`, or write it here
      KQL0122 `{{ second one }}`: `{{ second one }}` is a placeholder: nothing has put a value in its place; give it one with `--set 'second one=VALUE'` or `--values FILE`, or write it here
      KQL0122 `{{x}}`: `{{x}}` is a placeholder: nothing has put a value in its place; give it one with `--set x=VALUE` or `--values FILE`, or write it here
    {{Table}} | where Anything == 1
      KQL0122 `{{Table}}`: `{{Table}}` is a placeholder: nothing has put a value in its place; give it one with `--set Table=VALUE` or `--values FILE`, or write it here
    Logons | {{filter}} | take 1
      KQL0122 `{{filter}}`: `{{filter}}` is a placeholder: nothing has put a value in its place; give it one with `--set filter=VALUE` or `--values FILE`, or write it here
    let days = {{days}}; Logons | where Time > ago(days)
      KQL0122 `{{days}}`: `{{days}}` is a placeholder: nothing has put a value in its place; give it one with `--set days=VALUE` or `--values FILE`, or write it here
    Logons | where Time > ago({days})
      KQL0122 `{days}`: `{days}` is a placeholder: nothing has put a value in its place; write a value here; a function is written `() {…}`
    let f = () {Logons}; f | where User == '{{fine}}'
    ");
}

#[test]
fn operators_of_other_languages() {
    assert_snapshot!(told(&[
        "Logons | where User == 'a' || Attempts > 1",
        "Logons | where User == 'a' && Attempts > 1",
        "Logons | where User === 'a'",
        "Logons | where User !== 'a'",
        "Logons | where User =! 'a'",
        "Logons | where User ~= 'a'",
        "Logons | where Attempts =< 1",
        "Logons | where not User == 'a'",
        "Logons | where User == 'a' or 'b'",
        "Logons | where User in ['a', 'b']",
        "Logons | left join Users on User",
        "Logons | let x = 1",
        "Logons | take 1 # the first",
    ]), @r#"
    Logons | where User == 'a' || Attempts > 1
      KQL0114 `||`: unknown operator `||`; write `or`
    Logons | where User == 'a' && Attempts > 1
      KQL0114 `&&`: unknown operator `&&`; write `and`
    Logons | where User === 'a'
      KQL0114 `===`: unknown operator `===`; write `==`
    Logons | where User !== 'a'
      KQL0114 `!==`: unknown operator `!==`; write `!=`
    Logons | where User =! 'a'
      KQL0114 `=!`: unknown operator `=!`; write `!=`
    Logons | where User ~= 'a'
      KQL0114 `~=`: unknown operator `~=`; write `=~`
    Logons | where Attempts =< 1
      KQL0114 `=<`: unknown operator `=<`; write `<=`
    Logons | where not User == 'a'
      KQL0114 `not`: `not` is a function, not an operator; write `not(User …)`
    Logons | where User == 'a' or 'b'
      KQL0206 `or`: the operator `or` is not defined for a bool and a string; repeat the comparison, as in `x == "a" or x == "b"`, or write `x in ("a", "b")`
    Logons | where User in ['a', 'b']
      KQL0110 `[`: expected `(` before the values to look for, found `[`; write the values in parentheses, as in `("a", "b")`
    Logons | left join Users on User
      KQL0114 `left`: unknown operator `left`; write `join kind=leftouter (…) on …`
    Logons | let x = 1
      KQL0114 `let`: unknown operator `let`; `let` is a statement of its own: it stands before the query and ends with `;`
    Logons | take 1 # the first
      KQL0101 `# the first`: `#` begins no comment; a comment begins with `//` and ends with its line
    "#);
}

#[test]
fn functions_of_other_languages() {
    assert_snapshot!(told(&[
        "Logons | extend a = concat(User, 'x')",
        "Logons | extend a = len(User), b = NVL(User, '')",
        "Logons | extend a = User.split('@')[0]",
        "Logons | extend a = case when Attempts > 1 then 'a' else 'b' end",
        "Logons | extend a = case(Attempts > 1, 'a', Attempts > 2, 'b')",
        "Logons | summarize count(distinct User)",
        "Logons | summarize count(User)",
        "Logons | summarize avg(User)",
        "Logons | summarize by User, count()",
        "Logons | summarize count() group by User",
    ]), @"
    Logons | extend a = concat(User, 'x')
      KQL0203 `concat`: unknown function `concat`; in KQL: `strcat(…)` joins strings
    Logons | extend a = len(User), b = NVL(User, '')
      KQL0203 `len`: unknown function `len`; in KQL: `strlen(…)`; of an array, `array_length(…)`
      KQL0203 `NVL`: unknown function `NVL`; in KQL: `coalesce(…)`
    Logons | extend a = User.split('@')[0]
      KQL0222 `split('@')`: the name of a member must stand here; functions are not methods: write `split(value, …)`
    Logons | extend a = case when Attempts > 1 then 'a' else 'b' end
      KQL0114 `case`: `case` is a function, not a block; write `case(condition, value, …, otherwise)`
    Logons | extend a = case(Attempts > 1, 'a', Attempts > 2, 'b')
      KQL0204 `case`: case() takes pairs of a condition and a value, and one value for what is left, not 4; it is called as `case(predicate, …, then, …, else)`
    Logons | summarize count(distinct User)
      KQL0119 `distinct`: `distinct` needs a table piped into it; `dcount(…)` counts distinct values, `count_distinct(…)` exactly
    Logons | summarize count(User)
      KQL0205 `User`: count() counts rows: its argument has no effect; `count()` counts all rows, `countif(…)` those of a condition, `dcount(…)` distinct values
    Logons | summarize avg(User)
      KQL0205 `User`: the argument `expr` of avg() takes integer, not a string; 
    Logons | summarize by User, count()
      KQL0207 `count`: the aggregate `count` cannot be grouped by; aggregates stand before `by`: `summarize count() by …`
    Logons | summarize count() group by User
      KQL0110 `group`: expected `|`, `;` or the end of the query, found `group`; write `by …`, without `group`
    ");
}

#[test]
fn times_and_lists() {
    assert_snapshot!(told(&[
        "Logons | where Time > now() - 7",
        "Logons | where Time > 2024-01-01",
        "Logons | summarize count() by bin(Time 1h)",
        "Logons | summarize count() by bin(Time, 1 hour)",
        "Logons | top 5 by Time, User",
        "Logons | project *",
        "union (Logons, Users)",
        "Logons | extend tostring(Details) as d",
        "Logons | make-series count() on Time from ago(1d) to now() by User",
        "datatable(a string)['x']",
        "datatable(a: string)('x')",
    ]), @"
    Logons | where Time > now() - 7
      KQL0206 `-`: the operator `-` is not defined for a datetime and a long; a time is moved by a timespan, such as `7d` or `1h`
    Logons | where Time > 2024-01-01
      KQL0206 `>`: the operator `>` is not defined for a datetime and a long; write the date as `datetime(2024-01-31)`
    Logons | summarize count() by bin(Time 1h)
      KQL0110 `1h`: expected `,`, `)` or an operator, found `1h`; 
    Logons | summarize count() by bin(Time, 1 hour)
      KQL0205 `1`: the argument `roundTo` of bin() takes datetime, not a long; 
      KQL0110 `hour`: expected `,`, `)` or an operator, found `hour`; 
    Logons | top 5 by Time, User
      KQL0110 `User`: `top` orders by one expression; write `sort by …` with all of them, then `| take …`
    Logons | project *
      KQL0110 `*`: expected an expression, found `*`; name the columns; where no `project` stands, all of them stay
    union (Logons, Users)
      KQL0110 `,`: expected one expression in these brackets, found `,`; 
    Logons | extend tostring(Details) as d
      KQL0110 `as`: expected `|`, `;` or the end of the query, found `as`; a name stands first: write `d = …`
    Logons | make-series count() on Time from ago(1d) to now() by User
      KQL0110 `by`: expected `step`, found `by`; 
    datatable(a string)['x']
      KQL0110 `string`: expected `:`, found `string`; a type follows its name and `:`, as in `: string`
    datatable(a: string)('x')
      KQL0110 `(`: expected `[`, found `(`; the values stand in `[` and `]`
    ");
}

#[test]
fn statements() {
    assert_snapshot!(told(&[
        "let f = (x) { x }; print f(1)",
        "let f = x => x + 1; print f(1)",
        "let f(x: long) = { x }; print f(1)",
        "function f(x: long) { x }",
        "x = 5; Logons | take x",
        "let x = 5 Logons | take x",
        "let x := 5; Logons | take x",
        "let f = (x: long) { x } print f(1)",
    ]), @"
    let f = (x) { x }; print f(1)
      KQL0110 `x`: the parameter `x` has no type; write `x: string`, or `x: (*)` for a table
    let f = x => x + 1; print f(1)
      KQL0114 `=>`: `=>` declares no function; write `(x: long) { … }`
    let f(x: long) = { x }; print f(1)
      KQL0110 `(`: expected `=`, found `(`; a function is written `let f = (x: long) { … }`
    function f(x: long) { x }
      KQL0110 `function`: functions are declared with `let`; write `let f = (x: long) { … };`
    x = 5; Logons | take x
      KQL0110 `x`: `let` is missing here; write `let x = …;`
    let x = 5 Logons | take x
      KQL0116 `Logons`: expected `;` before `Logons`; statements are separated by `;`
    let x := 5; Logons | take x
      KQL0110 `:`: expected `=`, found `:`; write `=`, without `:`
    let f = (x: long) { x } print f(1)
      KQL0116 `print`: expected `;` before `print`; statements are separated by `;`
    ");
}
