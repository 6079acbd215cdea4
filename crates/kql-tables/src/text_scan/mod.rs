//! Reading text files: the scan of a table as a plain, serialisable specification, and the plan node that runs it.
//!
//! Files are taken apart into parts (byte ranges where the format allows it), parts are grouped into partitions. A
//! reader loads a part chunk by chunk, and a decoder turns the records of a chunk into batches. A scan may leave
//! columns for later and tell where each line begins: [`rows`] then reads those of the lines that are wanted.

mod batch;
mod chunks;
mod decompressed;
mod exec;
mod filter;
mod partition;
mod provider;
mod reader;
mod report;
mod rows;
mod spec;

pub(crate) use batch::{BatchBuilder, BatchDecoder, RecordDecoder, RecordError};
pub use exec::TextScanExec;
pub(crate) use provider::TextTable;
pub use report::ScanReport;
pub use spec::{FilePart, OnError, Source, TextScanSpec};
