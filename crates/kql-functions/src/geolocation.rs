//! `geo_info_from_ip_address`: where an address is, by a database in MaxMind's format that the user names.
//!
//! The file belongs to the process, as the clock's time zones do: `--geoip FILE`, or the environment variable
//! `KQL_GEOIP`, which workers of a cluster read too. It is opened when it is first needed.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use arrow::array::ArrayRef;
use kql_types::ScalarType;
use kql_types::dynamic::Builder;
use maxminddb::{Reader, geoip2};

use crate::overload::overload;
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[GEO_INFO_FROM_IP_ADDRESS];

/// The environment variable that names the database.
pub const VARIABLE: &str = "KQL_GEOIP";

const GEO_INFO_FROM_IP_ADDRESS: Function = Function {
    name: "geo_info_from_ip_address",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives the place of an IP address, by a GeoLite2-City or GeoIP2-City database.",
        returns: "A property bag with `country`, `state`, `city`, `latitude` and `longitude`, as far as they are known; null for an address that is not in the database, and for a text that is none.",
        notes: "Name the database with `--geoip FILE` or the environment variable `KQL_GEOIP`; without one, a query that calls this fails. MaxMind gives GeoLite2-City away at https://www.maxmind.com.",
        page: "geo-info-from-ip-address-function",
    },
    overloads: &[overload!(
        [parameter("ip", ScalarType::String).describe("An IPv4 or IPv6 address.")] -> Dynamic,
        |arguments| place(arguments, database()?)
    )],
    result_name: ResultName::None,
    // What it gives depends on a file, so it is not computed before the query runs.
    deterministic: false,
    examples: &[],
};

type Database = Reader<Vec<u8>>;

static FILE: OnceLock<PathBuf> = OnceLock::new();

/// Names the database of this process; the first call counts.
pub fn use_database(file: &Path) {
    FILE.get_or_init(|| file.to_owned());
}

/// The database, opened once.
fn database() -> Result<&'static Database, KernelError> {
    static DATABASE: OnceLock<Result<Database, KernelError>> = OnceLock::new();
    let opened = DATABASE.get_or_init(|| {
        let file = FILE.get().cloned().or_else(|| std::env::var_os(VARIABLE).map(PathBuf::from));
        let Some(file) = file else {
            return Err(KernelError(format!("name a GeoLite2-City database, with --geoip FILE or {VARIABLE}")));
        };
        Reader::open_readfile(&file)
            .map_err(|error| KernelError(format!("cannot read the database {}: {error}", file.display())))
    });
    opened.as_ref().map_err(Clone::clone)
}

fn place(arguments: &Arguments<'_>, database: &Database) -> Result<ArrayRef, KernelError> {
    let addresses = arguments.strings(0)?;
    output::dynamics(arguments.rows(), |row, out| {
        let Ok(address) = addresses.value(row).trim().parse::<IpAddr>() else { return Ok(false) };
        let found = database.lookup(address).and_then(|found| found.decode::<geoip2::City<'_>>());
        // A database of IPv4 alone refuses the other addresses: it knows nothing of them.
        let Some(city) = found.unwrap_or_default() else { return Ok(false) };
        let mut bag = Builder::new(out);
        bag.begin_bag();
        let state = city.subdivisions.first().and_then(|state| state.names.english);
        for (key, name) in
            [("country", city.country.names.english), ("state", state), ("city", city.city.names.english)]
        {
            if let Some(name) = name {
                bag.key(key);
                bag.string(name);
            }
        }
        for (key, degrees) in [("latitude", city.location.latitude), ("longitude", city.location.longitude)] {
            if let Some(degrees) = degrees {
                bag.key(key);
                bag.real(degrees);
            }
        }
        bag.end_bag();
        Ok(true)
    })
}

#[cfg(test)]
mod tests {
    use super::{Database, place};
    use crate::Arguments;
    use crate::testing::{show, strings};

    fn text(value: &str) -> Vec<u8> {
        [&[0x40 | value.len() as u8][..], value.as_bytes()].concat()
    }

    fn map(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let members = members.iter().flat_map(|(key, value)| [text(key), value.clone()]);
        std::iter::once(vec![0xe0 | (members.clone().count() as u8 / 2)]).chain(members).flatten().collect()
    }

    fn number(value: u16) -> Vec<u8> {
        [&[0xa2][..], &value.to_be_bytes()].concat()
    }

    fn degrees(value: f64) -> Vec<u8> {
        [&[0x68][..], &value.to_be_bytes()].concat()
    }

    fn named(name: &str) -> Vec<u8> {
        map(&[("names", map(&[("en", text(name))]))])
    }

    /// A database of one node, in which every address from 128.0.0.0 on is in Berne.
    fn berne() -> Database {
        let place = map(&[
            ("country", named("Switzerland")),
            ("city", named("Berne")),
            ("location", map(&[("latitude", degrees(46.95)), ("longitude", degrees(7.45))])),
        ]);
        let metadata = map(&[
            ("binary_format_major_version", number(2)),
            ("binary_format_minor_version", number(0)),
            ("build_epoch", vec![0x01, 0x02, 1]),
            ("database_type", text("GeoLite2-City")),
            ("description", map(&[])),
            ("ip_version", number(4)),
            ("languages", vec![0x00, 0x04]),
            ("node_count", vec![0xc1, 1]),
            ("record_size", number(24)),
        ]);
        let tree = [0, 0, 1, 0, 0, 17];
        let file = [&tree[..], &[0; 16], &place, b"\xab\xcd\xefMaxMind.com", &metadata].concat();
        Database::from_source(file).expect("the database is well formed")
    }

    #[test]
    fn an_address_has_a_place() {
        let addresses = [strings(&["200.1.2.3", "10.0.0.1", "", "::1"])];
        assert_eq!(
            show(place(&Arguments::new(&addresses, 4), &berne())),
            r#"{"country":"Switzerland","city":"Berne","latitude":46.95,"longitude":7.45}|null|null|null"#
        );
    }
}
