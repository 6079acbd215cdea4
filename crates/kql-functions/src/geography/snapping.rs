//! Shapes made simpler: edges snapped to fewer vertices, no two of which are closer than a distance, and chains of edges that
//! are nearly straight made one. The rules are those of the builder of Google's S2 library, by which Kusto simplifies.

use std::collections::{BTreeMap, HashMap};

use super::edge_chains::merge_chains;
use super::overlay::Step;
use super::s2_cell::{Cell, MAX_LEVEL};
use super::sphere::{Vector, distance_to_edge, normal};

/// Edges between the vertices that were chosen.
pub struct Simplified {
    pub vertices: Vec<Vector>,
    /// The edges of each layer; `order` is the place of the first edge of the layer that each stands for.
    pub layers: Vec<Vec<Step>>,
}

/// Simplifies layers of edges, which stay together where they share vertices. The distance is in radians.
pub fn simplify(layers: &[Vec<(Vector, Vector)>], distance: f64) -> Simplified {
    let sites = Sites::choose(layers.iter().flatten().flat_map(|(from, to)| [*from, *to]).collect(), distance);
    let snap = |edges: &Vec<(Vector, Vector)>| {
        let steps = edges.iter().zip(0..).flat_map(|(edge, order)| {
            let chain = sites.along(*edge);
            let step = |pair: &[usize]| match pair {
                [from, to] => Some(Step { from: *from, to: *to, order }),
                _ => None,
            };
            chain.windows(2).filter_map(step).collect::<Vec<_>>()
        });
        steps.collect()
    };
    let layers = merge_chains(&sites, layers.iter().map(snap).collect());
    Simplified { vertices: sites.places, layers }
}

/// Steps without those that go to and fro.
pub fn without_returns(mut steps: Vec<Step>) -> Vec<Step> {
    let mut count: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for step in &steps {
        *count.entry((step.from, step.to)).or_default() += 1;
    }
    let returns =
        |step: &Step| count.get(&(step.from, step.to)).copied().min(count.get(&(step.to, step.from)).copied());
    let mut left_out: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    steps.retain(|step| {
        let out = left_out.entry((step.from, step.to)).or_default();
        let goes = *out < returns(step).unwrap_or(0);
        *out += usize::from(goes);
        !goes
    });
    steps
}

/// The chosen vertices.
pub struct Sites {
    /// In the order of the curve through the S2 cells.
    pub places: Vec<Vector>,
    /// The points that each site stands for.
    pub points: Vec<Vec<Vector>>,
    /// How far sites are apart at least, in radians.
    pub distance: f64,
    /// The sites by their place on the x-axis.
    by_x: Vec<(f64, usize)>,
    /// The site of each point, by the bits of its coordinates.
    of_point: HashMap<[u64; 3], usize>,
}

fn bits(point: Vector) -> [u64; 3] {
    point.coordinates().map(f64::to_bits)
}

impl Sites {
    /// Chooses sites among points: each point that is farther from all sites before it than the distance.
    fn choose(mut points: Vec<Vector>, distance: f64) -> Sites {
        let position = |point: &Vector| (Cell::of(*point, MAX_LEVEL), *point);
        points.sort_by(|a, b| position(a).partial_cmp(&position(b)).unwrap_or(std::cmp::Ordering::Equal));
        points.dedup();
        let mut places: Vec<Vector> = Vec::new();
        let mut near: HashMap<[i64; 3], Vec<Vector>> = HashMap::new();
        let side = distance.max(1e-15);
        for point in &points {
            let [x, y, z] = point.coordinates().map(|coordinate| (coordinate / side).floor() as i64);
            let around =
                (-1..=1).flat_map(|dx| (-1..=1).flat_map(move |dy| (-1..=1).map(move |dz| [x + dx, y + dy, z + dz])));
            let taken =
                around.filter_map(|place| near.get(&place)).flatten().any(|site| site.angle_to(*point) <= distance);
            if !taken {
                near.entry([x, y, z]).or_default().push(*point);
                places.push(*point);
            }
        }
        let mut by_x: Vec<_> = places.iter().zip(0..).map(|(place, number)| (place.x, number)).collect();
        by_x.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let (count, of_point) = (places.len(), HashMap::new());
        let mut sites = Sites { points: vec![Vec::new(); count], places, distance, by_x, of_point };
        for point in points {
            let away = |site: &usize| (sites.place(*site) - point).squared_length();
            let nearest =
                sites.within(point.x - distance, point.x + distance).min_by(|a, b| away(a).total_cmp(&away(b)));
            let Some(nearest) = nearest else { continue };
            sites.points.get_mut(nearest).into_iter().for_each(|points| points.push(point));
            sites.of_point.insert(bits(point), nearest);
        }
        sites
    }

    pub fn place(&self, site: usize) -> Vector {
        self.places.get(site).copied().unwrap_or(Vector::new(0.0, 0.0, 1.0))
    }

    /// The sites that lie between two places on the x-axis.
    fn within(&self, least: f64, greatest: f64) -> impl Iterator<Item = usize> {
        let start = self.by_x.partition_point(|(x, _)| *x < least);
        self.by_x.iter().skip(start).take_while(move |(x, _)| *x <= greatest).map(|(_, site)| *site)
    }

    /// The sites not farther from an edge than an angle.
    pub fn near(&self, (from, to): (Vector, Vector), reach: f64) -> impl Iterator<Item = usize> {
        let bulge = (from - to).squared_length() / 4.0;
        let within = self.within(from.x.min(to.x) - reach - bulge, from.x.max(to.x) + reach + bulge);
        within.filter(move |site| distance_to_edge(self.place(*site), from, to) <= reach)
    }

    /// The sites that are the nearest ones along an edge, in their order.
    fn along(&self, (from, to): (Vector, Vector)) -> Vec<usize> {
        let (Some(first), Some(last)) = (self.of_point.get(&bits(from)), self.of_point.get(&bits(to))) else {
            return Vec::new();
        };
        let ahead = normal(from, to).cross(from).unit();
        let (mut angle, end) = (0.0, from.angle_to(to));
        // How near a site is at an angle along the edge: across · cos(angle) + along · sin(angle).
        let near = |site: usize| (site, self.place(site).dot(from), self.place(site).dot(ahead));
        let candidates: Vec<_> = self.near((from, to), self.distance + 1e-15).map(near).collect();
        let (mut chain, mut current) = (vec![*first], near(*first));
        while current.0 != *last && chain.len() <= candidates.len() {
            let overtakes = |next: &(usize, f64, f64)| {
                let at = (current.1 - next.1).atan2(next.2 - current.2);
                (next.2 > current.2 && at >= angle && at <= end).then_some((at, *next))
            };
            let sooner = |a: &(f64, (usize, f64, f64)), b: &(f64, (usize, f64, f64))| {
                a.0.total_cmp(&b.0).then(b.1.2.total_cmp(&a.1.2))
            };
            let Some((at, next)) = candidates.iter().filter_map(overtakes).min_by(sooner) else { break };
            chain.push(next.0);
            (angle, current) = (at, next);
        }
        if current.0 != *last {
            chain.push(*last);
        }
        chain
    }
}
