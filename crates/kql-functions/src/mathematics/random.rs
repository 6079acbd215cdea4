//! `rand`: chance.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use arrow::datatypes::Int64Type;

use crate::documentation::example;
use crate::overload::{integer, overload};
use crate::{Arguments, Documentation, Function, KernelError, ResultName};

type Result = std::result::Result<ArrayRef, KernelError>;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[Function {
    name: "rand",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives a random number.",
        returns: "A `real` from 0 up to, but not including, 1; with an argument n above 1 a whole number from 0 to n - 1.",
        notes: "Every row gets a number of its own. The numbers are not fit for secrets.",
        page: "rand-function",
    },
    overloads: &[
        overload!([] -> Real, |a| Ok(numbers(a.rows(), Some))),
        overload!([integer("number").describe("How many whole numbers to choose from.")] -> Real, whole_numbers),
    ],
    result_name: ResultName::FirstArgument,
    deterministic: false,
    examples: &[
        example("print rand() between (0.0 .. 1.0)", "True"),
        example("print rand(2) in (0.0, 1.0)", "True"),
        example("print rand(1) < 1.0", "True"),
    ],
}];

fn whole_numbers(arguments: &Arguments<'_>) -> Result {
    let count = arguments.primitives::<Int64Type>(0)?;
    let mut row = 0;
    Ok(numbers(arguments.rows(), |chance| {
        let count = count.get(row);
        row += 1;
        // With nothing to choose from it is as without an argument.
        count.map(|count| if count > 1 { (chance * count as f64).floor() } else { chance })
    }))
}

fn numbers(rows: usize, mut number: impl FnMut(f64) -> Option<f64>) -> ArrayRef {
    let mut state = RandomState::new().build_hasher().finish();
    let values = (0..rows).map(|_| number(next(&mut state)));
    Arc::new(values.collect::<Float64Array>())
}

/// The next number of SplitMix64, from 0 up to 1.
fn next(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut bits = *state;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    // 53 bits are what a real holds.
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use arrow::datatypes::Float64Type;

    use crate::testing::{call_overload, long};

    #[test]
    fn rows_get_numbers_of_their_own_in_range() {
        let numbers = call_overload("rand()", &[], 1000);
        let numbers = numbers.as_primitive::<Float64Type>().values().to_vec();
        assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)));
        assert!(numbers.windows(2).all(|pair| pair[0] != pair[1]));
        let mean = numbers.iter().sum::<f64>() / 1000.0;
        assert!((0.4..0.6).contains(&mean), "{mean}");
        let dice = call_overload("rand(integer)", &[long(6)], 1000);
        let dice = dice.as_primitive::<Float64Type>().values().to_vec();
        for face in 0..6 {
            assert!(dice.contains(&f64::from(face)), "{face}");
        }
        assert!(dice.iter().all(|face| face.fract() == 0.0 && (0.0..6.0).contains(face)));
    }
}
