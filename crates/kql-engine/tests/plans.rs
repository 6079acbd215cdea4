//! Snapshots of lowered plans.

use crate::support::explained;

const PEOPLE: &str = "datatable(name:string, age:long, team:string)['a',1,'x', 'b',2,'y', 'c',3,'x']";

fn plan_of(pipe: &str) -> String {
    explained(&format!("{PEOPLE} {pipe}"))
}

#[test]
fn a_sort_holds_its_order_for_what_follows() {
    insta::assert_snapshot!(plan_of("| sort by tolower(name) asc | where age > 1 | project team | take 2"), @r#"
    Limit: skip=0, fetch=2
      Projection: team
        Filter: age > Int64(1)
          Projection: name, age, team
            InOrder: $sort0 asc nulls first
              Sort: $sort0 ASC NULLS FIRST
                Projection: name, age, team, tolower(scalar)(name) AS $sort0
                  Projection: datatable.name AS name, datatable.age AS age, datatable.team AS team
                    TableScan: datatable

    Limit: skip=0, fetch=2
      Projection: team
        Filter: age > Int64(1)
          Projection: age, team
            InOrder: $sort0 asc nulls first
              Sort: $sort0 ASC NULLS FIRST
                Projection: datatable.age AS age, datatable.team AS team, tolower(scalar)(datatable.name) AS $sort0
                  TableScan: datatable projection=[name, age, team]

    FilterExec: age@0 > 1, projection=[team@1], fetch=2
      ProjectionExec: expr=[age@0 as age, team@1 as team]
        InOrderExec: $sort0 asc nulls first
          SortExec: expr=[$sort0@2 ASC], preserve_partitioning=[false]
            ProjectionExec: expr=[age@1 as age, team@2 as team, tolower(scalar)(name@0) as $sort0]
              DataSourceExec: partitions=1, partition_sizes=[1]
    "#);
}

#[test]
fn a_sort_that_no_one_sees_costs_nothing() {
    insta::assert_snapshot!(plan_of("| sort by name asc | summarize count() by team"), @r#"
    Projection: $key0 AS team, $aggregate0 AS count_
      Aggregate: groupBy=[[team AS $key0]], aggr=[[count(Int64(1)) AS $aggregate0]]
        Projection: datatable.name AS name, datatable.age AS age, datatable.team AS team
          TableScan: datatable

    Projection: $key0 AS team, $aggregate0 AS count_
      Aggregate: groupBy=[[team AS $key0]], aggr=[[count(Int64(1)) AS $aggregate0]]
        Projection: datatable.team AS team
          TableScan: datatable projection=[team]

    ProjectionExec: expr=[$key0@0 as team, $aggregate0@1 as count_]
      AggregateExec: mode=Single, gby=[team@0 as $key0], aggr=[count(1) as $aggregate0]
        DataSourceExec: partitions=1, partition_sizes=[1]
    "#);
}

#[test]
fn filters_move_below_projections_and_first_by_key() {
    insta::assert_snapshot!(
        plan_of("| extend n = age + 1 | join (datatable(team:string, r:string)['x','y']) on team | where name == 'b'"),
        @r#"
        Filter: name = Utf8View("b")
          Projection: name, age, team, n, team1, r
            Inner Join: team = team1
              FirstByKey: team
                Projection: name, age, team, +(integer, integer)(age, Int64(1)) AS n
                  Projection: datatable.name AS name, datatable.age AS age, datatable.team AS team
                    TableScan: datatable
              Projection: team AS team1, r
                Projection: datatable.team AS team, datatable.r AS r
                  TableScan: datatable

        Inner Join: team = team1
          FirstByKey: team
            Projection: datatable.name AS name, datatable.age AS age, datatable.team AS team, +(integer, integer)(datatable.age, Int64(1)) AS n
              Filter: datatable.name = Utf8View("b")
                TableScan: datatable projection=[name, age, team]
          Projection: datatable.team AS team1, datatable.r AS r
            TableScan: datatable projection=[team, r]

        HashJoinExec: mode=CollectLeft, join_type=Inner, on=[(team@2, team1@0)], NullsEqual: true
          FirstByKeyExec: team
            ProjectionExec: expr=[name@0 as name, age@1 as age, team@2 as team, +(integer, integer)(age@1, 1) as n]
              FilterExec: name@0 = b
                DataSourceExec: partitions=1, partition_sizes=[1]
          ProjectionExec: expr=[team@0 as team1, r@1 as r]
            DataSourceExec: partitions=1, partition_sizes=[1]
        "#
    );
}

#[test]
fn an_aggregate_is_unique_by_its_key() {
    insta::assert_snapshot!(
        plan_of("| summarize max(age) by team | join (datatable(team:string, r:string)['x','y']) on team"),
        @r#"
        Projection: team, max_age, team1, r
          Inner Join: team = team1
            Projection: $key0 AS team, $aggregate0 AS max_age
              Aggregate: groupBy=[[team AS $key0]], aggr=[[max(orderable)(age) AS $aggregate0]]
                Projection: datatable.name AS name, datatable.age AS age, datatable.team AS team
                  TableScan: datatable
            Projection: team AS team1, r
              Projection: datatable.team AS team, datatable.r AS r
                TableScan: datatable

        Inner Join: team = team1
          Projection: $key0 AS team, $aggregate0 AS max_age
            Aggregate: groupBy=[[team AS $key0]], aggr=[[max(orderable)(age) AS $aggregate0]]
              Projection: datatable.age AS age, datatable.team AS team
                TableScan: datatable projection=[age, team]
          Projection: datatable.team AS team1, datatable.r AS r
            TableScan: datatable projection=[team, r]

        HashJoinExec: mode=CollectLeft, join_type=Inner, on=[(team1@0, team@0)], projection=[team@2, max_age@3, team1@0, r@1], NullsEqual: true
          ProjectionExec: expr=[team@0 as team1, r@1 as r]
            DataSourceExec: partitions=1, partition_sizes=[1]
          ProjectionExec: expr=[$key0@0 as team, $aggregate0@1 as max_age]
            AggregateExec: mode=Single, gby=[team@1 as $key0], aggr=[max(orderable)(age) as $aggregate0]
              DataSourceExec: partitions=1, partition_sizes=[1]
        "#
    );
}

#[test]
fn only_columns_in_use_are_expanded_along() {
    insta::assert_snapshot!(
        plan_of("| extend d = pack_array(name, team) | mv-expand d to typeof(string) | summarize count() by d"),
        @r#"
        Projection: $key0 AS d, $aggregate0 AS count_
          Aggregate: groupBy=[[d AS $key0]], aggr=[[count(Int64(1)) AS $aggregate0]]
            Projection: name, age, team, $element0 AS d
              MvExpand: $element0 = $source0 to string
                Projection: name, age, team, d, d AS $source0
                  Projection: name, age, team, pack_array(scalar…)($as_dynamic(string)(name), $as_dynamic(string)(team)) AS d
                    Projection: datatable.name AS name, datatable.age AS age, datatable.team AS team
                      TableScan: datatable

        Projection: $key0 AS d, $aggregate0 AS count_
          Aggregate: groupBy=[[d AS $key0]], aggr=[[count(Int64(1)) AS $aggregate0]]
            Projection: $element0 AS d
              MvExpand: $element0 = $source0 to string
                Projection: pack_array(scalar…)($as_dynamic(string)(datatable.name), $as_dynamic(string)(datatable.team)) AS $source0
                  TableScan: datatable projection=[name, team]

        ProjectionExec: expr=[$key0@0 as d, $aggregate0@1 as count_]
          AggregateExec: mode=Single, gby=[d@0 as $key0], aggr=[count(1) as $aggregate0]
            ProjectionExec: expr=[$element0@0 as d]
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
        Projection: name, team1, n
          Projection: name, age, team, $string_or_empty(team1) AS team1, n
            Left Join: team = team1
              Projection: datatable.name AS name, datatable.age AS age, datatable.team AS team
                TableScan: datatable
              Projection: team AS team1, n
                Projection: datatable.team AS team, datatable.n AS n
                  TableScan: datatable

        Projection: name, $string_or_empty(team1) AS team1, n
          Left Join: team = team1
            Projection: datatable.name AS name, datatable.team AS team
              TableScan: datatable projection=[name, team]
            Projection: datatable.team AS team1, datatable.n AS n
              TableScan: datatable projection=[team, n]

        ProjectionExec: expr=[name@0 as name, $string_or_empty(team1@1) as team1, n@2 as n]
          HashJoinExec: mode=CollectLeft, join_type=Right, on=[(team1@0, team@1)], projection=[name@2, team1@0, n@1], NullsEqual: true
            ProjectionExec: expr=[team@0 as team1, n@1 as n]
              DataSourceExec: partitions=1, partition_sizes=[1]
            DataSourceExec: partitions=1, partition_sizes=[1]
        "#
    );
}
