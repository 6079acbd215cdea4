//! `NAME=PATH`: a table by its name and where its data is.

use std::str::FromStr;

use crate::TableError;

/// A table of the user's: a name, and a file, folder, pattern, or `-` for standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    pub name: String,
    pub path: String,
}

impl FromStr for Definition {
    type Err = TableError;

    fn from_str(text: &str) -> Result<Definition, TableError> {
        match text.split_once('=') {
            Some((name, path)) if !name.trim().is_empty() && !path.is_empty() => {
                Ok(Definition { name: name.trim().to_owned(), path: path.to_owned() })
            }
            _ => Err(TableError::new(text, "a table is given as NAME=PATH")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_path() {
        let definition: Definition = "Logs=dir/a=b.csv".parse().unwrap();
        assert_eq!((definition.name.as_str(), definition.path.as_str()), ("Logs", "dir/a=b.csv"));
        for text in ["Logs", "=x", "Logs=", ""] {
            assert!(text.parse::<Definition>().is_err(), "{text}");
        }
    }
}
