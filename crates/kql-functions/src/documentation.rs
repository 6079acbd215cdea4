//! What a function's reference page is made of.

/// The reference text of a function, in the fixed headings of its page.
#[derive(Debug)]
pub struct Documentation {
    /// One sentence that says what the function gives.
    pub summary: &'static str,
    /// What the result is, nulls and bad input included.
    pub returns: &'static str,
    /// What surprises people; empty when nothing does.
    pub notes: &'static str,
    /// The Kusto page it follows, such as `strlen-function`.
    pub page: &'static str,
}

/// A query with the value it gives: at once a test, a part of the reference page and of the hover text.
#[derive(Debug)]
pub struct Example {
    /// A whole query with one row and one column, such as `print strlen("hello")`.
    pub query: &'static str,
    /// The text form of the one value, as `tostring` gives it (a null is the empty text).
    pub result: &'static str,
}

/// An example, short.
pub const fn example(query: &'static str, result: &'static str) -> Example {
    Example { query, result }
}
