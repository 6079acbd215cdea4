//! Plugins that are known by signature only.

use super::documentation;
use crate::Parameter;
use crate::plugin::{Plugin, PluginKernel};
use crate::signature::ParameterType::DynamicBag;
use crate::signature::parameter_of;

/// The plugins of this table.
pub static PLUGINS: &[Plugin] = &[
    declared("infer_storage_schema", "infer-storage-schema-plugin", &[&[parameter_of("Options", DynamicBag)]]),
    declared(
        "infer_storage_schema_with_suggestions",
        "infer-storage-schema-with-suggestions-plugin",
        &[&[parameter_of("Options", DynamicBag)]],
    ),
];

/// A plugin that is only known.
const fn declared(name: &'static str, page: &'static str, signatures: &'static [&'static [Parameter]]) -> Plugin {
    Plugin {
        name,
        documentation: documentation(
            "Known by its signature only.",
            "Nothing: a query that calls it can be checked, but not run.",
            "",
            page,
        ),
        signatures,
        kernel: PluginKernel::Unavailable("known by its signature only"),
        examples: &[],
    }
}
