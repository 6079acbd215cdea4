//! The alerts that a rule makes of its rows: entities, details and names filled from them (Microsoft pages: *Map data
//! fields to entities*, *Surface custom event details in alerts*, *Customize alert details*).

use serde_json::{Map, Value as Json};

use crate::rule_test::{ActualRows, to_json};
use crate::{AlertSeverity, EventGrouping, Rule, RuleKind, filled};

/// An alert, with the rows that made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    pub name: String,
    pub description: Option<String>,
    pub severity: Option<AlertSeverity>,
    pub tactics: Vec<String>,
    /// Each with its type and identifiers: `{"type": "Account", "FullName": "ann"}`. No entity twice.
    pub entities: Vec<Json>,
    /// The distinct values of each detail.
    pub custom_details: Map<String, Json>,
    /// What else the rows say of the alert (`alertDynamicProperties`).
    pub properties: Map<String, Json>,
    pub rows: Vec<Map<String, Json>>,
}

/// The alerts of a result; none of one without rows. A query that is no scheduled rule has a hit a row.
pub fn alerts(rule: &Rule, result: &ActualRows) -> Vec<Alert> {
    let rows: Vec<Map<String, Json>> = result
        .rows
        .iter()
        .map(|row| result.columns.iter().zip(row).map(|((name, _), value)| (name.clone(), to_json(value))).collect())
        .collect();
    let is_one = matches!(rule.kind, RuleKind::Scheduled | RuleKind::NearRealTime)
        && rule.grouping == EventGrouping::SingleAlert;
    match (rows.is_empty(), is_one) {
        (true, _) => Vec::new(),
        (false, true) => vec![alert(rule, rows)],
        (false, false) => rows.into_iter().map(|row| alert(rule, vec![row])).collect(),
    }
}

/// The alerts of a run of the schedule: those of the result where its number of rows pulls the trigger.
pub fn raised(rule: &Rule, result: &ActualRows) -> Vec<Alert> {
    let rows = u64::try_from(result.rows.len()).unwrap_or(u64::MAX);
    match rule.schedule.trigger {
        Some(trigger) if !trigger.fires(rows) => Vec::new(),
        // What should have come did not.
        Some(_) if rows == 0 => vec![alert(rule, Vec::new())],
        _ => alerts(rule, result),
    }
}

fn alert(rule: &Rule, rows: Vec<Map<String, Json>>) -> Alert {
    // What stands once in an alert is of its first row.
    let value = |name: &str| rows.first().and_then(|row| row.get(name)).map(text);
    let format = |format: &str| filled(format, &mut |name| value(name));
    let overrides = &rule.overrides;
    let severity = overrides.severity.as_ref().and_then(|column| AlertSeverity::parse(&value(&column.name)?));
    let tactics = overrides.tactics.as_ref().and_then(|column| value(&column.name)).map(|given| {
        let words = given.split([',', '[', ']', '"']).map(str::trim).filter(|word| !word.is_empty());
        words.map(str::to_owned).collect::<Vec<_>>()
    });
    let distinct = |column: &str| {
        let mut values: Vec<Json> = Vec::new();
        for value in rows.iter().filter_map(|row| row.get(column)).filter(|value| !is_empty(value)) {
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
        Json::from(values)
    };
    let mut entities: Vec<Json> = Vec::new();
    for (row, mapping) in rows.iter().flat_map(|row| rule.entities.iter().map(move |mapping| (row, mapping))) {
        let mut entity = Map::new();
        for (identifier, column) in &mapping.fields {
            if let Some(value) = row.get(&column.name).filter(|value| !is_empty(value)) {
                entity.insert(identifier.clone(), value.clone());
            }
        }
        if entity.is_empty() {
            continue;
        }
        entity.insert("type".to_owned(), Json::from(mapping.entity_type.as_str()));
        let entity = Json::Object(entity);
        if !entities.contains(&entity) {
            entities.push(entity);
        }
    }
    let properties = overrides
        .properties
        .iter()
        .filter_map(|(property, column)| Some((property.clone(), Json::from(value(&column.name)?))));
    let name = overrides.name_format.as_ref().map(|name| format(&name.name));
    Alert {
        name: name.or_else(|| rule.name.clone()).unwrap_or_default(),
        description: overrides.description_format.as_ref().map(|text| format(&text.name)),
        severity: severity.or(rule.severity),
        tactics: tactics.unwrap_or_else(|| rule.tactics.clone()),
        entities,
        custom_details: rule
            .custom_details
            .iter()
            .map(|(detail, column)| (detail.clone(), distinct(&column.name)))
            .collect(),
        properties: properties.collect(),
        rows,
    }
}

fn is_empty(value: &Json) -> bool {
    value.is_null() || value.as_str() == Some("")
}

fn text(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use kql_types::{ScalarType, Value};

    use super::*;

    #[test]
    fn rows_become_alerts() {
        let contents = "\
kind: Scheduled
query: T
severity: Low
tactics: [Impact]
entityMappings:
  - {entityType: Account, fieldMappings: [{identifier: Name, columnName: User}]}
customDetails: {Who: User}
alertDetailsOverride: {alertDisplayNameFormat: 'Logon of {{User}}', alertSeverityColumnName: Level}
";
        let mut rule = crate::read("a.yaml", contents).unwrap().remove(0);
        let text = |text: &str| Value::String(text.to_owned());
        let result = ActualRows {
            columns: vec![("User".to_owned(), ScalarType::String), ("Level".to_owned(), ScalarType::String)],
            rows: vec![vec![text("ann"), text("high")], vec![text("ann"), text("?")], vec![text(""), text("low")]],
        };
        let [alert] = &alerts(&rule, &result)[..] else { panic!("one alert") };
        assert_eq!((alert.name.as_str(), alert.severity), ("Logon of ann", Some(AlertSeverity::High)));
        assert_eq!(alert.entities, [serde_json::json!({"type": "Account", "Name": "ann"})]);
        assert_eq!(Json::from(alert.custom_details.clone()), serde_json::json!({"Who": ["ann"]}));
        rule.grouping = EventGrouping::AlertPerResult;
        let each = alerts(&rule, &result);
        let severities: Vec<_> = each.iter().map(|alert| alert.severity).collect();
        assert_eq!(severities, [Some(AlertSeverity::High), Some(AlertSeverity::Low), Some(AlertSeverity::Low)]);
        assert_eq!(alerts(&rule, &ActualRows { rows: Vec::new(), ..result }), []);
    }
}
