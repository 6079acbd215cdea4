//! On which side of an edge a point lies, and whether edges cross: questions whose answers never contradict each other.
//!
//! Three points on one great circle are told apart as if each were moved by an endlessly small distance of its own (the
//! «simulation of simplicity» of Edelsbrunner and Mücke), so that every point lies within exactly one of the shapes that
//! divide the earth.

use std::cmp::Ordering;

use super::sphere::Vector;

/// 1 when three points follow each other counterclockwise (`c` lies to the left of the edge from `a` to `b`), -1 when
/// clockwise, 0 only when two of them are the same.
pub fn orientation(a: Vector, b: Vector, c: Vector) -> i8 {
    let determinant = a.cross(b).dot(c);
    if determinant.abs() > 1.8274 * f64::EPSILON {
        return sign(determinant);
    }
    if a == b || b == c || c == a {
        return 0;
    }
    from_differences(a, b, c).unwrap_or_else(|| exact(a, b, c))
}

/// Whether `a`, `b` and `c` lie in this order counterclockwise around `middle`; `b` may be the same as either.
pub fn in_order_around(middle: Vector, a: Vector, b: Vector, c: Vector) -> bool {
    let mut truths = 0;
    truths += u8::from(orientation(b, middle, a) >= 0);
    truths += u8::from(orientation(c, middle, b) >= 0);
    truths += u8::from(orientation(a, middle, c) > 0);
    truths >= 2
}

/// How two edges meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// They have no point in common, or touch without either's end.
    Apart,
    /// They have an end in common.
    AtEnd,
    /// They cross between their ends.
    Crossing,
}

/// How the edges from `a` to `b` and from `c` to `d` meet.
pub fn meeting(a: Vector, b: Vector, c: Vector, d: Vector) -> Meeting {
    if a == c || a == d || b == c || b == d {
        return Meeting::AtEnd;
    }
    if a == b || c == d {
        return Meeting::Apart;
    }
    // They cross when the triangles acb, cbd, bda, dac all turn the same way.
    let side = orientation(a, c, b);
    let same = orientation(b, d, a) == side && orientation(c, b, d) == side && orientation(d, a, c) == side;
    if same { Meeting::Crossing } else { Meeting::Apart }
}

/// Whether the edges from `a` to `b` and from `c` to `d` cross, counting a common end on one side only, so that the number
/// of crossings with a closed walk tells inside from outside.
pub fn crosses(a: Vector, b: Vector, c: Vector, d: Vector) -> bool {
    match meeting(a, b, c, d) {
        Meeting::Apart => false,
        Meeting::Crossing => true,
        Meeting::AtEnd => {
            if a == b || c == d {
                false
            } else if a == c {
                b == d || in_order_around(a, a.orthogonal(), d, b)
            } else if b == d {
                in_order_around(b, b.orthogonal(), c, a)
            } else if a == d {
                b == c || in_order_around(a, a.orthogonal(), c, b)
            } else {
                b == c && in_order_around(b, b.orthogonal(), d, a)
            }
        }
    }
}

/// Whether the corner at `b`, between edges from `a` and to `c`, holds `b` itself.
pub fn corner_contains(a: Vector, b: Vector, c: Vector) -> bool {
    !in_order_around(b, b.orthogonal(), c, a)
}

fn sign(number: f64) -> i8 {
    match number.partial_cmp(&0.0) {
        Some(Ordering::Greater) => 1,
        Some(Ordering::Less) => -1,
        _ => 0,
    }
}

/// The orientation from the two shorter sides of the triangle, where rounding leaves no doubt: good for small triangles.
fn from_differences(a: Vector, b: Vector, c: Vector) -> Option<i8> {
    let (ab, bc, ca) = (b - a, c - b, a - c);
    let (ab2, bc2, ca2) = (ab.squared_length(), bc.squared_length(), ca.squared_length());
    let (determinant, lengths) = if ab2 >= bc2 && ab2 >= ca2 {
        (-ca.cross(bc).dot(c), ca2 * bc2)
    } else if bc2 >= ca2 {
        (-ab.cross(ca).dot(a), ab2 * ca2)
    } else {
        (-bc.cross(ab).dot(b), bc2 * ab2)
    };
    (determinant.abs() > 3.2321 * f64::EPSILON * lengths.sqrt()).then(|| sign(determinant))
}

/// A sum of numbers that stands for itself, never rounded: the parts grow and do not overlap.
#[derive(Default)]
struct ExactSum {
    parts: Vec<f64>,
}

impl ExactSum {
    fn add(&mut self, number: f64) {
        let mut rest = number;
        for part in &mut self.parts {
            let (sum, error) = two_sum(rest, *part);
            *part = error;
            rest = sum;
        }
        self.parts.push(rest);
    }

    fn add_product(&mut self, a: f64, b: f64) {
        let (product, error) = two_product(a, b);
        self.add(error);
        self.add(product);
    }

    fn add_triple_product(&mut self, a: f64, b: f64, c: f64) {
        let (product, error) = two_product(a, b);
        self.add_product(error, c);
        self.add_product(product, c);
    }

    fn sign(&self) -> i8 {
        self.parts.iter().rev().map(|part| sign(*part)).find(|sign| *sign != 0).unwrap_or(0)
    }
}

fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let of_b = sum - a;
    (sum, (a - (sum - of_b)) + (b - of_b))
}

fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    (product, a.mul_add(b, -product))
}

/// The sign of `a · b - c · d`.
fn sign_of_difference(a: f64, b: f64, c: f64, d: f64) -> i8 {
    let mut sum = ExactSum::default();
    sum.add_product(a, b);
    sum.add_product(-c, d);
    sum.sign()
}

/// The orientation of three different points without rounding.
fn exact(a: Vector, b: Vector, c: Vector) -> i8 {
    let mut points = [a, b, c];
    let mut swaps = 1;
    for (first, second) in [(0, 1), (1, 2), (0, 1)] {
        if points[first] > points[second] {
            points.swap(first, second);
            swaps = -swaps;
        }
    }
    let [a, b, c] = points;
    let mut sum = ExactSum::default();
    for (factor, b1, c1, b2, c2) in [(a.x, b.y, c.z, b.z, c.y), (a.y, b.z, c.x, b.x, c.z), (a.z, b.x, c.y, b.y, c.x)] {
        sum.add_triple_product(b1, c1, factor);
        sum.add_triple_product(-b2, c2, factor);
    }
    let determinant = sum.sign();
    swaps * if determinant == 0 { moved(a, b, c) } else { determinant }
}

/// The orientation of three points on one great circle, in rising order, when each is moved by less than the one before.
/// The signs are those of the determinant's terms, the largest first.
fn moved(a: Vector, b: Vector, c: Vector) -> i8 {
    let terms = [
        sign_of_difference(b.x, c.y, b.y, c.x),
        sign_of_difference(b.z, c.x, b.x, c.z),
        sign_of_difference(b.y, c.z, b.z, c.y),
        sign_of_difference(c.x, a.y, c.y, a.x),
        sign(c.x),
        -sign(c.y),
        sign_of_difference(c.z, a.x, c.x, a.z),
        sign(c.z),
        sign_of_difference(a.x, b.y, a.y, b.x),
        -sign(b.x),
        sign(b.y),
        sign(a.x),
    ];
    terms.into_iter().find(|term| *term != 0).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_of_one_great_circle_are_told_apart_the_same_way_round() {
        let on_equator = |x: f64, y: f64| Vector::new(x, y, 0.0);
        let (a, b, c) = (on_equator(1.0, 0.0), on_equator(0.8, 0.6), on_equator(0.6, 0.8));
        let side = orientation(a, b, c);
        assert_ne!(side, 0);
        assert_eq!([orientation(b, c, a), orientation(c, a, b)], [side, side]);
        assert_eq!([orientation(c, b, a), orientation(b, a, c)], [-side, -side]);
        assert_eq!(orientation(a, b, a), 0);
    }

    #[test]
    fn differences_below_rounding_are_seen() {
        let (a, b) = (Vector::new(1.0, 0.0, 0.0), Vector::new(0.8, 0.6, 0.0));
        assert_eq!(orientation(a, b, Vector::new(0.6, 0.8, 1e-300)), 1);
        assert_eq!(orientation(a, b, Vector::new(0.6, 0.8, -1e-300)), -1);
    }

    #[test]
    fn edges_cross_between_their_ends_alone() {
        let (a, b) = (Vector::new(1.0, -0.1, 0.0).unit(), Vector::new(1.0, 0.1, 0.0).unit());
        let (c, d) = (Vector::new(1.0, 0.0, -0.1).unit(), Vector::new(1.0, 0.0, 0.1).unit());
        assert_eq!(meeting(a, b, c, d), Meeting::Crossing);
        assert_eq!(meeting(a, b, -c, -d), Meeting::Apart);
        assert_eq!(meeting(a, b, b, d), Meeting::AtEnd);
    }
}
