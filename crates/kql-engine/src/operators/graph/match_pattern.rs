//! The matches of a pattern as a table.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, RecordBatchOptions, StringViewBuilder, UInt32Array,
};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::common::{internal_err, plan_err};
use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryReservation;
use kql_semantics::Column;
use kql_semantics::plan::graph::{Cycles, Direction, Gather, GraphMatch, MatchOutput, Search as PlannedSearch};
use kql_types::ScalarType;
use serde::{Deserialize, Serialize};

use super::adjacency::{Adjacency, Way};
use super::matches::{Matches, Paths};
use super::search::{Allowed, Edge, Pattern, Progress, Repeats, Search};
use super::shortest::ShortestPaths;
use super::{Names, RowColumns};
use crate::EngineError;
use crate::lowering::internal_name;
use crate::operators::gathered::Gathered;
use crate::operators::own::{Behaviour, Worker};

/// The most matches of a batch.
const BATCH_ROWS: usize = 8192;

/// The most memory of the matches of a batch, in bytes, but for the last one of them.
const BATCH_BYTES: usize = 16 << 20;

/// How many hops are tried before the reader gets a chance to stop.
const PATIENCE: usize = 1 << 18;

/// Finds the matches of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct MatchPattern {
    rows: RowColumns,
    /// For each node of the pattern the column that says what may stand there.
    nodes: Vec<Option<String>>,
    edges: Vec<EdgeSpec>,
    repeats: RepeatsSpec,
    search: SearchSpec,
    outputs: Vec<OutputSpec>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct EdgeSpec {
    left: usize,
    right: usize,
    direction: DirectionSpec,
    length: Option<(u32, u32)>,
    candidates: Option<String>,
    inner_candidates: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum DirectionSpec {
    Out,
    In,
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum RepeatsSpec {
    Anything,
    NoEdge,
    NoNode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum SearchSpec {
    All,
    Shortest { all: bool },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct OutputSpec {
    output: String,
    /// The name of its type.
    scalar_type: String,
    source: SourceSpec,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum SourceSpec {
    Node { node: usize, column: String },
    Edge { edge: usize, column: String },
    Path { edge: usize, column: String, inner: bool, gather: GatherSpec },
    Length,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum GatherSpec {
    Array,
    All,
    Any,
}

impl MatchPattern {
    pub fn new(matches: &GraphMatch, columns: &[Column], names: &Names<'_>) -> Result<MatchPattern, EngineError> {
        let optional = |id: Option<_>| id.map(|id| names.input(id)).transpose();
        let edges = matches.edges.iter().map(|edge| {
            Ok(EdgeSpec {
                left: edge.left,
                right: edge.right,
                direction: match edge.direction {
                    Direction::Out => DirectionSpec::Out,
                    Direction::In => DirectionSpec::In,
                    Direction::Any => DirectionSpec::Any,
                },
                length: edge.length,
                candidates: optional(edge.candidates)?,
                inner_candidates: optional(edge.inner_candidates)?,
            })
        });
        let outputs = matches.outputs.iter().zip(columns).map(|(output, column)| {
            let source = match output {
                MatchOutput::Node { node, column } => SourceSpec::Node { node: *node, column: names.input(*column)? },
                MatchOutput::Edge { edge, column } => SourceSpec::Edge { edge: *edge, column: names.input(*column)? },
                MatchOutput::Path { edge, column, inner, gather } => SourceSpec::Path {
                    edge: *edge,
                    column: names.input(*column)?,
                    inner: *inner,
                    gather: match gather {
                        Gather::Array => GatherSpec::Array,
                        Gather::All => GatherSpec::All,
                        Gather::Any => GatherSpec::Any,
                    },
                },
                MatchOutput::Length => SourceSpec::Length,
            };
            Ok(OutputSpec { output: internal_name(column), scalar_type: column.scalar_type.name().to_owned(), source })
        });
        Ok(MatchPattern {
            rows: names.rows(&matches.rows)?,
            nodes: matches.nodes.iter().map(|id| optional(*id)).collect::<Result<_, EngineError>>()?,
            edges: edges.collect::<Result<_, EngineError>>()?,
            repeats: match matches.cycles {
                Cycles::All => RepeatsSpec::Anything,
                Cycles::None => RepeatsSpec::NoNode,
                Cycles::UniqueEdges => RepeatsSpec::NoEdge,
            },
            search: match matches.search {
                PlannedSearch::All => SearchSpec::All,
                PlannedSearch::AnyShortest => SearchSpec::Shortest { all: false },
                PlannedSearch::AllShortest => SearchSpec::Shortest { all: true },
            },
            outputs: outputs.collect::<Result<_, EngineError>>()?,
        })
    }

    fn pattern(&self, batch: &RecordBatch, graph: &Adjacency) -> Result<Pattern> {
        let allowed = |name: &Option<String>, rows: &[u32]| -> Result<Allowed> {
            let Some(name) = name else { return Ok(Allowed::default()) };
            match batch.column_by_name(name).and_then(|array| array.as_boolean_opt()) {
                Some(truth) => Ok(Allowed::by_rows(rows, truth)),
                None => internal_err!("the graph has no condition {name}"),
            }
        };
        let edges = self.edges.iter().map(|edge| {
            let (shortest, longest) = edge.length.unwrap_or((1, 1));
            Ok(Edge {
                left: edge.left,
                right: edge.right,
                way: match edge.direction {
                    DirectionSpec::Out => Way::Outgoing,
                    DirectionSpec::In => Way::Incoming,
                    DirectionSpec::Any => Way::Both,
                },
                shortest,
                longest,
                allowed: allowed(&edge.candidates, &graph.edge_rows)?,
                inner: allowed(&edge.inner_candidates, &graph.node_rows)?,
            })
        });
        Ok(Pattern {
            nodes: self.nodes.iter().map(|name| allowed(name, &graph.node_rows)).collect::<Result<_>>()?,
            edges: edges.collect::<Result<_>>()?,
            repeats: match self.repeats {
                RepeatsSpec::Anything => Repeats::Anything,
                RepeatsSpec::NoEdge => Repeats::NoEdge,
                RepeatsSpec::NoNode => Repeats::NoNode,
            },
        })
    }
}

impl Behaviour for MatchPattern {
    fn name(&self) -> &'static str {
        "MatchPattern"
    }

    fn describe(&self) -> String {
        let search = match self.search {
            SearchSpec::All => "all",
            SearchSpec::Shortest { all: true } => "all shortest",
            SearchSpec::Shortest { all: false } => "any shortest",
        };
        let edges: Vec<String> = self
            .edges
            .iter()
            .map(|edge| {
                let arrow = match edge.direction {
                    DirectionSpec::Out => "-->",
                    DirectionSpec::In => "<--",
                    DirectionSpec::Any => "--",
                };
                let length = edge.length.map(|(from, to)| format!("*{from}..{to}")).unwrap_or_default();
                format!("({}){arrow}{length}({})", edge.left, edge.right)
            })
            .collect();
        format!("{search} of {} nodes {}", self.nodes.len(), edges.join(", "))
    }

    fn reads(&self) -> Vec<&str> {
        let mut names = self.rows.names().to_vec();
        names.extend(self.nodes.iter().flatten().map(String::as_str));
        for edge in &self.edges {
            names.extend(edge.candidates.iter().chain(&edge.inner_candidates).map(String::as_str));
        }
        names.extend(self.outputs.iter().filter_map(|output| match &output.source {
            SourceSpec::Node { column, .. } | SourceSpec::Edge { column, .. } | SourceSpec::Path { column, .. } => {
                Some(column.as_str())
            }
            SourceSpec::Length => None,
        }));
        names
    }

    fn passes(&self, _column: &str) -> bool {
        false
    }

    fn adds(&self) -> Vec<Field> {
        let field = |output: &OutputSpec| {
            let scalar_type = ScalarType::from_name(&output.scalar_type).unwrap_or(ScalarType::Dynamic);
            Field::new(&output.output, scalar_type.arrow_type(), true)
        };
        self.outputs.iter().map(field).collect()
    }

    fn worker(&self, input: &SchemaRef, output: &SchemaRef, memory: MemoryReservation) -> Result<Box<dyn Worker>> {
        if self.search != SearchSpec::All && (self.nodes.len(), self.edges.len()) != (2, 1) {
            return plan_err!("shortest paths are between two nodes, along one edge");
        }
        Ok(Box::new(Matcher {
            specification: self.clone(),
            output: output.clone(),
            working: memory.new_empty(),
            rows: Gathered::new(input.clone(), memory),
            running: None,
        }))
    }
}

/// Hands out the matches batch by batch.
struct Matcher {
    specification: MatchPattern,
    output: SchemaRef,
    rows: Gathered,
    /// What the search itself holds.
    working: MemoryReservation,
    running: Option<Running>,
}

struct Running {
    batch: RecordBatch,
    graph: Adjacency,
    pattern: Pattern,
    search: AnySearch,
}

enum AnySearch {
    All(Search),
    Shortest(ShortestPaths),
}

impl AnySearch {
    fn next(&mut self, pattern: &Pattern, graph: &Adjacency, matches: &mut Matches) -> Progress {
        match self {
            AnySearch::All(search) => search.next(pattern, graph, matches, PATIENCE),
            AnySearch::Shortest(search) => search.next(pattern, graph, matches, PATIENCE),
        }
    }

    fn size(&self) -> usize {
        match self {
            AnySearch::All(search) => search.size(),
            AnySearch::Shortest(search) => search.size(),
        }
    }
}

impl Worker for Matcher {
    fn push(&mut self, batch: RecordBatch) -> Result<()> {
        self.rows.push(batch)
    }

    fn finish(&mut self) -> Result<()> {
        let batch = self.rows.concatenated()?;
        let graph = Adjacency::of(&batch, &self.specification.rows)?;
        let pattern = self.specification.pattern(&batch, &graph)?;
        let search = match self.specification.search {
            SearchSpec::All => AnySearch::All(Search::new(&pattern, &graph)),
            SearchSpec::Shortest { all } => AnySearch::Shortest(ShortestPaths::new(all, &graph)),
        };
        self.working.try_resize(graph.size() + search.size())?;
        self.running = Some(Running { batch, graph, pattern, search });
        Ok(())
    }

    fn pull(&mut self) -> Result<Option<RecordBatch>> {
        let Some(running) = &mut self.running else { return Ok(None) };
        let held = running.graph.size() + running.search.size();
        let mut matches = Matches::new(self.specification.nodes.len(), self.specification.edges.len());
        let mut done = false;
        while matches.len() < BATCH_ROWS && matches.size() < BATCH_BYTES {
            match running.search.next(&running.pattern, &running.graph, &mut matches) {
                Progress::Match => {}
                // An empty batch gives the reader a chance to stop.
                Progress::Nothing => break,
                Progress::Done => {
                    done = true;
                    break;
                }
            }
        }
        self.working.try_resize(held + matches.size())?;
        let batch = running.table(&matches, &self.specification.outputs, &self.output)?;
        if done {
            self.running = None;
            self.working.free();
            if batch.num_rows() == 0 {
                return Ok(None);
            }
        }
        Ok(Some(batch))
    }
}

impl Running {
    fn table(&self, matches: &Matches, outputs: &[OutputSpec], schema: &SchemaRef) -> Result<RecordBatch> {
        let arrays = outputs.iter().map(|output| self.column(matches, &output.source)).collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(matches.len()));
        Ok(RecordBatch::try_new_with_options(schema.clone(), arrays, &options)?)
    }

    fn column(&self, matches: &Matches, source: &SourceSpec) -> Result<ArrayRef> {
        let found = |name: &str| match self.batch.column_by_name(name) {
            Some(column) => Ok(column),
            None => internal_err!("the graph has no column {name}"),
        };
        match source {
            SourceSpec::Node { node, column } => {
                let Some(nodes) = matches.nodes.get(*node) else { return internal_err!("no node {node}") };
                let rows: UInt32Array = nodes.iter().map(|node| row(&self.graph.node_rows, *node)).collect();
                Ok(take(found(column)?, &rows, None)?)
            }
            SourceSpec::Edge { edge, column } => {
                let Some(paths) = matches.paths.get(*edge) else { return internal_err!("no edge {edge}") };
                let rows: UInt32Array = paths.edges.iter().map(|edge| row(&self.graph.edge_rows, *edge)).collect();
                Ok(take(found(column)?, &rows, None)?)
            }
            SourceSpec::Path { edge, column, inner, gather } => {
                let Some(paths) = matches.paths.get(*edge) else { return internal_err!("no edge {edge}") };
                self.gathered(paths, found(column)?, *inner, *gather)
            }
            SourceSpec::Length => Ok(Arc::new(Int64Array::from(matches.lengths.clone()))),
        }
    }

    /// What a column gives along paths.
    fn gathered(&self, paths: &Paths, column: &ArrayRef, inner: bool, gather: GatherSpec) -> Result<ArrayRef> {
        let (elements, ends, rows) = match inner {
            true => (&paths.inner, &paths.inner_ends, &self.graph.node_rows),
            false => (&paths.edges, &paths.ends, &self.graph.edge_rows),
        };
        let mut start = 0;
        let series = ends.iter().map(|end| {
            let own = elements.get(start..*end).unwrap_or_default();
            start = *end;
            own.iter().filter_map(|element| row(rows, *element)).map(|row| row as usize)
        });
        if gather == GatherSpec::Array {
            let Some(texts) = column.as_string_view_opt() else {
                return internal_err!("an array of {} values", column.data_type());
            };
            let mut arrays = StringViewBuilder::with_capacity(ends.len());
            let mut array = String::new();
            for rows in series {
                array.clear();
                array.push('[');
                for (at, row) in rows.enumerate() {
                    if at > 0 {
                        array.push(',');
                    }
                    array.push_str(if texts.is_valid(row) { texts.value(row) } else { "null" });
                }
                array.push(']');
                arrays.append_value(&array);
            }
            return Ok(Arc::new(arrays.finish()));
        }
        let Some(truth) = column.as_boolean_opt() else {
            return internal_err!("a condition of type {}", DataType::clone(column.data_type()));
        };
        let holds = |row: usize| truth.is_valid(row) && truth.value(row);
        let held: BooleanArray = series
            .map(|mut rows| Some(if gather == GatherSpec::All { rows.all(holds) } else { rows.any(holds) }))
            .collect();
        Ok(Arc::new(held))
    }
}

/// The row of an element.
fn row(rows: &[u32], element: u32) -> Option<u32> {
    rows.get(element as usize).copied()
}
