//! Where the cells of a row go: a line of NDJSON, or the columns of a Parquet file.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanBuilder, Int64Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use arrow::error::ArrowError;

/// Takes the cells of a row, in the order of the columns.
pub trait Row {
    /// A point in time, in microseconds since 1970.
    fn time(&mut self, column: &'static str, micros: i64);
    /// Text.
    fn text(&mut self, column: &'static str, text: &str);
    /// A whole number.
    fn number(&mut self, column: &'static str, number: i64);
    /// A truth value.
    fn flag(&mut self, column: &'static str, flag: bool);
    /// A dynamic value, as JSON text.
    fn json(&mut self, column: &'static str, json: &str);
}

/// Rows as lines of JSON.
#[derive(Default)]
pub struct Lines {
    pub text: String,
    begun: bool,
}

impl Lines {
    fn name(&mut self, column: &str) {
        self.text.push(if self.begun { ',' } else { '{' });
        self.begun = true;
        self.text.push('"');
        self.text.push_str(column);
        self.text.push_str("\":");
    }

    /// Ends the line.
    pub fn end(&mut self) {
        self.text.push_str("}\n");
        self.begun = false;
    }
}

impl Row for Lines {
    fn time(&mut self, column: &'static str, micros: i64) {
        self.name(column);
        let (days, rest) = (micros.div_euclid(86_400_000_000), micros.rem_euclid(86_400_000_000));
        let (year, month, day) = civil_day(days);
        let (hour, minute) = (rest / 3_600_000_000, rest / 60_000_000 % 60);
        let (second, fraction) = (rest / 1_000_000 % 60, rest % 1_000_000);
        let _ = write!(self.text, "\"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:06}Z\"");
    }

    fn text(&mut self, column: &'static str, text: &str) {
        self.name(column);
        self.text.push('"');
        for character in text.chars() {
            if matches!(character, '"' | '\\') {
                self.text.push('\\');
            }
            self.text.push(character);
        }
        self.text.push('"');
    }

    fn number(&mut self, column: &'static str, number: i64) {
        self.name(column);
        let _ = write!(self.text, "{number}");
    }

    fn flag(&mut self, column: &'static str, flag: bool) {
        self.name(column);
        self.text.push_str(if flag { "true" } else { "false" });
    }

    fn json(&mut self, column: &'static str, json: &str) {
        self.name(column);
        self.text.push_str(json);
    }
}

/// The year, month and day of a day counted from 1970 (Hinnant's `civil_from_days`).
fn civil_day(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

enum Builder {
    Time(TimestampMicrosecondBuilder),
    Text(StringBuilder),
    Number(Int64Builder),
    Flag(BooleanBuilder),
}

/// Rows as Arrow columns.
#[derive(Default)]
pub struct Columns {
    columns: Vec<(&'static str, Builder)>,
    next: usize,
}

impl Columns {
    fn builder(&mut self, column: &'static str, new: fn() -> Builder) -> Option<&mut Builder> {
        if self.next == self.columns.len() {
            self.columns.push((column, new()));
        }
        self.next += 1;
        let (_, builder) = self.columns.get_mut(self.next - 1)?;
        Some(builder)
    }

    /// Ends the row.
    pub fn end(&mut self) {
        self.next = 0;
    }

    /// The rows so far, which are then forgotten.
    pub fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        let mut fields = Vec::new();
        let mut arrays: Vec<ArrayRef> = Vec::new();
        for (name, builder) in &mut self.columns {
            let (kind, array): (DataType, ArrayRef) = match builder {
                Builder::Time(builder) => (
                    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
                    Arc::new(builder.finish().with_timezone("UTC")),
                ),
                Builder::Text(builder) => (DataType::Utf8, Arc::new(builder.finish())),
                Builder::Number(builder) => (DataType::Int64, Arc::new(builder.finish())),
                Builder::Flag(builder) => (DataType::Boolean, Arc::new(builder.finish())),
            };
            fields.push(Field::new(*name, kind, true));
            arrays.push(array);
        }
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
    }
}

impl Row for Columns {
    fn time(&mut self, column: &'static str, micros: i64) {
        if let Some(Builder::Time(builder)) = self.builder(column, || Builder::Time(TimestampMicrosecondBuilder::new()))
        {
            builder.append_value(micros);
        }
    }

    fn text(&mut self, column: &'static str, text: &str) {
        if let Some(Builder::Text(builder)) = self.builder(column, || Builder::Text(StringBuilder::new())) {
            builder.append_value(text);
        }
    }

    fn number(&mut self, column: &'static str, number: i64) {
        if let Some(Builder::Number(builder)) = self.builder(column, || Builder::Number(Int64Builder::new())) {
            builder.append_value(number);
        }
    }

    fn flag(&mut self, column: &'static str, flag: bool) {
        if let Some(Builder::Flag(builder)) = self.builder(column, || Builder::Flag(BooleanBuilder::new())) {
            builder.append_value(flag);
        }
    }

    fn json(&mut self, column: &'static str, json: &str) {
        self.text(column, json);
    }
}
