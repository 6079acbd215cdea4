//! KQL's ten scalar types: what they are, the values they hold, how values are written as text,
//! and how each lies in Arrow memory.
//!
//! This crate stands first in the house: it knows neither syntax nor DataFusion.
//!
//! ```
//! use kql_types::{ScalarType, Value};
//! assert_eq!(ScalarType::from_name("double"), Some(ScalarType::Real));
//! assert_eq!(Value::Bool(true).scalar_type(), ScalarType::Bool);
//! ```

pub mod arrow_mapping;
pub mod dynamic;
mod scalar_type;
mod schema;
pub mod text;
pub mod ticks;
mod value;

pub use scalar_type::ScalarType;
pub use schema::Schema;
pub use value::Value;
