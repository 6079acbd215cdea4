//! Functions that look at other rows of a serialized table: `row_number`, `prev`, `row_cumsum` and their like.
//!
//! Their kernels are [`Kernel::Window`]s: they get the columns of all rows at once, in order.

mod neighbours;
mod ranks;
mod running;

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::buffer::BooleanBuffer;
use arrow::compute::kernels::cmp::distinct;

use crate::function::Kernel;
use crate::{Arguments, Function, KernelError, Overload, Parameter, ReturnType};

/// The families of this folder.
pub static FAMILIES: &[&[Function]] = &[neighbours::FUNCTIONS, ranks::FUNCTIONS, running::FUNCTIONS];

const SERIALIZED: &str = "The table must be serialized, as `sort`, `top` and `serialize` leave it.";

/// One signature with its kernel over all rows.
const fn overload(
    parameters: &'static [Parameter],
    returns: ReturnType,
    kernel: fn(&Arguments<'_>) -> Result<ArrayRef, KernelError>,
) -> Overload {
    Overload { parameters, returns, kernel: Kernel::Window(kernel) }
}

/// Where counting starts anew: at the first row, and where the argument at `position` is true.
fn restarts(arguments: &Arguments<'_>, position: usize) -> Result<BooleanBuffer, KernelError> {
    if arguments.len() <= position {
        return Ok(BooleanBuffer::collect_bool(arguments.rows(), |row| row == 0));
    }
    let restart = arguments.bools(position)?;
    Ok(BooleanBuffer::collect_bool(arguments.rows(), |row| row == 0 || restart.get(row) == Some(true)))
}

/// Where a value differs from that of the row before; nulls are equal. The first row differs.
fn changes(array: &ArrayRef) -> Result<BooleanBuffer, KernelError> {
    let rows = array.len();
    if rows < 2 {
        return Ok(BooleanBuffer::new_set(rows));
    }
    let differs: BooleanArray = distinct(&array.slice(1, rows - 1), &array.slice(0, rows - 1))?;
    Ok(BooleanBuffer::collect_bool(rows, |row| row == 0 || differs.value(row - 1)))
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, ArrayRef, BooleanArray, Int64Array};
    use std::sync::Arc;

    use crate::function::Kernel;
    use crate::testing::{longs, show};
    use crate::{Argument, Arguments, function};

    fn run(name: &str, arguments: &[Argument]) -> String {
        let rows = arguments.first().map_or(3, |argument| argument.array().len());
        let (function, _) = function(name).unwrap();
        let overload = function.overloads.last().unwrap();
        let Kernel::Window(kernel) = overload.kernel else { panic!("{name} has no window kernel") };
        let result = kernel(&Arguments::new(arguments, rows));
        assert_eq!(result.as_ref().map(Array::len).ok(), Some(rows));
        show(result)
    }

    fn flags(values: &[bool]) -> Argument {
        let array: ArrayRef = Arc::new(BooleanArray::from(values.to_vec()));
        Argument::Array(array)
    }

    fn column(values: &[i64]) -> Argument {
        let array: ArrayRef = Arc::new(Int64Array::from(values.to_vec()));
        Argument::Array(array)
    }

    #[test]
    fn rows_are_numbered_and_restarted() {
        assert_eq!(run("row_number", &[]), "1|2|3");
        let restart = flags(&[false, false, true, false]);
        assert_eq!(run("row_number", &[column(&[10, 10, 10, 10]), restart]), "10|11|10|11");
    }

    #[test]
    fn ranks_count_values_or_rows() {
        let values = longs(&[Some(5), Some(5), None, None, Some(7)]);
        assert_eq!(run("row_rank_dense", std::slice::from_ref(&values)), "1|1|2|2|3");
        assert_eq!(run("row_rank_min", std::slice::from_ref(&values)), "1|1|3|3|5");
        let restart = flags(&[false, false, false, true, false]);
        assert_eq!(run("row_rank_dense", &[values.clone(), restart.clone()]), "1|1|2|1|2");
        assert_eq!(run("row_rank_min", &[values, restart]), "1|1|3|1|2");
    }

    #[test]
    fn neighbours_beyond_the_ends_are_null_or_the_default() {
        let values = column(&[1, 2, 3]);
        assert_eq!(run("prev", std::slice::from_ref(&values)), "null|1|2");
        assert_eq!(run("next", std::slice::from_ref(&values)), "2|3|null");
        assert_eq!(run("next", &[values.clone(), column(&[2, 2, 2]), column(&[-1, -1, -1])]), "3|-1|-1");
        assert_eq!(run("prev", &[values.clone(), column(&[9, 9, 9])]), "null|null|null");
        assert_eq!(run("prev", &[values, column(&[-1, -1, -1])]), "2|3|null");
    }

    #[test]
    fn sums_run_and_restart() {
        assert_eq!(run("row_cumsum", &[longs(&[Some(1), None, Some(3)])]), "1|1|4");
        assert_eq!(run("row_cumsum", &[column(&[1, 2, 3]), flags(&[false, true, false])]), "1|2|5");
    }

    #[test]
    fn sessions_end_by_distance_restart_and_null() {
        let times = longs(&[Some(0), Some(4), Some(8), Some(12), Some(30), None, Some(31)]);
        let constant = |value: i64| column(&[value; 7]);
        assert_eq!(run("row_window_session", &[times.clone(), constant(10), constant(5)]), "0|0|0|12|30|null|31");
        let restart = flags(&[false, true, false, false, false, false, false]);
        assert_eq!(run("row_window_session", &[times, constant(100), constant(100), restart]), "0|4|4|4|4|null|31");
    }
}
