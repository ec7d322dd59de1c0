//! The memory of answers, and their age.

use std::time::Duration;

use crate::api::cache::{from_memory, warm_up, whoami};
use crate::support::http_client::{get, json_request, send, send_bytes};
use crate::support::memory::metric;
use crate::support::people::{TestService, person, session};
use crate::support::wait::wait_until;

#[test]
fn memory_stays_within_its_bound_however_many_sessions_are_used() {
    const SESSIONS: i64 = 2_000;
    let test = TestService::start(&[("cache.max_bytes", "1048576")]);
    let sessions: Vec<_> = (0..SESSIONS).map(session).collect();
    test.issue(&person(), &sessions);
    for session in &sessions {
        assert_eq!(whoami(&test.service, session), 200);
    }
    let size = || metric(test.service.admin, "elsewhere_cache_size_bytes");
    wait_until("the memory is measured", || size() > 500_000);
    assert!(size() <= 1_048_576, "{}", size());
    assert!(metric(test.service.admin, "elsewhere_cache_sessions") > 200);
}

/// Tokens of nobody are not kept: guesses do not displace sessions.
#[test]
fn wrong_tokens_take_no_memory() {
    let test = TestService::start(&[("limits.auth_failures_per_minute", "1000000")]);
    for nth in 0..200 {
        let token = format!("ory_st_{nth:032}");
        assert_eq!(get(test.service.public, "/sessions/whoami", &token).status, 401);
    }
    let hot = session(1);
    test.issue(&person(), std::slice::from_ref(&hot));
    warm_up(&test.service, &hot);
    wait_until("the memory is measured", || {
        metric(test.service.admin, "elsewhere_cache_sessions") == 1
    });
}

/// Changes by other programs have no events. Answers are read again after a while.
#[test]
fn no_answer_is_older_than_the_setting() {
    let test = TestService::start(&[("cache.max_staleness", "300ms")]);
    let hot = session(1);
    test.issue(&person(), std::slice::from_ref(&hot));
    warm_up(&test.service, &hot);
    test.database.run("UPDATE sessions SET active = FALSE");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(whoami(&test.service, &hot), 401);
}

/// An answer from memory counts as a use of the session.
#[test]
fn use_of_a_session_in_memory_is_noted() {
    let test = TestService::start(&[]);
    let hot = session(1);
    test.issue(&person(), std::slice::from_ref(&hot));
    warm_up(&test.service, &hot);
    let flush = || test.service.wait(test.service.sessions.flush_activity()).unwrap();
    let hits = || metric(test.service.admin, "elsewhere_cache_hits_total");
    wait_until("an answer from memory", || {
        flush();
        test.database.run("DELETE FROM elsewhere_activity");
        let before = hits();
        assert_eq!(whoami(&test.service, &hot), 200);
        hits() == before + 1
    });
    flush();
    assert_eq!(test.database.texts("SELECT session_id FROM elsewhere_activity").len(), 1);
}

#[test]
fn unrelated_changes_leave_sessions_in_memory() {
    let test = TestService::start(&[]);
    let (hot, stranger) = (session(1), session(1));
    let somebody = person();
    test.issue(&person(), std::slice::from_ref(&hot));
    test.issue(&somebody, std::slice::from_ref(&stranger));
    warm_up(&test.service, &hot);
    test.database.run("DELETE FROM session_devices");
    let delete = format!("DELETE FROM sessions WHERE id = '{}'", hot.session.id);
    test.database.run(&delete);
    let path = format!("/admin/identities/{}", somebody.id);
    let change = json_request("PATCH", &path, &[], r#"{"traits":{"name":"new"}}"#);
    assert_eq!(send_bytes(test.service.admin, &change).status, 204);
    let path = format!("/admin/sessions/{}", stranger.session.id);
    assert_eq!(send(test.service.admin, "DELETE", &path, &[]).status, 204);
    from_memory(&test.service, ("X-Session-Token", hot.token.expose()), "GET");
}
