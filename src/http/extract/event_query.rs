//! The query parameters of the log of events.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};
use uuid::Uuid;

use crate::event::{EventId, EventType};
use crate::http::extract::path_id::hyphenated;
use crate::http::response::error::ApiError;
use crate::repository::{BatchSize, EventFilter};

const LAST_EVENT_ID: &str = "last-event-id";
const DEFAULT_LIMIT: usize = 100;
/// Maximum time that a page waits for events.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// The events that a reader requests.
#[derive(Debug)]
pub(in crate::http) struct EventQuery {
    pub after: Option<EventId>,
    pub filter: EventFilter,
    pub limit: BatchSize,
    pub wait: Duration,
}

/// The parameters, for their description.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "the fields exist for their description")]
struct Parameters {
    /// Return the events after this one: the `next` of a page, or the `id` of an event. By default,
    /// the oldest events are returned.
    after: Option<String>,
    /// The number of events per page: 100 by default, 1000 at most.
    limit: Option<u64>,
    /// The time to wait for events if there are none, such as `30s`, which is the maximum. By
    /// default, an empty page is returned at once.
    wait: Option<String>,
    /// Return events of these types only, separated by commas or repeated.
    r#type: Option<String>,
    /// Return events of this identity and its sessions only.
    identity: Option<Uuid>,
}

impl IntoParams for EventQuery {
    fn into_params(location: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        Parameters::into_params(location)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for EventQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut query = Self::parse(parts.uri.query().unwrap_or_default())?;
        // A stream that is resumed sends both, and the header is newer.
        if let Some(last) = parts.headers.get(LAST_EVENT_ID).filter(|last| !last.is_empty()) {
            query.after = Some(id("Last-Event-ID", last.to_str().unwrap_or_default())?);
        }
        Ok(query)
    }
}

impl EventQuery {
    fn parse(query: &str) -> Result<Self, ApiError> {
        let (mut after, mut limit, mut wait, mut identity) = (None, None, None, None);
        let mut types = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = value.as_ref();
            if value.is_empty() {
                continue;
            }
            match name.as_ref() {
                "after" => once(&mut after, "after", id("after", value)?)?,
                "limit" => once(&mut limit, "limit", parse_limit(value)?)?,
                "wait" => once(&mut wait, "wait", parse_wait(value)?)?,
                "identity" => {
                    let problem = || ApiError::bad_parameter("identity", "must be a UUID");
                    once(&mut identity, "identity", hyphenated(value).ok_or_else(problem)?)?;
                }
                "type" => {
                    for name in value.split(',') {
                        let event_type: EventType = name.parse().map_err(|_| {
                            ApiError::bad_parameter("type", "must be a type of events")
                        })?;
                        if !types.contains(&event_type) {
                            types.push(event_type);
                        }
                    }
                }
                _ => {}
            }
        }
        let limit = limit.unwrap_or_else(|| BatchSize::at_most(DEFAULT_LIMIT));
        let wait = wait.unwrap_or_default();
        Ok(Self { after, filter: EventFilter { types, identity }, limit, wait })
    }
}

/// Two values are ambiguous.
fn once<T>(slot: &mut Option<T>, name: &str, value: T) -> Result<(), ApiError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(ApiError::bad_parameter(name, "occurs more than once")),
    }
}

fn id(name: &str, value: &str) -> Result<EventId, ApiError> {
    value.parse().map_err(|_| ApiError::bad_parameter(name, "must be the id of an event"))
}

fn parse_limit(value: &str) -> Result<BatchSize, ApiError> {
    let limit = value.parse().ok().filter(|limit| (1..=BatchSize::MAX.get()).contains(limit));
    let problem = || ApiError::bad_parameter("limit", "must be a number from 1 to 1000");
    limit.map(BatchSize::at_most).ok_or_else(problem)
}

fn parse_wait(value: &str) -> Result<Duration, ApiError> {
    let wait = humantime::parse_duration(value).ok().filter(|wait| *wait <= MAX_WAIT);
    wait.ok_or_else(|| ApiError::bad_parameter("wait", "must be a time of at most 30s"))
}
