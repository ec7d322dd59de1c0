//! `GET /.well-known/ssf-configuration`: the transmitter of security event tokens.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::config::BaseUrl;
use crate::http::response::documented::Missing;
use crate::http::response::error::ApiError;
use crate::http::response::json::JsonResponse;
use crate::security_event::SecurityEvents;

/// The push delivery of RFC 8935.
const PUSH: &str = "urn:ietf:rfc:8935";

/// The metadata of a transmitter (OpenID Shared Signals Framework 1.0, §7).
#[derive(Serialize, ToSchema)]
#[schema(as = SsfConfiguration)]
pub(super) struct WireTransmitter {
    spec_version: &'static str,
    issuer: String,
    jwks_uri: String,
    delivery_methods_supported: [&'static str; 1],
    critical_subject_members: [&'static str; 0],
    /// Streams are settings of this service.
    default_subjects: &'static str,
}

/// Describe the transmitter of security event tokens
///
/// Returns 404 unless `events.jwks_url` is set.
#[utoipa::path(get, path = "/.well-known/ssf-configuration", operation_id = "getSsfConfiguration", tag = "sessions",
 responses((status = OK, body = WireTransmitter), Missing), security(()))]
pub(super) async fn ssf_configuration(
    State(events): State<Arc<SecurityEvents>>,
    State(base_url): State<Arc<BaseUrl>>,
) -> Result<JsonResponse<WireTransmitter>, ApiError> {
    let issuer = events.issuer().ok_or_else(ApiError::no_such_resource)?;
    Ok(JsonResponse(WireTransmitter {
        spec_version: "1_0",
        issuer: issuer.to_owned(),
        jwks_uri: base_url.at(".well-known/jwks.json"),
        delivery_methods_supported: [PUSH],
        critical_subject_members: [],
        default_subjects: "ALL",
    }))
}
