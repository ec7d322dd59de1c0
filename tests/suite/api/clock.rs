//! Clock jumps: back and forth, from one second to 40 years.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use elsewhere::clock::Clock;
use time::Duration;
use uuid::Uuid;

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::{get, send};
use crate::support::people::NOW;
use crate::support::service::{Service, config};
use crate::support::sign_in::{SignIn, SignedIn};

on_every_database! { clock_jump_causes_no_error }

const YEAR: i64 = 365 * 24 * 3600;

fn clock_jump_causes_no_error(kind: Kind) {
    let database = Database::empty(kind);
    let jump = Arc::new(AtomicI64::new(0));
    let current_jump = Arc::clone(&jump);
    let clock = Clock::new(move || NOW + Duration::seconds(current_jump.load(Ordering::Relaxed)));
    let service = Service::start(&config([("database.url", database.url.as_str())]), clock);
    let sign_in = SignIn::new(Uuid::new_v4());
    let token = sign_in.at(service.admin).token;
    let SignedIn { session: other, token: other_token } = sign_in.at(service.admin);
    for seconds in [1, -1, 3600, -3600, YEAR, -YEAR, 40 * YEAR, -40 * YEAR] {
        jump.store(seconds, Ordering::Relaxed);
        for path in ["/sessions", "/sessions/whoami", "/sessions?page_size=1"] {
            let status = get(service.public, path, &token).status;
            assert!(status == 200 || status == 401, "{seconds}: {status}");
        }
        let answer = sign_in.send(service.admin);
        assert!(answer.status < 500, "{seconds}: {answer:?}");
        let extend = format!("/admin/sessions/{other}/extend");
        let answer = send(service.admin, "PATCH", &extend, &[]);
        assert!(answer.status < 500, "{seconds}: {answer:?}");
        assert_eq!(get(service.admin, "/admin/sessions", "").status, 200);
        // The jump caused no write: the sessions are still live.
        jump.store(0, Ordering::Relaxed);
        assert_eq!(get(service.public, "/sessions/whoami", &token).status, 200, "{seconds}");
        let list = get(service.public, "/sessions?page_size=1000", &token);
        assert!(list.ids().contains(&other), "{seconds}");
    }
    // A revocation stays in effect, whatever the clock shows.
    let one = format!("/sessions/{other}");
    jump.store(-3600, Ordering::Relaxed);
    let headers: &[(&str, &[u8])] = &[("X-Session-Token", token.as_bytes())];
    assert_eq!(send(service.public, "DELETE", &one, headers).status, 204);
    for seconds in [-3600, 0, 3600] {
        jump.store(seconds, Ordering::Relaxed);
        assert_eq!(get(service.public, "/sessions/whoami", &other_token).status, 401);
    }
}
