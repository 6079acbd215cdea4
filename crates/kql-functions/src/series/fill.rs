//! Filling the gaps of a series: `series_fill_const`, `series_fill_forward`, `series_fill_backward`, `series_fill_linear`.

use arrow::array::ArrayRef;
use kql_types::ScalarType;

use super::{Element, Elements, Series, number, series, write_elements};
use crate::documentation::example;
use crate::overload::overload;
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[SERIES_FILL_CONST, SERIES_FILL_FORWARD, SERIES_FILL_BACKWARD, SERIES_FILL_LINEAR];

const SERIES: Parameter = series("series").describe("An array of numbers.");
const PLACEHOLDER: Parameter =
    number("missing_value_placeholder").optional().describe("The value that marks a gap; nulls do without it.");
const NOTES: &str = "Elements keep their type. With another placeholder than null, nulls are no gaps.";

const SERIES_FILL_CONST: Function = Function {
    name: "series_fill_const",
    aliases: &[],
    documentation: Documentation {
        summary: "Fills the gaps of a series with a constant.",
        returns: "The array with its gaps filled; null when the value is no array.",
        notes: NOTES,
        page: "series-fill-const-function",
    },
    overloads: &[overload!(
        [SERIES, number("constant_value").optional().describe("What to fill in; 0 without it."), PLACEHOLDER] -> Dynamic,
        series_fill_const
    )],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[
        example("print x = series_fill_const(dynamic([1, null, 3]), 0.5)", "[1,0.5,3]"),
        example("print x = series_fill_const(dynamic([1, -1, 3]), 0, -1)", "[1,0,3]"),
    ],
};

const SERIES_FILL_FORWARD: Function = Function {
    name: "series_fill_forward",
    aliases: &[],
    documentation: Documentation {
        summary: "Fills the gaps of a series with the value before each.",
        returns: "The array with its gaps filled, except those that it begins with; null when the value is no array.",
        notes: NOTES,
        page: "series-fill-forward-function",
    },
    overloads: &[overload!([SERIES, PLACEHOLDER] -> Dynamic, |arguments| fill_from_neighbour(arguments, false))],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[example("print x = series_fill_forward(dynamic([null, 1, null, null, 3]))", "[null,1,1,1,3]")],
};

const SERIES_FILL_BACKWARD: Function = Function {
    name: "series_fill_backward",
    aliases: &[],
    documentation: Documentation {
        summary: "Fills the gaps of a series with the value behind each.",
        returns: "The array with its gaps filled, except those that it ends with; null when the value is no array.",
        notes: NOTES,
        page: "series-fill-backward-function",
    },
    overloads: &[overload!([SERIES, PLACEHOLDER] -> Dynamic, |arguments| fill_from_neighbour(arguments, true))],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[example("print x = series_fill_backward(dynamic([1, null, 3, null]))", "[1,3,3,null]")],
};

const SERIES_FILL_LINEAR: Function = Function {
    name: "series_fill_linear",
    aliases: &[],
    documentation: Documentation {
        summary: "Fills the gaps of a series by drawing a line between the values around each.",
        returns: "The array with its gaps filled; null when the value is no array.",
        notes: "A series of whole numbers stays one: what is filled in is cut off to a whole number.",
        page: "series-fill-linear-function",
    },
    overloads: &[overload!(
        [
            SERIES,
            PLACEHOLDER,
            parameter("fill_edges", ScalarType::Bool)
                .optional()
                .describe("Whether gaps at the ends take the nearest value, as they do without it."),
            number("constant_value")
                .optional()
                .describe("What to fill in where every element is a gap; 0 without it, and null leaves the gaps."),
        ] -> Dynamic,
        series_fill_linear
    )],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[
        example("print x = series_fill_linear(dynamic([null, 1.0, null, 2.0]))", "[1.0,1.0,1.5,2.0]"),
        example("print x = series_fill_linear(dynamic([1, null, 4, null]), real(null), false)", "[1,2,4,null]"),
        example("print x = series_fill_linear(dynamic([null, null]))", "[0.0,0.0]"),
    ],
};

/// The argument that marks gaps or fills them.
struct Number<'a> {
    argument: Option<Series<'a, Element>>,
    without: Element,
}

impl<'a> Number<'a> {
    fn new(arguments: &Arguments<'a>, position: usize, without: Element) -> Result<Number<'a>, KernelError> {
        Ok(Number { argument: Series::optional(arguments, position)?, without })
    }

    fn read(&mut self, row: usize) -> Element {
        match self.argument.as_mut().map(|argument| argument.elements(row)) {
            Some(Some(Elements::Number(number))) => number,
            Some(_) => Element::Missing,
            None => self.without,
        }
    }
}

/// Whether an element is what the placeholder marks.
fn is_gap(element: Element, placeholder: Element) -> bool {
    element == placeholder || placeholder.real().is_some_and(|placeholder| element.real() == Some(placeholder))
}

fn series_fill_const(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut series = Series::<Element>::new(arguments, 0)?;
    let mut constant = Number::new(arguments, 1, Element::Long(0))?;
    let mut placeholder = Number::new(arguments, 2, Element::Missing)?;
    output::dynamics(arguments.rows(), |row, out| {
        let Some(elements) = series.array(row) else { return Ok(false) };
        let (constant, placeholder) = (constant.read(row), placeholder.read(row));
        let filled = elements.iter().map(|element| if is_gap(*element, placeholder) { constant } else { *element });
        write_elements(filled, out);
        Ok(true)
    })
}

fn fill_from_neighbour(arguments: &Arguments<'_>, backward: bool) -> Result<ArrayRef, KernelError> {
    let mut series = Series::<Element>::new(arguments, 0)?;
    let mut placeholder = Number::new(arguments, 1, Element::Missing)?;
    let mut filled = Vec::new();
    output::dynamics(arguments.rows(), |row, out| {
        let Some(elements) = series.array(row) else { return Ok(false) };
        let placeholder = placeholder.read(row);
        filled.clear();
        filled.extend_from_slice(elements);
        let mut last = None;
        let fill = |element: &mut Element| match is_gap(*element, placeholder) {
            true => *element = last.unwrap_or(*element),
            false => last = Some(*element),
        };
        if backward {
            filled.iter_mut().rev().for_each(fill)
        } else {
            filled.iter_mut().for_each(fill)
        }
        write_elements(filled.iter().copied(), out);
        Ok(true)
    })
}

fn series_fill_linear(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut series = Series::<Element>::new(arguments, 0)?;
    let mut placeholder = Number::new(arguments, 1, Element::Missing)?;
    let fill_edges = if arguments.len() > 2 { Some(arguments.bools(2)?) } else { None };
    let mut constant = Number::new(arguments, 3, Element::Real(0.0))?;
    let mut filled = Vec::new();
    output::dynamics(arguments.rows(), |row, out| {
        let Some(elements) = series.array(row) else { return Ok(false) };
        let placeholder = placeholder.read(row);
        let fill_edges = fill_edges.and_then(|fill_edges| fill_edges.get(row)).unwrap_or(true);
        filled.clear();
        fill_linear(elements, placeholder, fill_edges, constant.read(row), &mut filled);
        write_elements(filled.iter().copied(), out);
        Ok(true)
    })
}

fn fill_linear(
    elements: &[Element],
    placeholder: Element,
    fill_edges: bool,
    constant: Element,
    out: &mut Vec<Element>,
) {
    let known = |element: &Element| !is_gap(*element, placeholder);
    if !elements.iter().any(known) {
        let filling = if constant == Element::Missing { placeholder } else { constant };
        out.extend(elements.iter().map(|_| filling));
        return;
    }
    let whole = elements.iter().filter(|element| known(element)).all(|element| !matches!(element, Element::Real(_)));
    let mut before: Option<Element> = None;
    let mut rest = elements.iter().copied().peekable();
    while let Some(element) = rest.next() {
        if known(&element) {
            out.push(element);
            before = Some(element);
            continue;
        }
        let mut gaps = 1;
        while rest.next_if(|element| !known(element)).is_some() {
            gaps += 1;
        }
        let after = rest.peek().copied();
        match (before, after) {
            (Some(before), Some(after)) => {
                out.extend((1..=gaps).map(|step| between(before, after, step, gaps + 1, whole)))
            }
            (Some(nearest), None) | (None, Some(nearest)) if fill_edges => out.extend((0..gaps).map(|_| nearest)),
            _ => out.extend((0..gaps).map(|_| placeholder)),
        }
    }
}

/// The point at `step` of `steps` on the line between two values.
fn between(before: Element, after: Element, step: usize, steps: usize, whole: bool) -> Element {
    let (Some(from), Some(to)) = (before.real(), after.real()) else { return Element::Missing };
    let value = from + (to - from) * step as f64 / steps as f64;
    if whole { Element::Long(value as i64) } else { Element::Real(value) }
}
