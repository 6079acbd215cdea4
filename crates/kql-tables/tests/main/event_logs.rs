//! Windows event logs.

use insta::assert_snapshot;
use kql_tables::{OnError, TableOptions};

use crate::support::{folder, known_table_of, read, show, tables, tables_with, try_table_of};
use kql_semantics::Tables;

const SECURITY: &[u8] = include_bytes!("event_logs/security.evtx.gz");
const APPLICATION: &[u8] = include_bytes!("event_logs/application.evtx.gz");

/// The log of the sample as it lies on a disk.
fn log(sample: &[u8]) -> Vec<u8> {
    let mut log = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(sample), &mut log).unwrap();
    log
}

#[test]
fn security_events() {
    let columns =
        ["TimeGenerated", "Computer", "EventID", "Activity", "Account", "AccountType", "LogonType", "LogonTypeName"];
    assert_snapshot!(known_table_of("SecurityEvent.evtx", &log(SECURITY), &columns), @r#"
    2016-06-29T15:24:34.3460000Z | "temporal" | 5152 | "5152 - The Windows Filtering Platform blocked a packet." | "" | "" | null | ""
    2016-06-29T15:24:36.6860000Z | "temporal" | 4611 | "4611 - A trusted logon process has been registered with the Local Security Authority." | "WORKGROUP\\TEMPORAL$" | "Machine" | null | ""
    2016-06-29T15:24:36.6860000Z | "temporal" | 4776 | "4776 - The computer attempted to validate the credentials for an account." | "Administrator" | "User" | null | ""
    2016-06-29T15:24:36.6860000Z | "temporal" | 4625 | "4625 - An account failed to log on." | "TEMPORAL\\Administrator" | "User" | 10 | "10 - RemoteInteractive"
    2016-06-29T15:24:57.0908000Z | "temporal" | 5152 | "5152 - The Windows Filtering Platform blocked a packet." | "" | "" | null | ""
    2016-06-29T15:24:57.0908000Z | "temporal" | 5157 | "5157 - The Windows Filtering Platform has blocked a connection." | "" | "" | null | ""
    2016-06-29T15:25:08.8220000Z | "temporal" | 4673 | "4673 - A privileged service was called." | "WORKGROUP\\TEMPORAL$" | "Machine" | null | ""
    "#);
    let columns = [
        "Channel",
        "EventSourceName",
        "Level",
        "Task",
        "TargetAccount",
        "IpAddress",
        "WorkstationName",
        "Process",
        "EventData",
    ];
    let rows = known_table_of("SecurityEvent.evtx.gz", SECURITY, &columns);
    assert_snapshot!(rows.lines().last().unwrap(), @r#""Security" | "Microsoft-Windows-Security-Auditing" | "0" | 13056 | "" | "" | "" | "lsass.exe" | "<EventData xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><Data Name=\"SubjectUserSid\">S-1-5-18</Data><Data Name=\"SubjectUserName\">TEMPORAL$</Data><Data Name=\"SubjectDomainName\">WORKGROUP</Data><Data Name=\"SubjectLogonId\">0x3e7</Data><Data Name=\"ObjectServer\">Security Account Manager</Data><Data Name=\"Service\">Security Account Manager</Data><Data Name=\"PrivilegeList\">SeTcbPrivilege</Data><Data Name=\"ProcessId\">0x300</Data><Data Name=\"ProcessName\">C:\\Windows\\System32\\lsass.exe</Data></EventData>""#);
}

#[test]
fn other_logs_are_events() {
    let folder = folder(&[("App.evtx", &log(APPLICATION))]);
    let tables = tables(folder.path());
    let schema = tables.schema("App").unwrap();
    assert_eq!(Some(&schema), kql_catalog::table("Event").as_ref());
    let columns = [
        "TimeGenerated",
        "Source",
        "EventLog",
        "EventLevel",
        "EventLevelName",
        "EventID",
        "UserName",
        "RenderedDescription",
        "EventData",
    ];
    let rows = show(&read(&tables, "App", &columns).unwrap(), &schema);
    assert_snapshot!(rows.lines().take(2).collect::<Vec<_>>().join("\n"), @r#"
    2021-03-31T23:51:45.0187674Z | "SecurityCenter" | "Application" | 4 | "Information" | 1 | "N/A" | "" | "<DataItem type=\"System.XmlData\" time=\"2021-03-31T23:51:45.0187674Z\"><EventData xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"></EventData></DataItem>"
    2021-03-31T23:51:47.1125180Z | "SecurityCenter" | "Application" | 4 | "Information" | 15 | "N/A" | "" | "<DataItem type=\"System.XmlData\" time=\"2021-03-31T23:51:47.1125180Z\"><EventData xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><Data>Windows Defender</Data><Data>SECURITY_PRODUCT_STATE_ON</Data></EventData></DataItem>"
    "#);
}

#[test]
fn data_of_windows_events_are_dynamic() {
    let rows = known_table_of("WindowsEvent.evtx", &log(SECURITY), &["Provider", "EventID", "EventData"]);
    assert_snapshot!(rows.lines().next().unwrap(), @r#""Microsoft-Windows-Security-Auditing" | 5152 | {"ProcessId":"0","Application":"-","Direction":"%%14592","SourceAddress":"23.94.153.202","SourcePort":"59639","DestAddress":"169.46.6.101","DestPort":"3389","Protocol":"6","FilterRTID":"67607","LayerName":"%%14597","LayerRTID":"13"}"#);
}

#[test]
fn damaged_logs() {
    let fails = |log: &[u8]| try_table_of("T.evtx", log, TableOptions::default()).unwrap_err();
    assert_snapshot!(fails(b"no event log at all"), @"T.evtx: An error occurred while trying to deserialize evtx stream.: failed to read EVTX file header block: failed to fill whole buffer");
    let mut damaged = log(SECURITY);
    damaged[4096..4104].copy_from_slice(b"ElfChnx\0");
    assert_snapshot!(fails(&damaged), @"T.evtx: Failed to parse chunk number 0: Failed to parse chunk header: Invalid EVTX chunk header magic, expected `ElfChnk0`, found `[45, 6C, 66, 43, 68, 6E, 78, 0]`");
    let folder = folder(&[("T.evtx", &damaged)]);
    let tables = tables_with(folder.path(), TableOptions { on_error: OnError::Skip, ..TableOptions::default() });
    assert_eq!(read(&tables, "T", &["EventID"]).unwrap().len(), 0);
    assert_eq!(tables.skipped().map(|(_, report)| report.skipped()).sum::<u64>(), 1);
    // A chunk in which nothing was written is no error.
    let mut longer = log(SECURITY);
    longer.extend(std::iter::repeat_n(0, 65536));
    assert!(try_table_of("T.evtx", &longer, TableOptions::default()).is_ok());
}
