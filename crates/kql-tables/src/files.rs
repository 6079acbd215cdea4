//! Which files a path stands for.

use std::fs;
use std::path::{Path, PathBuf};

use crate::TableError;
use crate::format::NamedFormat;

/// How deep the folders of a table may be nested.
const MAX_DEPTH: usize = 16;

/// The files of a table, sorted by name: a file is itself, a folder all files in it whose extension tells a format, a
/// pattern (`*`, `?`, `[…]`, `**`) the files that match.
pub(crate) fn find(path: &str) -> Result<Vec<PathBuf>, TableError> {
    let place = Path::new(path);
    let found = if place.is_dir() {
        let mut found = Vec::new();
        walk(place, 0, &mut found)?;
        found
    } else if place.exists() {
        return Ok(vec![place.to_owned()]);
    } else if path.contains(['*', '?', '[']) {
        let matches = glob::glob(path).map_err(|error| TableError::new(path, error))?;
        let mut found = Vec::new();
        for file in matches {
            let file = file.map_err(|error| TableError::new(path, error))?;
            if file.is_dir() {
                walk(&file, 0, &mut found)?;
            } else {
                found.push(file);
            }
        }
        found
    } else {
        return Err(TableError::new(path, "no such file or folder"));
    };
    if found.is_empty() {
        return Err(TableError::new(
            path,
            "no files with data: .ndjson, .jsonl, .json, .csv, .tsv, .parquet or .arrow",
        ));
    }
    Ok(found)
}

fn walk(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), TableError> {
    if depth > MAX_DEPTH {
        return Err(TableError::new(folder.to_string_lossy(), "folders are nested too deeply"));
    }
    for entry in entries(folder)? {
        if entry.is_dir() {
            walk(&entry, depth + 1, found)?;
        } else if NamedFormat::of(&entry).format.is_some() {
            found.push(entry);
        }
    }
    Ok(())
}

/// The entries of a folder, sorted; hidden ones and markers (`_SUCCESS`) are left out.
pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>, TableError> {
    let at = |error: std::io::Error| TableError::new(folder.to_string_lossy(), error);
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(at)? {
        let entry = entry.map_err(at)?;
        if !entry.file_name().to_string_lossy().starts_with(['.', '_']) {
            entries.push(entry.path());
        }
    }
    entries.sort();
    Ok(entries)
}
