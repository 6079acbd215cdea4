//! `summarize`: groups and aggregates.

use std::sync::Arc;

use datafusion::functions_aggregate::count::count_udaf;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{Aggregate, AggregateUDF, Expr as DataFusionExpr, LogicalPlan, ScalarUDF, lit};
use kql_functions::aggregate::{AggregateKernel, AggregateReturn};
use kql_semantics::plan::Aggregation;
use kql_semantics::{Column, Expr, Relation};

use crate::EngineError;
use crate::functions::{AggregateAdapter, Plumbing};
use crate::lowering::{Lowering, Scope, column};

pub(crate) fn lower(
    lowering: &Lowering,
    input: &Relation,
    by: &[Expr],
    aggregations: &[Aggregation],
    columns: &[Column],
) -> Result<LogicalPlan, EngineError> {
    let scope = Scope::of(&input.columns);
    let mut keys = Vec::with_capacity(by.len());
    let mut outputs = Vec::with_capacity(columns.len());
    for (at, key) in by.iter().enumerate() {
        let name = key_name(at);
        keys.push(lowering.expression(key, &scope)?.alias(&name));
        outputs.push(column(&name));
    }
    let mut aggregates = Vec::with_capacity(aggregations.len());
    for (at, aggregation) in aggregations.iter().enumerate() {
        let name = format!("$aggregate{at}");
        aggregates.push(aggregate(lowering, aggregation, &scope, input)?.alias(&name));
        match aggregation.aggregate.overload.returns {
            AggregateReturn::One(_) => outputs.push(column(&name)),
            AggregateReturn::EachArgument | AggregateReturn::EachRepeated(_) => {
                for field in 0..aggregation.outputs.len() {
                    outputs.push(ScalarUDF::from(Plumbing::struct_field(field)).call(vec![column(&name)]));
                }
            }
        }
    }
    let sees_order = aggregations.iter().any(|aggregation| sees_order(aggregation.aggregate.aggregate.name));
    let input = Arc::new(if sees_order { lowering.relation(input)? } else { lowering.unordered(input)? });
    let aggregate = LogicalPlan::Aggregate(Aggregate::try_new(input, keys, aggregates)?);
    lowering.project(aggregate, outputs, columns)
}

/// Whether an aggregate's answer depends on the order of the rows; of those not named here it may.
fn sees_order(name: &str) -> bool {
    let blind = [
        "avg",
        "avgif",
        "count",
        "count_distinct",
        "count_distinctif",
        "countif",
        "dcount",
        "dcountif",
        "max",
        "maxif",
        "min",
        "minif",
        "percentile",
        "percentiles",
        "sum",
        "sumif",
    ];
    !blind.contains(&name)
}

fn key_name(at: usize) -> String {
    format!("$key{at}")
}

fn aggregate(
    lowering: &Lowering,
    aggregation: &Aggregation,
    scope: &Scope,
    input: &Relation,
) -> Result<DataFusionExpr, EngineError> {
    let function = aggregation.aggregate;
    if let AggregateKernel::Unavailable(reason) = function.overload.kernel {
        let message = format!("{} cannot be run: {reason}", function.aggregate.name);
        let span = aggregation.arguments.first().map_or(input.span, |argument| argument.span);
        return Err(EngineError::unsupported(message, span));
    }
    let arguments = aggregation.arguments.iter().map(|argument| lowering.expression(argument, scope));
    let mut arguments = arguments.collect::<Result<Vec<_>, _>>()?;
    if arguments.is_empty() {
        // DataFusion's aggregates have at least one argument.
        arguments.push(lit(1_i64));
    }
    // The same answer as ours, and it can come from a file's statistics.
    let native = function.aggregate.name == "count" && function.overload.parameters.is_empty();
    let function = if native { count_udaf() } else { Arc::new(AggregateUDF::from(AggregateAdapter::new(function))) };
    Ok(DataFusionExpr::AggregateFunction(AggregateFunction::new_udf(
        function,
        arguments,
        false,
        None,
        Vec::new(),
        None,
    )))
}
