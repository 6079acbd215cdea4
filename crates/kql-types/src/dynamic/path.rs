//! Paths into dynamic values: `a.b[0]`.

use std::fmt;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The value of a bag's key.
    Member(String),
    /// An element of an array; -1 is the last.
    Element(i64),
}

/// A chain of steps. Its text form is `$` and then `.name`, `['any name']` or `[index]` for each step; in a quoted
/// name `'` and `\` have a backslash before them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path {
    steps: Vec<Step>,
}

impl Path {
    /// The path of these steps.
    pub fn new(steps: Vec<Step>) -> Path {
        Path { steps }
    }

    /// The steps, outermost first.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Adds a step at the end.
    pub fn push(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// Reads the text form; `None` when it is none.
    pub fn parse(text: &str) -> Option<Path> {
        let mut rest = text.strip_prefix('$')?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = if let Some(name) = rest.strip_prefix('.') {
                let end = name.find(|character| !is_plain(character)).unwrap_or(name.len());
                let (name, after) = name.split_at(end);
                if name.is_empty() {
                    return None;
                }
                (Step::Member(name.to_owned()), after)
            } else if let Some(quoted) = rest.strip_prefix("['") {
                let (name, after) = unquote(quoted)?;
                (Step::Member(name), after.strip_prefix(']')?)
            } else {
                let (index, after) = rest.strip_prefix('[')?.split_once(']')?;
                (Step::Element(index.parse().ok()?), after)
            };
            steps.push(step);
            rest = after;
        }
        Some(Path { steps })
    }
}

fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// The name up to the closing quote, and what follows that.
fn unquote(quoted: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut characters = quoted.chars();
    loop {
        match characters.next()? {
            '\'' => return Some((name, characters.as_str())),
            '\\' => name.push(characters.next()?),
            character => name.push(character),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        for step in &self.steps {
            match step {
                Step::Element(index) => write!(f, "[{index}]")?,
                Step::Member(name) if !name.is_empty() && name.chars().all(is_plain) => write!(f, ".{name}")?,
                Step::Member(name) => write!(f, "['{}']", name.replace('\\', "\\\\").replace('\'', "\\'"))?,
            }
        }
        Ok(())
    }
}
