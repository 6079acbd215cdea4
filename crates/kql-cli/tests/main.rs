//! The `kql` binary as a user runs it.

#[cfg(test)]
mod check;
#[cfg(test)]
mod command_line;
#[cfg(test)]
mod convert;
#[cfg(test)]
mod diagnostics;
#[cfg(test)]
mod documentation;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod fmt;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod network;
#[cfg(test)]
mod project;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod rule_files;
#[cfg(test)]
mod rule_packs;
#[cfg(test)]
mod rule_tests;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod support;
#[cfg(test)]
mod text_files;
#[cfg(test)]
mod workspace;
