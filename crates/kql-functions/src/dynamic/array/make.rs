//! Making arrays: `pack_array`, `range`, `repeat`, `array_concat`, `zip`, `array_iff`.

use arrow::array::ArrayRef;
use arrow::datatypes::{Float64Type, Int64Type};
use kql_types::dynamic::{Builder, Dynamic, Elements, Kind};
use kql_types::{ScalarType, ticks};

use super::super::{Dynamics, any, array, write_array};
use crate::documentation::example;
use crate::function::Alias;
use crate::overload::overload;
use crate::signature::{integer, parameter};
use crate::{Arguments, Documentation, Function, KernelError, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[PACK_ARRAY, RANGE, REPEAT, ARRAY_CONCAT, ZIP, ARRAY_IFF];

const PACK_ARRAY: Function = Function {
    name: "pack_array",
    aliases: &[],
    documentation: Documentation {
        summary: "Makes an array of its arguments.",
        returns: "The array, with null for each null.",
        notes: "`pack_array(*)` takes all columns. Times and guids become strings.",
        page: "pack-array-function",
    },
    overloads: &[overload!(
        [any("value").of_kind(crate::signature::ArgumentKind::StarAllowed).repeated().describe("An element.")] -> Dynamic,
        pack_array
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print pack_array(1, 'a', 2s, int(null))", "[1,\"a\",\"00:00:02\",null]"),
        example("print pack_array(dynamic([1]), 1.0)", "[[1],1.0]"),
    ],
};

fn pack_array(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let values = Dynamics::all(arguments, 0)?;
    output::dynamics(arguments.rows(), |row, out| {
        let mut builder = Builder::new(out);
        builder.begin_array();
        values.iter().for_each(|values| builder.dynamic(values.value(row)));
        builder.end_array();
        Ok(true)
    })
}

/// Kusto cuts a longer range off here.
const LONGEST_RANGE: usize = 1 << 20;

const RANGE: Function = Function {
    name: "range",
    aliases: &[],
    documentation: Documentation {
        summary: "Makes an array of equally spaced values.",
        returns: "`start`, `start + step`, … up to `stop`, which is in it when a step falls on it; null when an argument is null.",
        notes: "Without a step it is 1, for times one hour. A negative step goes down. There are at most 1,048,576 elements.",
        page: "range-function",
    },
    overloads: &[
        overload!(
            [
                parameter("start", ScalarType::Long).describe("The first element."),
                parameter("stop", ScalarType::Long).describe("The limit of the last."),
                parameter("step", ScalarType::Long).optional().describe("The difference between neighbours."),
            ] -> Dynamic,
            range_of_longs
        ),
        overload!(
            [
                parameter("start", ScalarType::Real).describe("The first element."),
                parameter("stop", ScalarType::Real).describe("The limit of the last."),
                parameter("step", ScalarType::Real).optional().describe("The difference between neighbours."),
            ] -> Dynamic,
            range_of_reals
        ),
        overload!(
            [
                parameter("start", ScalarType::DateTime).describe("The first element."),
                parameter("stop", ScalarType::DateTime).describe("The limit of the last."),
                parameter("step", ScalarType::TimeSpan).optional().describe("The difference between neighbours."),
            ] -> Dynamic,
            range_of_datetimes
        ),
        overload!(
            [
                parameter("start", ScalarType::TimeSpan).describe("The first element."),
                parameter("stop", ScalarType::TimeSpan).describe("The limit of the last."),
                parameter("step", ScalarType::TimeSpan).optional().describe("The difference between neighbours."),
            ] -> Dynamic,
            range_of_timespans
        ),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print range(1, 8, 3)", "[1,4,7]"),
        example("print range(0.5, 2)", "[0.5,1.5]"),
        example("print range(1h, 3h)", "[\"01:00:00\",\"02:00:00\",\"03:00:00\"]"),
        example("print range(3, 1)", "[]"),
    ],
};

fn range_of_longs(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    range_of_integers(arguments, 1, |builder, value| builder.long(value))
}

fn range_of_datetimes(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    range_of_integers(arguments, ticks::PER_HOUR, |builder, value| builder.datetime(value))
}

fn range_of_timespans(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    range_of_integers(arguments, ticks::PER_HOUR, |builder, value| builder.timespan(value))
}

fn range_of_integers(
    arguments: &Arguments<'_>,
    default_step: i64,
    write: impl Fn(&mut Builder<'_>, i64),
) -> Result<ArrayRef, KernelError> {
    let (starts, stops) = (arguments.primitives::<Int64Type>(0)?, arguments.primitives::<Int64Type>(1)?);
    let steps = if arguments.len() > 2 { Some(arguments.primitives::<Int64Type>(2)?) } else { None };
    output::dynamics(arguments.rows(), |row, out| {
        let step = steps.as_ref().map_or(Some(default_step), |steps| steps.get(row));
        let (Some(start), Some(stop), Some(step)) = (starts.get(row), stops.get(row), step) else {
            return Ok(false);
        };
        if step == 0 {
            return Ok(false);
        }
        let mut builder = Builder::new(out);
        builder.begin_array();
        let within = |value: &i64| if step > 0 { *value <= stop } else { *value >= stop };
        std::iter::successors(Some(start), |value| value.checked_add(step))
            .take_while(within)
            .take(LONGEST_RANGE)
            .for_each(|value| write(&mut builder, value));
        builder.end_array();
        Ok(true)
    })
}

fn range_of_reals(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (starts, stops) = (arguments.primitives::<Float64Type>(0)?, arguments.primitives::<Float64Type>(1)?);
    let steps = if arguments.len() > 2 { Some(arguments.primitives::<Float64Type>(2)?) } else { None };
    output::dynamics(arguments.rows(), |row, out| {
        let step = steps.as_ref().map_or(Some(1.0), |steps| steps.get(row));
        let (Some(start), Some(stop), Some(step)) = (starts.get(row), stops.get(row), step) else {
            return Ok(false);
        };
        if step == 0.0 || !(start.is_finite() && stop.is_finite() && step.is_finite()) {
            return Ok(false);
        }
        let mut builder = Builder::new(out);
        builder.begin_array();
        let within = |value: &f64| if step > 0.0 { *value <= stop } else { *value >= stop };
        std::iter::successors(Some(start), |value| Some(value + step))
            .take_while(within)
            .take(LONGEST_RANGE)
            .for_each(|value| builder.real(value));
        builder.end_array();
        Ok(true)
    })
}

/// A longer array would be a mistake, and much memory.
const LONGEST_REPEAT: i64 = 1 << 20;

const REPEAT: Function = Function {
    name: "repeat",
    aliases: &[],
    documentation: Documentation {
        summary: "Makes an array that holds one value many times.",
        returns: "The array; null when the count is negative.",
        notes: "",
        page: "repeat-function",
    },
    overloads: &[overload!(
        [any("value").describe("The element."), integer("count").describe("How many of them.")] -> Dynamic,
        repeat
    )],
    result_name: ResultName::PrefixAndFirstArgument("repeat"),
    deterministic: true,
    examples: &[example("print repeat('x', 2)", "[\"x\",\"x\"]"), example("print repeat(1, 0)", "[]")],
};

fn repeat(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (values, counts) = (Dynamics::new(arguments, 0)?, arguments.primitives::<Int64Type>(1)?);
    output::dynamics(arguments.rows(), |row, out| {
        let Some(count) = counts.get(row).filter(|count| *count >= 0) else { return Ok(false) };
        if count > LONGEST_REPEAT {
            return Err(KernelError(format!("repeat() makes at most {LONGEST_REPEAT} elements, not {count}")));
        }
        let mut builder = Builder::new(out);
        builder.begin_array();
        (0..count).for_each(|_| builder.dynamic(values.value(row)));
        builder.end_array();
        Ok(true)
    })
}

const ARRAY_CONCAT: Function = Function {
    name: "array_concat",
    aliases: &[],
    documentation: Documentation {
        summary: "Puts arrays one behind the other.",
        returns: "One array with the elements of all; null when no argument is an array.",
        notes: "Arguments that are not arrays are left out.",
        page: "array-concat-function",
    },
    overloads: &[overload!([array("array").repeated().describe("An array.")] -> Dynamic, array_concat)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print array_concat(dynamic([1, 2]), dynamic(['a']))", "[1,2,\"a\"]"),
        example("print array_concat(dynamic([1]), dynamic(null))", "[1]"),
    ],
};

fn array_concat(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let arrays = Dynamics::all(arguments, 0)?;
    output::dynamics(arguments.rows(), |row, out| {
        let values = arrays.iter().filter_map(|arrays| arrays.array(row));
        let mut values = values.peekable();
        let is_some = values.peek().is_some();
        if is_some {
            write_array(values.flat_map(Dynamic::elements), out);
        }
        Ok(is_some)
    })
}

const ZIP: Function = Function {
    name: "zip",
    aliases: &[],
    documentation: Documentation {
        summary: "Pairs the elements of arrays that stand at the same index.",
        returns: "An array of arrays, as long as the longest argument; a shorter one gives nulls at its end.",
        notes: "An argument that is not an array counts as an empty one.",
        page: "zip-function",
    },
    overloads: &[overload!(
        [array("array").describe("An array."), array("array").repeated().describe("A further array.")] -> Dynamic,
        zip
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print zip(dynamic([1, 2]), dynamic(['a', 'b']))", "[[1,\"a\"],[2,\"b\"]]"),
        example("print zip(dynamic([1, 2]), dynamic(['a']))", "[[1,\"a\"],[2,null]]"),
    ],
};

fn zip(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let arrays = Dynamics::all(arguments, 0)?;
    let mut elements: Vec<Elements<'_>> = Vec::new();
    let mut tuple: Vec<Option<Dynamic<'_>>> = Vec::new();
    output::dynamics(arguments.rows(), |row, out| {
        elements.clear();
        elements.extend(arrays.iter().map(|arrays| arrays.value(row).elements()));
        let mut builder = Builder::new(out);
        builder.begin_array();
        loop {
            tuple.clear();
            tuple.extend(elements.iter_mut().map(Iterator::next));
            if tuple.iter().all(Option::is_none) {
                break;
            }
            builder.begin_array();
            tuple.iter().for_each(|element| builder.raw(element.unwrap_or(Dynamic::null())));
            builder.end_array();
        }
        builder.end_array();
        Ok(true)
    })
}

const ARRAY_IFF: Function = Function {
    name: "array_iff",
    aliases: &[Alias { name: "array_iif", deprecated: false }],
    documentation: Documentation {
        summary: "Chooses between two values for each element of an array of conditions.",
        returns: "An array as long as the conditions, with null where a condition is neither a bool nor a number.",
        notes: "The values may be arrays, whose elements are taken by index, or scalars. Numbers but zero are true.",
        page: "array-iff-function",
    },
    overloads: &[overload!(
        [
            array("condition_array").describe("The conditions."),
            any("when_true").describe("The values, or the value, where a condition is true."),
            any("when_false").describe("The values, or the value, where it is false."),
        ] -> Dynamic,
        array_iff
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print array_iff(dynamic([true, false, 2]), dynamic(['a', 'b', 'c']), '-')", "[\"a\",\"-\",\"c\"]"),
        example("print array_iff(dynamic([0, 'x']), 1, 2)", "[2,null]"),
    ],
};

fn array_iff(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let conditions = Dynamics::new(arguments, 0)?;
    let (when_true, when_false) = (Dynamics::new(arguments, 1)?, Dynamics::new(arguments, 2)?);
    output::dynamics(arguments.rows(), |row, out| {
        let Some(conditions) = conditions.array(row) else { return Ok(false) };
        let mut when_true = Choice::new(when_true.value(row));
        let mut when_false = Choice::new(when_false.value(row));
        let mut builder = Builder::new(out);
        builder.begin_array();
        for condition in conditions.elements() {
            let (yes, no) = (when_true.next(), when_false.next());
            match condition.kind() {
                Kind::Bool | Kind::Long | Kind::Real if condition.to_bool() == Some(true) => builder.raw(yes),
                Kind::Bool | Kind::Long | Kind::Real => builder.raw(no),
                _ => builder.null(),
            }
        }
        builder.end_array();
        Ok(true)
    })
}

/// What `array_iff` chooses from: the elements of an array in turn, or one scalar over and over.
enum Choice<'a> {
    Elements(Elements<'a>),
    Scalar(Dynamic<'a>),
}

impl<'a> Choice<'a> {
    fn new(value: Dynamic<'a>) -> Choice<'a> {
        if value.kind() == Kind::Array { Choice::Elements(value.elements()) } else { Choice::Scalar(value) }
    }

    fn next(&mut self) -> Dynamic<'a> {
        match self {
            Choice::Elements(elements) => elements.next().unwrap_or(Dynamic::null()),
            Choice::Scalar(value) => *value,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, dynamic, dynamics, long, longs, overload, show};

    #[test]
    fn packed() {
        let values = dynamics(&[Some("[1]"), None, Some("no json")]);
        assert_eq!(call("pack_array", &[values, dynamic("7")]), "[[1],7]|[null,7]|[\"no json\",7]");
    }

    #[test]
    fn ranges() {
        let stops = longs(&[Some(5), Some(0), None]);
        assert_eq!(call("range", &[long(1), stops.clone(), long(2)]), "[1,3,5]|[]|null");
        assert_eq!(call("range", &[long(2), stops.clone(), long(-1)]), "[]|[2,1,0]|null");
        assert_eq!(call("range", &[long(2), stops, long(0)]), "null|null|null");
        assert_eq!(call("range", &[long(i64::MAX - 1), long(i64::MAX)]), format!("[{},{}]", i64::MAX - 1, i64::MAX));
        let longest = call("range", &[long(0), long(i64::MAX)]);
        assert_eq!(longest.split(',').count(), 1 << 20);
    }

    #[test]
    fn repeated() {
        assert_eq!(call("repeat", &[dynamic("null"), longs(&[Some(2), Some(-1), None])]), "[null,null]|null|null");
        assert!(overload("repeat", 0, &[dynamic("1"), long(1 << 40)]).is_err());
    }

    #[test]
    fn joined() {
        let arrays = dynamics(&[Some("[1, 2]"), None, Some("[]")]);
        assert_eq!(call("array_concat", &[arrays.clone(), dynamic("[\"x\"]")]), "[1,2,\"x\"]|[\"x\"]|[\"x\"]");
        assert_eq!(call("array_concat", std::slice::from_ref(&arrays)), "[1,2]|null|[]");
        assert_eq!(call("zip", &[arrays, dynamic("[{}]")]), "[[1,{}],[2,null]]|[[null,{}]]|[[null,{}]]");
    }

    #[test]
    fn chosen() {
        let conditions = dynamics(&[Some("[true, 0, null, \"true\", 1.5, true]"), Some("true")]);
        let chosen = overload("array_iff", 0, &[conditions, dynamic("[1,2,3,4,5]"), dynamic("\"no\"")]);
        assert_eq!(show(chosen), "[1,\"no\",null,null,5,null]|null");
    }
}
