//! Dividing a table's files among partitions.

use super::{FilePart, Source};
use crate::compression::Compression;
use crate::format::TextFormat;

/// Less than this is not worth a partition of its own, in bytes.
const MIN_PARTITION_BYTES: u64 = 1024 * 1024;

/// Divides files into at most `target` partitions of about equal size. Partitions follow each other in the order of the
/// files; lines are split off by byte ranges, other formats by whole files.
pub(crate) fn divide(sources: &[Source], format: TextFormat, target: usize) -> Vec<Vec<FilePart>> {
    divide_by(sources, format, target, MIN_PARTITION_BYTES)
}

fn divide_by(sources: &[Source], format: TextFormat, target: usize, min_bytes: u64) -> Vec<Vec<FilePart>> {
    let total: u64 = sources.iter().map(Source::size).sum();
    let share = total.div_ceil(target.max(1) as u64).max(min_bytes).max(1);
    let mut partitions: Vec<Vec<FilePart>> = Vec::new();
    let mut current: Vec<FilePart> = Vec::new();
    let mut room = share;
    for source in sources {
        let can_split = format == TextFormat::Ndjson && source.compression() == Compression::None;
        if !can_split {
            // A whole file goes where more than half of it fits.
            if !current.is_empty() && source.size() / 2 > room {
                partitions.push(std::mem::take(&mut current));
                room = share;
            }
            current.push(FilePart { source: source.clone(), range: None });
            room = room.saturating_sub(source.size());
            continue;
        }
        let mut start: u64 = 0;
        loop {
            if room == 0 {
                partitions.push(std::mem::take(&mut current));
                room = share;
            }
            let end = start.saturating_add(room).min(source.size());
            let range = (start > 0 || end < source.size()).then_some((start, end));
            current.push(FilePart { source: source.clone(), range });
            room -= end - start;
            start = end;
            if start >= source.size() {
                break;
            }
        }
    }
    if !current.is_empty() || partitions.is_empty() {
        partitions.push(current);
    }
    partitions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, size: u64) -> Source {
        Source::File {
            url: format!("file:///{path}"),
            path: path.to_owned(),
            size,
            compression: Compression::from_extension(path.rsplit('.').next().unwrap()).unwrap_or_default(),
            folder_values: Vec::new(),
        }
    }

    fn divided(files: &[(&str, u64)], format: TextFormat, target: usize) -> String {
        let files: Vec<Source> = files.iter().map(|(path, size)| file(path, *size)).collect();
        let part = |part: &FilePart| match part.range {
            None => part.source.path().to_owned(),
            Some((start, end)) => format!("{}[{start}..{end}]", part.source.path()),
        };
        let partition = |parts: &Vec<FilePart>| parts.iter().map(part).collect::<Vec<_>>().join(" ");
        divide_by(&files, format, target, 10).iter().map(partition).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn lines_are_split_evenly() {
        let ndjson = TextFormat::Ndjson;
        assert_eq!(divided(&[("a", 100)], ndjson, 2), "a[0..50] | a[50..100]");
        assert_eq!(divided(&[("a", 100)], ndjson, 1), "a");
        assert_eq!(divided(&[("a", 15)], ndjson, 4), "a[0..10] | a[10..15]");
        assert_eq!(divided(&[("a", 30), ("b", 70)], ndjson, 2), "a b[0..20] | b[20..70]");
        assert_eq!(divided(&[("a", 0)], ndjson, 2), "a");
        assert_eq!(divided(&[], ndjson, 2), "");
    }

    #[test]
    fn other_files_stay_whole() {
        let csv = TextFormat::Csv { delimiter: b',' };
        assert_eq!(divided(&[("a", 100), ("b", 100)], csv, 2), "a | b");
        assert_eq!(divided(&[("a", 100)], csv, 2), "a");
        assert_eq!(divided(&[("a", 30), ("b", 30), ("c", 30), ("d", 30)], csv, 2), "a b | c d");
        assert_eq!(divided(&[("a.gz", 100), ("b.gz", 90)], TextFormat::Ndjson, 2), "a.gz | b.gz");
    }
}
