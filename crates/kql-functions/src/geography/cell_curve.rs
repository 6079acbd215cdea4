//! The curve that runs through all S2 cells: the order in which Kusto counts the vertices of a new shape.

use super::sphere::Vector;

/// The halvings of a face of the cube.
const LEVELS: u32 = 30;

/// Which of the four parts of a square the curve visits at which place, by the orientation of the square.
const PLACES: [[u64; 4]; 4] = [[0, 1, 3, 2], [0, 3, 1, 2], [2, 3, 1, 0], [2, 1, 3, 0]];

/// How the orientation changes within the part that is visited at a place.
const TURNS: [usize; 4] = [1, 0, 0, 3];

/// How far along the curve the smallest cell around a point lies: its face, then its place on the face.
pub fn curve_position(point: Vector) -> u64 {
    let Vector { x, y, z } = point;
    let (ax, ay, az) = (x.abs(), y.abs(), z.abs());
    let (face, u, v): (u64, f64, f64) = if ax > ay && ax > az {
        if x >= 0.0 { (0, y / x, z / x) } else { (3, z / x, y / x) }
    } else if ay > az {
        if y >= 0.0 { (1, -x / y, z / y) } else { (4, z / y, -x / y) }
    } else if z >= 0.0 {
        (2, -x / z, -y / z)
    } else {
        (5, -y / z, -x / z)
    };
    let (i, j) = (steps(u), steps(v));
    let mut orientation = usize::from(face % 2 == 1);
    let mut position = face;
    for level in (0..LEVELS).rev() {
        let part = usize::from(i >> level & 1 == 1) * 2 + usize::from(j >> level & 1 == 1);
        let place = PLACES.get(orientation).and_then(|places| places.get(part)).copied().unwrap_or(0);
        position = position << 2 | place;
        orientation ^= usize::try_from(place).ok().and_then(|place| TURNS.get(place)).copied().unwrap_or(0);
    }
    position
}

/// How many of the smallest cells lie before a coordinate of a face, stretched so that cells are of like sizes.
fn steps(coordinate: f64) -> u32 {
    let stretched = if coordinate >= 0.0 {
        0.5 * (1.0 + 3.0 * coordinate).sqrt()
    } else {
        1.0 - 0.5 * (1.0 - 3.0 * coordinate).sqrt()
    };
    // The conversion stops at the ends of the range.
    ((stretched * f64::from(1_u32 << LEVELS)).floor() as u32).min((1 << LEVELS) - 1)
}
