//! The words that a rule may use.

/// The tactics of ATT&CK (enterprise, mobile and industrial control systems), as Sentinel writes them.
const TACTICS: &[&str] = &[
    "PreAttack",
    "Reconnaissance",
    "ResourceDevelopment",
    "InitialAccess",
    "Execution",
    "Persistence",
    "PrivilegeEscalation",
    "DefenseEvasion",
    "DefenseImpairment",
    "Stealth",
    "CredentialAccess",
    "Discovery",
    "LateralMovement",
    "Collection",
    "CommandAndControl",
    "Exfiltration",
    "Impact",
    "Evasion",
    "ImpairProcessControl",
    "InhibitResponseFunction",
    "NetworkEffects",
    "RemoteServiceEffects",
];

/// The entities that Sentinel knows.
const ENTITIES: &[&str] = &[
    "Account",
    "AzureResource",
    "CloudApplication",
    "DNS",
    "File",
    "FileHash",
    "Host",
    "IoTDevice",
    "IP",
    "Mailbox",
    "MailCluster",
    "MailMessage",
    "Malware",
    "Process",
    "RegistryKey",
    "RegistryValue",
    "SecurityGroup",
    "SentinelEntities",
    "SubmissionMail",
    "URL",
];

/// A tactic as Sentinel writes it, from any way to write it: `Initial Access`, `initial-access`.
pub(super) fn tactic(text: &str) -> Option<&'static str> {
    let wanted = folded(text);
    TACTICS.iter().copied().find(|known| folded(known) == wanted)
}

/// The tactic that was probably meant.
pub(super) fn near_tactic(text: &str) -> Option<&'static str> {
    let wanted = folded(text);
    let common =
        |known: &str| folded(known).chars().zip(wanted.chars()).take_while(|(one, other)| one == other).count();
    TACTICS.iter().copied().max_by_key(|known| common(known)).filter(|known| common(known) >= 4)
}

fn folded(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a text has the form of a technique's id: `T1566`, `T1566.001`.
pub(super) fn is_technique(text: &str) -> bool {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(number) = text.strip_prefix('T') else { return false };
    match number.split_once('.') {
        None => digits(number, 4),
        Some((technique, part)) => digits(technique, 4) && digits(part, 3),
    }
}

/// Whether Sentinel has such entities; upper and lower case are alike.
pub(super) fn is_entity(text: &str) -> bool {
    ENTITIES.iter().any(|known| known.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_as_people_write_them() {
        assert_eq!(tactic("Initial Access"), Some("InitialAccess"));
        assert_eq!(tactic("command-and-control"), Some("CommandAndControl"));
        assert_eq!(tactic("InitialAcess"), None);
        assert_eq!(near_tactic("InitialAcess"), Some("InitialAccess"));
        assert_eq!(near_tactic("Xyz"), None);
        assert!(is_technique("T1566") && is_technique("T1566.001") && is_technique("T0801"));
        assert!(!is_technique("T156") && !is_technique("1566") && !is_technique("T1566.1") && !is_technique("t1566"));
        assert!(is_entity("ip") && !is_entity("Acount"));
    }
}
