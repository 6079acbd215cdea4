//! The conditions of a plan: what `where` asks, part by part, and what `iff` and `case` decide by; and plans that tell of
//! how many rows each is true.

use kql_types::{ScalarType, Value};

use crate::plan::{Column, ColumnId, Expr, ExprKind, Relation, RelationOperator};

/// A condition, and which of the rows it is asked of.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition<'p> {
    pub value: &'p Expr,
    pub part: Part,
    /// Conditions of the same [`Conditions`], by their positions, that must be true, or must not be, for this one to be
    /// asked: those of the `iff` and `case` around it.
    guards: Vec<(usize, bool)>,
}

/// What a condition is within its operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// One of those that `and` connects in a `where`.
    Conjunct,
    /// One of those that `or` connects within one.
    Branch,
    /// What `iff` or `case` decides by.
    Case,
}

/// The conditions of one operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Conditions<'p> {
    /// The operator.
    pub relation: &'p Relation,
    /// Its rows are those of which the conditions are asked.
    pub input: &'p Relation,
    pub all: Vec<Condition<'p>>,
}

/// Of how many rows a condition is true, and of how many it is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Truths {
    pub holds: usize,
    pub fails: usize,
}

/// The conditions that the author of a query wrote, operator by operator. Those within stored functions are not the
/// query's own.
pub fn conditions<'p>(relations: &[&'p Relation]) -> Vec<Conditions<'p>> {
    relations.iter().filter_map(|relation| Conditions::of(relation)).collect()
}

impl<'p> Conditions<'p> {
    fn of(relation: &'p Relation) -> Option<Conditions<'p>> {
        let input = match relation.operator.inputs().as_slice() {
            [input] => *input,
            _ => return None,
        };
        let mut conditions = Conditions { relation, input, all: Vec::new() };
        match &relation.operator {
            RelationOperator::Filter { predicate, .. } => conditions.conjuncts(predicate),
            RelationOperator::Project { .. } | RelationOperator::Aggregate { .. } | RelationOperator::Extract(_) => {
                for value in relation.operator.expressions() {
                    conditions.cases(value, &[]);
                }
            }
            _ => {}
        }
        Some(conditions).filter(|conditions| !conditions.all.is_empty())
    }

    fn conjuncts(&mut self, predicate: &'p Expr) {
        let mut waiting = vec![predicate];
        while let Some(predicate) = waiting.pop() {
            match operands(predicate, "and") {
                Some(operands) => waiting.extend(operands.iter().rev()),
                None => {
                    self.add(predicate, Part::Conjunct, &[]);
                    self.branches(predicate);
                }
            }
        }
    }

    fn branches(&mut self, conjunct: &'p Expr) {
        let mut waiting = vec![conjunct];
        while let Some(predicate) = waiting.pop() {
            match operands(predicate, "or").or_else(|| operands(predicate, "and")) {
                Some(operands) => waiting.extend(operands.iter().rev()),
                None => {
                    if !std::ptr::eq(predicate, conjunct) {
                        self.add(predicate, Part::Branch, &[]);
                    }
                    self.cases(predicate, &[]);
                }
            }
        }
    }

    fn cases(&mut self, value: &'p Expr, guards: &[(usize, bool)]) {
        let mut waiting = vec![(value, guards.to_vec())];
        while let Some((value, guards)) = waiting.pop() {
            let ExprKind::Call { function, arguments } = &value.kind else { continue };
            if !matches!(function.function.name, "iff" | "iif" | "case") {
                waiting.extend(arguments.iter().rev().map(|argument| (argument, guards.clone())));
                continue;
            }
            let mut guards = guards;
            let mut results = Vec::new();
            let mut rest = arguments.as_slice();
            while let [condition, result, after @ ..] = rest {
                let at = self.add(condition, Part::Case, &guards);
                let when = |holds: bool| guards.iter().copied().chain(at.map(|at| (at, holds))).collect::<Vec<_>>();
                results.push((result, when(true)));
                guards = when(false);
                rest = after;
            }
            results.extend(rest.iter().map(|otherwise| (otherwise, guards.clone())));
            waiting.extend(results.into_iter().rev());
        }
    }

    /// Adds a condition that depends on rows, and that the author wrote.
    fn add(&mut self, value: &'p Expr, part: Part, guards: &[(usize, bool)]) -> Option<usize> {
        let is_constant = matches!(value.kind, ExprKind::Literal(_));
        // What comes from a stored function stands where the function is called.
        let is_foreign = value.span == self.relation.span || value.span.end == usize::MAX;
        if is_constant || is_foreign || value.scalar_type != ScalarType::Bool {
            return None;
        }
        self.all.push(Condition { value, part, guards: guards.to_vec() });
        Some(self.all.len() - 1)
    }

    /// A plan with a row for each that the operator sees, and a column for each condition.
    pub fn question(&self) -> Relation {
        let columns = (0..self.all.len() as u32).map(|position| Column {
            // The binder counts from zero.
            id: ColumnId(u32::MAX - position),
            name: format!("condition {position}"),
            scalar_type: ScalarType::Bool,
        });
        let expressions = self.all.iter().map(|condition| condition.value.clone()).collect();
        let operator = RelationOperator::Project { input: Box::new(self.input.clone()), expressions };
        Relation { operator, columns: columns.collect(), span: self.relation.span }
    }

    /// What the rows of the [question](Conditions::question) say of each condition.
    pub fn truths(&self, rows: &[Vec<Value>]) -> Vec<Truths> {
        let mut truths = vec![Truths::default(); self.all.len()];
        for row in rows {
            let holds = |at: usize| matches!(row.get(at), Some(Value::Bool(true)));
            for (at, (condition, truths)) in self.all.iter().zip(&mut truths).enumerate() {
                if condition.guards.iter().all(|(guard, wanted)| holds(*guard) == *wanted) {
                    *(if holds(at) { &mut truths.holds } else { &mut truths.fails }) += 1;
                }
            }
        }
        truths
    }

    /// Whether there is a row of which a conjunct is not true, and all others are.
    pub fn fails_alone(&self, position: usize, rows: &[Vec<Value>]) -> bool {
        rows.iter().any(|row| {
            self.all.iter().enumerate().filter(|(_, condition)| condition.part == Part::Conjunct).all(|(at, _)| {
                let holds = matches!(row.get(at), Some(Value::Bool(true)));
                holds == (at != position)
            })
        })
    }
}

/// The operands of `and` or `or`.
fn operands<'p>(predicate: &'p Expr, connective: &str) -> Option<&'p [Expr]> {
    match &predicate.kind {
        ExprKind::Call { function, arguments } if function.function.name == connective => Some(arguments),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use kql_types::{Schema, ticks};

    use super::*;
    use crate::plan::relations;
    use crate::{BindContext, Tables, bind};

    struct Logons;

    impl Tables for Logons {
        fn schema(&self, name: &str) -> Option<Schema> {
            let columns = [("User", ScalarType::String), ("N", ScalarType::Long)];
            (name == "Logons").then(|| columns.into_iter().collect())
        }

        fn names(&self) -> Vec<String> {
            vec!["Logons".to_owned()]
        }
    }

    fn texts(query: &str) -> String {
        let parsed = kql_syntax::parse(query);
        let bound = bind(&parsed.query, &BindContext::new(&Logons, ticks::UNIX_EPOCH));
        let relations = relations(bound.results.iter().map(|result| &result.relation));
        let mut lines = Vec::new();
        for conditions in conditions(&relations) {
            for Condition { value, part, guards } in &conditions.all {
                lines.push(format!("{part:?} {guards:?} {}", &query[value.span.range()]));
            }
        }
        lines.join("\n")
    }

    #[test]
    fn the_parts_of_a_filter_and_what_decides_are_conditions() {
        insta::assert_snapshot!(texts(
            "Logons | where User has 'x' and (N > 3 or User == 'b' and N < 0) and true
            | extend Kind = case(N == 1, 'one', N == 2, iff(User == 'c', 'two', 'deux'), 'many')
            | where User !in ((Logons | where N == 7 | project User))"
        ), @"
        Conjunct [] User !in ((Logons | where N == 7 | project User))
        Conjunct [] N == 7
        Case [] N == 1
        Case [(0, false)] N == 2
        Case [(0, false), (1, true)] User == 'c'
        Conjunct [] User has 'x'
        Conjunct [] N > 3 or User == 'b' and N < 0
        Branch [] N > 3
        Branch [] User == 'b'
        Branch [] N < 0
        ");
    }

    #[test]
    fn rows_that_do_not_come_to_a_condition_do_not_count() {
        let query = "Logons | extend Kind = iff(N > 0, 'a', iff(N == 0, 'b', 'c'))";
        let parsed = kql_syntax::parse(query);
        let bound = bind(&parsed.query, &BindContext::new(&Logons, ticks::UNIX_EPOCH));
        let relations = relations(bound.results.iter().map(|result| &result.relation));
        let conditions = conditions(&relations);
        let row = |first: bool, second: bool| vec![Value::Bool(first), Value::Bool(second)];
        let truths = conditions[0].truths(&[row(true, false), row(false, true), row(false, false)]);
        assert_eq!(truths, [Truths { holds: 1, fails: 2 }, Truths { holds: 1, fails: 1 }]);
    }
}
