//! The actions of login systems and operators.

use serde_json::{Value, json};
use time::Duration;

use crate::api::device_binding::browser::{Browser, name_and_value};
use crate::api::model::world::{Known, LIFESPAN, LIMIT, World};
use crate::support::http_client::{Answer, send, send_json};
use crate::support::sign_in::{SignIn, SignedIn};

impl World {
    pub fn issue(&mut self, person: usize, hours: i64) {
        let now = self.now();
        let sign_in = SignIn::new(self.people[person].id).expires_in(format!("{hours}h"));
        let answer = sign_in.send(self.service.admin);
        if self.people[person].is_active == Some(false) {
            assert_eq!(answer.status, 409);
            return;
        }
        assert_eq!(answer.status, 201, "{}", answer.body);
        self.people[person].is_active = Some(true);
        let beyond: Vec<_> = self.live_of(person).into_iter().skip(LIMIT - 1).collect();
        self.end(&beyond);
        let browser = Browser::receive(&answer.json());
        let SignedIn { session, token } = SignedIn::read(&answer.json());
        self.known.push(Known {
            id: session,
            token,
            former_tokens: Vec::new(),
            browser,
            bound_at: None,
            proven_until: None,
            person,
            created: now,
            expires: now + Duration::hours(hours),
            level: "aal1",
            name: Value::Null,
            metadata: Value::Null,
            ended: None,
            deleted: false,
        });
    }

    /// Changes a session, which has to be live, and returns the answer if it is.
    fn update(&self, nth: usize, body: &Value) -> Option<Value> {
        let answer = self.to_session(nth, "PATCH", "", &body.to_string());
        self.is_live(nth).then(|| answer.json())
    }

    /// Sends a request about a session that fails unless it is live.
    fn to_session(&self, nth: usize, method: &str, rest: &str, body: &str) -> Answer {
        let path = format!("/admin/sessions/{}{rest}", self.known[nth].id);
        let answer = send_json(self.service.admin, method, &path, &[], body);
        let wanted = match (self.known[nth].deleted, self.is_live(nth)) {
            (true, _) => 404,
            (false, true) => 200,
            (false, false) => 409,
        };
        assert_eq!(answer.status, wanted, "{}", answer.body);
        answer
    }

    pub fn step_up(&mut self, nth: usize) {
        let totp = json!({"authentication_methods": [{"method": "totp", "aal": "aal2"}]});
        if let Some(answer) = self.update(nth, &totp) {
            assert_eq!(answer["session"]["authenticator_assurance_level"], "aal2");
            self.known[nth].level = "aal2";
        }
    }

    pub fn rotate_token(&mut self, nth: usize) {
        if let Some(answer) = self.update(nth, &json!({"rotate_token": true})) {
            let token = answer["session_token"].as_str().unwrap().to_owned();
            let former = std::mem::replace(&mut self.known[nth].token, token);
            self.known[nth].former_tokens.push(former);
            let cookie = name_and_value(&answer["session_cookie"]);
            self.known[nth].browser.session_cookie = cookie;
        }
    }

    pub fn note(&mut self, nth: usize) {
        let metadata = json!({"noted": self.now().unix_timestamp()});
        if self.update(nth, &json!({"metadata": metadata})).is_some() {
            self.known[nth].metadata = metadata;
        }
    }

    pub fn extend(&mut self, nth: usize) {
        self.to_session(nth, "PATCH", "/extend", "");
        if self.is_live(nth) {
            let expires = self.known[nth].expires.max(self.now() + LIFESPAN);
            self.known[nth].expires = expires;
        }
    }

    /// This also ends an expired session that is not yet marked.
    pub fn disable(&mut self, nth: usize) {
        let path = format!("/admin/sessions/{}", self.known[nth].id);
        let answer = send(self.service.admin, "DELETE", &path, &[]);
        assert_eq!(answer.status, if self.known[nth].deleted { 404 } else { 204 });
        self.end(&[nth]);
    }

    pub fn disable_all_but(&mut self, person: usize, kept: usize) {
        let body = json!({
            "action": "disable",
            "identities": [self.people[person].id],
            "except": [self.known[kept].id],
        });
        let answer =
            send_json(self.service.admin, "POST", "/admin/sessions", &[], &body.to_string());
        let ended: Vec<_> = self.live_of(person).into_iter().filter(|nth| *nth != kept).collect();
        assert_eq!(answer.json(), json!({"processed": ended.len(), "more": false}));
        self.end(&ended);
    }

    pub fn set_state(&mut self, person: usize, active: bool) {
        let path = format!("/admin/identities/{}", self.people[person].id);
        let body = json!({"state": if active { "active" } else { "inactive" }}).to_string();
        let answer = send_json(self.service.admin, "PATCH", &path, &[], &body);
        let exists = self.people[person].is_active.is_some();
        assert_eq!(answer.status, if exists { 204 } else { 404 });
        if exists {
            self.people[person].is_active = Some(active);
        }
        if !active {
            self.end(&self.live_of(person));
        }
    }

    pub fn delete_person(&mut self, person: usize) {
        let path = format!("/admin/identities/{}", self.people[person].id);
        let answer = send(self.service.admin, "DELETE", &path, &[]);
        let exists = self.people[person].is_active.take().is_some();
        assert_eq!(answer.status, if exists { 204 } else { 404 });
        for known in self.known.iter_mut().filter(|known| known.person == person) {
            known.deleted = true;
        }
    }
}
