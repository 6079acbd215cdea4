//! `evaluate geo_polygon_lookup()` and `geo_line_lookup()`: a join by the shape in or near which a place lies (Kusto pages:
//! *geo_polygon_lookup plugin*, *geo_line_lookup plugin*).

use kql_syntax::operators::evaluate::Evaluate;
use kql_syntax::tree;
use kql_types::{ScalarType, Value};

use super::super::At;
use super::lookup_join::Lookup;
use crate::binder::{Binder, Table, column_reference, literal};
use crate::codes;
use crate::plan::{Column, Expr};
use crate::scope::Place;

/// The plugins, by what a shape is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Polygon,
    Line,
}

/// The arguments behind the columns.
#[derive(Default)]
struct Options {
    /// How near to a shape a place must be, in meters.
    radius: Option<f64>,
    keeps_unmatched: bool,
    shows_shape: bool,
}

impl<'a> Binder<'a> {
    pub(super) fn geo_lookup(&mut self, node: &'a Evaluate, shape: Shape, input: Table, at: At) -> Table {
        let plugin = node.plugin.text.as_str();
        let [lookup, key, longitude, latitude, extra @ ..] = node.arguments.as_slice() else {
            let message = format!("{plugin}() takes a table, its column of shapes, and two columns of the input");
            self.error(codes::ARGUMENT_COUNT, message, node.plugin.span);
            return input;
        };
        let lookup = self.table(lookup, at.environment);
        let key = self.lookup_key(key, &lookup, at);
        let longitude = self.lookup_key(longitude, &input, at);
        let latitude = self.lookup_key(latitude, &input, at);
        let options = self.geo_lookup_options(plugin, extra, at);
        let (Some(key), Some(longitude), Some(latitude), Some(options)) = (key, longitude, latitude, options) else {
            return input;
        };
        if shape == Shape::Line && options.radius.is_none() {
            self.error(codes::ARGUMENT_COUNT, format!("{plugin}() needs a radius"), node.plugin.span);
            return input;
        }
        let columns = [&longitude, &latitude, &key];
        let Some(predicate) = self.is_near(shape, columns, options.radius, at) else { return input };
        let hidden = if options.shows_shape { None } else { Some(key.id) };
        let keeps_unmatched = options.keeps_unmatched;
        let lookup = Lookup { table: lookup, keys: Vec::new(), predicate, keeps_unmatched, span: at.span };
        self.looked_up(lookup, input, hidden.as_slice())
    }

    /// Whether the place lies in the shape, or within the radius of it.
    fn is_near(&mut self, shape: Shape, columns: [&Column; 3], radius: Option<f64>, at: At) -> Option<Expr> {
        let operands = columns.map(|column| column_reference(column, at.span)).to_vec();
        let Some(radius) = radius else { return self.operator("geo_point_in_polygon", at.span, operands, at.span) };
        let measure = match shape {
            Shape::Polygon => "geo_distance_point_to_polygon",
            Shape::Line => "geo_distance_point_to_line",
        };
        let distance = self.operator(measure, at.span, operands, at.span)?;
        self.operator("<=", at.span, vec![distance, literal(Value::Real(radius), at.span)], at.span)
    }

    /// Arguments by place or by name; what is wrong with them is reported.
    fn geo_lookup_options(&mut self, plugin: &str, arguments: &'a [tree::Expr], at: At) -> Option<Options> {
        let places = ["radius", "return_unmatched", "lookup_area_radius", "return_lookup_key"];
        let mut options = Options::default();
        for (position, argument) in arguments.iter().enumerate() {
            let (name, value) = match &argument.kind {
                tree::ExprKind::Named { names, value, .. } => {
                    (names.first().map(|name| name.text.as_str()).unwrap_or_default(), value.as_ref())
                }
                _ => (places.get(position).copied().unwrap_or_default(), argument),
            };
            let bound = self.scalar(value, &Place::constant(at.environment))?;
            let constant = self.constant(&bound, "an argument of a lookup")?;
            match (name, number(&constant), constant) {
                ("radius", Some(radius), _) if radius >= 0.0 => options.radius = Some(radius),
                ("radius", None, Value::Null(ScalarType::Real)) => options.radius = None,
                ("return_unmatched", _, Value::Bool(flag)) => options.keeps_unmatched = flag,
                ("return_lookup_key", _, Value::Bool(flag)) => options.shows_shape = flag,
                // Hints of how to find the shapes, which do not change what is found.
                ("lookup_area_radius" | "join_hint", Some(_), _) => {}
                (name, ..) => {
                    let message = match name {
                        "" => format!("{plugin}() takes at most eight arguments"),
                        name => format!("`{name}` of {plugin}() has the wrong type or is not known"),
                    };
                    self.error(codes::ARGUMENT_TYPE, message, argument.span);
                    return None;
                }
            }
        }
        Some(options)
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(f64::from(*number)),
        Value::Long(number) => Some(*number as f64),
        Value::Real(number) => Some(*number),
        _ => None,
    }
}
