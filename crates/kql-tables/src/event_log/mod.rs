//! Windows event logs (`.evtx`) as the tables that Sentinel makes of them: `SecurityEvent`, `WindowsEvent`, and `Event`
//! under any other name.
//!
//! [`event`] reads one record, [`security`] knows what Sentinel tells of security events beside what stands in them, and
//! here each column finds its value.

mod event;
mod security;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use evtx::err::{DeserializationError, EvtxError};
use evtx::{EvtxParser, IntoIterChunks, ParserSettings};
use kql_types::{ScalarType, Schema};

use crate::columns::TableColumn;
use crate::text_scan::{BatchBuilder, RecordDecoder, RecordError};
use event::EventRecord;

/// The first bytes of such a file.
pub(crate) const MAGIC: &[u8] = b"ElfFile\0";

/// The columns of a log in a table of a name that is none of Sentinel's.
pub(crate) fn columns() -> Schema {
    kql_catalog::table("Event").unwrap_or_default()
}

/// The shape of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Event,
    SecurityEvent,
    WindowsEvent,
}

/// Decodes the records of a log, one 64 KiB chunk of it at a time.
pub(crate) struct EventLogDecoder {
    chunks: IntoIterChunks<std::io::Cursor<Vec<u8>>>,
    settings: Arc<ParserSettings>,
    records: VecDeque<Result<EventRecord, String>>,
    columns: Vec<TableColumn>,
    shape: Shape,
}

impl EventLogDecoder {
    pub(crate) fn new(bytes: Vec<u8>, table: &str, columns: &[TableColumn]) -> Result<EventLogDecoder, RecordError> {
        let settings = ParserSettings::new().indent(false);
        let parser = EvtxParser::from_buffer(bytes).map_err(|error| RecordError::fatal(0, told(&error)))?;
        let shape = match table {
            "SecurityEvent" => Shape::SecurityEvent,
            "WindowsEvent" => Shape::WindowsEvent,
            _ => Shape::Event,
        };
        Ok(EventLogDecoder {
            chunks: parser.with_configuration(settings.clone()).into_chunks(),
            settings: Arc::new(settings),
            records: VecDeque::new(),
            columns: columns.to_vec(),
            shape,
        })
    }

    /// Takes the records of the next chunk; `false` when there is none.
    fn open_chunk(&mut self) -> Result<bool, RecordError> {
        let mut chunk = match self.chunks.next() {
            None => return Ok(false),
            // Windows makes files longer than what is in them.
            Some(Err(error)) if is_unused(&error) => return Ok(true),
            Some(Err(error)) => return Err(RecordError::skippable(0, told(&error))),
            Some(Ok(chunk)) => chunk,
        };
        let mut chunk =
            chunk.parse(self.settings.clone()).map_err(|error| RecordError::skippable(0, error.to_string()))?;
        for record in chunk.iter() {
            let xml = record.and_then(|record| record.into_xml()).map_err(|error| told(&error));
            self.records.push_back(xml.and_then(|record| {
                let number = record.event_record_id;
                EventRecord::parse(&record.data).ok_or_else(|| format!("record {number} is not an event"))
            }));
        }
        Ok(true)
    }
}

/// Whether a chunk cannot be read since nothing has been written there.
fn is_unused(error: &EvtxError) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(DeserializationError::InvalidEvtxChunkMagic { magic: [0, 0, 0, 0, 0, 0, 0, 0] }) =
            error.downcast_ref()
        {
            return true;
        }
        cause = error.source();
    }
    false
}

/// An error and what lies behind it.
fn told(error: &EvtxError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl RecordDecoder for EventLogDecoder {
    fn decode(&mut self, batch: &mut BatchBuilder) -> Result<bool, RecordError> {
        let record = loop {
            match self.records.pop_front() {
                Some(record) => break record.map_err(|message| RecordError::skippable(0, message))?,
                None if self.open_chunk()? => {}
                None => return Ok(false),
            }
        };
        let (columns, shape) = (&self.columns, self.shape);
        batch.append_row(|place, column| {
            let value = columns.get(place).and_then(|column| value(&record, column, shape));
            match value {
                Some(value) => column.append_unquoted(&value, 0),
                None => {
                    column.append_null();
                    Ok(())
                }
            }
        })?;
        Ok(true)
    }
}

/// The value of a column in a record, as text.
fn value<'r>(record: &'r EventRecord, column: &TableColumn, shape: Shape) -> Option<Cow<'r, str>> {
    let system = &record.system;
    let own = |value: &'r str| Some(Cow::Borrowed(value));
    match column.name.as_str() {
        "TimeGenerated" => own(&system.time),
        "Computer" => own(&system.computer),
        "Source" | "EventSourceName" | "Provider" => own(&system.provider),
        "EventLog" | "Channel" => own(&system.channel),
        "EventID" => own(&system.event_id),
        "EventLevel" | "Level" => own(&system.level),
        "EventLevelName" => own(level_name(&system.level)),
        "EventCategory" | "Task" => own(&system.task),
        "Opcode" => own(&system.opcode),
        "Keywords" => own(&system.keywords),
        "Version" => own(&system.version),
        "EventRecordId" => own(&system.record_id),
        "Correlation" => own(&system.activity_id),
        "SystemProcessId" => own(&system.process_id),
        "SystemThreadId" => own(&system.thread_id),
        "SystemUserId" => own(&system.user_id),
        "UserName" if shape == Shape::Event => own(user_name(&system.user_id)),
        "RawEventData" => own(&record.xml),
        "ParameterXml" => Some(Cow::Owned(record.parameters())),
        "EventData" if column.scalar_type == ScalarType::Dynamic => Some(Cow::Owned(record.data_as_json())),
        "EventData" if shape == Shape::Event => Some(Cow::Owned(record.data_item())),
        "EventData" => own(&record.data_xml),
        name if shape == Shape::SecurityEvent => security::value(record, name).or_else(|| own(record.datum(name)?)),
        name => own(record.datum(name)?),
    }
}

/// What Windows calls a level.
fn level_name(level: &str) -> &'static str {
    match level {
        "0" => "LogAlways",
        "1" => "Critical",
        "2" => "Error",
        "3" => "Warning",
        "4" => "Information",
        "5" => "Verbose",
        _ => "",
    }
}

/// The name of a user whose identifier is the same on every machine; of others, only the identifier is known here.
fn user_name(user_id: &str) -> &str {
    match user_id {
        "" => "N/A",
        "S-1-5-18" => "NT AUTHORITY\\SYSTEM",
        "S-1-5-19" => "NT AUTHORITY\\LOCAL SERVICE",
        "S-1-5-20" => "NT AUTHORITY\\NETWORK SERVICE",
        other => other,
    }
}
