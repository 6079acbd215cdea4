//! What Sentinel tells of security events beside what stands in them: accounts in one piece, activities, names of logon
//! types.

use std::borrow::Cow;

use super::event::EventRecord;

/// The value of a column of `SecurityEvent` that is made of others; `None` where the column is a datum of its own.
pub(super) fn value<'r>(record: &'r EventRecord, column: &str) -> Option<Cow<'r, str>> {
    match column {
        "Activity" => Some(activity(&record.system.event_id)),
        "Account" => account(record).map(Cow::Owned),
        "AccountType" => {
            let is_machine = account(record)?.ends_with('$');
            Some(Cow::Borrowed(if is_machine { "Machine" } else { "User" }))
        }
        "SubjectAccount" => joined(record, "SubjectDomainName", "SubjectUserName").map(Cow::Owned),
        "TargetAccount" => joined(record, "TargetDomainName", "TargetUserName").map(Cow::Owned),
        "LogonTypeName" => record.datum("LogonType").map(logon_type),
        "Process" => {
            let path = record.datum("NewProcessName").or_else(|| record.datum("ProcessName"))?;
            Some(Cow::Borrowed(path.rsplit('\\').next().unwrap_or(path)))
        }
        _ => None,
    }
}

/// The account that the event is about: that of the logon, else the one that acted, else the one that was acted on.
fn account(record: &EventRecord) -> Option<String> {
    let subject = || joined(record, "SubjectDomainName", "SubjectUserName");
    let target = || joined(record, "TargetDomainName", "TargetUserName");
    match record.system.event_id.as_str() {
        "4624" | "4625" => target(),
        _ => subject().or_else(target),
    }
}

fn joined(record: &EventRecord, domain: &str, name: &str) -> Option<String> {
    let name = record.datum(name)?;
    match record.datum(domain) {
        Some(domain) if !domain.is_empty() => Some(format!("{domain}\\{name}")),
        _ => Some(name.to_owned()),
    }
}

fn logon_type(number: &str) -> Cow<'_, str> {
    let name = match number {
        "2" => "Interactive",
        "3" => "Network",
        "4" => "Batch",
        "5" => "Service",
        "7" => "Unlock",
        "8" => "NetworkCleartext",
        "9" => "NewCredentials",
        "10" => "RemoteInteractive",
        "11" => "CachedInteractive",
        "12" => "CachedRemoteInteractive",
        "13" => "CachedUnlock",
        _ => return Cow::Borrowed(number),
    };
    Cow::Owned(format!("{number} - {name}"))
}

/// `4624 - An account was successfully logged on.`; of an event that is not known here, its number.
fn activity(event_id: &str) -> Cow<'_, str> {
    let number: u32 = event_id.parse().unwrap_or_default();
    match ACTIVITIES.iter().find(|(other, _)| *other == number) {
        Some((_, text)) => Cow::Owned(format!("{event_id} - {text}")),
        None => Cow::Borrowed(event_id),
    }
}

/// What Windows says of the events that matter most.
const ACTIVITIES: &[(u32, &str)] = &[
    (1102, "The audit log was cleared."),
    (4608, "Windows is starting up."),
    (4611, "A trusted logon process has been registered with the Local Security Authority."),
    (4616, "The system time was changed."),
    (4624, "An account was successfully logged on."),
    (4625, "An account failed to log on."),
    (4634, "An account was logged off."),
    (4647, "User initiated logoff."),
    (4648, "A logon was attempted using explicit credentials."),
    (4656, "A handle to an object was requested."),
    (4657, "A registry value was modified."),
    (4658, "The handle to an object was closed."),
    (4660, "An object was deleted."),
    (4661, "A handle to an object was requested."),
    (4662, "An operation was performed on an object."),
    (4663, "An attempt was made to access an object."),
    (4670, "Permissions on an object were changed."),
    (4672, "Special privileges assigned to new logon."),
    (4673, "A privileged service was called."),
    (4674, "An operation was attempted on a privileged object."),
    (4688, "A new process has been created."),
    (4689, "A process has exited."),
    (4690, "An attempt was made to duplicate a handle to an object."),
    (4696, "A primary token was assigned to process."),
    (4697, "A service was installed in the system."),
    (4698, "A scheduled task was created."),
    (4699, "A scheduled task was deleted."),
    (4700, "A scheduled task was enabled."),
    (4701, "A scheduled task was disabled."),
    (4702, "A scheduled task was updated."),
    (4703, "A user right was adjusted."),
    (4704, "A user right was assigned."),
    (4719, "System audit policy was changed."),
    (4720, "A user account was created."),
    (4722, "A user account was enabled."),
    (4723, "An attempt was made to change an account's password."),
    (4724, "An attempt was made to reset an account's password."),
    (4725, "A user account was disabled."),
    (4726, "A user account was deleted."),
    (4727, "A security-enabled global group was created."),
    (4728, "A member was added to a security-enabled global group."),
    (4729, "A member was removed from a security-enabled global group."),
    (4730, "A security-enabled global group was deleted."),
    (4731, "A security-enabled local group was created."),
    (4732, "A member was added to a security-enabled local group."),
    (4733, "A member was removed from a security-enabled local group."),
    (4734, "A security-enabled local group was deleted."),
    (4735, "A security-enabled local group was changed."),
    (4737, "A security-enabled global group was changed."),
    (4738, "A user account was changed."),
    (4739, "Domain Policy was changed."),
    (4740, "A user account was locked out."),
    (4741, "A computer account was created."),
    (4742, "A computer account was changed."),
    (4743, "A computer account was deleted."),
    (4755, "A security-enabled universal group was changed."),
    (4756, "A member was added to a security-enabled universal group."),
    (4757, "A member was removed from a security-enabled universal group."),
    (4767, "A user account was unlocked."),
    (4768, "A Kerberos authentication ticket (TGT) was requested."),
    (4769, "A Kerberos service ticket was requested."),
    (4770, "A Kerberos service ticket was renewed."),
    (4771, "Kerberos pre-authentication failed."),
    (4776, "The computer attempted to validate the credentials for an account."),
    (4778, "A session was reconnected to a Window Station."),
    (4779, "A session was disconnected from a Window Station."),
    (4781, "The name of an account was changed."),
    (4797, "An attempt was made to query the existence of a blank password for an account."),
    (4798, "A user's local group membership was enumerated."),
    (4799, "A security-enabled local group membership was enumerated."),
    (4946, "A change has been made to Windows Firewall exception list. A rule was added."),
    (5136, "A directory service object was modified."),
    (5137, "A directory service object was created."),
    (5140, "A network share object was accessed."),
    (5142, "A network share object was added."),
    (5145, "A network share object was checked to see whether client can be granted desired access."),
    (5152, "The Windows Filtering Platform blocked a packet."),
    (
        5154,
        "The Windows Filtering Platform has permitted an application or service to listen on a port for incoming connections.",
    ),
    (5156, "The Windows Filtering Platform has permitted a connection."),
    (5157, "The Windows Filtering Platform has blocked a connection."),
    (5158, "The Windows Filtering Platform has permitted a bind to a local port."),
];
