//! Shapes laid over each other: their edges cut into pieces that meet at their ends only, and what lies on either side of
//! each piece.
//!
//! An operand is the border of a region, which is to the left of its edges, or a set of lines. How often a border goes
//! around a place is the place's *winding* in it: a place with a positive winding lies in the region.

use std::collections::BTreeMap;

use super::edge_pairs::close_pairs;
use super::orientation::{Meeting, in_order_around, meeting, orientation};
use super::s2_cell::{Cell, MAX_LEVEL};
use super::sphere::{Vector, crossing_point, distance_to_edge};

/// Points so close (in radians, less than a millionth of a meter) are the same, and edges run through points so close.
const SNAP: f64 = 1e-14;

/// The most places where the edges of one overlay may be cut.
const MAX_CUTS: usize = 2_000_000;

/// Places of no particular kind whose winding is known, from which that of others is found; one of the two is never nearly
/// opposite to a given place.
pub const REFERENCES: [Vector; 2] = [
    Vector::new(-0.009_999_466_435_025_02, 0.002_592_454_260_932_412, 0.999_946_643_502_502),
    Vector::new(0.621_375_214_283_907_3, 0.783_508_920_016_152_9, 0.002_592_454_260_932_412),
];

/// One of the shapes that are laid over each other.
pub struct Operand {
    edges: Vec<(Vector, Vector)>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// The border of a region with the windings of the two references.
    Border {
        references: [i32; 2],
        meets_itself: bool,
    },
    Lines,
}

impl Operand {
    /// The border of a region, the region to the left of the edges, which do not cross each other. `holds`
    /// tells whether each of the references lies in the region.
    pub fn region(edges: Vec<(Vector, Vector)>, holds: [bool; 2]) -> Operand {
        let references = holds.map(i32::from);
        Operand { edges, kind: Kind::Border { references, meets_itself: false } }
    }

    /// Closed walks that may cross each other and themselves, given the windings of the references.
    pub fn walks(edges: Vec<(Vector, Vector)>, references: [i32; 2]) -> Operand {
        Operand { edges, kind: Kind::Border { references, meets_itself: true } }
    }

    /// Lines, which are cut by the other operand but not by each other.
    pub fn lines(edges: Vec<(Vector, Vector)>) -> Operand {
        Operand { edges, kind: Kind::Lines }
    }

    fn winding_of_reference(&self, reference: usize) -> i32 {
        match self.kind {
            Kind::Border { references, .. } => references.get(reference).copied().unwrap_or(0),
            Kind::Lines => 0,
        }
    }
}

/// What one operand does on a piece; forwards is from its end with the lower number to the other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Part {
    /// The first edge of the operand that runs forwards along the piece.
    pub forwards: Option<usize>,
    /// The first edge of the operand that runs backwards along the piece.
    pub backwards: Option<usize>,
    /// How much higher the winding is on the left than on the right, seen forwards.
    rise: i32,
    left: i32,
    right: i32,
}

impl Part {
    /// Whether the region lies to the left, seen forwards.
    pub fn is_left(&self) -> bool {
        self.left > 0
    }

    /// Whether the region lies to the right, seen forwards.
    pub fn is_right(&self) -> bool {
        self.right > 0
    }

    /// Whether an edge of the operand runs along the piece.
    pub fn runs_along(&self) -> bool {
        self.forwards.is_some() || self.backwards.is_some()
    }

    /// Whether the piece lies in the operand, its border included.
    pub fn holds(&self) -> bool {
        self.is_left() || self.is_right() || self.runs_along()
    }
}

/// A stretch between two neighbouring vertices.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The numbers of its vertices, the lower first.
    pub ends: [usize; 2],
    /// What the first and the second operand do on it.
    pub parts: [Part; 2],
}

/// A directed stretch between two vertices of an overlay. `order` is the place of the edge that it is cut from in the list of
/// all edges, the first operand's before the second's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    pub from: usize,
    pub to: usize,
    pub order: usize,
}

/// The pieces of two operands, each stretch once.
pub struct Overlay {
    /// The places where pieces end, in the order of the curve that runs through all S2 cells.
    pub vertices: Vec<Vector>,
    pub pieces: Vec<Piece>,
    /// The pieces at each vertex, counterclockwise.
    around: Vec<Vec<usize>>,
}

impl Overlay {
    /// Lays two operands over each other; `None` when they cross too often.
    pub fn new(first: &Operand, second: &Operand) -> Option<Overlay> {
        let edges: Vec<_> = first.edges.iter().chain(&second.edges).copied().collect();
        let kind_of = |edge: usize| {
            let operand = usize::from(edge >= first.edges.len());
            (operand, if operand == 0 { first.kind } else { second.kind })
        };
        let cut = Cutting::new(&edges, |a, b| {
            let ((first, kind), (second, _)) = (kind_of(a), kind_of(b));
            first != second || matches!(kind, Kind::Border { meets_itself: true, .. })
        })?;
        let mut pieces: BTreeMap<[usize; 2], [Part; 2]> = BTreeMap::new();
        for step in &cut.steps {
            let (operand, kind) = kind_of(step.order);
            let forwards = step.from < step.to;
            let ends = if forwards { [step.from, step.to] } else { [step.to, step.from] };
            let Some(part) = pieces.entry(ends).or_default().get_mut(operand) else { continue };
            let along = if forwards { &mut part.forwards } else { &mut part.backwards };
            along.get_or_insert(step.order);
            if kind != Kind::Lines {
                part.rise += if forwards { 1 } else { -1 };
            }
        }
        let pieces = pieces.into_iter().map(|(ends, parts)| Piece { ends, parts }).collect();
        let mut overlay = Overlay { vertices: cut.vertices, pieces, around: Vec::new() };
        overlay.find_around();
        overlay.find_windings(&[first, second]);
        Some(overlay)
    }

    /// The place of a vertex.
    pub fn place(&self, vertex: usize) -> Vector {
        self.vertices.get(vertex).copied().unwrap_or(REFERENCES[0])
    }

    /// The pieces at a vertex, counterclockwise.
    pub fn pieces_at(&self, vertex: usize) -> impl Iterator<Item = &Piece> {
        self.around.get(vertex).into_iter().flatten().filter_map(|piece| self.pieces.get(*piece))
    }

    fn find_around(&mut self) {
        let mut around = vec![Vec::new(); self.vertices.len()];
        for (number, piece) in self.pieces.iter().enumerate() {
            for end in piece.ends {
                if let Some(pieces) = around.get_mut(end) {
                    pieces.push(number);
                }
            }
        }
        for (vertex, pieces) in around.iter_mut().enumerate() {
            let middle = self.place(vertex);
            let other_end = |piece: usize| {
                let ends = self.pieces.get(piece).map_or([0, 0], |piece| piece.ends);
                self.place(if ends[0] == vertex { ends[1] } else { ends[0] })
            };
            sort_around(middle, pieces, other_end);
        }
        self.around = around;
    }

    /// Finds the windings of one piece of each connected set, and from there those of all.
    fn find_windings(&mut self, operands: &[&Operand; 2]) {
        let mut found = vec![false; self.pieces.len()];
        let length = |piece: &Piece| {
            let [from, to] = piece.ends.map(|end| self.place(end));
            (from - to).squared_length()
        };
        // The middle of a long piece is surely on no other one.
        let mut longest_first: Vec<_> = (0..self.pieces.len()).collect();
        let lengths: Vec<_> = self.pieces.iter().map(length).collect();
        longest_first
            .sort_by(|a, b| lengths.get(*b).partial_cmp(&lengths.get(*a)).unwrap_or(std::cmp::Ordering::Equal));
        for start in longest_first {
            if found.get_mut(start).is_none_or(|found| std::mem::replace(found, true)) {
                continue;
            }
            self.find_windings_from_afar(start, operands);
            let mut open: Vec<_> =
                self.pieces.get(start).map_or(Vec::new(), |piece| piece.ends.map(|end| (end, start)).to_vec());
            while let Some((vertex, known)) = open.pop() {
                self.spread_windings(vertex, known, &mut found, &mut open);
            }
        }
    }

    /// Finds the windings of a piece by the crossings on the way from a place whose windings are known.
    fn find_windings_from_afar(&mut self, number: usize, operands: &[&Operand; 2]) {
        let Some(piece) = self.pieces.get(number) else { return };
        let [low, high] = piece.ends.map(|end| self.place(end));
        let middle = (low + high).unit();
        let reference = usize::from(REFERENCES[0].dot(middle) < -0.9);
        let origin = REFERENCES.get(reference).copied().unwrap_or(REFERENCES[0]);
        let mut windings = operands.map(|operand| operand.winding_of_reference(reference));
        for (other, crossed) in self.pieces.iter().enumerate() {
            let [from, to] = crossed.ends.map(|end| self.place(end));
            if other == number || meeting(origin, middle, from, to) != Meeting::Crossing {
                continue;
            }
            let to_the_right = orientation(from, to, origin) > 0;
            for (winding, part) in windings.iter_mut().zip(&crossed.parts) {
                *winding += if to_the_right { -part.rise } else { part.rise };
            }
        }
        let from_the_left = orientation(low, high, origin) > 0;
        let Some(piece) = self.pieces.get_mut(number) else { return };
        for (winding, part) in windings.into_iter().zip(&mut piece.parts) {
            (part.left, part.right) =
                if from_the_left { (winding, winding - part.rise) } else { (winding + part.rise, winding) };
        }
    }

    /// Finds the windings of the pieces at a vertex from those of one of them.
    fn spread_windings(&mut self, vertex: usize, known: usize, found: &mut [bool], open: &mut Vec<(usize, usize)>) {
        let Some(around) = self.around.get(vertex) else { return };
        let start = around.iter().position(|piece| *piece == known).unwrap_or(0);
        let mut windings = [0, 0];
        for number in around.iter().cycle().skip(start).take(around.len()) {
            let Some(piece) = self.pieces.get_mut(*number) else { continue };
            let leaves = piece.ends[0] == vertex;
            let new = found.get_mut(*number).is_some_and(|found| !std::mem::replace(found, true));
            for (winding, part) in windings.iter_mut().zip(&mut piece.parts) {
                if new {
                    let rise = if leaves { part.rise } else { -part.rise };
                    let (left, right) = (*winding + rise, *winding);
                    (part.left, part.right) = if leaves { (left, right) } else { (right, left) };
                }
                *winding = if leaves { part.left } else { part.right };
            }
            if new {
                open.push((if leaves { piece.ends[1] } else { piece.ends[0] }, *number));
            }
        }
    }
}

/// Sorts things counterclockwise around a place, each by a place in its direction; the first stays the first.
pub fn sort_around<T: Copy>(middle: Vector, things: &mut [T], direction: impl Fn(T) -> Vector) {
    let [first, rest @ ..] = things else { return };
    let start = direction(*first);
    rest.sort_by(|a, b| {
        let (a, b) = (direction(*a), direction(*b));
        if a == b {
            std::cmp::Ordering::Equal
        } else if in_order_around(middle, start, a, b) {
            std::cmp::Ordering::Less
        } else {
            std::cmp::Ordering::Greater
        }
    });
}

/// Edges cut where they meet others.
struct Cutting {
    vertices: Vec<Vector>,
    steps: Vec<Step>,
}

impl Cutting {
    /// Cuts edges; two that are not the same edge may cut each other where `may_cut` says so.
    fn new(edges: &[(Vector, Vector)], may_cut: impl Fn(usize, usize) -> bool) -> Option<Cutting> {
        // First come the two ends of every edge, then the crossings.
        let mut points: Vec<Vector> = edges.iter().flat_map(|(from, to)| [*from, *to]).collect();
        let mut cuts: Vec<(usize, usize)> = Vec::new();
        let complete = close_pairs(edges, |a, b| {
            if may_cut(a, b)
                && let (Some((a0, a1)), Some((b0, b1))) = (edges.get(a).copied(), edges.get(b).copied())
            {
                let before = cuts.len();
                let runs_through = |(from, to): (Vector, Vector), point: Vector| {
                    point != from && point != to && distance_to_edge(point, from, to) < SNAP
                };
                let ends = [
                    (a, (a0, a1), 2 * b, b0),
                    (a, (a0, a1), 2 * b + 1, b1),
                    (b, (b0, b1), 2 * a, a0),
                    (b, (b0, b1), 2 * a + 1, a1),
                ];
                cuts.extend(
                    ends.into_iter()
                        .filter(|(_, edge, _, point)| runs_through(*edge, *point))
                        .map(|(edge, _, point, _)| (edge, point)),
                );
                if cuts.len() == before && meeting(a0, a1, b0, b1) == Meeting::Crossing {
                    cuts.extend([(a, points.len()), (b, points.len())]);
                    points.push(crossing_point(a0, a1, b0, b1));
                }
            }
            cuts.len() <= MAX_CUTS
        });
        if !complete {
            return None;
        }
        let (vertices, vertex_of) = merge(&points);
        let vertex = |point: usize| vertex_of.get(point).copied().unwrap_or(0);
        cuts.sort_unstable();
        let mut cuts = cuts.into_iter().peekable();
        let mut steps = Vec::new();
        let mut stops: Vec<usize> = Vec::new();
        for (order, (start, _)) in edges.iter().enumerate() {
            stops.clear();
            while let Some((_, point)) = cuts.next_if(|(edge, _)| *edge == order) {
                stops.push(vertex(point));
            }
            let away = |stop: usize| vertices.get(stop).map_or(0.0, |place| (*place - *start).squared_length());
            stops.sort_by(|a, b| away(*a).total_cmp(&away(*b)));
            stops.insert(0, vertex(2 * order));
            stops.push(vertex(2 * order + 1));
            let pairs = stops.iter().zip(stops.iter().skip(1)).filter(|(from, to)| from != to);
            steps.extend(pairs.map(|(from, to)| Step { from: *from, to: *to, order }));
        }
        Some(Cutting { vertices, steps })
    }
}

/// Makes one vertex of points that are the same or nearly so; the vertices in the order of the curve through the cells, and
/// the vertex of each point.
fn merge(points: &[Vector]) -> (Vec<Vector>, Vec<usize>) {
    let mut by_x: Vec<(Vector, usize)> = points.iter().copied().zip(0..).collect();
    by_x.sort_by(|(a, _), (b, _)| a.x.total_cmp(&b.x));
    let mut same_as: Vec<usize> = (0..points.len()).collect();
    for (position, (point, number)) in by_x.iter().enumerate() {
        let near = by_x.iter().skip(position + 1).take_while(|(other, _)| other.x - point.x < SNAP);
        for (other, other_number) in near {
            if (*other - *point).squared_length() < SNAP * SNAP {
                let (a, b) = (root(&same_as, *number), root(&same_as, *other_number));
                // The earlier point stands for both, so that ends of edges stay where they are.
                if let Some(later) = same_as.get_mut(a.max(b)) {
                    *later = a.min(b);
                }
            }
        }
    }
    let mut kept: Vec<(Cell, Vector, usize)> = (0..points.len())
        .filter(|number| same_as.get(*number) == Some(number))
        .filter_map(|number| points.get(number).map(|point| (Cell::of(*point, MAX_LEVEL), *point, number)))
        .collect();
    kept.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    let mut vertex_of = vec![0; points.len()];
    for (vertex, (_, _, number)) in kept.iter().enumerate() {
        vertex_of.get_mut(*number).into_iter().for_each(|own| *own = vertex);
    }
    let vertex_of =
        (0..points.len()).map(|number| vertex_of.get(root(&same_as, number)).copied().unwrap_or(0)).collect();
    (kept.into_iter().map(|(_, point, _)| point).collect(), vertex_of)
}

/// The first point that a point is the same as.
fn root(same_as: &[usize], mut number: usize) -> usize {
    while let Some(other) = same_as.get(number)
        && *other != number
    {
        number = *other;
    }
    number
}

#[cfg(test)]
mod tests {
    use super::super::Point;
    use super::*;

    fn edges(places: &[(f64, f64)]) -> Vec<(Vector, Vector)> {
        let places: Vec<_> = places
            .iter()
            .map(|(longitude, latitude)| Point { longitude: *longitude, latitude: *latitude }.vector())
            .collect();
        places.iter().copied().zip(places.iter().skip(1).copied()).collect()
    }

    fn square(west: f64, south: f64) -> Operand {
        let (east, north) = (west + 2.0, south + 2.0);
        Operand::region(edges(&[(west, south), (east, south), (east, north), (west, north), (west, south)]), [false; 2])
    }

    fn count(overlay: &Overlay, which: impl Fn(&Piece) -> bool) -> usize {
        overlay.pieces.iter().filter(|piece| which(piece)).count()
    }

    #[test]
    fn crossing_borders_are_cut_and_have_the_regions_on_their_sides() {
        let overlay = Overlay::new(&square(0.0, 0.0), &square(1.0, 1.0)).unwrap();
        assert_eq!((overlay.vertices.len(), overlay.pieces.len()), (10, 12));
        // Each square has two pieces of its border in the other.
        let inside = |piece: &Piece, part: usize| piece.parts[part].is_left() && piece.parts[part].is_right();
        assert_eq!(count(&overlay, |piece| inside(piece, 0)), 2);
        assert_eq!(count(&overlay, |piece| inside(piece, 1)), 2);
        assert_eq!(count(&overlay, |piece| piece.parts.iter().all(Part::holds)), 4);
    }

    #[test]
    fn an_end_on_an_edge_cuts_it() {
        // The corners at (2, 1) and (2, 2) lie on the meridian of the first square's border.
        let overlay = Overlay::new(&square(0.0, 0.0), &square(2.0, 1.0)).unwrap();
        assert_eq!(count(&overlay, |piece| piece.parts.iter().all(Part::runs_along)), 1);
        assert_eq!(overlay.vertices.len(), 8);
    }

    #[test]
    fn windings_add_up_where_a_walk_goes_around_twice() {
        let twice = edges(&[
            (0.0, 0.0),
            (4.0, 0.0),
            (4.0, 4.0),
            (0.0, 4.0),
            (1.0, 1.0),
            (3.0, 1.0),
            (3.0, 3.0),
            (0.0, 3.0),
            (0.0, 0.0),
        ]);
        let overlay = Overlay::new(&Operand::walks(twice, [0; 2]), &Operand::lines(Vec::new())).unwrap();
        let windings = overlay.pieces.iter().flat_map(|piece| [piece.parts[0].left, piece.parts[0].right]);
        assert_eq!(windings.max(), Some(2));
    }
}
