//! What each diagnostic code means: the one table behind `kql check --explain`.

use kql_semantics::lints;

/// A code with what is said of it.
#[derive(Clone, Copy, Debug)]
struct Explanation {
    code: &'static str,
    finds: &'static str,
    matters: &'static str,
    example: &'static str,
    instead: &'static str,
}

const fn entry(
    code: &'static str,
    finds: &'static str,
    matters: &'static str,
    example: &'static str,
    instead: &'static str,
) -> Explanation {
    Explanation { code, finds, matters, example, instead }
}

/// The codes of syntax (01), binding (02), rule files (03) and runs (09). Lints (04) explain themselves.
const EXPLANATIONS: &[Explanation] = &[
    entry(
        "KQL0101",
        "A character, or a mark such as `“` or `--`, that begins nothing in KQL.",
        "The text around it cannot be read.",
        "T | where Name == “admin”   -- the administrator",
        "T | where Name == \"admin\"   // the administrator",
    ),
    entry(
        "KQL0102",
        "A string without its closing quote.",
        "A string ends on its own line, so the rest of the line is taken for text.",
        "T | where Name == \"admin",
        "T | where Name == \"admin\"",
    ),
    entry(
        "KQL0103",
        "A backslash in a string with a letter behind it that is no escape sequence.",
        "Windows paths and regular expressions are full of them.",
        "T | where Path == \"C:\\dir\"",
        "T | where Path == @\"C:\\dir\"",
    ),
    entry(
        "KQL0104",
        "A literal whose text is no value of its type.",
        "`int(…)` and its like hold constants; they convert nothing.",
        "T | extend n = int(Text)",
        "T | extend n = toint(Text)",
    ),
    entry(
        "KQL0105",
        "A number that its type cannot hold.",
        "It would have to be another number.",
        "print int(3000000000)",
        "print long(3000000000)",
    ),
    entry(
        "KQL0110",
        "Something stands where the grammar wants something else.",
        "The query cannot be read from there to the next pipe.",
        "T | sort Name",
        "T | sort by Name",
    ),
    entry(
        "KQL0111",
        "A bracket that is never closed.",
        "Where its contents end is a guess; what follows is read as if it ended before the next pipe.",
        "T | where isempty(Name\n| take 5",
        "T | where isempty(Name)\n| take 5",
    ),
    entry(
        "KQL0112",
        "A closing bracket that closes nothing.",
        "An opening one is missing, or this one is too many.",
        "T | where Name == 1)",
        "T | where Name == 1",
    ),
    entry(
        "KQL0113",
        "`=` where a comparison is meant.",
        "`=` gives a name: `where Name = \"x\"` compares nothing.",
        "T | where Name = \"x\"",
        "T | where Name == \"x\"",
    ),
    entry(
        "KQL0114",
        "An operator that KQL does not have.",
        "It is misspelt, or comes from another language.",
        "T | sumarize count()",
        "T | summarize count()",
    ),
    entry(
        "KQL0115",
        "An operator without the `|` before it.",
        "Operators follow each other through pipes.",
        "T\nwhere Level > 1",
        "T\n| where Level > 1",
    ),
    entry(
        "KQL0116",
        "A statement without the `;` before it.",
        "Line breaks do not separate statements.",
        "let n = 5\nT | take n",
        "let n = 5;\nT | take n",
    ),
    entry(
        "KQL0117",
        "A keyword where a name is wanted.",
        "It can be a name in brackets and quotes only.",
        "T | project time",
        "T | project ['time']",
    ),
    entry(
        "KQL0118",
        "A comparison that is compared again.",
        "KQL does not chain comparisons.",
        "T | where 1 < Level < 5",
        "T | where Level > 1 and Level < 5",
    ),
    entry(
        "KQL0119",
        "An operator that needs a table stands first.",
        "A query begins with its table.",
        "where Level > 1",
        "T | where Level > 1",
    ),
    entry(
        "KQL0120",
        "Brackets, calls or operators nested deeper than kql follows.",
        "Such a text could exhaust the stack.",
        "print ((((…))))",
        "let inner = …; print inner",
    ),
    entry(
        "KQL0121",
        "A query longer than kql takes.",
        "Places in it could not be told.",
        "(64 MB of text)",
        "externaldata, or a table, for long lists",
    ),
    entry(
        "KQL0122",
        "A placeholder such as `{{days}}` or `{days}` in the query.",
        "A template or a client puts a value in its place before the query runs; nothing has.",
        "T | where Time > ago({{days}})",
        "let days = 7d; T | where Time > ago(days)",
    ),
    entry(
        "KQL0201",
        "A name that is no column, variable, table or function here.",
        "Names are case-sensitive; `project` and `summarize` drop the columns that they do not name.",
        "T | project Name | where Level > 1",
        "T | where Level > 1 | project Name",
    ),
    entry(
        "KQL0202",
        "A name that is no table.",
        "It is misspelt, or no file or schema was given for it.",
        "SigninLog | take 5",
        "SigninLogs | take 5   // or: --data DIR, --schema FILE",
    ),
    entry(
        "KQL0203",
        "A name that is no function.",
        "Names of functions are case-sensitive.",
        "T | extend n = ToLower(Name)",
        "T | extend n = tolower(Name)",
    ),
    entry(
        "KQL0204",
        "A call with too few or too many arguments.",
        "`kql functions NAME` shows how it is called.",
        "print strlen()",
        "print strlen(\"abc\")",
    ),
    entry(
        "KQL0205",
        "An argument of a type that the function does not take.",
        "Functions convert little by themselves.",
        "T | where Time > ago(\"1d\")",
        "T | where Time > ago(1d)",
    ),
    entry(
        "KQL0206",
        "An operator on operands that it is not defined for.",
        "Values of different types do not compare.",
        "T | where Level == \"5\"",
        "T | where Level == 5",
    ),
    entry(
        "KQL0207",
        "An aggregate where rows are computed one by one, or a plain column where groups are.",
        "Aggregates stand in `summarize`.",
        "T | where count() > 5",
        "T | summarize n = count() by Name | where n > 5",
    ),
    entry(
        "KQL0208",
        "A column that is there already.",
        "Names of columns are unique.",
        "T | project Name, Name",
        "T | project Name, Name2 = Name",
    ),
    entry(
        "KQL0209",
        "A condition that is no bool.",
        "Numbers are neither true nor false.",
        "T | where Level",
        "T | where Level != 0",
    ),
    entry(
        "KQL0210",
        "An unknown value of an operator's parameter.",
        "The operator would not know what to do.",
        "T | join kind=lefouter (U) on Key",
        "T | join kind=leftouter (U) on Key",
    ),
    entry(
        "KQL0211",
        "A deprecated name.",
        "It still works; the new one says more.",
        "T | summarize any(Name)",
        "T | summarize take_any(Name)",
    ),
    entry(
        "KQL0212",
        "An expression that must be constant.",
        "It is needed before rows are read.",
        "T | take Level",
        "T | take 5",
    ),
    entry(
        "KQL0213",
        "A table where a scalar must stand.",
        "A table has many values.",
        "T | where Level > (U | summarize max(Level))",
        "T | where Level > toscalar(U | summarize max(Level))",
    ),
    entry(
        "KQL0214",
        "A scalar where a table must stand.",
        "Operators read rows.",
        "let n = 5; n | take 1",
        "print n = 5 | take 1",
    ),
    entry(
        "KQL0215",
        "A text that is no value of the literal's type.",
        "The constant would be null.",
        "print datetime(2024-13-01)",
        "print datetime(2024-12-01)",
    ),
    entry(
        "KQL0216",
        "A name that is no scalar type.",
        "The types are bool, int, long, real, decimal, string, datetime, timespan, guid and dynamic.",
        "datatable (a: text) ['x']",
        "datatable (a: string) ['x']",
    ),
    entry(
        "KQL0217",
        "A join without a condition, or with one that is none.",
        "A join compares columns of both sides for equality.",
        "T | join (U) on $left.A > $right.B",
        "T | join (U) on $left.A == $right.B",
    ),
    entry(
        "KQL0218",
        "A value of a type that the operator does not take.",
        "It must be converted before.",
        "T | summarize count() by Bag",
        "T | summarize count() by tostring(Bag)",
    ),
    entry(
        "KQL0219",
        "A variable that is declared twice.",
        "Which of them is meant is not clear.",
        "let a = 1; let a = 2; print a",
        "let a = 1; let b = 2; print b",
    ),
    entry(
        "KQL0220",
        "A query that grows beyond all bounds when functions and variables are put in.",
        "It could not be planned.",
        "(functions that call each other several times)",
        "materialize(…) for what is used often",
    ),
    entry(
        "KQL0221",
        "The values of a `datatable` do not fill its rows.",
        "A value is missing or too many.",
        "datatable (a: long, b: long) [1, 2, 3]",
        "datatable (a: long, b: long) [1, 2, 3, 4]",
    ),
    entry(
        "KQL0222",
        "An expression of a kind that the place does not allow.",
        "It has no meaning there.",
        "T | where *",
        "T | where * has \"x\"",
    ),
    entry(
        "KQL0223",
        "A named argument that the function does not declare.",
        "Its value would be lost.",
        "let f = (a: long) { a }; print f(b = 1)",
        "let f = (a: long) { a }; print f(a = 1)",
    ),
    entry(
        "KQL0224",
        "A table without the columns that are asked for.",
        "The function or operator reads them.",
        "let f = (t: (a: long)) { t }; f(print b = 1)",
        "let f = (t: (a: long)) { t }; f(print a = 1)",
    ),
    entry(
        "KQL0225",
        "A table of a fuzzy union that there is not.",
        "The union goes on without it.",
        "union isfuzzy=true T, Missing",
        "union T",
    ),
    entry(
        "KQL0226",
        "A query parameter without a value.",
        "The query cannot run without it.",
        "declare query_parameters (n: long); T | take n",
        "declare query_parameters (n: long = 5); T | take n",
    ),
    entry(
        "KQL0227",
        "A window function over rows without an order.",
        "It looks at the rows before; without an order there are none.",
        "T | extend n = row_number()",
        "T | sort by Time asc | extend n = row_number()",
    ),
    entry(
        "KQL0228",
        "A condition of `assert()` does not hold.",
        "The author of the query or function says what must hold, and in the message why.",
        "let f = (n: long) { assert(n > 0, \"n must be positive\") }; print f(0)",
        "let f = (n: long) { assert(n > 0, \"n must be positive\") }; print f(1)",
    ),
    entry(
        "KQL0229",
        "Rows of local files have no time of ingestion.",
        "`ingestion_time()` is null here, as for a table whose ingestion Kusto does not time; a condition on it holds for no row.",
        "SigninLogs | where ingestion_time() > ago(1h)",
        "SigninLogs | where TimeGenerated > ago(1h)",
    ),
    entry(
        "KQL0231",
        "A graph where a table must stand.",
        "Only the operators of graphs take a graph; one of them must make a table of it.",
        "T | make-graph a --> b | take 5",
        "T | make-graph a --> b | graph-to-table edges | take 5",
    ),
    entry(
        "KQL0232",
        "A table where a graph must stand.",
        "The operators of graphs take what `make-graph` makes.",
        "T | graph-to-table nodes",
        "T | make-graph a --> b | graph-to-table nodes",
    ),
    entry(
        "KQL0299",
        "A construct that is right but that kql cannot run yet.",
        "kql refuses what it cannot answer as Kusto would.",
        "T | evaluate sql_request('server', 'select 1')",
        "(no other spelling; `kql check` still checks the rest)",
    ),
    entry(
        "KQL0301",
        "A rule file that is no valid YAML or JSON.",
        "Nothing of it can be read.",
        "name: a: b",
        "name: 'a: b'",
    ),
    entry(
        "KQL0302",
        "A file, or a part of one, that is no rule: stored functions, a workbook, other YAML or JSON.",
        "It is counted, so that nothing goes missing; a rule is a mapping with a `query`.",
        "- T | take 5",
        "query: |\n  T | take 5",
    ),
    entry(
        "KQL0303",
        "A rule without a `query`.",
        "There is nothing to check or run.",
        "name: Failed logons",
        "name: Failed logons\nquery: |\n  T | take 5",
    ),
    entry(
        "KQL0304",
        "A `query` that is no text, or an expression of an ARM template.",
        "KQL is text.",
        "query: [T]",
        "query: |\n  T",
    ),
    entry(
        "KQL0305",
        "A file of tests that is not as it must be.",
        "A key that is misspelt would be a test that tests nothing.",
        "cases:\n  - expects: {count: 1}",
        "cases:\n  - expect: {count: 1}",
    ),
    entry(
        "KQL0306",
        "A `queryFrequency`, `queryPeriod` or `suppressionDuration` that is no duration, or one that Sentinel refuses.",
        "The rule could not be deployed, and kql cannot say when it runs or what it looks at.",
        "queryPeriod: 1 hour",
        "queryPeriod: PT1H",
    ),
    entry(
        "KQL0307",
        "A severity that does not exist.",
        "The rule could not be deployed.",
        "severity: Critical",
        "severity: High",
    ),
    entry(
        "KQL0308",
        "A tactic that ATT&CK does not have.",
        "The rule would be missing where coverage is counted.",
        "tactics:\n  - InitialAcess",
        "tactics:\n  - InitialAccess",
    ),
    entry(
        "KQL0309",
        "A technique that ATT&CK does not have.",
        "The rule would be missing where coverage is counted.",
        "relevantTechniques:\n  - 1566",
        "relevantTechniques:\n  - T1566",
    ),
    entry(
        "KQL0310",
        "A trigger operator that does not exist, or a threshold that is no number.",
        "kql cannot say when the rule makes an alert.",
        "triggerOperator: above",
        "triggerOperator: gt\ntriggerThreshold: 0",
    ),
    entry(
        "KQL0311",
        "An entity mapping, custom detail or alert override that names a column which the query does not produce.",
        "Sentinel refuses such a rule, or makes alerts without the entity.",
        "query: |\n  SigninLogs\n  | project User = UserPrincipalName\nentityMappings:\n  - entityType: Account\n    fieldMappings:\n      - {identifier: FullName, columnName: Account}",
        "query: |\n  SigninLogs\n  | project User = UserPrincipalName\nentityMappings:\n  - entityType: Account\n    fieldMappings:\n      - {identifier: FullName, columnName: User}",
    ),
    entry(
        "KQL0312",
        "A mapping of a type of entity, or of an identifier, that Sentinel does not have, or one without a column.",
        "Alerts would lack the entity.",
        "entityMappings:\n  - entityType: User",
        "entityMappings:\n  - entityType: Account\n    fieldMappings:\n      - {identifier: FullName, columnName: User}",
    ),
    entry(
        "KQL0313",
        "A way to group events that does not exist.",
        "The rule could not be deployed.",
        "eventGroupingSettings: {aggregationKind: PerRow}",
        "eventGroupingSettings: {aggregationKind: AlertPerResult}",
    ),
    entry(
        "KQL0314",
        "A scheduled rule without one of the keys that it must have.",
        "The rule could not be deployed.",
        "kind: Scheduled\nqueryFrequency: 1h",
        "kind: Scheduled\nqueryFrequency: 1h\nqueryPeriod: 1h",
    ),
    entry(
        "KQL0315",
        "A version that is no number with dots.",
        "A changed rule is told from the one before by it.",
        "version: new",
        "version: 1.0.1",
    ),
    entry(
        "KQL0316",
        "An id that another rule has, too.",
        "Of two rules with one id a workspace keeps one.",
        "id: 11111111-2222-3333-4444-555555555555   # copied with the rule",
        "id: 66666666-7777-8888-9999-000000000000",
    ),
    entry(
        "KQL0321",
        "A file of stored functions that is not as it must be.",
        "`--functions` reads `.create function` commands, `let` functions, bodies, and parsers as YAML.",
        ".create table T (a: long)",
        ".create function F(a: long) { T | take a }",
    ),
    entry(
        "KQL0322",
        "The settings of a watchlist that name no column of it.",
        "NAME.yaml beside NAME.csv says which column is `SearchKey`.",
        "searchKey: Hots",
        "searchKey: Host",
    ),
    entry(
        "KQL0323",
        "A watchlist that cannot be read.",
        "A watchlist is a CSV file with a header; a row has a value for each column at most.",
        "Host,Owner\nweb1,ann,x",
        "Host,Owner\nweb1,\"ann,x\"",
    ),
    entry(
        "KQL0324",
        "A file of values for placeholders that is not as it must be.",
        "`--values` reads a mapping of texts and numbers by the placeholders' names.",
        "- 7",
        "days: 7",
    ),
    entry(
        "KQL0341",
        "A project's file that is no TOML.",
        "Nothing of it can be read.",
        "data = [\"exports\"",
        "data = [\"exports\"]",
    ),
    entry(
        "KQL0342",
        "A key that a project's file does not have.",
        "But for `rules`, its keys are called as the options are that they stand for; keys stand before the first section.",
        "tables-folder = \"exports\"",
        "data = [\"exports\"]",
    ),
    entry(
        "KQL0343",
        "A value of a project's file that its key does not take.",
        "It could not be given to the option of that name either.",
        "on-error = \"ignore\"",
        "on-error = \"skip\"",
    ),
    entry(
        "KQL0901",
        "A value for which a function or operator has no answer, found while the query runs.",
        "The run stops at the place.",
        "(depends on the data)",
        "guard the call with `where` or `iff`",
    ),
    entry(
        "KQL0902",
        "A construct that binds but that the engine does not run.",
        "kql refuses what it cannot answer as Kusto would.",
        "(the message names the construct)",
        "(no other spelling)",
    ),
];

fn all() -> impl Iterator<Item = Explanation> {
    let lints = lints::ALL.iter().map(|lint| entry(lint.code, lint.finds, lint.matters, lint.example, lint.instead));
    EXPLANATIONS.iter().copied().chain(lints)
}

/// All codes.
pub fn codes() -> impl Iterator<Item = &'static str> {
    all().map(|explanation| explanation.code)
}

/// Whether there is such a code, in any case of letters.
pub fn is_code(code: &str) -> bool {
    codes().any(|known| known.eq_ignore_ascii_case(code))
}

/// What a code means, in fixed headings; `None` when there is no such code.
pub fn explain(code: &str) -> Option<String> {
    let found = all().find(|explanation| explanation.code.eq_ignore_ascii_case(code))?;
    let indented = |text: &str| text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n");
    Some(format!(
        "{}\n\nWhat it finds\n{}\n\nWhy it matters\n{}\n\nExample\n{}\n\nWhat to write instead\n{}",
        found.code,
        indented(found.finds),
        indented(found.matters),
        indented(found.example),
        indented(found.instead)
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::{all, explain};

    /// Every code that a source file of any crate names.
    fn codes_in(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                codes_in(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("explanations.rs")
            {
                let text = std::fs::read_to_string(&path).unwrap();
                let codes = text.split("\"KQL").skip(1).filter_map(|rest| rest.split_once('"'));
                found.extend(
                    codes
                        .filter(|(digits, _)| digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()))
                        .map(|(digits, _)| format!("KQL{digits}")),
                );
            }
        }
    }

    #[test]
    fn every_code_is_explained_once() {
        let mut used = BTreeSet::new();
        for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap() {
            let folder = entry.unwrap().path().join("src");
            if folder.is_dir() {
                codes_in(&folder, &mut used);
            }
        }
        let explained: Vec<String> = all().map(|explanation| explanation.code.to_owned()).collect();
        let unique: BTreeSet<String> = explained.iter().cloned().collect();
        assert_eq!(explained.len(), unique.len(), "a code is explained twice");
        assert_eq!(used, unique);
    }

    #[test]
    fn an_explanation_has_fixed_headings() {
        insta::assert_snapshot!(explain("kql0402").unwrap(), @r"
        KQL0402

        What it finds
            `in (table)` where the table has several columns and the first is not named as the value is.

        Why it matters
            Kusto compares with the first column, whichever that is; in a table of events it is seldom the one that was meant, and the filter finds nothing.

        Example
            DeviceEvents | where DeviceName in (DeviceInfo | where IsAzureADJoined)

        What to write instead
            DeviceEvents | where DeviceName in (DeviceInfo | where IsAzureADJoined | project DeviceName)
        ");
        assert!(explain("KQL0000").is_none());
    }
}
