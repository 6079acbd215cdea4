//! What a workspace has beside its tables, given on the command line.

use std::fs;
use std::path::Path;

use tempfile::tempdir;

use crate::support::{answer, failure, shown_in};

/// A folder as an argument.
fn shown(folder: &Path) -> String {
    folder.to_string_lossy().into_owned()
}

/// Standard error without the folder's own name.
fn failure_in(folder: &Path, arguments: &[&str]) -> String {
    failure(arguments).replace(&shown(folder), "DIR")
}

const FILES: &str =
    "datatable (n: long, SHA1: string, InitiatingProcessSHA256: string) [1, 'aB', 'zz', 2, 'q', 'ff', 3, '', '']";

fn profiles() -> tempfile::TempDir {
    let folder = tempdir().unwrap();
    let text = "SHA1,SHA256,GlobalPrevalence,Signer\nAB,cd,5,Fabrikam\nab,cd,6,Fabrikam\n,FF,7,\n";
    fs::write(folder.path().join("FileProfile.csv"), text).unwrap();
    let rows = "{\"DeviceId\":\"d1\",\"IPAddress\":\"10.1.2.3\"}\n";
    fs::write(folder.path().join("AssignedIPAddresses.ndjson"), rows).unwrap();
    folder
}

#[test]
fn a_table_of_profiles_stands_in_for_file_profile() {
    let folder = profiles();
    let columns = "sort by n asc | project n, SHA1, SHA256, known = isnotnull(GlobalPrevalence), ProfileAvailability";
    let by_default = format!("{FILES} | invoke FileProfile() | {columns}");
    insta::assert_snapshot!(answer(&["query", &by_default, "--data", &shown(folder.path()), "--format", "csv"]), @r"
    n,SHA1,SHA256,known,ProfileAvailability
    1,AB,cd,True,Available
    2,q,,False,Missing
    3,,,False,Missing
    ");
    let by_column = format!("{FILES} | invoke FileProfile(InitiatingProcessSHA256, 1000) | {columns}");
    insta::assert_snapshot!(answer(&["query", &by_column, "--data", &shown(folder.path()), "--format", "csv"]), @r"
    n,SHA1,SHA256,known,ProfileAvailability
    1,aB,,False,Missing
    2,q,FF,True,Available
    3,,,False,Missing
    ");
}

#[test]
fn the_hash_of_file_profile_is_checked() {
    let folder = profiles();
    let data = shown(folder.path());
    let wrong = |argument: &str| {
        let query = format!("{FILES}\n| invoke FileProfile({argument})");
        let text = failure_in(folder.path(), &["query", &query, "--data", &data]);
        text.lines().filter(|line| line.starts_with("error") || line.contains("help")).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(wrong("n"), @r"
    error[KQL0210]: FileProfile() looks files up by a hash
      = help: name a column whose name ends with SHA1, SHA256 or MD5
    ");
    insta::assert_snapshot!(wrong("'MD5'"), @r"
    error[KQL0201]: FileProfile() looks files up by the column `MD5`, which is not there
      = help: the columns of hashes are SHA1, InitiatingProcessSHA256
    ");
}

#[test]
fn a_table_of_its_name_stands_in_for_a_stored_function() {
    let folder = profiles();
    let query = "AssignedIPAddresses('d1', now()) | project IPAddress, IPType";
    insta::assert_snapshot!(answer(&["query", query, "--data", &shown(folder.path()), "--format", "csv"]), @r"
    IPAddress,IPType
    10.1.2.3,
    ");
    insta::assert_snapshot!(failure(&["query", query]), @"
    exit code 2
    error[KQL0299]: the stored function AssignedIPAddresses() is not at hand: only its signature is known
     --> query:1:1
      |
    1 | AssignedIPAddresses('d1', now()) | project IPAddress, IPType
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: give its rows as a table AssignedIPAddresses, or its text with --functions
    ");
}

/// A folder with data, functions, parsers, watchlists and a rule.
fn workspace() -> tempfile::TempDir {
    let folder = tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let file = folder.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    write("data/Logons.ndjson", "{\"User\":\"ann\",\"Attempts\":3}\n{\"User\":\"ben\",\"Attempts\":1}\n");
    write(
        "data/FabrikamDns.ndjson",
        "{\"Time\":\"2026-11-20T08:00:00Z\",\"Name\":\"a.fabrikam.com\",\"Ip\":\"10.0.0.1\"}\n\
         {\"Time\":\"2026-11-20T08:00:00Z\",\"Name\":\"contoso.com\",\"Ip\":\"10.0.0.1\"}\n",
    );
    write(
        "functions/scale.kql",
        ".create-or-alter function with (folder=\"x\") Scale(x: long, factor: long = 2) {\n    x * factor\n}\n\n\
         .create function Busy(T: (*), least: long = 1) {\n    T\n    | where Attempts >= least\n    | extend Twice = Scale(Attempts)\n}\n",
    );
    write("functions/Total.kql", "let all = Logons;\nall | summarize Attempts = sum(Attempts)\n");
    write(
        "mistakes.kql",
        ".create function Wrong() {\n    Logons\n    | where Usr == 'x'\n}\n.create function Loop() { Back() }\n.create function Back() { Loop() }\n",
    );
    write(
        "parsers/vimDnsFabrikam.yaml",
        "ParserName: vimDnsFabrikam\nParserParams:\n  - {Name: starttime, Type: datetime, Default: datetime(null)}\n  \
         - {Name: domain_has_any, Type: dynamic, Default: 'dynamic([])'}\n  - Name: srcipaddr\n    Type: string\n    Default: '*'\n  \
         - {Name: disabled, Type: bool, Default: False}\nParserQuery: |\n  FabrikamDns\n  | where not(disabled) and (isnull(starttime) or Time >= starttime)\n  \
         | where array_length(domain_has_any) == 0 or Name has_any (domain_has_any)\n  | where srcipaddr == '*' or Ip == srcipaddr\n  \
         | project DnsQuery = Name, SrcIpAddr = Ip\n",
    );
    write(
        "parsers/imDns.yaml",
        "ParserName: imDns\nEquivalentBuiltInParser: _Im_Dns\nParserParams:\n  - {Name: starttime, Type: datetime, Default: datetime(null)}\n  \
         - {Name: domain_has_any, Type: dynamic, Default: 'dynamic([])'}\nParserQuery: |\n  \
         let off = _GetWatchlist('ASimDisabledParsers') | where SearchKey in ('Any', 'ExcludeimDns') | distinct SearchKey;\n  \
         union isfuzzy=true\n    vimDnsFabrikam(starttime, domain_has_any, disabled = toscalar('Any' in (off))),\n    vimDnsAzureFirewall(starttime)\n",
    );
    write("watchlists/vips.csv", "Name,SearchKey,Level\nann,10.0.0.1,high\nben,10.0.0.2,\"low, very\"\n");
    write("watchlists/assets.csv", "Host,Owner\nweb1,ann\nweb2,ben\n");
    write("watchlists/assets.yaml", "searchKey: Host\n");
    write(
        "rule.yaml",
        "name: DNS\nquery: |\n  _Im_Dns(starttime = ago({{days}}d), domain_has_any = dynamic(['fabrikam']))\n  \
         | join kind=inner (_GetWatchlist('vips') | project Name, SrcIpAddr = SearchKey) on SrcIpAddr\n  | project DnsQuery, SrcIpAddr, Name\n",
    );
    write(
        "rule.test.yaml",
        "now: 2026-11-21T00:00:00Z\nfunctions: parsers\ncases:\n  - name: rows\n    watchlists: [watchlists/vips.csv]\n    tables:\n      \
         FabrikamDns: [{Time: 2026-11-20T00:00:00Z, Name: x.fabrikam.com, Ip: 10.0.0.2}]\n    expect:\n      rows: [{DnsQuery: x.fabrikam.com, Name: ben}]\n  \
         - name: a table as an expression\n    watchlists: [watchlists]\n    tables:\n      FabrikamDns: 'datatable (Time: datetime, Name: string, Ip: string) []'\n    expect: {hits: false}\n",
    );
    folder
}

/// Arguments with `DIR` for the folder.
fn arguments(folder: &Path, text: &str) -> Vec<String> {
    text.split(' ').map(|word| word.replace("DIR", &shown(folder))).collect()
}

const GIVEN: &str = "--data DIR/data --functions DIR/functions --functions DIR/parsers --watchlists DIR/watchlists \
                     --now 2026-11-21 --format csv";

fn rows(folder: &Path, query: &str) -> String {
    let given = arguments(folder, GIVEN);
    let mut all = vec!["query", query];
    all.extend(given.iter().map(String::as_str));
    answer(&all)
}

fn mistake(folder: &Path, query: &str) -> String {
    let given = arguments(folder, &format!("{GIVEN} --functions DIR/mistakes.kql"));
    let mut all = vec!["query", query];
    all.extend(given.iter().map(String::as_str));
    failure_in(folder, &all)
}

#[test]
fn functions_are_put_in_where_they_are_called() {
    let folder = workspace();
    let query = "Logons | invoke Busy(2) | extend Ten = Scale(x = Twice, factor = 10), Two = Scale(1)";
    insta::assert_snapshot!(rows(folder.path(), query), @r"
    User,Attempts,Twice,Ten,Two
    ann,3,6,60,2
    ");
    insta::assert_snapshot!(rows(folder.path(), "Busy(Logons) | join kind=inner (Busy(Logons, 3)) on User | project User, Twice1"), @r"
    User,Twice1
    ann,6
    ");
    insta::assert_snapshot!(rows(folder.path(), "Total | extend More = toscalar(Total()) + 1"), @r"
    Attempts,More
    4,5
    ");
}

#[test]
fn mistakes_in_a_function_are_reported_at_the_call() {
    let folder = workspace();
    insta::assert_snapshot!(mistake(folder.path(), "Logons | where User in (Wrong())"), @"
    exit code 2
    error[KQL0201]: in the function Wrong: unknown column `Usr`
     --> query:1:25
      |
    1 | Logons | where User in (Wrong())
      |                         ^^^^^
      |
      = help: at DIR/mistakes.kql:3:13: did you mean `User`?
    ");
    insta::assert_snapshot!(mistake(folder.path(), "Loop | count"), @"
    exit code 2
    error[KQL0220]: in the function Back: the function Loop calls itself
     --> query:1:1
      |
    1 | Loop | count
      | ^^^^
      |
      = help: at DIR/mistakes.kql:6:27: a function cannot call itself, neither directly nor through others
    ");
    insta::assert_snapshot!(mistake(folder.path(), "Logons | extend x = Scael(1)"), @"
    exit code 2
    error[KQL0203]: unknown function `Scael`
     --> query:1:21
      |
    1 | Logons | extend x = Scael(1)
      |                     ^^^^^
      |
      = help: did you mean `Scale`?
    ");
    insta::assert_snapshot!(mistake(folder.path(), "Logons | project User | invoke Busy()"), @r#"
    exit code 2
    error[KQL0201]: in the function Busy: unknown column `Attempts`
     --> query:1:32
      |
    1 | Logons | project User | invoke Busy()
      |                                ^^^^^^
      |
      = help: at DIR/functions/scale.kql:7:13: a text stands in quotes: `"Attempts"`; the columns are User
    error[KQL0201]: in the function Busy: unknown column `Attempts`
     --> query:1:32
      |
    1 | Logons | project User | invoke Busy()
      |                                ^^^^^^
      |
      = help: at DIR/functions/scale.kql:8:28: a text stands in quotes: `"Attempts"`; the columns are User
    "#);
}

#[test]
fn a_rule_runs_over_parsers_watchlists_and_values() {
    let folder = workspace();
    let given = arguments(folder.path(), &format!("run DIR/rule.yaml {GIVEN} --set days=7"));
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    insta::assert_snapshot!(answer(&given), @r"
    DnsQuery,SrcIpAddr,Name
    a.fabrikam.com,10.0.0.1,ann
    ");
    let unfilled = arguments(folder.path(), &format!("run DIR/rule.yaml {GIVEN}"));
    let unfilled: Vec<&str> = unfilled.iter().map(String::as_str).collect();
    insta::assert_snapshot!(failure_in(folder.path(), &unfilled), @"
    exit code 2
    error[KQL0122]: `{{days}}d` is a placeholder: nothing has put a value in its place
     --> DIR/rule.yaml:3:27
      |
    3 |   _Im_Dns(starttime = ago({{days}}d), domain_has_any = dynamic(['fabrikam']))
      |                           ^^^^^^^^^
      |
      = help: give it one with `--set days=VALUE` or `--values FILE`, or write it here
    ");
    let values = folder.path().join("values.json");
    fs::write(&values, "{\"days\": \"7 + Nmae\"}").unwrap();
    let wrong = arguments(folder.path(), &format!("run DIR/rule.yaml {GIVEN} --values DIR/values.json"));
    let wrong: Vec<&str> = wrong.iter().map(String::as_str).collect();
    insta::assert_snapshot!(failure_in(folder.path(), &wrong), @"
    exit code 2
    error[KQL0201]: unknown column `Nmaed`
     --> DIR/rule.yaml:3:27
      |
    3 |   _Im_Dns(starttime = ago({{days}}d), domain_has_any = dynamic(['fabrikam']))
      |                           ^^^^^^^^^
    ");
}

#[test]
fn watchlists_are_tables() {
    let folder = workspace();
    let query =
        "_GetWatchlist('assets', dynamic(['web2', 'x'])) | project SearchKey, Owner, WatchlistItem.Host, TimeGenerated";
    insta::assert_snapshot!(rows(folder.path(), query), @r"
    SearchKey,Owner,WatchlistItem_Host,TimeGenerated
    web2,ben,web2,2026-11-21T00:00:00.0000000Z
    ");
    insta::assert_snapshot!(rows(folder.path(), "_GetWatchlistAlias"), @r"
    WatchlistAlias
    assets
    vips
    ");
    insta::assert_snapshot!(mistake(folder.path(), "_GetWatchlist('people')"), @"
    exit code 2
    error[KQL0202]: unknown watchlist `people`
     --> query:1:15
      |
    1 | _GetWatchlist('people')
      |               ^^^^^^^^
      |
      = help: the watchlists are assets, vips
    ");
}

#[test]
fn tests_of_rules_name_functions_and_watchlists() {
    let folder = workspace();
    let given = arguments(folder.path(), "test DIR/rule.test.yaml --set days=2");
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    let text = answer(&given);
    assert!(text.contains("2 passed, 0 failed"), "{text}");
}

#[test]
fn checking_knows_the_workspace() {
    let folder = workspace();
    let given = arguments(
        folder.path(),
        "check DIR/rule.yaml --functions DIR/parsers --watchlists DIR/watchlists --set days=2",
    );
    let mut given: Vec<&str> = given.iter().map(String::as_str).collect();
    let data = folder.path().join("data").to_string_lossy().into_owned();
    given.extend(["--data", &data]);
    answer(&given);
}

#[test]
fn a_placeholder_within_a_text_is_not_forgotten() {
    let query = "print since = todatetime('{{Since}}'), json = '{{}}' // {{comment}}";
    let shown = |set: &str| shown_in(&crate::support::root(), &["query", query, "--set", set]);
    insta::assert_snapshot!(shown("Other=1"), @r#"
    exit code 0
    {"since":null,"json":"{{}}"}
    warning: query: nothing has put a value in the place of {{Since}}; give it one with --set Since=VALUE
    "#);
    insta::assert_snapshot!(shown("Since=2026-01-01"), @r#"
    exit code 0
    {"since":"2026-01-01T00:00:00.0000000Z","json":"{{}}"}
    "#);
}

#[test]
fn keys_of_a_watchlist_are_an_array() {
    let folder = workspace();
    insta::assert_snapshot!(mistake(folder.path(), "_GetWatchlist('assets', 'web2')"), @"
    exit code 2
    error[KQL0205]: the keys of a watchlist are an array
     --> query:1:25
      |
    1 | _GetWatchlist('assets', 'web2')
      |                         ^^^^^^
      |
      = help: write `dynamic(['key', …])`
    ");
}

#[test]
fn a_function_of_the_users_stands_in_for_one_of_defender() {
    let folder = tempdir().unwrap();
    let text = ".create function DeviceFromIP(T:(IP:string)) {\n    T\n    | lookup kind=leftouter (DeviceNetworkInfo\n        \
                | mv-expand address = todynamic(IPAddresses)\n        \
                | summarize arg_max(Timestamp, DeviceId) by IP = tostring(address.IPAddress)\n        \
                | project IP, DeviceId) on IP\n}\n";
    fs::write(folder.path().join("devices.kql"), text).unwrap();
    let rows = r#"{"Timestamp":"2026-11-21","DeviceId":"d1","IPAddresses":"[{\"IPAddress\":\"10.0.0.4\"}]"}"#;
    fs::write(folder.path().join("DeviceNetworkInfo.ndjson"), rows).unwrap();
    let query = "datatable (IP: string) ['10.0.0.4', '10.0.0.5'] | invoke DeviceFromIP() | sort by IP asc";
    insta::assert_snapshot!(shown_in(folder.path(), &["query", query, "--data", ".", "--functions", "devices.kql"]), @r#"
    exit code 0
    {"IP":"10.0.0.4","DeviceId":"d1"}
    {"IP":"10.0.0.5","DeviceId":""}
    "#);
    insta::assert_snapshot!(shown_in(folder.path(), &["query", "DeviceInfo | invoke SeenBy()", "-t", "DeviceInfo=-"]), @"
    exit code 2
    error[KQL0299]: the stored function SeenBy() is not at hand: only its signature is known
     --> query:1:14
      |
    1 | DeviceInfo | invoke SeenBy()
      |              ^^^^^^^^^^^^^^^
      |
      = help: give a function SeenBy of your own with --functions
    ");
}
