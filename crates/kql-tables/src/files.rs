//! Which files a path stands for.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use url::Url;

use crate::folders::{self, FolderValue};
use crate::format::{EXTENSIONS, NamedFormat};
use crate::{TableError, network};

/// A file of a table.
#[derive(Clone, Debug)]
pub(crate) struct FoundFile {
    /// As the user knows it, for messages.
    pub path: String,
    /// An absolute URL that an object store serves.
    pub url: String,
    /// In bytes, as it lies there.
    pub size: u64,
    /// What its folders tell.
    pub folder_values: Vec<FolderValue>,
    /// All of it, where it cannot be had in pieces.
    pub bytes: Option<Bytes>,
}

impl FoundFile {
    /// A file on a disk of this machine; of its folders those count that stand in `below`.
    fn local(path: &Path, below: &Path) -> Result<FoundFile, TableError> {
        let shown = path.to_string_lossy().into_owned();
        let fail = |error: std::io::Error| TableError::new(&shown, error);
        let size = path.metadata().map_err(fail)?.len();
        let absolute = std::path::absolute(path).map_err(fail)?;
        let url = Url::from_file_path(&absolute).map_err(|()| TableError::new(&shown, "not a path of a file"))?;
        Ok(FoundFile { path: shown, url: url.into(), size, folder_values: folders::values_of(below), bytes: None })
    }
}

/// How deep the folders of a table may be nested.
const MAX_DEPTH: usize = 16;

/// The files of a table, sorted by name: a file is itself, a folder all files in it whose extension tells a format, a
/// pattern (`*`, `?`, `[…]`, `**`) the files that match, a URL what [`network::find`] makes of it.
pub(crate) fn find(path: &str, allow_network: bool) -> Result<Vec<FoundFile>, TableError> {
    if network::is_url(path) {
        network::check_allowed(path, allow_network)?;
        return network::find(path);
    }
    let place = Path::new(path);
    let mut found = Vec::new();
    if place.is_dir() {
        walk(place, 0, &mut found)?;
        let below = |file: &PathBuf| FoundFile::local(file, file.strip_prefix(place).unwrap_or(file));
        return some_files(path, found.iter().map(below).collect::<Result<_, _>>()?);
    }
    if place.exists() {
        return Ok(vec![FoundFile::local(place, Path::new(""))?]);
    }
    if !path.contains(['*', '?', '[']) {
        return Err(TableError::new(path, "no such file or folder"));
    }
    for file in glob::glob(path).map_err(|error| TableError::new(path, error))? {
        let file = file.map_err(|error| TableError::new(path, error))?;
        if file.is_dir() {
            walk(&file, 0, &mut found)?;
        } else {
            found.push(file);
        }
    }
    some_files(path, found.iter().map(|file| FoundFile::local(file, file)).collect::<Result<_, _>>()?)
}

/// The files, of which there has to be one.
pub(crate) fn some_files(path: &str, found: Vec<FoundFile>) -> Result<Vec<FoundFile>, TableError> {
    if found.is_empty() {
        return Err(TableError::new(path, format!("no files with data: {EXTENSIONS}")));
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
