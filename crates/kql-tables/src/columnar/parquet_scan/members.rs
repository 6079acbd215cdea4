//! Paths into dynamic columns, as the filters and the projection of a scan take them: each is read as a column of its
//! own. So the texts of a column are gone through once for all of them, and not before that to see whether they are JSON.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewArray, new_null_array};
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::error::{DataFusionError, Result};
use datafusion::physical_expr::expressions::{Column, Literal};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::scalar::ScalarValue;
use kql_functions::{PathCall, PathsReader};
use kql_types::ScalarType;

use super::ParquetScanSpec;
use super::column::ScanColumn;

/// What is read out of the texts of a dynamic column.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Member {
    /// The place of the column in the specification.
    column: usize,
    /// `None` is the text as it stands in the file, be it JSON or not.
    call: Option<PathCall>,
}

impl Member {
    fn result(&self) -> ScalarType {
        self.call.as_ref().map_or(ScalarType::Dynamic, PathCall::result)
    }
}

/// The members that a scan reads. Their places are those behind the columns of its specification.
#[derive(Debug)]
pub(super) struct Members {
    spec: Arc<ParquetScanSpec>,
    members: Vec<Member>,
}

impl Members {
    pub(super) fn new(spec: Arc<ParquetScanSpec>) -> Members {
        Members { spec, members: Vec::new() }
    }

    /// The expression with members in place of paths into dynamic columns.
    pub(super) fn take_from(&mut self, expression: &Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
        let rewritten = expression.clone().transform_down(|node| {
            Ok(match self.member(&node) {
                Some(member) => Transformed::new(self.column(member), true, TreeNodeRecursion::Jump),
                None => Transformed::no(node),
            })
        })?;
        Ok(rewritten.data)
    }

    /// A dynamic column as its texts stand in the file.
    pub(super) fn raw(&mut self, column: usize) -> Arc<dyn PhysicalExpr> {
        self.column(Member { column, call: None })
    }

    fn column(&mut self, member: Member) -> Arc<dyn PhysicalExpr> {
        let known = self.members.iter().position(|known| *known == member);
        let at = known.unwrap_or_else(|| {
            self.members.push(member);
            self.members.len() - 1
        });
        Arc::new(Column::new(&format!("$member{at}"), self.spec.columns.len() + at))
    }

    fn member(&self, node: &Arc<dyn PhysicalExpr>) -> Option<Member> {
        let call = node.downcast_ref::<ScalarFunctionExpr>()?;
        let [of, path] = call.args() else { return None };
        let column = of.downcast_ref::<Column>()?.index();
        let path = match path.downcast_ref::<Literal>()?.value() {
            ScalarValue::Utf8View(Some(path)) | ScalarValue::Utf8(Some(path)) => path,
            _ => return None,
        };
        let is_dynamic = self.spec.columns.get(column)?.column.scalar_type == ScalarType::Dynamic;
        let call = PathCall::new(call.fun().name(), path).filter(|_| is_dynamic)?;
        Some(Member { column, call: Some(call) })
    }

    /// The columns of the specification and the members.
    pub(super) fn schema(&self) -> SchemaRef {
        let columns = self.spec.columns.iter().map(|column| column.column.field());
        let members = self
            .members
            .iter()
            .enumerate()
            .map(|(at, member)| Field::new(format!("$member{at}"), member.result().arrow_type(), true));
        Arc::new(Schema::new(columns.chain(members).collect::<Vec<_>>()))
    }

    /// The column of the specification that is read for what stands at a place.
    pub(super) fn source(&self, place: usize) -> usize {
        let member = place.checked_sub(self.spec.columns.len()).and_then(|at| self.members.get(at));
        member.map_or(place, |member| member.column)
    }

    /// Whether the texts of a column stand at a place as they are in the file.
    pub(super) fn is_raw(&self, place: usize) -> bool {
        let member = place.checked_sub(self.spec.columns.len()).and_then(|at| self.members.get(at));
        member.is_some_and(|member| member.call.is_none())
    }

    /// A reader of the members at these places, which are of one column; `None` where there are none.
    pub(super) fn reader(&self, places: impl IntoIterator<Item = usize>) -> Option<MembersReader> {
        let mut read = Vec::new();
        for place in places {
            if let Some(member) = place.checked_sub(self.spec.columns.len()).and_then(|at| self.members.get(at)) {
                read.push((place, member));
            }
        }
        if read.is_empty() {
            return None;
        }
        let members = read.iter().map(|(place, member)| (*place, member.call.as_ref().map(PathCall::result)));
        let paths = PathsReader::new(read.iter().filter_map(|(_, member)| member.call.as_ref()));
        Some(MembersReader { members: members.collect(), paths, last: None })
    }
}

/// Reads members of one column.
#[derive(Debug)]
pub(super) struct MembersReader {
    /// The place of each, and the type of a path's values; a raw text has none.
    members: Vec<(usize, Option<ScalarType>)>,
    paths: PathsReader,
    /// The last values of a dictionary and what became of them. Kept, they also keep their place in memory.
    last: Option<(ArrayRef, Vec<ArrayRef>)>,
}

impl MembersReader {
    /// The members of texts of which it need not be known whether they are JSON.
    pub(super) fn of_texts(&mut self, texts: &ArrayRef) -> Result<Vec<(usize, ScanColumn)>> {
        let members = self.read(texts)?;
        Ok(self.places().zip(members.into_iter().map(ScanColumn::Plain)).collect())
    }

    /// The members of a column that was read as it is.
    pub(super) fn of_column(&mut self, column: &ScanColumn) -> Result<Vec<(usize, ScanColumn)>> {
        let (keys, values) = match column {
            ScanColumn::Plain(array) => return self.of_texts(array),
            ScanColumn::Dictionary { keys, values } => (keys, values),
        };
        let members = match &self.last {
            Some((known, members)) if Arc::ptr_eq(known, values) => members.clone(),
            _ => {
                let members = self.read(values)?;
                self.last = Some((values.clone(), members.clone()));
                members
            }
        };
        let columns = members.into_iter().map(|values| ScanColumn::Dictionary { keys: keys.clone(), values });
        Ok(self.places().zip(columns).collect())
    }

    /// The members of a column that the file does not have.
    pub(super) fn of_nothing(&self, rows: usize) -> Vec<(usize, ScanColumn)> {
        let nothing = |result: Option<ScalarType>| match result.unwrap_or(ScalarType::Dynamic) {
            ScalarType::String => {
                Arc::new(StringViewArray::from_iter_values(std::iter::repeat_n("", rows))) as ArrayRef
            }
            result => new_null_array(&result.arrow_type(), rows),
        };
        self.members.iter().map(|(place, result)| (*place, ScanColumn::Plain(nothing(*result)))).collect()
    }

    fn places(&self) -> impl Iterator<Item = usize> + use<> {
        let places: Vec<usize> = self.members.iter().map(|(place, _)| *place).collect();
        places.into_iter()
    }

    fn read(&mut self, array: &ArrayRef) -> Result<Vec<ArrayRef>> {
        let wrong = || DataFusionError::Internal(format!("a dynamic column was read as {}", array.data_type()));
        let texts = array.as_string_view_opt().ok_or_else(wrong)?;
        let is_any_path = self.members.iter().any(|(_, result)| result.is_some());
        let found = if is_any_path { self.paths.read(texts) } else { Ok(Vec::new()) };
        let mut found = found.map_err(|error| DataFusionError::Execution(error.0))?.into_iter();
        let values = self.members.iter().map(|(_, result)| match result {
            Some(_) => found.next().ok_or_else(|| DataFusionError::Internal("a path was not followed".to_owned())),
            None => Ok(array.clone()),
        });
        values.collect()
    }
}
