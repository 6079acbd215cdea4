//! What a workspace has beside its tables, given on the command line.

use std::fs;
use std::path::Path;

use tempfile::tempdir;

use crate::support::{answer, failure};

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
    insta::assert_snapshot!(failure(&["query", query]), @r#"
    exit code 2
    error[KQL0299]: the stored function AssignedIPAddresses() is not at hand: only its signature is known
     --> query:1:1
      |
    1 | AssignedIPAddresses('d1', now()) | project IPAddress, IPType
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: give its rows as a table AssignedIPAddresses
    "#);
}
