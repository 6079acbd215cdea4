//! Calls of aggregates: those that a query writes, and those that operators make by themselves.

use kql_functions::aggregate::{AggregateKernel, AggregateReturn};
use kql_functions::{Aggregate, AggregateRef, Parameter, ReturnType};
use kql_syntax::{Diagnostic, Span, tree};
use kql_types::{ScalarType, Value};

use super::calls::given_value;
use crate::binder::{Binder, Purpose, column_reference, literal};
use crate::codes;
use crate::naming;
use crate::overloads::{self, GivenArgument};
use crate::plan::{Aggregation, Column, ColumnId, Expr};
use crate::scope::Place;

impl<'a> Binder<'a> {
    /// An aggregation that an operator makes by itself, with the type of its result.
    pub(crate) fn aggregation(
        &mut self,
        name: &str,
        arguments: Vec<Expr>,
        output: ColumnId,
        span: Span,
    ) -> Option<(Aggregation, ScalarType)> {
        let (aggregate, _) = kql_functions::aggregate(name)?;
        let given: Vec<GivenArgument> = arguments.into_iter().map(given_value).collect();
        let signatures: Vec<&[Parameter]> = aggregate.overloads.iter().map(|overload| overload.parameters).collect();
        let Ok(resolved) = overloads::resolve(&signatures, &given) else {
            self.error(codes::WRONG_TYPE, format!("{name}() is not defined for this type"), span);
            return None;
        };
        let overload = aggregate.overloads.get(resolved.overload)?;
        let AggregateReturn::One(returns) = overload.returns else { return None };
        let (arguments, scalar_type) = overloads::pass(overload.parameters, returns, &resolved, given);
        let aggregate = AggregateRef { aggregate, overload };
        Some((Aggregation { aggregate, arguments, outputs: vec![output] }, scalar_type?))
    }

    /// An aggregate within a `summarize`: notes the aggregation and gives its columns.
    pub(crate) fn aggregate_call(
        &mut self,
        name: &'a tree::Name,
        aggregate: &'static Aggregate,
        arguments: &'a [tree::Expr],
        span: Span,
        place: &Place<'_>,
    ) -> Option<Vec<Column>> {
        let collector = place.aggregates?;
        let deprecated = aggregate.aliases.iter().any(|alias| alias.name == name.text && alias.deprecated);
        self.hint_deprecated(&name.text, aggregate.name, deprecated, name.span);
        self.hint_superseded(name);
        if let ("count", [tree::Expr { kind: tree::ExprKind::Star, span }]) = (aggregate.name, arguments) {
            let message = "count() takes no `*`";
            self.report(
                Diagnostic::error(codes::ARGUMENT_COUNT, message, *span).with_help("`count()` counts the rows"),
            );
            return None;
        }
        if let (Purpose::Check, "count", [only]) = (self.purpose, aggregate.name, arguments) {
            return self.count_of(name, only, place);
        }
        let inner = Place { aggregates: None, ..*place };
        let mut given = Vec::new();
        let mut names: Vec<Option<String>> = Vec::new();
        // The positions of arguments whose type is not known.
        let mut untyped: Vec<usize> = Vec::new();
        for argument in arguments {
            match &argument.kind {
                tree::ExprKind::Star if !takes_star(aggregate, given.len(), arguments.len()) => {
                    let message = format!("{}() takes no `*` here", name.text);
                    let help = match aggregate.name {
                        "arg_max" | "arg_min" => format!("write `{}(Column, *)`", name.text),
                        _ => "name the columns".to_owned(),
                    };
                    self.report(Diagnostic::error(codes::NOT_ALLOWED_HERE, message, argument.span).with_help(help));
                    return None;
                }
                tree::ExprKind::Star => {
                    let named: Vec<String> = names.iter().flatten().cloned().collect();
                    let collected = collector.borrow();
                    for column in place.row.columns {
                        if !collected.grouped.contains(&column.id) && !named.contains(&column.name) {
                            if self.is_poisoned(column.id) {
                                untyped.push(given.len());
                            }
                            given.push(given_value(column_reference(column, argument.span)));
                            names.push(Some(column.name.clone()));
                        }
                    }
                }
                tree::ExprKind::Named { names: given_names, value, .. } => {
                    names.push(given_names.first().map(|name| name.text.clone()));
                    let argument = self.given(value, &inner);
                    if argument.is_none() {
                        untyped.push(given.len());
                    }
                    given
                        .push(argument.unwrap_or_else(|| given_value(literal(Value::Null(ScalarType::Dynamic), span))));
                }
                _ => {
                    names.push(naming::implicit_name(argument));
                    let argument = self.given(argument, &inner);
                    if argument.is_none() {
                        untyped.push(given.len());
                    }
                    given
                        .push(argument.unwrap_or_else(|| given_value(literal(Value::Null(ScalarType::Dynamic), span))));
                }
            }
        }
        let mut returns = aggregate.overloads.iter().map(|overload| &overload.returns);
        if !untyped.is_empty() && !returns.all(|returns| matches!(returns, AggregateReturn::EachArgument)) {
            return None;
        }
        let signatures: Vec<&[Parameter]> = aggregate.overloads.iter().map(|overload| overload.parameters).collect();
        let resolved = match overloads::resolve(&signatures, &given) {
            Ok(resolved) => resolved,
            Err(_) if !untyped.is_empty() => return None,
            Err(mismatch) => {
                self.report_mismatch(aggregate.name, name.span, &signatures, &given, mismatch);
                return None;
            }
        };
        let overload = aggregate.overloads.get(resolved.overload)?;
        self.check_kinds(aggregate.name, overload.parameters, &resolved.parameters, &given, Self::refuse_to_run)?;
        if let AggregateKernel::Unavailable(why) = overload.kernel {
            self.unsupported(format!("the aggregate {}() ({why})", aggregate.name), span);
        }
        let types: Vec<ScalarType> = given.iter().map(|argument| argument.scalar_type).collect();
        let returns = match overload.returns {
            AggregateReturn::One(returns) | AggregateReturn::EachRepeated(returns) => returns,
            AggregateReturn::EachArgument => ReturnType::Parameter(0),
        };
        let (passed, scalar_type) = overloads::pass(overload.parameters, returns, &resolved, given);
        let columns = match overload.returns {
            AggregateReturn::One(_) => {
                let rule = aggregate.result_name;
                let column_name = naming::aggregate_name(&name.text, aggregate.name, rule, arguments);
                vec![self.column(column_name.unwrap_or_default(), scalar_type?)]
            }
            AggregateReturn::EachRepeated(_) => {
                let scalar_type = scalar_type?;
                let value = arguments.first()?;
                let mut columns = Vec::new();
                for percentage in arguments.iter().skip(overload.parameters.len().saturating_sub(1)) {
                    columns.push(self.column(naming::percentile_name(value, percentage), scalar_type));
                }
                columns
            }
            AggregateReturn::EachArgument => {
                let names = each_argument_names(&name.text, &names);
                let pairs: Vec<(String, ScalarType)> = names.into_iter().zip(types).collect();
                let columns: Vec<Column> =
                    pairs.into_iter().map(|(name, scalar_type)| self.column(name, scalar_type)).collect();
                for column in untyped.iter().filter_map(|at| columns.get(*at)) {
                    self.poison(column.id);
                }
                columns
            }
        };
        let aggregation = Aggregation {
            aggregate: AggregateRef { aggregate, overload },
            arguments: passed,
            outputs: columns.iter().map(|column| column.id).collect(),
        };
        collector.borrow_mut().aggregations.push((aggregation, columns.clone()));
        Some(columns)
    }

    /// `count(x)`, which Kusto takes for `count()` and the analyser for `countif(x)`.
    fn count_of(&mut self, name: &'a tree::Name, argument: &'a tree::Expr, place: &Place<'_>) -> Option<Vec<Column>> {
        let bound = self.scalar(argument, &Place { aggregates: None, ..*place })?;
        if bound.scalar_type != ScalarType::Bool {
            let message = format!("{}() counts rows: its argument has no effect", name.text);
            let help = "`count()` counts all rows, `countif(…)` those of a condition, `dcount(…)` distinct values";
            self.report(Diagnostic::error(codes::ARGUMENT_TYPE, message, argument.span).with_help(help));
        }
        let written = naming::implicit_name(argument).unwrap_or_default();
        Some(vec![self.column(format!("{}_{written}", name.text), ScalarType::Long)])
    }
}

/// Whether an aggregate takes `*` as the argument at this position of so many.
fn takes_star(aggregate: &Aggregate, at: usize, count: usize) -> bool {
    match aggregate.name {
        "arg_max" | "arg_min" => at > 0,
        "take_any" => count == 1,
        _ => true,
    }
}

/// The type that an aggregate has whatever its arguments are; `None` when it depends on them.
pub(crate) fn only_aggregate_type(aggregate: &Aggregate) -> Option<ScalarType> {
    let mut types = aggregate.overloads.iter().map(|overload| match overload.returns {
        AggregateReturn::One(ReturnType::Type(scalar_type)) => Some(scalar_type),
        _ => None,
    });
    let first = types.next()??;
    types.all(|scalar_type| scalar_type == Some(first)).then_some(first)
}

/// The column names of `arg_max(a, b, …)` and `take_any(a, b, …)`.
fn each_argument_names(written: &str, names: &[Option<String>]) -> Vec<String> {
    let first = names.first().cloned().flatten();
    let old_prefix = match written {
        "argmax" => Some("max"),
        "argmin" => Some("min"),
        _ => None,
    };
    let numbered = |at: usize, name: &Option<String>| match (written, old_prefix) {
        (_, Some(prefix)) => {
            let first = first.clone().unwrap_or_default();
            match at {
                0 => format!("{prefix}_{first}"),
                _ => format!("{prefix}_{first}_{}", name.clone().unwrap_or_else(|| format!("arg{at}"))),
            }
        }
        ("any", _) => format!("any_{}", name.clone().unwrap_or_else(|| format!("arg{at}"))),
        ("arg_max" | "arg_min", _) => name.clone().unwrap_or_else(|| {
            let prefix = written.trim_start_matches("arg_");
            match at {
                0 => format!("{prefix}_"),
                _ => format!("{prefix}_{}_arg{at}", first.clone().unwrap_or_default()),
            }
        }),
        _ => name.clone().unwrap_or_else(|| format!("any_arg{at}")),
    };
    names.iter().enumerate().map(|(at, name)| numbered(at, name)).collect()
}
