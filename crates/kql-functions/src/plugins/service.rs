//! Plugins that need a service outside of the query: named, and refused with the reason.

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
    refused("external_datatable", "evaluate-operator", "it is not documented what it reads", &[&[]]),
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
        "it is not documented what it does",
        &[&[parameter("Mode", String), parameter("ExceptionText", String)]],
    ),
    refused("mysql_request", "mysql-request-plugin", DATABASE, &[REQUEST]),
    refused("postgresql_request", "postgresql-request-plugin", DATABASE, &[REQUEST]),
    refused("python", "python-plugin", SANDBOX, &[SCRIPT]),
    refused("r", "r-plugin", SANDBOX, &[SCRIPT]),
    refused("sql_request", "sql-request-plugin", DATABASE, &[REQUEST]),
];

const MODEL: &str = "it calls a language model in the cloud";
const DATABASE: &str = "it queries a database of another service";
const SANDBOX: &str = "it runs a script in a sandbox of the service";
const CLUSTER: &str = "it asks another cluster";
const WEB: &str = "it sends a request to the web";

const CONNECTION: Parameter = parameter("ConnectionString", String).describe("Where the service is.");
const OPTIONS: Parameter = parameter_of("Options", DynamicBag).optional().describe("Options of the service.");
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
    why: &'static str,
    signatures: &'static [&'static [Parameter]],
) -> Plugin {
    Plugin {
        name,
        documentation: documentation(
            "Known by its signature only.",
            "Nothing: a query that calls it can be checked, but not run.",
            "",
            page,
        ),
        signatures,
        kernel: PluginKernel::Unavailable(why),
        examples: &[],
    }
}
