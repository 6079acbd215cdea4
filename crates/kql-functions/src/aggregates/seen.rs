//! What became of the strings of a batch: columns repeat their values, and equal views are equal strings.

/// As many strings are remembered.
const PLACES: usize = 1 << PLACE_BITS;
const PLACE_BITS: u32 = 9;
/// No view: strings are not this long.
const NOTHING: u128 = u128::MAX;

/// What was computed of strings, found again by their views in the array. A later string may take an earlier's place.
pub struct Seen<V> {
    places: Vec<(u128, V)>,
}

impl<V> Default for Seen<V> {
    fn default() -> Self {
        Seen { places: Vec::new() }
    }
}

impl<V: Copy + Default> Seen<V> {
    /// Forgets everything: views mean nothing beyond their array.
    pub fn forget(&mut self) {
        self.places.clear();
        self.places.resize(PLACES, (NOTHING, V::default()));
    }

    /// What was noted of a view's string.
    pub fn get(&self, view: u128) -> Option<V> {
        let (other, value) = self.places.get(place(view))?;
        (*other == view).then_some(*value)
    }

    /// Notes what became of a view's string.
    pub fn note(&mut self, view: u128, value: V) {
        if let Some(place) = self.places.get_mut(place(view)) {
            *place = (view, value);
        }
    }
}

fn place(view: u128) -> usize {
    let mixed = (view as u64 ^ ((view >> 64) as u64).rotate_left(17)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> (u64::BITS - PLACE_BITS)) as usize
}
