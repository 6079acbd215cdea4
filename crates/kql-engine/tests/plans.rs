//! Snapshots of lowered plans.

use crate::support::explained;

const PEOPLE: &str = "datatable(name:string, age:long, team:string)['a',1,'x', 'b',2,'y', 'c',3,'x']";

fn plan_of(pipe: &str) -> String {
    explained(&format!("{PEOPLE} {pipe}"))
}

#[test]
fn a_sort_holds_its_order_for_what_follows() {
    insta::assert_snapshot!(plan_of("| sort by tolower(name) asc | where age > 1 | project team | take 2"), @"");
}

#[test]
fn a_sort_that_no_one_sees_costs_nothing() {
    insta::assert_snapshot!(plan_of("| sort by name asc | summarize count() by team"), @"");
}

#[test]
fn filters_move_below_projections_and_first_by_key() {
    insta::assert_snapshot!(
        plan_of("| extend n = age + 1 | join (datatable(team:string, r:string)['x','y']) on team | where name == 'b'"),
        @""
    );
}

#[test]
fn an_aggregate_is_unique_by_its_key() {
    insta::assert_snapshot!(
        plan_of("| summarize max(age) by team | join (datatable(team:string, r:string)['x','y']) on team"),
        @""
    );
}

#[test]
fn only_columns_in_use_are_expanded_along() {
    insta::assert_snapshot!(
        plan_of("| extend d = pack_array(name, team) | mv-expand d to typeof(string) | summarize count() by d"),
        @""
    );
}

#[test]
fn outer_joins_fill_strings_alone() {
    insta::assert_snapshot!(
        plan_of("| join kind=leftouter (datatable(team:string, n:long)['x',1]) on team | project name, team1, n"),
        @""
    );
}
