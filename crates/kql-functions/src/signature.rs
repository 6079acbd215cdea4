//! Signatures: what arguments a function takes, how they reach its kernel, and what type comes out.
//!
//! The type classes are those of Kusto's own analyser, so that binding accepts and types what it does.

use std::fmt;

use kql_types::ScalarType;

/// What an argument may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterType {
    /// Exactly this type, or one that converts to it implicitly (`int` to `long` to `real` to `decimal`, `dynamic` to any).
    Exact(ScalarType),
    /// Exactly one of these.
    OneOf(&'static [ScalarType]),
    /// Any scalar.
    Scalar,
    NotBool,
    NotDynamic,
    NotRealOrBool,
    /// A number, `datetime` or `timespan`.
    Summable,
    /// Anything but `dynamic`.
    Orderable,
    Number,
    NumberOrBool,
    /// `int` or `long`.
    Integer,
    StringOrDynamic,
    StringOrArray,
    IntegerOrArray,
    /// A `dynamic` that should hold an array.
    DynamicArray,
    /// A `dynamic` that should hold a property bag.
    DynamicBag,
    /// All arguments of this class share one type, to which the narrower are widened.
    CommonScalar,
    /// As [`ParameterType::CommonScalar`], where `dynamic` may stand beside any other.
    CommonScalarOrDynamic,
    CommonOrderable,
    /// The type of the argument at this position.
    SameAs(usize),
    /// `typeof(type)`.
    TypeLiteral,
    /// A table.
    Tabular,
}

/// In which form an argument reaches the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassedAs {
    /// In its own type, or converted where the parameter names one exact type.
    Itself,
    /// Converted to this type first, by the conversion that `tostring`, `tolong`, `todynamic` … do.
    /// To `dynamic` means: as a dynamic value that holds the scalar, not parsed from text.
    Converted(ScalarType),
    /// Widened to the widest number type among the arguments.
    Widest,
    /// Converted to the type of the argument at this position.
    TypeOf(usize),
    /// Converted to the common type of the arguments.
    Common,
}

/// What kind of expression an argument must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentKind {
    Expression,
    /// An expression that does not depend on the row.
    Constant,
    /// A literal.
    Literal,
    /// A column.
    Column,
    /// An expression or `*`.
    StarAllowed,
    /// Only `*`.
    StarOnly,
}

/// One declared parameter of a signature.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    pub name: &'static str,
    pub accepts: ParameterType,
    pub passed_as: PassedAs,
    pub kind: ArgumentKind,
    pub optional: bool,
    /// May be given many times; neighbouring repeated parameters repeat together (`case(p, v, p, v, …, e)`).
    pub repeated: bool,
    /// The only values a literal may have, where they are fixed (`datetime_diff("day", …)`).
    pub values: &'static [&'static str],
    /// One sentence for the reference page.
    pub description: &'static str,
}

/// A parameter of one exact type.
pub const fn parameter(name: &'static str, scalar_type: ScalarType) -> Parameter {
    parameter_of(name, ParameterType::Exact(scalar_type))
}

/// A parameter of a class of types.
pub const fn parameter_of(name: &'static str, accepts: ParameterType) -> Parameter {
    Parameter {
        name,
        accepts,
        passed_as: PassedAs::Itself,
        kind: ArgumentKind::Expression,
        optional: false,
        repeated: false,
        values: &[],
        description: "",
    }
}

/// A parameter that takes any scalar and reaches the kernel as its text, as `tostring` gives it.
pub const fn text_of_any(name: &'static str) -> Parameter {
    parameter_of(name, ParameterType::Scalar).passed_as(PassedAs::Converted(ScalarType::String))
}

/// A parameter that takes an `int` or a `long` and reaches the kernel as a `long`.
pub const fn integer(name: &'static str) -> Parameter {
    parameter_of(name, ParameterType::Integer).passed_as(PassedAs::Converted(ScalarType::Long))
}

impl Parameter {
    /// May be left out.
    pub const fn optional(mut self) -> Parameter {
        self.optional = true;
        self
    }

    /// May be given many times (zero times too, when it is optional).
    pub const fn repeated(mut self) -> Parameter {
        self.repeated = true;
        self
    }

    /// Must not depend on the row.
    pub const fn constant(mut self) -> Parameter {
        self.kind = ArgumentKind::Constant;
        self
    }

    /// Must be a literal.
    pub const fn literal(mut self) -> Parameter {
        self.kind = ArgumentKind::Literal;
        self
    }

    /// Must be an expression of this kind.
    pub const fn of_kind(mut self, kind: ArgumentKind) -> Parameter {
        self.kind = kind;
        self
    }

    /// Reaches the kernel in this form.
    pub const fn passed_as(mut self, passed_as: PassedAs) -> Parameter {
        self.passed_as = passed_as;
        self
    }

    /// Only these values are allowed.
    pub const fn values(mut self, values: &'static [&'static str]) -> Parameter {
        self.values = values;
        self
    }

    /// The sentence of the reference page.
    pub const fn describe(mut self, description: &'static str) -> Parameter {
        self.description = description;
        self
    }
}

/// What type a call has.
#[derive(Clone, Copy, Debug)]
pub enum ReturnType {
    Type(ScalarType),
    /// The type of the argument at this position, before it was passed on.
    Parameter(usize),
    /// As [`ReturnType::Parameter`], with `int` promoted to `long`.
    Promoted(usize),
    /// The widest number type among the arguments.
    Widest,
    /// The common type of the arguments declared `Common…`.
    Common,
    /// The common type that is not `dynamic`, where there is one (`iff`, `case`).
    CommonNonDynamic,
    /// The type that the type literal at this position names.
    Literal(usize),
    /// Computed from the argument types.
    Computed(fn(&[ScalarType]) -> ScalarType),
    /// Several columns, as `extend series_stats(y)` and `extend (a, b) = series_fft(y)` have them. The kernel gives
    /// all of them in one `dynamic` array.
    Columns(&'static [ResultColumn]),
    /// A `dynamic` column for each argument that is an array, named after it and with this ending. The kernel gives
    /// all of them in one `dynamic` array.
    ColumnEach(&'static str),
}

/// One of the columns of a function that gives several: the end of its name, and its type. A column that a query
/// does not name is called `function_argument_end`: `series_stats(y)` gives `series_stats_y_min`, ….
pub type ResultColumn = (&'static str, ScalarType);

/// How a column gets its name when a query does not name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultName {
    /// `Column1`, `print_0`, ….
    None,
    /// The name of the first argument's column (`bin(a, 2)` is `a`).
    FirstArgument,
    /// `argument_ending`, where an argument without a name is called `array0`.
    FirstArrayAndEnding(&'static str),
    /// `prefix_argument`: `sum(x)` is `sum_x`.
    PrefixAndFirstArgument(&'static str),
    /// `name_argument`, from the function's own name.
    NameAndFirstArgument,
    /// Always `prefix_`: `count()` is `count_`.
    PrefixOnly(&'static str),
    /// The name of the argument when it is the only one.
    OnlyArgument,
    /// The text of the first argument when it is a constant, its name when it is a column.
    FirstArgumentValueIfColumn,
}

impl fmt::Display for ParameterType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParameterType::Exact(scalar_type) => write!(f, "{scalar_type}"),
            ParameterType::OneOf(types) => {
                let names: Vec<&str> = types.iter().map(|scalar_type| scalar_type.name()).collect();
                f.write_str(&names.join("|"))
            }
            ParameterType::Scalar => f.write_str("scalar"),
            ParameterType::NotBool => f.write_str("any type but bool"),
            ParameterType::NotDynamic => f.write_str("any type but dynamic"),
            ParameterType::NotRealOrBool => f.write_str("any type but real and bool"),
            ParameterType::Summable => f.write_str("number, datetime or timespan"),
            ParameterType::Orderable => f.write_str("orderable"),
            ParameterType::Number => f.write_str("number"),
            ParameterType::NumberOrBool => f.write_str("number or bool"),
            ParameterType::Integer => f.write_str("integer"),
            ParameterType::StringOrDynamic => f.write_str("string or dynamic"),
            ParameterType::StringOrArray => f.write_str("string or array"),
            ParameterType::IntegerOrArray => f.write_str("integer or array"),
            ParameterType::DynamicArray => f.write_str("array"),
            ParameterType::DynamicBag => f.write_str("property bag"),
            ParameterType::CommonScalar => f.write_str("common scalar"),
            ParameterType::CommonScalarOrDynamic => f.write_str("common scalar or dynamic"),
            ParameterType::CommonOrderable => f.write_str("common orderable"),
            ParameterType::SameAs(at) => write!(f, "the type of argument {}", at + 1),
            ParameterType::TypeLiteral => f.write_str("type literal"),
            ParameterType::Tabular => f.write_str("table"),
        }
    }
}
