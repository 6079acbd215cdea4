//! `reduce`: texts that differ in a few words alone, as one pattern.
//!
//! As Vaarandi's algorithm for log files has it, on which Kusto's is based: words that are frequent at their position
//! stay, the others become `*`, and texts of one pattern are one group. Groups without any word that stays, and those
//! that are too small, are `others`. It is a query over the texts, put where the operator stands.

use std::rc::Rc;

use kql_syntax::Diagnostic;
use kql_syntax::operators::reduce::Reduce;
use kql_types::{ScalarType, Value};

use super::At;
use super::join::parameter_text;
use crate::binder::{Binder, Table, column_reference, literal};
use crate::codes;
use crate::constants::convert;
use crate::plan::{Column, Expr};
use crate::refresh::FOREIGN;
use crate::scope::{Binding, Place};

/// The share of rows that a pattern needs.
const THRESHOLD: f64 = 0.1;

/// The query over `Input`, whose only column is `Text`. `Word` matches a word with what separates it from the one before
/// it; `Kept` says whether that is a part of patterns.
const QUERY: &str = r#"
let Texts = materialize(Input | summarize Rows = count() by Text);
let Total = toscalar(Texts | summarize sum(Rows));
let Words = materialize(Texts
    | extend Found = extract_all(Word, Text)
    | mv-expand with_itemindex = Position Found
    | project Text, Rows, Position, Before = tostring(Found[0]), Text1 = tostring(Found[1]));
let Frequent = Words
    | summarize Support = sum(Rows) by Position, Text1
    | where Support > Total * Threshold;
let Patterns = materialize(Words
    | join kind=leftouter Frequent on Position, Text1
    | extend Stays = isnotnull(Support) and isnotempty(Text1)
    | sort by Text asc, Position asc
    | summarize Pieces = make_list(iff(Stays, strcat(Before, Text1), strcat(iff(Kept, Before, ""), "\u001f"))), Any = countif(Stays) by Text, Rows
    | project Text, Rows, Pattern = iff(Any == 0, "", replace_regex(strcat_array(Pieces, ""), Gap, "*")));
let Groups = Patterns
    | summarize Count = sum(Rows), Representative = min(Text) by Pattern
    | extend Name = iff(Pattern == "" or Count <= Total * Threshold, "others", Pattern)
    | extend Representative = iff(Name == "others", "", Representative);
"#;

const SUMMARY: &str = r#"
Groups
| summarize Count = sum(Count), Representative = min(Representative) by Name
| extend Last = Name == "others"
| sort by Last asc, Count desc, Name asc
| project Pattern = Name, Count, Representative"#;

const SOURCE: &str = r#"
Groups
| as Each
| join kind=inner (Groups | summarize Whole = sum(Count) by Name) on Name
| join kind=inner Patterns on Pattern
| project Text, Pattern = Name, Count = Whole, Representative"#;

impl<'a> Binder<'a> {
    pub(super) fn reduce(&mut self, node: &'a Reduce, input: Table, at: At) -> Table {
        let by = self.scalar(&node.by, &Place::over(&input, at.environment));
        let keeps_rows = parameter_text(&node.parameters, "kind").is_some_and(|(kind, _)| kind == "source");
        let mut threshold = Some(literal(Value::Real(THRESHOLD), at.span));
        let mut characters: Option<String> = None;
        for property in &node.properties {
            let value = self.scalar(&property.value, &Place::constant(at.environment));
            match (property.name.text.as_str(), value) {
                ("threshold", value) => threshold = value.map(|value| convert(value, ScalarType::Real)),
                ("characters", Some(value)) => match self.constant(&value, "the characters of reduce") {
                    Some(Value::String(text)) => characters = Some(text),
                    _ => self.error(codes::WRONG_TYPE, "the characters of reduce must be a text", property.value.span),
                },
                ("characters", None) => {}
                (name, _) => {
                    let message = format!("unknown property `{name}` of reduce");
                    let help = "it takes threshold and characters";
                    self.report(Diagnostic::error(codes::PARAMETER_VALUE, message, property.name.span).with_help(help));
                }
            }
        }
        let (Some(by), Some(threshold)) = (by, threshold) else { return self.no_table(at.span) };
        let text = convert(by, ScalarType::String);
        // The rows know their pattern by their text.
        let mut rows: Vec<(Column, Expr)> =
            input.columns().iter().map(|column| (column.clone(), column_reference(column, at.span))).collect();
        let own = self.column("$text", ScalarType::String);
        rows.push((own.clone(), text));
        let passed = input.columns().to_vec();
        let rows = self.projection(input, rows, at.span);
        let rows = if keeps_rows { self.materialized(rows, at.span) } else { rows };
        let texts = rows.columns().last().cloned().unwrap_or(own);
        let column = self.column("Text", ScalarType::String);
        let texts = self.projection(rows.clone(), vec![(column, column_reference(&texts, FOREIGN))], FOREIGN);
        let Some(patterns) = self.patterns_of(texts, threshold, characters.as_deref(), keeps_rows, at) else {
            return self.no_table(at.span);
        };
        match keeps_rows {
            false => patterns,
            true => self.with_patterns(rows, patterns, passed, at),
        }
    }

    fn patterns_of(
        &mut self,
        texts: Table,
        threshold: Expr,
        characters: Option<&str>,
        keeps_rows: bool,
        at: At,
    ) -> Option<Table> {
        // Between words stands what is neither a letter nor a digit, or what the query says.
        let separators = characters.map_or_else(|| "^A-Za-z0-9".to_owned(), escaped);
        let words = characters.map_or_else(|| "A-Za-z0-9".to_owned(), |characters| format!("^{}", escaped(characters)));
        let variables = [
            ("Threshold", threshold),
            ("Word", literal(Value::String(format!("([{separators}]*)([{words}]+)")), FOREIGN)),
            ("Gap", literal(Value::String(format!("\u{1f}([{separators}]*\u{1f})*")), FOREIGN)),
            ("Kept", literal(Value::Bool(characters.is_none()), FOREIGN)),
        ];
        let mut environment = self.scopes.open_apart();
        for (name, value) in variables {
            self.scopes.declare(&mut environment, name, Binding::Scalar(Some(value)));
        }
        self.scopes.declare(&mut environment, "Input", Binding::Table(Rc::new(texts)));
        let query = self.rewrites.parsed(format!("{QUERY}{}", if keeps_rows { SOURCE } else { SUMMARY }))?;
        let outer = self.rewriting.replace(at.keyword);
        let bound = self.rewritten(query, environment);
        self.rewriting = outer;
        Some(self.relocated(&bound?, at.span))
    }

    /// `kind=source`: the rows with the pattern of each.
    fn with_patterns(&mut self, rows: Table, patterns: Table, passed: Vec<Column>, at: At) -> Table {
        let rows = self.refreshed(&rows);
        let (Some(left), Some(right)) = (rows.columns().last().cloned(), patterns.columns().first().cloned()) else {
            return self.no_table(at.span);
        };
        let keys = vec![(column_reference(&left, at.span), column_reference(&right, at.span))];
        let own: Vec<Column> = rows.columns().iter().take(passed.len()).cloned().collect();
        let added: Vec<Column> = patterns.columns().iter().skip(1).cloned().collect();
        let columns = super::join::both_sides(&own, added);
        let open = rows.open;
        super::join::joined(rows, patterns, crate::plan::JoinKind::LeftOuter, keys, columns, open, at.span)
    }
}

/// Characters as they stand in a class of a regular expression.
fn escaped(characters: &str) -> String {
    let mut class = String::with_capacity(characters.len());
    for character in characters.chars() {
        if r"\]^-[&~".contains(character) {
            class.push('\\');
        }
        class.push(character);
    }
    class
}
