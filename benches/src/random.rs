//! The source of chance: SplitMix64 (Steele, Lea, Flood 2014), so that a seed gives the same tables on every machine.

/// A stream of numbers that its seed decides.
pub struct Random(u64);

impl Random {
    /// The stream of row `row` of the table whose name is `table`.
    pub fn of_row(seed: u64, table: &str, row: u64) -> Random {
        let name = table.bytes().fold(seed, |sum, byte| sum.wrapping_mul(0x100_0000_01b3) ^ u64::from(byte));
        let mut random = Random(name ^ row.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        random.next();
        random
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// A number below `limit`, small ones being much likelier: users and devices are not equally busy.
    pub fn skewed(&mut self, limit: u64) -> u64 {
        let (first, second) = (self.below(limit), self.below(limit));
        first.min(second)
    }

    /// True `percent` times in a hundred.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of `choices`, or `""` where there is none.
    pub fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        let index = self.below(choices.len() as u64) as usize;
        choices.get(index).copied().unwrap_or_default()
    }

    /// `digits` hexadecimal digits.
    pub fn hex(&mut self, digits: usize) -> String {
        hex_of(self.next(), digits)
    }

    /// A GUID.
    pub fn guid(&mut self) -> String {
        guid_of(self.next())
    }
}

/// `digits` hexadecimal digits that `number` decides.
pub fn hex_of(number: u64, digits: usize) -> String {
    let mut random = Random(number);
    let mut text = String::with_capacity(digits + 16);
    while text.len() < digits {
        text.push_str(&format!("{:016x}", random.next()));
    }
    text.truncate(digits);
    text
}

/// The GUID that `number` decides.
pub fn guid_of(number: u64) -> String {
    let hex = hex_of(number, 32);
    let parts = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
    let parts: Vec<&str> = parts.iter().filter_map(|(from, to)| hex.get(*from..*to)).collect();
    parts.join("-")
}
