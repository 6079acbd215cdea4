//! `parse_url` and `parse_urlquery`.

use arrow::array::ArrayRef;
use kql_types::ScalarType;
use kql_types::dynamic::Builder;

use crate::documentation::example;
use crate::function::Alias;
use crate::overload::overload;
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[PARSE_URL, PARSE_URLQUERY];

const PARSE_URL: Function = Function {
    name: "parse_url",
    aliases: &[Alias { name: "parseurl", deprecated: true }],
    documentation: Documentation {
        summary: "Takes a URL apart.",
        returns: "A bag with `Scheme`, `Host`, `Port`, `Path`, `Username`, `Password`, `Query Parameters` (a bag) and \
                  `Fragment`; what the URL does not have is the empty string.",
        notes: "Nothing is decoded. A URL without `scheme://` has no host: all up to the query is its path. Of a query \
                parameter that is given twice the last value counts.",
        page: "parse-url-function",
    },
    overloads: &[overload!([
        parameter("url", ScalarType::String).describe("The URL, with its scheme."),
    ] -> Dynamic, parse_url)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print tostring(parse_url('https://contoso.com:8443/a/b?x=1').Host)", "contoso.com"),
        example("print tostring(parse_url('https://contoso.com/a?x=1&y=2')['Query Parameters'].y)", "2"),
        example(
            "print parse_url('ftp://me:secret@contoso.com/a#b')",
            r#"{"Scheme":"ftp","Host":"contoso.com","Port":"","Path":"/a","Username":"me","Password":"secret","Query Parameters":{},"Fragment":"b"}"#,
        ),
    ],
};

fn parse_url(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let urls = arguments.strings(0)?;
    output::dynamics(arguments.rows(), |row, out| {
        let url = Url::parse(urls.value(row));
        let mut bag = Builder::new(out);
        bag.begin_bag();
        for (key, value) in [
            ("Scheme", url.scheme),
            ("Host", url.host),
            ("Port", url.port),
            ("Path", url.path),
            ("Username", url.username),
            ("Password", url.password),
        ] {
            bag.key(key);
            bag.string(value);
        }
        bag.key(QUERY_PARAMETERS);
        write_query(url.query, &mut bag);
        bag.key("Fragment");
        bag.string(url.fragment);
        bag.end_bag();
        Ok(true)
    })
}

const PARSE_URLQUERY: Function = Function {
    name: "parse_urlquery",
    aliases: &[Alias { name: "parseurlquery", deprecated: true }],
    documentation: Documentation {
        summary: "Takes the query part of a URL apart.",
        returns: "A bag whose `Query Parameters` is a bag of the parameters.",
        notes: "Nothing is decoded. Of a parameter that is given twice the last value counts.",
        page: "parse-url-query-function",
    },
    overloads: &[overload!([
        parameter("query", ScalarType::String).describe("The query part, such as `a=1&b=2`."),
    ] -> Dynamic, parse_urlquery)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print parse_urlquery('a=1&b=2')", r#"{"Query Parameters":{"a":"1","b":"2"}}"#),
        example("print parse_urlquery('')", r#"{"Query Parameters":{}}"#),
    ],
};

fn parse_urlquery(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let queries = arguments.strings(0)?;
    output::dynamics(arguments.rows(), |row, out| {
        let query = queries.value(row);
        let mut bag = Builder::new(out);
        bag.begin_bag();
        bag.key(QUERY_PARAMETERS);
        write_query(query.strip_prefix('?').unwrap_or(query), &mut bag);
        bag.end_bag();
        Ok(true)
    })
}

const QUERY_PARAMETERS: &str = "Query Parameters";

/// The parts of a URL; empty where it has none.
struct Url<'u> {
    scheme: &'u str,
    username: &'u str,
    password: &'u str,
    host: &'u str,
    port: &'u str,
    path: &'u str,
    query: &'u str,
    fragment: &'u str,
}

impl<'u> Url<'u> {
    fn parse(url: &'u str) -> Url<'u> {
        let (rest, fragment) = url.split_once('#').unwrap_or((url, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let with_scheme = rest.split_once("://").filter(|(scheme, _)| is_scheme(scheme));
        let Some((scheme, rest)) = with_scheme else {
            return Url { scheme: "", username: "", password: "", host: "", port: "", path: rest, query, fragment };
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (username, password) = user.split_once(':').unwrap_or((user, ""));
        // The colons of an IPv6 address stand in brackets.
        let (host, port) = host.rsplit_once(':').filter(|(_, port)| !port.contains(']')).unwrap_or((host, ""));
        Url { scheme, username, password, host, port, path, query, fragment }
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// Writes the parameters of a query as a bag.
fn write_query(query: &str, bag: &mut Builder<'_>) {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs: Vec<(&str, &str)> = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
    bag.begin_bag();
    for (position, (key, _)) in pairs.iter().enumerate() {
        if pairs.iter().take(position).any(|(earlier, _)| earlier == key) {
            continue;
        }
        if let Some((_, last)) = pairs.iter().rfind(|(name, _)| name == key) {
            bag.key(key);
            bag.string(last);
        }
    }
    bag.end_bag();
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, strings, text};

    #[test]
    fn every_part_is_found() {
        insta::assert_snapshot!(
            call("parse_url", &[text("https://a:b:c@h.x:80/p/é?k=v&é=&x&k=w=z#f#g")]),
            @r#"{"Scheme":"https","Host":"h.x","Port":"80","Path":"/p/é","Username":"a","Password":"b:c","Query Parameters":{"k":"w=z","é":"","x":""},"Fragment":"f#g"}"#
        );
        insta::assert_snapshot!(call("parse_url", &[text("h2+x.y://[::1]")]), @r#"{"Scheme":"h2+x.y","Host":"[::1]","Port":"","Path":"","Username":"","Password":"","Query Parameters":{},"Fragment":""}"#);
        insta::assert_snapshot!(call("parse_url", &[text("contoso.com/a?b=\"c\"")]), @r#"{"Scheme":"","Host":"","Port":"","Path":"contoso.com/a","Username":"","Password":"","Query Parameters":{"b":"\"c\""},"Fragment":""}"#);
        insta::assert_snapshot!(call("parse_url", &[text("")]), @r#"{"Scheme":"","Host":"","Port":"","Path":"","Username":"","Password":"","Query Parameters":{},"Fragment":""}"#);
    }

    #[test]
    fn queries_are_bags() {
        let bags = r#"{"Query Parameters":{"a":"2","b":""}}|{"Query Parameters":{"é":"x=y"}}|{"Query Parameters":{}}"#;
        assert_eq!(call("parse_urlquery", &[strings(&["a=1&&b&a=2", "?é=x=y", ""])]), bags);
    }
}
