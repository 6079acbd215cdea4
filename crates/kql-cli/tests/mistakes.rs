//! Broken queries of the kinds that people write, and what `kql check` tells their authors.

use crate::support::kql_with_input;

/// What `kql check` shows of a query.
#[track_caller]
fn check(query: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hunt.kql");
    std::fs::write(&path, query).unwrap();
    let path = path.to_str().unwrap();
    let output = kql_with_input(&["check", path], "");
    let shown = String::from_utf8(output.stdout).unwrap().replace(path, "hunt.kql");
    format!("exit code {}\n{shown}", output.status.code().unwrap_or(-1))
}

#[test]
fn misspelt_operator() {
    insta::assert_snapshot!(check("EmailEvents | whre EmailDirection == 'Inbound'"), @"
    exit code 2
    error[KQL0114]: unknown operator `whre`
     --> hunt.kql:1:15
      |
    1 | EmailEvents | whre EmailDirection == 'Inbound'
      |               ^^^^
      |
      = help: did you mean `where`?
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn misspelt_column() {
    insta::assert_snapshot!(check("EmailEvents | where EmailDirecton == 'Inbound'"), @"
    exit code 2
    error[KQL0201]: unknown column `EmailDirecton`
     --> hunt.kql:1:21
      |
    1 | EmailEvents | where EmailDirecton == 'Inbound'
      |                     ^^^^^^^^^^^^^
      |
      = help: did you mean `EmailDirection`?
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn misspelt_function() {
    insta::assert_snapshot!(check("EmailEvents | where isnotemty(Subject)"), @"
    exit code 2
    error[KQL0203]: unknown function `isnotemty`
     --> hunt.kql:1:21
      |
    1 | EmailEvents | where isnotemty(Subject)
      |                     ^^^^^^^^^
      |
      = help: did you mean `isnotempty`?
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn misspelt_table() {
    insta::assert_snapshot!(check("EmailEvent | take 5"), @"
    exit code 2
    error[KQL0202]: unknown table `EmailEvent`
     --> hunt.kql:1:1
      |
    1 | EmailEvent | take 5
      | ^^^^^^^^^^
      |
      = help: did you mean `EmailEvents`?
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn missing_pipe_on_a_new_line() {
    insta::assert_snapshot!(check("EmailEvents\nwhere EmailDirection == 'Inbound'"), @"
    exit code 2
    error[KQL0115]: expected `|` before `where`
     --> hunt.kql:2:1
      |
    2 | where EmailDirection == 'Inbound'
      | ^^^^^
      |
      = help: write `| where`
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn missing_pipe_on_the_line() {
    insta::assert_snapshot!(check("EmailEvents where EmailDirection == 'Inbound' | take 5"), @"
    exit code 2
    error[KQL0115]: expected `|` before `where`
     --> hunt.kql:1:13
      |
    1 | EmailEvents where EmailDirection == 'Inbound' | take 5
      |             ^^^^^
      |
      = help: write `| where`
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn missing_comma() {
    insta::assert_snapshot!(check("EmailEvents | project Subject SenderFromAddress"), @"
    exit code 2
    error[KQL0110]: expected `|`, `;` or the end of the query, found `SenderFromAddress`
     --> hunt.kql:1:31
      |
    1 | EmailEvents | project Subject SenderFromAddress
      |                               ^^^^^^^^^^^^^^^^^
      |
      = help: items are separated by `,`, conditions joined by `and` or `or`, operators by `|`
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn stray_comma() {
    insta::assert_snapshot!(check("EmailEvents | project Subject, SenderFromAddress, | take 5"), @"
    exit code 2
    error[KQL0110]: nothing follows this `,`
     --> hunt.kql:1:49
      |
    1 | EmailEvents | project Subject, SenderFromAddress, | take 5
      |                                                 ^
      |
      = help: take the `,` away, or write what belongs after it
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn one_equals_sign() {
    insta::assert_snapshot!(check("EmailEvents | where EmailDirection = 'Inbound'"), @"
    exit code 2
    error[KQL0113]: `=` compares nothing here: rows are kept by `'Inbound'` alone
     --> hunt.kql:1:21
      |
    1 | EmailEvents | where EmailDirection = 'Inbound'
      |                     ^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: to compare, write `EmailDirection == 'Inbound'`
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn smart_quotes() {
    insta::assert_snapshot!(check("EmailEvents | where EmailDirection == “Inbound”"), @r#"
    exit code 2
    error[KQL0101]: typographic quotes begin no string
     --> hunt.kql:1:39
      |
    1 | EmailEvents | where EmailDirection == “Inbound”
      |                                       ^^^^^^^^^
      |
      = help: put the text between `"` or `'`
    1 query: 1 error, 0 warnings
    "#);
}

#[test]
fn sql_select() {
    insta::assert_snapshot!(check("SELECT * FROM EmailEvents WHERE EmailDirection = 'Inbound'"), @"
    exit code 2
    error[KQL0110]: this is SQL, not KQL
     --> hunt.kql:1:1
      |
    1 | SELECT * FROM EmailEvents WHERE EmailDirection = 'Inbound'
      | ^^^^^^
      |
      = help: a query begins with its table: `T | where Column == 1 | project Column`
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn and_in_capitals() {
    insta::assert_snapshot!(check("EmailEvents | where EmailDirection == 'Inbound' AND Subject has 'invoice'"), @"
    exit code 2
    error[KQL0114]: unknown operator `AND`
     --> hunt.kql:1:49
      |
    1 | EmailEvents | where EmailDirection == 'Inbound' AND Subject has 'invoice'
      |                                                 ^^^
      |
      = help: operators are written in small letters: `and`
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn not_equal_null() {
    insta::assert_snapshot!(check("EmailEvents | where Subject != null"), @"
    exit code 2
    error[KQL0201]: unknown column `null`
     --> hunt.kql:1:32
      |
    1 | EmailEvents | where Subject != null
      |                                ^^^^
      |
      = help: `isnull(x)` and `isnotnull(x)` look for nulls; strings are empty: `isempty(x)`
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn is_not_null() {
    insta::assert_snapshot!(check("EmailEvents | where Subject is not null"), @"
    exit code 2
    error[KQL0114]: unknown operator `is`
     --> hunt.kql:1:29
      |
    1 | EmailEvents | where Subject is not null
      |                             ^^
      |
      = help: write `isnotnull(…)`, or `isnotempty(…)` for a string
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn sql_like() {
    insta::assert_snapshot!(check("EmailEvents | where Subject LIKE '%invoice%'"), @"
    exit code 2
    error[KQL0114]: unknown operator `LIKE`
     --> hunt.kql:1:29
      |
    1 | EmailEvents | where Subject LIKE '%invoice%'
      |                             ^^^^
      |
      = help: write `has`, `contains`, `startswith`, or `matches regex`
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn ampersands() {
    insta::assert_snapshot!(check("EmailEvents | where EmailDirection <> 'Inbound' && AttachmentCount > 1"), @"
    exit code 2
    error[KQL0114]: unknown operator `&&`
     --> hunt.kql:1:49
      |
    1 | EmailEvents | where EmailDirection <> 'Inbound' && AttachmentCount > 1
      |                                                 ^^
      |
      = help: write `and`
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn sql_comment() {
    insta::assert_snapshot!(check("EmailEvents -- all mail\n| take 5"), @"
    exit code 2
    error[KQL0101]: `--` begins no comment
     --> hunt.kql:1:13
      |
    1 | EmailEvents -- all mail
      |             ^^^^^^^^^^^
      |
      = help: a comment begins with `//` and ends with its line
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn count_star() {
    insta::assert_snapshot!(check("EmailEvents | summarize count(*) by EmailDirection"), @"
    exit code 2
    error[KQL0204]: count() takes no `*`
     --> hunt.kql:1:31
      |
    1 | EmailEvents | summarize count(*) by EmailDirection
      |                               ^
      |
      = help: `count()` counts the rows
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn missing_quotes() {
    insta::assert_snapshot!(check("EmailEvents | where EmailDirection == Inbound"), @r#"
    exit code 2
    error[KQL0201]: unknown column `Inbound`
     --> hunt.kql:1:39
      |
    1 | EmailEvents | where EmailDirection == Inbound
      |                                       ^^^^^^^
      |
      = help: a text stands in quotes: `"Inbound"`; the nearest of 58 columns are UrlCount, AttachmentCount, DistributionList, ReportId, TenantId, EmailActionPolicyGuid, InternetMessageId, RecipientObjectId
    1 query: 1 error, 0 warnings
    "#);
}

#[test]
fn british_summarise() {
    insta::assert_snapshot!(check("EmailEvents | summarise count() by EmailDirection"), @"
    exit code 2
    error[KQL0114]: unknown operator `summarise`
     --> hunt.kql:1:15
      |
    1 | EmailEvents | summarise count() by EmailDirection
      |               ^^^^^^^^^
      |
      = help: did you mean `summarize`?
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn misspelt_aggregate() {
    insta::assert_snapshot!(check("EmailEvents | summarize cuont() by EmailDirection"), @"
    exit code 2
    error[KQL0203]: unknown function `cuont`
     --> hunt.kql:1:25
      |
    1 | EmailEvents | summarize cuont() by EmailDirection
      |                         ^^^^^
      |
      = help: did you mean `count`?
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn summarize_without_by() {
    insta::assert_snapshot!(check("EmailEvents | summarize count() EmailDirection"), @"
    exit code 2
    error[KQL0110]: expected `|`, `;` or the end of the query, found `EmailDirection`
     --> hunt.kql:1:33
      |
    1 | EmailEvents | summarize count() EmailDirection
      |                                 ^^^^^^^^^^^^^^
      |
      = help: items are separated by `,`, conditions joined by `and` or `or`, operators by `|`
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn join_without_on() {
    insta::assert_snapshot!(check("EmailEvents | join EmailEvents"), @"
    exit code 2
    error[KQL0217]: the join has no condition
     --> hunt.kql:1:15
      |
    1 | EmailEvents | join EmailEvents
      |               ^^^^
      |
      = help: write `on Key`, or `on $left.Key == $right.OtherKey`
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn wrong_right_column() {
    insta::assert_snapshot!(check("EmailEvents | join kind=inner (EmailEvents) on $left.NetworkMessageId == $right.NetworkMesageId"), @"
    exit code 2
    error[KQL0201]: unknown column `NetworkMesageId` on the right side of the join
     --> hunt.kql:1:81
      |
    1 | EmailEvents | join kind=inner (EmailEvents) on $left.NetworkMessageId == $right.NetworkMesageId
      |                                                                                 ^^^^^^^^^^^^^^^
      |
      = help: did you mean `NetworkMessageId`?
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn join_without_sides() {
    insta::assert_snapshot!(check("EmailEvents | join kind=inner (EmailEvents) on NetworkMessageId == NetworkMessageId"), @"
    exit code 2
    error[KQL0217]: a join's condition must be a column of both sides or an equality of two columns
     --> hunt.kql:1:48
      |
    1 | EmailEvents | join kind=inner (EmailEvents) on NetworkMessageId == NetworkMessageId
      |                                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `on Key`, or `on $left.Key == $right.OtherKey`; compute keys with `extend` before
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn number_as_text() {
    insta::assert_snapshot!(check("EmailEvents | where AttachmentCount == '2'"), @"
    exit code 0
    warning[KQL0401]: values of type int are compared with one of type string
     --> hunt.kql:1:40
      |
    1 | EmailEvents | where AttachmentCount == '2'
      |                                        ^^^
      |
      = help: write the value without quotes, as type int
    1 query: 0 errors, 1 warning
    ");
}

#[test]
fn ago_of_a_text() {
    insta::assert_snapshot!(check("EmailEvents | where Timestamp > ago('1d')"), @"
    exit code 2
    error[KQL0205]: the argument of ago() takes timespan, not a string
     --> hunt.kql:1:37
      |
    1 | EmailEvents | where Timestamp > ago('1d')
      |                                     ^^^^
      |
      = help: a timespan is written as `7d`, `1h` or `30m`
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn has_a_list() {
    insta::assert_snapshot!(check("EmailEvents | where Subject has ('invoice', 'payment')"), @"
    exit code 2
    error[KQL0110]: `has` takes one value, not a list
     --> hunt.kql:1:29
      |
    1 | EmailEvents | where Subject has ('invoice', 'payment')
      |                             ^^^
      |
      = help: `has_any (…)` takes several
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn contains_any() {
    insta::assert_snapshot!(check("EmailEvents | where Subject contains any ('invoice', 'payment')"), @"
    exit code 2
    error[KQL0110]: `contains` takes one value, not a list
     --> hunt.kql:1:29
      |
    1 | EmailEvents | where Subject contains any ('invoice', 'payment')
      |                             ^^^^^^^^
      |
      = help: `has_any (…)` takes several
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn string_without_end() {
    insta::assert_snapshot!(check("EmailEvents | where Subject has \"invoice\n| take 5"), @r#"
    exit code 2
    error[KQL0102]: this string is never closed
     --> hunt.kql:1:33
      |
    1 | EmailEvents | where Subject has "invoice
      |                                 ^^^^^^^^
      |
      = help: a string ends on its own line; text of several lines goes between ``` and ```
    1 query: 1 error, 0 warnings
    "#);
}

#[test]
fn too_few_arguments() {
    insta::assert_snapshot!(check("EmailEvents | extend d = split(SenderFromAddress)"), @"
    exit code 2
    error[KQL0204]: split() takes 2 to 3 arguments, not 1
     --> hunt.kql:1:26
      |
    1 | EmailEvents | extend d = split(SenderFromAddress)
      |                          ^^^^^
      |
      = help: it is called as `split(source, delimiter, [requestedIndex])`
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn aggregate_in_where() {
    insta::assert_snapshot!(check("EmailEvents | where count() > 5"), @"
    exit code 2
    error[KQL0207]: the aggregate `count` can only stand in a `summarize`
     --> hunt.kql:1:21
      |
    1 | EmailEvents | where count() > 5
      |                     ^^^^^
      |
      = help: compute it first: `summarize x = count(…) by …`; what follows can use `x`
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn let_without_semicolon() {
    insta::assert_snapshot!(check("let days = 7d\nEmailEvents | where Timestamp > ago(days)"), @"
    exit code 2
    error[KQL0116]: expected `;` before `EmailEvents`
     --> hunt.kql:2:1
      |
    2 | EmailEvents | where Timestamp > ago(days)
      | ^^^^^^^^^^^
      |
      = help: statements are separated by `;`
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn trailing_pipe() {
    insta::assert_snapshot!(check("EmailEvents | take 5 |"), @"
    exit code 2
    error[KQL0110]: no operator follows this `|`
     --> hunt.kql:1:22
      |
    1 | EmailEvents | take 5 |
      |                      ^
      |
      = help: take the `|` away, or write an operator after it
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn wrong_case() {
    insta::assert_snapshot!(check("EmailEvents | where ToLower(Subject) has 'invoice' | project subject"), @"
    exit code 2
    error[KQL0203]: unknown function `ToLower`
     --> hunt.kql:1:21
      |
    1 | EmailEvents | where ToLower(Subject) has 'invoice' | project subject
      |                     ^^^^^^^
      |
      = help: did you mean `tolower`?
    error[KQL0201]: unknown column `subject`
     --> hunt.kql:1:62
      |
    1 | EmailEvents | where ToLower(Subject) has 'invoice' | project subject
      |                                                              ^^^^^^^
      |
      = help: did you mean `Subject`?
    1 query: 2 errors, 0 warnings
    ");
}

#[test]
fn sql_not_in() {
    insta::assert_snapshot!(check("EmailEvents | where Subject not in ('a', 'b')"), @"
    exit code 2
    error[KQL0114]: unknown operator `not`
     --> hunt.kql:1:29
      |
    1 | EmailEvents | where Subject not in ('a', 'b')
      |                             ^^^
      |
      = help: write `!in`
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn unclosed_group() {
    insta::assert_snapshot!(check("EmailEvents | where (EmailDirection == 'Inbound' and Subject has 'invoice'\n| summarize count() by Subject"), @"
    exit code 2
    error[KQL0111]: this `(` is never closed
     --> hunt.kql:1:21
      |
    1 | EmailEvents | where (EmailDirection == 'Inbound' and Subject has 'invoice'
      |                     ^
      |
      = help: write `)` where its contents end
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn sql_group_by() {
    insta::assert_snapshot!(check("EmailEvents | group by EmailDirection"), @"
    exit code 2
    error[KQL0114]: unknown operator `group`
     --> hunt.kql:1:15
      |
    1 | EmailEvents | group by EmailDirection
      |               ^^^^^
      |
      = help: write `summarize … by …`
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn sql_descending() {
    insta::assert_snapshot!(check("EmailEvents | order by Timestamp descending"), @"
    exit code 2
    error[KQL0114]: unknown operator `descending`
     --> hunt.kql:1:34
      |
    1 | EmailEvents | order by Timestamp descending
      |                                  ^^^^^^^^^^
      |
      = help: write `desc`
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn in_without_parentheses() {
    insta::assert_snapshot!(check("EmailEvents | where EmailDirection in 'Inbound'"), @"
    exit code 2
    error[KQL0110]: expected `(` before the values to look for, found a string
     --> hunt.kql:1:39
      |
    1 | EmailEvents | where EmailDirection in 'Inbound'
      |                                       ^^^^^^^^^
      |
      = help: write the values in parentheses, as in `('Inbound')`
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn between_with_a_comma() {
    insta::assert_snapshot!(check("EmailEvents | where Timestamp between (ago(7d), now())"), @"
    exit code 2
    error[KQL0110]: expected `..`, found `,`
     --> hunt.kql:1:47
      |
    1 | EmailEvents | where Timestamp between (ago(7d), now())
      |                                               ^
      |
      = help: bounds are written as `(low .. high)`
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn unclosed_call() {
    insta::assert_snapshot!(check("EmailEvents | extend Domain = tostring(split(SenderFromAddress, '@'[1])\n| summarize count() by Domain"), @"
    exit code 2
    error[KQL0111]: this `(` is never closed
     --> hunt.kql:1:39
      |
    1 | EmailEvents | extend Domain = tostring(split(SenderFromAddress, '@'[1])
      |                                       ^
      |
      = help: write `)` where its contents end
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn date_as_text() {
    insta::assert_snapshot!(check("EmailEvents | where Timestamp > '2024-01-01'"), @"
    exit code 2
    error[KQL0206]: the operator `>` is not defined for a datetime and a string
     --> hunt.kql:1:31
      |
    1 | EmailEvents | where Timestamp > '2024-01-01'
      |                               ^
      |
      = help: write the date as `datetime(2024-01-31)`, or use `todatetime(…)`
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn order_without_pipe() {
    insta::assert_snapshot!(check("EmailEvents | limit 5 order by Timestamp"), @"
    exit code 2
    error[KQL0115]: expected `|` before `order`
     --> hunt.kql:1:23
      |
    1 | EmailEvents | limit 5 order by Timestamp
      |                       ^^^^^
      |
      = help: write `| order`
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn top_without_by() {
    insta::assert_snapshot!(check("EmailEvents | top 5 Timestamp"), @"
    exit code 2
    error[KQL0110]: expected `by`, found `Timestamp`
     --> hunt.kql:1:21
      |
    1 | EmailEvents | top 5 Timestamp
      |                     ^^^^^^^^^
      |
      = help: write `by Timestamp`
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn if_for_iff() {
    insta::assert_snapshot!(check("EmailEvents | extend x = if(AttachmentCount > 1, 'a', 'b')"), @"
    exit code 2
    error[KQL0203]: unknown function `if`
     --> hunt.kql:1:26
      |
    1 | EmailEvents | extend x = if(AttachmentCount > 1, 'a', 'b')
      |                          ^^
      |
      = help: did you mean `iff`?
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn summarize_by_nothing() {
    insta::assert_snapshot!(check("EmailEvents | summarize by"), @"
    exit code 2
    error[KQL0110]: expected an expression, found the end of the query
     --> hunt.kql:1:27
      |
    1 | EmailEvents | summarize by
      |                           ^
    1 query: 1 error, 0 warnings
    ");
}

#[test]
fn use_of_what_could_not_be_parsed() {
    insta::assert_snapshot!(check("EmailEvents | extnd x = 1 | where x == 1"), @"
    exit code 2
    error[KQL0114]: unknown operator `extnd`
     --> hunt.kql:1:15
      |
    1 | EmailEvents | extnd x = 1 | where x == 1
      |               ^^^^^
      |
      = help: did you mean `extend`?
    1 query: 1 error, 0 warnings
    ");
}
