//! Queries that binding itself writes, for plugins that are queries over their parameters.
//!
//! A bound plan borrows nothing of them, but binding does, so they are kept until it is done.

use std::cell::OnceCell;

use kql_syntax::tree;

/// How many different queries one binding may write.
const MAX_REWRITES: usize = 256;

/// The queries written so far: a list that only grows.
#[derive(Debug, Default)]
pub(crate) struct Rewrites {
    first: OnceCell<Box<Rewrite>>,
}

#[derive(Debug)]
struct Rewrite {
    text: String,
    query: tree::Query,
    others: Rewrites,
}

impl Rewrites {
    /// The tree of a text; `None` when it does not parse, or when there are too many.
    pub fn parsed(&self, text: String) -> Option<&tree::Query> {
        let mut place = self;
        for _ in 0..MAX_REWRITES {
            match place.first.get() {
                Some(known) if known.text == text => return Some(&known.query),
                Some(known) => place = &known.others,
                None => {
                    let parsed = kql_syntax::parse(&text);
                    if !parsed.diagnostics.is_empty() {
                        return None;
                    }
                    let rewrite = Rewrite { text, query: parsed.query, others: Rewrites::default() };
                    return Some(&place.first.get_or_init(|| Box::new(rewrite)).query);
                }
            }
        }
        None
    }
}
