//! The syntax tree as compact text, for people and snapshots.
//!
//! The text is made of the tree's own `Debug` form: places and empty parts are left out, and the nodes of which a
//! query has most are written short. A new operator needs nothing here.

use std::fmt::Write;

use crate::tree::Query;

/// Lines longer than this are broken.
const WIDTH: usize = 100;

/// Nodes nested deeper are left out.
const DEEPEST: usize = 400;

/// The whole tree: each node as `(Kind part …)`, names and literals as in KQL.
pub fn tree_text(query: &Query) -> String {
    let mut text = String::new();
    for statement in &query.statements {
        let debug = format!("{:?}", statement.kind);
        let node = Reader { rest: &debug }.value(0);
        write_node(&mut text, &simplify(node), 0);
        text.push('\n');
    }
    text
}

/// A part of the `Debug` form.
#[derive(Debug)]
enum Node {
    /// A number, text or name.
    Atom(String),
    /// `Kind { field: value, … }`, `Kind(value, …)`, or a list, which has no kind.
    Branch { kind: String, parts: Vec<(String, Node)> },
}

/// Reads the `Debug` form.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Node {
        self.rest = self.rest.trim_start();
        if self.rest.starts_with('"') {
            return Node::Atom(self.string());
        }
        let length = self.rest.find(['(', '[', '{', ',', ')', ']', '}', ' ', ':']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        if !rest.trim_start().starts_with(['(', '[', '{']) {
            return Node::Atom(word.to_owned());
        }
        self.rest = rest.trim_start();
        let parts = self.parts(depth);
        Node::Branch { kind: word.to_owned(), parts }
    }

    /// The parts between brackets.
    fn parts(&mut self, depth: usize) -> Vec<(String, Node)> {
        let has_names = self.take('{');
        if !has_names {
            let _ = self.take('(') || self.take('[');
        }
        let mut parts = Vec::new();
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.is_empty() || self.take(')') || self.take(']') || self.take('}') {
                return parts;
            }
            if self.take(',') {
                continue;
            }
            let mut name = String::new();
            if has_names && let Some((field, rest)) = self.rest.split_once(':') {
                name = field.to_owned();
                self.rest = rest;
            }
            if depth < DEEPEST {
                parts.push((name, self.value(depth + 1)));
            } else {
                self.rest = "";
                return vec![(String::new(), Node::Atom("…".to_owned()))];
            }
        }
    }

    fn take(&mut self, bracket: char) -> bool {
        let rest = self.rest.strip_prefix(bracket);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// A string with its quotes and escapes.
    fn string(&mut self) -> String {
        let mut escaped = false;
        let end = self.rest.char_indices().skip(1).find(|(_, character)| {
            let ends = *character == '"' && !escaped;
            escaped = *character == '\\' && !escaped;
            ends
        });
        let (string, rest) = self.rest.split_at(end.map_or(self.rest.len(), |(at, _)| at + 1));
        self.rest = rest;
        string.to_owned()
    }
}

/// Whether the part says something: places, absent and empty parts do not.
fn is_telling(name: &str, node: &Node) -> bool {
    let is_place = matches!(name, "span" | "operator_span" | "keyword")
        || matches!(node, Node::Branch { kind, .. } if kind == "Span");
    let is_empty = match node {
        Node::Atom(text) => text == "None" || text == "false",
        Node::Branch { kind, parts } => kind.is_empty() && parts.is_empty(),
    };
    // In a list, or as the value of a literal, everything counts.
    !is_place && (name.is_empty() || !is_empty)
}

/// Leaves out what says nothing, and what holds one thing only.
fn simplify(node: Node) -> Node {
    let Node::Branch { kind, parts } = node else { return node };
    let parts = parts.into_iter().filter(|(name, part)| is_telling(name, part));
    let mut parts: Vec<_> = parts.map(|(name, part)| (name, simplify(part))).collect();
    match kind.as_str() {
        "Name" if parts.iter().any(|(name, _)| name == "text") => return name_node(parts),
        "TypeName" => return Node::Atom(atom_of(parts).trim_matches('"').to_owned()),
        "Some" | "Expr" | "Operator" | "Statement" | "Literal" | "Name" | "Scalar" | "Expression" | "WildcardName"
        | "Long" | "TypeOf" | "Box"
            if parts.len() == 1 =>
        {
            return parts.pop().map_or(Node::Atom(String::new()), |(_, part)| part);
        }
        // The fields of the commonest nodes go without saying.
        "Binary" | "Call" | "Unary" | "InSet" => {
            let operator = parts.iter().position(|(name, _)| name == "operator").map(|at| parts.remove(at).1);
            let kind = match operator {
                Some(Node::Atom(operator)) => operator,
                _ => kind,
            };
            let flat = parts.into_iter().flat_map(|(name, part)| match part {
                Node::Branch { kind, parts } if kind.is_empty() && name != "value" => parts,
                part => vec![(String::new(), part)],
            });
            return Node::Branch { kind, parts: flat.collect() };
        }
        "String" => return parts.into_iter().next().map_or(Node::Atom("\"\"".to_owned()), |(_, part)| part),
        // An operator's node, `Where(Where { … })`, is named once.
        _ if parts.len() == 1 => {
            if let Some((_, Node::Branch { kind: inner, .. })) = parts.first()
                && *inner == kind
                && !kind.is_empty()
            {
                return parts.pop().map_or(Node::Atom(String::new()), |(_, part)| part);
            }
        }
        _ => {}
    }
    Node::Branch { kind, parts }
}

fn atom_of(parts: Vec<(String, Node)>) -> String {
    match parts.into_iter().next() {
        Some((_, Node::Atom(text))) => text,
        _ => String::new(),
    }
}

/// A name as written in KQL.
fn name_node(parts: Vec<(String, Node)>) -> Node {
    let form = parts.iter().find_map(|(name, part)| match part {
        Node::Atom(form) if name == "form" => Some(form.clone()),
        _ => None,
    });
    let text = atom_of(parts);
    Node::Atom(match form.as_deref() {
        Some("Bracketed") => format!("[{text}]"),
        Some("Placeholder") => format!("{{{{{}}}}}", text.trim_matches('"')),
        _ => text.trim_matches('"').to_owned(),
    })
}

/// The node on one line, or a beginning of it that is too long already.
fn flat(node: &Node, text: &mut String) {
    if text.len() > 4 * WIDTH {
        return;
    }
    match node {
        Node::Atom(atom) => text.push_str(atom),
        Node::Branch { kind, parts } => {
            text.push(if kind.is_empty() { '[' } else { '(' });
            text.push_str(kind);
            for (index, (name, part)) in parts.iter().enumerate() {
                if index > 0 || !kind.is_empty() {
                    text.push(' ');
                }
                if !name.is_empty() {
                    text.push_str(name);
                    text.push('=');
                }
                flat(part, text);
            }
            text.push(if kind.is_empty() { ']' } else { ')' });
        }
    }
}

/// The node on one line if it fits, else its parts on lines of their own.
fn write_node(text: &mut String, node: &Node, indent: usize) {
    let mut line = String::new();
    flat(node, &mut line);
    match node {
        Node::Branch { kind, parts } if line.chars().count() + indent > WIDTH && !parts.is_empty() => {
            let (open, close) = if kind.is_empty() { ('[', ']') } else { ('(', ')') };
            let _ = write!(text, "{open}{kind}");
            for (name, part) in parts {
                let _ = write!(text, "\n{:indent$}", "", indent = indent + 2);
                if !name.is_empty() {
                    let _ = write!(text, "{name}=");
                }
                write_node(text, part, indent + 2);
            }
            text.push(close);
        }
        _ => text.push_str(&line),
    }
}
