//! Snapshots of lowered plans.

use crate::support::explained;

const PEOPLE: &str = "datatable(name:string, age:long, team:string)['a',1,'x', 'b',2,'y', 'c',3,'x']";

fn plan_of(pipe: &str) -> String {
    explained(&format!("{PEOPLE} {pipe}"))
}

#[test]
fn a_sort_holds_its_order_for_what_follows() {
    insta::assert_snapshot!(plan_of("| sort by tolower(name) asc | where age > 1 | project team | take 2"), @r#"
    Projection: team#2 AS team
      Limit: skip=0, fetch=2
        Projection: team#2
          Filter: age#1 > Int64(1)
            Projection: name#0, age#1, team#2
              InOrder: $sort0 asc nulls first
                Sort: $sort0 ASC NULLS FIRST
                  Projection: name#0, age#1, team#2, tolower(scalar)(name#0) AS $sort0
                    Projection: datatable.name AS name#0, datatable.age AS age#1, datatable.team AS team#2
                      TableScan: datatable

    Projection: team#2 AS team
      Limit: skip=0, fetch=2
        Projection: team#2
          Filter: age#1 > Int64(1)
            Projection: age#1, team#2
              InOrder: $sort0 asc nulls first
                Sort: $sort0 ASC NULLS FIRST
                  Projection: datatable.age AS age#1, datatable.team AS team#2, tolower(scalar)(datatable.name) AS $sort0
                    TableScan: datatable projection=[name, age, team]

    ProjectionExec: expr=[team#2@0 as team]
      FilterExec: age#1@0 > 1, projection=[team#2@1], fetch=2
        ProjectionExec: expr=[age#1@0 as age#1, team#2@1 as team#2]
          InOrderExec: $sort0 asc nulls first
            SortExec: expr=[$sort0@2 ASC], preserve_partitioning=[false]
              ProjectionExec: expr=[age@1 as age#1, team@2 as team#2, tolower(scalar)(name@0) as $sort0]
                DataSourceExec: partitions=1, partition_sizes=[1]
    "#);
}

#[test]
fn a_sort_that_no_one_sees_costs_nothing() {
    insta::assert_snapshot!(plan_of("| sort by name asc | summarize count() by team"), @r#"
    Projection: team#2 AS team, count_#3 AS count_
      Projection: $key0 AS team#2, $aggregate0 AS count_#3
        Aggregate: groupBy=[[team#2 AS $key0]], aggr=[[count(Int64(1)) AS $aggregate0]]
          Projection: datatable.name AS name#0, datatable.age AS age#1, datatable.team AS team#2
            TableScan: datatable

    Projection: $key0 AS team, $aggregate0 AS count_
      Aggregate: groupBy=[[team#2 AS $key0]], aggr=[[count(Int64(1)) AS $aggregate0]]
        Projection: datatable.team AS team#2
          TableScan: datatable projection=[team]

    ProjectionExec: expr=[$key0@0 as team, $aggregate0@1 as count_]
      AggregateExec: mode=Single, gby=[team#2@0 as $key0], aggr=[count(1) as $aggregate0]
        ProjectionExec: expr=[team@0 as team#2]
          DataSourceExec: partitions=1, partition_sizes=[1]
    "#);
}

#[test]
fn filters_move_below_projections_and_first_by_key() {
    insta::assert_snapshot!(
        plan_of("| extend n = age + 1 | join (datatable(team:string, r:string)['x','y']) on team | where name == 'b'"),
        @r#"
        Projection: name#0 AS name, age#1 AS age, team#2 AS team, n#3 AS n, team1#4 AS team1, r#5 AS r
          Filter: name#0 = Utf8View("b")
            Projection: name#0, age#1, team#2, n#3, team#4 AS team1#4, r#5
              Inner Join: team#2 = team#4
                FirstByKey: team#2
                  Projection: name#0, age#1, team#2, +(integer, integer)(age#1, Int64(1)) AS n#3
                    Projection: datatable.name AS name#0, datatable.age AS age#1, datatable.team AS team#2
                      TableScan: datatable
                Projection: datatable.team AS team#4, datatable.r AS r#5
                  TableScan: datatable

        Projection: name#0 AS name, age#1 AS age, team#2 AS team, n#3 AS n, team#4 AS team1, r#5 AS r
          Inner Join: team#2 = team#4
            FirstByKey: team#2
              Projection: datatable.name AS name#0, datatable.age AS age#1, datatable.team AS team#2, +(integer, integer)(datatable.age, Int64(1)) AS n#3
                Filter: datatable.name = Utf8View("b")
                  TableScan: datatable projection=[name, age, team]
            Projection: datatable.team AS team#4, datatable.r AS r#5
              TableScan: datatable projection=[team, r]

        ProjectionExec: expr=[name#0@0 as name, age#1@1 as age, team#2@2 as team, n#3@3 as n, team#4@4 as team1, r#5@5 as r]
          HashJoinExec: mode=CollectLeft, join_type=Inner, on=[(team#2@2, team#4@0)], NullsEqual: true
            FirstByKeyExec: team#2
              ProjectionExec: expr=[name@0 as name#0, age@1 as age#1, team@2 as team#2, +(integer, integer)(age@1, 1) as n#3]
                FilterExec: name@0 = b
                  DataSourceExec: partitions=1, partition_sizes=[1]
            ProjectionExec: expr=[team@0 as team#4, r@1 as r#5]
              DataSourceExec: partitions=1, partition_sizes=[1]
        "#
    );
}

#[test]
fn an_aggregate_is_unique_by_its_key() {
    insta::assert_snapshot!(
        plan_of("| summarize max(age) by team | join (datatable(team:string, r:string)['x','y']) on team"),
        @r#"
        Projection: team#2 AS team, max_age#3 AS max_age, team1#4 AS team1, r#5 AS r
          Projection: team#2, max_age#3, team#4 AS team1#4, r#5
            Inner Join: team#2 = team#4
              Projection: $key0 AS team#2, $aggregate0 AS max_age#3
                Aggregate: groupBy=[[team#2 AS $key0]], aggr=[[max(orderable)(age#1) AS $aggregate0]]
                  Projection: datatable.name AS name#0, datatable.age AS age#1, datatable.team AS team#2
                    TableScan: datatable
              Projection: datatable.team AS team#4, datatable.r AS r#5
                TableScan: datatable

        Projection: team#2 AS team, max_age#3 AS max_age, team#4 AS team1, r#5 AS r
          Inner Join: team#2 = team#4
            Projection: $key0 AS team#2, $aggregate0 AS max_age#3
              Aggregate: groupBy=[[team#2 AS $key0]], aggr=[[max(orderable)(age#1) AS $aggregate0]]
                Projection: datatable.age AS age#1, datatable.team AS team#2
                  TableScan: datatable projection=[age, team]
            Projection: datatable.team AS team#4, datatable.r AS r#5
              TableScan: datatable projection=[team, r]

        ProjectionExec: expr=[team#2@2 as team, max_age#3@3 as max_age, team#4@0 as team1, r#5@1 as r]
          HashJoinExec: mode=CollectLeft, join_type=Inner, on=[(team#4@0, team#2@0)], NullsEqual: true
            ProjectionExec: expr=[team@0 as team#4, r@1 as r#5]
              DataSourceExec: partitions=1, partition_sizes=[1]
            ProjectionExec: expr=[$key0@0 as team#2, $aggregate0@1 as max_age#3]
              AggregateExec: mode=Single, gby=[team#2@1 as $key0], aggr=[max(orderable)(age#1) as $aggregate0]
                ProjectionExec: expr=[age@0 as age#1, team@1 as team#2]
                  DataSourceExec: partitions=1, partition_sizes=[1]
        "#
    );
}

#[test]
fn only_columns_in_use_are_expanded_along() {
    insta::assert_snapshot!(
        plan_of("| extend d = pack_array(name, team) | mv-expand d to typeof(string) | summarize count() by d"),
        @r#"
        Projection: d#4 AS d, count_#5 AS count_
          Projection: $key0 AS d#4, $aggregate0 AS count_#5
            Aggregate: groupBy=[[d#4 AS $key0]], aggr=[[count(Int64(1)) AS $aggregate0]]
              Projection: name#0, age#1, team#2, $element0 AS d#4
                MvExpand: $element0 = $source0 to string
                  Projection: name#0, age#1, team#2, d#3, d#3 AS $source0
                    Projection: name#0, age#1, team#2, pack_array(scalar…)($as_dynamic(string)(name#0), $as_dynamic(string)(team#2)) AS d#3
                      Projection: datatable.name AS name#0, datatable.age AS age#1, datatable.team AS team#2
                        TableScan: datatable

        Projection: $key0 AS d, $aggregate0 AS count_
          Aggregate: groupBy=[[d#4 AS $key0]], aggr=[[count(Int64(1)) AS $aggregate0]]
            Projection: $element0 AS d#4
              MvExpand: $element0 = $source0 to string
                Projection: pack_array(scalar…)($as_dynamic(string)(datatable.name), $as_dynamic(string)(datatable.team)) AS $source0
                  TableScan: datatable projection=[name, team]

        ProjectionExec: expr=[$key0@0 as d, $aggregate0@1 as count_]
          AggregateExec: mode=Single, gby=[d#4@0 as $key0], aggr=[count(1) as $aggregate0]
            ProjectionExec: expr=[$element0@0 as d#4]
              MvExpandExec: $element0 = $source0 to string
                ProjectionExec: expr=[pack_array(scalar…)($as_dynamic(string)(name@0), $as_dynamic(string)(team@1)) as $source0]
                  DataSourceExec: partitions=1, partition_sizes=[1]
        "#
    );
}

#[test]
fn outer_joins_fill_strings_alone() {
    insta::assert_snapshot!(
        plan_of("| join kind=leftouter (datatable(team:string, n:long)['x',1]) on team | project name, team1, n"),
        @r#"
        Projection: name#0 AS name, team1#3 AS team1, n#4 AS n
          Projection: name#0, team1#3, n#4
            Projection: name#0, age#1, team#2, $string_or_empty(team#3) AS team1#3, n#4
              Left Join: team#2 = team#3
                Projection: datatable.name AS name#0, datatable.age AS age#1, datatable.team AS team#2
                  TableScan: datatable
                Projection: datatable.team AS team#3, datatable.n AS n#4
                  TableScan: datatable

        Projection: name#0 AS name, $string_or_empty(team#3) AS team1, n#4 AS n
          Left Join: team#2 = team#3
            Projection: datatable.name AS name#0, datatable.team AS team#2
              TableScan: datatable projection=[name, team]
            Projection: datatable.team AS team#3, datatable.n AS n#4
              TableScan: datatable projection=[team, n]

        ProjectionExec: expr=[name#0@0 as name, $string_or_empty(team#3@1) as team1, n#4@2 as n]
          HashJoinExec: mode=CollectLeft, join_type=Right, on=[(team#3@0, team#2@1)], projection=[name#0@2, team#3@0, n#4@1], NullsEqual: true
            ProjectionExec: expr=[team@0 as team#3, n@1 as n#4]
              DataSourceExec: partitions=1, partition_sizes=[1]
            ProjectionExec: expr=[name@0 as name#0, team@1 as team#2]
              DataSourceExec: partitions=1, partition_sizes=[1]
        "#
    );
}

#[test]
fn a_column_replaced_twice_builds_on_itself() {
    insta::assert_snapshot!(
        plan_of("| project age | extend age = age + 1 | extend age = age + 1"),
        @r#"
        Projection: age#4 AS age
          Projection: +(integer, integer)(age#3, Int64(1)) AS age#4
            Projection: +(integer, integer)(age#1, Int64(1)) AS age#3
              Projection: age#1
                Projection: datatable.name AS name#0, datatable.age AS age#1, datatable.team AS team#2
                  TableScan: datatable

        Projection: +(integer, integer)(+(integer, integer)(datatable.age, Int64(1)), Int64(1)) AS age
          TableScan: datatable projection=[age]

        ProjectionExec: expr=[+(integer, integer)(+(integer, integer)(age@0, 1), 1) as age]
          DataSourceExec: partitions=1, partition_sizes=[1]
        "#
    );
}
