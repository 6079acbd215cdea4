//! The pages of one column of one row group.
//!
//! Pages that are compressed with Snappy, as most are, are decompressed here: two at once, which takes less time than one
//! after the other, and into memory that serves other pages once nobody looks at these any more.

use std::sync::Arc;

use datafusion::parquet::arrow::arrow_reader::RowGroups;
use datafusion::parquet::basic::Compression;
use datafusion::parquet::column::page::{Page, PageIterator, PageMetadata, PageReader};
use datafusion::parquet::errors::{ParquetError, Result};
use datafusion::parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use datafusion::parquet::file::serialized_reader::SerializedPageReader;

use super::file::LocalFile;
use crate::snappy::{self, BrokenSnappy};

/// A page longer than this in the file, in bytes, is decompressed alone: the next one is as long, and may not be wanted
/// after all.
const MOST_AHEAD: usize = 8 << 20;

/// One row group of a file.
pub(super) struct FileGroup<'a> {
    pub file: &'a Arc<LocalFile>,
    pub metadata: &'a ParquetMetaData,
    pub group: &'a RowGroupMetaData,
    /// Whether most pages will be asked for.
    pub is_dense: bool,
}

impl FileGroup<'_> {
    /// The pages of a column, decompressed.
    fn pages(&self, column: &ColumnChunkMetaData) -> Result<Box<dyn PageReader>> {
        let stored =
            |column: &ColumnChunkMetaData| SerializedPageReader::new(self.file.clone(), column, self.num_rows(), None);
        if !matches!(column.compression(), Compression::SNAPPY) {
            return Ok(Box::new(stored(column)?));
        }
        // As if it were not compressed, so that the pages come as they are in the file.
        let stored = stored(&column.clone().into_builder().set_compression(Compression::UNCOMPRESSED).build()?)?;
        Ok(Box::new(SnappyPages { stored, file: self.file.clone(), is_dense: self.is_dense, ahead: None }))
    }
}

impl RowGroups for FileGroup<'_> {
    fn num_rows(&self) -> usize {
        usize::try_from(self.group.num_rows()).unwrap_or_default()
    }

    fn column_chunks(&self, place: usize) -> Result<Box<dyn PageIterator>> {
        let Some(column) = self.group.columns().get(place) else {
            return Err(ParquetError::General(format!("there is no column {place}")));
        };
        Ok(Box::new(ColumnPages(Some(self.pages(column)?))))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(std::iter::once(self.group))
    }

    fn metadata(&self) -> &ParquetMetaData {
        self.metadata
    }
}

/// How many rows the first page of a column has, without looking into it; `None` if it has none, or cannot be read.
pub(super) fn rows_of_first_page(file: &Arc<LocalFile>, column: &ColumnChunkMetaData, rows: usize) -> Option<usize> {
    let mut pages = SerializedPageReader::new(file.clone(), column, rows, None).ok()?;
    let first = pages.peek_next_page().ok()??;
    if !first.is_dict {
        return first.num_levels;
    }
    pages.skip_next_page().ok()?;
    pages.peek_next_page().ok()??.num_levels
}

struct ColumnPages(Option<Box<dyn PageReader>>);

impl Iterator for ColumnPages {
    type Item = Result<Box<dyn PageReader>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.take().map(Ok)
    }
}

impl PageIterator for ColumnPages {}

/// Decompresses pages.
struct SnappyPages {
    stored: SerializedPageReader<LocalFile>,
    file: Arc<LocalFile>,
    is_dense: bool,
    /// The page behind the last one that was asked for.
    ahead: Option<Page>,
}

/// A page of which all but some levels in front is still compressed.
struct Compressed {
    page: Page,
    levels: usize,
    /// Of the decompressed page, in bytes.
    length: usize,
}

impl Compressed {
    /// Fails with the page itself if nothing of it is compressed.
    fn new(page: Page) -> Result<Result<Compressed, Page>> {
        let levels = match &page {
            Page::DataPageV2 { is_compressed: false, .. } => return Ok(Err(page)),
            Page::DataPageV2 { def_levels_byte_len, rep_levels_byte_len, .. } => {
                u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len)
            }
            Page::DataPage { .. } | Page::DictionaryPage { .. } => 0,
        };
        let levels = usize::try_from(levels).unwrap_or(usize::MAX);
        let Some(values) = page.buffer().get(levels..) else {
            return Err(ParquetError::EOF(format!("the levels of a page take {levels} bytes, which it does not have")));
        };
        // Of a page of nulls no values are stored at all.
        if values.is_empty() {
            return Ok(Err(page));
        }
        let length = levels + snappy::decompressed_length(values).map_err(broken)?;
        Ok(Ok(Compressed { page, levels, length }))
    }

    /// The compressed values, and where in the page's memory they belong. The levels are written.
    fn parts<'a>(&'a self, memory: &'a mut [u8]) -> Result<(&'a [u8], &'a mut [u8])> {
        let levels_and_values = self.page.buffer().split_at_checked(self.levels);
        let memory = memory.get_mut(..self.length).and_then(|memory| memory.split_at_mut_checked(self.levels));
        let (Some((levels, values)), Some((for_levels, for_values))) = (levels_and_values, memory) else {
            return Err(broken(BrokenSnappy));
        };
        for_levels.copy_from_slice(levels);
        Ok((values, for_values))
    }

    /// The page, with what the memory holds.
    fn with(mut self, file: &LocalFile, memory: Vec<u8>) -> Page {
        let bytes = file.bytes(memory, self.length);
        match &mut self.page {
            Page::DataPage { buf, .. } | Page::DictionaryPage { buf, .. } => *buf = bytes,
            Page::DataPageV2 { buf, is_compressed, .. } => (*buf, *is_compressed) = (bytes, false),
        }
        self.page
    }
}

fn broken(error: BrokenSnappy) -> ParquetError {
    ParquetError::External(Box::new(error))
}

impl SnappyPages {
    fn decompress(&self, page: Page) -> Result<Page> {
        let compressed = match Compressed::new(page)? {
            Ok(compressed) => compressed,
            Err(page) => return Ok(page),
        };
        let mut memory = self.file.memory(compressed.length);
        let (values, decompressed) = compressed.parts(&mut memory)?;
        snappy::decompress(values, decompressed).map_err(broken)?;
        Ok(compressed.with(&self.file, memory))
    }

    fn decompress_both(&self, first: Page, second: Page) -> Result<(Page, Page)> {
        let (first, second) = match (Compressed::new(first)?, Compressed::new(second)?) {
            (Ok(first), Ok(second)) => (first, second),
            (Ok(first), Err(second)) => return Ok((self.decompress(first.page)?, second)),
            (Err(first), Ok(second)) => return Ok((first, self.decompress(second.page)?)),
            (Err(first), Err(second)) => return Ok((first, second)),
        };
        let mut memory = [&first, &second].map(|each| self.file.memory(each.length));
        let [of_first, of_second] = &mut memory;
        snappy::decompress_both(first.parts(of_first)?, second.parts(of_second)?).map_err(broken)?;
        let [of_first, of_second] = memory;
        Ok((first.with(&self.file, of_first), second.with(&self.file, of_second)))
    }
}

impl Iterator for SnappyPages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Result<Page>> {
        self.get_next_page().transpose()
    }
}

impl PageReader for SnappyPages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        if let Some(page) = self.ahead.take() {
            return Ok(Some(page));
        }
        let Some(first) = self.stored.get_next_page()? else { return Ok(None) };
        let second =
            if self.is_dense && first.buffer().len() <= MOST_AHEAD { self.stored.get_next_page()? } else { None };
        let Some(second) = second else { return Ok(Some(self.decompress(first)?)) };
        let (first, second) = self.decompress_both(first, second)?;
        self.ahead = Some(second);
        Ok(Some(first))
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        let Some(page) = &self.ahead else { return self.stored.peek_next_page() };
        let count = |count: u32| usize::try_from(count).ok();
        Ok(Some(match page {
            Page::DataPage { num_values, .. } => {
                PageMetadata { num_rows: None, num_levels: count(*num_values), is_dict: false }
            }
            Page::DataPageV2 { num_rows, num_values, .. } => {
                PageMetadata { num_rows: count(*num_rows), num_levels: count(*num_values), is_dict: false }
            }
            Page::DictionaryPage { .. } => PageMetadata { num_rows: None, num_levels: None, is_dict: true },
        }))
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.ahead.take().map_or_else(|| self.stored.skip_next_page(), |_| Ok(()))
    }
}
