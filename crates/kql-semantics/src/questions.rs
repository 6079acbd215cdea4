//! Questions to the data: the columns of `evaluate bag_unpack()` are known only once its input is.
//!
//! Binding does not run anything. It asks for the rows of a relation in [`crate::Bound::question`]; whoever can run it
//! binds again with the answer, until nothing is asked any more. Questions come in the same order each time.

use kql_types::Value;

use crate::binder::Binder;
use crate::plan::Relation;

/// The rows of a relation that binding asked for.
pub type Answer = Vec<Vec<Value>>;

impl<'a> Binder<'a> {
    /// The rows of a relation, if they are known. A function that is only checked asks nothing.
    pub(crate) fn ask(&mut self, question: Relation) -> Option<&'a Answer> {
        if self.checking > 0 {
            return None;
        }
        let answer = self.answers.get(self.asked);
        self.asked += 1;
        if answer.is_none() {
            self.question.get_or_insert(question);
        }
        answer
    }
}
