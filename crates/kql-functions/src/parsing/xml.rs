//! `parse_xml`.

use std::collections::HashMap;

use arrow::array::ArrayRef;
use kql_types::ScalarType;
use kql_types::dynamic::{Builder, MAX_DEPTH};
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::documentation::example;
use crate::overload::overload;
use crate::signature::parameter_of;
use crate::{Arguments, Documentation, Function, KernelError, ParameterType, PassedAs, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[PARSE_XML];

const PARSE_XML: Function = Function {
    name: "parse_xml",
    aliases: &[],
    documentation: Documentation {
        summary: "Makes a dynamic value of an XML text.",
        returns: "A bag with the root element under its name, or null when the text is not XML or longer than 1 \
                  MiB. An element with text alone is that text, an empty one null, any other a bag of its \
                  attributes as `@name`, its text as `#text` and its elements by name.",
        notes: "Elements of the same name become an array, but a single one does not: `Data` of an event is an array \
                only when there are two. All values are strings. Space around texts is cut off; comments and \
                instructions are passed over.",
        page: "parse-xml-function",
    },
    overloads: &[overload!([
        parameter_of("xml_text", ParameterType::StringOrDynamic)
            .passed_as(PassedAs::Converted(ScalarType::String))
            .describe("The XML text."),
    ] -> Dynamic, parse_xml)],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[
        example("print parse_xml('<a x=\"1\"><b>t</b><b/></a>')", r#"{"a":{"@x":"1","b":["t",null]}}"#),
        example("print parse_xml('<Data Name=\"User\">ada</Data>')", r##"{"Data":{"@Name":"User","#text":"ada"}}"##),
        example("print parse_xml('no xml')", ""),
    ],
};

/// The longest text that is parsed, in bytes.
const LONGEST: usize = 1024 * 1024;

/// How deeply elements may lie in each other: each is a bag in a bag or in an array of a bag.
const DEEPEST: usize = MAX_DEPTH / 2 - 1;

fn parse_xml(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    output::dynamics(arguments.rows(), |row, out| {
        let text = texts.value(row);
        let Some(root) = (text.len() <= LONGEST).then(|| parse(text)).flatten() else { return Ok(false) };
        let mut bag = Builder::new(out);
        bag.begin_bag();
        bag.key(&root.name);
        root.write(&mut bag);
        bag.end_bag();
        Ok(true)
    })
}

#[derive(Default)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
}

/// The root element; `None` when the text is not XML with one root.
fn parse(text: &str) -> Option<Element> {
    let mut reader = Reader::from_str(text.trim_start());
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) if root.is_none() && open.len() < DEEPEST => open.push(Element::start(&start)?),
            Event::Empty(start) if root.is_none() => close(Element::start(&start)?, &mut open, &mut root),
            Event::End(_) => close(open.pop()?, &mut open, &mut root),
            Event::Start(_) | Event::Empty(_) => return None,
            Event::Text(content) => append(&content.xml10_content(), &mut open)?,
            Event::CData(content) => append(&content.xml10_content(), &mut open)?,
            Event::GeneralRef(reference) => match reference.resolve_char_ref().ok()? {
                Some(character) => append(character.encode_utf8(&mut [0; 4]), &mut open)?,
                None => append(resolve_predefined_entity(&reference.into_inner())?, &mut open)?,
            },
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            Event::Eof => return root.filter(|_| open.is_empty()),
        }
    }
}

/// Puts a complete element into the one around it, or makes it the root.
fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(around) => around.children.push(element),
        None => *root = Some(element),
    }
}

/// Adds to the text of the innermost element; outside of all there may be only space.
fn append(text: &str, open: &mut [Element]) -> Option<()> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return None,
    }
    Some(())
}

impl Element {
    fn start(start: &BytesStart<'_>) -> Option<Element> {
        let attributes = start.attributes().map(|attribute| {
            let attribute = attribute.ok()?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
            Some((attribute.key.as_ref().to_owned(), value.into_owned()))
        });
        Some(Element {
            name: start.name().as_ref().to_owned(),
            attributes: attributes.collect::<Option<_>>()?,
            ..Element::default()
        })
    }

    /// Writes the value of the element. Elements lie in each other no deeper than [`DEEPEST`].
    fn write(&self, out: &mut Builder<'_>) {
        let text = self.text.trim();
        if self.attributes.is_empty() && self.children.is_empty() {
            if text.is_empty() {
                out.null()
            } else {
                out.string(text)
            }
            return;
        }
        out.begin_bag();
        for (name, value) in &self.attributes {
            out.key(&format!("@{name}"));
            out.string(value);
        }
        if !text.is_empty() {
            out.key("#text");
            out.string(text);
        }
        // Elements in order of name, each name where it comes first.
        let mut by_name: Vec<(&str, Vec<&Element>)> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for child in &self.children {
            let place = *places.entry(&child.name).or_insert(by_name.len());
            match by_name.get_mut(place) {
                Some((_, elements)) => elements.push(child),
                None => by_name.push((&child.name, vec![child])),
            }
        }
        for (name, elements) in by_name {
            out.key(name);
            if let [element] = elements.as_slice() {
                element.write(out);
                continue;
            }
            out.begin_array();
            elements.iter().for_each(|element| element.write(out));
            out.end_array();
        }
        out.end_bag();
    }
}

#[cfg(test)]
mod tests {
    use super::DEEPEST;
    use crate::testing::{call, strings, text};

    #[test]
    fn elements_become_values() {
        insta::assert_snapshot!(call("parse_xml", &[text(
            "<?xml version='1.0'?><!-- c --><E xmlns='u'>\n <D N='a &amp; b'>x</D> t &lt;&#233; <D/><![CDATA[<]]><F> é </F></E>\n"
        )]), @r##"{"E":{"@xmlns":"u","#text":"t <é <","D":[{"@N":"a & b","#text":"x"},null],"F":"é"}}"##);
        assert_eq!(
            call("parse_xml", &[strings(&["<e/>", "<e> </e>", "<e>a<!-- b -->c</e>"])]),
            r#"{"e":null}|{"e":null}|{"e":"ac"}"#
        );
    }

    #[test]
    fn what_is_not_xml_is_null() {
        let texts = [
            "",
            "a",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>b",
            "</a>",
            "<a x=1/>",
            "<a>&unknown;</a>",
            "<a x='1' x='2'/>",
        ];
        for xml in texts {
            assert_eq!(call("parse_xml", &[text(xml)]), "null", "{xml}");
        }
    }

    #[test]
    fn size_and_depth_are_bounded() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(kql_types::dynamic::validate(&call("parse_xml", &[text(&nested(DEEPEST))])));
        assert_eq!(call("parse_xml", &[text(&nested(DEEPEST + 1))]), "null");
        assert_eq!(call("parse_xml", &[text(&format!("<a>{}</a>", "x".repeat(1 << 20)))]), "null");
    }
}
