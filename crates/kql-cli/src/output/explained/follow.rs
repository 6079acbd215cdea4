//! What became of followed rows, stage by stage.

use kql_engine::explain::{BranchKind, Detail, Followed, Pipeline, Read, Stage};

/// The way of the rows of one read.
pub struct Way<'e> {
    pub read: &'e Read,
    /// All rows that were read.
    pub of: usize,
    /// The stages that the rows came to, the source not counted.
    pub steps: Vec<Step<'e>>,
    pub end: End,
}

/// A stage that followed rows came to.
pub struct Step<'e> {
    pub stage: &'e Stage,
    pub followed: &'e Followed,
}

/// Where the way of followed rows ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// No row was to be followed.
    NoRows,
    /// Rows of the result derive from them.
    Result(usize),
    /// The last ones are lost at the last step.
    Lost,
    /// They are in what a table within an expression, or the other side of a join, tells a stage.
    Told(usize),
    /// The operator at the last step does not let them be followed.
    Unknown,
}

/// The way of each read.
pub fn ways<'e>(pipeline: &'e Pipeline, reads: &'e [Read]) -> Vec<Way<'e>> {
    let way = |(number, read): (usize, &'e Read)| {
        let mut steps = Vec::new();
        collect(pipeline, number, &mut steps);
        let result = pipeline.stages.last().map(std::ptr::from_ref);
        let mut steps = steps.into_iter();
        let source = steps.next();
        let of = source.as_ref().map_or(0, |source| source.stage.rows_out);
        let mut steps: Vec<Step<'e>> = steps.collect();
        if let Some(lost) = steps.iter().position(|step| step.followed.after.is_none_or(|after| after == 0)) {
            steps.truncate(lost + 1);
        }
        let last = steps.last().or(source.as_ref());
        let end = match last {
            _ if read.rows == 0 => End::NoRows,
            None => End::Unknown,
            Some(last) => match last.followed.after {
                // A side of a semi-join or an anti-join.
                None if matches!(last.stage.detail, Detail::Join(_)) => End::Told(last.followed.before),
                None => End::Unknown,
                Some(0) => End::Lost,
                Some(rows) if result == Some(std::ptr::from_ref(last.stage)) => End::Result(rows),
                Some(rows) => End::Told(rows),
            },
        };
        if end == End::NoRows {
            steps.clear();
        }
        Way { read, of, steps, end }
    };
    reads.iter().enumerate().map(way).collect()
}

/// The stages that rows of a read came to, in the order in which they run.
fn collect<'e>(pipeline: &'e Pipeline, read: usize, steps: &mut Vec<Step<'e>>) {
    for stage in &pipeline.stages {
        for branch in &stage.branches {
            collect(&branch.pipeline, read, steps);
        }
        steps.extend(
            stage.followed.iter().filter(|followed| followed.read == read).map(|followed| Step { stage, followed }),
        );
    }
}

/// What a branch is called.
pub fn branch_name(kind: BranchKind) -> String {
    match kind {
        BranchKind::Right => "the right side of the join".to_owned(),
        BranchKind::Leg(number) => format!("table {number} of the union"),
        BranchKind::Set => "the table of `in`".to_owned(),
        BranchKind::Scalar => "the table of `toscalar`".to_owned(),
        BranchKind::Table => "a table that the next line reads".to_owned(),
    }
}
