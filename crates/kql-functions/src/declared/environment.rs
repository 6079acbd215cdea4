//! Functions that speak of the cluster, the database, its extents, or data that only the service has.

use kql_types::ScalarType::{Bool, DateTime, Dynamic, Guid, Long, String};

use super::{CLOUD, GEOLOCATION, declared, overload};
use crate::signature::{
    ArgumentKind,
    ParameterType::{DynamicArray, Scalar, StringOrArray, StringOrDynamic},
    parameter, parameter_of,
};
use crate::{Function, ResultName, ReturnType};

/// The functions of this table.
pub static FUNCTIONS: &[Function] = &[
    declared(
        "__ipv6_lookup_ranges",
        "",
        ResultName::None,
        &[overload(
            &[parameter_of("ip", StringOrDynamic), parameter_of("ranges", DynamicArray)],
            ReturnType::Type(Dynamic),
            CLOUD,
        )],
    ),
    declared(
        "current_cluster_endpoint",
        "current-cluster-endpoint-function",
        ResultName::None,
        &[overload(&[], ReturnType::Type(String), CLOUD)],
    ),
    declared(
        "current_database",
        "current-database-function",
        ResultName::None,
        &[overload(&[], ReturnType::Type(String), CLOUD)],
    ),
    declared(
        "current_principal",
        "current-principal-function",
        ResultName::None,
        &[overload(&[], ReturnType::Type(String), CLOUD)],
    ),
    declared(
        "current_principal_details",
        "current-principal-details-function",
        ResultName::None,
        &[overload(&[], ReturnType::Type(Dynamic), CLOUD)],
    ),
    declared(
        "current_principal_is_member_of",
        "current-principal-is-member-of-function",
        ResultName::None,
        &[overload(&[parameter_of("group", StringOrArray).repeated()], ReturnType::Type(Bool), CLOUD)],
    ),
    declared("extent_id", "extent-id-function", ResultName::None, &[overload(&[], ReturnType::Type(Guid), CLOUD)]),
    declared("extentid", "", ResultName::None, &[overload(&[], ReturnType::Type(Guid), CLOUD)]),
    declared(
        "extent_tags",
        "extent-tags-function",
        ResultName::None,
        &[overload(&[], ReturnType::Type(Dynamic), CLOUD)],
    ),
    declared("current_node_id", "", ResultName::None, &[overload(&[], ReturnType::Type(String), CLOUD)]),
    declared(
        "ingestion_time",
        "ingestion-time-function",
        ResultName::PrefixOnly("$IngestionTime"),
        &[overload(&[], ReturnType::Type(DateTime), CLOUD)],
    ),
    declared("row_id", "", ResultName::None, &[overload(&[], ReturnType::Type(String), CLOUD)]),
    declared(
        "cursor_after",
        "cursor-after-function",
        ResultName::None,
        &[overload(&[parameter("cursor", String)], ReturnType::Type(Bool), CLOUD)],
    ),
    declared(
        "cursor_before_or_at",
        "cursor-before-or-at-function",
        ResultName::None,
        &[overload(&[parameter("cursor", String)], ReturnType::Type(Bool), CLOUD)],
    ),
    declared("cursor_current", "", ResultName::None, &[overload(&[], ReturnType::Type(String), CLOUD)]),
    declared("current_cursor", "", ResultName::None, &[overload(&[], ReturnType::Type(String), CLOUD)]),
    declared("rowstore_ordinal_range", "", ResultName::None, &[overload(&[], ReturnType::Type(Dynamic), CLOUD)]),
    declared(
        "estimate_data_size",
        "estimate-data-size-function",
        ResultName::None,
        &[
            overload(
                &[parameter_of("column", Scalar).of_kind(ArgumentKind::Column).repeated()],
                ReturnType::Type(Long),
                CLOUD,
            ),
            overload(&[parameter_of("column", Scalar).of_kind(ArgumentKind::StarOnly)], ReturnType::Type(Long), CLOUD),
        ],
    ),
    declared(
        "geo_info_from_ip_address",
        "geo-info-from-ip-address-function",
        ResultName::None,
        &[overload(&[parameter("ip", String)], ReturnType::Type(Dynamic), GEOLOCATION)],
    ),
];
