//! The tables: one file each, which says what stands in a row.

mod device_process_events;
mod email_events;
mod message_events;
mod signin_logs;

use crate::random::{Random, hex_of};
use crate::row::Row;

/// What a table is called, and how a row of it is made.
pub struct Table {
    /// The name that queries use.
    pub name: &'static str,
    /// Writes one row.
    pub row: fn(&mut Random, u64, u64, &mut dyn Row),
}

/// Every table.
pub const TABLES: [Table; 4] = [
    Table { name: "EmailEvents", row: email_events::row },
    Table { name: "MessageEvents", row: message_events::row },
    Table { name: "DeviceProcessEvents", row: device_process_events::row },
    Table { name: "SigninLogs", row: signin_logs::row },
];

/// Seven days from here on are covered, whatever the number of rows: 2026-11-01.
const START: i64 = 1_793_491_200_000_000;
const LENGTH: i64 = 7 * 86_400_000_000;

/// The time of row `row` of `rows`: rows come nearly in the order of time, as exports do.
fn time_of(random: &mut Random, row: u64, rows: u64) -> i64 {
    let part = (LENGTH as u64 / rows.max(1)).max(1);
    START + (row * part) as i64 + random.below(60_000_000) as i64
}

const FIRST_NAMES: [&str; 16] = [
    "ann", "ben", "carla", "diego", "eve", "farid", "grace", "hao", "isaiah", "johanna", "kim", "lynne", "megan",
    "nestor", "oksana", "pradeep",
];
const LAST_NAMES: [&str; 16] = [
    "akers", "bowen", "chen", "dubois", "ekstrom", "fischer", "gupta", "haas", "ivanov", "jensen", "kowalski",
    "langer", "moreau", "nakamura", "ortega", "petrov",
];

/// The mailbox name of user `user`.
fn user_name(user: u64) -> String {
    let first = FIRST_NAMES.get(user as usize % 16).copied().unwrap_or_default();
    let last = LAST_NAMES.get(user as usize / 16 % 16).copied().unwrap_or_default();
    format!("{first}.{last}{}", user / 256)
}

/// The name that people read, of user `user`.
fn display_name(user: u64) -> String {
    let name = user_name(user);
    name.split('.')
        .map(|part| {
            let mut letters = part.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// One of the companies that mail is exchanged with; a few are much more usual.
fn domain(random: &mut Random) -> String {
    match random.skewed(4000) {
        0..40 => "fabrikam.com".to_owned(),
        40..80 => "Litware.com".to_owned(),
        number => format!("partner{number:04}.example"),
    }
}

/// An IPv4 address of one of `count` hosts.
fn address(random: &mut Random, count: u64) -> String {
    let host = random.skewed(count);
    let hash = u64::from_str_radix(&hex_of(host, 8), 16).unwrap_or_default();
    format!("{}.{}.{}.{}", 11 + hash % 200, hash >> 8 & 255, hash >> 16 & 255, 1 + (hash >> 24) % 250)
}
