//! The codes of the binder's diagnostics, in one table.

macro_rules! codes {
    ($($(#[$comment:meta])* $name:ident = $code:literal;)*) => {
        $($(#[$comment])* pub const $name: &str = $code;)*
    };
}

codes! {
    /// A name that is no column, variable, table or function.
    UNKNOWN_NAME = "KQL0201";
    /// A name that is no table.
    UNKNOWN_TABLE = "KQL0202";
    /// A name that is no function.
    UNKNOWN_FUNCTION = "KQL0203";
    /// A call with too few or too many arguments.
    ARGUMENT_COUNT = "KQL0204";
    /// An argument of a type that the function does not take.
    ARGUMENT_TYPE = "KQL0205";
    /// An operator on operands that it is not defined for.
    OPERAND_TYPES = "KQL0206";
    /// An aggregate where rows are computed one by one.
    AGGREGATE_OUTSIDE = "KQL0207";
    /// A column that is there twice.
    DUPLICATE_COLUMN = "KQL0208";
    /// A predicate that is not a `bool`.
    NOT_BOOL = "KQL0209";
    /// An unknown value of an operator's parameter, such as a join kind.
    PARAMETER_VALUE = "KQL0210";
    /// An expression that must be constant.
    NOT_CONSTANT = "KQL0212";
    /// A table where a scalar must stand.
    TABLE_NOT_SCALAR = "KQL0213";
    /// A scalar where a table must stand.
    SCALAR_NOT_TABLE = "KQL0214";
    /// A text that is no value of the literal's type.
    BAD_LITERAL = "KQL0215";
    /// A name that is no scalar type.
    UNKNOWN_TYPE = "KQL0216";
    /// A condition of a join that is none.
    JOIN_CONDITION = "KQL0217";
    /// A type that an operator does not take.
    WRONG_TYPE = "KQL0218";
    /// A variable that is declared twice.
    DUPLICATE_VARIABLE = "KQL0219";
    /// A query that grows beyond all bounds when its functions and variables are put in.
    TOO_LARGE = "KQL0220";
    /// The values of a `datatable` do not fill its rows.
    ROW_LENGTH = "KQL0221";
    /// An expression of a kind that the place does not allow.
    NOT_ALLOWED_HERE = "KQL0222";
    /// A named argument that the function does not declare.
    UNKNOWN_ARGUMENT = "KQL0223";
    /// A tabular argument without the columns that the function asks for.
    MISSING_COLUMNS = "KQL0224";
    /// A hint about a table of a fuzzy union that there is not.
    FUZZY_TABLE = "KQL0225";
    /// A query parameter without a value.
    MISSING_PARAMETER = "KQL0226";
    /// A window function over rows without an order.
    NOT_SERIALIZED = "KQL0227";
    /// An `assert()` whose condition does not hold.
    ASSERTION = "KQL0228";
    /// A time of ingestion, which local files have not.
    NO_INGESTION_TIME = "KQL0229";
    /// A graph where a table must stand.
    TABLE_EXPECTED = "KQL0231";
    /// A table where a graph must stand.
    GRAPH_EXPECTED = "KQL0232";
    /// A construct that binds but that the engine cannot run.
    UNSUPPORTED = "KQL0299";
}
