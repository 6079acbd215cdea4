//! Tests of the syntax as its users see it: texts in, trees and diagnostics out.

mod corpus;
mod format;
mod mistakes;
mod robustness;
mod trees;
