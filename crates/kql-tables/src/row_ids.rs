//! Rows that a scan leaves for later: it tells where each one lies, and the few that turn out to be wanted are read
//! again by that.

use std::fmt;
use std::fs::Metadata;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::error::Result;
use datafusion::execution::TaskContext;
use url::Url;

use crate::TableError;

/// Rows of a table's files, by their ids.
#[async_trait]
pub trait RowsById: fmt::Debug + Send + Sync {
    /// The columns of the rows.
    fn schema(&self) -> SchemaRef;

    /// How many rows are best read at once.
    fn at_once(&self) -> usize;

    /// The rows with these ids, in their order, which ascends.
    ///
    /// # Errors
    /// A file that is no longer what it was when the ids were told, and values that cannot be read.
    async fn read(&self, ids: &[u64], context: &Arc<TaskContext>) -> Result<RecordBatch>;
}

/// The bits of an id that tell the place in the file.
const PLACE_BITS: u32 = 40;

/// Where a row lies: in which of a scan's files, and where in it, as its format counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowId {
    pub file: usize,
    pub place: u64,
}

impl RowId {
    pub(crate) fn of(id: u64) -> RowId {
        RowId { file: usize::try_from(id >> PLACE_BITS).unwrap_or(usize::MAX), place: id & ((1 << PLACE_BITS) - 1) }
    }

    /// The id of the first place of a file; to count on from there gives the ids of the others.
    pub(crate) fn base(file: usize) -> u64 {
        (file as u64) << PLACE_BITS
    }

    /// Whether so many files with so many places each can be told apart.
    pub(crate) fn can_tell(files: usize, places: u64) -> bool {
        files <= 1 << (u64::BITS - PLACE_BITS) && places < 1 << PLACE_BITS
    }

    /// The column of ids.
    pub(crate) fn field() -> Field {
        Field::new("$row", DataType::UInt64, true)
    }
}

/// The ranges of ids, which ascend, that lie in one file each.
pub(crate) fn by_file(ids: &[u64]) -> impl Iterator<Item = (usize, Range<usize>)> {
    let mut start = 0;
    ids.chunk_by(|one, other| RowId::of(*one).file == RowId::of(*other).file).map(move |chunk| {
        let range = start..start + chunk.len();
        start = range.end;
        (chunk.first().map_or(usize::MAX, |id| RowId::of(*id).file), range)
    })
}

/// A file on this machine as it was at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileStamp {
    pub local: PathBuf,
    size: u64,
    modified: Option<SystemTime>,
    created: Option<SystemTime>,
}

impl FileStamp {
    /// The file at a URL; `None` where it cannot be looked at.
    pub(crate) fn of(url: &str) -> Option<FileStamp> {
        let local = Url::parse(url).ok().filter(|url| url.scheme() == "file")?.to_file_path().ok()?;
        let metadata = std::fs::metadata(&local).ok()?;
        let (size, modified, created) = told(&metadata);
        Some(FileStamp { local, size, modified, created })
    }

    /// An error where the file is another one now, or was written to other than at its end.
    pub(crate) fn check(&self, path: &str) -> Result<(), TableError> {
        let metadata = std::fs::metadata(&self.local).map_err(|error| TableError::new(path, error))?;
        let (size, modified, created) = told(&metadata);
        let is_same = created == self.created && (size > self.size || (size, modified) == (self.size, self.modified));
        if is_same { Ok(()) } else { Err(changed(path)) }
    }
}

fn told(metadata: &Metadata) -> (u64, Option<SystemTime>, Option<SystemTime>) {
    (metadata.len(), metadata.modified().ok(), metadata.created().ok())
}

/// The error for a file that is no longer what it was.
pub(crate) fn changed(path: &str) -> TableError {
    TableError::new(path, "the file changed while the query read it; run the query again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_tell_file_and_place() {
        let ids = [RowId::base(0), RowId::base(0) + 7, RowId::base(3) + 5, RowId::base(3) + (1 << 40) - 1];
        let told: Vec<_> = ids.iter().map(|id| (RowId::of(*id).file, RowId::of(*id).place)).collect();
        assert_eq!(told, [(0, 0), (0, 7), (3, 5), (3, (1 << 40) - 1)]);
        assert_eq!(by_file(&ids).collect::<Vec<_>>(), [(0, 0..2), (3, 2..4)]);
        assert_eq!(by_file(&[]).count(), 0);
        assert!(RowId::can_tell(1 << 24, 5) && !RowId::can_tell((1 << 24) + 1, 5) && !RowId::can_tell(1, 1 << 40));
    }

    #[test]
    fn a_file_may_grow_but_not_change() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a");
        let write = |content: &str| std::fs::write(&place, content).unwrap();
        write("one");
        let stamp = FileStamp::of(Url::from_file_path(&place).unwrap().as_str()).unwrap();
        assert_eq!(stamp.check("a"), Ok(()));
        write("one\ntwo");
        assert_eq!(stamp.check("a"), Ok(()));
        write("on");
        assert_eq!(stamp.check("a").unwrap_err().to_string(), changed("a").to_string());
        std::fs::remove_file(&place).unwrap();
        assert!(stamp.check("a").is_err());
        assert_eq!(FileStamp::of("https://example.com/a"), None);
    }
}
