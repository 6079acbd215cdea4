//! HyperLogLog registers: noting hashes in them, and estimating from them how many different ones there were.

use crate::KernelError;

/// The number of registers as a power of two, by Kusto's accuracy levels.
pub fn precision(accuracy: i64) -> Result<u8, KernelError> {
    Ok(match accuracy {
        0 => 12,
        1 => 14,
        2 => 16,
        3 => 17,
        4 => 18,
        _ => return Err(KernelError("the accuracy must be 0, 1, 2, 3 or 4".to_owned())),
    })
}

/// The usual precision: accuracy level 1.
pub const DEFAULT_PRECISION: u8 = 14;

/// Notes a value in the registers: each holds the longest run of leading zeros that it saw, plus one.
pub fn note(registers: &mut [u8], precision: u8, hash: u64) {
    let register = &mut registers[(hash >> (64 - precision)) as usize];
    let rest = (hash << precision) | (1 << (precision - 1));
    *register = (*register).max(rest.leading_zeros() as u8 + 1);
}

/// Ertl's improved estimator.
pub fn estimate(registers: &[u8], precision: u8) -> i64 {
    let most = usize::from(64 - precision);
    let mut histogram = vec![0_u32; most + 2];
    for &register in registers {
        histogram[usize::from(register).min(most + 1)] += 1;
    }
    let count = registers.len() as f64;
    let mut sum = count * tau(1.0 - f64::from(histogram[most + 1]) / count);
    for &registers in histogram[1..=most].iter().rev() {
        sum = 0.5 * (sum + f64::from(registers));
    }
    sum += count * sigma(f64::from(histogram[0]) / count);
    (count * count / (2.0 * std::f64::consts::LN_2 * sum)).round() as i64
}

fn sigma(mut x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut sum) = (1.0, x);
    loop {
        x *= x;
        let before = sum;
        sum += x * y;
        y += y;
        if sum <= before {
            return sum;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut y, mut sum) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = sum;
        y *= 0.5;
        sum -= (1.0 - x) * (1.0 - x) * y;
        if sum >= before {
            return sum / 3.0;
        }
    }
}
