//! Plugins that look rows up in a second table.

use kql_types::ScalarType::{Bool, Real};

use super::documentation;
use crate::Parameter;
use crate::documentation::example;
use crate::plugin::{Plugin, PluginKernel};
use crate::signature::ParameterType::{Scalar, Tabular};
use crate::signature::{ArgumentKind, parameter, parameter_of};

/// The plugins of this family.
pub static PLUGINS: &[Plugin] = &[GEO_LINE_LOOKUP, GEO_POLYGON_LOOKUP, IPV4_LOOKUP, IPV6_LOOKUP];

const TABLE: Parameter = parameter_of("LookupTable", Tabular).describe("The table to look up in.");
const EXTRA: Parameter = parameter_of("ExtraKey", Scalar)
    .of_kind(ArgumentKind::Column)
    .optional()
    .repeated()
    .describe("A column of both tables that must be equal.");
const UNMATCHED: Parameter =
    parameter("return_unmatched", Bool).optional().describe("Whether rows without a network are given too.");
const RETURNS: &str =
    "The rows of the table with the columns of each row of the lookup table whose network holds the address.";

const GEO_LINE_LOOKUP: Plugin = Plugin {
    name: "geo_line_lookup",
    documentation: documentation(
        "Looks places up among lines.",
        "The rows of the table with the columns of each row of the lookup table whose line is within the radius.",
        "",
        "geo-line-lookup-plugin",
    ),
    signatures: &[&[
        TABLE,
        column("LookupLineKey", "The column of the lines, as GeoJSON."),
        column("SourceLongitude", "The column of the longitudes."),
        column("SourceLatitude", "The column of the latitudes."),
        parameter("radius", Real).describe("How near the line must be, in meters."),
        SHAPES_UNMATCHED,
        AREA,
        KEY,
    ]],
    kernel: PluginKernel::Binding,
    examples: &[example(
        "print lng = 0.5, lat = 0.0 | evaluate geo_line_lookup((print line = dynamic({'type': 'LineString', \
         'coordinates': [[0, 0], [1, 0]]}), site = 'x'), line, lng, lat, 100) | project site",
        "x",
    )],
};

const GEO_POLYGON_LOOKUP: Plugin = Plugin {
    name: "geo_polygon_lookup",
    documentation: documentation(
        "Looks places up in polygons.",
        "The rows of the table with the columns of each row of the lookup table in whose polygon, or within the radius of \
         it, the place is.",
        "",
        "geo-polygon-lookup-plugin",
    ),
    signatures: &[&[
        TABLE,
        column("LookupPolygonKey", "The column of the polygons, as GeoJSON."),
        column("SourceLongitude", "The column of the longitudes."),
        column("SourceLatitude", "The column of the latitudes."),
        parameter("radius", Real).optional().describe("How near the polygon must be, in meters."),
        SHAPES_UNMATCHED,
        AREA,
        KEY,
    ]],
    kernel: PluginKernel::Binding,
    examples: &[example(
        "print lng = 0.5, lat = 0.5 | evaluate geo_polygon_lookup((print area = dynamic({'type': 'Polygon', \
         'coordinates': [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}), site = 'x'), area, lng, lat) | project site",
        "x",
    )],
};

const SHAPES_UNMATCHED: Parameter =
    parameter("return_unmatched", Bool).optional().describe("Whether rows without a shape are given too.");
const AREA: Parameter = parameter("lookup_area_radius", Real)
    .optional()
    .describe("A hint of how far apart shapes are; it changes nothing.");
const KEY: Parameter =
    parameter("return_lookup_key", Bool).optional().describe("Whether the column of the shapes is given too.");

const IPV4_LOOKUP: Plugin = Plugin {
    name: "ipv4_lookup",
    documentation: documentation("Looks IPv4 addresses up in a table of networks.", RETURNS, "", "ipv4-lookup-plugin"),
    signatures: &[&[
        TABLE,
        column("SourceIPv4Key", "The column of the addresses."),
        column("IPv4LookupKey", "The column of the networks, such as `10.0.0.0/8`."),
        EXTRA,
        UNMATCHED,
    ]],
    kernel: PluginKernel::Binding,
    examples: &[example(
        "print ip = '10.2.3.4' | evaluate ipv4_lookup((print net = '10.0.0.0/8', site = 'x'), ip, net) | project site",
        "x",
    )],
};

const IPV6_LOOKUP: Plugin = Plugin {
    name: "ipv6_lookup",
    documentation: documentation("Looks IPv6 addresses up in a table of networks.", RETURNS, "", "ipv6-lookup-plugin"),
    signatures: &[&[
        TABLE,
        column("SourceIPv6Key", "The column of the addresses."),
        column("IPv6LookupKey", "The column of the networks, such as `fe80::/64`."),
        EXTRA,
        UNMATCHED,
    ]],
    kernel: PluginKernel::Binding,
    examples: &[example(
        "print ip = 'fe80::1' | evaluate ipv6_lookup((print net = 'fe80::/64', site = 'x'), ip, net) | project site",
        "x",
    )],
};

const fn column(name: &'static str, description: &'static str) -> Parameter {
    parameter_of(name, Scalar).of_kind(ArgumentKind::Column).describe(description)
}
