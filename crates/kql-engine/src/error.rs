//! Why a query could not be run.

use std::fmt;

use datafusion::error::DataFusionError;
use kql_functions::KernelError;
use kql_semantics::Relation;
use kql_syntax::{Diagnostic, Span};

use crate::subqueries::calls_of;

/// The code of errors found while a query runs.
pub const RUN_TIME_ERROR: &str = "KQL0901";
/// The code of constructs that bind but that the engine does not run.
pub const UNSUPPORTED: &str = "KQL0902";

/// An error from planning or running a query, with its place in the query text where that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineError {
    pub code: &'static str,
    /// One sentence that names the construct; no trailing period.
    pub message: String,
    pub span: Option<Span>,
    /// The function whose kernel failed.
    function: Option<String>,
}

impl EngineError {
    /// An error found while the query runs.
    pub fn new(message: impl Into<String>) -> EngineError {
        EngineError { code: RUN_TIME_ERROR, message: message.into(), span: None, function: None }
    }

    /// A construct that the engine cannot run.
    pub fn unsupported(message: impl Into<String>, span: Span) -> EngineError {
        EngineError { code: UNSUPPORTED, message: message.into(), span: Some(span), function: None }
    }

    /// The same error, at `span` unless it has a place already.
    #[must_use]
    pub fn at(mut self, span: Span) -> EngineError {
        self.span.get_or_insert(span);
        self
    }

    /// The same error at the call that failed, where the query has one call of the function.
    #[must_use]
    pub(crate) fn within(self, relation: &Relation) -> EngineError {
        let Some(function) = self.function.clone() else { return self };
        let mut calls = calls_of(relation, &function).into_iter();
        match (calls.next(), calls.next()) {
            (Some(span), None) => self.at(span),
            _ => self,
        }
    }

    /// As a diagnostic; one without a place points to the start of the text.
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::error(self.code, self.message.clone(), self.span.unwrap_or_default())
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for EngineError {}

/// What a kernel said, with the name of its function: how it travels through DataFusion.
#[derive(Clone, Debug)]
pub(crate) struct FunctionFailure {
    pub function: String,
    pub error: KernelError,
}

impl fmt::Display for FunctionFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.function, self.error)
    }
}

impl std::error::Error for FunctionFailure {}

impl FunctionFailure {
    pub(crate) fn of(function: &str, error: KernelError) -> DataFusionError {
        DataFusionError::External(Box::new(FunctionFailure { function: function.to_owned(), error }))
    }
}

/// Whether a query failed because it may not have more memory.
pub(crate) fn outgrew_memory(error: &DataFusionError) -> bool {
    matches!(error.find_root(), DataFusionError::ResourcesExhausted(_))
}

impl From<DataFusionError> for EngineError {
    fn from(error: DataFusionError) -> EngineError {
        match error.find_root() {
            DataFusionError::ResourcesExhausted(message) => {
                // `… for HashJoinInput[0] with …` names who asked.
                let consumer = message.split_once(" for ").and_then(|(_, rest)| rest.split(['[', ' ']).next());
                let reason = consumer.map(what_is_held).unwrap_or_default();
                EngineError::new(format!("the query needs more memory than it may use{reason}"))
            }
            DataFusionError::External(cause) => {
                let function = cause.downcast_ref::<FunctionFailure>().map(|failure| failure.function.clone());
                EngineError { function, ..EngineError::new(cause.to_string()) }
            }
            root => EngineError::new(root.strip_backtrace()),
        }
    }
}

/// What an operator holds that cannot be on disk, as the end of a sentence.
fn what_is_held(consumer: &str) -> String {
    let held = match consumer {
        _ if consumer.contains("Aggregate") => "all that an aggregation gathers for one group",
        "Window" => "all rows that functions such as row_number() and prev() go through",
        "materialize" => "all rows of a materialize()",
        "toscalar" => "all rows of the table in a toscalar()",
        "in" => "all different values of a table to the right of in",
        "MakeSeries" => "the series of make-series",
        _ if consumer.contains("CrossJoin") || consumer.contains("NestedLoopJoin") => "one side of a join without keys",
        _ => return format!(" (in {consumer})"),
    };
    format!(": {held} must fit into it")
}
