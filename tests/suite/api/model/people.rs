//! The actions of people, with their own sessions.

use serde_json::{Value, json};

use crate::api::model::world::World;
use crate::support::http_client::{get, send, send_json};

impl World {
    pub fn list(&self, nth: usize) {
        let answer = get(self.service.public, "/sessions", &self.known[nth].token);
        if self.is_live(nth) {
            let others = self.others(nth).into_iter().map(|other| self.known[other].id.clone());
            assert_eq!(answer.ids(), others.collect::<Vec<_>>());
        } else {
            assert_eq!(answer.status, 401);
        }
    }

    pub fn whoami(&self, nth: usize) {
        let known = &self.known[nth];
        let answer = get(self.service.public, "/sessions/whoami", &known.token);
        if self.is_live(nth) {
            assert_eq!(answer.status, 200, "{}", answer.body);
            let seen = answer.json();
            assert_eq!(seen["authenticator_assurance_level"], known.level);
            assert_eq!((&seen["name"], &seen["metadata"]), (&known.name, &known.metadata));
        } else {
            assert_eq!(answer.status, 401);
        }
        self.compare_cookies(nth);
        for former in &known.former_tokens {
            assert_eq!(get(self.service.public, "/sessions/whoami", former).status, 401);
        }
    }

    /// A session of somebody else, and one that has ended, keep their names.
    pub fn name(&mut self, nth: usize, other: usize) {
        let name = json!(format!("{}'s", self.known[nth].id));
        let path = format!("/sessions/{}", self.known[other].id);
        let headers = [("X-Session-Token", self.known[nth].token.as_bytes())];
        let body = json!({"name": name}).to_string();
        let answer = send_json(self.service.public, "PATCH", &path, &headers, &body);
        assert_eq!(answer.status, if self.is_live(nth) { 204 } else { 401 });
        let same = self.known[nth].person == self.known[other].person;
        if self.is_live(nth) && same && self.is_live(other) {
            self.known[other].name = name;
        }
    }

    /// Also of a session that has ended already.
    pub fn sign_out(&mut self, nth: usize) {
        let body = json!({"session_token": self.known[nth].token}).to_string();
        let path = "/self-service/logout/api";
        let answer = send_json(self.service.public, "DELETE", path, &[], &body);
        assert_eq!(answer.status, if self.known[nth].deleted { 403 } else { 204 });
        if self.is_live(nth) {
            self.end(&[nth]);
        }
    }

    pub fn revoke(&mut self, nth: usize, other: usize) {
        let path = format!("/sessions/{}", self.known[other].id);
        let token = self.known[nth].token.as_bytes();
        let answer = send(self.service.public, "DELETE", &path, &[("X-Session-Token", token)]);
        let wanted = match self.is_live(nth) {
            false => 401,
            true if nth == other => 400,
            true => 204,
        };
        assert_eq!(answer.status, wanted);
        let same = self.known[nth].person == self.known[other].person;
        if wanted == 204 && same && self.is_live(other) {
            self.end(&[other]);
        }
    }

    pub fn revoke_others(&mut self, nth: usize) {
        let others = self.others(nth);
        let token = self.known[nth].token.as_bytes();
        let answer =
            send(self.service.public, "DELETE", "/sessions", &[("X-Session-Token", token)]);
        if self.is_live(nth) {
            assert_eq!(answer.json(), json!({"count": others.len()}));
            self.end(&others);
        } else {
            assert_eq!(answer.status, 401);
            assert_ne!(answer.json()["error"], Value::Null);
        }
    }
}
