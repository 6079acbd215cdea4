//! Queries stage by stage: each gives what it gives as a whole.

use std::fmt::Write;

use kql_engine::explain::{Detail, Explained};

use crate::suite::{cases, files};
use crate::support::{answers, stages};

/// The rows that come out of the last stage, and of the query as a whole.
fn rows(explained: &[Explained]) -> Vec<(usize, usize)> {
    let last = |explained: &Explained| explained.pipeline.stages.last().map_or(0, |stage| stage.rows_out);
    explained.iter().map(|explained| (last(explained), explained.query_rows)).collect()
}

#[test]
fn stages_end_with_the_rows_of_the_query() {
    let mut wrong = String::new();
    let mut count = 0;
    for file in files() {
        for case in cases(&std::fs::read_to_string(&file).unwrap()) {
            let Ok(answers) = answers(&case.query, false) else { continue };
            count += 1;
            let whole: Vec<usize> = answers.iter().map(|answer| answer.rows.len()).collect();
            let found = stages(&case.query).map(|explained| rows(&explained));
            let is_right = match &found {
                Ok(found) => {
                    found.iter().all(|(last, query)| last == query)
                        && found.len() == whole.len()
                        && found.iter().zip(&whole).all(|((last, _), whole)| last == whole)
                }
                Err(_) => false,
            };
            if !is_right {
                let _ = writeln!(wrong, "{}: {}: {whole:?}, but {found:?}", file.display(), case.name);
            }
        }
    }
    assert!(count > 60, "only {count} cases were found");
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn innerunique_chooses_as_in_the_whole_query() {
    let query = "datatable(k:long, l:string)[1,'first', 1,'second'] \
        | join (datatable(k:long)[1, 1]) on k | extend m = strcat(l, '!') | where m == 'second!'";
    let explained = stages(query).unwrap();
    assert_eq!(rows(&explained), [(2, 2)]);
    let join = explained[0].pipeline.stages.iter().find_map(|stage| match &stage.detail {
        Detail::Join(join) => Some(join.dropped),
        _ => None,
    });
    assert_eq!(join, Some(1));
}
