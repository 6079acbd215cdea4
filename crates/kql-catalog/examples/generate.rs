//! Writes `data/catalog.bin` anew from the published schemas; the layout is in `src/image.rs`.
//!
//! `cargo run -p kql-catalog --example generate -- tables.csv table_sources.csv functions.json catalog.bin`
//!
//! - `tables.csv`: `table,column,type`, with a header; the columns of a table stand together, in order.
//! - `table_sources.csv`: `table,columns,source,xdr`, with a header; `xdr` is 1 for a Defender table.
//! - `functions.json`: an array of `{"name", "params", "columns": [[name, type]], "kind", "open"?, "body"?}`.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fs;

use kql_types::ScalarType;
use serde_json::Value;

type Columns = Vec<(String, ScalarType)>;
/// Start and length of a list or a text.
type Place = (usize, usize);
/// Parameters, body and kind; the columns; whether there may be more.
type Function = ([String; 3], Place, bool);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [tables, sources, functions, output] = arguments.as_slice() else {
        return Err("usage: generate tables.csv table_sources.csv functions.json catalog.bin".into());
    };
    let mut catalog = Catalog::default();
    let sources = read_sources(&fs::read_to_string(sources)?)?;
    for (name, columns) in read_tables(&fs::read_to_string(tables)?)? {
        let (source, is_defender) = sources.get(&name).ok_or_else(|| format!("no source for {name}"))?;
        let columns = catalog.list(&columns)?;
        catalog.tables.insert(name, (source.clone(), columns, *is_defender));
    }
    let functions: Vec<Value> = serde_json::from_str(&fs::read_to_string(functions)?)?;
    for function in &functions {
        let text = |key: &str| function[key].as_str().unwrap_or_default().to_owned();
        let mut columns = Columns::new();
        for column in function["columns"].as_array().ok_or("columns is no array")? {
            columns.push((column[0].as_str().ok_or("no name")?.to_owned(), scalar_type(&column[1])?));
        }
        let columns = catalog.list(&columns)?;
        let texts = [text("params"), text("body"), text("kind")];
        catalog.functions.insert(text("name"), (texts, columns, function["open"].as_bool().unwrap_or(false)));
    }
    let bytes = catalog.encode()?;
    println!("{} tables, {} functions, {} bytes", catalog.tables.len(), catalog.functions.len(), bytes.len());
    fs::write(output, bytes)?;
    Ok(())
}

/// The columns of each table, in order.
fn read_tables(csv: &str) -> Result<BTreeMap<String, Columns>, Box<dyn Error>> {
    let mut tables: BTreeMap<String, Columns> = BTreeMap::new();
    for line in csv.lines().skip(1) {
        let [table, column, name] = line.split(',').collect::<Vec<_>>()[..] else {
            return Err(format!("not three fields: {line}").into());
        };
        let scalar_type = ScalarType::from_name(name).ok_or_else(|| format!("no such type: {line}"))?;
        tables.entry(table.to_owned()).or_default().push((column.to_owned(), scalar_type));
    }
    Ok(tables)
}

/// The source of each table, and whether it is a Defender table.
fn read_sources(csv: &str) -> Result<HashMap<String, (String, bool)>, Box<dyn Error>> {
    csv.lines()
        .skip(1)
        .map(|line| match line.split(',').collect::<Vec<_>>()[..] {
            [table, _, source, xdr] => Ok((table.to_owned(), (source.to_owned(), xdr == "1"))),
            _ => Err(format!("not four fields: {line}").into()),
        })
        .collect()
}

fn scalar_type(name: &Value) -> Result<ScalarType, String> {
    name.as_str().and_then(ScalarType::from_name).ok_or_else(|| format!("no such type: {name}"))
}

/// What is gathered before it is laid out.
#[derive(Default)]
struct Catalog {
    columns: Columns,
    numbers: HashMap<(String, ScalarType), u16>,
    lists: Vec<u16>,
    /// Equal lists are stored once.
    known_lists: HashMap<Vec<u16>, Place>,
    tables: BTreeMap<String, (String, Place, bool)>,
    functions: BTreeMap<String, Function>,
}

impl Catalog {
    fn list(&mut self, columns: &Columns) -> Result<Place, Box<dyn Error>> {
        let mut list = Vec::with_capacity(columns.len());
        for column in columns {
            let number = match self.numbers.get(column) {
                Some(number) => *number,
                None => {
                    let number = u16::try_from(self.columns.len())?;
                    self.columns.push(column.clone());
                    self.numbers.insert(column.clone(), number);
                    number
                }
            };
            list.push(number);
        }
        let next = (self.lists.len(), list.len());
        let lists = &mut self.lists;
        Ok(*self.known_lists.entry(list).or_insert_with_key(|list| {
            lists.extend(list);
            next
        }))
    }

    fn encode(&self) -> Result<Vec<u8>, Box<dyn Error>> {
        let mut bytes = Vec::new();
        let mut texts = Texts::default();
        let put = |bytes: &mut Vec<u8>, number: usize| -> Result<(), Box<dyn Error>> {
            bytes.extend(u32::try_from(number)?.to_le_bytes());
            Ok(())
        };
        for count in [self.columns.len(), self.tables.len(), self.functions.len(), self.lists.len()] {
            put(&mut bytes, count)?;
        }
        for (name, _) in &self.columns {
            put(&mut bytes, texts.text.len())?;
            texts.text.push_str(name);
        }
        put(&mut bytes, texts.text.len())?;
        for (_, scalar_type) in &self.columns {
            let place = ScalarType::ALL.iter().position(|other| other == scalar_type).ok_or("a type outside ALL")?;
            bytes.push(u8::try_from(place)?);
        }
        for (name, (source, columns, is_defender)) in &self.tables {
            for (start, length) in [texts.add(name), texts.add(source), *columns] {
                put(&mut bytes, start)?;
                put(&mut bytes, length)?;
            }
            put(&mut bytes, usize::from(*is_defender))?;
        }
        for (name, ([parameters, body, kind], columns, is_open)) in &self.functions {
            for (start, length) in [texts.add(name), texts.add(parameters), texts.add(body), texts.add(kind), *columns]
            {
                put(&mut bytes, start)?;
                put(&mut bytes, length)?;
            }
            put(&mut bytes, usize::from(*is_open))?;
        }
        bytes.extend(self.lists.iter().flat_map(|number| number.to_le_bytes()));
        bytes.extend(texts.text.as_bytes());
        Ok(bytes)
    }
}

/// The text section; equal texts are stored once.
#[derive(Default)]
struct Texts {
    text: String,
    known: HashMap<String, Place>,
}

impl Texts {
    fn add(&mut self, text: &str) -> Place {
        let place = (self.text.len(), text.len());
        if let Some(known) = self.known.get(text) {
            return *known;
        }
        self.text.push_str(text);
        self.known.insert(text.to_owned(), place);
        place
    }
}
