//! Plugins that look for events that follow each other.

mod funnel;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use arrow::row::{RowConverter, SortField};
use kql_types::ScalarType::{self, Bool, DateTime, Dynamic, Long, String as Text, TimeSpan};
use kql_types::Value;
use kql_types::dynamic::Dynamic as DynamicValue;

use super::documentation;
use crate::documentation::example;
use crate::plugin::{Plugin, PluginCall, PluginKernel, PluginRows, RowsKernel};
use crate::signature::ParameterType::{NotDynamic, OneOf};
use crate::signature::{ArgumentKind, parameter, parameter_of};
use crate::{KernelError, Parameter};

/// The plugins of this family.
pub static PLUGINS: &[Plugin] = &[funnel::FUNNEL_SEQUENCE, FUNNEL_SEQUENCE_COMPLETION, SEQUENCE_DETECT];

/// How many sequences one call may find, and how many steps it may take to find them.
const MAX_SEQUENCES: usize = 1_000_000;
const MAX_WORK: usize = 100_000_000;
/// How many steps a sequence may have.
const MAX_STEPS: usize = 64;

const ID: Parameter =
    parameter_of("IdColumn", NotDynamic).of_kind(ArgumentKind::Column).describe("The column that tells users apart.");
const TIMELINE: Parameter = parameter_of("TimelineColumn", OneOf(&[DateTime]))
    .of_kind(ArgumentKind::Column)
    .describe("The datetime column that says when.");

const SEQUENCE_DETECT: Plugin = Plugin {
    name: "sequence_detect",
    documentation: documentation(
        "Finds sequences of rows that meet conditions one after another.",
        "A row for each sequence: the dimensions, for each condition `name_timeline`, when its row was, and `Duration` from \
         the first to the last.",
        "Every combination of rows counts, those of equal times once. A row may follow one of the same time, but not \
         itself. Conditions are named as in `a = (x == 1)`.",
        "sequence-detect-plugin",
    ),
    signatures: &[&[
        TIMELINE,
        parameter("MaxSequenceStepWindow", TimeSpan).constant().describe("How far apart two steps may be."),
        parameter("MaxSequenceSpan", TimeSpan).constant().describe("How long a sequence may take."),
        parameter("Expr", Bool).repeated().describe("The condition of a step, the first step first."),
        parameter_of("Dimension", NotDynamic)
            .optional()
            .repeated()
            .describe("What all rows of a sequence have in common."),
    ]],
    kernel: PluginKernel::Rows(RowsKernel { whole_table: false, columns: sequence_columns, rows: sequences }),
    examples: &[example(
        "datatable(t:datetime, e:string)[datetime(2024-01-01 10:00), 'in', datetime(2024-01-01 10:20), 'out'] \
         | evaluate sequence_detect(t, 1h, 1h, a = (e == 'in'), b = (e == 'out')) | project Duration",
        "00:20:00",
    )],
};

const FUNNEL_SEQUENCE_COMPLETION: Plugin = Plugin {
    name: "funnel_sequence_completion",
    documentation: documentation(
        "Counts the users that get to each step of a sequence of states within some time.",
        "A row for each bin with a first step, for each period and for each state of the sequence: when the bin starts, the \
         state, `Period`, and `dcount` of users that got there within the period after a first step in the bin.",
        "",
        "funnel-sequence-completion-plugin",
    ),
    signatures: &[&[
        ID,
        TIMELINE,
        parameter("Start", DateTime).constant().describe("Where the analysis starts."),
        parameter("End", DateTime).constant().describe("Where the analysis ends; what is there belongs to it."),
        parameter("BinSize", TimeSpan).constant().describe("The length of a bin."),
        parameter_of("StateColumn", OneOf(&[Text])).of_kind(ArgumentKind::Column).describe("The column of the states."),
        parameter("Sequence", Dynamic).constant().describe("An array of the states in turn."),
        parameter("MaxSequencePeriods", Dynamic).constant().describe("An array of timespans."),
    ]],
    kernel: PluginKernel::Rows(RowsKernel { whole_table: false, columns: completion_columns, rows: completions }),
    examples: &[example(
        "datatable(u:long, t:datetime, s:string)[1, datetime(2024-01-01), 'a', 1, datetime(2024-01-02), 'b'] \
         | evaluate funnel_sequence_completion(u, t, datetime(2024-01-01), datetime(2024-01-03), 7d, s, \
         dynamic(['a', 'b']), dynamic([1h, 1d])) | summarize tostring(make_list(dcount))",
        "[1,0,1,1]",
    )],
};

fn sequence_columns(call: &PluginCall<'_>) -> Vec<(String, ScalarType)> {
    let (timeline, scalar_type) =
        call.column("TimelineColumn").map_or(("", DateTime), |(_, (name, scalar_type))| (name.as_str(), *scalar_type));
    let columns_of = |parameter| call.positions(parameter).into_iter().filter_map(|at| call.columns.get(at));
    let mut columns: Vec<(String, ScalarType)> = columns_of("Dimension").cloned().collect();
    columns.extend(columns_of("Expr").map(|(name, _)| (format!("{name}_{timeline}"), scalar_type)));
    columns.push(("Duration".to_owned(), TimeSpan));
    columns
}

fn sequences(rows: &PluginRows<'_>) -> Result<Vec<Vec<Value>>, KernelError> {
    let call = rows.call;
    let (Some(Value::TimeSpan(step)), Some(Value::TimeSpan(span))) =
        (call.constant("MaxSequenceStepWindow"), call.constant("MaxSequenceSpan"))
    else {
        return Ok(Vec::new());
    };
    let steps = call.positions("Expr");
    if steps.len() > MAX_STEPS {
        return Err(KernelError(format!("a sequence has at most {MAX_STEPS} steps")));
    }
    let times = times(rows)?;
    let dimensions = call.positions("Dimension");
    let holds: Vec<_> = steps.iter().map(|at| rows.arrays.get(*at).and_then(|array| array.as_boolean_opt())).collect();
    let mut found = Vec::new();
    let mut work = 0;
    for group in groups(rows, &dimensions)? {
        // For each step its rows in the order of time.
        let events: Vec<Vec<(i64, usize)>> = holds
            .iter()
            .map(|holds| {
                let meets = |row: &usize| {
                    holds.is_some_and(|holds| *row < holds.len() && holds.is_valid(*row) && holds.value(*row))
                };
                let mut events: Vec<(i64, usize)> = group
                    .iter()
                    .filter(|row| meets(row))
                    .filter_map(|row| Some(((*times.get(*row)?)?, *row)))
                    .collect();
                events.sort_unstable();
                events
            })
            .collect();
        let mut search = Search { events: &events, step: *step, span: *span, found: BTreeSet::new(), work: &mut work };
        search.extend(&mut Vec::new())?;
        let Some(first) = group.first() else { continue };
        for sequence in search.found {
            let mut row: Vec<Value> = dimensions.iter().map(|at| rows.value(*at, *first)).collect();
            row.extend(sequence.iter().map(|time| Value::DateTime(*time)));
            let duration = sequence.last().zip(sequence.first()).map(|(last, first)| last.saturating_sub(*first));
            row.push(duration.map_or(Value::Null(TimeSpan), Value::TimeSpan));
            found.push(row);
        }
        if found.len() > MAX_SEQUENCES {
            return Err(too_many());
        }
    }
    Ok(found)
}

fn too_many() -> KernelError {
    KernelError(format!("there are more than {MAX_SEQUENCES} sequences; shorter windows or more dimensions give fewer"))
}

/// The search for sequences among the rows of one group.
struct Search<'e> {
    events: &'e [Vec<(i64, usize)>],
    step: i64,
    span: i64,
    /// The times of the sequences found.
    found: BTreeSet<Vec<i64>>,
    work: &'e mut usize,
}

impl Search<'_> {
    /// Finds the sequences that start with these events.
    fn extend(&mut self, chosen: &mut Vec<(i64, usize)>) -> Result<(), KernelError> {
        let Some(events) = self.events.get(chosen.len()) else {
            self.found.insert(chosen.iter().map(|(time, _)| *time).collect());
            return if self.found.len() > MAX_SEQUENCES { Err(too_many()) } else { Ok(()) };
        };
        let (from, to) = match (chosen.first(), chosen.last()) {
            (Some((first, _)), Some((last, _))) => {
                (*last, last.saturating_add(self.step).min(first.saturating_add(self.span)))
            }
            _ => (i64::MIN, i64::MAX),
        };
        let start = events.partition_point(|(time, _)| *time < from);
        for event in events.iter().skip(start).take_while(|(time, _)| *time <= to) {
            *self.work += 1;
            if *self.work > MAX_WORK {
                return Err(too_many());
            }
            if chosen.iter().any(|(_, row)| *row == event.1) {
                continue;
            }
            chosen.push(*event);
            self.extend(chosen)?;
            chosen.pop();
        }
        Ok(())
    }
}

fn completion_columns(call: &PluginCall<'_>) -> Vec<(String, ScalarType)> {
    let column = |parameter| call.column(parameter).map(|(_, column)| column.clone());
    let mut columns: Vec<(String, ScalarType)> =
        ["TimelineColumn", "StateColumn"].into_iter().filter_map(column).collect();
    columns.extend([("Period".to_owned(), TimeSpan), ("dcount".to_owned(), Long)]);
    columns
}

fn completions(rows: &PluginRows<'_>) -> Result<Vec<Vec<Value>>, KernelError> {
    let call = rows.call;
    let (Some(Value::DateTime(start)), Some(Value::DateTime(end)), Some(Value::TimeSpan(size))) =
        (call.constant("Start"), call.constant("End"), call.constant("BinSize"))
    else {
        return Err(KernelError("the start, the end and the size of a bin must not be null".to_owned()));
    };
    if *size <= 0 {
        return Err(KernelError("the size of a bin must be positive".to_owned()));
    }
    let sequence: Vec<String> = elements(call.constant("Sequence"));
    if sequence.is_empty() {
        return Err(KernelError("the sequence must be an array of states".to_owned()));
    }
    let periods: Vec<i64> = elements(call.constant("MaxSequencePeriods"))
        .iter()
        .map(|period| {
            kql_types::text::parse_timespan(period).ok_or_else(|| KernelError(format!("`{period}` is no timespan")))
        })
        .collect::<Result<_, _>>()?;
    let times = times(rows)?;
    let states = call.column("StateColumn").and_then(|(at, _)| rows.arrays.get(at)?.as_string_view_opt());
    let Some(states) = states else { return Err(KernelError("the states must be strings".to_owned())) };
    let state_of = |row: usize| if row < states.len() && states.is_valid(row) { states.value(row) } else { "" };
    // The users that got to each step: by bin, period and step.
    let mut reached: BTreeMap<i64, Vec<Vec<i64>>> = BTreeMap::new();
    for user in groups(rows, &call.positions("IdColumn"))? {
        let mut events: Vec<(i64, usize)> = Vec::new();
        for row in user {
            let Some(Some(time)) = times.get(row).copied() else { continue };
            if (*start..=*end).contains(&time) {
                events.push((time, row));
            }
        }
        events.sort_unstable();
        let mut counted: HashSet<(i64, usize, usize)> = HashSet::new();
        for (first, (time, row)) in events.iter().enumerate() {
            if sequence.first().is_none_or(|state| state_of(*row) != state) {
                continue;
            }
            let bin = start.saturating_add((time.saturating_sub(*start)) / size * size);
            for (at, period) in periods.iter().enumerate() {
                let last = time.saturating_add(*period);
                counted.insert((bin, at, 0));
                let mut wanted = 1;
                for (_, row) in events.iter().skip(first + 1).take_while(|(time, _)| *time <= last) {
                    match sequence.get(wanted) {
                        Some(state) if state_of(*row) == state => {
                            counted.insert((bin, at, wanted));
                            wanted += 1;
                        }
                        Some(_) => {}
                        None => break,
                    }
                }
            }
        }
        for (bin, period, step) in counted {
            let table = reached.entry(bin).or_insert_with(|| vec![vec![0; sequence.len()]; periods.len()]);
            if let Some(count) = table.get_mut(period).and_then(|steps| steps.get_mut(step)) {
                *count += 1;
            }
        }
    }
    let mut found = Vec::new();
    for (bin, table) in reached {
        for (period, steps) in periods.iter().zip(table) {
            for (state, count) in sequence.iter().zip(steps) {
                found.push(vec![
                    Value::DateTime(bin),
                    Value::String(state.clone()),
                    Value::TimeSpan(*period),
                    Value::Long(count),
                ]);
            }
        }
    }
    Ok(found)
}

/// The texts of an array's elements.
fn elements(array: Option<&Value>) -> Vec<String> {
    match array {
        Some(Value::Dynamic(text)) => {
            DynamicValue::new(text).elements().map(|element| element.to_string_value().into_owned()).collect()
        }
        _ => Vec::new(),
    }
}

/// When each row was, in ticks.
fn times(rows: &PluginRows<'_>) -> Result<Vec<Option<i64>>, KernelError> {
    let array =
        rows.call.column("TimelineColumn").and_then(|(at, _)| rows.arrays.get(at)?.as_primitive_opt::<Int64Type>());
    array.map(|array| array.iter().collect()).ok_or_else(|| KernelError("the timeline must be a datetime".to_owned()))
}

/// The rows with equal values in these columns, in their order; groups in the order of their first rows.
fn groups(rows: &PluginRows<'_>, columns: &[usize]) -> Result<Vec<Vec<usize>>, KernelError> {
    if columns.is_empty() {
        return Ok(vec![(0..rows.rows).collect()]);
    }
    let arrays: Vec<_> = columns.iter().filter_map(|at| rows.arrays.get(*at).cloned()).collect();
    let fields = arrays.iter().map(|array| SortField::new(array.data_type().clone())).collect();
    let keys = RowConverter::new(fields)?.convert_columns(&arrays)?;
    let mut numbers: HashMap<_, usize> = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (row, key) in keys.iter().enumerate() {
        let number = *numbers.entry(key).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(number) {
            group.push(row);
        }
    }
    Ok(groups)
}
