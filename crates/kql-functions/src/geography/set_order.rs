//! The order in which Kusto lists the neighbours of a cell: that of the hash set of tokens in which it gathers them.
//!
//! It shows where the order matters, as in the union of the neighbours' polygons. The set is that of GNU's C++ library: new
//! buckets come to the front of one list, and a token whose bucket is there already goes before those in it.

/// The tokens, given in the order in which they are found, in that of the set.
pub fn in_set_order(tokens: Vec<String>) -> Vec<String> {
    let buckets = bucket_count(tokens.len() as u64);
    let mut listed: Vec<(u64, String)> = Vec::with_capacity(tokens.len());
    for token in tokens {
        let bucket = hash(token.as_bytes()) % buckets;
        let place = listed.iter().position(|(other, _)| *other == bucket).unwrap_or(0);
        listed.insert(place, (bucket, token));
    }
    listed.into_iter().map(|(_, token)| token).collect()
}

/// The least prime number of buckets for so many tokens.
fn bucket_count(tokens: u64) -> u64 {
    let is_prime =
        |number: &u64| (2..*number).take_while(|part| part * part <= *number).all(|part| !number.is_multiple_of(part));
    (tokens.max(2)..).find(is_prime).unwrap_or(2)
}

/// MurmurHash64A with the library's seed.
fn hash(bytes: &[u8]) -> u64 {
    const SEED: u64 = 0xc70f_6907;
    const FACTOR: u64 = 0xc6a4_a793_5bd1_e995;
    let mix = |number: u64| number ^ (number >> 47);
    let word = |part: &[u8]| part.iter().rev().fold(0, |word: u64, byte| word << 8 | u64::from(*byte));
    let mut hash = SEED ^ (bytes.len() as u64).wrapping_mul(FACTOR);
    for part in bytes.chunks(8) {
        let data = match part.len() {
            8 => mix(word(part).wrapping_mul(FACTOR)).wrapping_mul(FACTOR),
            _ => word(part),
        };
        hash = (hash ^ data).wrapping_mul(FACTOR);
    }
    mix(mix(hash).wrapping_mul(FACTOR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_lie_as_in_the_hash_set() {
        let found = ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"];
        let listed = in_set_order(found.map(str::to_owned).to_vec());
        assert_eq!(listed, ["west", "south-west", "south", "south-east", "east", "north-west", "north-east", "north"]);
        assert_eq!(in_set_order(Vec::new()), Vec::<String>::new());
        assert_eq!([4, 6, 8].map(bucket_count), [5, 7, 11]);
    }
}
