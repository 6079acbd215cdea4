//! `kql functions`: the functions, aggregates and plugins, and the reference of one.

use std::io::Write;

use kql_functions::plugin::PluginKernel;
use kql_functions::{Documentation, Example, Parameter};

use crate::arguments::FunctionsArguments;
use crate::report::Failure;

/// Runs the command.
pub fn run(arguments: &FunctionsArguments) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let Some(name) = &arguments.name else {
        let functions = kql_functions::all().map(|function| (function.name, function.documentation.summary));
        let aggregates = kql_functions::all_aggregates().map(|item| (item.name, item.documentation.summary));
        let plugins = kql_functions::all_plugins().map(|plugin| (plugin.name, plugin.documentation.summary));
        // Internal functions start with `$`; operators are no names.
        let mut lines: Vec<_> = functions
            .chain(aggregates)
            .chain(plugins)
            .filter(|(name, _)| name.starts_with(|c: char| c.is_ascii_alphabetic()))
            .collect();
        lines.sort_unstable();
        let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, summary) in lines {
            writeln!(out, "{name:width$}  {summary}")?;
        }
        return Ok(());
    };
    let mut found = false;
    if let Some((function, deprecated)) = kql_functions::function(name) {
        write_other_name(&mut out, name, function.name, deprecated)?;
        let signatures = function.overloads.iter().map(|overload| overload.parameters);
        write_reference(&mut out, function.name, &function.documentation, signatures, function.examples)?;
        found = true;
    }
    if let Some((aggregate, deprecated)) = kql_functions::aggregate(name) {
        write_other_name(&mut out, name, aggregate.name, deprecated)?;
        let signatures = aggregate.overloads.iter().map(|overload| overload.parameters);
        write_reference(&mut out, aggregate.name, &aggregate.documentation, signatures, aggregate.examples)?;
        found = true;
    }
    if let Some(plugin) = kql_functions::plugin(name) {
        let signatures = plugin.signatures.iter().copied();
        write_reference(&mut out, plugin.name, &plugin.documentation, signatures, plugin.examples)?;
        let status = match plugin.kernel {
            PluginKernel::Unavailable(why) => format!("A plugin, called by `evaluate`. It does not run here: {why}."),
            _ => "A plugin, called by `evaluate`. It runs.".to_owned(),
        };
        writeln!(out, "\nStatus\n  {status}")?;
        found = true;
    }
    if found {
        Ok(())
    } else {
        Err(Failure::Usage(format!("there is no function `{name}`; `kql functions` lists them")))
    }
}

/// Says so where a function was asked for by another name than its own.
fn write_other_name(out: &mut impl Write, asked: &str, name: &str, deprecated: bool) -> std::io::Result<()> {
    if asked == name {
        return Ok(());
    }
    let deprecated = if deprecated { ", deprecated" } else { "" };
    writeln!(out, "{asked}: another name of {name}{deprecated}.\n")
}

fn write_reference(
    out: &mut impl Write,
    name: &str,
    documentation: &Documentation,
    signatures: impl Iterator<Item = &'static [Parameter]>,
    examples: &[Example],
) -> std::io::Result<()> {
    writeln!(out, "{name}: {}\n", documentation.summary)?;
    let mut described: Vec<&Parameter> = Vec::new();
    for parameters in signatures {
        let shown: Vec<String> = parameters.iter().map(show_parameter).collect();
        writeln!(out, "  {name}({})", shown.join(", "))?;
        for parameter in parameters.iter().filter(|parameter| !parameter.description.is_empty()) {
            if !described.iter().any(|known| known.name == parameter.name) {
                described.push(parameter);
            }
        }
    }
    if !described.is_empty() {
        writeln!(out, "\nArguments")?;
        for parameter in described {
            writeln!(out, "  {}: {}", parameter.name, parameter.description)?;
        }
    }
    for (heading, text) in [("Returns", documentation.returns), ("Notes", documentation.notes)] {
        if !text.is_empty() {
            writeln!(out, "\n{heading}\n  {text}")?;
        }
    }
    if !examples.is_empty() {
        writeln!(out, "\nExamples")?;
        for example in examples {
            writeln!(out, "  {}\n    → {}", example.query, example.result)?;
        }
    }
    Ok(())
}

fn show_parameter(parameter: &Parameter) -> String {
    let repeated = if parameter.repeated { ", …" } else { "" };
    let shown = format!("{}: {}{repeated}", parameter.name, parameter.accepts);
    if parameter.optional { format!("[{shown}]") } else { shown }
}
