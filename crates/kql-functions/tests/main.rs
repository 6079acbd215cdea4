//! Tests over all functions.

#[cfg(test)]
mod kusto_builtins;
