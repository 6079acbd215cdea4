//! Names that a query leaves out, and names made unique.

use std::collections::HashSet;

use kql_functions::{ResultName, ReturnType};
use kql_syntax::tree::{self, Literal};
use kql_types::ScalarType;

/// The name that an expression gives its column when the query does not name it; `None` for `Column1`, `print_0`, ….
pub(crate) fn implicit_name(expression: &tree::Expr) -> Option<String> {
    match &expression.kind {
        tree::ExprKind::Name(name) | tree::ExprKind::WildcardName(name) => Some(name.text.clone()),
        tree::ExprKind::Parenthesized(inner) => implicit_name(inner),
        tree::ExprKind::Named { names, .. } => names.first().map(|name| name.text.clone()),
        tree::ExprKind::Ordered { value, .. } => implicit_name(value),
        tree::ExprKind::Member { .. } | tree::ExprKind::Index { .. } => path_name(expression),
        tree::ExprKind::Call { function, arguments } => call_name(&function.text, arguments),
        _ => None,
    }
}

/// `a.b[0]` is `a_b_0`; a member of something without a name has its own name.
fn path_name(expression: &tree::Expr) -> Option<String> {
    let mut parts = Vec::new();
    let mut base = expression;
    loop {
        if let Some(column) = picked_name(base) {
            parts.push(column);
            break;
        }
        match &base.kind {
            tree::ExprKind::Member { base: inner, member } => {
                if let tree::ExprKind::Name(name) = &member.kind {
                    parts.push(name.text.clone());
                }
                base = inner;
            }
            tree::ExprKind::Index { base: inner, index } => {
                parts.push(match &index.kind {
                    tree::ExprKind::Literal(Literal::String { value, .. }) => value.clone(),
                    tree::ExprKind::Literal(Literal::Long(Some(position))) => position.to_string(),
                    _ => String::new(),
                });
                base = inner;
            }
            _ => {
                parts.extend(implicit_name(base));
                break;
            }
        }
    }
    parts.reverse();
    Some(parts.join("_"))
}

/// The column that `array_sort_asc(a, b)[1]` picks.
fn picked_name(expression: &tree::Expr) -> Option<String> {
    let tree::ExprKind::Index { base, index } = &expression.kind else { return None };
    let (tree::ExprKind::Call { function, arguments }, tree::ExprKind::Literal(Literal::Long(Some(at)))) =
        (&base.kind, &index.kind)
    else {
        return None;
    };
    let (known, _) = kql_functions::function(&function.text)?;
    let columns = known.overloads.iter().find_map(|overload| column_names(known.name, overload.returns, arguments))?;
    columns.into_iter().nth(usize::try_from(*at).ok()?).map(|(name, _)| name)
}

/// The names and types of the columns of a call that gives several; `None` when it gives one value.
pub(crate) fn column_names(
    function: &str,
    returns: ReturnType,
    arguments: &[tree::Expr],
) -> Option<Vec<(String, ScalarType)>> {
    match returns {
        ReturnType::Columns(columns) => {
            let argument = first_name(arguments);
            let name = |end: &str| format!("{function}_{argument}_{end}");
            Some(columns.iter().map(|(end, scalar_type)| (name(end), *scalar_type)).collect())
        }
        ReturnType::ColumnEach(end) => {
            let arrays = arguments.iter().filter(|argument| !is_flag(argument)).enumerate();
            Some(arrays.map(|(at, array)| (array_name(array, at, end), ScalarType::Dynamic)).collect())
        }
        _ => None,
    }
}

fn is_flag(argument: &tree::Expr) -> bool {
    matches!(argument.kind, tree::ExprKind::Literal(Literal::Bool(_)))
}

fn array_name(array: &tree::Expr, at: usize, end: &str) -> String {
    let name = implicit_name(array).unwrap_or_else(|| format!("array{at}"));
    format!("{name}_{end}")
}

fn call_name(function: &str, arguments: &[tree::Expr]) -> Option<String> {
    if let Some((aggregate, _)) = kql_functions::aggregate(function) {
        return aggregate_name(function, aggregate.name, aggregate.result_name, arguments);
    }
    let (known, _) = kql_functions::function(function)?;
    from_rule(known.result_name, known.name, arguments)
}

/// The name of an aggregate's only column.
pub(crate) fn aggregate_name(
    written: &str,
    canonical: &str,
    rule: ResultName,
    arguments: &[tree::Expr],
) -> Option<String> {
    match canonical {
        "percentile" | "percentilew" => Some(percentile_name(arguments.first()?, arguments.last()?)),
        "take_any" if written == "any" => Some(format!("any_{}", first_name(arguments))),
        _ => from_rule(rule, written, arguments),
    }
}

/// `percentile_x_95`; the point of `99.9` becomes an underscore.
pub(crate) fn percentile_name(value: &tree::Expr, percentage: &tree::Expr) -> String {
    let percentage = match &percentage.kind {
        tree::ExprKind::Literal(Literal::Long(Some(number))) => number.to_string(),
        tree::ExprKind::Literal(Literal::Int(Some(number))) => number.to_string(),
        tree::ExprKind::Literal(Literal::Decimal(Some(number))) => number.replace('.', "_"),
        tree::ExprKind::Literal(Literal::Real(Some(number))) => kql_types::text::format_real(*number).replace('.', "_"),
        _ => implicit_name(percentage).unwrap_or_default(),
    };
    format!("percentile_{}_{percentage}", implicit_name(value).unwrap_or_default())
}

fn first_name(arguments: &[tree::Expr]) -> String {
    arguments.first().and_then(implicit_name).unwrap_or_default()
}

fn from_rule(rule: ResultName, function: &str, arguments: &[tree::Expr]) -> Option<String> {
    match rule {
        ResultName::None => None,
        ResultName::FirstArgument => arguments.first().and_then(implicit_name),
        ResultName::FirstArrayAndEnding(end) => Some(array_name(arguments.first()?, 0, end)),
        ResultName::PrefixAndFirstArgument(prefix) => Some(format!("{prefix}_{}", first_name(arguments))),
        ResultName::NameAndFirstArgument => Some(format!("{function}_{}", first_name(arguments))),
        ResultName::PrefixOnly(prefix) => Some(match prefix.ends_with('_') || prefix.starts_with('$') {
            true => prefix.to_owned(),
            false => format!("{prefix}_"),
        }),
        ResultName::OnlyArgument => match arguments {
            [only] => implicit_name(only),
            _ => None,
        },
        ResultName::FirstArgumentValueIfColumn => match &arguments.first()?.kind {
            tree::ExprKind::Literal(Literal::String { value, .. }) => Some(value.clone()),
            _ => arguments.first().and_then(implicit_name),
        },
    }
}

/// The names of one relation's columns while they are given out.
#[derive(Debug, Default)]
pub(crate) struct Names {
    used: HashSet<String>,
    plain: HashSet<String>,
    unnamed: usize,
}

impl Names {
    pub fn new() -> Names {
        Names::default()
    }

    /// Takes a name; `false` when it is taken already.
    pub fn take(&mut self, name: &str) -> bool {
        self.used.insert(name.to_owned())
    }

    /// Remembers that a name is that of a column which stands for itself; a second one is a mistake.
    pub fn mark_plain(&mut self, name: &str) {
        self.plain.insert(name.to_owned());
    }

    /// Whether a name is that of a column which stands for itself.
    pub fn is_plain(&self, name: &str) -> bool {
        self.plain.contains(name)
    }

    pub fn contains(&self, name: &str) -> bool {
        self.used.contains(name)
    }

    /// The name, or with the first free number behind it: `Key1`.
    pub fn unique(&mut self, name: &str) -> String {
        let mut candidate = name.to_owned();
        let mut number = 0usize;
        while !self.used.insert(candidate.clone()) {
            number += 1;
            candidate = format!("{name}{number}");
        }
        candidate
    }

    /// The next of `Column1`, `Column2`, ….
    pub fn unnamed(&mut self) -> String {
        self.unnamed += 1;
        let name = format!("Column{}", self.unnamed);
        self.unique(&name)
    }
}

/// Whether a name matches a pattern in which `*` stands for any text.
pub(crate) fn matches_wildcard(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut rest = rest;
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}
