//! The digits of a `real`, as Kusto prints them.
//!
//! Kusto's engine prints reals by the Grisu2 algorithm in the variant that RapidJSON spread, which does not
//! round the last digit when more than eight digits follow the point: `0.1 + 0.2` prints
//! `0.30000000000000007`. That reads back as the same number, but a printer of the shortest or nearest digits would
//! answer with other text, so the very algorithm is repeated here
//! (Florian Loitsch, *Printing Floating-Point Numbers Quickly and Accurately with Integers*, 2010).

/// A number `significand * 2^exponent`.
#[derive(Clone, Copy)]
struct Float {
    significand: u64,
    exponent: i32,
}

impl Float {
    fn normalized(self) -> Float {
        let shift = self.significand.leading_zeros();
        Float { significand: self.significand.wrapping_shl(shift), exponent: self.exponent - shift as i32 }
    }

    /// The upper 64 bits of the product, rounded.
    fn times(self, other: Float) -> Float {
        let product = u128::from(self.significand) * u128::from(other.significand);
        let rounded = (product >> 64) as u64 + (product >> 63 & 1) as u64;
        Float { significand: rounded, exponent: self.exponent + other.exponent + 64 }
    }
}

const HIDDEN_BIT: u64 = 1 << 52;

/// The decimal digits of a positive finite number, and the power of ten by which they are multiplied.
pub(super) fn digits(value: f64) -> (Vec<u8>, i32) {
    let bits = value.to_bits();
    let fraction = bits & (HIDDEN_BIT - 1);
    let biased = (bits >> 52 & 0x7ff) as i32;
    let number = match biased {
        0 => Float { significand: fraction, exponent: -1074 },
        _ => Float { significand: fraction | HIDDEN_BIT, exponent: biased - 1075 },
    };
    // The halfway points to the neighbouring numbers: any digits between them read back as this number.
    let upper = Float { significand: (number.significand << 1) + 1, exponent: number.exponent - 1 }.normalized();
    let lower = if number.significand == HIDDEN_BIT {
        Float { significand: (number.significand << 2) - 1, exponent: number.exponent - 2 }
    } else {
        Float { significand: (number.significand << 1).wrapping_sub(1), exponent: number.exponent - 1 }
    };
    let shift = (lower.exponent - upper.exponent).unsigned_abs();
    let lower = Float { significand: lower.significand.wrapping_shl(shift), exponent: upper.exponent };

    let (power, power_of_ten) = cached_power(upper.exponent);
    let scaled = number.normalized().times(power);
    let mut upper = upper.times(power);
    let mut lower = lower.times(power);
    upper.significand = upper.significand.wrapping_sub(1);
    lower.significand = lower.significand.wrapping_add(1);
    generate(scaled, upper, upper.significand.wrapping_sub(lower.significand), power_of_ten)
}

/// A power of ten that brings a number of this binary exponent into reach, and minus its decimal exponent.
fn cached_power(exponent: i32) -> (Float, i32) {
    let decimal = (f64::from(-61 - exponent) * std::f64::consts::LOG10_2 + 347.0).ceil() as usize;
    let index = ((decimal >> 3) + 1).min(POWERS_OF_TEN.len() - 1);
    let (significand, exponent) = POWERS_OF_TEN.get(index).copied().unwrap_or_default();
    (Float { significand, exponent }, 348 - 8 * index as i32)
}

fn generate(scaled: Float, upper: Float, mut delta: u64, mut exponent: i32) -> (Vec<u8>, i32) {
    let shift = upper.exponent.unsigned_abs() & 63;
    let one = 1u64 << shift;
    let to_upper = upper.significand.wrapping_sub(scaled.significand);
    let mut whole = upper.significand >> shift;
    let mut rest = upper.significand & (one - 1);
    let mut out = Vec::with_capacity(17);

    let mut place = whole.checked_ilog10().map_or(0, |log| log + 1);
    while place > 0 {
        let unit = 10u64.pow(place - 1);
        let digit = whole / unit;
        whole %= unit;
        if digit > 0 || !out.is_empty() {
            out.push(b'0' + digit as u8);
        }
        place -= 1;
        let left = (whole << shift).wrapping_add(rest);
        if left <= delta {
            round(&mut out, delta, left, unit.wrapping_shl(shift), to_upper);
            return (out, exponent + place as i32);
        }
    }
    for after_point in 1..=324u32 {
        rest = rest.wrapping_mul(10);
        delta = delta.wrapping_mul(10);
        let digit = rest >> shift;
        if digit > 0 || !out.is_empty() {
            out.push(b'0' + digit as u8);
        }
        rest &= one - 1;
        exponent -= 1;
        if rest < delta {
            // From the ninth digit on, the last digit is not rounded: this is what Kusto's text shows.
            let to_upper = if after_point < 9 { to_upper.wrapping_mul(10u64.pow(after_point)) } else { 0 };
            round(&mut out, delta, rest, one, to_upper);
            break;
        }
    }
    (out, exponent)
}

/// Lowers the last digit while that comes closer to the number.
fn round(out: &mut [u8], delta: u64, mut rest: u64, unit: u64, to_upper: u64) {
    let Some(last) = out.last_mut() else { return };
    while rest < to_upper
        && delta - rest >= unit
        && (rest.wrapping_add(unit) < to_upper || to_upper - rest > rest.wrapping_add(unit).wrapping_sub(to_upper))
    {
        *last -= 1;
        rest += unit;
    }
}

/// The powers of ten from 10^-348 in steps of 10^8, as normalised significand and binary exponent.
static POWERS_OF_TEN: [(u64, i32); 87] = [
    (0xfa8fd5a0081c0288, -1220),
    (0xbaaee17fa23ebf76, -1193),
    (0x8b16fb203055ac76, -1166),
    (0xcf42894a5dce35ea, -1140),
    (0x9a6bb0aa55653b2d, -1113),
    (0xe61acf033d1a45df, -1087),
    (0xab70fe17c79ac6ca, -1060),
    (0xff77b1fcbebcdc4f, -1034),
    (0xbe5691ef416bd60c, -1007),
    (0x8dd01fad907ffc3c, -980),
    (0xd3515c2831559a83, -954),
    (0x9d71ac8fada6c9b5, -927),
    (0xea9c227723ee8bcb, -901),
    (0xaecc49914078536d, -874),
    (0x823c12795db6ce57, -847),
    (0xc21094364dfb5637, -821),
    (0x9096ea6f3848984f, -794),
    (0xd77485cb25823ac7, -768),
    (0xa086cfcd97bf97f4, -741),
    (0xef340a98172aace5, -715),
    (0xb23867fb2a35b28e, -688),
    (0x84c8d4dfd2c63f3b, -661),
    (0xc5dd44271ad3cdba, -635),
    (0x936b9fcebb25c996, -608),
    (0xdbac6c247d62a584, -582),
    (0xa3ab66580d5fdaf6, -555),
    (0xf3e2f893dec3f126, -529),
    (0xb5b5ada8aaff80b8, -502),
    (0x87625f056c7c4a8b, -475),
    (0xc9bcff6034c13053, -449),
    (0x964e858c91ba2655, -422),
    (0xdff9772470297ebd, -396),
    (0xa6dfbd9fb8e5b88f, -369),
    (0xf8a95fcf88747d94, -343),
    (0xb94470938fa89bcf, -316),
    (0x8a08f0f8bf0f156b, -289),
    (0xcdb02555653131b6, -263),
    (0x993fe2c6d07b7fac, -236),
    (0xe45c10c42a2b3b06, -210),
    (0xaa242499697392d3, -183),
    (0xfd87b5f28300ca0e, -157),
    (0xbce5086492111aeb, -130),
    (0x8cbccc096f5088cc, -103),
    (0xd1b71758e219652c, -77),
    (0x9c40000000000000, -50),
    (0xe8d4a51000000000, -24),
    (0xad78ebc5ac620000, 3),
    (0x813f3978f8940984, 30),
    (0xc097ce7bc90715b3, 56),
    (0x8f7e32ce7bea5c70, 83),
    (0xd5d238a4abe98068, 109),
    (0x9f4f2726179a2245, 136),
    (0xed63a231d4c4fb27, 162),
    (0xb0de65388cc8ada8, 189),
    (0x83c7088e1aab65db, 216),
    (0xc45d1df942711d9a, 242),
    (0x924d692ca61be758, 269),
    (0xda01ee641a708dea, 295),
    (0xa26da3999aef774a, 322),
    (0xf209787bb47d6b85, 348),
    (0xb454e4a179dd1877, 375),
    (0x865b86925b9bc5c2, 402),
    (0xc83553c5c8965d3d, 428),
    (0x952ab45cfa97a0b3, 455),
    (0xde469fbd99a05fe3, 481),
    (0xa59bc234db398c25, 508),
    (0xf6c69a72a3989f5c, 534),
    (0xb7dcbf5354e9bece, 561),
    (0x88fcf317f22241e2, 588),
    (0xcc20ce9bd35c78a5, 614),
    (0x98165af37b2153df, 641),
    (0xe2a0b5dc971f303a, 667),
    (0xa8d9d1535ce3b396, 694),
    (0xfb9b7cd9a4a7443c, 720),
    (0xbb764c4ca7a44410, 747),
    (0x8bab8eefb6409c1a, 774),
    (0xd01fef10a657842c, 800),
    (0x9b10a4e5e9913129, 827),
    (0xe7109bfba19c0c9d, 853),
    (0xac2820d9623bf429, 880),
    (0x80444b5e7aa7cf85, 907),
    (0xbf21e44003acdd2d, 933),
    (0x8e679c2f5e44ff8f, 960),
    (0xd433179d9c8cb841, 986),
    (0x9e19db92b4e31ba9, 1013),
    (0xeb96bf6ebadf77d9, 1039),
    (0xaf87023b9bf0ee6b, 1066),
];
