//! Requests without a pause, which check every answer: ana asks who she is, lists her sessions, and
//! revokes one from time to time.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::database::kratos_migrations::fixture::{BesideKratos, is_served};
use crate::support::http_client::{get, send};
use crate::support::kratos::older_versions::{session_id, session_token};
use crate::support::wait::{SetOnDrop, wait_until};

/// The number of ana's sessions when the traffic begins.
pub const SESSIONS: u32 = 30;
/// Sessions that are never revoked.
const KEPT: u32 = 3;
const LISTS_PER_REVOCATION: u32 = 5;

/// The number of requests that were served.
#[derive(Default)]
pub struct Served {
    whoami: AtomicU32,
    lists: AtomicU32,
    pub revocations: AtomicU32,
}

impl Served {
    /// Waits until further requests of each kind were served.
    pub fn wait_for_more(&self) {
        for count in [&self.whoami, &self.lists] {
            let before = count.load(Ordering::Relaxed);
            wait_until("requests are served", || count.load(Ordering::Relaxed) > before + 1);
        }
    }
}

/// Runs `work` while requests go on.
pub fn during(service: &BesideKratos, work: impl FnOnce(&Served)) -> Served {
    let (stop, served) = (AtomicBool::new(false), Served::default());
    std::thread::scope(|scope| {
        let (public, stop, served) = (service.public, &stop, &served);
        let _stopped = SetOnDrop(stop);
        for _ in 0..2 {
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    ask_who_she_is(public, served);
                }
            });
        }
        scope.spawn(move || {
            let mut lister = Lister::default();
            while !stop.load(Ordering::Relaxed) {
                lister.list(public, served);
            }
        });
        work(served);
    });
    served
}

fn ask_who_she_is(public: SocketAddr, served: &Served) {
    let answer = get(public, "/sessions/whoami", &session_token(1));
    if is_served(&answer, 200) {
        let session = answer.json();
        assert_eq!(session["id"], session_id(1), "{answer:?}");
        assert_eq!(session["identity"]["traits"]["email"], "ana@example.org", "{answer:?}");
        assert_eq!(session["devices"][0]["ip_address"], "203.0.113.5", "{answer:?}");
        served.whoami.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Default)]
struct Lister {
    lists: u32,
    revoked: BTreeSet<String>,
    /// The session of a revocation whose outcome is unknown.
    uncertain: Option<String>,
}

impl Lister {
    fn list(&mut self, public: SocketAddr, served: &Served) {
        let answer = get(public, "/sessions", &session_token(1));
        if is_served(&answer, 200) {
            let mut listed: BTreeSet<_> = answer.ids().into_iter().collect();
            let mut expected: BTreeSet<_> = (2..=SESSIONS).map(session_id).collect();
            expected.retain(|id| !self.revoked.contains(id));
            if let Some(id) = &self.uncertain {
                listed.remove(id);
                expected.remove(id);
            }
            assert_eq!(listed, expected);
            served.lists.fetch_add(1, Ordering::Relaxed);
        }
        self.lists += 1;
        if self.lists.is_multiple_of(LISTS_PER_REVOCATION) {
            self.revoke(public, served);
        }
    }

    fn revoke(&mut self, public: SocketAddr, served: &Served) {
        let ids = (KEPT + 1..=SESSIONS).map(session_id);
        let Some(id) = ids.into_iter().find(|id| !self.revoked.contains(id)) else {
            return;
        };
        let token = session_token(1);
        let token = [("X-Session-Token", token.as_bytes())];
        let answer = send(public, "DELETE", &format!("/sessions/{id}"), &token);
        if is_served(&answer, 204) {
            self.revoked.insert(id);
            self.uncertain = None;
            served.revocations.fetch_add(1, Ordering::Relaxed);
        } else {
            self.uncertain = Some(id);
        }
    }
}
