//! Binding with answers from the data, for queries whose columns depend on it.

use kql_semantics::{BindContext, Bound, bind_knowing};
use kql_syntax::tree;
use kql_tables::TableSource;

use crate::{Engine, EngineError, RunOptions};

impl Engine {
    /// Binds a query, and runs what binding asks of the data until it is bound.
    pub async fn bind(
        &self,
        query: &tree::Query,
        context: &BindContext<'_>,
        tables: &dyn TableSource,
        options: RunOptions,
    ) -> Result<Bound, EngineError> {
        let mut answers = Vec::new();
        loop {
            let mut bound = bind_knowing(query, context, &answers);
            if bound.results.is_empty() || !bound.unsupported.is_empty() {
                return Ok(bound);
            }
            match bound.question.take() {
                Some(question) => answers.push(self.run(&question, tables, options).await?.rows().collect()),
                None => return Ok(bound),
            }
        }
    }
}
