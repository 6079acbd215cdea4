//! Plugins that need a service outside of the query, or are documented nowhere: named, and refused with the reason.

use kql_types::ScalarType::{Bool, String};

use super::documentation;
use crate::Parameter;
use crate::plugin::{Plugin, PluginKernel};
use crate::signature::ParameterType::{DynamicArray, DynamicBag, Scalar};
use crate::signature::{parameter, parameter_of};

/// The plugins of this family.
pub static PLUGINS: &[Plugin] = &[
    refused(
        "ai_chat_completion",
        "ai-chat-completion-plugin",
        MODEL,
        &[&[parameter_of("Prompt", DynamicArray), CONNECTION, OPTIONS, MESSAGES]],
    ),
    refused(
        "ai_chat_completion_prompt",
        "ai-chat-completion-prompt-plugin",
        MODEL,
        &[&[parameter("Prompt", String), CONNECTION, OPTIONS, MESSAGES]],
    ),
    refused(
        "ai_embed_text",
        "ai-embed-text-plugin",
        MODEL,
        &[&[parameter_of("Text", Scalar), CONNECTION, OPTIONS, MESSAGES]],
    ),
    refused(
        "ai_embeddings",
        "ai-embeddings-plugin",
        MODEL,
        &[&[parameter_of("Text", Scalar), CONNECTION, OPTIONS, MESSAGES]],
    ),
    refused(
        "azure_digital_twins_query_request",
        "azure-digital-twins-query-request-plugin",
        DATABASE,
        &[&[parameter("Endpoint", String), parameter("Query", String)]],
    ),
    refused("cosmosdb_sql_request", "cosmosdb-plugin", DATABASE, &[REQUEST]),
    refused("csharp", "csharp-plugin", SANDBOX, &[SCRIPT]),
    refused("dax_request", "dax-request-plugin", DATABASE, &[REQUEST]),
    refused("execute_query", "execute-query-plugin", CLUSTER, &[&[CONNECTION, parameter("Query", String)]]),
    refused(
        "execute_show_command",
        "execute-show-command-plugin",
        CLUSTER,
        &[&[CONNECTION, parameter("Command", String)]],
    ),
    refused("external_datatable", "evaluate-operator", UNDOCUMENTED, &[&[]]),
    refused("http_request", "http-request-plugin", WEB, &[&[parameter("Uri", String), HEADERS, OPTIONS]]),
    refused(
        "http_request_post",
        "http-request-post-plugin",
        WEB,
        &[&[parameter("Uri", String), HEADERS, OPTIONS, parameter("Content", String).optional()]],
    ),
    refused(
        "identity_v3",
        "evaluate-operator",
        UNDOCUMENTED,
        &[&[parameter("Mode", String), parameter("ExceptionText", String)]],
    ),
    refused("infer_storage_schema", "infer-storage-schema-plugin", STORAGE, &[&[STORAGE_OPTIONS]]),
    refused(
        "infer_storage_schema_with_suggestions",
        "infer-storage-schema-with-suggestions-plugin",
        STORAGE,
        &[&[STORAGE_OPTIONS]],
    ),
    refused("mysql_request", "mysql-request-plugin", DATABASE, &[REQUEST]),
    refused("postgresql_request", "postgresql-request-plugin", DATABASE, &[REQUEST]),
    refused("python", "python-plugin", SANDBOX, &[SCRIPT]),
    refused("r", "r-plugin", SANDBOX, &[SCRIPT]),
    refused("sql_request", "sql-request-plugin", DATABASE, &[REQUEST]),
];

/// Why a plugin does not run here: as its summary says it, and as a diagnostic does.
#[derive(Clone, Copy)]
struct Reason {
    summary: &'static str,
    why: &'static str,
}

const MODEL: Reason = Reason {
    summary: "Calls a language model in the cloud; does not run here.",
    why: "it calls a language model in the cloud",
};
const DATABASE: Reason = Reason {
    summary: "Queries a database of another service; does not run here.",
    why: "it queries a database of another service",
};
const SANDBOX: Reason = Reason {
    summary: "Runs a script in a sandbox of the service; does not run here.",
    why: "it runs a script in a sandbox of the service",
};
const CLUSTER: Reason = Reason { summary: "Asks another cluster; does not run here.", why: "it asks another cluster" };
const WEB: Reason =
    Reason { summary: "Sends a request to the web; does not run here.", why: "it sends a request to the web" };
const STORAGE: Reason = Reason {
    summary: "Infers the schema of files in a cloud storage; does not run here.",
    why: "it reads a cloud storage; of files that are given as a table, `getschema` shows the schema",
};
const UNDOCUMENTED: Reason =
    Reason { summary: "Undocumented; does not run here.", why: "what it gives is documented nowhere" };

const CONNECTION: Parameter = parameter("ConnectionString", String).describe("Where the service is.");
const OPTIONS: Parameter = parameter_of("Options", DynamicBag).optional().describe("Options of the service.");
const STORAGE_OPTIONS: Parameter =
    parameter_of("Options", DynamicBag).describe("Where the files are, and of what format.");
const HEADERS: Parameter = parameter_of("RequestHeaders", DynamicBag).optional();
const MESSAGES: Parameter = parameter("IncludeErrorMessages", Bool).optional();
const REQUEST: &[Parameter] =
    &[CONNECTION, parameter("Query", String), parameter_of("Parameters", DynamicBag).optional(), OPTIONS];
const SCRIPT: &[Parameter] = &[
    parameter_of("OutputSchema", Scalar).describe("The columns of the result, as `typeof(*, name: type)`."),
    parameter("Script", String),
    parameter_of("Arguments", DynamicBag).optional(),
];

/// A plugin that never runs here.
const fn refused(
    name: &'static str,
    page: &'static str,
    reason: Reason,
    signatures: &'static [&'static [Parameter]],
) -> Plugin {
    Plugin {
        name,
        documentation: documentation(
            reason.summary,
            "Nothing: a query that calls it can be checked, but not run.",
            "",
            page,
        ),
        signatures,
        kernel: PluginKernel::Unavailable(reason.why),
        examples: &[],
    }
}
