//! Files behind URLs: `s3://`, `az://`, `gs://` and `http(s)://`, through object stores.
//!
//! Nothing here is reached unless the user allows it. Credentials come from the environment, by the names that each
//! cloud's tools know. A store is opened once for a process: a scan finds it by the URL that [`find`] gives a file, in
//! which neither credentials nor signatures stand.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::path::Path as FilePath;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use datafusion::execution::runtime_env::RuntimeEnv;
use futures::TryStreamExt;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::http::HttpBuilder;
use object_store::path::Path;
use object_store::{
    ClientConfigKey, ClientOptions, GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt, ObjectStoreScheme, RetryConfig,
};
use url::Url;

use crate::TableError;
use crate::files::{FoundFile, some_files};
use crate::folders;
use crate::format::NamedFormat;
use crate::text_scan::Source;

/// The scheme of the URLs by which scans find their stores.
const SCHEME: &str = "remote";

/// Whether a path is the URL of a file elsewhere.
pub(crate) fn is_url(path: &str) -> bool {
    let schemes = ["http", "https", "s3", "s3a", "az", "azure", "adl", "abfs", "abfss", "gs"];
    path.split_once("://").is_some_and(|(scheme, _)| schemes.contains(&scheme.to_ascii_lowercase().as_str()))
}

/// Refuses a URL where the user has not allowed the network.
pub(crate) fn check_allowed(url: &str, is_allowed: bool) -> Result<(), TableError> {
    if is_allowed {
        return Ok(());
    }
    Err(TableError::new(shown(url), "nothing is read from the network unless --allow-network is given"))
}

/// A URL for messages: a query may be a signature.
pub(crate) fn shown(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}

/// The files that a URL stands for, sorted by name: over HTTP one, in a cloud's store also all of a folder or those that
/// match a pattern.
pub(crate) fn find(url: &str) -> Result<Vec<FoundFile>, TableError> {
    let place = Place::of(url)?;
    if place.is_http {
        return Ok(vec![wait(url, place.http_file())?]);
    }
    let objects = wait(url, place.objects())?;
    some_files(shown(url), objects.iter().map(|object| place.found(object)).collect())
}

/// What lies directly in a folder of a store: names and URLs of files whose extensions tell a format, and of folders.
pub(crate) fn entries(url: &str) -> Result<Vec<(String, String)>, TableError> {
    let place = Place::of(url)?;
    if place.is_http {
        return Err(TableError::new(shown(url), "over HTTP there are no folders; name each file with -t NAME=URL"));
    }
    let listed = wait(url, async { Ok(place.store.list_with_delimiter(Some(&place.path)).await?) })?;
    let base = url.trim_end_matches('/');
    let mut entries = Vec::new();
    let files = listed.objects.iter().map(|object| (&object.location, false));
    for (location, is_folder) in files.chain(listed.common_prefixes.iter().map(|folder| (folder, true))) {
        let Some(file_name) = location.filename().filter(|name| !name.starts_with(['.', '_'])) else { continue };
        let named = NamedFormat::of(FilePath::new(file_name));
        if is_folder {
            entries.push((file_name.to_owned(), format!("{base}/{file_name}/")));
        } else if named.format.is_some() {
            entries.push((named.stem, format!("{base}/{file_name}")));
        }
    }
    entries.sort();
    Ok(entries)
}

/// All of a file.
pub(crate) fn download(url: &str) -> Result<Vec<u8>, TableError> {
    let place = Place::of(url)?;
    wait(url, async { Ok(place.store.get(&place.path).await?.bytes().await?.to_vec()) })
}

/// A piece of a file that [`find`] found.
pub(crate) fn read(source: &Source, range: Range<u64>) -> Result<Vec<u8>, TableError> {
    let Source::File { url, path, .. } = source else { return Ok(Vec::new()) };
    let found = parts(url).ok_or_else(|| TableError::new(path, "not a place that has been opened"))?;
    wait(path, async { Ok(found.0.get_range(&found.1, range).await?.to_vec()) })
}

/// Whether a file is not one of this machine.
pub(crate) fn is_remote(source: &Source) -> bool {
    matches!(source, Source::File { url, .. } if url.starts_with(SCHEME))
}

/// Makes the stores of these files known to a query.
pub(crate) fn register(sources: &[Source], runtime: &RuntimeEnv) {
    for source in sources.iter().filter(|source| is_remote(source)) {
        let Source::File { url, .. } = source else { continue };
        if let (Ok(parsed), Some((store, _))) = (Url::parse(url), parts(url)) {
            runtime.register_object_store(&parsed, store);
        }
    }
}

/// The stores that have been opened, by the host of the URLs in which scans name them.
fn stores() -> &'static Mutex<HashMap<String, Arc<dyn ObjectStore>>> {
    static STORES: OnceLock<Mutex<HashMap<String, Arc<dyn ObjectStore>>>> = OnceLock::new();
    STORES.get_or_init(Mutex::default)
}

/// The store and the path of a URL that a scan has.
fn parts(url: &str) -> Option<(Arc<dyn ObjectStore>, Path)> {
    let url = Url::parse(url).ok()?;
    let store = stores().lock().unwrap_or_else(PoisonError::into_inner).get(url.host_str()?)?.clone();
    Some((store, Path::from_url_path(url.path()).ok()?))
}

/// Something that went wrong with a store.
type StoreError = Box<dyn std::error::Error + Send + Sync>;

/// Waits for a store, on a thread and a runtime of its own: callers may stand on another runtime's thread or on none.
fn wait<T: Send>(url: &str, work: impl Future<Output = Result<T, StoreError>> + Send) -> Result<T, TableError> {
    let fail = |error: &dyn std::fmt::Display| {
        let mut message = error.to_string();
        if let Some((_, query)) = url.split_once('?').filter(|(_, query)| !query.is_empty()) {
            message = message.replace(query, "…");
        }
        TableError::new(shown(url), message)
    };
    let in_runtime =
        || tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StoreError::from)?.block_on(work);
    let outcome = std::thread::scope(|scope| scope.spawn(in_runtime).join());
    match outcome {
        Ok(outcome) => outcome.map_err(|error| fail(&error)),
        Err(_) => Err(fail(&"the connection broke down")),
    }
}

/// What a URL names in an open store.
struct Place {
    store: Arc<dyn ObjectStore>,
    /// The host under which scans find it.
    key: String,
    /// The URL up to its path.
    base: String,
    /// The path as the user wrote it, maybe a pattern.
    text: String,
    path: Path,
    is_http: bool,
}

impl Place {
    fn of(url: &str) -> Result<Place, TableError> {
        let fail = |error: &dyn std::fmt::Display| TableError::new(shown(url), error);
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        let is_http = scheme.to_ascii_lowercase().starts_with("http");
        let (authority, text) = rest.split_once('/').unwrap_or((rest, ""));
        // In a cloud's store `?` and `[` may be those of a pattern, which an URL cannot hold.
        let parsed = if is_http { url } else { literal_folder(url) };
        let parsed = Url::parse(parsed).map_err(|error| fail(&error))?;
        let (_, path) = ObjectStoreScheme::parse(&parsed).map_err(|error| fail(&error))?;
        let path = if is_http { Path::from_url_path(parsed.path()).map_err(|error| fail(&error))? } else { path };
        let mut hasher = DefaultHasher::new();
        (scheme, authority, parsed.query()).hash(&mut hasher);
        let key = format!("{:016x}", hasher.finish());
        let mut stores = stores().lock().unwrap_or_else(PoisonError::into_inner);
        let store = match stores.get(&key) {
            Some(store) => store.clone(),
            None => {
                let store = open(&parsed).map_err(|error| fail(&error))?;
                stores.insert(key.clone(), store.clone());
                store
            }
        };
        let base = format!("{scheme}://{authority}");
        Ok(Place { store, key, base, text: text.to_owned(), path, is_http })
    }

    /// The one file of a URL. Of a server that gives no pieces all is loaded.
    async fn http_file(&self) -> Result<FoundFile, StoreError> {
        let path = format!("{}/{}", self.base, shown(&self.text));
        let url = self.url_of(&self.path);
        let first = GetOptions { range: Some((0..1).into()), ..GetOptions::default() };
        if let Ok(found) = self.store.get_opts(&self.path, first).await {
            let size = found.meta.size;
            return Ok(FoundFile { path, url, size, folder_values: Vec::new(), bytes: None });
        }
        let bytes = self.store.get(&self.path).await?.bytes().await?;
        Ok(FoundFile { path, url, size: bytes.len() as u64, folder_values: Vec::new(), bytes: Some(bytes) })
    }

    /// The objects that the path stands for.
    async fn objects(&self) -> Result<Vec<ObjectMeta>, StoreError> {
        let is_pattern = is_pattern(&self.text);
        if !is_pattern && !self.text.is_empty() && !self.text.ends_with('/') {
            match self.store.head(&self.path).await {
                Ok(object) => return Ok(vec![object]),
                Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let mut objects: Vec<ObjectMeta> = self.store.list(Some(&self.path)).try_collect().await?;
        if is_pattern {
            // Of the account's or container's parts of the path the store knows nothing.
            let pattern = glob::Pattern::new(self.text.get(self.prefix_length()..).unwrap_or_default())?;
            let options = glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::default() };
            objects.retain(|object| pattern.matches_with(self.below(object), options));
        } else {
            objects.retain(|object| {
                let below = self.below(object);
                let is_hidden = below.split('/').any(|part| part.starts_with(['.', '_']));
                !is_hidden && NamedFormat::of(FilePath::new(below)).format.is_some()
            });
        }
        objects.sort_by(|one, other| one.location.cmp(&other.location));
        Ok(objects)
    }

    /// How much of the text stands before the pattern.
    fn prefix_length(&self) -> usize {
        let text = literal_folder(&self.text);
        text.len()
    }

    /// The path of an object below the folder that the URL names, or in which its pattern begins.
    fn below<'o>(&self, object: &'o ObjectMeta) -> &'o str {
        let location: &str = object.location.as_ref();
        location.strip_prefix(self.path.as_ref()).unwrap_or(location).trim_start_matches('/')
    }

    fn found(&self, object: &ObjectMeta) -> FoundFile {
        let below = self.below(object);
        let tells = if is_pattern(&self.text) { object.location.as_ref() } else { below };
        FoundFile {
            path: format!("{}/{}", self.base, object.location),
            url: self.url_of(&object.location),
            size: object.size,
            folder_values: folders::values_of(FilePath::new(tells)),
            bytes: None,
        }
    }

    /// The URL by which a scan finds an object.
    fn url_of(&self, location: &Path) -> String {
        let mut url = format!("{SCHEME}://{}", self.key);
        for part in location.parts() {
            url.push('/');
            url.extend(
                url::form_urlencoded::byte_serialize(part.as_ref().as_bytes()).map(|text| text.replace('+', "%20")),
            );
        }
        url
    }
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// The part of a path up to the folder in which its pattern begins; all of it where it has none.
fn literal_folder(text: &str) -> &str {
    match text.find(['*', '?', '[']) {
        Some(at) => text.get(..at).and_then(|before| Some(&before[..=before.rfind('/')?])).unwrap_or(""),
        None => text,
    }
}

/// Opens a store with what the environment tells of credentials. Connections end with the runtime that they were made on,
/// so none is kept.
fn open(url: &Url) -> Result<Arc<dyn ObjectStore>, StoreError> {
    let (scheme, _) = ObjectStoreScheme::parse(url)?;
    let no_pool = || ClientConfigKey::PoolMaxIdlePerHost;
    Ok(match scheme {
        _ if url.scheme().starts_with("http") => {
            let mut base = url.clone();
            base.set_path("");
            // Any server may be meant: it need not be waited for as long as for a cloud.
            let retries =
                RetryConfig { max_retries: 2, retry_timeout: Duration::from_secs(20), ..RetryConfig::default() };
            let options = ClientOptions::new().with_allow_http(true).with_pool_max_idle_per_host(0);
            Arc::new(HttpBuilder::new().with_url(base).with_client_options(options).with_retry(retries).build()?)
        }
        ObjectStoreScheme::AmazonS3 => {
            let builder = AmazonS3Builder::from_env().with_url(url.as_str());
            Arc::new(builder.with_config(AmazonS3ConfigKey::Client(no_pool()), "0").build()?)
        }
        ObjectStoreScheme::MicrosoftAzure => {
            let builder = MicrosoftAzureBuilder::from_env().with_url(url.as_str());
            Arc::new(builder.with_config(AzureConfigKey::Client(no_pool()), "0").build()?)
        }
        ObjectStoreScheme::GoogleCloudStorage => {
            let builder = GoogleCloudStorageBuilder::from_env().with_url(url.as_str());
            Arc::new(builder.with_config(GoogleConfigKey::Client(no_pool()), "0").build()?)
        }
        _ => return Err(format!("{}:// is no place of files", url.scheme()).into()),
    })
}

/// A remote file as Parquet's reader of footers takes one.
pub(crate) struct RemoteFile<'s>(pub &'s Source);

impl parquet::file::reader::Length for RemoteFile<'_> {
    fn len(&self) -> u64 {
        self.0.size()
    }
}

impl parquet::file::reader::ChunkReader for RemoteFile<'_> {
    type T = std::io::Cursor<Bytes>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        let length = usize::try_from(self.0.size().saturating_sub(start)).unwrap_or(usize::MAX);
        self.get_bytes(start, length).map(std::io::Cursor::new)
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let bytes = read(self.0, start..start.saturating_add(length as u64));
        bytes.map(Bytes::from).map_err(|error| parquet::errors::ParquetError::General(error.message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_and_paths() {
        for url in ["s3://b/k", "HTTPS://h/f", "abfss://c@a.dfs.core.windows.net/x", "gs://b/*"] {
            assert!(is_url(url), "{url}");
        }
        for path in ["C://x", "dir/a.csv", "file:///x", "a=s3"] {
            assert!(!is_url(path), "{path}");
        }
        assert_eq!(shown("https://h/f.csv?sig=secret"), "https://h/f.csv");
        assert_eq!(literal_folder("s3://b/a/k=*/x"), "s3://b/a/");
        assert_eq!(literal_folder("s3://b/a"), "s3://b/a");
    }

    #[test]
    fn nothing_goes_out_unasked() {
        let error = check_allowed("https://h/f.csv?sig=secret", false).unwrap_err();
        assert_eq!(
            error.to_string(),
            "https://h/f.csv: nothing is read from the network unless --allow-network is given"
        );
        assert_eq!(check_allowed("https://h/f.csv", true), Ok(()));
    }
}
