//! Where in a file its rules are: a document that is one, the resources of an ARM template, the body that an API
//! gives, lists of any of these.

use kql_syntax::{Diagnostic, Severity, Span};

use super::metadata::Fields;
use super::{Rule, RuleFile};
use crate::document::{Content, Document, Node};

/// How deep rules are looked for: nested templates have them a few levels down.
const MAX_DEPTH: usize = 24;

/// Analytic rules of Sentinel that have no query.
const WITHOUT_QUERY: &[&str] =
    &["Fusion", "MicrosoftSecurityIncidentCreation", "MLBehaviorAnalytics", "ThreatIntelligence"];

/// The rules of a file.
pub(super) fn rules(contents: &str, is_json: bool) -> RuleFile {
    let mut file = RuleFile::default();
    let document = match Document::read(is_json, contents) {
        Ok(document) => document,
        Err(wrong) => {
            file.diagnostics.push(wrong);
            return file;
        }
    };
    for root in &document.roots {
        let (rules, diagnostics) = (file.rules.len(), file.diagnostics.len());
        let mut search = Search { document: &document, is_template: is_template(root), file: &mut file };
        search.look(root, true, 0);
        if file.rules.len() == rules && file.diagnostics.len() == diagnostics {
            file.diagnostics.push(no_rule(root, is_json));
        }
    }
    if document.roots.is_empty() {
        file.diagnostics.push(Diagnostic::error("KQL0302", "the file holds no rule", Span::default()));
    }
    file
}

/// A JSON file may be anything; a YAML file among rules is meant as one.
fn no_rule(root: &Node, is_json: bool) -> Diagnostic {
    let at = Span::new(root.span.start, root.span.start);
    if is_json {
        let nothing = Diagnostic::error("KQL0302", "the file holds no rule", at);
        return Diagnostic { severity: Severity::Hint, ..nothing };
    }
    if !root.is_mapping() {
        return Diagnostic::error("KQL0302", "a rule is a mapping with a `query` key", at);
    }
    Diagnostic::error("KQL0303", "the rule has no `query`", at).with_help("write the KQL under `query: |`, indented")
}

/// Whether a document is an ARM template, in whose texts `[…]` is an expression.
fn is_template(root: &Node) -> bool {
    root.get("$schema").and_then(Node::text).is_some_and(|schema| schema.contains("eploymentTemplate"))
}

struct Search<'s, 'c> {
    document: &'s Document<'c>,
    is_template: bool,
    file: &'s mut RuleFile,
}

impl Search<'_, '_> {
    fn look(&mut self, node: &Node, is_root: bool, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        for item in node.items() {
            // Each item of a list that is the file is a rule, or it is wrong.
            self.look(item, is_root && !self.document.is_json, depth + 1);
        }
        if !node.is_mapping() || self.rule(node, is_root) {
            return;
        }
        for (_, value) in node.members() {
            self.look(value, false, depth + 1);
        }
    }

    /// Whether the mapping is a rule, or meant as one.
    fn rule(&mut self, node: &Node, is_root: bool) -> bool {
        // Defender's custom detections.
        if let Some(query) = node.get("queryCondition").and_then(|condition| condition.get("queryText")) {
            self.add(query, Fields::of_detection(self.document, node));
            return true;
        }
        // What the API of Sentinel and ARM templates give.
        if let Some(properties) = node.get("properties").filter(|properties| properties.is_mapping()) {
            let resource_type = node.get("type").and_then(Node::text).unwrap_or("").to_lowercase();
            let kind = node.get("kind").and_then(Node::text).unwrap_or("");
            if let Some(query) = properties.get("query") {
                let is_other = !resource_type.is_empty()
                    && !["alertrules", "alertruletemplates", "savedsearches"]
                        .iter()
                        .any(|known| resource_type.contains(known));
                if !is_other {
                    self.add(query, Fields::of_resource(self.document, node, properties));
                    return true;
                }
            } else if resource_type.contains("securityinsights/alertrule") || resource_type.ends_with("/alertrules") {
                let wrong = if WITHOUT_QUERY.iter().any(|known| known.eq_ignore_ascii_case(kind)) {
                    let message = format!("rules of the kind {kind} have no query");
                    Diagnostic { severity: Severity::Hint, ..Diagnostic::error("KQL0303", message, start(node)) }
                } else {
                    Diagnostic::error("KQL0303", "the rule has no `query`", start(node))
                };
                self.file.diagnostics.push(wrong);
                return true;
            }
        }
        let Some(query) = node.get("query") else { return false };
        let is_meant = is_root && !self.document.is_json;
        let names = ["name", "displayName", "severity", "tactics", "relevantTechniques", "queryFrequency", "kind"];
        if is_meant || (query.text().is_some() && names.iter().any(|key| node.get(key).is_some())) {
            self.add(query, Fields::of_rule(self.document, node));
            return true;
        }
        false
    }

    fn add(&mut self, query: &Node, fields: Fields<'_>) {
        let wrong = |message: &str| Diagnostic::error("KQL0304", message, start(query));
        let Some(text) = query.text() else {
            self.file.diagnostics.push(wrong("the rule's `query` is not text"));
            return;
        };
        let is_expression = self.is_template && text.starts_with('[') && !text.starts_with("[[") && text.ends_with(']');
        if is_expression && text.contains('(') {
            let wrong = wrong("the rule's `query` is an expression of the ARM template");
            self.file.diagnostics.push(wrong.with_help("export the deployed rule, or write the query itself"));
            return;
        }
        let Some(query) = self.document.query_text(query) else { return };
        let mut rule = Rule::of_query(query);
        fields.read_into(&mut rule);
        self.file.rules.push(rule);
    }
}

fn start(node: &Node) -> Span {
    Span::new(node.span.start, node.span.start)
}

/// Whether a node holds nothing.
pub(super) fn is_blank(node: &Node) -> bool {
    match &node.content {
        Content::Null => true,
        Content::Text(text) => text.trim().is_empty(),
        Content::List(items) => items.is_empty(),
        Content::Mapping(members) => members.is_empty(),
        Content::Bool(_) | Content::Number(_) => false,
    }
}
