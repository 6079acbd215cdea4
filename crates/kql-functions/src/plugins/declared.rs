//! Plugins that are known by signature only.

use super::documentation;
use crate::Parameter;
use crate::plugin::{Plugin, PluginKernel};
use crate::signature::ParameterType::{DynamicArray, DynamicBag, Scalar, Summable};
use crate::signature::{ArgumentKind, parameter_of};

/// The plugins of this table.
pub static PLUGINS: &[Plugin] = &[
    declared(
        "autocluster",
        "autocluster-plugin",
        &[&[
            parameter_of("SizeWeight", Scalar).optional(),
            parameter_of("WeightColumn", Scalar).optional(),
            parameter_of("NumSeeds", Scalar).optional(),
            parameter_of("CustomWildcard", Scalar).optional().repeated(),
        ]],
    ),
    declared(
        "funnel_sequence",
        "funnel-sequence-plugin",
        &[&[
            column("IdColumn"),
            column("TimelineColumn"),
            parameter_of("Start", Summable),
            parameter_of("End", Summable),
            parameter_of("MaxSequenceStepWindow", Summable),
            parameter_of("Step", Summable),
            column("StateColumn"),
            parameter_of("Sequence", DynamicArray),
        ]],
    ),
    declared("infer_storage_schema", "infer-storage-schema-plugin", &[&[parameter_of("Options", DynamicBag)]]),
    declared(
        "infer_storage_schema_with_suggestions",
        "infer-storage-schema-with-suggestions-plugin",
        &[&[parameter_of("Options", DynamicBag)]],
    ),
];

const fn column(name: &'static str) -> Parameter {
    parameter_of(name, Scalar).of_kind(ArgumentKind::Column)
}

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
