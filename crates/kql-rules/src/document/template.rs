//! ARM templates: their texts in brackets are expressions, which are put in where the template itself says what they
//! are.

use super::{Content, Node};

/// How deep expressions refer to each other, and how deep they are nested.
const MAX_DEPTH: usize = 24;
/// How many values a file's expressions may have, and how long a text may become, in bytes.
const MAX_VALUES: usize = 100_000;
const MAX_TEXT: usize = 1 << 20;

/// Whether a document is an ARM template.
pub(crate) fn is_template(root: &Node) -> bool {
    root.get("$schema").and_then(Node::text).is_some_and(|schema| schema.contains("eploymentTemplate"))
}

/// The document with its expressions resolved. One that the file does not resolve becomes [`Content::Unresolved`].
pub(crate) fn resolved(mut root: Node) -> Node {
    let mut resolver = Resolver { scopes: Vec::new(), values: 0 };
    resolver.visit(&mut root, 0);
    root
}

/// The parameters and variables of a template; nested templates see those of the outer ones, too.
struct Scope {
    parameters: Option<Node>,
    variables: Option<Node>,
}

struct Resolver {
    scopes: Vec<Scope>,
    values: usize,
}

impl Resolver {
    fn visit(&mut self, node: &mut Node, depth: usize) {
        if depth > 4 * MAX_DEPTH {
            return;
        }
        let is_scope = node.get("resources").is_some() && (node.get("$schema").is_some() || depth == 0);
        if is_scope {
            let scope =
                Scope { parameters: node.get("parameters").cloned(), variables: node.get("variables").cloned() };
            self.scopes.push(scope);
        }
        match &mut node.content {
            Content::List(items) => items.iter_mut().for_each(|item| self.visit(item, depth + 1)),
            Content::Mapping(members) => members.iter_mut().for_each(|(_, value)| self.visit(value, depth + 1)),
            Content::Text(_) => *node = self.text(node, 0),
            Content::Null | Content::Bool(_) | Content::Number(_) | Content::Unresolved(_) => {}
        }
        if is_scope {
            self.scopes.pop();
        }
    }

    /// What a text stands for.
    fn text(&mut self, node: &Node, depth: usize) -> Node {
        let Some(text) = node.text().filter(|text| text.starts_with('[') && text.ends_with(']')) else {
            return node.clone();
        };
        if let Some(escaped) = text.strip_prefix("[[") {
            return Node { content: Content::Text(format!("[{escaped}")), span: node.span };
        }
        let inside = text.get(1..text.len().saturating_sub(1)).unwrap_or("");
        // KQL may stand in brackets, too; a call may not.
        if !inside.contains('(') {
            return node.clone();
        }
        let mut parser = Expression { text: inside, at: 0, resolver: self, depth };
        let value = parser.value().and_then(|value| match parser.rest().trim() {
            "" => Ok(value),
            rest => Err(format!("`{rest}` is not expected in it")),
        });
        match value {
            // What stands elsewhere in the file is shown there; what is put together, at the expression.
            Ok(Value::Node(node)) => node,
            Ok(Value::Text(text)) => Node { content: Content::Text(text), span: node.span },
            Err(reason) => Node { content: Content::Unresolved(reason), span: node.span },
        }
    }

    fn parameter(&mut self, name: &str, depth: usize) -> Result<Node, String> {
        let found = self.scopes.iter().rev().find_map(|scope| member(scope.parameters.as_ref()?, name));
        let default = found.and_then(|parameter| parameter.get("defaultValue")).cloned();
        let default = default.ok_or_else(|| format!("the parameter `{name}` has no `defaultValue`"))?;
        self.deeper(&default, depth)
    }

    fn variable(&mut self, name: &str, depth: usize) -> Result<Node, String> {
        let found = self.scopes.iter().rev().find_map(|scope| member(scope.variables.as_ref()?, name)).cloned();
        let found = found.ok_or_else(|| format!("there is no variable `{name}`"))?;
        self.deeper(&found, depth)
    }

    fn deeper(&mut self, node: &Node, depth: usize) -> Result<Node, String> {
        if depth >= MAX_DEPTH {
            return Err("its expressions are nested too deeply".to_owned());
        }
        let node = self.text(node, depth + 1);
        match node.content {
            Content::Unresolved(reason) => Err(reason),
            _ => Ok(node),
        }
    }
}

/// A member of a mapping; templates do not tell upper and lower case apart.
fn member<'n>(mapping: &'n Node, name: &str) -> Option<&'n Node> {
    let found = mapping.members().iter().find(|(key, _)| key.text().is_some_and(|key| key.eq_ignore_ascii_case(name)));
    found.map(|(_, value)| value)
}

enum Value {
    /// A value of the file.
    Node(Node),
    /// One that is put together.
    Text(String),
}

impl Value {
    fn into_text(self) -> Result<String, String> {
        match self {
            Value::Text(text) => Ok(text),
            Value::Node(node) => node.scalar().ok_or_else(|| "a list or an object is no text".to_owned()),
        }
    }
}

/// `concat(variables('days'), 'd').name[0]`, read and computed in one go.
struct Expression<'t, 'r> {
    text: &'t str,
    at: usize,
    resolver: &'r mut Resolver,
    depth: usize,
}

impl Expression<'_, '_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn takes(&mut self, wanted: char) -> bool {
        self.space();
        let is_there = self.rest().starts_with(wanted);
        if is_there {
            self.at += wanted.len_utf8();
        }
        is_there
    }

    fn word(&mut self) -> String {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or("").to_owned();
        self.at += end;
        word
    }

    fn value(&mut self) -> Result<Value, String> {
        self.resolver.values += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH || self.resolver.values > MAX_VALUES {
            return Err("its expressions are nested too deeply".to_owned());
        }
        let value = self.member_of_value();
        self.depth -= 1;
        value
    }

    fn member_of_value(&mut self) -> Result<Value, String> {
        self.space();
        if self.rest().starts_with('\'') {
            return Ok(Value::Text(self.quoted()?));
        }
        let word = self.word();
        if word.is_empty() {
            return Err("it is no expression that kql reads".to_owned());
        }
        let mut value = if self.takes('(') { self.call(&word)? } else { Value::Text(word) };
        loop {
            let key = if self.takes('.') {
                self.word()
            } else if self.takes('[') {
                let key = self.value()?.into_text()?;
                if !self.takes(']') {
                    return Err("a `]` is missing in it".to_owned());
                }
                key
            } else {
                return Ok(value);
            };
            let Value::Node(node) = &value else { return Err(format!("a text has no member `{key}`")) };
            let found = match key.parse::<usize>() {
                Ok(position) => node.items().get(position),
                Err(_) => member(node, &key),
            };
            let found = found.cloned().ok_or_else(|| format!("there is no member `{key}`"))?;
            value = Value::Node(self.resolver.deeper(&found, self.depth)?);
        }
    }

    /// A text in single quotes, in which two of them are one.
    fn quoted(&mut self) -> Result<String, String> {
        let mut text = String::new();
        let mut characters = self.rest().char_indices().skip(1).peekable();
        while let Some((at, character)) = characters.next() {
            if character != '\'' {
                text.push(character);
            } else if characters.peek().is_some_and(|(_, next)| *next == '\'') {
                characters.next();
                text.push('\'');
            } else {
                self.at += at + 1;
                return Ok(text);
            }
        }
        Err("a quote in it is never closed".to_owned())
    }

    fn call(&mut self, function: &str) -> Result<Value, String> {
        let mut arguments = Vec::new();
        if !self.takes(')') {
            loop {
                arguments.push(self.value()?);
                if self.takes(')') {
                    break;
                }
                if !self.takes(',') {
                    return Err("a `)` is missing in it".to_owned());
                }
            }
        }
        let mut texts = arguments.into_iter().map(Value::into_text).collect::<Result<Vec<_>, _>>()?.into_iter();
        let mut next = || texts.next().ok_or_else(|| format!("`{function}` has too few arguments"));
        let text = match function.to_lowercase().as_str() {
            "parameters" => return Ok(Value::Node(self.resolver.parameter(&next()?, self.depth)?)),
            "variables" => return Ok(Value::Node(self.resolver.variable(&next()?, self.depth)?)),
            "string" => next()?,
            "tolower" => next()?.to_lowercase(),
            "toupper" => next()?.to_uppercase(),
            "trim" => next()?.trim().to_owned(),
            "replace" => {
                let (text, old, new) = (next()?, next()?, next()?);
                if old.is_empty() { text } else { text.replace(&old, &new) }
            }
            "concat" => texts.collect(),
            "format" => formatted(&next()?, &texts.collect::<Vec<_>>())?,
            _ => return Err(format!("`{function}` is known only where the template is deployed")),
        };
        if text.len() > MAX_TEXT { Err("its text is too long".to_owned()) } else { Ok(Value::Text(text)) }
    }
}

/// `{0}` and its like in a text, put in.
fn formatted(format: &str, values: &[String]) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(rest.get(..at).unwrap_or(""));
        let found = rest.get(at..).unwrap_or("");
        if let Some(after) = found.strip_prefix("{{").or_else(|| found.strip_prefix("}}")) {
            text.push_str(found.get(..1).unwrap_or(""));
            rest = after;
            continue;
        }
        let hole = found.strip_prefix('{').and_then(|found| found.split_once('}'));
        let value = hole.and_then(|(position, after)| Some((values.get(position.parse::<usize>().ok()?)?, after)));
        let Some((value, after)) = value else { return Err("its format has a hole that nothing fills".to_owned()) };
        text.push_str(value);
        if text.len() > MAX_TEXT {
            return Err("its text is too long".to_owned());
        }
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;

    /// What a text of a template stands for.
    fn of(expression: &str) -> String {
        let file = serde_json::json!({
            "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "parameters": {"workspace": {"type": "string"}, "days": {"type": "int", "defaultValue": 7}},
            "variables": {"query": "T | take 1", "loop": "[variables('loop')]", "rule": {"name": "N", "ids": ["a", "b"]},
                "since": "[format('{0}d', parameters('days'))]"},
            "resources": [{"x": expression}],
        });
        let text = file.to_string();
        let document = Document::read(true, &text).unwrap();
        let resources = document.roots[0].get("resources").unwrap();
        match &resources.items()[0].get("x").unwrap().content {
            Content::Text(text) => text.clone(),
            Content::Unresolved(reason) => format!("unresolved: {reason}"),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn expressions_are_put_in() {
        for (expression, expected) in [
            ("[variables('query')]", "T | take 1"),
            ("[concat('ago(', variables('since'), ')')]", "ago(7d)"),
            ("[concat('where A == ''x''', toUpper('y'))]", "where A == 'x'Y"),
            ("[variables('rule').ids[1]]", "b"),
            ("[VARIABLES('rule')['name']]", "N"),
            ("[replace(format('{{{0}}}', 'a'), 'a', 'b')]", "{b}"),
            ("[[escaped()]", "[escaped()]"),
            ("['my table']", "['my table']"),
            ("[parameters('workspace')]", "unresolved: the parameter `workspace` has no `defaultValue`"),
            ("[resourceGroup().location]", "unresolved: `resourceGroup` is known only where the template is deployed"),
            ("[variables('loop')]", "unresolved: its expressions are nested too deeply"),
            ("[concat('a]", "unresolved: a quote in it is never closed"),
            ("[format('{3}', 'a')]", "unresolved: its format has a hole that nothing fills"),
        ] {
            assert_eq!(of(expression), expected, "{expression}");
        }
    }
}
