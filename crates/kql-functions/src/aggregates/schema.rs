//! `buildschema`: the least schema that admits all values of a `dynamic` column.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewBuilder};
use arrow::datatypes::DataType;
use kql_types::ScalarType;
use kql_types::dynamic::{Builder, Dynamic, Kind};

use super::{Aggregation, kernel, take_groups, texts};
use crate::aggregate::{AggregateOverload, AggregateReturn, Groups};
use crate::documentation::example;
use crate::signature::parameter_of;
use crate::{Aggregate, Documentation, GroupAccumulator, KernelError, ParameterType, ResultName, ReturnType};

/// The aggregates of this family.
pub static AGGREGATES: &[Aggregate] = &[BUILDSCHEMA];

const BUILDSCHEMA: Aggregate = Aggregate {
    name: "buildschema",
    aliases: &[],
    documentation: Documentation {
        summary: "The least schema that admits all `dynamic` values of each group.",
        returns: "A `dynamic`: the name of a type, a bag with the schema of each property, a bag with the schema of an array's elements under `` `indexer` ``, or an array where there are several; null where no row has a value.",
        notes: "The types are `bool`, `long`, `double` and `string`. Nulls are passed over; a property that is never anything else is `null`.",
        page: "buildschema-aggregation-function",
    },
    overloads: &[AggregateOverload {
        parameters: &[parameter_of("expr", ParameterType::DynamicBag).describe("The values.")],
        returns: AggregateReturn::One(ReturnType::Type(ScalarType::Dynamic)),
        kernel: kernel::<BuildSchema>(),
    }],
    result_name: ResultName::PrefixAndFirstArgument("schema"),
    examples: &[
        example(
            "datatable(v: dynamic)[dynamic({'x': 1, 'y': 3.5}), dynamic({'x': 'a', 'y': {'w': true}})] | summarize buildschema(v)",
            "{\"x\":[\"long\",\"string\"],\"y\":[\"double\",{\"w\":\"bool\"}]}",
        ),
        example(
            "print v = dynamic([1, 'a', [2]]) | summarize buildschema(v)",
            "{\"`indexer`\":[\"long\",\"string\",{\"`indexer`\":\"long\"}]}",
        ),
    ],
};

/// The names of the types of scalars, in the order in which they are shown.
const SCALARS: [&str; 4] = ["bool", "long", "double", "string"];
/// What stands for a property's name where a schema is that of an array's elements.
const INDEXER: &str = "`indexer`";
const NOTHING: &str = "null";
/// How many properties a schema may have: values whose keys are data make no schema.
const MOST_PROPERTIES: usize = 100_000;

/// What has been seen at one place.
#[derive(Clone, Debug, Default)]
struct Schema {
    /// Which of [`SCALARS`].
    scalars: [bool; SCALARS.len()],
    /// Of bags.
    properties: Option<Properties>,
    /// Of arrays.
    element: Option<Box<Schema>>,
}

/// The properties of a bag, in the order in which they came.
#[derive(Clone, Debug, Default)]
struct Properties {
    places: HashMap<String, usize>,
    schemas: Vec<(String, Schema)>,
}

impl Properties {
    fn get(&mut self, name: &str, budget: &mut usize) -> Result<&mut Schema, KernelError> {
        let at = match self.places.get(name) {
            Some(at) => *at,
            None => {
                *budget = budget
                    .checked_sub(1)
                    .ok_or_else(|| KernelError(format!("the values have more than {MOST_PROPERTIES} properties")))?;
                self.places.insert(name.to_owned(), self.schemas.len());
                self.schemas.push((name.to_owned(), Schema::default()));
                self.schemas.len() - 1
            }
        };
        match self.schemas.get_mut(at) {
            Some((_, schema)) => Ok(schema),
            None => Err(KernelError("a schema is broken".to_owned())),
        }
    }
}

impl Schema {
    /// Admits a value. `budget` counts down what new properties may come.
    fn admit(&mut self, value: Dynamic<'_>, budget: &mut usize) -> Result<(), KernelError> {
        match value.kind() {
            Kind::Null => {}
            Kind::Bool => self.scalars[0] = true,
            Kind::Long => self.scalars[1] = true,
            Kind::Real => self.scalars[2] = true,
            Kind::String => self.scalars[3] = true,
            Kind::Array => {
                let element = self.element.get_or_insert_default();
                value.elements().try_for_each(|value| element.admit(value, budget))?;
            }
            Kind::Bag => {
                let properties = self.properties.get_or_insert_default();
                for (name, value) in value.members() {
                    properties.get(&name, budget)?.admit(value, budget)?;
                }
            }
        }
        Ok(())
    }

    /// Admits what a schema admits, which is given in the form in which it is shown.
    fn widen(&mut self, schema: Dynamic<'_>, budget: &mut usize) -> Result<(), KernelError> {
        match schema.kind() {
            Kind::String => {
                let name = schema.as_str().unwrap_or_default();
                for (seen, scalar) in self.scalars.iter_mut().zip(SCALARS) {
                    *seen |= scalar == name;
                }
            }
            Kind::Array => schema.elements().try_for_each(|schema| self.widen(schema, budget))?,
            Kind::Bag => match schema.member(INDEXER) {
                Some(element) => self.element.get_or_insert_default().widen(element, budget)?,
                None => {
                    let properties = self.properties.get_or_insert_default();
                    for (name, schema) in schema.members() {
                        properties.get(&name, budget)?.widen(schema, budget)?;
                    }
                }
            },
            _ => {}
        }
        Ok(())
    }

    fn write(&self, builder: &mut Builder<'_>) {
        let scalars = SCALARS.iter().zip(self.scalars).filter(|(_, seen)| *seen).map(|(name, _)| *name);
        let count =
            scalars.clone().count() + usize::from(self.properties.is_some()) + usize::from(self.element.is_some());
        if count == 0 {
            builder.string(NOTHING);
        }
        if count > 1 {
            builder.begin_array();
        }
        scalars.for_each(|name| builder.string(name));
        if let Some(properties) = &self.properties {
            builder.begin_bag();
            for (name, schema) in &properties.schemas {
                builder.key(name);
                schema.write(builder);
            }
            builder.end_bag();
        }
        if let Some(element) = &self.element {
            builder.begin_bag();
            builder.key(INDEXER);
            element.write(builder);
            builder.end_bag();
        }
        if count > 1 {
            builder.end_array();
        }
    }
}

struct BuildSchema;

impl Aggregation for BuildSchema {
    fn accumulator(_: &[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError> {
        Ok(Box::new(SchemaAccumulator { schemas: Vec::new(), budget: MOST_PROPERTIES }))
    }

    /// The schema in the form in which it is shown.
    fn state(_: &[DataType]) -> Vec<DataType> {
        vec![DataType::Utf8View]
    }

    fn output(_: &[DataType]) -> DataType {
        DataType::Utf8View
    }
}

struct SchemaAccumulator {
    schemas: Vec<Option<Schema>>,
    /// How many more properties there may be.
    budget: usize,
}

impl SchemaAccumulator {
    fn take_in(
        &mut self,
        columns: &[ArrayRef],
        groups: &[usize],
        group_count: usize,
        take_in: fn(&mut Schema, Dynamic<'_>, &mut usize) -> Result<(), KernelError>,
    ) -> Result<(), KernelError> {
        if self.schemas.len() < group_count {
            self.schemas.resize(group_count, None);
        }
        for (value, &group) in texts(columns, 0)?.iter().zip(groups) {
            let Some(value) = value.map(Dynamic::new).filter(|value| !value.is_null()) else { continue };
            if let Some(schema) = self.schemas.get_mut(group) {
                take_in(schema.get_or_insert_default(), value, &mut self.budget)?;
            }
        }
        Ok(())
    }
}

impl GroupAccumulator for SchemaAccumulator {
    fn update(&mut self, arguments: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.take_in(arguments, groups, group_count, Schema::admit)
    }

    fn merge(&mut self, states: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.take_in(states, groups, group_count, Schema::widen)
    }

    fn state(&mut self, groups: Groups) -> Result<Vec<ArrayRef>, KernelError> {
        Ok(vec![self.evaluate(groups)?])
    }

    fn evaluate(&mut self, groups: Groups) -> Result<ArrayRef, KernelError> {
        let taken = take_groups(&mut self.schemas, groups);
        let mut builder = StringViewBuilder::with_capacity(taken.len());
        let mut text = String::new();
        for schema in taken {
            match schema {
                Some(schema) => {
                    text.clear();
                    schema.write(&mut Builder::new(&mut text));
                    builder.try_append_value(&text)?;
                }
                None => builder.append_null(),
            }
        }
        Ok(Arc::new(builder.finish()))
    }

    fn size(&self) -> usize {
        let held = (MOST_PROPERTIES - self.budget) * (size_of::<Schema>() + 64);
        size_of::<Self>() + self.schemas.capacity() * size_of::<Option<Schema>>() + held
    }
}
