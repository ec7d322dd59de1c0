//! Descriptions of the errors that several endpoints have in common, for OpenAPI.

use std::collections::BTreeMap;

use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema as _};

use crate::http::response::error::envelope::Envelope;

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
pub(in crate::http) struct Problems;

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

pub(in crate::http) struct Missing;

impl IntoResponses for Missing {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems([(404, "There is no resource with this id.")])
    }
}

pub(in crate::http) struct Conflict;

impl IntoResponses for Conflict {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems([(
            409,
            "The current state does not allow the request, or the request is not available beside \
             a Kratos.",
        )])
    }
}

pub(in crate::http) struct Gone;

impl IntoResponses for Gone {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems([(
            410,
            "Events after this position were deleted. `details.oldest` is the position after which \
             there are events.",
        )])
    }
}

pub(in crate::http) struct Unready;

impl IntoResponses for Unready {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems([(503, "The database does not respond, or this replica is stopping.")])
    }
}
