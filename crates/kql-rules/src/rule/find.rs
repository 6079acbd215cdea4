//! Where in a file its rules are: a document that is one, the resources of an ARM template, the body that an API
//! gives, lists of any of these.

use kql_syntax::{Diagnostic, Span};

use super::metadata::Fields;
use super::{Rule, RuleFile};
use crate::document::{Content, Document, Node, template};
use crate::workspace;

/// How deep rules are looked for: nested templates have them a few levels down.
const MAX_DEPTH: usize = 24;

/// Analytic rules of Sentinel that have no query.
const WITHOUT_QUERY: &[&str] =
    &["Fusion", "MicrosoftSecurityIncidentCreation", "MLBehaviorAnalytics", "ThreatIntelligence", "Anomaly"];

/// Keys that only rules have.
const RULE_KEYS: &[&str] = &[
    "severity",
    "tactics",
    "relevantTechniques",
    "requiredDataConnectors",
    "queryFrequency",
    "queryPeriod",
    "triggerOperator",
    "triggerThreshold",
    "entityMappings",
    "detectionAction",
    "queryCondition",
];

/// Keys that rules have, and other files, too. What has only such keys is meant as a rule.
const COMMON_KEYS: &[&str] =
    &["id", "name", "displayName", "description", "version", "kind", "status", "tags", "metadata"];

/// The rules of a file.
pub(super) fn rules(contents: &str, is_json: bool) -> RuleFile {
    let mut file = RuleFile::default();
    let document = match Document::read(is_json, contents) {
        Ok(document) => document,
        Err(wrong) => {
            if contents.contains("query") {
                file.diagnostics.push(wrong);
            } else {
                let format = if is_json { "JSON" } else { "YAML" };
                file.holds(format!("{format} that cannot be read, not a rule"), wrong.span);
            }
            return file;
        }
    };
    if !is_json && document.roots.first().is_some_and(is_parser) {
        file.holds_functions(workspace::parser_functions(contents));
        return file;
    }
    let found = |file: &RuleFile| file.rules.len() + file.diagnostics.len() + file.others.len();
    for root in &document.roots {
        let before = found(&file);
        Search { document: &document, file: &mut file }.look(root, true, 0);
        if found(&file) == before {
            no_rule(root, is_json, &mut file);
        }
    }
    if document.roots.is_empty() {
        file.holds("an empty file, not a rule", Span::default());
    }
    file
}

/// What a document without a rule is. A YAML file among rules may be meant as one.
fn no_rule(root: &Node, is_json: bool, file: &mut RuleFile) {
    let kind = root.get("kind").and_then(Node::text).unwrap_or("");
    if is_without_query(kind) {
        file.holds(format!("a rule of the kind {kind}, which has no query"), start(root));
        return;
    }
    let has = |keys: &[&str]| keys.iter().any(|key| root.get(key).is_some());
    let is_common = |(key, _): &(Node, Node)| key.text().is_some_and(|key| COMMON_KEYS.contains(&key));
    if !is_json && (has(RULE_KEYS) || (root.is_mapping() && root.members().iter().all(is_common))) {
        let wrong = Diagnostic::error("KQL0303", "the rule has no `query`", start(root));
        file.diagnostics.push(wrong.with_help("write the KQL under `query: |`, indented"));
        return;
    }
    let text = |key: &str| root.get(key).and_then(Node::text).unwrap_or("").to_lowercase();
    let what = if text("version").starts_with("notebook/") || text("$schema").contains("workbook") {
        "a workbook, not a rule"
    } else if template::is_template(root) {
        "a template without rules"
    } else if is_json {
        "other JSON, not a rule"
    } else {
        "other YAML, not a rule"
    };
    file.holds(what, start(root));
}

/// Whether a document is a parser: of a solution, or of ASIM.
fn is_parser(root: &Node) -> bool {
    ["FunctionQuery", "ParserQuery"].iter().any(|key| root.get(key).is_some())
}

fn is_without_query(kind: &str) -> bool {
    WITHOUT_QUERY.iter().any(|known| known.eq_ignore_ascii_case(kind))
}

struct Search<'s, 'c> {
    document: &'s Document<'c>,
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
            if properties.get("functionAlias").and_then(Node::text).is_some_and(|alias| !alias.is_empty()) {
                self.file.holds("a stored function, not a rule", start(node));
                return true;
            }
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
                if is_without_query(kind) {
                    self.file.holds(format!("a rule of the kind {kind}, which has no query"), start(node));
                } else {
                    let wrong = Diagnostic::error("KQL0303", "the rule has no `query`", start(node));
                    self.file.diagnostics.push(wrong);
                }
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
        match &query.content {
            Content::Text(_) => {}
            Content::Unresolved(reason) => {
                let wrong = wrong("the rule's `query` is an expression that only a deployment resolves");
                let help = format!("{reason}; export the deployed rule, or write the query itself");
                self.file.diagnostics.push(wrong.with_help(help));
                return;
            }
            _ => {
                self.file.diagnostics.push(wrong("the rule's `query` is not text"));
                return;
            }
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
        Content::Unresolved(_) => true,
        Content::Bool(_) | Content::Number(_) => false,
    }
}
