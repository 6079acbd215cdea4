//! One record of an event log, from its XML.

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use serde_json::{Map, Value};

/// How deep the elements of a record may lie in each other.
const DEEPEST: usize = 64;

/// What every record has.
#[derive(Debug, Default)]
pub(super) struct System {
    pub provider: String,
    pub event_id: String,
    pub version: String,
    pub level: String,
    pub task: String,
    pub opcode: String,
    pub keywords: String,
    pub time: String,
    pub record_id: String,
    pub activity_id: String,
    pub process_id: String,
    pub thread_id: String,
    pub channel: String,
    pub computer: String,
    pub user_id: String,
}

/// A record.
#[derive(Debug, Default)]
pub(super) struct EventRecord {
    pub system: System,
    /// The data by name, in their order; unnamed ones have none.
    pub data: Vec<(String, String)>,
    /// All of the record.
    pub xml: String,
    /// The element of the data, as it would stand alone.
    pub data_xml: String,
}

/// An element that is open.
struct Open {
    name: String,
    text: String,
    /// The `Name` of a datum.
    datum: Option<String>,
    has_children: bool,
}

impl EventRecord {
    /// Reads a record; `None` when the text is no event.
    pub(super) fn parse(xml: &str) -> Option<EventRecord> {
        let mut record = EventRecord { xml: without_declaration(xml).to_owned(), ..EventRecord::default() };
        let mut reader = Reader::from_str(&record.xml);
        let mut open: Vec<Open> = Vec::new();
        let mut system = System::default();
        let mut data = Vec::new();
        let mut data_range: Option<(usize, usize)> = None;
        loop {
            let at = usize::try_from(reader.buffer_position()).ok()?;
            match reader.read_event().ok()? {
                Event::Start(start) if open.len() < DEEPEST => {
                    if let Some(around) = open.last_mut() {
                        around.has_children = true;
                    }
                    let name = start.name().as_ref().to_owned();
                    if open.len() == 1 && is_data(&name) {
                        data_range = Some((at, at));
                    }
                    if is_system(&open) {
                        system.attributes(&name, &start);
                    }
                    open.push(Open {
                        name,
                        text: String::new(),
                        datum: attribute(&start, "Name"),
                        has_children: false,
                    });
                }
                Event::Start(_) => return None,
                Event::Empty(start) => {
                    let name = start.name().as_ref().to_owned();
                    if is_system(&open) {
                        system.attributes(&name, &start);
                    }
                    if open.len() >= 2 && open.get(1).is_some_and(|section| is_data(&section.name)) {
                        data.push((attribute(&start, "Name").unwrap_or_default(), String::new()));
                    }
                }
                Event::End(_) => {
                    let element = open.pop()?;
                    match open.get(1).map(|section| section.name.as_str()) {
                        Some("System") => system.text(&element.name, element.text.trim()),
                        Some(section) if is_data(section) && !element.has_children => {
                            data.push((name_of(section, &element), element.text));
                        }
                        None if open.len() == 1 && is_data(&element.name) => {
                            let end = usize::try_from(reader.buffer_position()).ok()?;
                            data_range = data_range.map(|(start, _)| (start, end));
                        }
                        _ => {}
                    }
                }
                Event::Text(content) => append(&content.xml10_content(), &mut open),
                Event::CData(content) => append(&content.xml10_content(), &mut open),
                Event::GeneralRef(reference) => match reference.resolve_char_ref().ok()? {
                    Some(character) => append(character.encode_utf8(&mut [0; 4]), &mut open),
                    None => append(resolve_predefined_entity(&reference.into_inner())?, &mut open),
                },
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
                Event::Eof => break,
            }
        }
        let data_xml = data_range.and_then(|(start, end)| record.xml.get(start..end)).unwrap_or_default();
        record.data_xml = with_namespace(data_xml);
        record.system = system;
        record.data = data;
        (!record.system.event_id.is_empty()).then_some(record)
    }

    /// The datum of a name; case does not matter.
    pub(super) fn datum(&self, name: &str) -> Option<&str> {
        self.data.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The data as an object; those without a name are an array under `Data`.
    pub(super) fn data_as_json(&self) -> String {
        let mut object = Map::new();
        let mut unnamed = Vec::new();
        for (name, value) in &self.data {
            match name.as_str() {
                "" => unnamed.push(Value::from(value.as_str())),
                name => drop(object.insert(name.to_owned(), Value::from(value.as_str()))),
            }
        }
        if !unnamed.is_empty() {
            object.insert("Data".to_owned(), Value::Array(unnamed));
        }
        Value::Object(object).to_string()
    }

    /// The data as `Event` has them in `EventData`.
    pub(super) fn data_item(&self) -> String {
        match self.data_xml.as_str() {
            "" => String::new(),
            data => format!("<DataItem type=\"System.XmlData\" time=\"{}\">{data}</DataItem>", self.system.time),
        }
    }

    /// The values of the data as `Event` has them in `ParameterXml`.
    pub(super) fn parameters(&self) -> String {
        let parameter = |(_, value): &(String, String)| format!("<Param>{}</Param>", quick_xml::escape::escape(value));
        self.data.iter().map(parameter).collect()
    }
}

/// The sections in which the data of an event stand.
fn is_data(name: &str) -> bool {
    matches!(name, "EventData" | "UserData")
}

/// Whether what comes stands in the section that every event has.
fn is_system(open: &[Open]) -> bool {
    open.get(1).is_some_and(|section| section.name == "System")
}

/// `<Data Name="x">` is called x, an element of the user's data by itself.
fn name_of(section: &str, element: &Open) -> String {
    match (&element.datum, section) {
        (Some(name), _) => name.clone(),
        (None, "UserData") => element.name.clone(),
        (None, _) => String::new(),
    }
}

fn without_declaration(xml: &str) -> &str {
    match xml.trim_start().strip_prefix("<?xml") {
        Some(rest) => rest.split_once("?>").map_or(rest, |(_, rest)| rest).trim_start(),
        None => xml,
    }
}

/// The namespace that the data have of the element around them.
fn with_namespace(data: &str) -> String {
    match data.strip_prefix("<EventData") {
        Some(rest) if !rest.starts_with(" xmlns") => {
            format!("<EventData xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"{rest}")
        }
        _ => data.to_owned(),
    }
}

fn append(text: &str, open: &mut [Open]) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = start.attributes().flatten().find(|attribute| attribute.key.as_ref() == name)?;
    found.normalized_value(XmlVersion::Implicit1_0).ok().map(|value| value.into_owned())
}

impl System {
    fn attributes(&mut self, element: &str, start: &BytesStart<'_>) {
        let told = |name: &str| attribute(start, name).unwrap_or_default();
        match element {
            "Provider" => self.provider = told("Name"),
            "TimeCreated" => self.time = told("SystemTime"),
            "Correlation" => self.activity_id = told("ActivityID"),
            "Execution" => {
                self.process_id = told("ProcessID");
                self.thread_id = told("ThreadID");
            }
            "Security" => self.user_id = told("UserID"),
            _ => {}
        }
    }

    fn text(&mut self, element: &str, text: &str) {
        let place = match element {
            "EventID" => &mut self.event_id,
            "Version" => &mut self.version,
            "Level" => &mut self.level,
            "Task" => &mut self.task,
            "Opcode" => &mut self.opcode,
            "Keywords" => &mut self.keywords,
            "EventRecordID" => &mut self.record_id,
            "Channel" => &mut self.channel,
            "Computer" => &mut self.computer,
            _ => return,
        };
        place.clear();
        place.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_each_kind() {
        let xml = "<?xml version=\"1.0\" encoding=\"utf-8\"?><Event xmlns=\"u\"><System><Provider Name=\"P\"></Provider>\
            <EventID Qualifiers=\"\">7</EventID><TimeCreated SystemTime=\"2026-11-21T08:00:00Z\"></TimeCreated>\
            <Channel>C</Channel><Security UserID=\"S-1\"></Security></System>\
            <EventData><Data Name=\"A\">x &amp; &lt;y&gt;</Data><Data>z</Data><Data Name=\"B\"></Data></EventData></Event>";
        let record = EventRecord::parse(xml).unwrap();
        assert_eq!((record.system.provider.as_str(), record.system.event_id.as_str()), ("P", "7"));
        assert_eq!((record.system.user_id.as_str(), record.system.channel.as_str()), ("S-1", "C"));
        assert_eq!(record.datum("a"), Some("x & <y>"));
        assert_eq!(record.data_as_json(), r#"{"A":"x & <y>","B":"","Data":["z"]}"#);
        assert_eq!(record.parameters(), "<Param>x &amp; &lt;y&gt;</Param><Param>z</Param><Param></Param>");
        assert_eq!(
            record.data_item(),
            "<DataItem type=\"System.XmlData\" time=\"2026-11-21T08:00:00Z\">\
             <EventData xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">\
             <Data Name=\"A\">x &amp; &lt;y&gt;</Data><Data>z</Data><Data Name=\"B\"></Data></EventData></DataItem>"
        );
        let user =
            "<Event><System><EventID>1</EventID></System><UserData><E xmlns=\"v\"><Who>me</Who></E></UserData></Event>";
        assert_eq!(EventRecord::parse(user).unwrap().datum("Who"), Some("me"));
        assert!(EventRecord::parse("<Event></Event>").is_none());
        assert!(EventRecord::parse("<Event>").is_none());
    }
}
