//! Tables from files, as a query sees them.

#[cfg(test)]
mod support;

#[cfg(test)]
mod arrow_ipc;
#[cfg(test)]
mod avro;
#[cfg(test)]
mod compressed;
#[cfg(test)]
mod csv;
#[cfg(test)]
mod definitions;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod event_logs;
#[cfg(test)]
mod filters;
#[cfg(test)]
mod folders;
#[cfg(test)]
mod json;
#[cfg(test)]
mod ndjson;
#[cfg(test)]
mod parquet;
#[cfg(test)]
mod parquet_encodings;
#[cfg(test)]
mod parquet_scan;
#[cfg(test)]
mod row_ids;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod splits;
