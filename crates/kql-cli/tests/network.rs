//! Tables behind URLs, from a server on this machine.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};

use crate::support::{answer, root};

/// Files behind a port, and the requests for them.
struct Server {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

type Files = Arc<Vec<(String, Vec<u8>)>>;

impl Server {
    /// Serves these files until the test ends; `has_ranges` says whether pieces of them can be had.
    fn new(files: Vec<(&str, Vec<u8>)>, has_ranges: bool) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&requests);
        let files: Files = Arc::new(files.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (files, seen) = (Arc::clone(&files), Arc::clone(&seen));
                std::thread::spawn(move || serve(stream, &files, &seen, has_ranges));
            }
        });
        Server { address, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").clone()
    }
}

/// Answers one request: a file, a piece of it, or what a bucket lists.
fn serve(mut stream: TcpStream, files: &Files, seen: &Mutex<Vec<String>>, has_ranges: bool) {
    let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines().map_while(Result::ok);
    let Some(request) = lines.next() else { return };
    let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).map(|line| line.to_lowercase()).collect();
    let range = headers.iter().find_map(|header| header.strip_prefix("range: bytes=")).map(str::to_owned);
    seen.lock().expect("no panic").push(match &range {
        Some(range) => format!("{request} {range}"),
        None => request.clone(),
    });
    let mut words = request.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if query.contains("list-type=2") {
        let prefix = query.split('&').find_map(|part| part.strip_prefix("prefix=")).unwrap_or_default();
        let prefix = format!("{path}/{}", prefix.replace("%2F", "/")).replace("//", "/");
        let entries = files.iter().filter(|(name, _)| name.starts_with(&prefix)).map(|(name, bytes)| {
            let key = name.strip_prefix(&format!("{path}/")).unwrap_or(name);
            let size = bytes.len();
            format!(
                "<Contents><Key>{key}</Key><LastModified>2026-11-21T08:00:00.000Z</LastModified>\
                 <ETag>\"e\"</ETag><Size>{size}</Size></Contents>"
            )
        });
        let body = format!(
            "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated>{}</ListBucketResult>",
            entries.collect::<String>()
        );
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        return;
    }
    let Some((_, bytes)) = files.iter().find(|(name, _)| name.replace('=', "%3D") == path.replace('=', "%3D")) else {
        let _ = write!(stream, "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        return;
    };
    let whole = bytes.len();
    let (status, start, end) = match range.filter(|_| has_ranges).as_deref().and_then(|range| range.split_once('-')) {
        Some((start, end)) => {
            let start: usize = start.parse().unwrap_or_else(|_| whole - end.parse::<usize>().expect("a length"));
            ("206 Partial Content", start, end.parse::<usize>().map_or(whole, |end| (end + 1).min(whole)))
        }
        None => ("200 OK", 0, whole),
    };
    let told = if status.starts_with("206") {
        format!("Content-Range: bytes {start}-{}/{whole}\r\n", end - 1)
    } else {
        String::new()
    };
    let length = end - start;
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nConnection: close\r\nLast-Modified: Sat, 21 Nov 2026 08:00:00 GMT\r\nETag: \"e\"\r\n\
         {told}Content-Length: {length}\r\n\r\n"
    );
    if method == "GET" {
        let _ = stream.write_all(&bytes[start..end]);
    }
}

/// Runs the binary as one who has credentials for a bucket on that server.
fn kql(server: &Server, arguments: &[&str]) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_kql"))
        .current_dir(root())
        .args(arguments)
        .env("AWS_ENDPOINT", format!("http://{}", server.address))
        .env("AWS_ALLOW_HTTP", "true")
        .env("AWS_ACCESS_KEY_ID", "id")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_REGION", "us-east-1")
        .output()
        .expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).replace(&server.address, "HOST");
    (text(output.stdout), text(output.stderr))
}

fn parquet(rows: usize) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("T.parquet");
    let query = format!("range n from 1 to {rows} step 1 | extend s = strcat('row ', hash_sha256(tostring(n)))");
    answer(&["query", &query, "-o", file.to_str().expect("UTF-8")]);
    std::fs::read(file).expect("read")
}

#[test]
fn files_over_http() {
    for has_ranges in [true, false] {
        let gzip = {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(b"{\"n\":3}\n").expect("written");
            encoder.finish().expect("finished")
        };
        let server = Server::new(
            vec![
                ("/a/T.ndjson", b"{\"n\":1}\n{\"n\":2}\n".to_vec()),
                ("/a/T.csv", b"n\n5\n".to_vec()),
                ("/a/T.ndjson.gz", gzip),
                ("/a/T.parquet", parquet(20_000)),
            ],
            has_ranges,
        );
        for (file, sum) in [("T.ndjson", 3), ("T.csv", 5), ("T.ndjson.gz", 3), ("T.parquet", 200_010_000)] {
            let table = format!("T=http://{}/a/{file}?sig=x%2By", server.address);
            let (rows, errors) = kql(&server, &["query", "T | summarize s = sum(n)", "--allow-network", "-t", &table]);
            assert_eq!((rows, errors), (format!("{{\"s\":{sum}}}\n"), String::new()), "{file}, ranges: {has_ranges}");
        }
        assert!(server.requests().iter().all(|request| request.contains("?sig=x%2By")), "{:?}", server.requests());
    }
}

#[test]
fn nothing_is_asked_for_without_leave() {
    let server = Server::new(vec![("/T.csv", b"n\n5\n".to_vec())], true);
    let table = format!("T=http://{}/T.csv?sig=secret", server.address);
    insta::assert_snapshot!(kql(&server, &["query", "T", "-t", &table]).1, @"error: cannot read table T: http://HOST/T.csv: nothing is read from the network unless --allow-network is given");
    let query = format!("externaldata(n:long)[h@'http://{}/T.csv']", server.address);
    let (_, errors) = kql(&server, &["query", &query]);
    insta::assert_snapshot!(errors.lines().next().unwrap_or_default(), @"error[KQL0901]: http://HOST/T.csv: nothing is fetched from the network; give a file for it with --external http://HOST/T.csv=FILE, or --allow-network");
    assert_eq!(server.requests(), [""; 0]);
    let (rows, _) = kql(&server, &["query", &format!("{query} with (ignoreFirstRecord=true)"), "--allow-network"]);
    assert_eq!(rows, "{\"n\":5}\n");
}

#[test]
fn what_is_not_there_is_said() {
    let server = Server::new(Vec::new(), true);
    let table = format!("T=http://{}/T.csv?sig=secret", server.address);
    let (_, errors) = kql(&server, &["query", "T", "--allow-network", "-t", &table]);
    assert!(errors.starts_with("error: cannot read table T: http://HOST/T.csv: "), "{errors}");
    assert!(!errors.contains("secret"), "{errors}");
    let (_, errors) = kql(&server, &["query", "T", "--allow-network", "-t", "T=s3://bucket/none/"]);
    insta::assert_snapshot!(errors, @"error: cannot read table T: s3://bucket/none/: no files with data: .ndjson, .jsonl, .json, .csv, .tsv, .parquet, .arrow, .avro or .evtx");
}

#[test]
fn buckets() {
    let server = Server::new(
        vec![
            ("/bucket/logs/T/day=2026-11-02/a.ndjson", b"{\"n\":1}\n".to_vec()),
            ("/bucket/logs/T/day=2026-11-03/a.ndjson", b"{\"n\":2}\n{\"n\":3}\n".to_vec()),
            ("/bucket/logs/T/_SUCCESS", Vec::new()),
            ("/bucket/P.parquet", parquet(1000)),
        ],
        true,
    );
    let query = |query: &str, table: &str| kql(&server, &["query", query, "--allow-network", "-t", table]);
    let expected =
        "{\"n\":2,\"day\":\"2026-11-03T00:00:00.0000000Z\"}\n{\"n\":3,\"day\":\"2026-11-03T00:00:00.0000000Z\"}\n";
    for table in ["T=s3://bucket/logs/T", "T=s3://bucket/logs/T/", "T=s3://bucket/logs/T/*/*.ndjson"] {
        let answered = query("T | where day > datetime(2026-11-02) | order by n asc", table);
        assert_eq!(answered, (expected.to_owned(), String::new()), "{table}");
    }
    assert_eq!(query("P | summarize s = sum(n)", "P=s3://bucket/P.parquet").0, "{\"s\":500500}\n");
}
