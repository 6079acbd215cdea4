//! Which H3 cells of one size make up a polygon: `geo_polygon_to_h3cells`.
//!
//! As in the H3 library, the polygon's edges are straight on a map whose axes are longitude and latitude here, and a cell belongs
//! to the polygon when its middle does.

use arrow::array::ArrayRef;
use arrow::datatypes::{Float64Type, Int64Type};
use h3o::{CellIndex, LatLng, Resolution};
use kql_types::dynamic::Builder;

use super::buffer::{Distance, Outlines};
use super::h3::{resolution, write_tokens};
use super::intersection::too_complex;
use super::region::Region;
use super::shape::{POLYGON, Polygon, Shapes};
use super::{Point, real, whole};
use crate::documentation::example;
use crate::overload::overload;
use crate::{Arguments, Documentation, Function, KernelError, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[GEO_POLYGON_TO_H3CELLS];

/// The greatest number of cells.
const MAX_CELLS: u64 = 61_680;

/// How many cells of all sizes are looked at before the search is given up.
const MAX_VISITS: u32 = 4_000_000;

/// How far from its middle, by the distance of its farthest corner, a cell's smaller cells reach, with room to spare.
const REACH: f64 = 1.5;

/// The tolerance of the outline around a polygon, in meters.
const TOLERANCE: f64 = 10.0;

const GEO_POLYGON_TO_H3CELLS: Function = Function {
    name: "geo_polygon_to_h3cells",
    aliases: &[],
    documentation: Documentation {
        summary: "The H3 cells whose middles lie in a polygon or several.",
        returns: "An array of tokens; null when the polygon is not valid, the resolution is not from 0 to 15, the radius is negative, or there \
                  are more than 61680 cells.",
        notes: "The edges are straight lines on a map of longitudes and latitudes. With a radius, the polygon is widened by it first.",
        page: "geo-polygon-to-h3cells-function",
    },
    overloads: &[overload!(
        [
            POLYGON,
            whole("resolution").optional().describe("From 0 (the largest cells) to 15; 6 without it."),
            real("radius").optional().describe("How much wider the polygon is made, in meters."),
        ] -> Dynamic,
        geo_polygon_to_h3cells
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print array_length(geo_polygon_to_h3cells(dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [1, 0], [1, 1], [0, 0]]]}), 5))",
            "35",
        ),
        example(
            "print array_length(geo_polygon_to_h3cells(dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [1, 0], [1, 1], [0, 0]]]}), 5, 20000))",
            "76",
        ),
        example(
            "print isnull(geo_polygon_to_h3cells(dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [1, 0], [1, 1], [0, 0]]]}), 12))",
            "True",
        ),
    ],
};

fn geo_polygon_to_h3cells(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut polygons = Shapes::new(arguments, 0, Polygon::read)?;
    let resolutions = (arguments.len() > 1).then(|| arguments.primitives::<Int64Type>(1)).transpose()?;
    let radii = (arguments.len() > 2).then(|| arguments.primitives::<Float64Type>(2)).transpose()?;
    output::dynamics(arguments.rows(), |row, out| {
        let settings = || {
            let resolution = resolution(resolutions.as_ref().map_or(Some(6), |resolutions| resolutions.get(row))?)?;
            let radius = radii.as_ref().map_or(Some(0.0), |radii| radii.get(row))?;
            (radius >= 0.0 && radius.is_finite()).then_some((resolution, radius))
        };
        let (Some((resolution, radius)), Some(polygon)) = (settings(), polygons.get(row)) else { return Ok(false) };
        let map = match Distance::new(radius, TOLERANCE) {
            Some(distance) => {
                let region = Region::of(polygon);
                let mut outlines = Outlines::new(distance, region.holds());
                region.rings().for_each(|ring| outlines.add_ring(ring));
                let widened = outlines.region().ok_or_else(too_complex)?;
                Map::new(widened.rings().map(Vec::as_slice))
            }
            None => Map::new(polygon.rings().iter().map(|ring| ring.vertices())),
        };
        let Some(cells) = map.cells(resolution)? else { return Ok(false) };
        write_tokens(cells, &mut Builder::new(out));
        Ok(true)
    })
}

/// A straight edge on the map.
#[derive(Clone, Copy, Debug)]
struct Edge {
    from: Point,
    to: Point,
}

/// A polygon on the map of longitudes and latitudes.
struct Map {
    edges: Vec<Edge>,
    /// Whether an edge leads over the antimeridian: then longitudes count from 0 to 360.
    crosses: bool,
}

/// A part of the map, in degrees.
#[derive(Clone, Copy, Debug)]
struct Extent {
    west: f64,
    east: f64,
    south: f64,
    north: f64,
}

impl Map {
    fn new<'r>(rings: impl Iterator<Item = &'r [super::sphere::Vector]>) -> Map {
        let mut edges = Vec::new();
        for ring in rings {
            let points: Vec<_> = ring.iter().map(|place| Point::from_vector(*place)).collect();
            let next = points.iter().skip(1).chain(points.first());
            edges.extend(points.iter().zip(next).map(|(from, to)| Edge { from: *from, to: *to }));
        }
        let crosses = edges.iter().any(|edge| (edge.from.longitude - edge.to.longitude).abs() > 180.0);
        let mut map = Map { edges, crosses };
        if crosses {
            for edge in &mut map.edges {
                for end in [&mut edge.from, &mut edge.to] {
                    end.longitude = map_longitude(end.longitude, crosses);
                }
            }
        }
        map
    }

    /// The cells whose middles lie inside; `None` when there are too many.
    fn cells(&self, resolution: Resolution) -> Result<Option<Vec<CellIndex>>, KernelError> {
        let mut found = Vec::new();
        let mut visits = 0;
        let all: Vec<Edge> = self.edges.clone();
        let mut open: Vec<(CellIndex, Vec<Edge>)> =
            CellIndex::base_cells().map(|cell| (cell, self.in_reach(cell, &all))).collect();
        open.reverse();
        while let Some((cell, edges)) = open.pop() {
            visits += 1;
            if visits > MAX_VISITS {
                return Err(KernelError("the polygon takes too many H3 cells to search".to_owned()));
            }
            let is_leaf = cell.resolution() >= resolution;
            if is_leaf || edges.is_empty() {
                if !self.contains(cell) {
                    continue;
                }
                if found.len() as u64 + cell.children_count(resolution) > MAX_CELLS {
                    return Ok(None);
                }
                found.extend(cell.children(resolution));
            } else if let Some(next) = cell.resolution().succ() {
                let children: Vec<_> = cell.children(next).collect();
                open.extend(children.into_iter().rev().map(|child| (child, self.in_reach(child, &edges))));
            }
        }
        Ok(Some(found))
    }

    /// Whether the middle of a cell lies inside.
    fn contains(&self, cell: CellIndex) -> bool {
        let middle = self.middle(cell);
        let crossed = |edge: &&Edge| {
            let (low, high) =
                if edge.from.latitude <= edge.to.latitude { (edge.from, edge.to) } else { (edge.to, edge.from) };
            if middle.latitude < low.latitude || middle.latitude >= high.latitude {
                return false;
            }
            let part = (middle.latitude - low.latitude) / (high.latitude - low.latitude);
            low.longitude + (high.longitude - low.longitude) * part > middle.longitude
        };
        self.edges.iter().filter(crossed).count() % 2 == 1
    }

    fn middle(&self, cell: CellIndex) -> Point {
        let middle = Point::from(LatLng::from(cell));
        Point { longitude: map_longitude(middle.longitude, self.crosses), ..middle }
    }

    /// Those of the edges that lie where the middles of a cell's smaller cells may be.
    fn in_reach(&self, cell: CellIndex, edges: &[Edge]) -> Vec<Edge> {
        let place = Point::from(LatLng::from(cell)).vector();
        let corners = cell.boundary();
        let farthest = corners.iter().map(|corner| Point::from(*corner).vector().angle_to(place)).fold(0.0, f64::max);
        let extent = Extent::around(self.middle(cell), farthest * REACH);
        edges.iter().filter(|edge| extent.touches(**edge)).copied().collect()
    }
}

fn map_longitude(longitude: f64, crosses: bool) -> f64 {
    if crosses && longitude < 0.0 { longitude + 360.0 } else { longitude }
}

impl Extent {
    /// The part of the map that holds all within an angle, in radians.
    fn around(middle: Point, angle: f64) -> Extent {
        let (south, north) = (middle.latitude - angle.to_degrees(), middle.latitude + angle.to_degrees());
        // Around a pole there are all longitudes.
        let wide = if north >= 90.0 || south <= -90.0 {
            360.0
        } else {
            (angle.sin() / middle.latitude.to_radians().cos()).clamp(-1.0, 1.0).asin().to_degrees()
        };
        Extent { west: middle.longitude - wide, east: middle.longitude + wide, south, north }
    }

    /// Whether an edge touches this part of the map, or would once more round the earth.
    fn touches(self, edge: Edge) -> bool {
        [-360.0, 0.0, 360.0].into_iter().any(|turn| self.touches_there(edge, turn))
    }

    fn touches_there(self, Edge { from, to }: Edge, turn: f64) -> bool {
        let (mut first, mut last) = (0.0_f64, 1.0_f64);
        // How far each end lies within each side.
        let sides = [
            (from.longitude + turn - self.west, to.longitude + turn - self.west),
            (self.east - from.longitude - turn, self.east - to.longitude - turn),
            (from.latitude - self.south, to.latitude - self.south),
            (self.north - from.latitude, self.north - to.latitude),
        ];
        for (start, end) in sides {
            if start < 0.0 && end < 0.0 {
                return false;
            }
            if start < 0.0 {
                first = first.max(start / (start - end));
            } else if end < 0.0 {
                last = last.min(start / (start - end));
            }
        }
        first <= last
    }
}
