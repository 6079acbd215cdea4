//! Functions that speak of the cluster, the database, its extents, cursors and users: they work only in the cloud.

use kql_types::ScalarType::{self, Bool, Dynamic, Guid, String};

use crate::documentation::Documentation;
use crate::function::{Alias, Kernel};
use crate::signature::{ParameterType::StringOrArray, parameter, parameter_of};
use crate::{Function, Overload, Parameter, ResultName, ReturnType};

/// The functions of this table.
pub static FUNCTIONS: &[Function] = &[
    cloud("current_cluster_endpoint", "current-cluster-endpoint-function", &[signature(&[], String)]),
    cloud("current_database", "current-database-function", &[signature(&[], String)]),
    cloud("current_node_id", "", &[signature(&[], String)]),
    cloud("current_principal", "current-principal-function", &[signature(&[], String)]),
    cloud("current_principal_details", "current-principal-details-function", &[signature(&[], Dynamic)]),
    cloud(
        "current_principal_is_member_of",
        "current-principal-is-member-of-function",
        &[signature(&[parameter_of("group", StringOrArray).repeated()], Bool)],
    ),
    cloud("cursor_after", "cursor-after-function", &[signature(&[CURSOR], Bool)]),
    cloud("cursor_before_or_at", "cursor-before-or-at-function", &[signature(&[CURSOR], Bool)]),
    also(cloud("cursor_current", "", &[signature(&[], String)]), &[deprecated("current_cursor")]),
    also(cloud("extent_id", "extent-id-function", &[signature(&[], Guid)]), &[deprecated("extentid")]),
    cloud("extent_tags", "extent-tags-function", &[signature(&[], Dynamic)]),
    cloud("row_id", "", &[signature(&[], String)]),
    cloud("rowstore_ordinal_range", "", &[signature(&[], Dynamic)]),
];

const CURSOR: Parameter = parameter("cursor", String);

/// A function that only the service can answer.
const fn cloud(name: &'static str, page: &'static str, overloads: &'static [Overload]) -> Function {
    Function {
        name,
        aliases: &[],
        documentation: Documentation {
            summary: "Only in the cloud.",
            returns: "Nothing here: local files have no cluster, database, extents, cursors or users.",
            notes: "A query that calls it can be checked, but not run.",
            page,
        },
        overloads,
        result_name: ResultName::None,
        deterministic: true,
        examples: &[],
    }
}

/// The function with further names.
const fn also(mut function: Function, aliases: &'static [Alias]) -> Function {
    function.aliases = aliases;
    function
}

const fn deprecated(name: &'static str) -> Alias {
    Alias { name, deprecated: true }
}

const fn signature(parameters: &'static [Parameter], returns: ScalarType) -> Overload {
    Overload { parameters, returns: ReturnType::Type(returns), kernel: Kernel::CloudOnly }
}
