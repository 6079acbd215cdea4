//! `funnel_sequence`: what came before a sequence of states, and what after it.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::AsArray;
use kql_types::ScalarType::{self, DateTime, Dynamic, Long, String as Text, TimeSpan};
use kql_types::Value;
use kql_types::dynamic::{Builder, Dynamic as DynamicValue, from_value};

use super::{ID, TIMELINE, elements, groups, times};
use crate::KernelError;
use crate::documentation::example;
use crate::plugin::{Plugin, PluginCall, PluginKernel, PluginRows, RowsKernel};
use crate::plugins::documentation;
use crate::signature::ParameterType::OneOf;
use crate::signature::{ArgumentKind, parameter, parameter_of};

pub(super) const FUNNEL_SEQUENCE: Plugin = Plugin {
    name: "funnel_sequence",
    documentation: documentation(
        "Counts the users that took a sequence of states, by the states before it and after it.",
        "Three tables: by the states before and after, by that before, and by that after. A row has when its bin starts, \
         `prev` and `next` (empty where there was none), `dcount` of users, and `samples`, an array of up to 128 of them. \
         Where operators follow, they read the first table.",
        "A pause longer than `MaxSequenceStepWindow` starts anew: nothing of before it counts as `prev`, and nothing \
         after it as `next`. Equal states that follow each other count as one; the states of a sequence follow each other \
         directly. A bin is that of the first state. Kusto does not document these; they agree with the counts \
         that it does.",
        "funnel-sequence-plugin",
    ),
    signatures: &[&[
        ID,
        TIMELINE,
        parameter("Start", DateTime).constant().describe("Where the analysis starts."),
        parameter("End", DateTime).constant().describe("Where the analysis ends; what is there belongs to it."),
        parameter("MaxSequenceStepWindow", TimeSpan).constant().describe("How far apart two steps may be."),
        parameter("Step", TimeSpan).constant().describe("The length of a bin."),
        parameter_of("StateColumn", OneOf(&[Text])).of_kind(ArgumentKind::Column).describe("The column of the states."),
        parameter("Sequence", Dynamic).constant().describe("An array of the states in turn."),
    ]],
    kernel: PluginKernel::Tables(&[
        RowsKernel { whole_table: false, columns: both_columns, rows: both },
        RowsKernel { whole_table: false, columns: before_columns, rows: before },
        RowsKernel { whole_table: false, columns: after_columns, rows: after },
    ]),
    examples: &[example(
        "datatable(u:long, t:datetime, s:string)[1, datetime(2024-01-01 10:00), 'a', 1, datetime(2024-01-01 10:05), 'b', \
         1, datetime(2024-01-01 10:09), 'c'] | evaluate funnel_sequence(u, t, datetime(2024-01-01), datetime(2024-01-03), \
         1h, 1d, s, dynamic(['b'])) | project strcat(prev, next, dcount, samples)",
        "ac1[1]",
    )],
};

/// How many users a row names.
const MAX_SAMPLES: usize = 128;

fn both_columns(call: &PluginCall<'_>) -> Vec<(String, ScalarType)> {
    columns(call, &["prev", "next"])
}

fn before_columns(call: &PluginCall<'_>) -> Vec<(String, ScalarType)> {
    columns(call, &["prev"])
}

fn after_columns(call: &PluginCall<'_>) -> Vec<(String, ScalarType)> {
    columns(call, &["next"])
}

fn columns(call: &PluginCall<'_>, states: &[&str]) -> Vec<(String, ScalarType)> {
    let timeline = call.column("TimelineColumn").map(|(_, column)| column.clone());
    let states = states.iter().map(|state| ((*state).to_owned(), Text));
    let counted = [("dcount".to_owned(), Long), ("samples".to_owned(), Dynamic)];
    timeline.into_iter().chain(states).chain(counted).collect()
}

fn both(rows: &PluginRows<'_>) -> Result<Vec<Vec<Value>>, KernelError> {
    counted(rows, |taken| vec![taken.before, taken.after])
}

fn before(rows: &PluginRows<'_>) -> Result<Vec<Vec<Value>>, KernelError> {
    counted(rows, |taken| vec![taken.before])
}

fn after(rows: &PluginRows<'_>) -> Result<Vec<Vec<Value>>, KernelError> {
    counted(rows, |taken| vec![taken.after])
}

/// A sequence that a user took; states are empty where there are none.
#[derive(Clone, Copy)]
struct Taken<'s> {
    bin: i64,
    before: &'s str,
    after: &'s str,
}

/// How many users took the sequence, by bins and states; in each bin the most frequent first.
fn counted(
    rows: &PluginRows<'_>,
    states_of: for<'s> fn(Taken<'s>) -> Vec<&'s str>,
) -> Result<Vec<Vec<Value>>, KernelError> {
    let call = rows.call;
    let (Some(Value::DateTime(start)), Some(Value::DateTime(end))) = (call.constant("Start"), call.constant("End"))
    else {
        return Err(KernelError("the start and the end must not be null".to_owned()));
    };
    let (Some(Value::TimeSpan(pause)), Some(Value::TimeSpan(size))) =
        (call.constant("MaxSequenceStepWindow"), call.constant("Step"))
    else {
        return Err(KernelError("the window of a step and the size of a bin must not be null".to_owned()));
    };
    if *size <= 0 {
        return Err(KernelError("the size of a bin must be positive".to_owned()));
    }
    let sequence = elements(call.constant("Sequence"));
    if sequence.is_empty() {
        return Err(KernelError("the sequence must be an array of states".to_owned()));
    }
    if let Some([state, _]) = sequence.windows(2).find(|pair| matches!(pair, [one, next] if one == next)) {
        let message = format!("`{state}` follows itself in the sequence, but equal states in turn count as one");
        return Err(KernelError(message));
    }
    let times = times(rows)?;
    let ids = call.positions("IdColumn");
    let states = call.column("StateColumn").and_then(|(at, _)| rows.arrays.get(at)?.as_string_view_opt());
    let Some(states) = states else { return Err(KernelError("the states must be strings".to_owned())) };
    let states: Vec<&str> = states.iter().map(Option::unwrap_or_default).collect();
    // The numbers of users, by bin and states.
    let mut found: BTreeMap<(i64, Vec<&str>), BTreeSet<usize>> = BTreeMap::new();
    let users = groups(rows, &ids)?;
    for (user, group) in users.iter().enumerate() {
        let time_of = |row: &usize| Some(((*times.get(*row)?)?, *row));
        let mut events: Vec<(i64, usize)> =
            group.iter().filter_map(time_of).filter(|(time, _)| (*start..=*end).contains(time)).collect();
        events.sort_unstable();
        for visit in events.chunk_by(|(one, _), (next, _)| next.saturating_sub(*one) <= *pause) {
            let state_of = |row: usize| states.get(row).copied().unwrap_or_default();
            let mut steps: Vec<(i64, &str)> = visit.iter().map(|(time, row)| (*time, state_of(*row))).collect();
            steps.dedup_by_key(|(_, state)| *state);
            for (first, window) in steps.windows(sequence.len()).enumerate() {
                let [(time, _), ..] = window else { continue };
                if !window.iter().zip(&sequence).all(|((_, state), wanted)| state == wanted) {
                    continue;
                }
                let bin = start.saturating_add(time.saturating_sub(*start) / size * size);
                let state = |at: Option<usize>| at.and_then(|at| steps.get(at)).map_or("", |(_, state)| *state);
                let after = state(Some(first + sequence.len()));
                let taken = Taken { bin, before: state(first.checked_sub(1)), after };
                found.entry((taken.bin, states_of(taken))).or_default().insert(user);
            }
        }
    }
    let mut found: Vec<_> = found.into_iter().collect();
    // Stable: of equal counts, by the states.
    found.sort_by_key(|((bin, _), users)| (*bin, std::cmp::Reverse(users.len())));
    let id_of = |user: &usize| {
        let row = users.get(*user)?.first()?;
        Some(rows.value(*ids.first()?, *row))
    };
    let row = |((bin, states), users): ((i64, Vec<&str>), BTreeSet<usize>)| {
        let mut samples = String::new();
        let mut builder = Builder::new(&mut samples);
        builder.begin_array();
        for id in users.iter().take(MAX_SAMPLES).filter_map(id_of) {
            let text = from_value(&id).unwrap_or_else(|| "null".to_owned());
            builder.raw(DynamicValue::new(&text));
        }
        builder.end_array();
        let mut row = vec![Value::DateTime(bin)];
        row.extend(states.into_iter().map(|state| Value::String(state.to_owned())));
        row.push(Value::Long(i64::try_from(users.len()).unwrap_or(i64::MAX)));
        row.push(Value::Dynamic(samples));
        row
    };
    Ok(found.into_iter().map(row).collect())
}
