//! What a rule says beside its query, and what is wrong with it.

use kql_syntax::{Diagnostic, Span};

use super::attack::WrongTechnique;
use super::columns::column;
use super::find::is_blank;
use super::{
    AlertOverrides, AlertSeverity, ColumnName, EntityMapping, EventGrouping, Rule, RuleKind, Trigger, TriggerOperator,
    attack, duration, entities,
};
use crate::document::{Content, Document, Node};

const MINUTE: i64 = 60 * 10_000_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// What Sentinel allows as `queryFrequency` and `queryPeriod`.
const SHORTEST: i64 = 5 * MINUTE;
const LONGEST: i64 = 14 * DAY;

/// How far back Defender looks at each frequency, in hours (Microsoft page: *Create custom detection rules*).
const LOOKBACK_HOURS: &[(i64, i64)] = &[(1, 4), (3, 12), (12, 48), (24, 720)];

/// The mappings in which a rule's keys stand, the first with a key wins.
pub(super) struct Fields<'n> {
    nodes: Vec<&'n Node>,
    shape: Shape,
    /// The file has no places for more than the document: its text is for messages.
    contents: &'n str,
}

/// In which form a rule stands in its file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Sentinel's YAML.
    Flat,
    /// A resource with `properties`.
    Resource,
    /// A custom detection of Defender.
    Detection,
}

impl<'n> Fields<'n> {
    /// A rule in the form of Sentinel's YAML.
    pub fn of_rule(document: &Document<'n>, node: &'n Node) -> Fields<'n> {
        Fields { nodes: vec![node], shape: Shape::Flat, contents: document.contents }
    }

    /// A resource of an ARM template or of the API.
    pub fn of_resource(document: &Document<'n>, node: &'n Node, properties: &'n Node) -> Fields<'n> {
        Fields { nodes: vec![properties, node], shape: Shape::Resource, contents: document.contents }
    }

    /// A custom detection.
    pub fn of_detection(document: &Document<'n>, node: &'n Node) -> Fields<'n> {
        let action = node.get("detectionAction");
        let template = action.and_then(|action| action.get("alertTemplate"));
        let nodes = [Some(node), template, action].into_iter().flatten().collect();
        Fields { nodes, shape: Shape::Detection, contents: document.contents }
    }

    /// The first of these keys that holds something.
    fn get(&self, keys: &[&str]) -> Option<&'n Node> {
        let found = self.nodes.iter().find_map(|node| keys.iter().find_map(|key| node.get(key)));
        found.filter(|node| !is_blank(node))
    }

    fn text(&self, keys: &[&str]) -> Option<String> {
        self.get(keys).and_then(Node::scalar)
    }

    /// Gives a rule what its file says of it.
    pub fn read_into(&self, rule: &mut Rule) {
        // What Defender nests counts once, with all in it.
        let nodes = if self.shape == Shape::Detection { self.nodes.get(..1) } else { self.nodes.get(..) };
        for (key, value) in nodes.into_iter().flatten().flat_map(|node| node.members()) {
            let name = key.key_text();
            if !matches!(name.as_str(), "query" | "queryCondition" | "properties") {
                rule.keys.entry(name).or_insert_with(|| value.to_json());
            }
        }
        rule.name = self.text(&["displayName", "title", "name"]);
        if self.shape == Shape::Flat {
            rule.name = self.text(&["name", "displayName"]);
        }
        let id: &[&str] = if self.shape == Shape::Resource { &["name", "id"] } else { &["id", "detectorId"] };
        rule.id = self.text(id);
        rule.id_span = self.get(id).map_or_else(Span::default, |node| self.place(node));
        rule.description = self.text(&["description"]);
        self.kind(rule);
        self.severity(rule);
        self.classification(rule);
        self.schedule(rule);
        self.required(rule);
        self.version(rule);
        self.entities(rule);
        self.alerts(rule);
    }

    fn wrong(&self, rule: &mut Rule, code: &'static str, node: &Node, message: String, help: &str) {
        rule.diagnostics.push(Diagnostic::error(code, message, self.place(node)).with_help(help));
    }

    fn doubtful(&self, rule: &mut Rule, code: &'static str, node: &Node, message: String, help: &str) {
        rule.diagnostics.push(Diagnostic::warning(code, message, self.place(node)).with_help(help));
    }

    /// A node's place; of what goes over several lines the first one.
    fn place(&self, node: &Node) -> Span {
        let text = self.contents.get(node.span.range()).unwrap_or("");
        let first = text.lines().next().unwrap_or("").trim_end();
        Span::new(node.span.start, node.span.start + first.len())
    }

    fn kind(&self, rule: &mut Rule) {
        let kind = self.text(&["kind"]).unwrap_or_default().to_lowercase();
        rule.kind = match kind.as_str() {
            _ if self.shape == Shape::Detection => RuleKind::CustomDetection,
            "nrt" => RuleKind::NearRealTime,
            "scheduled" => RuleKind::Scheduled,
            _ if self.get(&["queryFrequency", "queryPeriod"]).is_some() => RuleKind::Scheduled,
            _ => RuleKind::Hunting,
        };
    }

    /// What a rule that says that it is scheduled must say.
    fn required(&self, rule: &mut Rule) {
        let Some(kind) = self.get(&["kind"]) else { return };
        if self.shape != Shape::Flat || rule.kind != RuleKind::Scheduled {
            return;
        }
        for key in ["severity", "queryFrequency", "queryPeriod", "triggerOperator", "triggerThreshold"] {
            if self.get(&[key]).is_none() {
                let message = format!("a scheduled rule has a `{key}`");
                self.doubtful(rule, "KQL0314", kind, message, "Sentinel takes none without it");
            }
        }
    }

    fn version(&self, rule: &mut Rule) {
        let Some(node) = self.get(&["version"]).filter(|_| self.shape == Shape::Flat) else { return };
        let given = node.scalar().unwrap_or_default();
        let number = given.split(['-', '+']).next().unwrap_or("");
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !number.split('.').all(is_number) {
            self.doubtful(rule, "KQL0315", node, format!("`{given}` is no version"), "a version is such as 1.0.0");
        }
    }

    fn severity(&self, rule: &mut Rule) {
        let Some(node) = self.get(&["severity"]) else { return };
        let given = node.scalar().unwrap_or_default();
        rule.severity = AlertSeverity::parse(&given);
        if rule.severity.is_none() {
            let message = format!("`{given}` is no severity");
            self.wrong(rule, "KQL0307", node, message, "the severities are Informational, Low, Medium and High");
        }
    }

    fn classification(&self, rule: &mut Rule) {
        for (node, text) in self.words(&["tactics", "category"], "tactics") {
            match attack::tactic(&text) {
                Some(tactic) => rule.tactics.push(tactic.to_owned()),
                None => {
                    // Defender has categories beside the tactics.
                    if self.shape != Shape::Detection {
                        let help = attack::tactic_help(&text);
                        self.doubtful(rule, "KQL0308", node, format!("`{text}` is no tactic of ATT&CK"), &help);
                    }
                    rule.tactics.push(text);
                }
            }
        }
        let keys = ["relevantTechniques", "techniques", "mitreTechniques"];
        let subordinate = self.words(&["subTechniques"], "");
        for (node, text) in self.words(&keys, "techniques").into_iter().chain(subordinate) {
            if let Err(wrong) = attack::technique(&text) {
                let (message, help) = match wrong {
                    WrongTechnique::Form => ("is no id of a technique", "an id is such as T1566, or T1566.001"),
                    WrongTechnique::Unknown => ("is no technique of ATT&CK", "attack.mitre.org lists the techniques"),
                    WrongTechnique::UnknownPart => {
                        ("is no sub-technique of ATT&CK", "attack.mitre.org lists those of each technique")
                    }
                };
                self.doubtful(rule, "KQL0309", node, format!("`{text}` {message}"), help);
            }
            if !rule.techniques.contains(&text) {
                rule.techniques.push(text);
            }
        }
        if let Some(connectors) = self.get(&["requiredDataConnectors"]) {
            rule.connectors.extend(connectors.items().iter().filter_map(|item| item.get("connectorId")?.scalar()));
        }
        for tag in self.get(&["tags"]).map_or(&[][..], Node::items) {
            match tag.scalar() {
                Some(text) => rule.tags.push(text),
                None => {
                    let named = tag.get("name").and_then(Node::scalar).zip(tag.get("value").and_then(Node::scalar));
                    match named {
                        Some((name, value)) => rule.tags.push(format!("{name}:{value}")),
                        None => rule.tags.extend(
                            tag.members()
                                .iter()
                                .filter_map(|(name, value)| Some(format!("{}:{}", name.scalar()?, value.scalar()?))),
                        ),
                    }
                }
            }
        }
    }

    /// The words of a list, or those between the commas of a text; a saved search has them in a tag of this name.
    fn words(&self, keys: &[&str], tag: &str) -> Vec<(&'n Node, String)> {
        let tagged = || {
            let tags = self.get(&["tags"])?.items();
            tags.iter().find(|item| item.get("name").and_then(Node::text) == Some(tag))?.get("value")
        };
        let Some(node) = self.get(keys).or_else(tagged) else { return Vec::new() };
        let items: Vec<&Node> = if node.items().is_empty() { vec![node] } else { node.items().iter().collect() };
        let mut words = Vec::new();
        for item in items {
            let text = item.scalar().unwrap_or_default();
            let each = text.split(',').map(str::trim).filter(|word| !word.is_empty());
            words.extend(each.map(|word| (item, word.to_owned())));
        }
        words
    }

    fn duration(&self, rule: &mut Rule, key: &str) -> Option<i64> {
        let node = self.get(&[key])?;
        let given = node.scalar().unwrap_or_default();
        let found = duration::parse(&given);
        if found.is_none() {
            let message = format!("`{given}` is no duration for `{key}`");
            self.wrong(rule, "KQL0306", node, message, "write it as in ISO 8601, such as PT1H or P14D, or as 1h, 14d");
        }
        found
    }

    fn schedule(&self, rule: &mut Rule) {
        if self.shape == Shape::Detection {
            self.detection_schedule(rule);
            return;
        }
        rule.schedule.frequency = self.duration(rule, "queryFrequency");
        rule.schedule.period = self.duration(rule, "queryPeriod");
        if rule.kind == RuleKind::Scheduled {
            for (key, ticks) in [("queryFrequency", rule.schedule.frequency), ("queryPeriod", rule.schedule.period)] {
                if let (Some(ticks), Some(node)) = (ticks, self.get(&[key]))
                    && !(SHORTEST..=LONGEST).contains(&ticks)
                {
                    let message = format!("Sentinel takes no such `{key}`");
                    self.doubtful(rule, "KQL0306", node, message, "it is from 5 minutes to 14 days");
                }
            }
            if let (Some(frequency), Some(period)) = (rule.schedule.frequency, rule.schedule.period)
                && period < frequency
                && let Some(node) = self.get(&["queryPeriod"])
            {
                let message = "between two runs of this rule there is a time that no run looks at".to_owned();
                self.doubtful(rule, "KQL0306", node, message, "`queryPeriod` is at least `queryFrequency`");
            }
        }
        let is_suppressed = self.text(&["suppressionEnabled"]).is_some_and(|given| given.eq_ignore_ascii_case("true"));
        let suppression = self.duration(rule, "suppressionDuration");
        rule.schedule.suppression = suppression.filter(|_| is_suppressed);
        self.trigger(rule);
    }

    fn detection_schedule(&self, rule: &mut Rule) {
        let Some(node) = self.get(&["schedule"]).and_then(|schedule| schedule.get("period")) else { return };
        let given = node.scalar().unwrap_or_default();
        // 0 is: continuously.
        let hours = match given.trim() {
            "0" => Some(1),
            text => duration::parse(text).map(|ticks| ticks / (60 * MINUTE)),
        };
        let known = hours.and_then(|hours| LOOKBACK_HOURS.iter().find(|(known, _)| *known == hours));
        match known {
            Some((hours, lookback)) => {
                rule.schedule.frequency = Some(hours * 60 * MINUTE);
                rule.schedule.period = Some(lookback * 60 * MINUTE);
            }
            None => {
                let message = format!("`{given}` is no period of a custom detection");
                self.wrong(rule, "KQL0306", node, message, "the periods are 0 (continuously), 1H, 3H, 12H and 24H");
            }
        }
    }

    fn trigger(&self, rule: &mut Rule) {
        let operator = self.get(&["triggerOperator"]).and_then(|node| {
            let given = node.scalar().unwrap_or_default();
            let operator = match given.to_lowercase().as_str() {
                "gt" | "greaterthan" => Some(TriggerOperator::GreaterThan),
                "lt" | "lessthan" => Some(TriggerOperator::LessThan),
                "eq" | "equal" => Some(TriggerOperator::Equal),
                "ne" | "notequal" => Some(TriggerOperator::NotEqual),
                _ => None,
            };
            if operator.is_none() {
                let message = format!("`{given}` is no trigger operator");
                let help = "the operators are gt, lt, eq and ne (GreaterThan, LessThan, Equal, NotEqual)";
                self.wrong(rule, "KQL0310", node, message, help);
            }
            operator
        });
        let threshold = self.get(&["triggerThreshold"]).and_then(|node| {
            let given = node.scalar().unwrap_or_default();
            let threshold = given.trim().parse::<u64>().ok();
            if threshold.is_none() {
                let message = format!("`{given}` is no trigger threshold");
                self.wrong(rule, "KQL0310", node, message, "it is a number of rows, such as 0");
            }
            threshold
        });
        rule.schedule.trigger = operator.map(|operator| Trigger { operator, threshold: threshold.unwrap_or(0) });
    }

    fn entities(&self, rule: &mut Rule) {
        for item in self.get(&["impactedAssets"]).map_or(&[][..], Node::items) {
            let kind = item.get("@odata.type").and_then(Node::text).unwrap_or("");
            let entity_type = ["Device", "User", "Mailbox"].into_iter().find(|known| kind.contains(known));
            let Some(identifier) = item.get("identifier") else { continue };
            let given = identifier.scalar().unwrap_or_default();
            let entity_type = match entity_type {
                Some("Device") => "Host",
                Some("User") => "Account",
                _ => "Mailbox",
            };
            // The identifier `accountUpn` stands for the column `AccountUpn`.
            let mut letters = given.chars();
            let name: String =
                letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect();
            let fields = vec![(given, column(&name, self.place(identifier)))];
            rule.entities.push(EntityMapping { entity_type: entity_type.to_owned(), fields });
        }
        for mapping in self.get(&["entityMappings"]).map_or(&[][..], Node::items) {
            let entity_type = mapping.get("entityType").and_then(Node::scalar).unwrap_or_default();
            if let Some(node) =
                mapping.get("entityType").filter(|node| node.scalar().is_some() && !entities::is_entity(&entity_type))
            {
                let message = format!("`{entity_type}` is no type of entity");
                self.doubtful(rule, "KQL0312", node, message, &entities::entity_help(&entity_type));
            }
            let mut fields = Vec::new();
            for field in mapping.get("fieldMappings").map_or(&[][..], Node::items) {
                let identifier = field.get("identifier").and_then(Node::scalar).unwrap_or_default();
                if let Some(node) = field.get("identifier")
                    && let Some(help) = entities::identifier_help(&entity_type, &identifier)
                {
                    let message = format!("`{identifier}` identifies no {entity_type}");
                    self.doubtful(rule, "KQL0312", node, message, &help);
                }
                match (self.column(field.get("columnName")), field.get("columnName").map(|node| &node.content)) {
                    (Some(column), _) => fields.push((identifier, column)),
                    // What a template's deployment puts in is not known here.
                    (None, Some(Content::Unresolved(_))) => {}
                    (None, _) => {
                        let message = "this mapping of an entity names no column".to_owned();
                        self.doubtful(rule, "KQL0312", field, message, "write `columnName: COLUMN`");
                    }
                }
            }
            rule.entities.push(EntityMapping { entity_type, fields });
        }
    }

    fn alerts(&self, rule: &mut Rule) {
        for (name, value) in self.get(&["customDetails"]).map_or(&[][..], Node::members) {
            if let (Some(name), Some(column)) = (name.scalar(), self.column(Some(value))) {
                rule.custom_details.push((name, column));
            }
        }
        if let Some(node) = self.get(&["alertDetailsOverride"]) {
            let properties = node
                .get("alertDynamicProperties")
                .map_or(&[][..], Node::items)
                .iter()
                .filter_map(|item| Some((item.get("alertProperty")?.scalar()?, self.column(item.get("value"))?)));
            rule.overrides = AlertOverrides {
                name_format: self.column(node.get("alertDisplayNameFormat")),
                description_format: self.column(node.get("alertDescriptionFormat")),
                severity: self.column(node.get("alertSeverityColumnName")),
                tactics: self.column(node.get("alertTacticsColumnName")),
                properties: properties.collect(),
            };
        }
        let Some(node) = self.get(&["eventGroupingSettings"]).and_then(|settings| settings.get("aggregationKind"))
        else {
            return;
        };
        let given = node.scalar().unwrap_or_default();
        match given.to_lowercase().as_str() {
            "singlealert" => rule.grouping = EventGrouping::SingleAlert,
            "alertperresult" => rule.grouping = EventGrouping::AlertPerResult,
            _ => {
                let message = format!("`{given}` is no way to group events");
                self.wrong(rule, "KQL0313", node, message, "the ways are SingleAlert and AlertPerResult");
            }
        }
    }

    fn column(&self, node: Option<&Node>) -> Option<ColumnName> {
        let node = node.filter(|node| !is_blank(node))?;
        Some(column(&node.scalar()?, self.place(node)))
    }
}
