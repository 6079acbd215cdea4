//! What lints find, and what they leave alone.

use insta::assert_snapshot;

use crate::support::bound;

/// The lints of a query, each with its place.
#[track_caller]
fn lints(query: &str) -> String {
    let bound = bound(query);
    let warnings = bound.diagnostics.iter().filter(|diagnostic| diagnostic.code.starts_with("KQL04"));
    let lines = warnings.chain(&bound.lints).map(|diagnostic| {
        let place = query.get(diagnostic.span.range()).unwrap_or("?");
        format!("{} `{place}`: {}", diagnostic.code, diagnostic.message)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn literals_of_another_type() {
    assert_snapshot!(lints("Logons | where Attempts in (1, '2')"), @"KQL0401 `'2'`: values of type long are compared with one of type string");
    assert_snapshot!(lints("Logons | where Succeeded == 1 and Succeeded != 0"), @"");
    assert_snapshot!(lints("Logons | where Succeeded == 2"), @"KQL0401 `2`: values of type bool are compared with one of type long");
    assert_snapshot!(lints("Logons | where User !in (1)"), @"KQL0401 `1`: values of type string are compared with one of type long");
    assert_eq!(lints("Logons | where Attempts in (1, 2.5) and User in ('a') and Details in ('a', 1)"), "");
    assert_eq!(lints("Logons | where Attempts == 1 and User == 'a' and Details.x == 1 and Succeeded == true"), "");
}

#[test]
fn tables_of_several_columns() {
    assert_snapshot!(lints("Logons | where User in (Logons)"), @"KQL0402 `in`: the table has 5 columns; the first, `Time`, is compared");
    assert_eq!(lints("Logons | where User in (Users)"), "", "the first column is named as the value is");
    assert_eq!(lints("Logons | where User in ((Logons | project User))"), "");
}

#[test]
fn joins_that_drop_rows_of_the_left_side() {
    assert_snapshot!(lints("Logons | summarize count() by User, Succeeded | join (Users) on User"), @"KQL0403 `join`: of the left rows with one key, any one is kept and the others are dropped");
    assert_snapshot!(lints("Logons | mv-expand d = Details | where Attempts > 1 | join (Users) on User"), @"KQL0403 `join`: of the left rows with one key, any one is kept and the others are dropped");
    assert_eq!(lints("Logons | summarize count() by User, Succeeded | join kind=inner (Users) on User"), "");
    assert_eq!(lints("Logons | summarize count() by User | join (Users) on User"), "");
    assert_eq!(lints("Logons | join (Users) on User"), "");
}

#[test]
fn needles_that_are_whole_terms() {
    assert_snapshot!(lints("Logons | where User contains 'admin' or User contains_cs 'root'"), @"
    KQL0404 `contains`: `contains` reads every text for the term `admin`
    KQL0404 `contains_cs`: `contains_cs` reads every text for the term `root`
    ");
    assert_eq!(lints("Logons | where User contains 'adm' or User contains '-admin' or User has 'admin'"), "");
}

#[test]
fn variables_that_nothing_uses() {
    assert_snapshot!(lints("let used = 1; let spare = 2; Logons | where Attempts > used"), @"KQL0405 `spare`: nothing uses `spare`");
    assert_eq!(lints("let t = Logons; let f = () { t | take 1 }; f()"), "");
    assert_eq!(lints("let OfToday = view () { Logons }; union Logons, Of*"), "");
}

#[test]
fn filters_that_could_stand_before_the_summarize() {
    assert_snapshot!(lints("Logons | summarize n = count() by User | where User != 'x'"), @"KQL0406 `where`: this condition could stand before the `summarize`");
    assert_eq!(lints("Logons | summarize n = count() by User | where User != 'x' and n > 1"), "");
    assert_eq!(lints("Logons | summarize n = count() by t = bin(Time, 1d) | where t > ago(1d)"), "");
    assert_eq!(lints("Logons | summarize n = count() by User | extend m = n | where User != 'x'"), "");
}

#[test]
fn columns_that_are_taken_twice() {
    assert_snapshot!(lints("Logons | project User, Account = User"), @"KQL0407 `User`: the column `User` is named twice");
    assert_snapshot!(lints("Logons | project-away User, Time, User"), @"KQL0407 `User`: the column `User` is named twice");
    assert_snapshot!(lints("Logons | project-keep User, U*, User"), @"KQL0407 `User`: the column `User` is named twice");
    assert_eq!(lints("Logons | project User, Length = strlen(User), Time"), "");
}

#[test]
fn deprecated_spellings() {
    assert_snapshot!(deprecated("Logons | mvexpand Details | filter User notcontains 'x' | order by Time | limit 5"), @"
    KQL0211 `mvexpand` is deprecated: use `mv-expand`
    KQL0211 `notcontains` is deprecated: use `!contains`
    ");
    assert_snapshot!(deprecated("Logons | summarize makeset(User), argmax(Time, User), any(Attempts)"), @"
    KQL0211 `makeset` is deprecated: use `make_set`
    KQL0211 `argmax` is deprecated: use `arg_max`
    KQL0211 `any` is deprecated: use `take_any`
    ");
    assert_snapshot!(deprecated("print pack('a', replace('a', 'b', 'c')), columnifexists('a', 1)"), @"
    KQL0211 `pack` is deprecated: use `bag_pack`
    KQL0211 `replace` is deprecated: use `replace_regex` or `replace_string`
    KQL0211 `columnifexists` is deprecated: use `column_ifexists`
    ");
    assert_eq!(deprecated("Logons | mv-expand Details | summarize make_set(User) | limit 1"), "");
}

/// The deprecated spellings of a query, and what to write.
#[track_caller]
fn deprecated(query: &str) -> String {
    let syntax = kql_syntax::parse(query).diagnostics;
    let bound = bound(query).diagnostics;
    let found = syntax.iter().chain(&bound).map(|diagnostic| {
        let help = diagnostic.help.as_deref().unwrap_or_default();
        format!("{} {}: {help}", diagnostic.code, diagnostic.message)
    });
    found.collect::<Vec<_>>().join("\n")
}
