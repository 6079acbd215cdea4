//! Shorthand for writing signatures beside their kernels.

/// `overload!([parameters] -> Type, kernel)`: an [`Overload`](crate::Overload) whose result has one fixed type.
macro_rules! overload {
    ([$($parameter:expr),* $(,)?] -> $returns:ident, $kernel:expr) => {
        $crate::function::Overload {
            parameters: &[$($parameter),*],
            returns: $crate::signature::ReturnType::Type(::kql_types::ScalarType::$returns),
            kernel: $crate::function::Kernel::Vectorized($kernel),
        }
    };
}

/// `unavailable!([parameters] -> Type, "why")`: a signature that binds and is refused when run.
macro_rules! unavailable {
    ([$($parameter:expr),* $(,)?] -> $returns:ident, $why:expr) => {
        $crate::function::Overload {
            parameters: &[$($parameter),*],
            returns: $crate::signature::ReturnType::Type(::kql_types::ScalarType::$returns),
            kernel: $crate::function::Kernel::Unavailable($why),
        }
    };
}

pub(crate) use {overload, unavailable};
