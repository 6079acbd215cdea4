//! The arguments of a plugin, bound and brought to its parameters.

use kql_functions::plugin::Plugin;
use kql_functions::signature::ArgumentKind;
use kql_functions::{Parameter, ParameterType, PassedAs};
use kql_syntax::operators::evaluate::Evaluate;
use kql_syntax::{Diagnostic, Span, tree};
use kql_types::{ScalarType, Value};

use super::super::At;
use crate::binder::{Binder, Table, literal};
use crate::codes;
use crate::constants::convert;
use crate::expressions::given_value;
use crate::naming::implicit_name;
use crate::overloads::{self, GivenArgument, Mismatch};
use crate::plan::{Expr, ExprKind};
use crate::scope::Place;

/// An argument of a plugin.
#[derive(Clone, Debug)]
pub(super) struct Argument {
    pub parameter: &'static Parameter,
    /// The name given with `name = …`, or that of the column.
    pub name: String,
    pub value: Given,
}

/// What was given.
#[derive(Clone, Debug)]
pub(super) enum Given {
    Value(Expr),
    Table(Table),
}

impl Argument {
    /// The value, unless it is a table.
    pub fn value(&self) -> Option<&Expr> {
        match &self.value {
            Given::Value(value) => Some(value),
            Given::Table(_) => None,
        }
    }
}

/// The arguments of a call.
#[derive(Clone, Debug)]
pub(super) struct PluginArguments(pub Vec<Argument>);

impl PluginArguments {
    /// The first argument for a parameter.
    pub fn of(&self, parameter: &str) -> Option<&Argument> {
        self.0.iter().find(|argument| argument.parameter.name == parameter)
    }

    /// The value given for a parameter.
    pub fn value(&self, parameter: &str) -> Option<&Expr> {
        self.of(parameter)?.value()
    }
}

impl<'a> Binder<'a> {
    /// The arguments of a plugin; `None` when they are not right, which is reported already.
    pub(super) fn plugin_arguments(
        &mut self,
        node: &'a Evaluate,
        plugin: &'static Plugin,
        input: &Table,
        at: At,
    ) -> Option<PluginArguments> {
        let given: Vec<Option<(String, Given, Span)>> =
            node.arguments.iter().map(|argument| self.plugin_argument(argument, input, at)).collect();
        let given: Vec<(String, Given, Span)> = given.into_iter().collect::<Option<_>>()?;
        let mut mistake = None;
        for signature in plugin.signatures {
            match self.assigned(signature, &given) {
                Ok(assigned) => return Some(PluginArguments(assigned)),
                Err(found) => mistake = nearer(mistake, found),
            }
        }
        match mistake {
            Some(Misfit::Argument { argument, parameter, .. }) => {
                let span = given.get(argument).map_or(node.plugin.span, |(_, _, span)| *span);
                let wanted = wanted(parameter);
                let message = format!("the argument `{}` of {}() must be {wanted}", parameter.name, plugin.name);
                self.report(Diagnostic::error(codes::ARGUMENT_TYPE, message, span).with_help(parameter.description));
            }
            _ => {
                let given: Vec<GivenArgument> = given.into_iter().filter_map(|(_, given, _)| as_given(given)).collect();
                self.report_mismatch(plugin.name, node.plugin.span, plugin.signatures, &given, Mismatch::Count);
            }
        }
        None
    }

    /// One argument over the table; a name that is no column may be a table.
    fn plugin_argument(&mut self, argument: &'a tree::Expr, input: &Table, at: At) -> Option<(String, Given, Span)> {
        let (name, value) = match &argument.kind {
            tree::ExprKind::Named { names, value, .. } => (names.first().map(|name| name.text.clone()), value.as_ref()),
            _ => (implicit_name(argument), argument),
        };
        let is_column = matches!(&value.kind, tree::ExprKind::Name(name)
            if input.columns().iter().any(|column| column.name == name.text));
        let name = name.unwrap_or_default();
        if !is_column && self.is_tabular(value, at.environment) == Some(true) {
            return Some((name, Given::Table(self.table(value, at.environment)), value.span));
        }
        let mut bound = self.scalar(value, &Place::over(input, at.environment))?;
        bound.span = value.span;
        Some((name, Given::Value(bound), value.span))
    }

    /// The arguments as one signature takes them.
    fn assigned(
        &self,
        signature: &'static [Parameter],
        given: &[(String, Given, Span)],
    ) -> Result<Vec<Argument>, Misfit> {
        let scalars: Vec<GivenArgument> = given
            .iter()
            .map(|(_, given, span)| {
                as_given(given.clone()).unwrap_or_else(|| given_value(literal(Value::Null(ScalarType::Dynamic), *span)))
            })
            .collect();
        let groups = signature.iter().filter(|parameter| parameter.repeated).count();
        let first = signature.iter().position(|parameter| parameter.repeated).unwrap_or(signature.len());
        let positions = match groups {
            // Arguments of several repeated parameters are told apart by what they are.
            0 | 1 => overloads::assign(signature, given.len()),
            _ => (given.len() > first).then(|| (0..given.len()).map(|at| at.min(first)).collect()),
        };
        let positions = positions.ok_or(Misfit::Count)?;
        let mut arguments = Vec::with_capacity(given.len());
        for (at, ((name, value, _), position)) in given.iter().zip(positions).enumerate() {
            let candidates = signature.iter().skip(position).take(if position == first { groups.max(1) } else { 1 });
            let mut candidates = candidates.peekable();
            let Some(nearest) = candidates.peek().copied() else { return Err(Misfit::Count) };
            if nearest.optional && is_default(value) {
                continue;
            }
            let takes = |parameter: &&'static Parameter| match value {
                Given::Table(_) => parameter.accepts == ParameterType::Tabular,
                Given::Value(value) => {
                    let is_kind = match parameter.kind {
                        ArgumentKind::Constant | ArgumentKind::Literal => self.is_constant(value),
                        ArgumentKind::Column => matches!(value.kind, ExprKind::Column(_)),
                        _ => true,
                    };
                    let argument = scalars.get(at);
                    is_kind
                        && argument
                            .is_some_and(|argument| overloads::accepts(parameter, at, &scalars, argument).is_some())
                }
            };
            let Some(parameter) = candidates.find(takes) else {
                return Err(Misfit::Argument { argument: at, parameter: nearest });
            };
            let value = match value {
                Given::Value(value) => Given::Value(passed(parameter, value.clone())),
                table => table.clone(),
            };
            arguments.push(Argument { parameter, name: name.clone(), value });
        }
        Ok(arguments)
    }
}

/// Why a signature does not take the arguments.
#[derive(Clone, Copy)]
enum Misfit {
    Count,
    Argument { argument: usize, parameter: &'static Parameter },
}

/// The misfit that says more: of two, the one that comes later.
fn nearer(known: Option<Misfit>, found: Misfit) -> Option<Misfit> {
    let place = |misfit: &Misfit| match misfit {
        Misfit::Count => None,
        Misfit::Argument { argument, .. } => Some(*argument),
    };
    Some(match known {
        Some(known) if place(&known) >= place(&found) => known,
        _ => found,
    })
}

/// `'~'` stands for the default of an optional parameter.
fn is_default(given: &Given) -> bool {
    matches!(given, Given::Value(Expr { kind: ExprKind::Literal(Value::String(text)), .. }) if text == "~")
}

fn as_given(given: Given) -> Option<GivenArgument> {
    match given {
        Given::Value(value) => Some(given_value(value)),
        Given::Table(_) => None,
    }
}

fn passed(parameter: &Parameter, value: Expr) -> Expr {
    match (parameter.passed_as, parameter.accepts) {
        (PassedAs::Converted(wanted), _) | (PassedAs::Itself, ParameterType::Exact(wanted)) => convert(value, wanted),
        _ => value,
    }
}

fn wanted(parameter: &Parameter) -> String {
    match (parameter.kind, parameter.accepts) {
        (_, ParameterType::Tabular) => "a table".to_owned(),
        (ArgumentKind::Column, ParameterType::Scalar) => "the name of a column".to_owned(),
        (ArgumentKind::Column, accepts) => format!("the name of a column of {accepts}"),
        (ArgumentKind::Constant | ArgumentKind::Literal, ParameterType::Scalar) => "a constant".to_owned(),
        (ArgumentKind::Constant | ArgumentKind::Literal, accepts) => format!("a constant {accepts}"),
        (_, accepts) => format!("a {accepts}"),
    }
}
