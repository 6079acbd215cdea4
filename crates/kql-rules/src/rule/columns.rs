//! The columns of the result that a rule names.

use kql_syntax::{Diagnostic, Span};

use super::{ColumnName, Rule, RuleKind};

impl Rule {
    /// Columns that the rule names and that the query, whose result has `columns`, does not produce.
    pub fn missing_columns(&self, columns: &[&str]) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let mut look = |what: &str, column: &ColumnName| {
            if columns.contains(&column.name.as_str()) {
                return;
            }
            let message = format!("{what} names the column `{}`, which the query does not produce", column.name);
            let wrong = match self.kind {
                // There it is asked for only when a hit is bookmarked.
                RuleKind::Hunting => Diagnostic::warning("KQL0311", message, column.span),
                _ => Diagnostic::error("KQL0311", message, column.span),
            };
            let near = columns.iter().find(|known| known.eq_ignore_ascii_case(&column.name));
            found.push(match near {
                Some(known) => wrong.with_help(format!("did you mean `{known}`?")),
                None => wrong.with_help("let the query's result have it, or name one that it has"),
            });
        };
        // Defender names assets by identifiers of its own.
        let mappings = self.entities.iter().filter(|_| self.kind != RuleKind::CustomDetection);
        for mapping in mappings {
            mapping.fields.iter().for_each(|(_, column)| look("this entity mapping", column));
        }
        self.custom_details.iter().for_each(|(_, column)| look("this custom detail", column));
        let overrides = &self.overrides;
        overrides.severity.iter().chain(&overrides.tactics).for_each(|column| look("this override", column));
        overrides.properties.iter().for_each(|(_, column)| look("this override", column));
        for format in overrides.name_format.iter().chain(&overrides.description_format) {
            for name in placeholders(&format.name) {
                look("this format", &ColumnName { name: name.to_owned(), span: format.span });
            }
        }
        found
    }
}

/// The columns in a text such as `Logon of {{User}}`.
fn placeholders(format: &str) -> impl Iterator<Item = &str> {
    format.split("{{").skip(1).filter_map(|part| part.split_once("}}")).map(|(name, _)| name.trim())
}

/// A text such as `Logon of {{User}}` with the values that `value` gives; a placeholder without one stays as it is.
pub fn filled(format: &str, value: &mut dyn FnMut(&str) -> Option<String>) -> String {
    let mut parts = format.split("{{");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let known = part.split_once("}}").and_then(|(name, rest)| Some((value(name.trim())?, rest)));
        match known {
            Some((value, rest)) => {
                text.push_str(&value);
                text.push_str(rest);
            }
            None => {
                text.push_str("{{");
                text.push_str(part);
            }
        }
    }
    text
}

/// A column's name at a place.
pub(super) fn column(name: &str, span: Span) -> ColumnName {
    ColumnName { name: name.trim().to_owned(), span }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_take_values() {
        let mut value = |name: &str| (name == "User").then(|| "ann".to_owned());
        assert_eq!(filled("{{User}} as {{ User }}, {{Other}} {{", &mut value), "ann as ann, {{Other}} {{");
        assert_eq!(placeholders("a {{B}} {{ C }} {{d").collect::<Vec<_>>(), ["B", "C"]);
    }
}
