//! A rule as its file gives it.

use kql_syntax::{Diagnostic, Span};
use saphyr::MarkedYaml;

use crate::QueryText;
use crate::yaml::{byte_offset, documents};

/// A detection or hunting rule. Keys that nothing here needs are left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub id: Option<String>,
    pub name: Option<String>,
    pub query: QueryText,
}

/// Reads the rules of a file: `.yaml` and `.yml` hold one rule a document, any other file is one query.
///
/// # Errors
/// The first thing wrong with the file, with its place in `contents`.
pub fn read(path: &str, contents: &str) -> Result<Vec<Rule>, Diagnostic> {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    if extension.eq_ignore_ascii_case("yaml") || extension.eq_ignore_ascii_case("yml") {
        read_yaml(contents)
    } else {
        Ok(vec![Rule { id: None, name: None, query: QueryText::whole_file(contents) }])
    }
}

fn read_yaml(contents: &str) -> Result<Vec<Rule>, Diagnostic> {
    let documents = documents(contents)?;
    if documents.is_empty() {
        return Err(Diagnostic::error("KQL0302", "the file holds no rule", Span::default()));
    }
    documents.iter().map(|document| read_document(contents, document)).collect()
}

fn read_document(contents: &str, document: &MarkedYaml<'_>) -> Result<Rule, Diagnostic> {
    let place = |node: &MarkedYaml<'_>| byte_offset(contents, node.span.start.index());
    let text = |key: &str| document.data.as_mapping_get(key).and_then(|node| node.data.as_str()).map(str::to_owned);
    if !document.data.is_mapping() {
        let at = place(document);
        return Err(Diagnostic::error("KQL0302", "a rule is a mapping with a `query` key", Span::new(at, at)));
    }
    let Some(query) = document.data.as_mapping_get("query") else {
        let at = place(document);
        return Err(Diagnostic::error("KQL0303", "the rule has no `query`", Span::new(at, at))
            .with_help("write the KQL under `query: |`, indented"));
    };
    let at = place(query);
    let Some(query_text) = query.data.as_str() else {
        return Err(Diagnostic::error("KQL0304", "the rule's `query` is not text", Span::new(at, at)));
    };
    Ok(Rule { id: text("id"), name: text("name"), query: QueryText::in_scalar(query_text.to_owned(), contents, at) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(contents: &str) -> String {
        let diagnostic = read("rule.yaml", contents).unwrap_err();
        format!("{} {} at {}", diagnostic.code, diagnostic.message, diagnostic.span.start)
    }

    #[test]
    fn a_rule_keeps_its_names_and_its_query() {
        let contents = "id: 7\nname: 'Ünüsual'\nquery: |\n  T\n  | where Nmae == 1\nversion: 1.0.0\n";
        let [rule] = &read("rule.yml", contents).unwrap()[..] else { panic!("one rule") };
        assert_eq!(rule.name.as_deref(), Some("Ünüsual"));
        assert_eq!(rule.query.text(), "T\n| where Nmae == 1\n");
        let start = rule.query.text().find("Nmae").unwrap();
        let place = rule.query.in_file(Span::new(start, start + 4));
        assert_eq!(&contents[place.range()], "Nmae");
    }

    #[test]
    fn a_plain_file_is_its_query() {
        let rules = read("hunt.kql", "T | count").unwrap();
        assert_eq!(rules[0].query, QueryText::whole_file("T | count"));
    }

    #[test]
    fn several_documents_are_several_rules() {
        let rules = read("pack.yaml", "query: A\n---\nquery: B\n").unwrap();
        assert_eq!(rules.iter().map(|rule| rule.query.text()).collect::<Vec<_>>(), ["A", "B"]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        insta::assert_snapshot!(wrong("name: x\n"), @"KQL0303 the rule has no `query` at 0");
        insta::assert_snapshot!(wrong("name: x\nquery: [1]\n"), @"KQL0304 the rule's `query` is not text at 15");
        insta::assert_snapshot!(wrong("- 1\n"), @"KQL0302 a rule is a mapping with a `query` key at 0");
        insta::assert_snapshot!(wrong(""), @"KQL0302 the file holds no rule at 0");
    }
}
