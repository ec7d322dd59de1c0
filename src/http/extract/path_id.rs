//! The extractor for the id in a path.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};
use uuid::Uuid;

use crate::http::response::error::ApiError;

/// The `{id}` in a path.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Id(pub Uuid);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let malformed = || ApiError::bad_parameter("id", "must be a UUID");
        let parameters = RawPathParams::from_request_parts(parts, state).await;
        let parameters = parameters.map_err(|_| malformed())?;
        let (_, text) = parameters.iter().find(|(name, _)| *name == "id").ok_or_else(malformed)?;
        hyphenated(text).map(Self).ok_or_else(malformed)
    }
}

/// The parameter `id`, for its description.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "the field exists for its description")]
struct PathId {
    /// A UUID in the hyphenated form.
    id: Uuid,
}

impl IntoParams for Id {
    fn into_params(location: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        PathId::into_params(location)
    }
}

/// Parses a UUID in the hyphenated form. Other forms are not accepted as ids.
pub(in crate::http) fn hyphenated(text: &str) -> Option<Uuid> {
    (text.len() == uuid::fmt::Hyphenated::LENGTH).then(|| Uuid::try_parse(text).ok()).flatten()
}
