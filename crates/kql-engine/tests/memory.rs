//! Queries over more rows than the memory holds give the answers that they give with all the memory there is, and
//! leave nothing on disk.

use kql_engine::{Engine, EngineOptions, QueryResult, RunOptions};
use kql_tables::NoTables;
use kql_types::Value;

use crate::support::bound;

/// The rows of a query, sorted, and the temporary folder's entries afterwards.
fn answer(query: &str, memory_limit: Option<usize>, wire: bool) -> Result<Vec<String>, String> {
    let folder = tempfile::tempdir().unwrap();
    let spill_folder = Some(folder.path().to_owned());
    let engine = Engine::new(&EngineOptions { threads: 2, memory_limit, spill_folder, ..EngineOptions::default() });
    let engine = engine.unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let relation = bound(query).unwrap();
    let result = runtime.block_on(engine.run(&relation, &NoTables, RunOptions { wire }));
    // Tasks that were stopped let go of their files when they notice it.
    drop(runtime);
    drop(engine);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "files are left of {query}");
    result.map(|result| sorted(&result)).map_err(|error| error.message)
}

fn sorted(result: &QueryResult) -> Vec<String> {
    let mut rows: Vec<String> = result.rows().map(|row: Vec<Value>| format!("{row:?}")).collect();
    rows.sort();
    rows
}

#[track_caller]
fn same_with(limit: usize, query: &str) {
    let (short, ample) = (answer(query, Some(limit), false), answer(query, None, false));
    assert!(short == ample, "{query}\nwith {limit} bytes: {}\nelse: {}", told(&short), told(&ample));
    assert!(ample.is_ok_and(|rows| !rows.is_empty()), "{query} gives nothing");
}

fn told(answer: &Result<Vec<String>, String>) -> String {
    match answer {
        Ok(rows) => format!("{} rows, first {:?}", rows.len(), rows.first()),
        Err(message) => message.clone(),
    }
}

const KINDS: [&str; 9] =
    ["innerunique", "inner", "leftouter", "rightouter", "fullouter", "leftanti", "rightanti", "leftsemi", "rightsemi"];

/// Two tables of 30 MB each, with keys that the other lacks, some twice, and some null.
const SIDES: &str = "
    let left = range n from 1 to 150000 step 1
        | extend k = iff(n % 30000 == 0, long(null), n - n % 7), text = strcat('a text that takes some room on the left side, with its number ', n)
        | extend more = strcat(text, ' and ', text);
    let right = range m from 100000 to 260000 step 1
        | extend k = iff(m % 50000 == 0, long(null), m - m % 5), other = strcat('a text of about that length on the right side, with its number ', m)
        | extend more = strcat(other, ' and ', other);";

#[test]
fn joins_of_every_kind_spill() {
    for kind in KINDS {
        let columns = match kind {
            "leftanti" | "leftsemi" => "t = text, o = more",
            "rightanti" | "rightsemi" => "t = other, o = more",
            _ => "t = strcat(text, more), o = strcat(other, more1)",
        };
        let query = format!(
            "{SIDES} left | join kind={kind} right on k | project k, {columns}
            | summarize rows = count(), hash = sum(hash(t) % 1000000), other = sum(hash(o) % 1000000), min(t), max(o), min(k), countif(isnull(k))"
        );
        let query = if kind == "innerunique" {
            // Which row of a key stays is free.
            query.replace("hash = sum(hash(t) % 1000000)", "hash = sum(k)").replace("min(t), ", "")
        } else {
            query
        };
        same_with(3 << 20, &query);
    }
}

#[test]
fn one_key_that_outgrows_the_memory_is_joined_in_pieces() {
    let sides = "
        let left = range n from 1 to 150 step 1 | extend k = 'one', text = strcat(n, strrep('left', 2000));
        let right = range m from 1 to 170 step 1 | extend k = 'one', other = strcat(m, strrep('right', 2000));";
    for kind in KINDS {
        let (columns, sums) = match kind {
            "leftanti" | "leftsemi" => ("n, text", "sum(n), sum(strlen(text))"),
            "rightanti" | "rightsemi" => ("m, other", "sum(m), sum(strlen(other))"),
            _ => ("n, m, text, other", "sum(n), sum(m), sum(strlen(text)), sum(strlen(other))"),
        };
        let query = format!(
            "{sides} union (left | where n > 0), (print n = 0, k = 'two', text = 'lonely')
            | join kind={kind} (union right, (print m = 0, k = 'three', other = 'lonely')) on k
            | project {columns} | summarize count(), {sums}"
        );
        let query = if kind == "innerunique" {
            query.replace("sum(n), ", "").replace("sum(strlen(text)), ", "")
        } else {
            query
        };
        same_with(400 << 10, &query);
    }
}

#[test]
fn joins_within_larger_queries_spill() {
    let queries = [
        "left | join kind=inner right on k | where n < m and m % 3 == n % 3 | summarize count(), sum(n), sum(m)",
        "left | extend t = now() + n * 1s | join kind=inner (right | extend u = now() + m * 1s) on k | where u between (t .. t + 2s)
            | summarize count(), sum(n), sum(m), max(text), max(other)",
        "left | lookup right on k | summarize count(), sum(n), sum(m), countif(isempty(other))",
        "left | where text in ((right | join kind=inner left on k | project text)) | summarize count(), sum(n)",
        "union (left | join kind=inner right on k), (left | join kind=leftanti right on k) | summarize count(), sum(n), sum(m)",
        "left | join kind=inner right on k | summarize rows = count(), longest = max(strlen(more1)) by text | summarize count(), sum(rows), max(longest)",
        "left | join kind=inner (right | join kind=inner (left | project k, third = strcat(text, more)) on k) on k | summarize count(), sum(n), max(third)",
    ];
    for query in queries {
        same_with(4 << 20, &format!("{SIDES} {query}"));
    }
}

#[test]
fn a_join_that_spills_travels() {
    let query =
        format!("{SIDES} left | join kind=fullouter right on k | summarize count(), sum(n), sum(m), max(other)");
    assert_eq!(answer(&query, Some(3 << 20), true), answer(&query, None, false));
}

#[test]
fn aggregations_spill() {
    let queries = [
        "left | summarize rows = count(), longest = max(strlen(more)), least = min(text) by text, k
            | summarize count(), sum(rows), sum(k), min(least), max(longest)",
        "left | distinct text, k | summarize count(), sum(k), max(text)",
        "left | summarize texts = make_list(text), some = make_set(more), dcount(n), arg_max(n, text, more) by k
            | summarize count(), sum(k), sum(array_length(texts)), max(tostring(texts)), min(tostring(some)), max(n), max(text)",
        "left | summarize count(), countif(n > 7), avg(n), min(n), max(n), sum(n), stdev(n), variance(n), dcount(text), take_any(k),
            percentile(n, 50), arg_min(n, *), make_bag(bag_pack('n', n)) by text2 = text
            | summarize count(), sum(count_), sum(countif_), sum(avg_n), max(min_n), sum(max_n), sum(dcount_text), max(more)",
        "left | top-nested 3 of k by sum(n) desc, top-nested 2 of text by max(n) desc | summarize count(), max(text), sum(aggregated_k)",
        "left | top 20000 by text desc | summarize count(), sum(n), min(text)",
        "left | sort by more desc | project text, n | summarize count(), sum(n), max(text)",
    ];
    for query in queries {
        same_with(4 << 20, &format!("{SIDES} {query}"));
    }
}

#[test]
fn what_cannot_spill_says_so() {
    let told = |query: &str| answer(&format!("{SIDES} {query}"), Some(2 << 20), false).unwrap_err();
    let one_group =
        "the query needs more memory than it may use: all that an aggregation gathers for one group must fit into it";
    assert_eq!(told("left | summarize make_list(more)"), one_group);
    assert_eq!(told("left | summarize make_set(more) by k % 2"), one_group);
    assert_eq!(
        told("left | sort by text asc | extend r = row_number() | where r > 5"),
        "the query needs more memory than it may use: all rows that functions such as row_number() and prev() go through \
         must fit into it"
    );
}

#[test]
fn a_materialize_on_disk_is_read_more_than_once() {
    let query = format!(
        "{SIDES} let all = materialize(union left, right | where isnotnull(k));
        all | where isnotempty(text) | summarize count(), sum(n), max(text) | extend m = toscalar(all | summarize sum(m)), other = toscalar(all | count)"
    );
    let ample = answer(&query, None, false);
    assert!(ample.is_ok(), "{}", told(&ample));
    assert_eq!(answer(&query, Some(4 << 20), false), ample);
    // What is on disk does not travel.
    insta::assert_snapshot!(answer(&query, Some(4 << 20), true).unwrap_err(), @"the query needs more memory than it may use: all rows of a materialize() must fit into it");
    assert_eq!(answer(&query, None, true), ample);
}

/// The message of a query that outgrows its memory, where it holds what cannot be on disk.
fn refusal(query: &str) -> String {
    let message = answer(query, Some(4 << 20), false).expect_err(query);
    assert!(answer(query, None, false).is_ok(), "{query}");
    message
}

#[test]
fn what_must_fit_into_the_memory_is_named() {
    let rows = "let rows = range n from 1 to 200000 step 1 | extend text = strcat('a text that takes some room, with its number ', n);";
    insta::assert_snapshot!(
        refusal(&format!("{rows} range n from 1 to 3 step 1 | where strcat('no such ', n) !in ((rows | project text)) | count")),
        @"the query needs more memory than it may use: all different values of a table to the right of in must fit into it"
    );
}
