//! Texts with a form of their own, taken apart: URLs, paths, versions, CSV, XML, command lines.

use crate::Function;

mod command_line;
mod csv;
mod path;
mod url;
mod version;
mod xml;

/// The families of this folder.
pub static FAMILIES: &[&[Function]] =
    &[url::FUNCTIONS, path::FUNCTIONS, version::FUNCTIONS, csv::FUNCTIONS, xml::FUNCTIONS, command_line::FUNCTIONS];
