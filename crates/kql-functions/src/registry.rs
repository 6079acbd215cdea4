//! The one list of all functions and aggregates, and how a call finds its kernel by name.
//!
//! The binder, the engine and any worker look functions up here; what is not here does not exist.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::LazyLock;

use kql_types::ScalarType;

use crate::{Aggregate, Function, Overload, ParameterType};

static FAMILIES: &[&[Function]] = &[
    crate::conditional::FUNCTIONS,
    crate::binding::FUNCTIONS,
    crate::hash::FUNCTIONS,
    crate::guid::FUNCTIONS,
    crate::data_size::FUNCTIONS,
    crate::geolocation::FUNCTIONS,
];

/// Every scalar function and operator; those that are known by signature only come last.
pub fn all() -> impl Iterator<Item = &'static Function> {
    let declared = crate::declared::FAMILIES.iter().copied().flatten();
    implemented().chain(declared.filter(|function| !is_implemented(function.name)))
}

/// The functions of the families.
fn implemented() -> impl Iterator<Item = &'static Function> {
    let folders = [
        crate::operators::FAMILIES,
        crate::mathematics::FAMILIES,
        crate::datetime::FAMILIES,
        crate::conversion::FAMILIES,
        crate::dynamic::FAMILIES,
        crate::string::FAMILIES,
        crate::regular_expression::FAMILIES,
        crate::encoding::FAMILIES,
        crate::network::FAMILIES,
        crate::parsing::FAMILIES,
        crate::series::FAMILIES,
        crate::window::FAMILIES,
        crate::geography::FAMILIES,
        crate::units::FAMILIES,
        crate::sketch::FAMILIES,
    ];
    FAMILIES.iter().chain(folders.into_iter().flatten()).copied().flatten()
}

/// Whether a family has a function of this name or alias.
pub(crate) fn is_implemented(name: &str) -> bool {
    static NAMES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
        let aliases = implemented().flat_map(|function| function.aliases.iter().map(|alias| alias.name));
        implemented().map(|function| function.name).chain(aliases).collect()
    });
    NAMES.contains(name)
}

/// Every aggregate.
pub fn all_aggregates() -> impl Iterator<Item = &'static Aggregate> {
    crate::aggregates::FAMILIES.iter().copied().flatten()
}

/// The function of a name or alias, and whether that name is deprecated.
pub fn function(name: &str) -> Option<(&'static Function, bool)> {
    static BY_NAME: LazyLock<HashMap<&'static str, (&'static Function, bool)>> = LazyLock::new(|| {
        let names = all().map(|function| (function.name, (function, false)));
        let aliases = all()
            .flat_map(|function| function.aliases.iter().map(move |alias| (alias.name, (function, alias.deprecated))));
        names.chain(aliases).collect()
    });
    BY_NAME.get(name).copied()
}

/// The aggregate of a name or alias, and whether that name is deprecated.
pub fn aggregate(name: &str) -> Option<(&'static Aggregate, bool)> {
    static BY_NAME: LazyLock<HashMap<&'static str, (&'static Aggregate, bool)>> = LazyLock::new(|| {
        let names = all_aggregates().map(|aggregate| (aggregate.name, (aggregate, false)));
        let aliases = all_aggregates().flat_map(|aggregate| {
            aggregate.aliases.iter().map(move |alias| (alias.name, (aggregate, alias.deprecated)))
        });
        names.chain(aliases).collect()
    });
    BY_NAME.get(name).copied()
}

/// One overload of a scalar function: what a bound call calls. Equal when the names are.
#[derive(Clone, Copy, Debug)]
pub struct FunctionRef {
    pub function: &'static Function,
    pub overload: &'static Overload,
}

/// One overload of an aggregate: what a bound aggregation calls.
#[derive(Clone, Copy, Debug)]
pub struct AggregateRef {
    pub aggregate: &'static Aggregate,
    pub overload: &'static crate::AggregateOverload,
}

impl FunctionRef {
    /// The name by which this overload travels in plans: `tostring(long)`.
    pub fn name(&self) -> String {
        overload_name(self.function.name, self.overload.parameters)
    }

    /// The overload of such a name.
    pub fn from_name(name: &str) -> Option<FunctionRef> {
        let (function, _) = function(name.get(..function_name_length(name))?)?;
        let references = function.overloads.iter().map(|overload| FunctionRef { function, overload });
        references.into_iter().find(|reference| reference.name() == name)
    }
}

impl AggregateRef {
    /// The name by which this overload travels in plans: `sum(long)`.
    pub fn name(&self) -> String {
        overload_name(self.aggregate.name, self.overload.parameters)
    }

    /// The overload of such a name.
    pub fn from_name(name: &str) -> Option<AggregateRef> {
        let (aggregate, _) = aggregate(name.get(..function_name_length(name))?)?;
        let references = aggregate.overloads.iter().map(|overload| AggregateRef { aggregate, overload });
        references.into_iter().find(|reference| reference.name() == name)
    }
}

impl PartialEq for FunctionRef {
    fn eq(&self, other: &FunctionRef) -> bool {
        std::ptr::eq(self.overload, other.overload)
    }
}

impl PartialEq for AggregateRef {
    fn eq(&self, other: &AggregateRef) -> bool {
        std::ptr::eq(self.overload, other.overload)
    }
}

impl fmt::Display for FunctionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl fmt::Display for AggregateRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// The conversion that makes a `to` of a `from`, as `tostring`, `tolong`, … do; into `dynamic` it is
/// [`AS_DYNAMIC`], which holds the scalar and parses nothing. `None` where no conversion is needed or known.
pub fn conversion(from: ScalarType, to: ScalarType) -> Option<FunctionRef> {
    let name = match to {
        ScalarType::Bool => "tobool",
        ScalarType::Int => "toint",
        ScalarType::Long => "tolong",
        ScalarType::Real => "toreal",
        ScalarType::Decimal => "todecimal",
        ScalarType::String => "tostring",
        ScalarType::DateTime => "todatetime",
        ScalarType::TimeSpan => "totimespan",
        ScalarType::Guid => "toguid",
        ScalarType::Dynamic => AS_DYNAMIC,
    };
    if from == to {
        return None;
    }
    let (function, _) = function(name)?;
    let takes = |overload: &&Overload| {
        overload.parameters.first().is_some_and(|parameter| parameter.accepts == ParameterType::Exact(from))
    };
    function.overloads.iter().find(takes).map(|overload| FunctionRef { function, overload })
}

/// The internal function that wraps a scalar into a `dynamic`; no query can name it.
pub const AS_DYNAMIC: &str = "$as_dynamic";

/// The internal function behind `a.b[0]`: a dynamic and the constant text of a [`kql_types::dynamic::Path`].
pub const PATH: &str = "$path";

/// The internal function for `split(s, d)[i]`: the text, the delimiter and the path into the array of parts.
pub const SPLIT_PART: &str = "$split_part";

/// The internal function behind `a[key]` with a key that is not constant: a string, a long or a dynamic.
pub const INDEX: &str = "$index";

/// The internal function behind `pack_all(true)`: as `bag_pack`, leaving out values that are null or empty.
pub const BAG_PACK_FILLED: &str = "$bag_pack_filled";

/// The internal function whose sum over columns is `estimate_data_size`.
pub const DATA_SIZE: &str = "$data_size";

/// The internal window function that numbers the rows of each run of equal values from 1.
pub const ROW_IN_RUN: &str = "$row_in_run";

/// The internal window function behind `evaluate rows_near()`: whether a row nearby meets a condition.
pub const ROW_NEAR: &str = "$row_near";

/// `name` ends at the parameter list; operators such as `==` hold no parenthesis.
fn function_name_length(name: &str) -> usize {
    name.find('(').unwrap_or(name.len())
}

fn overload_name(name: &str, parameters: &[crate::Parameter]) -> String {
    let types: Vec<String> = parameters
        .iter()
        .map(|parameter| {
            let repeated = if parameter.repeated { "…" } else { "" };
            let optional = if parameter.optional { "?" } else { "" };
            format!("{}{optional}{repeated}", parameter.accepts)
        })
        .collect();
    format!("{name}({})", types.join(", "))
}
