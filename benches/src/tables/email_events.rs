//! EmailEvents: mail in, out and within, a few messages with threats.

use super::{address, display_name, domain, time_of, user_name};
use crate::random::{Random, guid_of};
use crate::row::Row;

const SUBJECTS: [&str; 8] = [
    "Re: Purchase order",
    "Invoice overdue",
    "Q4 forecast and plan",
    "Your mailbox is almost full",
    "Meeting notes",
    "Fwd: Contract renewal for the next year",
    "Payment \"urgent\"",
    "Weekly report",
];

pub fn row(random: &mut Random, row: u64, rows: u64, to: &mut dyn Row) {
    let time = time_of(random, row, rows);
    let direction = match random.below(10) {
        0..5 => "Inbound",
        5..8 => "Outbound",
        _ => "Intra-org",
    };
    let (user, outside) = (random.skewed(20_000), random.below(50_000));
    let own = format!("{}@contoso.com", user_name(user));
    let other_domain = if direction == "Intra-org" { "contoso.com".to_owned() } else { domain(random) };
    let other = format!("{}@{other_domain}", user_name(outside));
    let outgoing = direction == "Outbound";
    let (sender, recipient) = if outgoing { (&own, &other) } else { (&other, &own) };
    let sender_domain = if outgoing { "contoso.com" } else { &other_domain };
    let threat = match random.below(100) {
        0..2 => "Phish",
        2 => "Malware",
        3 => "Phish, Malware",
        _ => "",
    };
    let message = random.guid();
    to.time("Timestamp", time);
    to.text("NetworkMessageId", &message);
    to.text("InternetMessageId", &format!("<{}@mail.{sender_domain}>", random.hex(24)));
    to.text("EmailDirection", direction);
    to.text("SenderMailFromAddress", sender);
    to.text("SenderFromAddress", sender);
    to.text("SenderFromDomain", sender_domain);
    to.text("SenderMailFromDomain", sender_domain);
    to.text("SenderDisplayName", &display_name(if outgoing { user } else { outside }));
    to.text("SenderObjectId", &if outgoing { guid_of(user) } else { String::new() });
    to.text("SenderIPv4", &address(random, 30_000));
    to.text("SenderIPv6", "");
    to.text("RecipientEmailAddress", recipient);
    to.text("RecipientObjectId", &if outgoing { String::new() } else { guid_of(user) });
    to.text("RecipientDomain", if outgoing { &other_domain } else { "contoso.com" });
    to.text("Subject", &format!("{} {}", random.pick(&SUBJECTS), random.below(100_000)));
    to.text("EmailClusterId", &random.below(4_000_000_000).to_string());
    to.text("EmailLanguage", random.pick(&["en", "de", "fr", "sv"]));
    to.text(
        "DeliveryAction",
        if threat.is_empty() { "Delivered" } else { random.pick(&["Blocked", "Junked", "Delivered"]) },
    );
    to.text("DeliveryLocation", random.pick(&["Inbox/folder", "Quarantine", "Junk folder", "On-premises/external"]));
    to.text("ThreatTypes", threat);
    to.text("ThreatNames", if threat.contains("Malware") { "Trojan_Agent.KX" } else { "" });
    to.text(
        "DetectionMethods",
        if threat.is_empty() { "" } else { r#"{"Phish":["URL detonation reputation","Advanced filter"]}"# },
    );
    to.text("ConfidenceLevel", if threat.is_empty() { "" } else { r#"{"Phish":"High"}"# });
    to.text("AuthenticationDetails", r#"{"SPF":"pass","DKIM":"pass","DMARC":"bestguesspass","CompAuth":"pass"}"#);
    to.text("Connectors", "Inbound from Internet");
    to.text("EmailAction", if threat.is_empty() { "" } else { "Move to junk folder" });
    to.text("OrgLevelPolicy", "");
    to.text("UserLevelPolicy", random.pick(&["", "Safe sender"]));
    to.number("AttachmentCount", random.below(4) as i64);
    to.number("UrlCount", random.below(9) as i64);
    to.number("EmailSize", 2_000 + random.below(400_000) as i64);
    to.flag("IsFirstContact", random.chance(12));
    to.json("To", &format!(r#"["{recipient}"]"#));
    to.text("ReportId", &format!("{message}-{}", random.below(20_000)));
}
