//! The OpenAPI 3.1 descriptions (<https://spec.openapis.org/oas/v3.1.1>) of the public API and
//! the admin API, generated from the types that the handlers read and write.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::body::Bytes;
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::Value;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, HeaderBuilder, Ref, RefOr, Response, ResponseBuilder,
};
use utoipa::{IntoResponses, OpenApi, ToSchema as _};

use crate::http::extract::json::JSON;
use crate::http::response::error::Envelope;
use crate::http::{admin as admin_endpoints, health, public as public_endpoints};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "elsewhere",
        description = "Where else am I signed in? The public API, for browsers, apps and gateways.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(
        public_endpoints::list::list,
        public_endpoints::revoke::revoke_others,
        public_endpoints::whoami::whoami,
        public_endpoints::revoke::revoke,
        health::alive,
        health::ready,
    ),
    components(schemas(Envelope)),
    security(("session_token" = []), ("session_cookie" = []), ("bearer" = [])),
)]
struct Public;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "elsewhere admin API",
        description = "The admin API, for operators and login systems, on a listener of its own.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(
        admin_endpoints::list::list,
        admin_endpoints::bulk::bulk,
        admin_endpoints::session::get,
        admin_endpoints::session::disable,
        admin_endpoints::session::extend,
        admin_endpoints::identity::change,
        admin_endpoints::identity::delete,
        admin_endpoints::list::list_of_identity,
        admin_endpoints::issue::issue,
        admin_endpoints::identity::delete_sessions,
        health::alive,
        health::ready,
        health::version,
        health::metrics,
    ),
    components(schemas(Envelope)),
    // On a loopback address, no token has to be configured.
    security(("admin_token" = []), ()),
)]
struct Admin;

/// The description of the public API.
#[must_use]
pub fn public() -> Value {
    let key = |value| SecurityScheme::ApiKey(value);
    complete(
        Public::openapi(),
        [
            ("session_token", key(ApiKey::Header(ApiKeyValue::new("X-Session-Token")))),
            ("session_cookie", key(ApiKey::Cookie(ApiKeyValue::new("ory_kratos_session")))),
            ("bearer", bearer()),
        ],
    )
}

/// The description of the admin API.
#[must_use]
pub fn admin() -> Value {
    complete(Admin::openapi(), [("admin_token", bearer())])
}

/// The serialized descriptions, generated once, because anyone may request them often.
static PUBLIC_JSON: LazyLock<Bytes> = LazyLock::new(|| public().to_string().into());
static ADMIN_JSON: LazyLock<Bytes> = LazyLock::new(|| admin().to_string().into());

pub(super) async fn of_public() -> impl IntoResponse {
    ([JSON], PUBLIC_JSON.clone())
}

pub(super) async fn of_admin() -> impl IntoResponse {
    ([JSON], ADMIN_JSON.clone())
}

fn bearer() -> SecurityScheme {
    SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build())
}

/// A recorded response, cut to the first item if it is a list. The key of each example is a JSON
/// pointer (RFC 6901) to its place in the description.
#[derive(Deserialize)]
struct Example {
    body: Value,
}

/// Adds security schemes, common headers, and examples that were recorded from a real Kratos.
fn complete<const N: usize>(
    mut description: utoipa::openapi::OpenApi,
    schemes: [(&str, SecurityScheme); N],
) -> Value {
    let components = description.components.get_or_insert_with(Components::new);
    for (name, scheme) in schemes {
        components.add_security_scheme(name, scheme);
    }
    for item in description.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete]
            .into_iter()
            .flatten();
        operations.for_each(complete_responses);
    }
    let mut description = serde_json::to_value(description).unwrap_or_default();
    let examples: BTreeMap<&str, Example> =
        serde_json::from_str(include_str!("openapi/examples.json")).unwrap_or_default();
    for (place, Example { body }) in examples {
        if let Some(content) = description.pointer_mut(place) {
            content["example"] = body;
        }
    }
    description
}

/// Adds descriptions and headers that are the same in all operations.
fn complete_responses(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        match status.as_str() {
            "200" => "Success.".clone_into(&mut response.description),
            "201" => "Created.".clone_into(&mut response.description),
            "204" => "Success, without a body.".clone_into(&mut response.description),
            _ => {}
        }
        let mut header = |name: &str, description| {
            let header = HeaderBuilder::new().description(Some(description)).build();
            response.headers.insert(name.to_owned(), RefOr::T(header));
        };
        if !matches!(status.as_str(), "414" | "431") {
            header("X-Request-Id", "The id of the request, which its log line contains, too.");
        }
        if matches!(status.as_str(), "429" | "503") {
            header("Retry-After", "The time to wait before a retry, in seconds.");
        }
    }
}

/// Responses with the error envelope.
fn problems<const N: usize>(all: [(u16, &str); N]) -> BTreeMap<String, RefOr<Response>> {
    let envelope = || {
        let schema = Ref::from_schema_name(Envelope::name());
        ContentBuilder::new().schema(Some(schema)).build()
    };
    let response = |text: &str| {
        let response = ResponseBuilder::new().description(text);
        RefOr::T(response.content("application/json", envelope()).build())
    };
    all.into_iter().map(|(status, text)| (status.to_string(), response(text))).collect()
}

/// The errors that any request may receive.
pub(super) struct Problems;

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut all = problems([
            (400, "A parameter or the body is invalid."),
            (401, "The request has no valid credential."),
            (
                403,
                "A second factor is missing, a page of another site sent the request, or the \
                 service may not write.",
            ),
            (408, "The body was not received in time."),
            (413, "The body is too large."),
            (415, "The body is not JSON."),
            (429, "Too many wrong credentials came from this client."),
            (503, "The service is temporarily unavailable. Retry the request later."),
        ]);
        // The HTTP server sends these without a body.
        for (status, text) in
            [("414", "The URL is too long."), ("431", "The headers are too large.")]
        {
            let response = ResponseBuilder::new().description(text).build();
            all.insert(status.to_owned(), RefOr::T(response));
        }
        all
    }
}

pub(super) struct Missing;

impl IntoResponses for Missing {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems([(404, "There is no resource with this id.")])
    }
}

pub(super) struct Conflict;

impl IntoResponses for Conflict {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems([(
            409,
            "The current state does not allow the request, or the request is not available beside \
             a Kratos.",
        )])
    }
}

pub(super) struct Unready;

impl IntoResponses for Unready {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems([(503, "The database does not respond, or this replica is stopping.")])
    }
}
