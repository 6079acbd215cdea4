//! `mv-expand` and the member access behind it as one: `mv-expand P = Policies | extend Name = tostring(P.name)`.
//!
//! Where a projection takes nothing but paths of the elements, the elements themselves are never made: the walk through
//! the array hands out the members in use.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, StringViewBuilder};
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr as DataFusionExpr, LogicalPlan, Projection};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};
use kql_functions::PATH;
use kql_types::ScalarType;
use kql_types::dynamic::{Dynamic, Found, Kind, Path, Step, Text, Walk};
use serde::{Deserialize, Serialize};

use super::own::{OwnNode, OwnOperator};
use crate::functions::ScalarFunctionAdapter;
use crate::lowering::column;

/// What is wanted of the elements of an expanded column.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Member {
    /// The text form of the path into an element.
    path: String,
    /// Whether the value at its end is wanted as `tostring` gives it.
    is_text: bool,
    /// The column that it becomes.
    pub output: String,
}

impl Member {
    /// The same as text.
    pub fn as_text(&self) -> Member {
        Member { is_text: true, ..self.clone() }
    }

    pub fn scalar_type(&self) -> ScalarType {
        if self.is_text { ScalarType::String } else { ScalarType::Dynamic }
    }

    pub fn describe(&self) -> String {
        if self.is_text { format!("tostring({})", self.path) } else { self.path.clone() }
    }
}

/// The rule that moves member access into the expansion.
#[derive(Debug)]
pub(crate) struct ExpandMembers;

impl OptimizerRule for ExpandMembers {
    fn name(&self) -> &str {
        "expand_members"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let fused = match fused(&plan)? {
            Some(fused) => Some(fused),
            None => with_texts(&plan)?,
        };
        Ok(fused.map_or_else(|| Transformed::no(plan), Transformed::yes))
    }
}

/// The projection over an expansion that gives members, if it takes nothing else of some expanded column.
fn fused(plan: &LogicalPlan) -> Result<Option<LogicalPlan>> {
    let LogicalPlan::Projection(projection) = plan else { return Ok(None) };
    let LogicalPlan::Extension(extension) = projection.input.as_ref() else { return Ok(None) };
    let Some(node) = extension.node.as_any().downcast_ref::<OwnNode>() else { return Ok(None) };
    let OwnOperator::Expand(expand) = node.operator() else { return Ok(None) };
    let mut wanted: BTreeMap<String, Vec<Member>> = BTreeMap::new();
    let mut whole = Vec::new();
    for expression in &projection.expr {
        expression.apply(|expression| {
            if let Some((of, path, is_text)) = member_access(expression) {
                let members = wanted.entry(of.to_owned()).or_default();
                if members.iter().all(|known| known.path != path || known.is_text != is_text) {
                    let output = format!("{of}.{}", members.len());
                    members.push(Member { path: path.to_owned(), is_text, output });
                }
                return Ok(TreeNodeRecursion::Jump);
            }
            if let DataFusionExpr::Column(column) = expression {
                whole.push(column.name.clone());
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
    }
    wanted.retain(|name, _| !whole.contains(name) && expand.has_whole_elements(name));
    if wanted.is_empty() {
        return Ok(None);
    }
    let mut expand = expand.clone();
    for (name, members) in &wanted {
        expand = expand.with_members(name, members.clone());
    }
    projected(projection, OwnOperator::Expand(expand).over(node.input().clone())?, |expression| {
        let (of, path, is_text) = member_access(expression)?;
        let members = wanted.get(of)?;
        let member = members.iter().find(|member| member.path == path && member.is_text == is_text)?;
        Some(column(&member.output))
    })
}

/// The projection over another input, with what `instead` gives in the place of parts of its expressions.
fn projected(
    projection: &Projection,
    input: LogicalPlan,
    instead: impl Fn(&DataFusionExpr) -> Option<DataFusionExpr>,
) -> Result<Option<LogicalPlan>> {
    let expressions = projection.expr.iter().map(|expression| {
        let name = expression.schema_name().to_string();
        let rewritten = expression.clone().transform_down(|expression| {
            Ok(match instead(&expression) {
                Some(column) => Transformed::new(column, true, TreeNodeRecursion::Jump),
                None => Transformed::no(expression),
            })
        })?;
        // The column keeps its name.
        Ok(if rewritten.transformed && rewritten.data.schema_name().to_string() != name {
            rewritten.data.alias(name)
        } else {
            rewritten.data
        })
    });
    let expressions = expressions.collect::<Result<Vec<_>>>()?;
    let projected = Projection::try_new_with_schema(expressions, Arc::new(input), projection.schema.clone())?;
    Ok(Some(LogicalPlan::Projection(projected)))
}

/// The projection over an expansion that gives members, if some of them are wanted as text alone: then they are handed
/// out as such. (`extend Name = P.name | extend Part = split(Name, '.')` comes to this in the end.)
fn with_texts(plan: &LogicalPlan) -> Result<Option<LogicalPlan>> {
    let LogicalPlan::Projection(projection) = plan else { return Ok(None) };
    let LogicalPlan::Extension(extension) = projection.input.as_ref() else { return Ok(None) };
    let Some(node) = extension.node.as_any().downcast_ref::<OwnNode>() else { return Ok(None) };
    let OwnOperator::Expand(expand) = node.operator() else { return Ok(None) };
    let (mut as_text, mut as_it_is) = (BTreeSet::new(), BTreeSet::new());
    for expression in &projection.expr {
        expression.apply(|expression| {
            if let Some(of) = text_of_column(expression) {
                as_text.insert(of.to_owned());
                return Ok(TreeNodeRecursion::Jump);
            }
            if let DataFusionExpr::Column(column) = expression {
                as_it_is.insert(column.name.clone());
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
    }
    as_text.retain(|name| !as_it_is.contains(name) && expand.has_dynamic_member(name));
    if as_text.is_empty() {
        return Ok(None);
    }
    let expand = as_text.iter().fold(expand.clone(), |expand, name| expand.with_text_member(name));
    projected(projection, OwnOperator::Expand(expand).over(node.input().clone())?, |expression| {
        text_of_column(expression).filter(|of| as_text.contains(*of)).map(column)
    })
}

/// The column of which an expression is the text: `tostring` of a dynamic one.
fn text_of_column(expression: &DataFusionExpr) -> Option<&str> {
    match call(expression)? {
        ("tostring", [DataFusionExpr::Column(column)]) => Some(&column.name),
        _ => None,
    }
}

/// What `kql_functions::fused` makes of `tostring($path(…))`.
const PATH_TO_STRING: &str = "$path_tostring";

/// The column, the path into it, and whether its text is taken: `$path(column, literal)` or `tostring` of that.
fn member_access(expression: &DataFusionExpr) -> Option<(&str, &str, bool)> {
    let (name, arguments) = call(expression)?;
    if name == "tostring" {
        let [argument] = arguments else { return None };
        let (of, path, false) = member_access(argument)? else { return None };
        return Some((of, path, true));
    }
    match arguments {
        [
            DataFusionExpr::Column(column),
            DataFusionExpr::Literal(ScalarValue::Utf8View(Some(path)) | ScalarValue::Utf8(Some(path)), _),
        ] if name == PATH || name == PATH_TO_STRING => Some((&column.name, path, name == PATH_TO_STRING)),
        _ => None,
    }
}

fn call(expression: &DataFusionExpr) -> Option<(&'static str, &[DataFusionExpr])> {
    let DataFusionExpr::ScalarFunction(call) = expression else { return None };
    let adapter = call.func.inner().downcast_ref::<ScalarFunctionAdapter>()?;
    Some((adapter.function().function.name, &call.args))
}

/// The wanted members with their paths read.
pub(crate) struct MemberPaths {
    paths: Vec<(Path, bool)>,
    /// Whether every path is one name, for which an array is walked once.
    are_names: bool,
    walk: Walk,
    /// Whether it is still to be seen that texts are JSON.
    are_raw: bool,
}

impl MemberPaths {
    pub fn new(members: &[Member], are_raw: bool) -> MemberPaths {
        let paths: Vec<(Path, bool)> =
            members.iter().map(|member| (Path::parse(&member.path).unwrap_or_default(), member.is_text)).collect();
        let names: Vec<&str> = paths.iter().map_while(|(path, _)| only_name(path)).collect();
        let are_names = names.len() == paths.len();
        let walk = Walk::new(names);
        MemberPaths { paths, are_names, walk, are_raw }
    }
}

fn only_name(path: &Path) -> Option<&str> {
    match path.steps() {
        [Step::Member(name)] => Some(name),
        _ => None,
    }
}

/// The members of the elements of one column, gathered.
pub(crate) struct Members<'a> {
    paths: &'a mut MemberPaths,
    builders: Vec<StringViewBuilder>,
    length: usize,
}

impl<'a> Members<'a> {
    pub fn new(paths: &'a mut MemberPaths) -> Members<'a> {
        Members { builders: paths.paths.iter().map(|_| StringViewBuilder::new()).collect(), paths, length: 0 }
    }

    pub fn len(&self) -> usize {
        self.length
    }

    /// Appends what the elements of an array have, at most of `limit` of them, and says of how many. `None` where the
    /// text is another value.
    pub fn append_elements(&mut self, text: Text<'_>, limit: usize) -> Result<Option<usize>> {
        let before = self.length;
        if self.paths.are_names
            && let Some(count) = self.paths.walk.elements(text)
        {
            for element in 0..count.min(limit) {
                self.append_element_of_walk(text, element)?;
            }
            return Ok(Some(self.length - before));
        }
        if self.paths.are_raw && !self.paths.walk.is_json(text) {
            // No text is null, and any other a string: neither has members.
            if limit > 0 {
                self.append_nothing();
            }
            return Ok(Some(self.length - before));
        }
        let value = Dynamic::new(text.as_str());
        if self.paths.are_names || value.kind() != Kind::Array {
            return Ok(None);
        }
        for element in value.elements().take(limit) {
            self.append(element)?;
        }
        Ok(Some(self.length - before))
    }

    fn append_element_of_walk(&mut self, text: Text<'_>, element: usize) -> Result<()> {
        for (name, (builder, (_, is_text))) in self.builders.iter_mut().zip(&self.paths.paths).enumerate() {
            let found = self.paths.walk.member_of(text, element, name);
            match found.and_then(Found::plain_string) {
                Some(content) if *is_text => builder.try_append_value(content)?,
                _ => push(builder, found.map(Found::value), *is_text)?,
            }
        }
        self.length += 1;
        Ok(())
    }

    /// Appends what one element has.
    pub fn append(&mut self, element: Dynamic<'_>) -> Result<()> {
        for (builder, (path, is_text)) in self.builders.iter_mut().zip(&self.paths.paths) {
            push(builder, element.path(path), *is_text)?;
        }
        self.length += 1;
        Ok(())
    }

    /// Appends what nothing has.
    pub fn append_nothing(&mut self) {
        for (builder, (_, is_text)) in self.builders.iter_mut().zip(&self.paths.paths) {
            match is_text {
                true => builder.append_value(""),
                false => builder.append_null(),
            }
        }
        self.length += 1;
    }

    pub fn finish(self) -> Vec<ArrayRef> {
        self.builders.into_iter().map(|mut builder| Arc::new(builder.finish()) as ArrayRef).collect()
    }
}

fn push(builder: &mut StringViewBuilder, value: Option<Dynamic<'_>>, is_text: bool) -> Result<()> {
    match value.filter(|value| !value.is_null()) {
        Some(value) if is_text => builder.try_append_value(value.to_string_value())?,
        Some(value) => builder.try_append_value(value.text())?,
        None if is_text => builder.try_append_value("")?,
        None => builder.append_null(),
    }
    Ok(())
}
