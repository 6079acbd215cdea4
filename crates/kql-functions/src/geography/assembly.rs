//! Closed walks, paths and polygons put together from the steps of an overlay.
//!
//! Everything comes in the order in which Kusto gives it: by the edges that the steps are cut from, and where these leave a
//! choice, by the numbers of the vertices.

use super::overlay::{Step, sort_around};
use super::ring::Ring;
use super::sphere::Vector;

/// Stands for a place that is not there.
const NORTH: Vector = Vector::new(0.0, 0.0, 1.0);

/// The closed walks that steps make up, turning left wherever walks meet, and each going through a vertex once only. Each ends
/// with the step of the latest edge. `None` when a walk does not close.
pub fn closed_walks(places: &[Vector], mut steps: Vec<Step>) -> Option<Vec<Vec<Vector>>> {
    steps.sort_unstable();
    let next = left_turns(places, &steps)?;
    let mut used = vec![false; steps.len()];
    let mut position_of: Vec<Option<usize>> = vec![None; places.len()];
    let mut walks: Vec<(usize, Vec<usize>)> = Vec::new();
    for start in 0..steps.len() {
        let mut path: Vec<usize> = Vec::new();
        let mut number = start;
        while !std::mem::replace(used.get_mut(number)?, true) {
            let step = steps.get(number)?;
            *position_of.get_mut(step.from)? = Some(path.len());
            path.push(number);
            if let Some(start_of_walk) = *position_of.get(step.to)? {
                let walk = path.split_off(start_of_walk);
                for number in &walk {
                    *position_of.get_mut(steps.get(*number)?.from)? = None;
                }
                walks.push(begin_after_latest(walk, &steps)?);
            }
            number = *next.get(number)?;
        }
        if !path.is_empty() {
            return None;
        }
    }
    walks.sort_by_key(|(order, walk)| (*order, walk.first().copied()));
    let vertices = |walk: Vec<usize>| walk.iter().map(|number| places.get(steps.get(*number)?.from).copied()).collect();
    walks.into_iter().map(|(_, walk)| vertices(walk)).collect()
}

/// Turns a closed walk so that it ends with the step, or the row of steps, of the latest edge; and the edge it then starts
/// with.
fn begin_after_latest(mut walk: Vec<usize>, steps: &[Step]) -> Option<(usize, Vec<usize>)> {
    let orders = walk.iter().map(|number| steps.get(*number).map(|step| step.order)).collect::<Option<Vec<_>>>()?;
    let (mut latest, mut last) = (*orders.first()?, 0);
    let mut interrupted = false;
    for (position, order) in orders.iter().enumerate().skip(1) {
        if *order > latest || *order == latest && !interrupted {
            (latest, last) = (*order, position);
            interrupted = false;
        } else if *order < latest {
            interrupted = true;
        }
    }
    let start = (last + 1) % walk.len();
    walk.rotate_left(start);
    Some((*orders.get(start)?, walk))
}

/// The step that follows each step with a turn to the left: the first that leaves clockwise of where it arrives.
fn left_turns(places: &[Vector], steps: &[Step]) -> Option<Vec<usize>> {
    /// A step at a vertex: the vertex at its other end, whether it arrives, and its number.
    type Spoke = (usize, bool, usize);
    let mut spokes: Vec<Vec<Spoke>> = vec![Vec::new(); places.len()];
    for (number, step) in steps.iter().enumerate() {
        spokes.get_mut(step.from)?.push((step.to, false, number));
        spokes.get_mut(step.to)?.push((step.from, true, number));
    }
    let mut next = vec![0; steps.len()];
    for (vertex, spokes) in spokes.iter_mut().enumerate() {
        spokes.sort_unstable();
        sort_around(*places.get(vertex)?, spokes, |(other, ..)| places.get(other).copied().unwrap_or(NORTH));
        // Clockwise from the first: the others from the last.
        spokes.get_mut(1..).into_iter().for_each(<[Spoke]>::reverse);
        let (mut arrived, mut left_before) = (Vec::new(), Vec::new());
        for (_, arrives, number) in spokes.iter() {
            if *arrives {
                arrived.push(*number);
            } else if let Some(before) = arrived.pop() {
                *next.get_mut(before)? = *number;
            } else {
                left_before.push(*number);
            }
        }
        // Around the circle once more.
        for leaving in left_before {
            *next.get_mut(arrived.pop()?)? = leaving;
        }
        if !arrived.is_empty() {
            return None;
        }
    }
    Some(next)
}

/// The paths that steps make up, each as long as there is no choice of a way on.
pub fn paths(places: &[Vector], mut steps: Vec<Step>) -> Vec<Vec<Vector>> {
    steps.sort_by_key(|step| (step.order, step.from, step.to));
    let mut leaving: Vec<Vec<usize>> = vec![Vec::new(); places.len()];
    let mut arriving = vec![0_usize; places.len()];
    for (number, step) in steps.iter().enumerate() {
        leaving.get_mut(step.from).into_iter().for_each(|leaving| leaving.push(number));
        arriving.get_mut(step.to).into_iter().for_each(|arriving| *arriving += 1);
    }
    let only_way = |vertex: usize| match leaving.get(vertex).map(Vec::as_slice) {
        Some([only]) if arriving.get(vertex) == Some(&1) => Some(*only),
        _ => None,
    };
    let mut used = vec![false; steps.len()];
    let mut follow = |first: usize| {
        let mut path = Vec::new();
        let mut way = Some(first);
        while let Some(number) = way
            && let Some(used) = used.get_mut(number)
            && !std::mem::replace(used, true)
            && let Some(step) = steps.get(number)
        {
            path.push(number);
            way = only_way(step.to);
        }
        path
    };
    let starts_path = |step: &&(usize, &Step)| only_way(step.1.from).is_none();
    let numbered: Vec<_> = steps.iter().enumerate().collect();
    let mut found: Vec<(usize, Vec<usize>)> = Vec::new();
    for (number, step) in numbered.iter().filter(starts_path) {
        let path = follow(*number);
        if !path.is_empty() {
            found.push((step.order, path));
        }
    }
    // What is left goes round in circles.
    for (number, _) in &numbered {
        let path = follow(*number);
        if !path.is_empty() {
            found.extend(begin_after_latest(path, &steps));
        }
    }
    found.sort_by_key(|(order, path)| (*order, path.first().copied()));
    let place = |vertex: usize| places.get(vertex).copied();
    let vertices = |path: Vec<usize>| {
        let first = path.first().and_then(|number| place(steps.get(*number)?.from));
        let others = path.iter().filter_map(|number| place(steps.get(*number)?.to));
        first.into_iter().chain(others).collect()
    };
    found.into_iter().map(|(_, path)| vertices(path)).collect()
}

/// How rings lie in each other: the number of each shell and those of the holes in it.
pub fn nest(rings: &[Ring]) -> Vec<Vec<usize>> {
    let around = |(number, ring): (usize, &Ring)| -> Vec<usize> {
        let Some((from, to)) = ring.edges().next() else { return Vec::new() };
        let inside = (from + to).unit();
        let holds =
            |(other, candidate): (usize, &Ring)| (other != number && candidate.contains(inside)).then_some(other);
        rings.iter().enumerate().filter_map(holds).collect()
    };
    let outer: Vec<Vec<usize>> = rings.iter().enumerate().map(around).collect();
    let depth = |ring: usize| outer.get(ring).map_or(0, Vec::len);
    let is_hole = |ring: &usize| depth(*ring) % 2 == 1;
    let mut polygons: Vec<Vec<usize>> =
        (0..rings.len()).filter(|ring| !is_hole(ring)).map(|shell| vec![shell]).collect();
    for hole in (0..rings.len()).filter(is_hole) {
        let shell = outer.get(hole).and_then(|outer| outer.iter().copied().max_by_key(|ring| depth(*ring)));
        let polygon = polygons.iter_mut().find(|polygon| polygon.first().copied() == shell);
        polygon.into_iter().for_each(|polygon| polygon.push(hole));
    }
    polygons
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Places on a grid of degrees at the equator, ten in a row.
    fn places() -> Vec<Vector> {
        let place = |number: u32| {
            let (longitude, latitude) = (f64::from(number % 10), f64::from(number / 10));
            super::super::Point { longitude, latitude }.vector()
        };
        (0..50).map(place).collect()
    }

    fn steps(walk: &[usize], first: usize) -> Vec<Step> {
        walk.windows(2).zip(first..).map(|(pair, order)| Step { from: pair[0], to: pair[1], order }).collect()
    }

    fn numbers(walk: &[Vector]) -> Vec<usize> {
        walk.iter().map(|place| places().iter().position(|other| other == place).unwrap()).collect()
    }

    #[test]
    fn a_walk_starts_behind_its_latest_step() {
        let mut all = steps(&[12, 13, 23, 22, 12], 5);
        all.rotate_left(2);
        let walks = closed_walks(&places(), all).unwrap();
        assert_eq!(walks.iter().map(|walk| numbers(walk)).collect::<Vec<_>>(), [[12, 13, 23, 22]]);
    }

    #[test]
    fn walks_part_where_they_touch() {
        let all = steps(&[0, 1, 11, 12, 22, 21, 11, 10, 0], 0);
        let walks = closed_walks(&places(), all).unwrap();
        assert_eq!(walks.iter().map(|walk| numbers(walk)).collect::<Vec<_>>(), [[0, 1, 11, 10], [11, 12, 22, 21]]);
    }

    #[test]
    fn an_open_walk_is_none() {
        assert_eq!(closed_walks(&places(), steps(&[0, 1, 2], 0)), None);
    }

    #[test]
    fn paths_end_where_there_is_a_choice() {
        let mut all = steps(&[0, 1, 2], 0);
        all.extend(steps(&[11, 1, 21], 2));
        all.extend(steps(&[30, 31, 41, 30], 4));
        let paths = paths(&places(), all);
        let numbers: Vec<_> = paths.iter().map(|path| numbers(path)).collect();
        assert_eq!(numbers, [vec![0, 1], vec![1, 2], vec![11, 1], vec![1, 21], vec![30, 31, 41, 30]]);
    }

    #[test]
    fn a_ring_within_a_ring_is_a_hole_and_one_within_that_a_shell() {
        let ring = |numbers: &[usize]| Ring::known(numbers.iter().map(|number| places()[*number]).collect());
        let rings = [ring(&[0, 7, 48, 40]), ring(&[11, 41, 45, 15]), ring(&[22, 24, 34]), ring(&[8, 9, 19])];
        assert_eq!(nest(&rings), [vec![0, 1], vec![2], vec![3]]);
    }
}
