//! The log of events, as the admin API returns it.

use serde_json::Value;
use uuid::Uuid;

use crate::support::http_client::send;
use crate::support::service::Service;
use crate::support::sign_in::SignIn;

/// All events of the changes that were answered. Another sign-in follows them in the log, so that
/// they are complete once its own event is there.
pub fn events_so_far(service: &Service) -> Vec<Value> {
    let marker = Uuid::new_v4();
    SignIn::new(marker).at(service.admin);
    let (mut events, mut path) = (Vec::new(), "/admin/events?limit=1000&wait=20s".to_owned());
    loop {
        let page = send(service.admin, "GET", &path, &[]).json();
        let page_events = page["events"].as_array().unwrap();
        assert!(!page_events.is_empty(), "the event of the last sign-in is missing: {events:?}");
        events.extend(page_events.iter().cloned());
        let is_marker = |event: &Value| event["data"]["identity_id"] == marker.to_string();
        if events.iter().any(|event| is_marker(event) && event["type"] == "session.issued") {
            events.retain(|event| !is_marker(event));
            return events;
        }
        let next = page["next"].as_str().unwrap();
        path = format!("/admin/events?limit=1000&wait=20s&after={next}");
    }
}
