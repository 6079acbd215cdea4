//! The tactics and techniques of MITRE ATT&CK: enterprise, mobile and industrial control systems.

use kql_semantics::did_you_mean;

/// The tactics, as Sentinel writes them.
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

/// The numbers that techniques have had, those that were taken back included. Newer ones come behind the last.
const NUMBERS: &[std::ops::RangeInclusive<u16>] = &[800..=899, 1001..=1799];

/// Techniques with the number of their sub-techniques.
const PARTS: &[(u16, u16)] = &[
    (1001, 3),
    (1003, 8),
    (1011, 1),
    (1016, 2),
    (1020, 1),
    (1021, 8),
    (1027, 17),
    (1036, 12),
    (1037, 5),
    (1048, 3),
    (1052, 1),
    (1053, 7),
    (1055, 15),
    (1056, 4),
    (1059, 13),
    (1069, 3),
    (1070, 10),
    (1071, 5),
    (1074, 2),
    (1078, 4),
    (1087, 4),
    (1090, 4),
    (1098, 7),
    (1102, 3),
    (1110, 4),
    (1114, 3),
    (1127, 3),
    (1132, 2),
    (1134, 5),
    (1136, 3),
    (1137, 6),
    (1176, 2),
    (1195, 3),
    (1204, 5),
    (1205, 2),
    (1213, 6),
    (1216, 2),
    (1218, 15),
    (1222, 2),
    (1406, 2),
    (1417, 2),
    (1430, 2),
    (1437, 1),
    (1474, 3),
    (1481, 3),
    (1484, 2),
    (1485, 1),
    (1491, 2),
    (1496, 4),
    (1497, 3),
    (1498, 2),
    (1499, 4),
    (1505, 6),
    (1518, 2),
    (1521, 3),
    (1542, 5),
    (1543, 5),
    (1546, 18),
    (1547, 15),
    (1548, 6),
    (1550, 4),
    (1552, 8),
    (1553, 6),
    (1555, 6),
    (1556, 9),
    (1557, 4),
    (1558, 5),
    (1559, 3),
    (1560, 3),
    (1561, 2),
    (1562, 13),
    (1563, 2),
    (1564, 14),
    (1565, 3),
    (1566, 4),
    (1567, 4),
    (1568, 3),
    (1569, 3),
    (1573, 2),
    (1574, 14),
    (1578, 5),
    (1583, 8),
    (1584, 8),
    (1585, 3),
    (1586, 3),
    (1587, 4),
    (1588, 7),
    (1589, 3),
    (1590, 6),
    (1591, 4),
    (1592, 4),
    (1593, 3),
    (1595, 3),
    (1596, 5),
    (1597, 2),
    (1598, 4),
    (1599, 1),
    (1600, 2),
    (1601, 2),
    (1602, 2),
    (1606, 2),
    (1608, 6),
    (1614, 1),
    (1623, 1),
    (1624, 1),
    (1625, 1),
    (1626, 2),
    (1627, 1),
    (1628, 3),
    (1629, 3),
    (1630, 3),
    (1631, 1),
    (1632, 1),
    (1633, 1),
    (1634, 1),
    (1635, 1),
    (1636, 5),
    (1637, 1),
    (1639, 1),
    (1641, 1),
    (1655, 1),
];

/// How many sub-techniques a technique may have got since.
const NEWER_PARTS: u16 = 4;

/// A tactic as Sentinel writes it, from any way to write it: `Initial Access`, `initial-access`.
pub(super) fn tactic(text: &str) -> Option<&'static str> {
    let wanted = folded(text);
    TACTICS.iter().copied().find(|known| folded(known) == wanted)
}

/// What to write instead of a word that is no tactic.
pub(super) fn tactic_help(text: &str) -> String {
    did_you_mean(&folded(text), TACTICS.iter().copied())
        .unwrap_or_else(|| "a tactic is one of ATT&CK's, without spaces, such as InitialAccess".to_owned())
}

fn folded(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What is wrong with a technique's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WrongTechnique {
    /// It is not of the form `T1566` or `T1566.001`.
    Form,
    /// ATT&CK has no technique of this number.
    Unknown,
    /// The technique has not so many sub-techniques.
    UnknownPart,
}

/// Looks at the id of a technique.
///
/// # Errors
/// What is wrong with it.
pub(super) fn technique(text: &str) -> Result<(), WrongTechnique> {
    let digits = |text: &str, count: usize| {
        let fits = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
        if fits { text.parse::<u16>().map_err(|_| WrongTechnique::Form) } else { Err(WrongTechnique::Form) }
    };
    let number = text.strip_prefix('T').ok_or(WrongTechnique::Form)?;
    let (number, part) = match number.split_once('.') {
        None => (digits(number, 4)?, None),
        Some((number, part)) => (digits(number, 4)?, Some(digits(part, 3)?)),
    };
    if !NUMBERS.iter().any(|numbers| numbers.contains(&number)) {
        return Err(WrongTechnique::Unknown);
    }
    let known = PARTS.iter().find(|(known, _)| *known == number).map_or(0, |(_, parts)| *parts);
    match part {
        Some(part) if part == 0 || part > known + NEWER_PARTS => Err(WrongTechnique::UnknownPart),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tactics_are_known_as_people_write_them() {
        assert_eq!(tactic("Initial Access"), Some("InitialAccess"));
        assert_eq!(tactic("command-and-control"), Some("CommandAndControl"));
        assert_eq!(tactic("InitialAcess"), None);
        assert_eq!(tactic_help("Initial Acess"), "did you mean `InitialAccess`?");
        assert!(tactic_help("Xyz").contains("such as"));
    }

    #[test]
    fn ids_of_techniques_are_looked_up() {
        for right in ["T1566", "T1566.001", "T0801", "T1086", "T1690", "T1059.013", "T1546.018", "T1499.001"] {
            assert_eq!(technique(right), Ok(()), "{right}");
        }
        for (wrong, why) in [
            ("T156", WrongTechnique::Form),
            ("1566", WrongTechnique::Form),
            ("T1566.1", WrongTechnique::Form),
            ("t1566", WrongTechnique::Form),
            ("T1566.00é", WrongTechnique::Form),
            ("T9999", WrongTechnique::Unknown),
            ("T0001", WrongTechnique::Unknown),
            ("T1566.000", WrongTechnique::UnknownPart),
            ("T1566.044", WrongTechnique::UnknownPart),
            ("T1190.050", WrongTechnique::UnknownPart),
        ] {
            assert_eq!(technique(wrong), Err(why), "{wrong}");
        }
    }
}
