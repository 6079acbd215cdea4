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
fn a_bool_compares_with_a_number() {
    assert_snapshot!(plan("Logons | where Succeeded == 1 | project User"), @r"
    Project [User#1: string]
      Filter (tolong(#3) == 1) [Time#0: datetime, User#1: string, Attempts#2: long, Succeeded#3: bool, Details#4: dynamic]
        Table Logons [Time#0: datetime, User#1: string, Attempts#2: long, Succeeded#3: bool, Details#4: dynamic]
    ");
}

#[test]
fn constants_are_folded() {
    assert_snapshot!(plan("let days = 2; Logons | where Time > ago(days * 1d) | take 2 + 3 | project User"), @r"
    Project [User#1: string]
      Take 5 [Time#0: datetime, User#1: string, Attempts#2: long, Succeeded#3: bool, Details#4: dynamic]
        Filter (#0 > datetime(2024-05-04T00:00:00.0000000Z)) [Time#0: datetime, User#1: string, Attempts#2: long, Succeeded#3: bool, Details#4: dynamic]
          Table Logons [Time#0: datetime, User#1: string, Attempts#2: long, Succeeded#3: bool, Details#4: dynamic]
    ");
}

#[test]
fn paths_into_dynamic_values_are_one_call() {
    assert_snapshot!(plan("Logons | project Details.ip, tostring(Details['geo'].city[0]), x = Details[User]"), @r#"
    Project [Details_ip#5: dynamic = $path(#4, "$.ip"), Details_geo_city_0#6: string = tostring($path(#4, "$.geo.city[0]")), x#7: dynamic = $index(#4, #1)]
      Table Logons [Time#0: datetime, User#1: string, Attempts#2: long, Succeeded#3: bool, Details#4: dynamic]
    "#);
}

#[test]
fn aggregates_are_taken_out_of_their_expressions() {
    assert_snapshot!(plan("Logons | summarize round(avg(Attempts), 1), n = count() * 2, max(Attempts) by User"), @r"
    Project [User#1: string, avg_Attempts#6: real = round(#5, 1), n#8: long = (#7 * 2), max_Attempts#9: long]
      Aggregate #5 = avg(#2), #7 = count(), #9 = max(#2) by #1 [User#1: string, avg_Attempts#5: real, count_#7: long, max_Attempts#9: long]
        Table Logons [Time#0: datetime, User#1: string, Attempts#2: long, Succeeded#3: bool, Details#4: dynamic]
    ");
}

#[test]
fn a_join_names_the_columns_of_both_sides() {
    assert_snapshot!(plan("Logons | project User, Attempts | join kind=leftouter (Users) on User"), @r"
    Join leftouter on #1 = #5 [User#1: string, Attempts#2: long, User1#5: string, Department#6: string, Attempts1#7: int]
      Project [User#1: string, Attempts#2: long]
        Table Logons [Time#0: datetime, User#1: string, Attempts#2: long, Succeeded#3: bool, Details#4: dynamic]
      Table Users [User#5: string, Department#6: string, Attempts#7: int]
    ");
}

#[test]
fn expansions_replace_a_column_or_append_one() {
    assert_snapshot!(
        plan("Logons | project User, Details | mv-expand with_itemindex=i Details, ip = Details.ips to typeof(string)"),
        @r#"
    MvExpand #5 = #4 #6 = $path(#4, "$.ips") to string index #7 [User#1: string, Details#5: dynamic, ip#6: string, i#7: long]
      Project [User#1: string, Details#4: dynamic]
        Table Logons [Time#0: datetime, User#1: string, Attempts#2: long, Succeeded#3: bool, Details#4: dynamic]
    "#
    );
}

#[test]
fn variables_are_put_in_with_fresh_columns() {
    assert_snapshot!(plan("let T = Users | project User; T | join kind=inner T on User"), @r"
    Join inner on #3 = #6 [User#3: string, User1#6: string]
      Project [User#3: string]
        Table Users [User#3: string, Department#4: string, Attempts#5: int]
      Project [User#6: string]
        Table Users [User#6: string, Department#7: string, Attempts#8: int]
    ");
}

#[test]
fn functions_are_put_in() {
    assert_snapshot!(
        plan("let f = (t:(User:string), n:long = 1) { t | where User != '' | take n }; Users | invoke f() | project User"),
        @r#"
    Project [User#6: string]
      Take 1 [User#6: string, Department#7: string, Attempts#8: int]
        Filter (#6 != "") [User#6: string, Department#7: string, Attempts#8: int]
          Table Users [User#6: string, Department#7: string, Attempts#8: int]
    "#
    );
}

#[test]
fn a_value_is_looked_up_in_a_table() {
    assert_snapshot!(plan("Logons | where User in~ ((Users | project User)) | project User"), @r"
    Project [User#1: string]
      Filter #1 in~ table(Project [User#8: string = #5] <- Project [User#5: string] <- Table Users [User#5: string, Department#6: string, Attempts#7: int]) [Time#0: datetime, User#1: string, Attempts#2: long, Succeeded#3: bool, Details#4: dynamic]
        Table Logons [Time#0: datetime, User#1: string, Attempts#2: long, Succeeded#3: bool, Details#4: dynamic]
    ");
}

#[test]
fn a_union_unifies_columns() {
    assert_snapshot!(plan("union withsource=Source (Logons | project User, Attempts), Users"), @r#"
    Union [Source#8: string, User#9: string, Attempts_long#10: long, Attempts_int#11: int, Department#12: string]
      Project [Source#13: string = "union_arg0", User#1: string, Attempts_long#2: long, Attempts_int#14: int = int(null), Department#15: string = ""]
        Project [User#1: string, Attempts#2: long]
          Table Logons [Time#0: datetime, User#1: string, Attempts#2: long, Succeeded#3: bool, Details#4: dynamic]
      Project [Source#16: string = "Users", User#5: string, Attempts_long#17: long = long(null), Attempts_int#7: int, Department#6: string]
        Table Users [User#5: string, Department#6: string, Attempts#7: int]
    "#);
}

#[test]
fn materialized_tables_are_shared() {
    assert_snapshot!(plan("let T = materialize(Users | project User); union T, T"), @r"
    Union [User#6: string]
      Project [User#4: string]
        Materialized 1 [User#4: string]
          Project [User#0: string]
            Table Users [User#0: string, Department#1: string, Attempts#2: int]
      Project [User#5: string]
        Materialized 1 [User#5: string]
          Project [User#0: string]
            Table Users [User#0: string, Department#1: string, Attempts#2: int]
    ");
}

#[test]
fn names_that_are_left_out() {
    assert_snapshot!(columns("print 1, b = 'x', 2.5"), @"print_0: long, b: string, print_2: real");
    assert_snapshot!(columns("Logons | project Details.a.b[0], tostring(Details.x), strcat(User, 'x'), bin(Time, 1h), -Attempts"), @"Details_a_b_0: dynamic, Details_x: string, Column1: string, Time: datetime, Column2: long");
    assert_snapshot!(columns("Logons | summarize count(), dcount(User), max(Time), arg_max(Time, User), percentiles(Attempts, 5, 99.9), countif(Succeeded) by bin(Time, 1d), tolower(User)"), @"Time: datetime, Column1: string, count_: long, dcount_User: long, max_Time: datetime, Time1: datetime, User: string, percentile_Attempts_5: long, percentile_Attempts_99_9: long, countif_Succeeded: long");
    assert_snapshot!(columns("Logons | summarize arg_max(Time, *) by User"), @"User: string, Time: datetime, Attempts: long, Succeeded: bool, Details: dynamic");
    assert_snapshot!(columns("Logons | summarize (When, Who) = arg_max(Time, User)"), @"When: datetime, Who: string");
    assert_snapshot!(columns("Logons | join Users on User"), @"Time: datetime, User: string, Attempts: long, Succeeded: bool, Details: dynamic, User1: string, Department: string, Attempts1: int");
    assert_snapshot!(columns("Logons | lookup Users on User"), @"Time: datetime, User: string, Attempts: long, Succeeded: bool, Details: dynamic, Department: string, Attempts1: int");
    assert_snapshot!(columns("Logons | join kind=rightsemi Users on User"), @"User: string, Department: string, Attempts: int");
    assert_snapshot!(columns("union Logons, Users"), @"Time: datetime, User: string, Attempts_long: long, Attempts_int: int, Succeeded: bool, Details: dynamic, Department: string");
    assert_snapshot!(columns("Logons | count"), @"Count: long");
    assert_snapshot!(columns("Logons | project-reorder Us*, * desc"), @"User: string, Time: datetime, Succeeded: bool, Details: dynamic, Attempts: long");
    assert_snapshot!(columns("Logons | project-away *t*, Time"), @"User: string, Succeeded: bool");
    assert_snapshot!(columns("Logons | project-rename Account = User | project-keep Acc*, Time"), @"Time: datetime, Account: string");
    assert_snapshot!(columns("Logons | extend User = strlen(User), Attempts + 1"), @"Time: datetime, User: long, Attempts: long, Succeeded: bool, Details: dynamic, Column1: long");
    assert_snapshot!(columns("range x from 1 to 2.5 step 0.5"), @"x: real");
    assert_snapshot!(columns("Users | getschema"), @"ColumnName: string, ColumnOrdinal: int, DataType: string, ColumnType: string");
}

#[test]
fn conditions_on_one_element_of_a_pattern_are_computed_before_it_is_matched() {
    let query = "Logons | extend To = tostring(Attempts) | make-graph User --> To with Users on User | graph-match (a)-[e*1..3]->(b)<--(c) where a.Department == 'x' and all(e, Succeeded) and b.User != c.User project a.User, e.Time, node_degree_in(b)";
    // The columns of an element have names that no query can write.
    assert_snapshot!(plan(query).replace('\u{1f}', "."), @r#"
    Project [a_User#90: string = #71, e_Time#91: dynamic = #75, node_degree_in#93: long = #92]
      Filter (#62 != #66) [a.User#71: string, e.Time#75: dynamic, $value#92: long, b.User#62: string, c.User#66: string]
        GraphMatch (0 where #94) (1) (2) (0)-[*1..3 where #95]->(1) (1)<-[]-(2) (0).#12 Array([0].#96) (1).#49 (1).#12 (2).#12 [a.User#71: string, e.Time#75: dynamic, $value#92: long, b.User#62: string, c.User#66: string]
          Project [User#12: string, Department#13: string, Attempts#14: int, Time#15: datetime, User#16: string, Attempts#17: long, Succeeded#18: bool, Details#19: dynamic, To#20: string, $number#45: long, $source#46: long, $target#47: long, $id#48: string, $degree_in#49: long, $degree_out#50: long, $candidate#94: bool = (#13 == "x"), $candidate#95: bool = #18, $computed#96: dynamic = $as_dynamic(#15)]
            GraphDegrees [User#12: string, Department#13: string, Attempts#14: int, Time#15: datetime, User#16: string, Attempts#17: long, Succeeded#18: bool, Details#19: dynamic, To#20: string, $number#45: long, $source#46: long, $target#47: long, $id#48: string, $degree_in#49: long, $degree_out#50: long]
              MakeGraph #10 --> #11 [User#12: string, Department#13: string, Attempts#14: int, Time#15: datetime, User#16: string, Attempts#17: long, Succeeded#18: bool, Details#19: dynamic, To#20: string, $number#45: long, $source#46: long, $target#47: long, $id#48: string]
                Union [$is_edge#9: bool, $from#10: string, $to#11: string, User#12: string, Department#13: string, Attempts#14: int, Time#15: datetime, User#16: string, Attempts#17: long, Succeeded#18: bool, Details#19: dynamic, To#20: string]
                  Project [$is_edge#21: bool = true, $from#22: string = #1, $to#23: string = #5, User#24: string = "", Department#25: string = "", Attempts#26: int = int(null), Time#27: datetime = #0, User#28: string = #1, Attempts#29: long = #2, Succeeded#30: bool = #3, Details#31: dynamic = #4, To#32: string = #5]
                    Project [Time#0: datetime, User#1: string, Attempts#2: long, Succeeded#3: bool, Details#4: dynamic, To#5: string = tostring(#2)]
                      Table Logons [Time#0: datetime, User#1: string, Attempts#2: long, Succeeded#3: bool, Details#4: dynamic]
                  Project [$is_edge#33: bool = false, $from#34: string = #6, $to#35: string = #6, User#36: string = #6, Department#37: string = #7, Attempts#38: int = #8, Time#39: datetime = datetime(null), User#40: string = "", Attempts#41: long = long(null), Succeeded#42: bool = bool(null), Details#43: dynamic = dynamic(null), To#44: string = ""]
                    Table Users [User#6: string, Department#7: string, Attempts#8: int]
    "#);
}
