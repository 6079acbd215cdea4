//! `project-by-names`: columns by names and patterns that are constants.

use kql_syntax::operators::project_by_names::ProjectByNames;
use kql_types::Value;
use kql_types::dynamic::{Dynamic, Kind};

use super::At;
use crate::binder::{Binder, Table};
use crate::codes;
use crate::naming::matches_wildcard;
use crate::plan::Column;
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn project_by_names(&mut self, node: &'a ProjectByNames, input: Table, at: At) -> Table {
        let mut kept: Vec<Column> = Vec::new();
        for expression in &node.columns {
            let Some(value) = self.scalar(expression, &Place::constant(at.environment)) else { continue };
            let patterns: Vec<String> = match self.constant(&value, "the name of a column") {
                Some(Value::String(pattern)) => vec![pattern],
                Some(Value::Dynamic(text)) => match Dynamic::new(&text) {
                    value if value.kind() == Kind::Array => {
                        value.elements().filter_map(|name| Some(name.as_str()?.into_owned())).collect()
                    }
                    value => value.as_str().into_iter().map(|name| name.into_owned()).collect(),
                },
                Some(other) => {
                    let message = format!("the name of a column must be a string, not a {}", other.scalar_type());
                    self.error(codes::WRONG_TYPE, message, expression.span);
                    continue;
                }
                None => continue,
            };
            for pattern in patterns {
                let matching = input.columns().iter().filter(|column| matches_wildcard(&pattern, &column.name));
                let new: Vec<Column> =
                    matching.filter(|column| !kept.iter().any(|other| other.id == column.id)).cloned().collect();
                kept.extend(new);
            }
        }
        self.selection(input, kept, at.span)
    }
}
