//! Tests over all functions.

mod kusto_builtins;
