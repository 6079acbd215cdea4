//! Physical plans as bytes: one codec for all our plan nodes and functions.
//!
//! Functions travel by name and are looked up in kql-functions on the other side. Plan nodes travel as JSON of
//! their specifications. The **wire mode** of a run encodes, decodes and runs the decoded plan, which proves
//! that nothing but names and specifications makes an answer.

use std::sync::Arc;

use datafusion::common::{exec_err, not_impl_err, plan_err};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{AggregateUDF, ScalarUDF};
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::bytes::{
    physical_plan_from_bytes_with_extension_codec, physical_plan_to_bytes_with_extension_codec,
};
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};
use kql_functions::{AggregateRef, FunctionRef};
use kql_types::ScalarType;
use serde::{Deserialize, Serialize};

use crate::functions::{AggregateAdapter, InSet, Plumbing, ScalarFunctionAdapter};
use crate::operators;

/// The codec of everything that this crate puts into physical plans.
#[derive(Clone, Copy, Debug, Default)]
pub struct KqlCodec;

/// How a scalar function travels.
#[derive(Serialize, Deserialize)]
enum ScalarFunctionOnWire {
    /// By its overload's name and the name of its type.
    Kql {
        name: String,
        result: String,
    },
    Plumbing(Plumbing),
    InSet(Vec<u8>),
    /// One of DataFusion's own, which the session there knows.
    Native,
}

/// How an aggregate travels: by its overload's name, or `None` for DataFusion's `count`.
#[derive(Serialize, Deserialize)]
struct AggregateOnWire(Option<String>);

/// Encodes a plan and decodes it again.
pub fn round_trip(plan: Arc<dyn ExecutionPlan>, context: &TaskContext) -> Result<Arc<dyn ExecutionPlan>> {
    decode(&encode(plan)?, context)
}

/// A plan as bytes.
pub(crate) fn encode(plan: Arc<dyn ExecutionPlan>) -> Result<Vec<u8>> {
    Ok(physical_plan_to_bytes_with_extension_codec(plan, &KqlCodec)?.to_vec())
}

/// The plan of such bytes.
pub(crate) fn decode(bytes: &[u8], context: &TaskContext) -> Result<Arc<dyn ExecutionPlan>> {
    physical_plan_from_bytes_with_extension_codec(bytes, context, &KqlCodec)
}

impl PhysicalExtensionCodec for KqlCodec {
    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        bytes: &mut Vec<u8>,
        _converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        match operators::OperatorOnWire::of(node.as_ref())? {
            Some(operator) => write(&operator, bytes),
            None => not_impl_err!("{} cannot be sent over a wire", node.name()),
        }
    }

    fn try_decode(
        &self,
        bytes: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        context: &TaskContext,
        _converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        read::<operators::OperatorOnWire>(bytes)?.plan(inputs, context)
    }

    fn try_encode_udf(&self, function: &ScalarUDF, bytes: &mut Vec<u8>) -> Result<()> {
        let implementation = function.inner();
        let on_wire = if let Some(adapter) = implementation.downcast_ref::<ScalarFunctionAdapter>() {
            let result = adapter.result().name().to_owned();
            ScalarFunctionOnWire::Kql { name: function.name().to_owned(), result }
        } else if let Some(plumbing) = implementation.downcast_ref::<Plumbing>() {
            ScalarFunctionOnWire::Plumbing(plumbing.clone())
        } else if let Some(set) = implementation.downcast_ref::<InSet>() {
            ScalarFunctionOnWire::InSet(set.encode()?)
        } else {
            ScalarFunctionOnWire::Native
        };
        write(&on_wire, bytes)
    }

    fn try_decode_udf(&self, name: &str, bytes: &[u8]) -> Result<Arc<ScalarUDF>> {
        let function = match read(bytes)? {
            ScalarFunctionOnWire::Kql { name, result } => {
                let (Some(function), Some(result)) = (FunctionRef::from_name(&name), ScalarType::from_name(&result))
                else {
                    return plan_err!("there is no function {name}");
                };
                ScalarUDF::from(ScalarFunctionAdapter::new(function, result))
            }
            ScalarFunctionOnWire::Plumbing(plumbing) => ScalarUDF::from(plumbing),
            ScalarFunctionOnWire::InSet(set) => ScalarUDF::from(InSet::decode(&set)?),
            ScalarFunctionOnWire::Native => return plan_err!("there is no function {name}"),
        };
        Ok(Arc::new(function))
    }

    fn try_encode_udaf(&self, aggregate: &AggregateUDF, bytes: &mut Vec<u8>) -> Result<()> {
        let ours = aggregate.inner().downcast_ref::<AggregateAdapter>();
        write(&AggregateOnWire(ours.map(|_| aggregate.name().to_owned())), bytes)
    }

    fn try_decode_udaf(&self, name: &str, bytes: &[u8]) -> Result<Arc<AggregateUDF>> {
        match read(bytes)? {
            AggregateOnWire(Some(name)) => match AggregateRef::from_name(&name) {
                Some(aggregate) => Ok(Arc::new(AggregateUDF::from(AggregateAdapter::new(aggregate)))),
                None => plan_err!("there is no aggregate {name}"),
            },
            AggregateOnWire(None) if name == "count" => Ok(datafusion::functions_aggregate::count::count_udaf()),
            AggregateOnWire(None) => plan_err!("there is no aggregate {name}"),
        }
    }
}

fn write(value: &impl Serialize, bytes: &mut Vec<u8>) -> Result<()> {
    serde_json::to_writer(bytes, value).map_err(|error| DataFusionError::External(Box::new(error)))
}

fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T> {
    match serde_json::from_slice(bytes) {
        Ok(value) => Ok(value),
        Err(error) => exec_err!("the encoded plan cannot be read: {error}"),
    }
}
