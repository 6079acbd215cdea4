//! Trees of typical queries.

use kql_syntax::{parse, tree_text};

fn tree(query: &str) -> String {
    let parsed = parse(query);
    assert_eq!(parsed.diagnostics, [], "{query}");
    tree_text(&parsed.query)
}

#[test]
fn precedence() {
    insta::assert_snapshot!(tree(r#"print a or b and c == d + e * f has g"#), @r##"(Pipe operators=[(Print columns=[(Or a (And b (Equal c (Add d (Multiply e (Has f g))))))])])"##);
    insta::assert_snapshot!(tree(r#"print x - y - z, -a.b[0] % 2, a !in~ ('b') and c between (1 .. d + 1)"#), @r##"
    (Pipe
      operators=[
        (Print
          columns=[
            (Subtract (Subtract x y) z)
            (Modulo (Minus (Index base=(Member base=a member=b) index=0)) 2)
            (And (NotInTilde a "b") (Between value=c low=1 high=(Add d 1)))])])
    "##);
    insta::assert_snapshot!(tree(r#"T | where a == 1 and (b or not(c)) and d has_any (e)"#), @r##"
    (Pipe
      source=T
      operators=[(Where predicate=(And (And (Equal a 1) (Parenthesized (Or b (Call not c)))) (HasAny d e)))])
    "##);
}

#[test]
fn literals() {
    insta::assert_snapshot!(tree(r#"print 1, 0x1F, 1.5, 2e3, true, 1.5h, 10ticks, int(-3), long(null), real(nan), decimal(1.5), bool(1)"#), @r##"
    (Pipe
      operators=[
        (Print
          columns=[
            1
            31
            (Real 1.5)
            (Real 2000.0)
            (Bool true)
            (TimeSpan (Ticks 54000000000))
            (TimeSpan (Ticks 10))
            (Int -3)
            None
            (Real NaN)
            (Decimal "1.5")
            (Bool true)])])
    "##);
    insta::assert_snapshot!(tree(r#"print 'a\t\u0041' "b" @'c\d''e', h'secret', ```x\y```, ''"#), @r##"(Pipe operators=[(Print columns=["a\tAbc\\d'e" "secret" "x\\y" ""])])"##);
    insta::assert_snapshot!(tree(r#"print datetime(2020-01-01 10:00), datetime(null), datetime(now), timespan(1.02:03:04), time(3h), guid(74be27de-1e4e-49d9-b579-fe0b331d3642)"#), @r##"
    (Pipe
      operators=[
        (Print
          columns=[
            (DateTime "2020-01-01 10:00")
            (DateTime None)
            (Call datetime now)
            (TimeSpan (Text "1.02:03:04"))
            (TimeSpan (Ticks 108000000000))
            (Guid "74be27de-1e4e-49d9-b579-fe0b331d3642")])])
    "##);
    insta::assert_snapshot!(tree(r#"print dynamic({'a': [1, -2.50, null, true, 'x', 1d, datetime(2020-01-01)], "b": {}})"#), @r##"
    (Pipe
      operators=[
        (Print
          columns=[
            (Dynamic
              (Bag
                [
                  [
                    "a"
                    (Array
                      [
                        (Number "1")
                        (Number "-2.50")
                        Null
                        (Bool true)
                        "x"
                        (Typed (TimeSpan (Ticks 864000000000)))
                        (Typed (DateTime "2020-01-01"))])]
                  ["b" (Bag [])]]))])])
    "##);
}

#[test]
fn names_and_paths() {
    insta::assert_snapshot!(tree(r#"print ['a b'].c.['d e'][f + 1]['g'], $left.x"#), @r##"
    (Pipe
      operators=[
        (Print
          columns=[
            (Index
              base=(Index base=(Member base=(Member base=["a b"] member=c) member=["d e"]) index=(Add f 1))
              index="g")
            (Member base=$left member=x)])])
    "##);
    insta::assert_snapshot!(tree(r#"cluster('c').database('d').T | project id = step, count"#), @r##"
    (Pipe
      source=(Member base=(Member base=(Call cluster "c") member=(Call database "d")) member=T)
      operators=[(Project columns=[(Named names=[id] value=step) count])])
    "##);
    insta::assert_snapshot!(tree(r#"union withsource=S A*, *B, database('d').C*, (D | take 1)"#), @r##"
    (Pipe
      operators=[
        (Union
          parameters=[(Parameter name=withsource value=S)]
          tables=[
            A*
            *B
            (Member base=(Call database "d") member=C*)
            (Parenthesized (Pipe source=D operators=[(Take count=1)]))])])
    "##);
}

#[test]
fn statements() {
    insta::assert_snapshot!(tree(r#"let a = 1; let f = (x: string = 'y', T: (*), U: (b: long)) { let c = x; T | where d == c }; f('q', T, U)"#), @r##"
    (Let name=a value=1)
    (Let
      name=f
      value=(Function
        parameters=[
          (FunctionParameter name=x parameter_type=string default="y")
          (FunctionParameter name=T parameter_type=AnyTabular)
          (FunctionParameter
            name=U
            parameter_type=(Tabular [(ColumnDeclaration name=b column_type=long)]))]
        body=(FunctionBody
          statements=[(Let name=c value=x) (Pipe source=T operators=[(Where predicate=(Equal d c))])])))
    (Call f "q" T U)
    "##);
    insta::assert_snapshot!(tree(r#"let v = view () { T }; set notruncation; set a = 5; alias database d = cluster('c').database('e'); v"#), @r##"
    (Let name=v value=(Function view=true body=(FunctionBody statements=[T])))
    (Set name=notruncation)
    (Set name=a value=5)
    (Alias name=d value=(Member base=(Call cluster "c") member=(Call database "e")))
    v
    "##);
    insta::assert_snapshot!(tree(r#"declare query_parameters(a: string, b: long = 1); restrict access to (T, database('d').*); T"#), @r##"
    (DeclareQueryParameters
      parameters=[
        (FunctionParameter name=a parameter_type=string)
        (FunctionParameter name=b parameter_type=long default=1)])
    (Restrict entities=[T (Member base=(Call database "d") member=*)])
    T
    "##);
    insta::assert_snapshot!(tree(r#"declare pattern p = (a: string)[b: string] { ('1').['2'] = { T | take 1 }; }; p('1').['2']"#), @r##"
    (DeclarePattern
      name=p
      pattern=(Pattern
        parameters=[(FunctionParameter name=a parameter_type=string)]
        path=(FunctionParameter name=b parameter_type=string)
        cases=[
          (PatternCase
            arguments=["1"]
            path="2"
            body=(FunctionBody statements=[(Pipe source=T operators=[(Take count=1)])]))]))
    (Member base=(Call p "1") member=["2"])
    "##);
}

#[test]
fn shaping() {
    insta::assert_snapshot!(tree(r#"T | extend a = 1, (b, c) = f(d), e | project-away x*, *y | project-rename n = o | project-reorder z, y* granny-asc | distinct *"#), @r##"
    (Pipe
      source=T
      operators=[
        (Extend
          columns=[(Named names=[a] value=1) (Named names=[b c] parenthesized=true value=(Call f d)) e])
        (ProjectAway columns=[x* *y])
        (ProjectRename columns=[(Named names=[n] value=o)])
        (ProjectReorder
          columns=[(ReorderedColumn column=z) (ReorderedColumn column=y* order=GrannyAscending)])
        (Distinct columns=[Star])])
    "##);
    insta::assert_snapshot!(tree(r#"T | summarize n = count(), max(a) by b, bin(c, 1h) | sort by n desc nulls last, b | top 3 by b asc | take 5"#), @r##"
    (Pipe
      source=T
      operators=[
        (Summarize
          aggregations=[(Named names=[n] value=(Call count)) (Call max a)]
          by=[b (Call bin c (TimeSpan (Ticks 36000000000)))])
        (Sort by=[(Ordered value=n direction=Descending nulls=Last) b])
        (Top count=3 by=[(Ordered value=b direction=Ascending)])
        (Take count=5)])
    "##);
    insta::assert_snapshot!(tree(r#"T | mv-expand kind=array with_itemindex=i a = x to typeof(long), b limit 5 | mv-apply c on (where c > 1)"#), @r##"
    (Pipe
      source=T
      operators=[
        (MvExpand
          parameters=[(Parameter name=kind value=array) (Parameter name=with_itemindex value=i)]
          columns=[(ExpandedColumn value=(Named names=[a] value=x) to_type=long) (ExpandedColumn value=b)]
          limit=5)
        (MvApply
          columns=[(ExpandedColumn value=c)]
          body=(Pipe operators=[(Where predicate=(Greater c 1))]))])
    "##);
}

#[test]
fn joining() {
    insta::assert_snapshot!(tree(r#"T | join kind=leftouter hint.strategy=shuffle (U | where a) on b, $left.c == $right.d | lookup V on e"#), @r##"
    (Pipe
      source=T
      operators=[
        (Join
          parameters=[(Parameter name=kind value=leftouter) (Parameter name=hint.strategy value=shuffle)]
          right=(Parenthesized (Pipe source=U operators=[(Where predicate=a)]))
          condition=(On [b (Equal (Member base=$left member=c) (Member base=$right member=d))]))
        (Lookup right=V condition=(On [e]))])
    "##);
    insta::assert_snapshot!(tree(r#"datatable(a: long, ['b c']: string)[1, 'x', 2, 'y',]"#), @r##"
    (DataTable
      columns=[(ColumnDeclaration name=a column_type=long) (ColumnDeclaration name=["b c"] column_type=string)]
      values=[1 "x" 2 "y"])
    "##);
    insta::assert_snapshot!(tree(r#"externaldata(a: string)[h@'http://x/y'] with (format='csv', ignoreFirstRecord=true)"#), @r##"
    (ExternalData
      columns=[(ColumnDeclaration name=a column_type=string)]
      uris=["http://x/y"]
      properties=[(Parameter name=format value="csv") (Parameter name=ignoreFirstRecord value=(Bool true))])
    "##);
}

#[test]
fn parsing() {
    insta::assert_snapshot!(tree(r#"T | parse kind=regex flags=i a with * 'x' b: long @'\s' c | parse-where d with e ':' * | parse-kv f as (g: long) with (pair_delimiter=';')"#), @r##"
    (Pipe
      source=T
      operators=[
        (Parse
          parameters=[(Parameter name=kind value=regex) (Parameter name=flags value=i)]
          source=a
          pattern=[(Star) (Text "x") (Column name=b column_type=long) (Text "\\s") (Column name=c)])
        (Parse only_matches=true source=d pattern=[(Column name=e) (Text ":") (Star)])
        (ParseKv
          source=f
          columns=[(ColumnDeclaration name=g column_type=long)]
          properties=[(Parameter name=pair_delimiter value=";")])])
    "##);
}

#[test]
fn series_and_scan() {
    insta::assert_snapshot!(tree(r#"T | make-series n = count() default=0, avg(b) on t from ago(1d) to now() step 1h by u"#), @r##"
    (Pipe
      source=T
      operators=[
        (MakeSeries
          aggregations=[
            (SeriesAggregation value=(Named names=[n] value=(Call count)) default=0)
            (SeriesAggregation value=(Call avg b))]
          on=t
          range=(Bounds
            from=(Call ago (TimeSpan (Ticks 864000000000)))
            to=(Call now)
            step=(TimeSpan (Ticks 36000000000)))
          by=[u])])
    "##);
    insta::assert_snapshot!(tree(r#"T | make-series count() on t in range(ago(1d), now(), 1h)"#), @r##"
    (Pipe
      source=T
      operators=[
        (MakeSeries
          aggregations=[(SeriesAggregation value=(Call count))]
          on=t
          range=(InRange
            from=(Call ago (TimeSpan (Ticks 864000000000)))
            to=(Call now)
            step=(TimeSpan (Ticks 36000000000))))])
    "##);
    insta::assert_snapshot!(tree(r#"T | scan with_match_id=m order by t asc partition by u declare (n: long = 0) with (step s optional output=last: a > 1 => n = s.n + 1, b = 2;)"#), @r##"
    (Pipe
      source=T
      operators=[
        (Scan
          parameters=[(Parameter name=with_match_id value=m)]
          order_by=[(Ordered value=t direction=Ascending)]
          partition_by=[u]
          declarations=[(FunctionParameter name=n parameter_type=long default=0)]
          steps=[
            (ScanStep
              name=s
              optional=true
              output=last
              condition=(Greater a 1)
              assignments=[(Named names=[n] value=(Add (Member base=s member=n) 1)) (Named names=[b] value=2)])])])
    "##);
}

#[test]
fn branching() {
    insta::assert_snapshot!(tree(r#"T | fork x=(take 1) (where a | count) "#), @r##"
    (Pipe
      source=T
      operators=[
        (Fork
          branches=[
            (ForkBranch name=x body=(Pipe operators=[(Take count=1)]))
            (ForkBranch body=(Pipe operators=[(Where predicate=a) (Count)]))])])
    "##);
    insta::assert_snapshot!(tree(r#"T | facet by a, b with (take 1) | partition hint.strategy=native by c.d (top 1 by e) | render timechart with (title='x', ycolumns=f, g)"#), @r##"
    (Pipe
      source=T
      operators=[
        (Facet by=[a b] with=(Pipe operators=[(Take count=1)]))
        (Partition
          parameters=[(Parameter name=hint.strategy value=native)]
          by=(Member base=c member=d)
          body=(Pipe operators=[(Top count=1 by=[e])]))
        (Render
          chart=timechart
          properties=[
            (Parameter name=title value="x")
            (Parameter name=ycolumns value=f)
            (Parameter name=ycolumns value=g)])])
    "##);
    insta::assert_snapshot!(tree(r#"search kind=case_sensitive in (A, B*) 'x' and c:'y'"#), @r##"
    (Pipe
      operators=[
        (Search
          parameters=[(Parameter name=kind value=case_sensitive)]
          tables=[A B*]
          predicate=(And "x" (Colon c "y")))])
    "##);
    insta::assert_snapshot!(tree(r#"find withsource=s in (A) where b == 1 project c, d: string, pack_all()"#), @r##"
    (Pipe
      operators=[
        (Find
          parameters=[(Parameter name=withsource value=s)]
          tables=[A]
          predicate=(Equal b 1)
          project=[
            (FindColumn value=c)
            (FindColumn value=d column_type=string)
            (FindColumn value=(Call pack_all))])])
    "##);
    insta::assert_snapshot!(tree(r#"T | top-nested 3 of a with others='o' by n = count() desc, top-nested of b by max(c)"#), @r##"
    (Pipe
      source=T
      operators=[
        (TopNested
          clauses=[
            (TopNestedClause
              count=3
              of=a
              with_others="o"
              by=(Ordered value=(Named names=[n] value=(Call count)) direction=Descending))
            (TopNestedClause of=b by=(Call max c))])])
    "##);
    insta::assert_snapshot!(tree(r#"T | evaluate hint.distribution=single pivot(a, count()) : (*, b: long)"#), @r##"
    (Pipe
      source=T
      operators=[
        (Evaluate
          parameters=[(Parameter name=hint.distribution value=single)]
          plugin=pivot
          arguments=[a (Call count)]
          schema=(EvaluateSchema columns=[(ColumnDeclaration name=b column_type=long)] star=0))])
    "##);
}

#[test]
fn graphs() {
    insta::assert_snapshot!(tree(r#"T | make-graph a --> b with N on id partitioned-by p (graph-match (x)-[e*1..3]->(y)<--(z), ()--(w) where x.q == 1 project x.q)"#), @r##"
    (Pipe
      source=T
      operators=[
        (Graph
          kind=(MakeGraph
            source=a
            target=b
            nodes=[(GraphNodes table=N key=id)]
            partitioned_by=[
              p
              (Pipe
                operators=[
                  (Graph
                    kind=(Match
                      patterns=[
                        [
                          (Node name=x)
                          (Edge name=e direction=Right length=[1 3])
                          (Node name=y)
                          (Edge direction=Left)
                          (Node name=z)]
                        [(Node) (Edge direction=Any) (Node name=w)]]
                      predicate=(Equal (Member base=x member=q) 1)
                      project=[(Member base=x member=q)]))])]))])
    "##);
    insta::assert_snapshot!(tree(r#"T | make-graph a -- b with_node_id=n | graph-to-table nodes as N with_node_id=i, edges as E"#), @r##"
    (Pipe
      source=T
      operators=[
        (Graph kind=(MakeGraph source=a target=b undirected=true node_id=n))
        (Graph
          kind=(ToTable
            outputs=[
              (GraphOutput nodes=true name=N parameters=[(Parameter name=with_node_id value=i)])
              (GraphOutput name=E)]))])
    "##);
    insta::assert_snapshot!(tree(r#"T | make-graph a --> b | graph-shortest-paths output=all (x)-[e*..5]->(y) project e"#), @r##"
    (Pipe
      source=T
      operators=[
        (Graph kind=(MakeGraph source=a target=b))
        (Graph
          kind=(ShortestPaths
            parameters=[(Parameter name=output value=all)]
            patterns=[[(Node name=x) (Edge name=e direction=Right length=[None 5]) (Node name=y)]]
            project=[e]))])
    "##);
}
