//! What the binder complains of.

use insta::assert_snapshot;

use crate::support::complaints;

#[test]
fn unknown_names_have_suggestions() {
    assert_snapshot!(complaints("Logons | where Usr == 'x'"), @"KQL0201 `Usr`: unknown column `Usr` (did you mean `User`?)");
    assert_snapshot!(complaints("Logns | where User == 'x'"), @"KQL0202 `Logns`: unknown table `Logns` (did you mean `Logons`?)");
    assert_snapshot!(complaints("Xyz | where User == 'x'"), @"KQL0202 `Xyz`: unknown table `Xyz` (the tables are Logons, Users)");
    assert_snapshot!(complaints("Logons | extend x = tolowr(User)"), @"KQL0203 `tolowr`: unknown function `tolowr` (did you mean `tolower`?)");
    assert_snapshot!(complaints("Logons | join kind=lefouter Users on User"), @"KQL0210 `lefouter`: unknown join kind `lefouter` (did you mean `leftouter`?)");
    assert_snapshot!(complaints("Logons | project-away Q*"), @"KQL0201 `Q*`: no column matches `Q*`");
}

#[test]
fn one_run_reports_every_independent_mistake() {
    assert_snapshot!(complaints("Logons | extend a = nope(User), b = strlen() | where a > 1 and Tme > ago(1d) | project a, b, User, Usre"), @r"
    KQL0203 `nope`: unknown function `nope`
    KQL0204 `strlen`: strlen() takes 1 argument, not 0 (it is called as `strlen(string)`)
    KQL0201 `Tme`: unknown column `Tme` (did you mean `Time`?)
    KQL0201 `Usre`: unknown column `Usre` (did you mean `User`?)
    ");
}

#[test]
fn types_are_checked() {
    assert_snapshot!(complaints("Logons | where Attempts"), @"KQL0209 `Attempts`: the condition must be a bool, not a long (compare it, as in `x == 1`)");
    assert_snapshot!(complaints("Logons | where User + 1 == 2"), @"KQL0206 `+`: the operator `+` is not defined for a string and a long (`strcat(…)` joins strings)");
    assert_snapshot!(complaints("Logons | where Time > '2024-01-01'"), @"KQL0206 `>`: the operator `>` is not defined for a datetime and a string (write the date as `datetime(2024-01-31)`, or use `todatetime(…)`)");
    assert_snapshot!(complaints("Logons | extend x = strlen(Attempts)"), @"KQL0205 `Attempts`: the argument `string` of strlen() takes string or dynamic, not a long");
    assert_snapshot!(complaints("Logons | extend x = strlen(User, User)"), @"KQL0204 `strlen`: strlen() takes 1 argument, not 2 (it is called as `strlen(string)`)");
    assert_snapshot!(complaints("Logons | extend x = User.name"), @"KQL0218 `User.name`: a string has no members (`parse_json(…)` reads the text as a dynamic value first)");
    assert_snapshot!(complaints("Logons | summarize count() by Details"), @"KQL0218 `Details`: rows cannot be grouped by the dynamic `Details` (convert it first, with tostring(), tolong(), todatetime(), …)");
    assert_snapshot!(complaints("Logons | mv-expand User"), @"KQL0218 `User`: only dynamic values can be expanded, not a string (`parse_json(…)` reads the text as a dynamic value first)");
    assert_snapshot!(complaints("Logons | take Attempts"), @"KQL0212 `Attempts`: the number of rows must be a constant, which `Attempts` is not");
    assert_snapshot!(complaints("Logons | join Users on Attempts, $left.Time == $right.User"), @"KQL0217 `$left.Time == $right.User`: the join keys `Time` and `User` are of different types: datetime and string (convert one of them before the join)");
}

#[test]
fn names_are_unique() {
    assert_snapshot!(complaints("Logons | project User, User"), @"KQL0208 `User`: the column `User` is there already (give it another name, as in `User2 = …`)");
    assert_snapshot!(complaints("Logons | extend x = 1, x = 2"), @"KQL0208 `x`: the column `x` is there already (give it another name, as in `x2 = …`)");
    assert_snapshot!(complaints("let a = 1; let a = 2; print a"), @"KQL0219 `a`: the variable `a` is declared already");
}

#[test]
fn aggregates_stand_in_summarize() {
    assert_snapshot!(complaints("Logons | where count() > 1"), @"KQL0207 `count`: the aggregate `count` can only stand in a `summarize` (compute it first: `summarize x = count(…) by …`; what follows can use `x`)");
    assert_snapshot!(complaints("Logons | summarize Attempts + count() by User"), @"KQL0207 `Attempts`: the column `Attempts` must stand inside of an aggregate (`take_any(Attempts)` takes one of its values; `by Attempts` groups by it)");
    assert_snapshot!(complaints("Logons | summarize any(User)"), @"KQL0211 `any`: `any` is deprecated (use `take_any`)");
}

#[test]
fn functions_are_checked_where_they_are_declared() {
    assert_snapshot!(complaints("let f = (x:long) { Logons | where Atempts > x }; print 1"), @"KQL0201 `Atempts`: unknown column `Atempts` (did you mean `Attempts`?)");
    assert_snapshot!(complaints("let f = (x:long) { f(x) }; print f(1)"), @r"
    KQL0203 `f`: unknown function `f`
    ");
    assert_snapshot!(complaints("let f = (x:long) { x }; print f(1, 2), f(y = 3)"), @r"
    KQL0204 `f(1, 2)`: f() takes 1 argument, not 2 (it is called as `f(x)`)
    KQL0223 `y`: f() has no parameter `y`
    ");
    assert_snapshot!(complaints("let f = (t:(Missing:long)) { t }; f(Logons)"), @"KQL0224 `Logons`: f() asks for a table with the column `Missing`");
}

#[test]
fn what_cannot_be_run_is_named() {
    assert_snapshot!(complaints("Logons | join kind=inner Users where true | evaluate sql_request('a', 'b') | where anything == 1"), @r"
    KQL0299 `true`: `join … where` is not supported yet
    KQL0299 `evaluate`: the plugin sql_request() cannot run here: it queries a database of another service
    ");
}
