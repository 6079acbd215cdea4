//! What a query asks of the tables that it reads.

use indexmap::{IndexMap, IndexSet};
use kql_semantics::{Expr, ExprKind, Relation, RelationOperator};

use crate::alternatives::{self, Alternative};
use crate::lineage::Lineage;
use crate::random::Random;
use crate::wishes::Wishes;
use crate::{SampleOptions, SampleTable, values};

/// A projection of at most so many columns is one that an author chose.
const CHOSEN: usize = 20;

/// Makes rows for the tables of one query, and knows what of them matters to it.
pub struct Sampler<'p> {
    lineage: Lineage<'p>,
    wishes: Wishes,
}

impl<'p> Sampler<'p> {
    /// For the plans of one query.
    pub fn of(relations: impl IntoIterator<Item = &'p Relation>) -> Sampler<'p> {
        let lineage = Lineage::of(relations);
        let wishes = Wishes::of(&lineage);
        Sampler { lineage, wishes }
    }

    /// Rows for every table, by its name; the files of an `externaldata` stand under their URIs.
    pub fn tables(&self, options: &SampleOptions) -> IndexMap<String, SampleTable> {
        let mut random = Random::new(options.seed);
        let mut tables = IndexMap::new();
        for (name, schema) in self.lineage.tables() {
            let row = |_| values::row(name, schema, &self.wishes, options.now, &mut random);
            let rows = (0..options.rows).map(row).collect();
            tables.insert(name.to_owned(), SampleTable { schema: schema.clone(), rows });
        }
        tables
    }

    /// The columns on which the result depends, by their tables: those that are computed with, compared, grouped by or
    /// joined on, and those that the query chooses to show.
    pub fn columns_read(&self) -> IndexMap<String, IndexSet<String>> {
        let mut read: IndexMap<String, IndexSet<String>> = IndexMap::new();
        for relation in self.lineage.relations() {
            let is_bare = |value: &&Expr| matches!(value.kind, ExprKind::Column(_));
            let mut values = relation.operator.expressions();
            if let RelationOperator::Project { input, expressions } = &relation.operator {
                let passed = expressions.iter().filter(is_bare).count();
                // What passes an `extend` is not chosen.
                if passed > CHOSEN || passed >= input.columns.len() {
                    values.retain(|value| !is_bare(value));
                }
            }
            let places = values.into_iter().flat_map(|value| self.lineage.places(value));
            for place in places {
                read.entry(place.table).or_default().insert(place.column);
            }
        }
        read
    }

    /// What could stand at the places that a condition, or a key of a join, looks at: what the query compares them
    /// with, its neighbours, and values that it does not name.
    pub fn alternatives(&self, value: &'p Expr, now: i64) -> Vec<Alternative> {
        alternatives::alternatives(&self.lineage, &self.wishes, value, now)
    }
}
