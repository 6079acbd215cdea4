//! Calls of functions, and operators as calls.

use kql_functions::function::Kernel;
use kql_functions::{Function, FunctionRef, Parameter, ReturnType};
use kql_syntax::{Diagnostic, Span, tree};
use kql_types::{ScalarType, Value};

use super::mismatches::operand_help;
use crate::binder::{Binder, Purpose, column_reference, literal};
use crate::codes;
use crate::constants;
use crate::expressions::{Given, Several};
use crate::lints::literal_type;
use crate::overloads::{self, GivenArgument};
use crate::plan::{Expr, ExprKind};
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

    pub(super) fn hint_superseded(&mut self, name: &tree::Name) {
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
    pub(super) fn given(&mut self, argument: &'a tree::Expr, place: &Place<'_>) -> Option<GivenArgument> {
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

/// What a call returns whatever its arguments are; `None` when it depends on them.
pub(super) fn only_type(function: &Function) -> Option<ScalarType> {
    let mut types = function.overloads.iter().map(|overload| match overload.returns {
        ReturnType::Type(scalar_type) => Some(scalar_type),
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
