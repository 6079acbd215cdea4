//! The entities that Sentinel knows, and what identifies them (Microsoft page: *Microsoft Sentinel entity types
//! reference*).

use kql_semantics::did_you_mean;

/// Types with their identifiers; none where any is taken.
const ENTITIES: &[(&str, &[&str])] = &[
    (
        "Account",
        &[
            "Name",
            "FullName",
            "NTDomain",
            "DnsDomain",
            "UPNSuffix",
            "Sid",
            "AadTenantId",
            "AadUserId",
            "PUID",
            "IsDomainJoined",
            "DisplayName",
            "ObjectGuid",
            "CloudAppAccountId",
            "IsAnonymized",
        ],
    ),
    (
        "Host",
        &[
            "DnsDomain",
            "NTDomain",
            "HostName",
            "FullName",
            "NetBiosName",
            "AzureID",
            "OMSAgentID",
            "OSFamily",
            "OSVersion",
            "IsDomainJoined",
        ],
    ),
    ("IP", &["Address", "AddressScope"]),
    ("URL", &["Url"]),
    ("AzureResource", &["ResourceId"]),
    ("CloudApplication", &["AppId", "Name", "InstanceName"]),
    ("DNS", &["DomainName"]),
    ("File", &["Directory", "Name"]),
    ("FileHash", &["Algorithm", "Value"]),
    ("Malware", &["Name", "Category"]),
    ("Process", &["ProcessId", "CommandLine", "ElevationToken", "CreationTimeUtc"]),
    ("RegistryKey", &["Hive", "Key"]),
    ("RegistryValue", &["Name", "Value", "ValueType"]),
    ("SecurityGroup", &["DistinguishedName", "SID", "ObjectGuid"]),
    ("Mailbox", &["MailboxPrimaryAddress", "DisplayName", "Upn", "ExternalDirectoryObjectId", "RiskLevel"]),
    ("SentinelEntities", &["Entities"]),
    ("IoTDevice", &[]),
    ("MailCluster", &[]),
    ("MailMessage", &[]),
    ("SubmissionMail", &[]),
];

fn found(entity_type: &str) -> Option<&'static (&'static str, &'static [&'static str])> {
    ENTITIES.iter().find(|(known, _)| known.eq_ignore_ascii_case(entity_type))
}

/// Whether Sentinel has such entities; upper and lower case are alike.
pub(super) fn is_entity(entity_type: &str) -> bool {
    found(entity_type).is_some()
}

/// What to write instead of a type that Sentinel does not have.
pub(super) fn entity_help(entity_type: &str) -> String {
    did_you_mean(entity_type, ENTITIES.iter().map(|(known, _)| *known))
        .unwrap_or_else(|| "types are such as Account, Host, IP, URL, FileHash".to_owned())
}

/// What to write instead of an identifier that the entity does not have; `None` where it has it.
pub(super) fn identifier_help(entity_type: &str, identifier: &str) -> Option<String> {
    let (name, known) = found(entity_type)?;
    if known.is_empty() || known.iter().any(|known| known.eq_ignore_ascii_case(identifier)) {
        return None;
    }
    let listed = || format!("{name} has {}", known.join(", "));
    Some(did_you_mean(identifier, known.iter().copied()).unwrap_or_else(listed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_identifiers_are_known() {
        assert!(is_entity("ip") && !is_entity("Acount"));
        assert_eq!(entity_help("Acount"), "did you mean `Account`?");
        assert_eq!(identifier_help("Account", "fullname"), None);
        assert_eq!(identifier_help("MailMessage", "Anything"), None);
        assert_eq!(identifier_help("IP", "Adress").as_deref(), Some("did you mean `Address`?"));
        assert_eq!(identifier_help("Host", "Q").map(|help| help.starts_with("Host has DnsDomain, ")), Some(true));
    }
}
