//! Sign-ins: sessions issued through the admin API, as a login system issues them.

use std::net::SocketAddr;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::http_client::{Answer, json_request, send_bytes};

/// A request that issues a session, with a password as the authentication method.
pub struct SignIn<'a> {
    identity: Uuid,
    headers: Vec<(&'a str, &'a [u8])>,
    body: Value,
}

/// An issued session.
pub struct SignedIn {
    /// The ID of the session.
    pub session: String,
    pub token: String,
}

impl<'a> SignIn<'a> {
    pub fn new(identity: Uuid) -> Self {
        let body = json!({"authentication_methods": [{"method": "password", "aal": "aal1"}]});
        Self { identity, headers: Vec::new(), body }
    }

    /// Sets fields of the identity, such as `traits`.
    pub fn identity(self, fields: Value) -> Self {
        self.with("identity", fields)
    }

    /// Sets the device of the session.
    pub fn device(self, device: Value) -> Self {
        self.with("device", device)
    }

    /// Sets the lifespan of the session, such as `10h`.
    pub fn expires_in(self, lifespan: String) -> Self {
        self.with("expires_in", lifespan.into())
    }

    pub fn header(mut self, name: &'a str, value: &'a str) -> Self {
        self.headers.push((name, value.as_bytes()));
        self
    }

    fn with(mut self, field: &str, value: Value) -> Self {
        self.body[field] = value;
        self
    }

    /// The bytes of the HTTP request.
    pub fn request(&self) -> Vec<u8> {
        let path = format!("/admin/identities/{}/sessions", self.identity);
        json_request("POST", &path, &self.headers, &self.body.to_string())
    }

    /// Sends the request to an admin API and returns the response, whatever its status.
    pub fn send(&self, admin: SocketAddr) -> Answer {
        send_bytes(admin, &self.request())
    }

    /// Signs in at an admin API. Panics if no session is issued.
    pub fn at(&self, admin: SocketAddr) -> SignedIn {
        let answer = self.send(admin);
        assert_eq!(answer.status, 201, "{answer:?}");
        SignedIn::read(&answer.json())
    }
}

impl SignedIn {
    /// Reads the body of a response.
    pub fn read(issued: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self { session: text(&issued["session"]["id"]), token: text(&issued["session_token"]) }
    }
}
