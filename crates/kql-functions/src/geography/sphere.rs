//! Points of the unit sphere as vectors, and the measures of the arcs between them.
//!
//! An edge between two points is the shorter arc of the great circle through both. Angles are in radians, at the middle of the
//! earth.

use std::ops::{Add, Mul, Neg, Sub};

/// A vector in space; a place on the earth where its length is 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Vector {
    pub x: f64,
    pub y: f64,
    pub z: f64,
}

impl Vector {
    pub const fn new(x: f64, y: f64, z: f64) -> Vector {
        Vector { x, y, z }
    }

    pub fn dot(self, other: Vector) -> f64 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    pub fn cross(self, other: Vector) -> Vector {
        Vector::new(
            self.y * other.z - self.z * other.y,
            self.z * other.x - self.x * other.z,
            self.x * other.y - self.y * other.x,
        )
    }

    pub fn length(self) -> f64 {
        self.squared_length().sqrt()
    }

    pub fn squared_length(self) -> f64 {
        self.dot(self)
    }

    /// The vector of length 1 in the same direction; zero stays zero.
    pub fn unit(self) -> Vector {
        let length = self.length();
        if length == 0.0 { self } else { self * (1.0 / length) }
    }

    /// The angle between two vectors, from 0 to π.
    pub fn angle_to(self, other: Vector) -> f64 {
        self.cross(other).length().atan2(self.dot(other))
    }

    /// The coordinates in the order x, y, z.
    pub fn coordinates(self) -> [f64; 3] {
        [self.x, self.y, self.z]
    }

    /// A unit vector at a right angle, the same for the same vector.
    pub fn orthogonal(self) -> Vector {
        let (x, y, z) = (self.x.abs(), self.y.abs(), self.z.abs());
        // The axis before that of the largest coordinate, moved off the axis so that neat inputs give no neat results.
        let aside = if x > y && x > z {
            Vector::new(0.012, 0.0053, 1.0)
        } else if x <= y && y > z {
            Vector::new(1.0, 0.0053, 0.00457)
        } else {
            Vector::new(0.012, 1.0, 0.00457)
        };
        self.cross(aside).unit()
    }

    /// Whether the vector is that of the opposite place.
    pub fn is_opposite(self, other: Vector) -> bool {
        self == -other
    }
}

impl Add for Vector {
    type Output = Vector;

    fn add(self, other: Vector) -> Vector {
        Vector::new(self.x + other.x, self.y + other.y, self.z + other.z)
    }
}

impl Sub for Vector {
    type Output = Vector;

    fn sub(self, other: Vector) -> Vector {
        Vector::new(self.x - other.x, self.y - other.y, self.z - other.z)
    }
}

impl Mul<f64> for Vector {
    type Output = Vector;

    fn mul(self, factor: f64) -> Vector {
        Vector::new(self.x * factor, self.y * factor, self.z * factor)
    }
}

impl Neg for Vector {
    type Output = Vector;

    fn neg(self) -> Vector {
        Vector::new(-self.x, -self.y, -self.z)
    }
}

/// A vector at a right angle to two, true to the last digits for neighbouring points too. Its length is twice that of the
/// cross product; that of two equal or opposite vectors is some vector at a right angle to both.
pub fn normal(a: Vector, b: Vector) -> Vector {
    let across = (a + b).cross(b - a);
    if across == Vector::new(0.0, 0.0, 0.0) { a.orthogonal() } else { across }
}

/// The point of an edge that is nearest to a point.
pub fn nearest_on_edge(point: Vector, a: Vector, b: Vector) -> Vector {
    if point == a || point == b {
        return point;
    }
    let across = normal(a, b).unit();
    let foot = point - across * point.dot(across);
    // The foot lies within the edge when it is beyond `a` towards `b` and beyond `b` towards `a`.
    if across.cross(a).dot(foot) > 0.0 && b.cross(across).dot(foot) > 0.0 {
        return foot.unit();
    }
    if (point - a).squared_length() <= (point - b).squared_length() { a } else { b }
}

/// How far a point is from an edge.
pub fn distance_to_edge(point: Vector, a: Vector, b: Vector) -> f64 {
    let across = normal(a, b).unit();
    if across.cross(a).dot(point) > 0.0 && b.cross(across).dot(point) > 0.0 {
        return point.dot(across).abs().min(1.0).asin();
    }
    point.angle_to(a).min(point.angle_to(b))
}

/// The point at an angle from `a` on the way to `b`.
pub fn point_towards(a: Vector, b: Vector, angle: f64) -> Vector {
    let ahead = normal(a, b).cross(a).unit();
    (a * angle.cos() + ahead * angle.sin()).unit()
}

/// The point at a part of the way from `a` to `b`.
pub fn point_between(a: Vector, b: Vector, part: f64) -> Vector {
    if part == 0.0 {
        return a;
    }
    if part == 1.0 {
        return b;
    }
    point_towards(a, b, part * a.angle_to(b))
}

/// Where two edges that cross do so.
pub fn crossing_point(a: Vector, b: Vector, c: Vector, d: Vector) -> Vector {
    let along = |across: Vector, from: Vector, to: Vector| {
        let (first, last) = (across.dot(from), across.dot(to));
        let span = first - last;
        if span == 0.0 { from } else { (to * (first / span) - from * (last / span)).unit() }
    };
    // The longer edge has the truer normal; the shorter one is cut by it.
    if (a - b).squared_length() >= (c - d).squared_length() {
        along(normal(a, b).unit(), c, d)
    } else {
        along(normal(c, d).unit(), a, b)
    }
}

/// The angle by which a walk from `a` over `b` to `c` turns, positive to the left, from -π to π.
pub fn turn(a: Vector, b: Vector, c: Vector) -> f64 {
    let angle = normal(a, b).angle_to(normal(b, c));
    if super::orientation::orientation(a, b, c) > 0 { angle } else { -angle }
}
