//! MessageEvents: Teams messages, each with its recipients as a dynamic array.

use super::{display_name, domain, time_of, user_name};
use crate::random::{Random, guid_of};
use crate::row::Row;

pub fn row(random: &mut Random, row: u64, rows: u64, to: &mut dyn Row) {
    let time = time_of(random, row, rows);
    let external = random.chance(40);
    let owned = random.chance(60);
    let sender = random.skewed(20_000);
    let outside = external && !owned;
    let sender_domain = if outside { domain(random) } else { "contoso.com".to_owned() };
    let threat = if outside && random.chance(6) { "Phish" } else { "" };
    let mut recipients = String::from("[");
    for index in 0..1 + random.below(4) {
        let user = random.skewed(40_000);
        let of = if external && random.chance(70) { domain(random) } else { "contoso.com".to_owned() };
        if index > 0 {
            recipients.push(',');
        }
        recipients.push_str(&format!(
            r#"{{"RecipientSmtpAddress":"{}@{of}","RecipientDisplayName":"{}","RecipientObjectId":"{}","RecipientType":"User"}}"#,
            user_name(user),
            display_name(user),
            guid_of(user)
        ));
    }
    recipients.push(']');
    let message = 1_763_000_000_000 + row;
    to.time("Timestamp", time);
    to.text("TeamsMessageId", &message.to_string());
    to.text("ThreadId", &format!("19:{}@thread.v2", guid_of(random.skewed(80_000))));
    to.text("ThreadName", random.pick(&["", "Project Falcon", "Release train", "Procurement questions and answers"]));
    to.text("ThreadType", random.pick(&["chat", "channel", "meeting"]));
    to.text("MessageType", "Text");
    to.text("SenderEmailAddress", &format!("{}@{sender_domain}", user_name(sender)));
    to.text("SenderDisplayName", &display_name(sender));
    to.text("SenderObjectId", &guid_of(sender));
    to.text("SenderType", "User");
    to.flag("IsExternalThread", external);
    to.flag("IsOwnedThread", owned);
    to.json("RecipientDetails", &recipients);
    to.text("Subject", random.pick(&["", "", "Question about the contract", "Lunch?"]));
    to.text("MessageVersion", &random.below(4_000_000_000).to_string());
    to.text("GroupId", &guid_of(random.below(3_000)));
    to.text("GroupName", random.pick(&["Sales EMEA", "Engineering", "Finance and controlling", "All employees"]));
    to.text("ThreatTypes", threat);
    to.text("DetectionMethods", if threat.is_empty() { "" } else { r#"{"Phish":["URL malicious reputation"]}"# });
    to.text("ConfidenceLevel", if threat.is_empty() { "" } else { "High" });
    to.text("DeliveryAction", if threat.is_empty() { "Delivered" } else { "Blocked" });
    to.text("DeliveryLocation", if threat.is_empty() { "Teams" } else { "Quarantine" });
    to.text("SafetyTip", "");
    to.text("ReportId", &format!("{}-{row}", random.guid()));
}
