//! `GET /admin/events`: the log of events, in pages or as a stream.

mod stream;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::{IntoResponse as _, Response};

use crate::event::WireEventPage;
use crate::http::extract::event_query::EventQuery;
use crate::http::extract::operator::Operator;
use crate::http::extract::stream::EventStream;
use crate::http::response::documented::{Conflict, Gone, Problems};
use crate::http::response::error::ApiError;
use crate::http::response::json::JsonResponse;
use crate::service::SessionService;

/// Read the events after a position
///
/// In pages, or as an endless stream (`Accept: text/event-stream`), which a client resumes with
/// `Last-Event-ID`.
#[utoipa::path(get, path = "/admin/events", operation_id = "listEvents", tag = "admin",
 params(EventQuery),
 responses(
    (status = OK, content((WireEventPage = "application/json"), (String = "text/event-stream"))),
    Problems, Conflict, Gone))]
pub(super) async fn read(
    State(service): State<Arc<SessionService>>,
    _: Operator,
    query: EventQuery,
    headers: HeaderMap,
    stream: EventStream,
) -> Result<Response, ApiError> {
    let EventQuery { after, filter, limit, wait } = query;
    if accepts_stream(&headers) {
        // The first page shows whether the position is valid.
        let first = service.events(after, &filter, limit, Duration::ZERO).await?;
        return Ok(stream::answer(service, filter, first, stream));
    }
    let page = service.events(after, &filter, limit, wait);
    let page = stream.until_shutdown(page).await.ok_or_else(ApiError::stopping)??;
    Ok(JsonResponse(WireEventPage::new(&page.events, page.next)).into_response())
}

fn accepts_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("text/event-stream")
    })
}
