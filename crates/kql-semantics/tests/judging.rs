//! Queries that are only judged: the names and types of the official analyser.

use insta::assert_snapshot;

use crate::support::{columns, complaints, judged};

#[test]
fn an_open_table_has_the_columns_that_it_is_asked_for() {
    assert_snapshot!(judged("Logons | project User, Details | evaluate bag_unpack(Details) | where Port == 1 and Host has 'x'"), @"User: string, Port: unknown, Host: unknown");
    assert_snapshot!(judged("Logons | project User, Details | evaluate bag_unpack(Details) | extend a = tostring(Port), b = Port == 1, c = Port + 1"), @"User: string, Port: unknown, a: string, b: bool, c: unknown");
    assert_snapshot!(judged("Logons | evaluate bag_unpack(Details) | summarize count(), make_set(Port), max(Port) by Host"), @"Host: unknown, count_: long, set_Port: dynamic, max_Port: unknown");
    assert_snapshot!(judged("union isfuzzy=true Users, Absent | project User, Missing"), @"User: string, Missing: unknown");
}

#[test]
fn a_pivot_keeps_the_columns_that_it_does_not_use() {
    assert_snapshot!(judged("Logons | project User, Attempts, Succeeded | evaluate pivot(User, sum(Attempts))"), @"Succeeded: bool");
    assert_snapshot!(judged("Logons | evaluate pivot(User, count(), Succeeded)"), @"Succeeded: bool");
}

#[test]
fn columns_without_names_are_counted_through_a_query() {
    let query = "Users | project strcat(User, 'x') | project strcat(Column1, 'y')";
    assert_snapshot!(judged(query), @"Column2: string");
    assert_snapshot!(columns(query), @"Column1: string");
}

#[test]
fn the_second_column_of_a_name_decides_whether_a_union_splits_it() {
    let query = "union (print x = 1), (print x = 2), (print x = 'a')";
    assert_snapshot!(judged(query), @"x: long");
    assert_snapshot!(columns(query), @"x_long: long, x_string: string");
    assert_snapshot!(judged("union (print x = 1), (print x = 'a'), (print x = 2)"), @"x_long: long, x_string: string");
}

#[test]
fn literals_may_be_text_that_stands_for_a_value() {
    assert_snapshot!(judged("print datetime(put a date here)"), @"print_0: datetime");
    assert_snapshot!(complaints("print datetime(put a date here)"), @"KQL0215 `datetime(put a date here)`: `put a date here` is not a datetime (write it as `datetime(2024-01-31T12:30:00Z)`)");
}

#[test]
fn an_argument_may_be_named() {
    assert_snapshot!(judged("Logons | summarize count() by bin(Hour = Time, 1h)"), @"Hour: datetime, count_: long");
}
