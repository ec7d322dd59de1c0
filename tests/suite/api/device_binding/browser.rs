//! A client that signs as a browser does, and a bit of what one should not do.

use std::net::SocketAddr;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::http_client::{Answer, send};

pub struct Browser {
    pub session: String,
    pub token: String,
    /// The value of `Secure-Session-Registration` that came with the cookie.
    pub offer: String,
    /// As a browser sends it: a name and a value.
    pub session_cookie: String,
    pub bound_cookie: Option<String>,
    pub key: EcdsaKeyPair,
}

impl Browser {
    /// A browser that receives what was issued.
    pub fn receive(issued: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            session: text(&issued["session"]["id"]),
            token: text(&issued["session_token"]),
            offer: text(&issued["session_binding"]),
            session_cookie: name_and_value(&issued["session_cookie"]),
            bound_cookie: None,
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
        }
    }

    pub fn cookies(&self) -> String {
        let all = [Some(&self.session_cookie), self.bound_cookie.as_ref()];
        all.into_iter().flatten().cloned().collect::<Vec<_>>().join("; ")
    }

    pub fn jwk(&self) -> Value {
        jwk(&self.key)
    }

    /// The proof of a registration.
    pub fn registration(&self, challenge: &str) -> String {
        let header = json!({"alg": "ES256", "typ": "dbsc+jwt", "jwk": self.jwk()});
        self.sign(&header, &json!({"jti": challenge}))
    }

    /// The proof of a refresh.
    pub fn proof(&self, challenge: &str) -> String {
        self.sign(&json!({"alg": "ES256", "typ": "dbsc+jwt"}), &json!({"jti": challenge}))
    }

    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = unsigned(header, claims);
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    /// Answers the offer that came with the cookie.
    pub fn register(&mut self, to: SocketAddr) -> Answer {
        let proof = self.registration(&challenge_of_offer(&self.offer));
        self.send_registration(to, &proof)
    }

    pub fn send_registration(&mut self, to: SocketAddr, proof: &str) -> Answer {
        self.send(to, "/session-binding/register", &[("Secure-Session-Response", proof)])
    }

    /// Asks for a challenge, and answers it.
    pub fn refresh(&mut self, to: SocketAddr) -> Answer {
        let asked = self.ask(to);
        assert_eq!(asked.status, 403, "{asked:?}");
        let proof = self.proof(&challenge(&asked.header("secure-session-challenge")));
        self.send_proof(to, &proof)
    }

    /// A refresh without a proof.
    pub fn ask(&mut self, to: SocketAddr) -> Answer {
        let session = self.session.clone();
        self.send(to, "/session-binding/refresh", &[("Sec-Secure-Session-Id", &session)])
    }

    pub fn send_proof(&mut self, to: SocketAddr, proof: &str) -> Answer {
        let session = self.session.clone();
        let headers = [("Sec-Secure-Session-Id", &*session), ("Secure-Session-Response", proof)];
        self.send(to, "/session-binding/refresh", &headers)
    }

    fn send(&mut self, to: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Answer {
        let cookies = self.cookies();
        let mut all = vec![("Cookie", cookies.as_bytes()), ("User-Agent", b"A Browser/1")];
        all.extend(headers.iter().map(|(name, value)| (*name, value.as_bytes())));
        let answer = send(to, "POST", path, &all);
        if answer.status == 200 && answer.has("set-cookie") {
            self.bound_cookie = Some(name_and_value(&answer.header("set-cookie").into()));
        }
        answer
    }
}

/// The header and the claims, encoded.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

pub fn jwk(key: &EcdsaKeyPair) -> Value {
    let point = key.public_key().as_ref();
    let [x, y] = [&point[1..33], &point[33..]].map(|number| BASE64_URL_SAFE_NO_PAD.encode(number));
    json!({"kty": "EC", "crv": "P-256", "x": x, "y": y})
}

/// The part of a `Set-Cookie` header that a browser sends back.
pub fn name_and_value(set_cookie: &Value) -> String {
    set_cookie.as_str().unwrap().split(';').next().unwrap().to_owned()
}

/// The challenge in `Secure-Session-Registration`.
pub fn challenge_of_offer(offer: &str) -> String {
    let (_, challenge) = offer.split_once("challenge=\"").unwrap();
    challenge.trim_end_matches('"').to_owned()
}

/// The challenge in `Secure-Session-Challenge`.
pub fn challenge(header: &str) -> String {
    header.split('"').nth(1).unwrap_or_else(|| panic!("{header:?}")).to_owned()
}
