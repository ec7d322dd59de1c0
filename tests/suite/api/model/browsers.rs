//! The actions of browsers, whose sessions may be bound to their device.

use time::Duration;

use crate::api::device_binding::browser::challenge_of_offer;
use crate::api::model::world::World;
use crate::support::http_client::{Answer, send};

/// `session.binding_lifetime`.
pub const LIFETIME: Duration = Duration::minutes(90);

impl World {
    /// The answer to whoever sends these cookies.
    fn whoami_with(&self, cookies: &str) -> Answer {
        let headers: [(&str, &[u8]); 1] = [("Cookie", cookies.as_bytes())];
        send(self.service.public, "GET", "/sessions/whoami", &headers)
    }

    /// A live session that is not bound is offered a binding, and the browser takes it.
    pub fn bind(&mut self, nth: usize) {
        let offered = self.whoami_with(&self.known[nth].browser.session_cookie);
        let is_offered = self.is_live(nth) && self.known[nth].proven_until.is_none();
        assert_eq!(offered.has("secure-session-registration"), is_offered, "{offered:?}");
        if !is_offered {
            return;
        }
        let (to, now) = (self.service.public, self.now());
        let known = &mut self.known[nth];
        let challenge = challenge_of_offer(&offered.header("secure-session-registration"));
        let proof = known.browser.registration(&challenge);
        assert_eq!(known.browser.send_registration(to, &proof).status, 200);
        known.bound_at = Some(now);
        known.proven_until = Some(now + LIFETIME);
        self.compare_cookies(nth);
    }

    /// The browser of a bound session proves that it has the key, and is told to forget another one.
    pub fn prove(&mut self, nth: usize) {
        let (to, now) = (self.service.public, self.now());
        let is_bound = self.is_live(nth) && self.known[nth].proven_until.is_some();
        let known = &mut self.known[nth];
        if is_bound {
            assert_eq!(known.browser.refresh(to).status, 200);
            known.proven_until = Some(now + LIFETIME);
        } else {
            let asked = known.browser.ask(to);
            assert_eq!((asked.status, &asked.json()["continue"]), (200, &false.into()));
        }
        self.compare_cookies(nth);
    }

    /// The cookie of a bound session needs a proof that has not run out, except at the moment at which
    /// it was bound.
    pub fn compare_cookies(&self, nth: usize) {
        let (known, is_live) = (&self.known[nth], self.is_live(nth));
        let status = |is_admitted: bool| if is_live && is_admitted { 200 } else { 401 };
        let alone = self.whoami_with(&known.browser.session_cookie).status;
        assert_eq!(alone, status(known.bound_at.is_none_or(|at| at == self.now())));
        let is_proven = known.proven_until.is_none_or(|until| until > self.now());
        assert_eq!(self.whoami_with(&known.browser.cookies()).status, status(is_proven));
    }
}
