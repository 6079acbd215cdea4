//! Signature resolution: which overload a call means, and in which types its arguments reach the kernel.

use kql_functions::{Parameter, ParameterType, PassedAs, ReturnType};
use kql_types::ScalarType;

use crate::constants::convert;
use crate::plan::Expr;

/// An argument as the signature sees it.
#[derive(Clone, Debug)]
pub(crate) struct GivenArgument {
    /// The value; for a type literal its name as a string, for a `*` nothing.
    pub value: Option<Expr>,
    pub scalar_type: ScalarType,
    /// A `typeof(…)`.
    pub type_literal: Option<ScalarType>,
    pub star: bool,
}

/// Why no overload takes the arguments.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mismatch {
    /// No overload takes so many.
    Count,
    /// The overload that comes nearest, and the argument that it does not take.
    Argument { overload: usize, parameter: usize, argument: usize },
}

/// The overload that a call means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Resolved {
    pub overload: usize,
    /// Which parameter each argument belongs to.
    pub parameters: Vec<usize>,
}

/// Chooses among signatures: the first that takes the arguments as they are, else the first that takes them
/// converted.
pub(crate) fn resolve(overloads: &[&[Parameter]], arguments: &[GivenArgument]) -> Result<Resolved, Mismatch> {
    let mut best: Option<(u32, Resolved)> = None;
    let mut mismatch = Mismatch::Count;
    let mut furthest = 0;
    for (overload, parameters) in overloads.iter().enumerate() {
        let Some(assigned) = assign(parameters, arguments.len()) else { continue };
        match fit(parameters, &assigned, arguments) {
            Ok(cost) => {
                if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    best = Some((cost, Resolved { overload, parameters: assigned }));
                }
            }
            Err(argument) => {
                if mismatch == Mismatch::Count || argument > furthest {
                    let parameter = assigned.get(argument).copied().unwrap_or(0);
                    furthest = argument;
                    mismatch = Mismatch::Argument { overload, parameter, argument };
                }
            }
        }
    }
    best.map(|(_, resolved)| resolved).ok_or(mismatch)
}

/// Which parameter each of `count` arguments belongs to; `None` when the signature does not take so many.
pub(crate) fn assign(parameters: &[Parameter], count: usize) -> Option<Vec<usize>> {
    let first = parameters.iter().position(|parameter| parameter.repeated);
    let Some(first) = first else {
        let required = parameters.iter().filter(|parameter| !parameter.optional).count();
        return (required..=parameters.len()).contains(&count).then(|| (0..count).collect());
    };
    let group = parameters.iter().skip(first).take_while(|parameter| parameter.repeated).count();
    let after = parameters.len() - first - group;
    let may_be_none = parameters.get(first).is_some_and(|parameter| parameter.optional);
    // Optional parameters may stand before the repeated ones or after them.
    let before_required = parameters.iter().take(first).filter(|parameter| !parameter.optional).count();
    for before in (before_required..=first).rev() {
        let Some(repeated) = count.checked_sub(before + after) else { continue };
        if repeated % group != 0 || (repeated == 0 && !may_be_none) {
            continue;
        }
        let mut assigned: Vec<usize> = (0..before).collect();
        assigned.extend((0..repeated).map(|at| first + at % group));
        assigned.extend(first + group..parameters.len());
        return Some(assigned);
    }
    None
}

/// What it costs to pass the arguments, or the first that the signature does not take.
fn fit(parameters: &[Parameter], assigned: &[usize], arguments: &[GivenArgument]) -> Result<u32, usize> {
    let mut total = 0;
    for (at, (argument, parameter)) in arguments.iter().zip(assigned).enumerate() {
        let parameter = parameters.get(*parameter).ok_or(at)?;
        total += accepts(parameter, at, arguments, argument).ok_or(at)?;
    }
    match first_stranger(parameters, assigned, arguments) {
        Some(stranger) => Err(stranger),
        None => Ok(total),
    }
}

/// The first argument whose type does not go with those before it, where all must have one.
fn first_stranger(parameters: &[Parameter], assigned: &[usize], arguments: &[GivenArgument]) -> Option<usize> {
    let mut common: Option<ScalarType> = None;
    for (at, (argument, parameter)) in arguments.iter().zip(assigned).enumerate() {
        let accepts = parameters.get(*parameter)?.accepts;
        let given = argument.scalar_type;
        let any_goes = accepts == ParameterType::CommonOrderable && given == ScalarType::Dynamic;
        if any_goes || !matches!(accepts, ParameterType::CommonScalar | ParameterType::CommonOrderable) {
            continue;
        }
        match common {
            Some(so_far) if so_far != given && !(so_far.is_number() && given.is_number()) => return Some(at),
            Some(_) => {}
            None => common = Some(given),
        }
    }
    None
}

/// What it costs to pass an argument: 0 as it is, 1 widened, 2 out of a `dynamic`; `None` when it is not taken.
pub(crate) fn accepts(
    parameter: &Parameter,
    at: usize,
    all: &[GivenArgument],
    argument: &GivenArgument,
) -> Option<u32> {
    use ScalarType::{Bool, DateTime, Dynamic, Int, Long, Real, String};
    use kql_functions::signature::ArgumentKind;
    let star_allowed = matches!(parameter.kind, ArgumentKind::StarAllowed | ArgumentKind::StarOnly);
    if argument.star {
        return star_allowed.then_some(0);
    }
    if parameter.kind == ArgumentKind::StarOnly {
        return None;
    }
    if argument.type_literal.is_some() {
        return (parameter.accepts == ParameterType::TypeLiteral).then_some(0);
    }
    let given = argument.scalar_type;
    let when = |holds: bool| holds.then_some(0);
    match parameter.accepts {
        ParameterType::Exact(wanted) => to_exact(given, wanted),
        ParameterType::OneOf(types) => match types.contains(&given) {
            true => Some(0),
            // A dynamic may hold the text that a string parameter wants.
            false => (given == Dynamic && types.contains(&String)).then_some(2),
        },
        ParameterType::Scalar | ParameterType::CommonScalar | ParameterType::CommonScalarOrDynamic => Some(0),
        ParameterType::NotBool => when(given != Bool),
        ParameterType::NotDynamic => when(given != Dynamic),
        ParameterType::NotRealOrBool => when(given != Real && given != Bool),
        ParameterType::Summable => when(given.is_summable()),
        ParameterType::Orderable | ParameterType::CommonOrderable => when(given.is_orderable()),
        ParameterType::Number => when(given.is_number()),
        ParameterType::NumberOrBool => when(given.is_number() || given == Bool),
        ParameterType::Integer => when(given.is_integer()),
        ParameterType::StringOrDynamic | ParameterType::StringOrArray => when(matches!(given, String | Dynamic)),
        ParameterType::IntegerOrArray => when(matches!(given, Int | Long | Dynamic)),
        ParameterType::DynamicArray | ParameterType::DynamicBag => when(given == Dynamic),
        ParameterType::SameAs(other) => {
            let wanted = all.get(other).filter(|_| other != at)?.scalar_type;
            to_exact(given, wanted).or_else(|| (given.is_number() && wanted.is_number()).then_some(1)).filter(|_| {
                // A date is not a span, though both are summable.
                (given == DateTime) == (wanted == DateTime) || wanted == Dynamic || given == Dynamic
            })
        }
        ParameterType::TypeLiteral | ParameterType::Tabular => None,
    }
}

fn to_exact(given: ScalarType, wanted: ScalarType) -> Option<u32> {
    use ScalarType::{Decimal, Dynamic, Int, Long, Real, String};
    if given == wanted {
        return Some(0);
    }
    match (given, wanted) {
        (Int, Long) | (Int | Long, Real) | (Int | Long | Real, Decimal) => Some(1),
        (Dynamic, String) => Some(2),
        _ => None,
    }
}

fn common_types(parameters: &[Parameter], assigned: &[usize], arguments: &[GivenArgument]) -> Vec<ScalarType> {
    let is_common = |accepts: ParameterType| {
        matches!(
            accepts,
            ParameterType::CommonScalar | ParameterType::CommonScalarOrDynamic | ParameterType::CommonOrderable
        )
    };
    let shares = |parameter: &Parameter| is_common(parameter.accepts) || parameter.passed_as == PassedAs::Common;
    let belongs = |parameter: &usize| parameters.get(*parameter).is_some_and(shares);
    let pairs = arguments.iter().zip(assigned).filter(|(_, parameter)| belongs(parameter));
    pairs.map(|(argument, _)| argument.scalar_type).collect()
}

/// The type that all of these are widened to. Where types differ, it is `dynamic`, or with `prefer_scalar` the
/// one type beside `dynamic`.
pub(crate) fn common_type(types: &[ScalarType], prefer_scalar: bool) -> Option<ScalarType> {
    let mut common: Option<ScalarType> = None;
    for scalar_type in types {
        common = Some(match common {
            None => *scalar_type,
            Some(so_far) if so_far == *scalar_type => so_far,
            Some(so_far) if so_far.is_number() && scalar_type.is_number() => so_far.max(*scalar_type),
            Some(ScalarType::Dynamic) if prefer_scalar => *scalar_type,
            Some(so_far) if prefer_scalar && *scalar_type == ScalarType::Dynamic => so_far,
            Some(_) => return Some(ScalarType::Dynamic),
        });
    }
    common
}

/// The types and values with which the arguments reach the kernel, and the type of the call.
pub(crate) fn pass(
    parameters: &[Parameter],
    returns: ReturnType,
    resolved: &Resolved,
    arguments: Vec<GivenArgument>,
) -> (Vec<Expr>, Option<ScalarType>) {
    let given: Vec<ScalarType> = arguments.iter().map(|argument| argument.scalar_type).collect();
    let literals: Vec<Option<ScalarType>> = arguments.iter().map(|argument| argument.type_literal).collect();
    let widest = given.iter().copied().filter(|scalar_type| scalar_type.is_number()).max();
    let among_common = common_types(parameters, &resolved.parameters, &arguments);
    let prefer_scalar = !matches!(returns, ReturnType::Common);
    let common = common_type(&among_common, prefer_scalar);
    let convert_one = |argument: GivenArgument, parameter: &usize| {
        let value = argument.value?;
        let parameter = parameters.get(*parameter)?;
        let target = match parameter.passed_as {
            PassedAs::Itself => match parameter.accepts {
                ParameterType::Exact(wanted) => Some(wanted),
                ParameterType::OneOf(types) if !types.contains(&value.scalar_type) => Some(ScalarType::String),
                _ => None,
            },
            PassedAs::Converted(wanted) => Some(wanted),
            PassedAs::Widest => widest.filter(|_| value.scalar_type.is_number()),
            PassedAs::TypeOf(at) => given.get(at).copied(),
            PassedAs::Common => common,
        };
        Some(match target {
            Some(target) if argument.type_literal.is_none() => convert(value, target),
            _ => value,
        })
    };
    let pairs = arguments.into_iter().zip(&resolved.parameters);
    let passed: Vec<Expr> = pairs.filter_map(|(argument, parameter)| convert_one(argument, parameter)).collect();
    let scalar_type = match returns {
        ReturnType::Type(scalar_type) => Some(scalar_type),
        ReturnType::Parameter(at) => given.get(at).copied(),
        ReturnType::Promoted(at) => given.get(at).copied().map(|scalar_type| match scalar_type {
            ScalarType::Int => ScalarType::Long,
            other => other,
        }),
        ReturnType::Widest => widest,
        ReturnType::Common | ReturnType::CommonNonDynamic => common,
        ReturnType::Columns(_) | ReturnType::ColumnEach(_) => Some(ScalarType::Dynamic),
        ReturnType::Literal(at) => literals.get(at).copied().flatten(),
        ReturnType::Computed(compute) => {
            Some(compute(&passed.iter().map(|expression| expression.scalar_type).collect::<Vec<_>>()))
        }
    };
    (passed, scalar_type)
}
