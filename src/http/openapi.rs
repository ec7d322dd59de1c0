//! The OpenAPI 3.1 descriptions (<https://spec.openapis.org/oas/v3.1.1>) of the public API and
//! the admin API, collected from the endpoints that the router serves.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::routing::{MethodRouter, get};
use serde::Deserialize;
use serde_json::Value;
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, HeaderBuilder, RefOr, Server};
use utoipa_axum::router::OpenApiRouter;

use crate::config::BaseUrl;
use crate::http::extract::expand;
use crate::http::extract::expand::{PART_SCHEMA, Part};
use crate::http::response::error::envelope::Envelope;
use crate::http::response::json::JSON;
use crate::http::state::AppState;
use crate::http::{admin, health, public};

const COOKIE_SCHEME: &str = "session_cookie";

/// The two APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    Public,
    Admin,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "elsewhere",
        description = "Where else am I signed in? The public API, for browsers, apps and gateways.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(Envelope)),
    tags(
        (name = "sessions", description = "The sessions of the caller."),
        (name = "health", description = "Probes of the service."),
    ),
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
    components(schemas(Envelope)),
    tags(
        (name = "admin", description = "The sessions of all identities."),
        (name = "health", description = "Probes, metrics and the version of the service."),
    ),
    // On a loopback address, no token has to be configured.
    security(("admin_token" = []), ()),
)]
struct Admin;

/// The description of an API at this URL, with this name of the session cookie. `None` if cookies
/// are not accepted.
#[must_use]
pub fn describe(api: Api, base_url: &BaseUrl, cookie_name: Option<&str>) -> Value {
    let mut description = endpoints(api).into_openapi();
    let components = description.components.get_or_insert_with(Components::new);
    components.schemas.insert(PART_SCHEMA.to_owned(), expand::schema(parts(api)).into());
    for (name, scheme) in security_schemes(api, cookie_name) {
        components.add_security_scheme(name, scheme);
    }
    if api == Api::Public {
        description.servers = Some(vec![Server::new(base_url.at("").trim_end_matches('/'))]);
    }
    for item in description.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete]
            .into_iter()
            .flatten();
        operations.for_each(complete_responses);
    }
    let mut description = serde_json::to_value(description).unwrap_or_default();
    if api == Api::Public {
        remove_admin_fields(&mut description);
        if cookie_name.is_none() {
            remove_cookies(&mut description);
        }
    }
    unwrap_lines(&mut description);
    add_examples(&mut description);
    description
}

fn parts(api: Api) -> &'static [Part] {
    match api {
        Api::Public => &Part::ADDITIONAL,
        Api::Admin => &Part::ALL,
    }
}

fn endpoints(api: Api) -> OpenApiRouter<AppState> {
    let endpoints = match api {
        Api::Public => OpenApiRouter::with_openapi(Public::openapi())
            .merge(public::reads())
            .merge(public::writes()),
        Api::Admin => OpenApiRouter::with_openapi(Admin::openapi())
            .merge(admin::reads())
            .merge(admin::streams())
            .merge(admin::writes())
            .merge(health::monitoring()),
    };
    endpoints.merge(health::probes())
}

fn security_schemes(api: Api, cookie_name: Option<&str>) -> Vec<(&'static str, SecurityScheme)> {
    let key = |value| SecurityScheme::ApiKey(value);
    let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    match api {
        Api::Public => {
            let token = key(ApiKey::Header(ApiKeyValue::new("X-Session-Token")));
            let cookie = cookie_name.map(|name| key(ApiKey::Cookie(ApiKeyValue::new(name))));
            let cookie = cookie.map(|cookie| (COOKIE_SCHEME, cookie));
            [("session_token", token), ("bearer", bearer)].into_iter().chain(cookie).collect()
        }
        Api::Admin => vec![("admin_token", bearer)],
    }
}

/// Serves the description. It is generated once, because anyone may request it often.
pub(super) fn endpoint(
    api: Api,
    base_url: Arc<BaseUrl>,
    cookie_name: Option<String>,
) -> MethodRouter<AppState> {
    let text = Arc::new(OnceLock::<Bytes>::new());
    get(async move || {
        let describe = || describe(api, &base_url, cookie_name.as_deref()).to_string().into();
        ([JSON], text.get_or_init(describe).clone())
    })
}

/// The methods of all described operations, as the value of a header.
pub(super) fn methods(descriptions: &[utoipa::openapi::OpenApi]) -> HeaderValue {
    let items = || descriptions.iter().flat_map(|description| description.paths.paths.values());
    let has = |operation: fn(&PathItem) -> bool| items().any(operation);
    let methods = [
        ("GET, HEAD", has(|item| item.get.is_some())),
        ("POST", has(|item| item.post.is_some())),
        ("PUT", has(|item| item.put.is_some())),
        ("PATCH", has(|item| item.patch.is_some())),
        ("DELETE", has(|item| item.delete.is_some())),
    ];
    let present: Vec<_> = methods.into_iter().filter(|(_, is)| *is).map(|(name, _)| name).collect();
    HeaderValue::try_from(present.join(", ")).unwrap_or_else(|_| HeaderValue::from_static("GET"))
}

/// Removes the fields that no response of the public API has.
fn remove_admin_fields(description: &mut Value) {
    let identity = description.pointer_mut("/components/schemas/Identity/properties");
    if let Some(properties) = identity.and_then(Value::as_object_mut) {
        properties.remove("metadata_admin");
    }
}

/// Removes the cookie from the credentials that the public API accepts.
fn remove_cookies(description: &mut Value) {
    if let Some(accepted) = description["security"].as_array_mut() {
        accepted.retain(|scheme| scheme.get(COOKIE_SCHEME).is_none());
    }
}

/// A recorded response, cut to the first item if it is a list. The key of each example is a JSON
/// pointer (RFC 6901) to its place in the description.
#[derive(Deserialize)]
struct Example {
    body: Value,
}

/// Joins the lines of the texts. They come from comments, which are wrapped for the source code.
fn unwrap_lines(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if name == "description" => {
                        let paragraphs = text.split("\n\n").map(|text| text.replace('\n', " "));
                        *text = paragraphs.collect::<Vec<_>>().join("\n\n");
                    }
                    value => unwrap_lines(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(unwrap_lines),
        _ => {}
    }
}

/// Adds the examples, which were recorded from a real Kratos.
fn add_examples(description: &mut Value) {
    let examples: BTreeMap<&str, Example> =
        serde_json::from_str(include_str!("openapi/examples.json")).unwrap_or_default();
    for (place, Example { body }) in examples {
        if let Some(content) = description.pointer_mut(place) {
            content["example"] = body;
        }
    }
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
