//! `value in (table)`: membership in a set that a subquery gave.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Schema};
use datafusion::arrow::ipc::{reader::StreamReader, writer::StreamWriter};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::exec_err;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::for_kernel;
use crate::held_rows::HeldMemory;

/// The function `$in_set(value)`: whether the value is in the set; false for a null, for `==` is too.
///
/// The set is hashed once and shared; over a wire it travels as its array of values.
#[derive(Clone, Debug)]
pub struct InSet {
    set: Arc<Set>,
    signature: Signature,
}

#[derive(Debug)]
struct Set {
    values: ArrayRef,
    ignore_case: bool,
    members: Members,
    _memory: HeldMemory,
}

#[derive(Debug)]
enum Members {
    Strings(HashSet<Box<str>>),
    /// Values of the other types, in Arrow's row format.
    Rows(HashSet<Box<[u8]>>),
}

impl InSet {
    /// Membership in `values`; `ignore_case` (of strings) is that of `in~`. `memory` is what the values take, where
    /// that is counted.
    pub fn new(values: ArrayRef, ignore_case: bool, memory: HeldMemory) -> Result<InSet> {
        let values = for_kernel(&values)?;
        let members = match values.as_string_view_opt() {
            Some(strings) => {
                let strings = strings.iter().map(Option::unwrap_or_default);
                if ignore_case {
                    Members::Strings(strings.map(|text| text.to_lowercase().into()).collect())
                } else {
                    Members::Strings(strings.map(Box::from).collect())
                }
            }
            None => {
                let present = |row: &usize| values.is_valid(*row);
                let rows = rows_of(&values)?;
                Members::Rows((0..values.len()).filter(present).map(|row| rows.row(row).data().into()).collect())
            }
        };
        let set = Arc::new(Set { values, ignore_case, members, _memory: memory });
        Ok(InSet { set, signature: Signature::user_defined(Volatility::Immutable) })
    }

    /// The set as bytes.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let schema = Arc::new(Schema::new(vec![Field::new("value", self.set.values.data_type().clone(), true)]));
        let mut bytes = vec![u8::from(self.set.ignore_case)];
        let mut writer = StreamWriter::try_new(&mut bytes, &schema)?;
        writer.write(&RecordBatch::try_new(schema, vec![self.set.values.clone()])?)?;
        writer.finish()?;
        drop(writer);
        Ok(bytes)
    }

    /// The set of such bytes.
    pub fn decode(bytes: &[u8]) -> Result<InSet> {
        let Some((ignore_case, batch)) = bytes.split_first() else {
            return exec_err!("the encoded set is empty");
        };
        let Some(batch) = StreamReader::try_new(batch, None)?.next().transpose()? else {
            return exec_err!("the encoded set holds no batch");
        };
        InSet::new(batch.column(0).clone(), *ignore_case != 0, Vec::new())
    }

    fn contains(&self, array: &ArrayRef) -> Result<BooleanArray> {
        let array = for_kernel(array)?;
        match (&self.set.members, array.as_string_view_opt()) {
            (Members::Strings(members), Some(strings)) if self.set.ignore_case => Ok(strings
                .iter()
                .map(|text| Some(members.contains(&*text.unwrap_or_default().to_lowercase())))
                .collect()),
            (Members::Strings(members), Some(strings)) => {
                Ok(strings.iter().map(|text| Some(members.contains(text.unwrap_or_default()))).collect())
            }
            (Members::Rows(members), None) if array.data_type() == self.set.values.data_type() => {
                let rows = rows_of(&array)?;
                let found = |row: usize| array.is_valid(row) && members.contains(rows.row(row).data());
                Ok((0..array.len()).map(|row| Some(found(row))).collect())
            }
            _ => exec_err!("the set holds {}, the value is {}", self.set.values.data_type(), array.data_type()),
        }
    }
}

fn rows_of(array: &ArrayRef) -> Result<datafusion::arrow::row::Rows> {
    // Both zeros are one value, but not one row.
    let array = match array.as_primitive_opt::<Float64Type>() {
        Some(reals) => Arc::new(reals.unary::<_, Float64Type>(|value| value + 0.0)) as Arc<Float64Array> as ArrayRef,
        None => array.clone(),
    };
    Ok(RowConverter::new(vec![SortField::new(array.data_type().clone())])?.convert_columns(&[array])?)
}

impl PartialEq for InSet {
    fn eq(&self, other: &InSet) -> bool {
        Arc::ptr_eq(&self.set, &other.set)
            || (self.set.ignore_case == other.set.ignore_case && self.set.values.as_ref() == other.set.values.as_ref())
    }
}

impl Eq for InSet {}

impl Hash for InSet {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.set.values.len().hash(state);
        self.set.ignore_case.hash(state);
    }
}

impl ScalarUDFImpl for InSet {
    fn name(&self) -> &str {
        "$in_set"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, argument_types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(argument_types.to_vec())
    }

    fn schema_name(&self, arguments: &[datafusion::logical_expr::Expr]) -> Result<String> {
        // Two sets are two functions, also where only the text of the expression tells them apart.
        let arguments: Vec<String> = arguments.iter().map(|argument| argument.schema_name().to_string()).collect();
        Ok(format!("$in_set({}, {:p})", arguments.join(", "), Arc::as_ptr(&self.set)))
    }

    fn return_type(&self, _argument_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match args.args.as_slice() {
            [ColumnarValue::Array(array)] => Ok(ColumnarValue::Array(Arc::new(self.contains(array)?))),
            [ColumnarValue::Scalar(value)] => {
                let found = self.contains(&value.to_array()?)?;
                Ok(ColumnarValue::Scalar(found.iter().next().flatten().into()))
            }
            _ => exec_err!("$in_set takes one argument"),
        }
    }
}
