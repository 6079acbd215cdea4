//! Built-in functions that are known by signature only: queries that call them bind and are refused by name when run.
//!
//! Tables of data. A function that a family implements stands in its family alone; the registry passes over an
//! entry here that has the same name.

use crate::function::Kernel;
use crate::{Documentation, Function, Overload, Parameter, ResultName, ReturnType};

mod environment;
mod geography;
mod other;

/// The tables of this folder.
pub static FAMILIES: &[&[Function]] = &[environment::FUNCTIONS, geography::FUNCTIONS, other::FUNCTIONS];

const NOT_YET: &str = "known by its signature only";
const UNDOCUMENTED: &str = "what it gives is documented nowhere";

/// A function known by signature.
const fn declared(
    name: &'static str,
    page: &'static str,
    result_name: ResultName,
    overloads: &'static [Overload],
) -> Function {
    Function {
        name,
        aliases: &[],
        documentation: Documentation {
            summary: "Known by its signature only.",
            returns: "Nothing: a query that calls it can be checked, but not run.",
            notes: "",
            page,
        },
        overloads,
        result_name,
        deterministic: true,
        examples: &[],
    }
}

/// One signature, and why it can't be called.
const fn overload(parameters: &'static [Parameter], returns: ReturnType, why: &'static str) -> Overload {
    Overload { parameters, returns, kernel: Kernel::Unavailable(why) }
}

#[cfg(test)]
mod tests {
    use super::FAMILIES;
    use crate::registry;

    #[test]
    fn what_a_family_implements_is_not_declared_too() {
        let declared = FAMILIES.iter().copied().flatten();
        let twice: Vec<&str> =
            declared.filter(|function| registry::is_implemented(function.name)).map(|function| function.name).collect();
        assert!(twice.is_empty(), "take these out of the declared functions: {twice:?}");
    }
}
