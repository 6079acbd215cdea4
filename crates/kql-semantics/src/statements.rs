//! Statements: `let` variables, tables and functions, and functions put in where they are called.

use std::rc::Rc;

use kql_syntax::{Diagnostic, OperatorKind, Span, tree};
use kql_types::{ScalarType, Value};

use crate::binder::{Binder, BoundResult, Purpose, Table, literal};
use crate::codes;
use crate::constants::convert;
use crate::expressions::Given;
use crate::lints::unused_variable;
use crate::operators::qualified::{database_alias, is_entity_property};
use crate::patterns::DeclaredPattern;
use crate::plan::{Expr, ExprKind, RelationOperator};
use crate::refresh::{depth, size};
use crate::scope::{Binding, Environment, Place, UserFunction};
use crate::suggestions::did_you_mean;

/// How deep the value of a variable may be nested.
const MAX_VALUE_DEPTH: usize = 300;

/// What an expression stands for.
#[derive(Debug)]
pub(crate) enum Denotation {
    Table(Table),
    Scalar(Given),
}

impl<'a> Binder<'a> {
    /// A whole query: its results, mostly one.
    pub(crate) fn query(&mut self, query: &'a tree::Query) -> Vec<BoundResult> {
        let mut environment = Environment::default();
        let mut results = Vec::new();
        let mut has_result = false;
        // What the last statement names for those that follow: where none does, these are the results.
        let mut named = Vec::new();
        for statement in &query.statements {
            if let tree::StatementKind::Expression(expression) = &statement.kind {
                has_result = true;
                let first = results.len();
                self.results(expression, environment, statement.span, &mut results);
                named = std::mem::take(&mut self.outputs);
                for (name, table) in &named {
                    self.declare_output(name, table.clone(), &mut environment);
                }
                results.iter_mut().skip(first).for_each(|result| self.limit_result(result));
            } else {
                self.statement(statement, &mut environment);
            }
        }
        if self.purpose == Purpose::Run {
            for (name, table) in named {
                let relation = table.relation.clone();
                let name = Some(name.text.clone());
                let mut result = BoundResult { name, relation, render: None, max_records: None };
                self.limit_result(&mut result);
                results.push(result);
            }
        }
        for statement in &query.statements {
            if let tree::StatementKind::Let { name, value } = &statement.kind
                && !matches!(&value.kind, tree::ExprKind::Function(function) if function.view)
                && has_result
                && !self.scopes.is_used(&name.text)
            {
                self.lint(Some(unused_variable::unused(name)));
            }
        }
        results
    }

    /// The results of one expression: several where it ends with `fork` or `facet`.
    fn results(
        &mut self,
        expression: &'a tree::Expr,
        environment: Environment,
        span: Span,
        results: &mut Vec<BoundResult>,
    ) {
        if let Some(branches) = self.branches(expression, environment) {
            // The analyser knows no columns of them.
            if self.purpose == Purpose::Run {
                let render = self.render.take();
                let named = |(name, table): (Option<String>, Table)| (name, table.relation);
                let branches = branches.into_iter().map(named);
                results.extend(branches.map(|(name, relation)| BoundResult {
                    name,
                    relation,
                    render: render.clone(),
                    max_records: None,
                }));
            }
            return;
        }
        let relation = match self.denotation(expression, environment) {
            Denotation::Table(_) if !self.outputs.is_empty() => return,
            Denotation::Table(table) => self.no_graph_to_run(table, span).relation,
            Denotation::Scalar(given) => {
                let Some(value) = self.one_value(given, span) else { return };
                let column = self.column("print_0", value.scalar_type);
                let one_row = Table::leaf(RelationOperator::OneRow, Vec::new(), span);
                let project = one_row
                    .then(span, vec![column], |input| RelationOperator::Project { input, expressions: vec![value] });
                project.relation
            }
        };
        let render = self.render.take();
        results.push(BoundResult { name: final_name(expression), relation, render, max_records: None });
    }

    /// A query that binding wrote, in its own environment.
    pub(crate) fn rewritten(&mut self, query: &'a tree::Query, mut environment: Environment) -> Option<Table> {
        let mut result = None;
        for statement in &query.statements {
            if let Some(Denotation::Table(table)) = self.statement(statement, &mut environment) {
                result = Some(table);
            }
        }
        result
    }

    /// One statement; an expression gives what it stands for, a `let` adds to the environment.
    pub(crate) fn statement(
        &mut self,
        statement: &'a tree::Statement,
        environment: &mut Environment,
    ) -> Option<Denotation> {
        match &statement.kind {
            tree::StatementKind::Let { name, value } => self.let_statement(name, value, environment),
            tree::StatementKind::Expression(expression) => return Some(self.denotation(expression, *environment)),
            tree::StatementKind::DeclareQueryParameters { parameters } => {
                for parameter in parameters {
                    self.query_parameter(parameter, environment);
                }
            }
            tree::StatementKind::Set { name, value } => self.set_option(name, value.as_ref(), *environment),
            tree::StatementKind::Alias { name, value } => {
                self.scopes.declare(environment, &database_alias(&name.text), Binding::Entity(value));
            }
            tree::StatementKind::DeclarePattern { name, pattern } => {
                let declared = DeclaredPattern { pattern: pattern.as_ref(), environment: *environment };
                self.scopes.declare(environment, &name.text, Binding::Pattern(declared));
            }
            tree::StatementKind::Restrict { entities } => self.restrict(entities, environment),
            tree::StatementKind::Error => {}
        }
        None
    }

    /// Declares a table that `graph-to-table … as` names.
    fn declare_output(&mut self, name: &'a tree::Name, table: Rc<Table>, environment: &mut Environment) {
        if !self.scopes.declare(environment, &name.text, Binding::Table(table)) {
            let message = format!("the variable `{}` is declared already", name.text);
            self.error(codes::DUPLICATE_VARIABLE, message, name.span);
        }
    }

    fn denotation(&mut self, expression: &'a tree::Expr, environment: Environment) -> Denotation {
        match self.is_tabular(expression, environment) {
            Some(false) => Denotation::Scalar(self.given_columns(expression, &Place::constant(environment))),
            _ => Denotation::Table(self.table_or_graph(expression, environment)),
        }
    }

    fn let_statement(&mut self, name: &'a tree::Name, value: &'a tree::Expr, environment: &mut Environment) {
        let binding = match &value.kind {
            tree::ExprKind::Function(function) => self.let_function(function, *environment),
            tree::ExprKind::Error => Binding::Scalar(None),
            tree::ExprKind::Call { function, arguments } if function.text == "entity_group" => {
                Binding::EntityGroup(arguments)
            }
            _ => match self.is_tabular(value, *environment) {
                Some(true) => Binding::Table(Rc::new(self.table_or_graph(value, *environment))),
                Some(false) => {
                    let value = self.scalar(value, &Place::constant(*environment));
                    Binding::Scalar(self.bounded_value(value))
                }
                None => {
                    // Neither a known table nor a known variable.
                    self.table(value, *environment);
                    Binding::Scalar(None)
                }
            },
        };
        if !self.scopes.declare(environment, &name.text, binding) {
            let message = format!("the variable `{}` is declared already", name.text);
            self.error(codes::DUPLICATE_VARIABLE, message, name.span);
        }
    }

    /// Checks a function where it is declared, with stand-ins for its arguments.
    pub(crate) fn let_function(&mut self, function: &'a tree::Function, environment: Environment) -> Binding<'a> {
        let mut inner = self.scopes.open(environment);
        for parameter in &function.parameters {
            let name = &parameter.name;
            let binding = match &parameter.parameter_type {
                tree::ParameterType::Scalar(type_name) => {
                    Binding::Scalar(self.scalar_type(type_name).map(|scalar_type| {
                        let id = self.fresh_id();
                        self.stand_in(id);
                        Expr { kind: ExprKind::Column(id), scalar_type, span: name.span }
                    }))
                }
                tree::ParameterType::Tabular(columns) => {
                    let mut declared = Vec::new();
                    for column in columns {
                        let scalar_type = self.scalar_type(&column.column_type);
                        declared
                            .push(self.column(column.name.text.clone(), scalar_type.unwrap_or(ScalarType::Dynamic)));
                    }
                    Binding::Table(Rc::new(Table::leaf(
                        RelationOperator::Values { rows: Vec::new() },
                        declared,
                        name.span,
                    )))
                }
                tree::ParameterType::AnyTabular => {
                    let mut table = Table::leaf(RelationOperator::OneRow, Vec::new(), name.span);
                    table.open = true;
                    Binding::Table(Rc::new(table))
                }
            };
            if !self.scopes.declare(&mut inner, &name.text, binding) {
                let message = format!("the parameter `{}` is declared already", name.text);
                self.error(codes::DUPLICATE_VARIABLE, message, name.span);
            }
            if let Some(default) = &parameter.default {
                self.scalar(default, &Place::constant(environment));
            }
        }
        self.checking += 1;
        let tabular =
            matches!(self.counting_apart(|binder| binder.body(&function.body, inner)), Some(Denotation::Table(_)));
        self.checking -= 1;
        Binding::Function(UserFunction { function, environment, tabular, stored: false })
    }

    pub(crate) fn body(&mut self, body: &'a tree::FunctionBody, mut environment: Environment) -> Option<Denotation> {
        let mut result = None;
        for statement in &body.statements {
            if let Some(denotation) = self.statement(statement, &mut environment) {
                result = Some(denotation);
            }
        }
        result
    }

    /// A call of a function of the query: its body with the arguments put in. `piped` is the first argument of
    /// an `invoke`.
    pub(crate) fn call_user(
        &mut self,
        name: &str,
        user: UserFunction<'a>,
        arguments: &'a [tree::Expr],
        piped: Option<Table>,
        span: Span,
        place: &Place<'_>,
    ) -> Option<Denotation> {
        self.nested(span, |binder| binder.put_in(name, user, arguments, piped, span, place))
    }

    fn put_in(
        &mut self,
        name: &str,
        user: UserFunction<'a>,
        arguments: &'a [tree::Expr],
        piped: Option<Table>,
        span: Span,
        place: &Place<'_>,
    ) -> Option<Denotation> {
        let parameters = &user.function.parameters;
        let mut given: Vec<Option<&'a tree::Expr>> = vec![None; parameters.len()];
        let skipped = usize::from(piped.is_some());
        let mut too_many = arguments.len() + skipped > parameters.len();
        for (position, argument) in arguments.iter().enumerate() {
            let named = match &argument.kind {
                tree::ExprKind::Named { names, value, parenthesized: false } => names.first().map(|name| (name, value)),
                _ => None,
            };
            match named {
                Some((argument_name, value)) => {
                    match parameters.iter().position(|parameter| parameter.name.text == argument_name.text) {
                        Some(at) => given.iter_mut().skip(at).take(1).for_each(|slot| *slot = Some(value)),
                        None => {
                            let message = format!("{name}() has no parameter `{}`", argument_name.text);
                            let names = parameters.iter().map(|parameter| parameter.name.text.as_str());
                            let mut diagnostic =
                                Diagnostic::error(codes::UNKNOWN_ARGUMENT, message, argument_name.span);
                            diagnostic.help = did_you_mean(&argument_name.text, names);
                            self.report(diagnostic);
                            return None;
                        }
                    }
                }
                None => match given.get_mut(position + skipped) {
                    Some(slot) => *slot = Some(argument),
                    None => too_many = true,
                },
            }
        }
        let missing = parameters
            .iter()
            .zip(&given)
            .skip(skipped)
            .any(|(parameter, given)| given.is_none() && parameter.default.is_none());
        if missing || too_many {
            let names: Vec<&str> = parameters.iter().map(|parameter| parameter.name.text.as_str()).collect();
            let plural = if names.len() == 1 { "argument" } else { "arguments" };
            let message = format!("{name}() takes {} {plural}, not {}", names.len(), arguments.len() + skipped);
            let help = format!("it is called as `{name}({})`", names.join(", "));
            self.report(Diagnostic::error(codes::ARGUMENT_COUNT, message, span).with_help(help));
            return None;
        }
        let mut inner = self.scopes.open(user.environment);
        let mut piped = piped;
        for (parameter, argument) in parameters.iter().zip(given) {
            let binding = match (&parameter.parameter_type, piped.take()) {
                (tree::ParameterType::Scalar(type_name), piped) => {
                    if piped.is_some() {
                        let message = format!("the first parameter of {name}() is no table");
                        self.error(codes::SCALAR_NOT_TABLE, message, span);
                        return None;
                    }
                    let value = match (argument, &parameter.default) {
                        (Some(argument), _) => self.scalar(argument, place),
                        (None, Some(default)) => self.in_function(name, user, span, |binder| {
                            binder.scalar(default, &Place::constant(user.environment))
                        }),
                        (None, None) => None,
                    };
                    // An unknown type is a mistake of the function's own text.
                    self.in_function(name, user, span, |binder| binder.scalar_type(type_name))?;
                    let value = value.and_then(|value| self.argument_as(value, type_name, &parameter.name.text, name));
                    Binding::Scalar(self.bounded_value(value))
                }
                (tabular, piped) => {
                    let mut table = match (piped, argument) {
                        (Some(table), _) => table,
                        (None, Some(argument)) => self.table(argument, place.environment),
                        (None, None) => return None,
                    };
                    if let tree::ParameterType::Tabular(columns) = tabular {
                        self.check_columns(&table, columns, name, argument.map_or(span, |argument| argument.span));
                    }
                    if user.stored {
                        table = self.foreign(table);
                    }
                    Binding::Table(Rc::new(table))
                }
            };
            self.scopes.declare(&mut inner, &parameter.name.text, binding);
        }
        let result = self.in_function(name, user, span, |binder| {
            binder.counting_apart(|binder| binder.body(&user.function.body, inner))
        })?;
        Some(match result {
            result if !user.stored => result,
            Denotation::Table(table) => Denotation::Table(self.relocated(&table, span)),
            Denotation::Scalar(given) => Denotation::Scalar(self.relocated_value(given, span)),
        })
    }

    /// An argument in its parameter's type.
    pub(crate) fn argument_as(
        &mut self,
        value: Expr,
        type_name: &tree::TypeName,
        parameter: &str,
        function: &str,
    ) -> Option<Expr> {
        let scalar_type = self.scalar_type(type_name)?;
        let given = value.scalar_type;
        let span = value.span;
        let converted = convert(value, scalar_type);
        if converted.scalar_type != scalar_type {
            let message = format!("the argument `{parameter}` of {function}() takes {scalar_type}, not a {given}");
            self.refuse_to_run(Diagnostic::error(codes::ARGUMENT_TYPE, message, span));
            return (self.purpose == Purpose::Check).then(|| literal(Value::null(scalar_type), span));
        }
        Some(converted)
    }

    fn check_columns(&mut self, table: &Table, wanted: &'a [tree::ColumnDeclaration], function: &str, span: Span) {
        if table.open {
            return;
        }
        for column in wanted {
            let found = table.columns().iter().find(|found| found.name == column.name.text);
            let scalar_type = ScalarType::from_name(&column.column_type.text);
            let message = match found {
                None => format!("{function}() asks for a table with the column `{}`", column.name.text),
                Some(found) if scalar_type.is_some_and(|wanted| wanted != found.scalar_type) => format!(
                    "{function}() asks for the column `{}` as {}, not {}",
                    column.name.text, column.column_type.text, found.scalar_type
                ),
                Some(_) => continue,
            };
            self.error(codes::MISSING_COLUMNS, message, span);
        }
    }

    /// A value that is not nested too deep to be put into others.
    fn bounded_value(&mut self, value: Option<Expr>) -> Option<Expr> {
        let value = value?;
        if !self.spend(size(&value), value.span) {
            return None;
        }
        if depth(&value) > MAX_VALUE_DEPTH {
            self.error(codes::TOO_LARGE, "the value is nested too deep", value.span);
            return None;
        }
        Some(value)
    }

    /// Whether an expression stands for a table; `None` when its names are not known.
    pub(crate) fn is_tabular(&mut self, expression: &'a tree::Expr, environment: Environment) -> Option<bool> {
        let mut expression = expression;
        loop {
            match &expression.kind {
                tree::ExprKind::Parenthesized(inner) => expression = inner,
                tree::ExprKind::Pipe { .. } | tree::ExprKind::DataTable(_) | tree::ExprKind::ExternalData(_) => {
                    return Some(true);
                }
                tree::ExprKind::WildcardName(_) => return None,
                tree::ExprKind::Name(name) => {
                    return match self.meaning(environment, &name.text, name.span) {
                        Some(Binding::Table(_)) => Some(true),
                        Some(Binding::Function(function)) => Some(function.tabular),
                        Some(Binding::Scalar(Some(_))) => Some(false),
                        Some(Binding::Scalar(None)) => None,
                        Some(Binding::Entity(_) | Binding::EntityGroup(_) | Binding::Pattern(_)) => Some(true),
                        None => self.outside_schema(&name.text, environment).map(|_| true),
                    };
                }
                tree::ExprKind::Call { function, arguments } => {
                    match self.meaning(environment, &function.text, function.span) {
                        Some(Binding::Function(user)) => return Some(user.tabular),
                        Some(Binding::Pattern(_)) => return Some(true),
                        _ => {}
                    }
                    match (function.text.as_str(), arguments.first()) {
                        ("materialize", Some(argument)) => expression = argument,
                        ("table" | "materialized_view" | "external_table" | "stored_query_result", _) => {
                            return Some(true);
                        }
                        ("database" | "cluster" | "workspace" | "app" | "resource" | "adx" | "arg" | "graph", _) => {
                            return Some(true);
                        }
                        ("toscalar" | "now" | "ago" | "column_ifexists" | "columnifexists", _) => return Some(false),
                        (name, _) => {
                            let scalar =
                                kql_functions::function(name).is_some() || kql_functions::aggregate(name).is_some();
                            return match scalar {
                                true => Some(false),
                                false => kql_catalog::stored_function(name).map(|_| true),
                            };
                        }
                    }
                }
                // `database("d").T`; a member of anything else is a step into a dynamic value.
                tree::ExprKind::Member { base, member } => match &base.kind {
                    tree::ExprKind::Name(name) => {
                        let entity = matches!(self.scopes.find(environment, &name.text), Some(Binding::Entity(_)));
                        return Some(entity && !is_entity_property(member));
                    }
                    tree::ExprKind::Call { .. } | tree::ExprKind::Member { .. } => expression = base,
                    _ => return Some(false),
                },
                tree::ExprKind::Error => return None,
                _ => return Some(false),
            }
        }
    }
}

/// The name that `as` at the end of a pipe gives to its result.
pub(crate) fn final_name(expression: &tree::Expr) -> Option<String> {
    let tree::ExprKind::Pipe { operators, .. } = &expression.kind else { return None };
    match operators.last().map(|operator| &operator.kind) {
        Some(OperatorKind::As(node)) => Some(node.name.text.clone()),
        _ => None,
    }
}
