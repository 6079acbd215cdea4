//! Bound plans.

use insta::assert_snapshot;

use crate::support::{columns, plan};

#[test]
fn a_filter_and_a_projection() {
    assert_snapshot!(plan("Logons | where Attempts > 3 | project User, Twice = Attempts * 2"), @r"
    Project [User#1: string, Twice#5: long = (#2 * 2)]
      Filter (#2 > 3) [Time#0: datetime, User#1: string, Attempts#2: long, Succeeded#3: bool, Details#4: dynamic]
        Table Logons [Time#0: datetime, User#1: string, Attempts#2: long, Succeeded#3: bool, Details#4: dynamic]
    ");
}

#[test]
fn print_numbers_its_columns() {
    assert_snapshot!(columns("print 1, b = 'x', 2.5"), @"print_0: long, b: string, print_2: real");
}
