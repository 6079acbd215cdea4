//! Plans built without the binder: what the engine itself promises.

use kql_engine::{Engine, EngineOptions, RunOptions};
use kql_functions::{AggregateRef, FunctionRef};
use kql_semantics::plan::{Aggregation, SortKey};
use kql_semantics::{Column, ColumnId, Expr, ExprKind, Relation, RelationOperator};
use kql_syntax::Span;
use kql_tables::NoTables;
use kql_types::{ScalarType, Value};

fn relation(operator: RelationOperator, columns: &[(u32, &str, ScalarType)]) -> Relation {
    let column = |(id, name, scalar_type): &(u32, &str, ScalarType)| Column {
        id: ColumnId(*id),
        name: (*name).to_owned(),
        scalar_type: *scalar_type,
    };
    Relation { operator, columns: columns.iter().map(column).collect(), span: Span::default() }
}

fn expr(kind: ExprKind, scalar_type: ScalarType) -> Expr {
    Expr { kind, scalar_type, span: Span::default() }
}

fn column(id: u32, scalar_type: ScalarType) -> Expr {
    expr(ExprKind::Column(ColumnId(id)), scalar_type)
}

fn call(name: &str, arguments: Vec<Expr>, scalar_type: ScalarType) -> Expr {
    let function = FunctionRef::from_name(name).unwrap_or_else(|| panic!("no function {name}"));
    expr(ExprKind::Call { function, arguments }, scalar_type)
}

fn numbers() -> Relation {
    let rows = [(1, "b"), (2, "a"), (3, "b")];
    let rows = rows.iter().map(|(n, s)| vec![Value::Long(*n), Value::String((*s).to_owned())]).collect();
    relation(RelationOperator::Values { rows }, &[(0, "n", ScalarType::Long), (1, "s", ScalarType::String)])
}

async fn run(relation: &Relation) -> Vec<Vec<Value>> {
    let engine = Engine::new(&EngineOptions::default()).unwrap();
    let direct = engine.run(relation, &NoTables, RunOptions::default()).await.unwrap();
    let wired = engine.run(relation, &NoTables, RunOptions { wire: true }).await.unwrap();
    let rows: Vec<Vec<Value>> = direct.rows().collect();
    assert_eq!(rows, wired.rows().collect::<Vec<_>>(), "wire mode differs");
    rows
}

#[tokio::test]
async fn values_keep_their_order() {
    let rows = run(&numbers()).await;
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[2], [Value::Long(3), Value::String("b".to_owned())]);
}

#[tokio::test]
async fn prints_one_row() {
    let one = relation(RelationOperator::OneRow, &[]);
    let literal = expr(ExprKind::Literal(Value::Long(7)), ScalarType::Long);
    let print = RelationOperator::Project { input: Box::new(one), expressions: vec![literal] };
    assert_eq!(run(&relation(print, &[(0, "print_0", ScalarType::Long)])).await, [[Value::Long(7)]]);
}

#[tokio::test]
async fn filters_sorts_and_takes() {
    let two = expr(ExprKind::Literal(Value::Long(2)), ScalarType::Long);
    let predicate = call(">=(number, number)", vec![column(0, ScalarType::Long), two], ScalarType::Bool);
    let columns = [(0, "n", ScalarType::Long), (1, "s", ScalarType::String)];
    let filtered = relation(RelationOperator::Filter { input: Box::new(numbers()), predicate }, &columns);
    let keys = vec![SortKey { value: column(1, ScalarType::String), ascending: false, nulls_first: false }];
    let sorted = relation(RelationOperator::Sort { input: Box::new(filtered), keys }, &columns);
    let taken = relation(RelationOperator::Take { input: Box::new(sorted), count: 1 }, &columns);
    assert_eq!(run(&taken).await, [[Value::Long(3), Value::String("b".to_owned())]]);
}

#[tokio::test]
async fn counts_by_group_and_over_nothing() {
    let count = || Aggregation {
        aggregate: AggregateRef::from_name("count()").unwrap(),
        arguments: Vec::new(),
        outputs: vec![ColumnId(2)],
    };
    let input = Box::new(numbers());
    let by = vec![column(1, ScalarType::String)];
    let grouped = RelationOperator::Aggregate { input, by, aggregations: vec![count()] };
    let mut rows = run(&relation(grouped, &[(1, "s", ScalarType::String), (2, "count_", ScalarType::Long)])).await;
    rows.sort_by_key(|row| format!("{row:?}"));
    assert_eq!(rows[1], [Value::String("b".to_owned()), Value::Long(2)]);

    let nothing = relation(
        RelationOperator::Take { input: Box::new(numbers()), count: 0 },
        &[(0, "n", ScalarType::Long), (1, "s", ScalarType::String)],
    );
    let whole = RelationOperator::Aggregate { input: Box::new(nothing), by: Vec::new(), aggregations: vec![count()] };
    assert_eq!(run(&relation(whole, &[(2, "count_", ScalarType::Long)])).await, [[Value::Long(0)]]);
}

#[tokio::test]
async fn ranges_count_up_to_their_end() {
    let range = RelationOperator::Range { from: Value::Long(1), to: Value::Long(20_000), step: Value::Long(3) };
    let rows = run(&relation(range, &[(0, "x", ScalarType::Long)])).await;
    assert_eq!(rows.len(), 6667);
    assert_eq!(rows[6666], [Value::Long(19_999)]);
}
