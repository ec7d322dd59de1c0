//! The demo's own pages: an index, and links that sign a visitor in without a password.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, SET_COOKIE, USER_AGENT,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use elsewhere::authentication::CookieCodec;
use elsewhere::clock::Clock;
use elsewhere::event::Actor;
use elsewhere::http::AppState;
use elsewhere::identity::IdentityPatch;
use elsewhere::service::{SessionService, SignIn};
use elsewhere::session::{AssuranceLevel, Device};
use uuid::Uuid;

use crate::cli::demo::fixtures;
use crate::cli::demo::fixtures::Person;

/// The page needs its style sheet, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// A person whom a visitor can be.
struct Visitor {
    id: Uuid,
    key: String,
    name: &'static str,
    sessions: usize,
}

#[derive(Template)]
#[template(path = "demo.html")]
struct Index<'a> {
    people: &'a [Visitor],
}

pub(super) fn routes(people: &[Person]) -> Router<AppState> {
    let people = people.iter().map(|person| Visitor {
        id: person.id,
        key: person.name.to_lowercase(),
        name: person.name,
        sessions: person.sessions.len(),
    });
    Router::new()
        .route("/", get(index))
        .route("/demo/sign-in", get(sign_in))
        .layer(Extension(people.collect::<Arc<[Visitor]>>()))
}

async fn index(Extension(people): Extension<Arc<[Visitor]>>) -> Response {
    match (Index { people: &people }).render() {
        Ok(html) => {
            let kind = (CONTENT_TYPE, "text/html; charset=utf-8");
            let headers = [kind, (CONTENT_SECURITY_POLICY, POLICY), (CACHE_CONTROL, "no-store")];
            (headers, html).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the demo's index cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Issues a session for this browser, as a login system would after a password.
async fn sign_in(
    Extension(people): Extension<Arc<[Visitor]>>,
    State(service): State<Arc<SessionService>>,
    State(cookies): State<Arc<CookieCodec>>,
    State(clock): State<Clock>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = query.unwrap_or_default();
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    let who = parameters.find_map(|(name, value)| (name == "as").then_some(value));
    let Some(person) = people.iter().find(|person| who.as_deref() == Some(&person.key)) else {
        return to("/", None);
    };
    let now = clock.now();
    let user_agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    let device = Device {
        id: Uuid::new_v4(),
        created_at: now,
        ip_address: None,
        user_agent: user_agent.map(|text| text.chars().take(512).collect()),
        location: None,
        place: None,
    };
    let sign_in = SignIn {
        methods: fixtures::password(now),
        level: AssuranceLevel::Aal1,
        device: Some(device),
        metadata: None,
        expires_in: None,
    };
    let unchanged = IdentityPatch::default();
    match service.issue(Actor::CommandLine, person.id, &unchanged, sign_in, now).await {
        Ok(issued) => {
            let ends_at = issued.session.session.ends_at();
            to("/ui/sessions", cookies.set(&issued.token, ends_at, now))
        }
        Err(error) => {
            tracing::warn!(%error, "nobody was signed in");
            (StatusCode::SERVICE_UNAVAILABLE, "Nobody was signed in. Please try again.\n")
                .into_response()
        }
    }
}

fn to(place: &'static str, cookie: Option<String>) -> Response {
    let headers = [(LOCATION, place), (CACHE_CONTROL, "no-store")];
    let mut response = (StatusCode::SEE_OTHER, headers).into_response();
    if let Some(Ok(cookie)) = cookie.map(TryInto::try_into) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}
