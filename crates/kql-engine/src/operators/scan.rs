//! `scan`: sequences of rows that match steps, one after another.
//!
//! Whether a row matches depends on what matched before, so that rows are worked through one by one: conditions and
//! assignments are evaluated by the functions' own kernels, a row at a time.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, UInt32Array, new_empty_array};
use datafusion::arrow::compute::{concat, take};
use datafusion::arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::common::{exec_datafusion_err, exec_err};
use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::logical_expr::{LogicalPlan, Projection};
use kql_functions::function::Kernel;
use kql_functions::{Argument, Arguments, FunctionRef, KernelError, ReturnType, conversion};
use kql_semantics::plan::{Scan, ScanOutput};
use kql_semantics::{Column, ColumnId, Expr, ExprKind};
use kql_types::dynamic::{Dynamic, from_value};
use kql_types::{ScalarType, Value};
use recursive::recursive;
use serde::{Deserialize, Serialize};

use super::gathered::Gathered;
use super::own::{Behaviour, OwnOperator, Worker};
use crate::EngineError;
use crate::error::FunctionFailure;
use crate::expressions::constant;
use crate::functions::{for_kernel, without_nulls};
use crate::lowering::{Lowering, Scope, column, internal_name};

const RESTART: &str = "$restart";

pub(crate) fn lower(lowering: &Lowering, scan: &Scan, columns: &[Column]) -> Result<LogicalPlan, EngineError> {
    let scope = Scope::of(&scan.input.columns);
    let mut inputs: Vec<_> = scan.input.columns.iter().map(|each| column(&internal_name(each))).collect();
    let mut hidden: Vec<String> = scan.input.columns.iter().skip(scan.passed).map(internal_name).collect();
    if let Some(restart) = &scan.restart {
        inputs.push(lowering.expression(restart, &scope)?.alias(RESTART));
        hidden.push(RESTART.to_owned());
    }
    let input = LogicalPlan::Projection(Projection::try_new(inputs, Arc::new(lowering.relation(&scan.input)?))?);
    let mut slots = HashMap::new();
    let passed = scan.input.columns.iter().take(scan.passed).map(|each| each.id);
    let ids = passed.chain(scan.declared.iter().map(|(id, _)| *id)).collect::<Vec<_>>();
    let slot = |at: usize| if at < scan.passed { Slot::Row(at) } else { Slot::Declared(at - scan.passed) };
    for (at, id) in ids.iter().enumerate() {
        slots.insert(*id, Code::Now(slot(at)));
    }
    for (step, node) in scan.steps.iter().enumerate() {
        for (at, id) in node.state.iter().enumerate() {
            slots.insert(*id, Code::State { step, slot: slot(at) });
        }
    }
    let mut steps = Vec::with_capacity(scan.steps.len());
    for step in &scan.steps {
        let mut assignments = Vec::with_capacity(step.assignments.len());
        for (at, value) in &step.assignments {
            assignments.push((*at, code(lowering, value, &slots)?));
        }
        steps.push(Step {
            condition: code(lowering, &step.condition, &slots)?,
            assignments,
            output: step.output.into(),
        });
    }
    let mut declared = Vec::with_capacity(scan.declared.len());
    for ((_, default), column) in scan.declared.iter().zip(columns.iter().skip(scan.passed)) {
        declared.push((internal_name(column), Constant::of(&constant(lowering, default)?)));
    }
    let rows = scan.input.columns.iter().take(scan.passed);
    let operator = Scanner {
        rows: rows.map(|each| (internal_name(each), each.scalar_type.name().to_owned())).collect(),
        declared,
        steps,
        match_id: scan.match_id.and_then(|id| columns.iter().find(|each| each.id == id)).map(internal_name),
        restart: scan.restart.is_some(),
        hidden,
    };
    Ok(OwnOperator::Scan(operator).over(input)?)
}

/// An expression as the scanner evaluates it.
#[recursive]
fn code(lowering: &Lowering, expression: &Expr, slots: &HashMap<ColumnId, Code>) -> Result<Code, EngineError> {
    match &expression.kind {
        ExprKind::Column(id) => match slots.get(id) {
            Some(code) => Ok(code.clone()),
            None => Err(EngineError::new("internal error: a scan reads an unknown column").at(expression.span)),
        },
        ExprKind::Literal(value) => Ok(Code::Constant(Constant::of(value))),
        ExprKind::ToScalar(_) => Ok(Code::Constant(Constant::of(&constant(lowering, expression)?))),
        ExprKind::InTable { .. } => {
            Err(EngineError::unsupported("a table within a step of scan cannot be run yet", expression.span))
        }
        ExprKind::Call { function, arguments } => {
            if !matches!(function.overload.kernel, Kernel::Vectorized(_)) {
                let message = format!("{}() cannot be called in a step of scan", function.function.name);
                return Err(EngineError::unsupported(message, expression.span));
            }
            let arguments = arguments.iter().map(|argument| code(lowering, argument, slots));
            let arguments = arguments.collect::<Result<Vec<_>, _>>()?;
            let call = |function: &FunctionRef, arguments: Vec<Code>, result: ScalarType| Code::Call {
                function: function.name(),
                result: result.name().to_owned(),
                arguments,
            };
            if !matches!(function.overload.returns, ReturnType::Literal(_)) {
                return Ok(call(function, arguments, expression.scalar_type));
            }
            let text = call(function, arguments, ScalarType::String);
            Ok(match conversion(ScalarType::String, expression.scalar_type) {
                Some(conversion) => call(&conversion, vec![text], expression.scalar_type),
                None => text,
            })
        }
    }
}

/// Scans rows.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Scanner {
    /// The columns of the rows and the names of their types.
    rows: Vec<(String, String)>,
    /// The declared columns and their values where no step assigns them.
    declared: Vec<(String, Constant)>,
    steps: Vec<Step>,
    /// The column that numbers the sequences.
    match_id: Option<String>,
    /// Whether there is a column that says where the scan starts anew.
    restart: bool,
    /// Columns of the input that are not passed on.
    hidden: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Step {
    condition: Code,
    /// The declared columns, by position, and what they become.
    assignments: Vec<(usize, Code)>,
    output: Output,
}

/// Which of its matches a step gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Output {
    All,
    Last,
    None,
}

impl From<ScanOutput> for Output {
    fn from(output: ScanOutput) -> Output {
        match output {
            ScanOutput::All => Output::All,
            ScanOutput::Last => Output::Last,
            ScanOutput::None => Output::None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Slot {
    /// A column of the row, by position.
    Row(usize),
    /// A declared column, by position.
    Declared(usize),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Code {
    /// Of the row that is looked at; a declared column is its default.
    Now(Slot),
    /// Of the row that matched a step of the sequence.
    State {
        step: usize,
        slot: Slot,
    },
    Constant(Constant),
    Call {
        function: String,
        result: String,
        arguments: Vec<Code>,
    },
}

/// A value on the wire: the name of its type and its JSON text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Constant {
    scalar_type: String,
    text: Option<String>,
}

impl Constant {
    fn of(value: &Value) -> Constant {
        Constant { scalar_type: value.scalar_type().name().to_owned(), text: from_value(value) }
    }

    fn scalar_type(&self) -> ScalarType {
        type_of(&self.scalar_type)
    }

    fn array(&self) -> ArrayRef {
        let value = match &self.text {
            Some(text) => Dynamic::new(text).to_value(self.scalar_type()),
            None => Value::null(self.scalar_type()),
        };
        value.to_array()
    }
}

fn type_of(name: &str) -> ScalarType {
    ScalarType::from_name(name).unwrap_or(ScalarType::Dynamic)
}

impl Behaviour for Scanner {
    fn name(&self) -> &'static str {
        "Scan"
    }

    fn describe(&self) -> String {
        format!("{} steps", self.steps.len())
    }

    fn reads(&self) -> Vec<&str> {
        let restart = self.restart.then_some(RESTART);
        self.rows.iter().map(|(name, _)| name.as_str()).chain(restart).collect()
    }

    fn passes(&self, column: &str) -> bool {
        self.hidden.iter().all(|hidden| hidden != column)
    }

    fn adds(&self) -> Vec<Field> {
        let declared = self.declared.iter();
        let declared = declared.map(|(name, default)| Field::new(name, default.scalar_type().arrow_type(), true));
        declared.chain(self.match_id.iter().map(|name| Field::new(name, DataType::Int64, true))).collect()
    }

    fn worker(&self, input: &SchemaRef, output: &SchemaRef, memory: MemoryReservation) -> Result<Box<dyn Worker>> {
        let mut prepared = Prepared::default();
        for step in &self.steps {
            let assigned = step.assignments.iter().map(|(_, code)| code);
            for code in std::iter::once(&step.condition).chain(assigned) {
                prepared.add(code)?;
            }
        }
        Ok(Box::new(Matcher {
            specification: self.clone(),
            prepared,
            output: output.clone(),
            rows: Gathered::new(input.clone(), memory),
        }))
    }
}

/// What is looked up once for all rows.
#[derive(Default)]
struct Prepared {
    functions: HashMap<String, FunctionRef>,
    constants: HashMap<Constant, ArrayRef>,
}

impl Prepared {
    #[recursive]
    fn add(&mut self, code: &Code) -> Result<()> {
        match code {
            Code::Now(_) | Code::State { .. } => {}
            Code::Constant(constant) => {
                self.constants.entry(constant.clone()).or_insert_with(|| constant.array());
            }
            Code::Call { function, arguments, .. } => {
                let Some(found) = FunctionRef::from_name(function) else {
                    return exec_err!("there is no function {function}");
                };
                self.functions.insert(function.clone(), found);
                for argument in arguments {
                    self.add(argument)?;
                }
            }
        }
        Ok(())
    }
}

/// A row that matched a step, with what the step assigned.
#[derive(Clone)]
struct Record {
    row: usize,
    declared: Arc<[ArrayRef]>,
}

/// An active sequence.
struct Sequence {
    /// The last row that matched each step so far.
    records: Vec<Record>,
    match_id: i64,
    /// The last match of the last step, where only that is given.
    pending: Option<Record>,
}

/// The rows that come out.
#[derive(Default)]
struct Matches {
    rows: Vec<u32>,
    declared: Vec<Arc<[ArrayRef]>>,
    match_ids: Vec<i64>,
}

impl Matches {
    fn push(&mut self, record: Record, match_id: i64) -> Result<()> {
        let row = u32::try_from(record.row).map_err(|_| exec_datafusion_err!("a scan has too many rows"))?;
        self.rows.push(row);
        self.declared.push(record.declared);
        self.match_ids.push(match_id);
        Ok(())
    }

    fn flush(&mut self, sequence: &mut Sequence) -> Result<()> {
        match sequence.pending.take() {
            Some(record) => self.push(record, sequence.match_id),
            None => Ok(()),
        }
    }
}

/// Scans one partition once all its rows are there.
struct Matcher {
    specification: Scanner,
    prepared: Prepared,
    output: SchemaRef,
    rows: Gathered,
}

impl Worker for Matcher {
    fn push(&mut self, batch: RecordBatch) -> Result<()> {
        self.rows.push(batch)
    }

    fn finish(&mut self) -> Result<()> {
        let batch = self.rows.concatenated()?;
        let result = self.scan(&batch)?;
        self.rows.hand_out(result);
        Ok(())
    }

    fn pull(&mut self) -> Result<Option<RecordBatch>> {
        Ok(self.rows.next_slice())
    }
}

impl Matcher {
    fn scan(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let columns = self.specification.rows.iter().map(|(name, scalar_type)| {
            let array = for_kernel(batch.column(batch.schema_ref().index_of(name)?))?;
            Ok(if type_of(scalar_type) == ScalarType::String { without_nulls(array)? } else { array })
        });
        let nulls = self.specification.rows.iter();
        let table = RowTable {
            columns: columns.collect::<Result<Vec<_>>>()?,
            nulls: nulls.map(|(_, scalar_type)| Value::null(type_of(scalar_type)).to_array()).collect(),
            defaults: self.specification.declared.iter().map(|(_, default)| default.array()).collect(),
        };
        let restart = match self.specification.restart {
            true => batch.column(batch.schema_ref().index_of(RESTART)?).as_boolean_opt().cloned(),
            false => None,
        };
        let mut matches = Matches::default();
        let mut sequences: Vec<Option<Sequence>> = Vec::new();
        let mut next_id = 0;
        for row in 0..batch.num_rows() {
            if row == 0 || restart.as_ref().is_some_and(|restart| restart.is_valid(row) && restart.value(row)) {
                for sequence in sequences.iter_mut().flatten() {
                    matches.flush(sequence)?;
                }
                sequences = self.specification.steps.iter().map(|_| None).collect();
                next_id = 0;
            }
            self.look_at(row, &table, &mut sequences, &mut next_id, &mut matches)?;
        }
        for sequence in sequences.iter_mut().flatten() {
            matches.flush(sequence)?;
        }
        self.gather(batch, matches)
    }

    /// Looks at one row, from the last step to the first.
    fn look_at(
        &self,
        row: usize,
        table: &RowTable,
        sequences: &mut [Option<Sequence>],
        next_id: &mut i64,
        matches: &mut Matches,
    ) -> Result<()> {
        for (at, step) in self.specification.steps.iter().enumerate().rev() {
            let (before, own) = sequences.split_at_mut(at);
            let Some(own) = own.first_mut() else { continue };
            if let Some(previous) = before.last_mut()
                && let Some(sequence) = previous.as_ref()
                && self.holds(&step.condition, &Now { table, row, sequence: Some(sequence) })?
                && let Some(mut sequence) = previous.take()
            {
                if let Some(cleared) = own {
                    matches.flush(cleared)?;
                }
                matches.flush(&mut sequence)?;
                let declared = self.assign(step, &Now { table, row, sequence: Some(&sequence) })?;
                sequence.records.push(Record { row, declared });
                *own = Some(give(step, sequence, matches)?);
                continue;
            }
            if (own.is_none() && at > 0) || !self.holds(&step.condition, &Now { table, row, sequence: own.as_ref() })? {
                continue;
            }
            let declared = self.assign(step, &Now { table, row, sequence: own.as_ref() })?;
            let mut sequence = own.take().unwrap_or_else(|| {
                let match_id = *next_id;
                *next_id += 1;
                Sequence { records: Vec::new(), match_id, pending: None }
            });
            sequence.records.truncate(at);
            sequence.records.push(Record { row, declared });
            *own = Some(give(step, sequence, matches)?);
        }
        Ok(())
    }

    fn holds(&self, condition: &Code, now: &Now<'_>) -> Result<bool> {
        let array = self.evaluate(condition, now)?;
        Ok(array.as_boolean_opt().is_some_and(|truth| !truth.is_empty() && truth.is_valid(0) && truth.value(0)))
    }

    fn assign(&self, step: &Step, now: &Now<'_>) -> Result<Arc<[ArrayRef]>> {
        let mut declared = now.table.defaults.clone();
        for (at, code) in &step.assignments {
            let value = self.evaluate(code, now)?;
            if let Some(slot) = declared.get_mut(*at) {
                *slot = value;
            }
        }
        Ok(declared.into())
    }

    /// The value of an expression, as an array of length one.
    #[recursive]
    fn evaluate(&self, code: &Code, now: &Now<'_>) -> Result<ArrayRef> {
        match code {
            Code::Now(Slot::Row(at)) => now.table.value(*at, Some(now.row)),
            Code::Now(Slot::Declared(at)) => now.table.default(*at),
            Code::State { step, slot } => {
                let record = now.sequence.and_then(|sequence| sequence.records.get(*step));
                match (slot, record) {
                    (Slot::Row(at), record) => now.table.value(*at, record.map(|record| record.row)),
                    (Slot::Declared(at), Some(record)) => match record.declared.get(*at) {
                        Some(value) => Ok(value.clone()),
                        None => now.table.default(*at),
                    },
                    (Slot::Declared(at), None) => now.table.default(*at),
                }
            }
            Code::Constant(constant) => match self.prepared.constants.get(constant) {
                Some(array) => Ok(array.clone()),
                None => Ok(constant.array()),
            },
            Code::Call { function: name, result, arguments } => {
                let Some(function) = self.prepared.functions.get(name) else {
                    return exec_err!("there is no function {name}");
                };
                let failure = |error: KernelError| FunctionFailure::of(function.function.name, error);
                let Kernel::Vectorized(kernel) = function.overload.kernel else {
                    return Err(failure(KernelError("it cannot be run".to_owned())));
                };
                let arguments = arguments.iter().map(|argument| Ok(Argument::Constant(self.evaluate(argument, now)?)));
                let arguments = arguments.collect::<Result<Vec<_>>>()?;
                let array = kernel(&Arguments::new(&arguments, 1)).map_err(failure)?;
                if type_of(result) == ScalarType::String { Ok(without_nulls(array)?) } else { Ok(array) }
            }
        }
    }

    /// The matches as a batch.
    fn gather(&self, batch: &RecordBatch, matches: Matches) -> Result<RecordBatch> {
        let rows = UInt32Array::from(matches.rows);
        let mut arrays = Vec::with_capacity(self.output.fields().len());
        for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            if self.specification.passes(field.name()) {
                arrays.push(take(column, &rows, None)?);
            }
        }
        for (at, (_, default)) in self.specification.declared.iter().enumerate() {
            let values: Vec<&dyn Array> =
                matches.declared.iter().filter_map(|declared| declared.get(at)).map(AsRef::as_ref).collect();
            arrays.push(match values.is_empty() {
                true => new_empty_array(&default.scalar_type().arrow_type()),
                false => concat(&values)?,
            });
        }
        if self.specification.match_id.is_some() {
            arrays.push(Arc::new(Int64Array::from(matches.match_ids)));
        }
        Ok(RecordBatch::try_new(self.output.clone(), arrays)?)
    }
}

/// Gives out the last record of a sequence as its step asks.
fn give(step: &Step, mut sequence: Sequence, matches: &mut Matches) -> Result<Sequence> {
    if let Some(record) = sequence.records.last().cloned() {
        match step.output {
            Output::All => matches.push(record, sequence.match_id)?,
            Output::Last => sequence.pending = Some(record),
            Output::None => {}
        }
    }
    Ok(sequence)
}

/// The rows that are scanned, and what stands where there is none.
struct RowTable {
    columns: Vec<ArrayRef>,
    nulls: Vec<ArrayRef>,
    defaults: Vec<ArrayRef>,
}

impl RowTable {
    fn value(&self, at: usize, row: Option<usize>) -> Result<ArrayRef> {
        match (row, self.columns.get(at), self.nulls.get(at)) {
            (Some(row), Some(column), _) if row < column.len() => Ok(column.slice(row, 1)),
            (_, _, Some(null)) => Ok(null.clone()),
            _ => exec_err!("a scan reads an unknown column"),
        }
    }

    fn default(&self, at: usize) -> Result<ArrayRef> {
        match self.defaults.get(at) {
            Some(default) => Ok(default.clone()),
            None => exec_err!("a scan reads an unknown column"),
        }
    }
}

/// What an expression sees.
struct Now<'a> {
    table: &'a RowTable,
    row: usize,
    sequence: Option<&'a Sequence>,
}
