//! What the service says of itself, as OpenAPI 3.1 (<https://spec.openapis.org/oas/v3.1.1>),
//! from the types that its handlers read and write. Each side tells its own.

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
        description = "Where else am I signed in? What people's browsers and apps call.",
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
        title = "elsewhere, the admin side",
        description = "What operators and login systems call, on a port of its own.",
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
    // Without a token it answers on loopback addresses, if none is set.
    security(("admin_token" = []), ()),
)]
struct Admin;

/// The public side's description.
#[must_use]
pub fn public() -> Value {
    let key = |value| SecurityScheme::ApiKey(value);
    finished(
        Public::openapi(),
        [
            ("session_token", key(ApiKey::Header(ApiKeyValue::new("X-Session-Token")))),
            ("session_cookie", key(ApiKey::Cookie(ApiKeyValue::new("ory_kratos_session")))),
            ("bearer", bearer()),
        ],
    )
}

/// The admin side's description.
#[must_use]
pub fn admin() -> Value {
    finished(Admin::openapi(), [("admin_token", bearer())])
}

/// Made once, as anyone may ask for it as often as they like.
static OF_PUBLIC: LazyLock<Bytes> = LazyLock::new(|| public().to_string().into());
static OF_ADMIN: LazyLock<Bytes> = LazyLock::new(|| admin().to_string().into());

pub(super) async fn of_public() -> impl IntoResponse {
    ([JSON], OF_PUBLIC.clone())
}

pub(super) async fn of_admin() -> impl IntoResponse {
    ([JSON], OF_ADMIN.clone())
}

fn bearer() -> SecurityScheme {
    SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build())
}

/// What was recorded, of lists the first item, by the pointer (RFC 6901) to where it stands.
#[derive(Deserialize)]
struct Example {
    body: Value,
}

/// With what all answers have, and with examples of what a real Kratos answered.
fn finished<const N: usize>(
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
        operations.for_each(of_every_answer);
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

fn of_every_answer(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        match status.as_str() {
            "200" => "What was asked for.".clone_into(&mut response.description),
            "201" => "It was made.".clone_into(&mut response.description),
            "204" => "It is so now.".clone_into(&mut response.description),
            _ => {}
        }
        let mut header = |name: &str, description| {
            let header = HeaderBuilder::new().description(Some(description)).build();
            response.headers.insert(name.to_owned(), RefOr::T(header));
        };
        if !matches!(status.as_str(), "414" | "431") {
            header("X-Request-Id", "Stands in the log line of this request, too.");
        }
        if matches!(status.as_str(), "429" | "503") {
            header("Retry-After", "In seconds.");
        }
    }
}

/// Answers with the error envelope.
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

/// What any request may come to.
pub(super) struct Problems;

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut all = problems([
            (400, "A parameter or the body is wrong."),
            (401, "Nobody is signed in with these credentials."),
            (
                403,
                "Not with this session: a second factor is missing, or another site asks; or \
                 this service may not write it.",
            ),
            (408, "The body did not come in time."),
            (413, "The body is too large."),
            (415, "The body is not JSON."),
            (429, "Too many wrong credentials came from there."),
            (503, "Not now; the same request may well succeed later."),
        ]);
        // Told by the HTTP layer, without a body.
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
        problems([(404, "There is none with this id.")])
    }
}

pub(super) struct Conflict;

impl IntoResponses for Conflict {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems([(409, "It cannot be done in this state, or not beside a Kratos.")])
    }
}

pub(super) struct Unready;

impl IntoResponses for Unready {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems([(503, "The database does not answer, or this copy is about to stop.")])
    }
}
