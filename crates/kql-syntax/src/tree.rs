//! The syntax tree: statements and expressions with byte spans.
//!
//! As in Kusto's own grammar, tabular and scalar expressions are one type: whether an expression is a
//! table, a scalar or a function is the binder's to decide. Tabular operators live in
//! [`crate::operators`], one file each. Error nodes stand where the text could not be parsed.

use crate::operators::evaluate::EvaluateSchema;
use crate::{Operator, Span};

/// A whole query text: `let …; set …; T | where …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    pub statements: Vec<Statement>,
}

/// One statement; the separating `;` belongs to none.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    pub kind: StatementKind,
    pub span: Span,
}

/// What a statement is (Kusto page: *Query statements*).
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `let NAME = EXPRESSION`; a function value is an [`ExprKind::Function`].
    Let { name: Name, value: Expr },
    /// `set NAME` or `set NAME = VALUE`.
    Set { name: Name, value: Option<Expr> },
    /// `alias database NAME = EXPRESSION` (and `alias cluster`).
    Alias { name: Name, value: Expr },
    /// `declare query_parameters (NAME: TYPE = DEFAULT, …)`.
    DeclareQueryParameters { parameters: Vec<FunctionParameter> },
    /// `declare pattern NAME = (ARGUMENTS) [PATH] { (…) = { … }; … }`.
    DeclarePattern { name: Name, pattern: Option<Pattern> },
    /// `restrict access to (ENTITY, …)`.
    Restrict { entities: Vec<Expr> },
    /// The query itself.
    Expression(Expr),
    /// Text that is not a statement; a diagnostic says why.
    Error,
}

/// The body of a `declare pattern` statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    pub parameters: Vec<FunctionParameter>,
    pub path: Option<FunctionParameter>,
    pub cases: Vec<PatternCase>,
}

/// One `(VALUES).[PATH] = { BODY }` of a pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct PatternCase {
    pub arguments: Vec<Expr>,
    pub path: Option<Expr>,
    pub body: FunctionBody,
    pub span: Span,
}

/// A name as written: `Name`, `['a name']`, `["a name"]`, `{{placeholder}}`, or a keyword used as a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    /// The name itself, brackets and quotes taken off and escapes resolved.
    pub text: String,
    /// Where it stands, brackets included.
    pub span: Span,
    /// How it was written.
    pub form: NameForm,
}

/// How a name was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameForm {
    /// `Name`.
    Plain,
    /// `['Name']` or `["Name"]`.
    Bracketed,
    /// `{{Name}}` or `{Name}`: a hole of a template.
    Placeholder,
}

/// An expression with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    Literal(Literal),
    /// A column, variable, table or function without parentheses; `$left` and `$right` too.
    Name(Name),
    /// A name with `*` in it, such as `Device*` or `*Id`; the text as written.
    WildcardName(Name),
    /// `*`, standing alone.
    Star,
    /// `base.member` or `base.['member']` or `base.call(…)`; the member is a [`ExprKind::Name`] or a [`ExprKind::Call`]
    /// (for `database('d').T` and `cluster('c').database('d')`), or a [`ExprKind::WildcardName`].
    Member {
        base: Box<Expr>,
        member: Box<Expr>,
    },
    /// `base[index]`.
    Index {
        base: Box<Expr>,
        index: Box<Expr>,
    },
    /// `function(arguments)`; a named argument is an [`ExprKind::Named`].
    Call {
        function: Name,
        arguments: Vec<Expr>,
    },
    /// `-x`, `+x`.
    Unary {
        operator: UnaryOperator,
        operand: Box<Expr>,
    },
    /// Arithmetic, comparison, logical and string operators with one operand on each side.
    Binary {
        operator: BinaryOperator,
        operator_span: Span,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `value in (set)`, `!in`, `in~`, `!in~`, `has_any`, `has_all`.
    InSet {
        operator: SetOperator,
        operator_span: Span,
        value: Box<Expr>,
        set: Vec<Expr>,
    },
    /// `value between (low .. high)` and `!between`.
    Between {
        value: Box<Expr>,
        low: Box<Expr>,
        high: Box<Expr>,
        negated: bool,
    },
    /// `(expression)`.
    Parenthesized(Box<Expr>),
    /// `name = value` or `(a, b) = value`. `parenthesized` tells `(a) = f()` from `a = f()`.
    Named {
        names: Vec<Name>,
        parenthesized: bool,
        value: Box<Expr>,
    },
    /// `expression asc nulls last`, in `sort`, `top` and their like.
    Ordered {
        value: Box<Expr>,
        direction: Option<SortDirection>,
        nulls: Option<NullsPosition>,
    },
    /// `source | operator | operator …`. A pipe that begins with an operator (`print 1`, `union A, B`,
    /// `range x …`, `search "x"`, `find …`) has no source.
    Pipe {
        source: Option<Box<Expr>>,
        operators: Vec<Operator>,
    },
    /// `datatable (name: type, …) [ values ]`.
    DataTable(DataTable),
    /// `externaldata (name: type, …) [ 'uri', … ] with (properties)`.
    ExternalData(ExternalData),
    /// `(parameters) { body }`, or `view (…) { body }`; the value of a `let`.
    Function(Box<Function>),
    /// `typeof(type)`.
    TypeOf(TypeName),
    /// `typeof(name: type, *)`: the columns of a plugin's result, as its argument.
    TypeOfTable(EvaluateSchema),
    /// `materialize(…)`, `toscalar(…)` and `totable(…)` are calls like any other.
    /// Text that could not be parsed; a diagnostic says why.
    Error,
}

/// A constant as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `true`, `false`, `bool(true)`; `None` is `bool(null)`.
    Bool(Option<bool>),
    /// `int(1)`; `None` is `int(null)`.
    Int(Option<i32>),
    /// `1`, `0xff`, `long(1)`.
    Long(Option<i64>),
    /// `1.0`, `1e3`, `real(1)`, `real(nan)`.
    Real(Option<f64>),
    /// `decimal(1.0)`: the number's text, valid by form.
    Decimal(Option<String>),
    /// Every form of string literal, adjacent literals joined, escapes resolved.
    String { value: String, obfuscated: bool },
    /// `datetime(…)`: the text between the parentheses, trimmed and unquoted. `None` is `datetime(null)`.
    /// (`datetime(now)` is a call.)
    DateTime(Option<String>),
    /// `1d`, `2.5h`, `timespan(…)`, `time(…)`: ticks of 100 ns, or the text between the parentheses.
    TimeSpan(TimeSpanLiteral),
    /// `guid(…)`: the text between the parentheses.
    Guid(Option<String>),
    /// `dynamic(…)`.
    Dynamic(DynamicLiteral),
}

/// A timespan constant as written.
#[derive(Clone, Debug, PartialEq)]
pub enum TimeSpanLiteral {
    /// `1d`, `500ms`: ticks of 100 ns.
    Ticks(i64),
    /// `timespan(1.02:03:04)`: the text between the parentheses, trimmed and unquoted.
    Text(String),
    /// `timespan(null)`.
    Null,
}

/// A JSON-like value inside `dynamic(…)`.
#[derive(Clone, Debug, PartialEq)]
pub enum DynamicLiteral {
    Null,
    Bool(bool),
    /// A number exactly as written (`42.0` stays `42.0`).
    Number(String),
    String(String),
    /// A typed literal inside, such as `datetime(2020-01-01)` or `1d`.
    Typed(Box<Literal>),
    Array(Vec<DynamicLiteral>),
    /// Members in the order written; a repeated key is kept as written.
    Bag(Vec<(String, DynamicLiteral)>),
}

/// Prefix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOperator {
    Minus,
    Plus,
}

/// Infix operators with one operand on each side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOperator {
    Or,
    And,
    Equal,
    /// `!=` and `<>`.
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    /// `=~`.
    EqualTilde,
    /// `!~`.
    NotEqualTilde,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    /// `:` of `search` predicates.
    Colon,
    Has,
    NotHas,
    HasCs,
    NotHasCs,
    HasPrefix,
    NotHasPrefix,
    HasPrefixCs,
    NotHasPrefixCs,
    HasSuffix,
    NotHasSuffix,
    HasSuffixCs,
    NotHasSuffixCs,
    Contains,
    NotContains,
    ContainsCs,
    NotContainsCs,
    StartsWith,
    NotStartsWith,
    StartsWithCs,
    NotStartsWithCs,
    EndsWith,
    NotEndsWith,
    EndsWithCs,
    NotEndsWithCs,
    MatchesRegex,
    Like,
    NotLike,
    LikeCs,
    NotLikeCs,
}

/// Infix operators with a parenthesised list on the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SetOperator {
    In,
    NotIn,
    InTilde,
    NotInTilde,
    HasAny,
    HasAll,
}

/// `asc` or `desc` (also `granny-asc`, which Kusto accepts as `asc`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SortDirection {
    Ascending,
    Descending,
}

/// `nulls first` or `nulls last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NullsPosition {
    First,
    Last,
}

/// A scalar type name as written (`long`, `double`, …); whether it is one is the binder's to say.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TypeName {
    pub text: String,
    pub span: Span,
}

/// `name: type`.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnDeclaration {
    pub name: Name,
    pub column_type: TypeName,
}

/// `datatable (columns) [ values ]`.
#[derive(Clone, Debug, PartialEq)]
pub struct DataTable {
    pub parameters: Vec<Parameter>,
    pub columns: Vec<ColumnDeclaration>,
    pub values: Vec<Expr>,
}

/// `externaldata (columns) [ uris ] with (properties)`.
#[derive(Clone, Debug, PartialEq)]
pub struct ExternalData {
    pub parameters: Vec<Parameter>,
    pub columns: Vec<ColumnDeclaration>,
    pub uris: Vec<Expr>,
    pub properties: Vec<Parameter>,
}

/// A function written in the query.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Declared with `view`.
    pub view: bool,
    pub parameters: Vec<FunctionParameter>,
    pub body: FunctionBody,
}

/// `{ statement; …; expression }`.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionBody {
    /// The last of them is the expression, when there is one.
    pub statements: Vec<Statement>,
    pub span: Span,
}

/// A declared parameter of a function or query.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionParameter {
    pub name: Name,
    pub parameter_type: ParameterType,
    pub default: Option<Expr>,
}

/// The type of a declared parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum ParameterType {
    Scalar(TypeName),
    /// `(column: type, …)`.
    Tabular(Vec<ColumnDeclaration>),
    /// `(*)`: any table.
    AnyTabular,
}

/// `name = value` before or after an operator's expressions: `kind=inner`, `hint.strategy=shuffle`, `with_source=T`.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub name: Name,
    pub value: Expr,
}
