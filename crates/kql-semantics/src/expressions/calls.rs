//! Calls of functions and aggregates, and operators as calls.

use kql_functions::aggregate::{AggregateKernel, AggregateReturn};
use kql_functions::function::Kernel;
use kql_functions::signature::ArgumentKind;
use kql_functions::{Aggregate, AggregateRef, Function, FunctionRef, Parameter, ReturnType};
use kql_syntax::{Diagnostic, Span, tree};
use kql_types::{ScalarType, Value};

use crate::binder::{Binder, Purpose, column_reference, literal};
use crate::codes;
use crate::constants;
use crate::expressions::{Given, Several};
use crate::lints::literal_type;
use crate::naming;
use crate::overloads::{self, GivenArgument, Mismatch};
use crate::plan::{Aggregation, Column, ColumnId, Expr, ExprKind};
use crate::scope::{Binding, Place};
use crate::statements::Denotation;
use crate::suggestions::{did_you_mean, foreign_function};

impl<'a> Binder<'a> {
    /// A call that must give one value.
    pub(super) fn call(
        &mut self,
        function: &'a tree::Name,
        arguments: &'a [tree::Expr],
        span: Span,
        place: &Place<'_>,
    ) -> Option<Expr> {
        let given = self.called(function, arguments, span, place);
        self.one_value(given, span)
    }

    /// What a call gives.
    pub(super) fn called(
        &mut self,
        function: &'a tree::Name,
        arguments: &'a [tree::Expr],
        span: Span,
        place: &Place<'_>,
    ) -> Given {
        let name = function.text.as_str();
        if let Some(Binding::Function(user)) = self.meaning(place.environment, name, span) {
            return match self.call_user(name, user, arguments, None, span, place) {
                Some(Denotation::Scalar(given)) => given,
                // What could not be bound is reported already.
                Some(Denotation::Table(table)) if table.open && table.columns().is_empty() => Given::One(None),
                Some(Denotation::Table(_)) => {
                    let message = format!("`{name}(…)` is a table, not a scalar value");
                    let help = "`toscalar(…)` takes the first value of a table";
                    self.report(Diagnostic::error(codes::TABLE_NOT_SCALAR, message, span).with_help(help));
                    Given::One(None)
                }
                None => Given::One(None),
            };
        }
        if let Some(graph) = place.graph
            && let Some(result) = self.graph_call(function, arguments, span, graph, place)
        {
            return Given::One(result);
        }
        self.hint_superseded(function);
        if let Some(result) = self.special_call(function, arguments, span, place) {
            return Given::One(result);
        }
        if let (Some((aggregate, _)), Some(_)) = (kql_functions::aggregate(name), place.aggregates) {
            let columns = self.aggregate_call(function, aggregate, arguments, span, place).unwrap_or_default();
            return Given::One(columns.first().map(|column| column_reference(column, span)));
        }
        let Some((known, deprecated)) = kql_functions::function(name).filter(|_| !name.starts_with('$')) else {
            for argument in arguments {
                self.given(argument, &Place { aggregates: None, ..*place });
            }
            self.unknown_function(name, function.span, place);
            return Given::One(None);
        };
        self.hint_deprecated(name, known.name, deprecated, function.span);
        let bound = match self.given_all(arguments, place) {
            Some(given) => self.resolved_call(known, function.span, given, span),
            None => only_type(known).map(|scalar_type| (stand_in(scalar_type, span), ReturnType::Type(scalar_type))),
        };
        let Some((value, returns)) = bound else { return Given::One(None) };
        match Several::of(known, returns, arguments, value.clone()) {
            Some(several) => Given::Several(several),
            None => Given::One(Some(value)),
        }
    }

    pub(super) fn hint_deprecated(&mut self, name: &str, canonical: &str, deprecated: bool, span: Span) {
        if deprecated {
            self.report(Diagnostic::deprecated(name, canonical, span));
        }
    }

    fn hint_superseded(&mut self, name: &tree::Name) {
        if let Some((_, today)) = SUPERSEDED.iter().find(|(old, _)| *old == name.text) {
            self.hint_deprecated(&name.text, today, true, name.span);
        }
    }

    /// Reports a name that is no function, with the nearest that there is.
    pub(crate) fn unknown_function(&mut self, name: &str, span: Span, place: &Place<'_>) {
        if let Some((_, _)) = kql_functions::aggregate(name) {
            let message = format!("the aggregate `{name}` can only stand in a `summarize`");
            let help = format!("compute it first: `summarize x = {name}(…) by …`; what follows can use `x`");
            self.report(Diagnostic::error(codes::AGGREGATE_OUTSIDE, message, span).with_help(help));
            return;
        }
        // What a `let` could not declare is reported there.
        if matches!(self.scopes.find(place.environment, name), Some(Binding::Scalar(None))) {
            return;
        }
        let variables = self.scopes.all(place.environment);
        let user = variables.iter().filter_map(|(name, binding)| match binding {
            Binding::Function(_) => Some(*name),
            _ => None,
        });
        let known = kql_functions::all().map(|function| function.name);
        let aggregates = kql_functions::all_aggregates().map(|aggregate| aggregate.name);
        let words = known.chain(aggregates).filter(|name| name.starts_with(|first: char| first.is_ascii_lowercase()));
        let stored = self.context.workspace.function_names();
        let stored = stored.iter().map(String::as_str);
        let help = foreign_function(name).or_else(|| did_you_mean(name, user.chain(stored).chain(words)));
        let mut diagnostic = Diagnostic::error(codes::UNKNOWN_FUNCTION, format!("unknown function `{name}`"), span);
        diagnostic.help = help;
        self.report(diagnostic);
    }

    /// Binds arguments; all of them, so that every mistake is reported.
    pub(super) fn given_all(&mut self, arguments: &'a [tree::Expr], place: &Place<'_>) -> Option<Vec<GivenArgument>> {
        let mut all = Vec::new();
        let mut complete = true;
        for argument in arguments {
            match &argument.kind {
                tree::ExprKind::Star => {
                    all.extend(
                        place.row.columns.iter().map(|column| given_value(column_reference(column, argument.span))),
                    );
                }
                _ => match self.given(argument, place) {
                    Some(given) => all.push(given),
                    None => complete = false,
                },
            }
        }
        complete.then_some(all)
    }

    /// One argument.
    fn given(&mut self, argument: &'a tree::Expr, place: &Place<'_>) -> Option<GivenArgument> {
        match &argument.kind {
            tree::ExprKind::Star => {
                Some(GivenArgument { value: None, scalar_type: ScalarType::Dynamic, type_literal: None, star: true })
            }
            tree::ExprKind::TypeOf(name) => {
                let scalar_type = self.scalar_type(name)?;
                let value = literal(Value::String(scalar_type.name().to_owned()), argument.span);
                let string = ScalarType::String;
                Some(GivenArgument {
                    value: Some(value),
                    scalar_type: string,
                    type_literal: Some(scalar_type),
                    star: false,
                })
            }
            // A name given to an argument names the column that the call makes, where that is named after it.
            tree::ExprKind::Named { names, value, .. } if names.len() == 1 => self.given(value, place),
            _ => self.scalar(argument, place).map(given_value),
        }
    }

    /// The type that a name stands for.
    pub(crate) fn scalar_type(&mut self, name: &tree::TypeName) -> Option<ScalarType> {
        let found = ScalarType::from_name(&name.text);
        if found.is_none() {
            let names = ScalarType::ALL.iter().map(|scalar_type| scalar_type.name());
            let help = did_you_mean(&name.text, names).unwrap_or_else(|| {
                "the types are bool, int, long, real, decimal, string, datetime, timespan, guid and dynamic".to_owned()
            });
            let message = format!("unknown type `{}`", name.text);
            self.report(Diagnostic::error(codes::UNKNOWN_TYPE, message, name.span).with_help(help));
        }
        found
    }

    /// A call of a known scalar function.
    pub(super) fn scalar_call(
        &mut self,
        function: &'static Function,
        name_span: Span,
        given: Vec<GivenArgument>,
        span: Span,
    ) -> Option<Expr> {
        self.resolved_call(function, name_span, given, span).map(|(value, _)| value)
    }

    /// A call of a known scalar function, and what its overload returns.
    fn resolved_call(
        &mut self,
        function: &'static Function,
        name_span: Span,
        given: Vec<GivenArgument>,
        span: Span,
    ) -> Option<(Expr, ReturnType)> {
        let signatures: Vec<&[Parameter]> = function.overloads.iter().map(|overload| overload.parameters).collect();
        let resolved = match overloads::resolve(&signatures, &given) {
            Ok(resolved) => resolved,
            Err(mismatch) => {
                self.report_mismatch(function.name, name_span, &signatures, &given, mismatch);
                return None;
            }
        };
        if function.name == "coalesce" {
            self.refuse_mixed_numbers(&given);
        }
        let overload = function.overloads.get(resolved.overload)?;
        self.check_kinds(function.name, overload.parameters, &resolved.parameters, &given, Self::report)?;
        self.note_kernel(function.name, &overload.kernel, span);
        let (arguments, scalar_type) = overloads::pass(overload.parameters, overload.returns, &resolved, given);
        let Some(scalar_type) = scalar_type else {
            self.error(
                codes::ARGUMENT_TYPE,
                format!("the types given to {}() have no common type", function.name),
                span,
            );
            return None;
        };
        // The analyser does not know that it gives a number.
        let scalar_type = match (self.purpose, function.name) {
            (Purpose::Check, "jaccard_index") => ScalarType::Dynamic,
            _ => scalar_type,
        };
        let function = FunctionRef { function, overload };
        if !matches!(overload.returns, ReturnType::Literal(_)) {
            return Some((constants::call(function, arguments, scalar_type, span), overload.returns));
        }
        // The kernel gives text whatever the type literal says; the call is what that text converts to.
        let text = constants::call(function, arguments, ScalarType::String, span);
        let value = match scalar_type {
            ScalarType::Dynamic => self.operator("parse_json", span, vec![text], span)?,
            other => constants::convert(text, other),
        };
        Some((value, overload.returns))
    }

    /// An operator, or an internal function such as `$path`, on bound operands.
    pub(crate) fn operator(
        &mut self,
        name: &str,
        operator_span: Span,
        operands: Vec<Expr>,
        span: Span,
    ) -> Option<Expr> {
        if !self.spend(1, span) {
            return None;
        }
        let Some((function, _)) = kql_functions::function(name) else {
            let types: Vec<ScalarType> = operands.iter().map(|operand| operand.scalar_type).collect();
            self.unsupported(format!("the operator `{name}`"), operator_span);
            // The operators that are missing compare.
            let _ = types;
            return Some(Expr {
                kind: ExprKind::Literal(Value::Null(ScalarType::Bool)),
                scalar_type: ScalarType::Bool,
                span,
            });
        };
        let signatures: Vec<&[Parameter]> = function.overloads.iter().map(|overload| overload.parameters).collect();
        let by_equality = matches!(name, "==" | "!=" | "in" | "!in");
        let of_another_type = if by_equality { literal_type::check(&operands) } else { None };
        let types: Vec<&str> = operands.iter().map(|operand| operand.scalar_type.name()).collect();
        let types = match types.as_slice() {
            [one] => format!("a {one}"),
            [left, right] => format!("a {left} and a {right}"),
            many => many.join(", "),
        };
        let mut given: Vec<GivenArgument> = operands.into_iter().map(given_value).collect();
        let mut resolved = overloads::resolve(&signatures, &given);
        let is_unavailable = |mismatched: &overloads::Resolved| {
            let overload = function.overloads.get(mismatched.overload);
            overload.is_some_and(|overload| matches!(overload.kernel, Kernel::Unavailable(_)))
        };
        if by_equality && resolved.as_ref().is_ok_and(is_unavailable) && literals_in_type_of_first(&mut given) {
            resolved = overloads::resolve(&signatures, &given);
            // Told also when the query runs: the answer may be empty for no other reason.
            of_another_type.into_iter().for_each(|found| self.report(found));
        } else {
            self.lint(of_another_type);
        }
        let Ok(resolved) = resolved else {
            let message = format!("the operator `{}` is not defined for {types}", name.trim_start_matches('$'));
            let mut diagnostic = Diagnostic::error(codes::OPERAND_TYPES, message, operator_span);
            diagnostic.help = operand_help(name, &given);
            self.report(diagnostic);
            return None;
        };
        let overload = function.overloads.get(resolved.overload)?;
        self.note_kernel(function.name, &overload.kernel, span);
        let (arguments, scalar_type) = overloads::pass(overload.parameters, overload.returns, &resolved, given);
        Some(constants::call(FunctionRef { function, overload }, arguments, scalar_type?, span))
    }

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

    /// Kusto gives the first of whole numbers and fractions no common type, which the analyser does.
    fn refuse_mixed_numbers(&mut self, given: &[GivenArgument]) {
        let is_whole = |argument: &GivenArgument| argument.scalar_type.is_integer();
        let is_fraction = |argument: &GivenArgument| argument.scalar_type.is_number() && !is_whole(argument);
        let stranger = given.iter().find(|argument| is_fraction(argument)).and_then(|argument| argument.value.as_ref());
        if let (true, Some(stranger)) = (given.iter().any(is_whole), stranger) {
            let message = format!("coalesce() takes values of one type; the others are no {}", stranger.scalar_type);
            let help = "convert them, as in `toreal(…)`";
            self.refuse_to_run(Diagnostic::error(codes::ARGUMENT_TYPE, message, stranger.span).with_help(help));
        }
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

    /// Checks that constant, literal and column arguments are such. The analyser does not ask that of aggregates.
    fn check_kinds(
        &mut self,
        function: &str,
        parameters: &[Parameter],
        assigned: &[usize],
        given: &[GivenArgument],
        complain: fn(&mut Self, Diagnostic),
    ) -> Option<()> {
        let before = self.complaints();
        for (argument, parameter) in given.iter().zip(assigned) {
            let (Some(parameter), Some(value)) = (parameters.get(*parameter), &argument.value) else { continue };
            let wanted = match parameter.kind {
                ArgumentKind::Constant | ArgumentKind::Literal if !self.is_constant(value) => "a constant",
                ArgumentKind::Column if !matches!(value.kind, ExprKind::Column(_)) => "a column",
                _ => "",
            };
            if !wanted.is_empty() {
                let message = format!("the argument `{}` of {function}() must be {wanted}", parameter.name);
                complain(self, Diagnostic::error(codes::NOT_CONSTANT, message, value.span));
            } else if let (false, ExprKind::Literal(Value::String(text))) = (parameter.values.is_empty(), &value.kind)
                && !parameter.values.iter().any(|allowed| allowed.eq_ignore_ascii_case(text))
            {
                let message = format!("`{text}` is no value for the argument `{}` of {function}()", parameter.name);
                let help = format!("it takes one of {}", parameter.values.join(", "));
                complain(self, Diagnostic::error(codes::PARAMETER_VALUE, message, value.span).with_help(help));
            }
        }
        (self.complaints() == before).then_some(())
    }

    pub(crate) fn report_mismatch(
        &mut self,
        function: &str,
        name_span: Span,
        signatures: &[&[Parameter]],
        given: &[GivenArgument],
        mismatch: Mismatch,
    ) {
        match mismatch {
            Mismatch::Count => {
                let expected = match function {
                    "case" => "pairs of a condition and a value, and one value for what is left".to_owned(),
                    _ => expected_count(signatures),
                };
                let message = format!("{function}() takes {expected}, not {}", given.len());
                let mut signatures: Vec<String> =
                    signatures.iter().map(|parameters| signature(function, parameters)).collect();
                signatures.dedup();
                let help = format!("it is called as {}", signatures.join(" or "));
                self.report(Diagnostic::error(codes::ARGUMENT_COUNT, message, name_span).with_help(help));
            }
            Mismatch::Argument { overload, parameter, argument } => {
                let parameter = signatures.get(overload).and_then(|parameters| parameters.get(parameter));
                let (Some(parameter), Some(argument_given)) = (parameter, given.get(argument)) else {
                    self.error(codes::ARGUMENT_TYPE, format!("{function}() does not take these arguments"), name_span);
                    return;
                };
                let message = format!(
                    "the argument `{}` of {function}() takes {}, not a {}",
                    parameter.name, parameter.accepts, argument_given.scalar_type
                );
                let span = argument_given.value.as_ref().map_or(name_span, |value| value.span);
                let mut diagnostic = Diagnostic::error(codes::ARGUMENT_TYPE, message, span);
                if argument_given.scalar_type == ScalarType::Dynamic {
                    diagnostic.help = Some("convert it first, with tostring(), tolong(), todatetime(), …".to_owned());
                }
                self.report(diagnostic);
            }
        }
    }
}

/// Functions and aggregates that are deprecated but not the same as those that took their place.
const SUPERSEDED: &[(&str, &str)] = &[
    ("anyif", "take_anyif"),
    ("array_sum", "series_sum"),
    ("arraylength", "array_length"),
    ("columnifexists", "column_ifexists"),
    ("current_cursor", "cursor_current"),
    ("extentid", "extent_id"),
    ("make_dictionary", "make_bag"),
    ("makelist", "make_list"),
    ("makeset", "make_set"),
    ("replace", "replace_regex` or `replace_string"),
    ("row_rank", "row_rank_dense"),
];

/// Whether an aggregate takes `*` as the argument at this position of so many.
fn takes_star(aggregate: &Aggregate, at: usize, count: usize) -> bool {
    match aggregate.name {
        "arg_max" | "arg_min" => at > 0,
        "take_any" => count == 1,
        _ => true,
    }
}

/// What a call returns whatever its arguments are; `None` when it depends on them.
pub(super) fn only_type(function: &Function) -> Option<ScalarType> {
    let mut types = function.overloads.iter().map(|overload| match overload.returns {
        ReturnType::Type(scalar_type) => Some(scalar_type),
        _ => None,
    });
    let first = types.next()??;
    types.all(|scalar_type| scalar_type == Some(first)).then_some(first)
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

/// Stands for a call of which only the type is known, as its arguments could not be bound; the plan is never run.
pub(super) fn stand_in(scalar_type: ScalarType, span: Span) -> Expr {
    literal(Value::null(scalar_type), span)
}

/// An argument that is a value.
pub(crate) fn given_value(value: Expr) -> GivenArgument {
    GivenArgument { scalar_type: value.scalar_type, value: Some(value), type_literal: None, star: false }
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

fn operand_help(name: &str, given: &[GivenArgument]) -> Option<String> {
    let types: Vec<ScalarType> = given.iter().map(|argument| argument.scalar_type).collect();
    match (name, types.as_slice()) {
        ("+", [ScalarType::String, _] | [_, ScalarType::String]) => Some("`strcat(…)` joins strings".to_owned()),
        ("+" | "-", [ScalarType::DateTime, number]) if number.is_number() => {
            Some("a time is moved by a timespan, such as `7d` or `1h`".to_owned())
        }
        ("or" | "and", [_, ScalarType::String] | [ScalarType::String, _]) => {
            Some("repeat the comparison, as in `x == \"a\" or x == \"b\"`, or write `x in (\"a\", \"b\")`".to_owned())
        }
        ("<" | "<=" | ">" | ">=" | "==" | "!=", [ScalarType::DateTime, number]) if number.is_number() => {
            Some("write the date as `datetime(2024-01-31)`".to_owned())
        }
        ("<" | "<=" | ">" | ">=", [ScalarType::DateTime, ScalarType::String]) => {
            Some("write the date as `datetime(2024-01-31)`, or use `todatetime(…)`".to_owned())
        }
        ("<" | "<=" | ">" | ">=", [ScalarType::String, ScalarType::String]) => {
            Some("`strcmp(a, b)` orders strings".to_owned())
        }
        (_, [ScalarType::Dynamic, _]) => {
            Some("convert it first, with tostring(), tolong(), todatetime(), …".to_owned())
        }
        _ => None,
    }
}

fn expected_count(signatures: &[&[Parameter]]) -> String {
    let least = signatures
        .iter()
        .map(|parameters| parameters.iter().filter(|parameter| !parameter.optional).count())
        .min()
        .unwrap_or(0);
    let unbounded = signatures.iter().any(|parameters| parameters.iter().any(|parameter| parameter.repeated));
    let most = signatures.iter().map(|parameters| parameters.len()).max().unwrap_or(0);
    let plural = |count: usize| if count == 1 { "argument" } else { "arguments" };
    match (unbounded, least == most) {
        (true, _) => format!("at least {least} {}", plural(least)),
        (false, true) => format!("{least} {}", plural(least)),
        (false, false) => format!("{least} to {most} arguments"),
    }
}

fn signature(function: &str, parameters: &[Parameter]) -> String {
    let names: Vec<String> = parameters
        .iter()
        .map(|parameter| match (parameter.optional, parameter.repeated) {
            (true, _) => format!("[{}]", parameter.name),
            (false, true) => format!("{}, …", parameter.name),
            (false, false) => parameter.name.to_owned(),
        })
        .collect();
    format!("`{function}({})`", names.join(", "))
}

/// Brings literals to the type of the first operand that is none. Kusto compares a column with a literal of another
/// type, and no page says how; a literal that is no value of the column's type becomes null, and equals nothing.
fn literals_in_type_of_first(given: &mut [GivenArgument]) -> bool {
    let is_literal = |argument: &GivenArgument| {
        matches!(argument.value, Some(Expr { kind: ExprKind::Literal(_), .. })) && !argument.star
    };
    let Some(wanted) = given.iter().find(|argument| !is_literal(argument)).map(|argument| argument.scalar_type) else {
        return false;
    };
    for argument in given.iter_mut().filter(|argument| is_literal(argument)) {
        if let Some(value) = argument.value.take() {
            let value = constants::convert(value, wanted);
            argument.scalar_type = value.scalar_type;
            argument.value = Some(value);
        }
    }
    given.iter().all(|argument| argument.scalar_type == wanted)
}
