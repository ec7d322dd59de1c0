//! Refusal of query parameters that an endpoint does not know.
//!
//! A filter that is misspelt must not select everything. The parameters are those of the
//! endpoint's description.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::{OpenApi, RefOr};

use crate::http::response::error::ApiError;

/// The query parameters of each method of each path.
pub(in crate::http) struct KnownParameters(HashMap<String, [Names; 4]>);

type Names = HashSet<String>;

/// The methods, in the order of the table.
const METHODS: [Method; 4] = [Method::GET, Method::POST, Method::PATCH, Method::DELETE];

impl KnownParameters {
    pub(in crate::http) fn of(descriptions: &[OpenApi]) -> Arc<Self> {
        let mut known: HashMap<String, [Names; 4]> = HashMap::new();
        for (path, item) in descriptions.iter().flat_map(|one| &one.paths.paths) {
            let names = known.entry(path.clone()).or_default();
            for (names, operation) in names.iter_mut().zip(operations(item)) {
                names.extend(operation.into_iter().flat_map(query_parameters));
            }
        }
        Arc::new(Self(known))
    }

    /// The first parameter that the endpoint does not know.
    fn unknown(&self, path: &str, method: &Method, query: &str) -> Option<String> {
        // HEAD is answered like GET.
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let nth = METHODS.iter().position(|one| one == method)?;
        let known = &self.0.get(path)?[nth];
        let mut names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
        names.find(|name| !known.contains(name.as_ref())).map(Cow::into_owned)
    }
}

fn operations(item: &PathItem) -> [Option<&Operation>; 4] {
    [&item.get, &item.post, &item.patch, &item.delete].map(Option::as_ref)
}

fn query_parameters(operation: &Operation) -> impl Iterator<Item = String> {
    operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => {
            Some(parameter.name.clone())
        }
        _ => None,
    })
}

/// Answers 400 to a request with an unknown parameter.
pub(in crate::http) async fn check(
    State(known): State<Arc<KnownParameters>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let unknown = path
        .zip(request.uri().query())
        .and_then(|(path, query)| known.unknown(path.as_str(), request.method(), query));
    match unknown {
        // The name is the client's, and may be anything.
        Some(name) => {
            let name: String =
                name.chars().filter(|letter| !letter.is_control()).take(60).collect();
            ApiError::bad_parameter(&name, "is unknown here").into_response()
        }
        None => next.run(request).await,
    }
}
