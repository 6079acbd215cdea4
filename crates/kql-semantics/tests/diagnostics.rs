//! What the binder complains of.

use insta::assert_snapshot;

use crate::support::complaints;

#[test]
fn an_unknown_column_has_a_suggestion() {
    assert_snapshot!(complaints("Logons | where Usr == 'x'"), @"KQL0201 `Usr`: unknown column `Usr` (did you mean `User`?)");
}
