//! The arithmetic of S2 cells: six squares around the earth, each parted in four again and again.
//!
//! A cell's number holds its face in the top three bits, two bits for each parting along a Hilbert curve, and a single 1 behind
//! them that marks the level. On a face, `i` and `j` count the smallest cells, `s` and `t` are the same from 0 to 1, and `u`
//! and `v` the places on the cube's face from -1 to 1, where edges of great circles are straight.

use std::fmt;

use super::sphere::Vector;

/// The level of the smallest cells.
pub const MAX_LEVEL: u32 = 30;

/// How many of the smallest cells a face has along each side.
const SIDE: i64 = 1 << MAX_LEVEL;

/// The place of each quarter along the curve, by the curve's orientation and the bits of `i` and `j`.
const POSITIONS: [[u64; 4]; 4] = [[0, 1, 3, 2], [0, 3, 1, 2], [2, 3, 1, 0], [2, 1, 3, 0]];

/// The inverse of [`POSITIONS`].
const QUARTERS: [[i64; 4]; 4] = [[0, 1, 3, 2], [0, 2, 3, 1], [3, 2, 0, 1], [3, 1, 0, 2]];

/// How the curve's orientation changes in each quarter along it.
const CHANGES: [usize; 4] = [1, 0, 0, 3];

/// A cell of any level. Those of one level follow each other along the curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell(u64);

/// The square that a cell is on its face.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Square {
    pub face: usize,
    /// The least and the greatest `u`.
    pub u: [f64; 2],
    /// The least and the greatest `v`.
    pub v: [f64; 2],
}

impl Square {
    /// The corners counterclockwise from that of the least `u` and `v`.
    pub fn corners(&self) -> [Vector; 4] {
        let ([west, east], [south, north]) = (self.u, self.v);
        [(west, south), (east, south), (east, north), (west, north)].map(|(u, v)| from_face(self.face, u, v).unit())
    }
}

impl Cell {
    /// The cell of a level in which a point lies.
    pub fn of(point: Vector, level: u32) -> Cell {
        let (face, u, v) = to_face(point);
        Cell::of_place(face, place(s_of_u(u)), place(s_of_u(v))).ancestor(level)
    }

    /// The cell that stands for a whole face, from 0 to 5.
    pub fn of_face(face: usize) -> Cell {
        Cell(((face as u64) << 61) | (1 << 60))
    }

    /// Reads a token: the number in hexadecimal without the zeros at its end.
    pub fn from_token(token: &str) -> Option<Cell> {
        if token.is_empty() || token.len() > 16 || !token.bytes().all(|sign| sign.is_ascii_hexdigit()) {
            return None;
        }
        let number = u64::from_str_radix(token, 16).ok()?;
        let cell = Cell(number << (4 * (16 - token.len())));
        let marked = cell.0.trailing_zeros();
        (cell.face() < 6 && marked <= 60 && marked.is_multiple_of(2)).then_some(cell)
    }

    fn face(self) -> usize {
        (self.0 >> 61) as usize
    }

    /// From 0, a whole face, to 30.
    pub fn level(self) -> u32 {
        MAX_LEVEL.saturating_sub(self.0.trailing_zeros() / 2)
    }

    /// The cell of this or a lower level that holds this one.
    pub fn ancestor(self, level: u32) -> Cell {
        let mark = 1u64 << (2 * MAX_LEVEL.saturating_sub(level));
        Cell((self.0 & mark.wrapping_neg()) | mark)
    }

    /// The cells of a level within this one, along the curve.
    pub fn descendants(self, level: u32) -> impl Iterator<Item = Cell> {
        let (own, mark) = (self.0 & self.0.wrapping_neg(), 1u64 << (2 * MAX_LEVEL.saturating_sub(level)));
        let first = self.0.wrapping_sub(own).wrapping_add(mark);
        (0..own / mark).map(move |index| Cell(first.wrapping_add(index.wrapping_mul(mark << 1))))
    }

    /// The smallest cell at a place of a face.
    fn of_place(face: usize, i: i64, j: i64) -> Cell {
        let mut number = face as u64;
        let mut orientation = face & 1;
        for bit in (0..MAX_LEVEL).rev() {
            let quarter = (((i >> bit) & 1) << 1 | ((j >> bit) & 1)) as usize;
            let position = POSITIONS[orientation][quarter];
            number = number << 2 | position;
            orientation ^= CHANGES[position as usize];
        }
        Cell(number << 1 | 1)
    }

    /// The cell of a level at a place that may lie just beyond the edge of the face.
    fn around(face: usize, i: i64, j: i64, level: u32) -> Cell {
        let beyond = !(0..SIDE).contains(&i) || !(0..SIDE).contains(&j);
        let cell = if beyond {
            // The places beyond the edge are found on the next face by the plain cube, whose cells meet at its edges.
            let on_cube = |place: i64| {
                let limit = 1.0 + f64::EPSILON;
                ((2 * (place.clamp(-1, SIDE) - SIDE / 2) + 1) as f64 / SIDE as f64).clamp(-limit, limit)
            };
            let (face, u, v) = to_face(from_face(face, on_cube(i), on_cube(j)));
            Cell::of_place(face, place(0.5 * (u + 1.0)), place(0.5 * (v + 1.0)))
        } else {
            Cell::of_place(face, i, j)
        };
        cell.ancestor(level)
    }

    /// The place of the corner with the least `i` and `j`, and how many of the smallest cells there are along each side.
    fn corner(self) -> (i64, i64, i64) {
        let level = self.level();
        let (mut i, mut j) = (0, 0);
        let mut orientation = self.face() & 1;
        for depth in 0..level {
            let position = ((self.0 >> (59 - 2 * depth)) & 3) as usize;
            let quarter = QUARTERS[orientation][position];
            i = i << 1 | quarter >> 1;
            j = j << 1 | (quarter & 1);
            orientation ^= CHANGES[position];
        }
        let rest = MAX_LEVEL - level;
        (i << rest, j << rest, 1 << rest)
    }

    /// The cell's square on its face.
    pub fn square(self) -> Square {
        let (i, j, size) = self.corner();
        let bound = |place: i64| u_of_s(place as f64 / SIDE as f64);
        Square { face: self.face(), u: [bound(i), bound(i + size)], v: [bound(j), bound(j + size)] }
    }

    /// The middle.
    pub fn center(self) -> Vector {
        let (i, j, size) = self.corner();
        let middle = |place: i64| u_of_s((2 * place + size) as f64 / (2 * SIDE) as f64);
        from_face(self.face(), middle(i), middle(j)).unit()
    }

    /// The cells of the same level with which this one shares an edge or a corner.
    pub fn neighbors(self) -> Vec<Cell> {
        let (i, j, size) = self.corner();
        let (face, level) = (self.face(), self.level());
        let places = [(-1, -1), (1, -1), (0, -1), (0, 1), (-1, 0), (1, 0), (-1, 1), (1, 1)];
        let mut neighbors = Vec::with_capacity(places.len());
        for (right, up) in places {
            let neighbor = Cell::around(face, i + right * size, j + up * size, level);
            // Three cells meet at the corners of the cube.
            if neighbor != self && !neighbors.contains(&neighbor) {
                neighbors.push(neighbor);
            }
        }
        neighbors
    }
}

impl fmt::Display for Cell {
    /// The token.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = format!("{:016x}", self.0);
        formatter.write_str(number.trim_end_matches('0'))
    }
}

/// The coordinates of a vector along a face's `u`, its `v`, and away from the middle of the earth.
pub fn along_face(face: usize, Vector { x, y, z }: Vector) -> [f64; 3] {
    match face {
        0 => [y, z, x],
        1 => [-x, z, y],
        2 => [-x, -y, z],
        3 => [-z, -y, -x],
        4 => [-z, x, -y],
        _ => [y, x, -z],
    }
}

/// The vector to a place of a face, of any length.
fn from_face(face: usize, u: f64, v: f64) -> Vector {
    match face {
        0 => Vector::new(1.0, u, v),
        1 => Vector::new(-u, 1.0, v),
        2 => Vector::new(-u, -v, 1.0),
        3 => Vector::new(-1.0, -v, -u),
        4 => Vector::new(v, -1.0, -u),
        _ => Vector::new(v, u, -1.0),
    }
}

/// The face in which a vector points, and the place on it.
fn to_face(vector: Vector) -> (usize, f64, f64) {
    let (x, y, z) = (vector.x.abs(), vector.y.abs(), vector.z.abs());
    let (axis, largest) = match (x > y, x > z, y > z) {
        (true, true, _) => (0, vector.x),
        (false, _, true) => (1, vector.y),
        _ => (2, vector.z),
    };
    let face = if largest < 0.0 { axis + 3 } else { axis };
    let [u, v, out] = along_face(face, vector);
    (face, u / out, v / out)
}

/// From the cube's face to the scale on which cells are equally wide.
fn s_of_u(u: f64) -> f64 {
    if u >= 0.0 { 0.5 * (1.0 + 3.0 * u).sqrt() } else { 1.0 - 0.5 * (1.0 - 3.0 * u).sqrt() }
}

fn u_of_s(s: f64) -> f64 {
    if s >= 0.5 { (4.0 * s * s - 1.0) / 3.0 } else { (1.0 - 4.0 * (1.0 - s) * (1.0 - s)) / 3.0 }
}

/// Which of the smallest cells along a side holds a place.
fn place(s: f64) -> i64 {
    ((SIDE as f64 * s - 0.5).round_ties_even() as i64).clamp(0, SIDE - 1)
}

#[cfg(test)]
mod tests {
    use super::super::Point;
    use super::*;

    #[test]
    fn a_token_names_the_cell_that_holds_its_middle() {
        for token in ["1", "3", "5", "7", "9", "b", "89c259", "1234567", "89c25a31cb67", "94a9c3a1b5d7f3c1"] {
            let cell = Cell::from_token(token).unwrap();
            assert_eq!(cell.to_string(), token);
            assert_eq!(Cell::of(cell.center(), cell.level()), cell);
        }
        for token in ["", "a", "2", "d", "x", "+1", "89c259000000000001", "0"] {
            assert_eq!(Cell::from_token(token), None, "{token}");
        }
    }

    #[test]
    fn neighbors_are_neighbors_of_each_other_across_faces_too() {
        for (longitude, latitude) in
            [(0.0, 0.0), (45.0, 0.1), (44.9, 35.2), (-135.1, -35.3), (12.0, 89.0), (179.9, -1.0)]
        {
            for level in [1, 3, 11, 30] {
                let cell = Cell::of(Point { longitude, latitude }.vector(), level);
                for neighbor in cell.neighbors() {
                    assert_eq!(neighbor.level(), level);
                    assert!(neighbor.neighbors().contains(&cell), "{cell} {neighbor}");
                }
            }
        }
    }

    #[test]
    fn descendants_make_up_their_cell() {
        let cell = Cell::from_token("89c259").unwrap();
        let descendants: Vec<_> = cell.descendants(cell.level() + 2).collect();
        assert_eq!(descendants.len(), 16);
        assert!(descendants.iter().all(|descendant| descendant.ancestor(cell.level()) == cell));
        assert_eq!(cell.descendants(cell.level()).collect::<Vec<_>>(), [cell]);
    }
}
