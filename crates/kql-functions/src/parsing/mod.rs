//! Texts with a form of their own, taken apart: URLs, paths, versions, CSV, XML, command lines, user agents.

use crate::Function;

mod command_line;
mod csv;
mod path;
mod url;
mod user_agent;
mod version;
mod xml;

/// The families of this folder.
pub static FAMILIES: &[&[Function]] = &[
    url::FUNCTIONS,
    path::FUNCTIONS,
    version::FUNCTIONS,
    csv::FUNCTIONS,
    xml::FUNCTIONS,
    command_line::FUNCTIONS,
    user_agent::FUNCTIONS,
];
