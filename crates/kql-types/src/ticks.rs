//! Ticks: the 100 ns units in which `datetime` and `timespan` are counted, and the calendar over them.

/// Ticks in a microsecond.
pub const PER_MICROSECOND: i64 = 10;
/// Ticks in a millisecond.
pub const PER_MILLISECOND: i64 = 10_000;
/// Ticks in a second.
pub const PER_SECOND: i64 = 10_000_000;
/// Ticks in a minute.
pub const PER_MINUTE: i64 = 60 * PER_SECOND;
/// Ticks in an hour.
pub const PER_HOUR: i64 = 60 * PER_MINUTE;
/// Ticks in a day.
pub const PER_DAY: i64 = 24 * PER_HOUR;
/// The ticks of 1970-01-01T00:00:00Z.
pub const UNIX_EPOCH: i64 = 719_162 * PER_DAY;
/// The last tick of year 9999: the largest `datetime`.
pub const MAX_DATETIME: i64 = 3_652_059 * PER_DAY - 1;
