//! Proofs that are none: each has a clear 4xx, and nothing is stored.

use std::io::{Read as _, Write as _};

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use time::Duration;
use uuid::Uuid;

use crate::api::device_binding::Replicas;
use crate::api::device_binding::browser::{Browser, challenge, challenge_of_offer, jwk, unsigned};
use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{Answer, connect, send};

on_every_database! {
    hostile_registrations_bind_nothing,
    wrong_proofs_renew_nothing,
    challenge_counts_once_in_time_and_for_one_session,
    bound_session_keeps_its_key,
}

/// The text of the stored keys.
fn stored(replicas: &Replicas) -> Vec<String> {
    replicas.database.texts("SELECT bound_key FROM sessions WHERE bound_key IS NOT NULL")
}

fn hostile_registrations_bind_nothing(kind: Kind) {
    let replicas = Replicas::start(kind, "offer");
    let mut browser = replicas.sign_in(Uuid::new_v4());
    for (name, proof, status) in hostile(&browser) {
        let to = replicas.one.public;
        let fresh = replicas.whoami(&browser.session_cookie);
        let answer = challenge_of_offer(&fresh.header("secure-session-registration"));
        let refused = browser.send_registration(to, &proof(&browser, &answer));
        assert_eq!(refused.status, status, "{name}: {refused:?}");
        assert!(!refused.reason().is_empty(), "{name}: {refused:?}");
        assert!(!refused.has("set-cookie"), "{name}");
    }
    assert_eq!(stored(&replicas), [""; 0]);
    assert_eq!(replicas.whoami(&browser.session_cookie).status, 200);

    // Tokens are not bound, and nobody registers without a session.
    let to = replicas.one.public;
    let token = ("X-Session-Token", browser.token.as_bytes());
    let proof = browser.registration(&challenge_of_offer(&browser.offer));
    let response = ("Secure-Session-Response", proof.as_bytes());
    let path = "/session-binding/register";
    assert_eq!(send(to, "POST", path, &[token, response]).status, 400);
    assert_eq!(send(to, "POST", path, &[response]).status, 401);
    let cookie = ("Cookie", browser.session_cookie.as_bytes());
    assert_eq!(send(to, "POST", path, &[cookie]).status, 400);
    assert_eq!(stored(&replicas), [""; 0]);
    // After all of this, the browser binds it.
    replicas.bind(&mut browser);
    assert_eq!(stored(&replicas).len(), 1);
}

type Proof = Box<dyn Fn(&Browser, &str) -> String>;

/// Proofs with their names, and the status of the answer.
fn hostile(browser: &Browser) -> Vec<(&'static str, Proof, u16)> {
    let own = browser.jwk();
    let header = |changes: Value| {
        let mut header = json!({"alg": "ES256", "typ": "dbsc+jwt", "jwk": own});
        for (name, value) in changes.as_object().unwrap() {
            header[name] = value.clone();
        }
        header
    };
    let signed = |changes: Value| -> Proof {
        let header = header(changes);
        Box::new(move |browser, challenge| browser.sign(&header, &json!({"jti": challenge})))
    };
    let claims = |claims: fn(&str) -> Value| -> Proof {
        let header = header(json!({}));
        Box::new(move |browser, challenge| browser.sign(&header, &claims(challenge)))
    };
    let with_signature = |changes: Value, signature: fn(&str, &Value) -> String| -> Proof {
        let header = header(changes);
        Box::new(move |_, challenge| {
            let signed = unsigned(&header, &json!({"jti": challenge}));
            format!("{signed}.{}", signature(&signed, &header["jwk"]))
        })
    };
    let another = jwk(&EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());
    let long = BASE64_URL_SAFE_NO_PAD.encode([7; 2000]);
    let short = BASE64_URL_SAFE_NO_PAD.encode([0xc1; 128]);
    let nested = "[".repeat(2000);
    vec![
        ("the key of somebody else", signed(json!({"jwk": another})), 400),
        ("no key", signed(json!({"jwk": null})), 400),
        ("another type", signed(json!({"typ": "JWT"})), 400),
        ("a critical extension", signed(json!({"crit": ["b64"], "b64": false})), 400),
        ("another algorithm of the key", signed(json!({"alg": "RS256"})), 400),
        ("no algorithm", with_signature(json!({"alg": "none"}), |_, _| String::new()), 400),
        ("a MAC with the public key", with_signature(json!({"alg": "HS256"}), mac), 400),
        ("a MAC as a signature", with_signature(json!({}), mac), 400),
        ("a signature of zeros", with_signature(json!({}), |_, _| "A".repeat(86)), 400),
        ("no signature", with_signature(json!({}), |_, _| String::new()), 400),
        (
            "another curve",
            signed(json!({"jwk": {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}})),
            400,
        ),
        (
            "a point that is not on the curve",
            signed(
                json!({"jwk": {"kty": "EC", "crv": "P-256", "x": "A".repeat(43), "y": "A".repeat(43)}}),
            ),
            400,
        ),
        (
            "a short RSA key",
            signed(json!({"alg": "RS256", "jwk": {"kty": "RSA", "n": short, "e": "AQAB"}})),
            400,
        ),
        (
            "a long RSA key",
            signed(json!({"alg": "RS256", "jwk": {"kty": "RSA", "n": long, "e": "AQAB"}})),
            400,
        ),
        ("a symmetric key", signed(json!({"jwk": {"kty": "oct", "k": "AAAA"}})), 400),
        ("a key that is a text", signed(json!({"jwk": "AAAA"})), 400),
        (
            "members that are objects",
            signed(json!({"jwk": {"kty": "EC", "crv": "P-256", "x": {"x": {}}, "y": []}})),
            400,
        ),
        ("no challenge", claims(|_| json!({})), 400),
        ("a challenge that is a number", claims(|_| json!({"jti": 7})), 400),
        ("claims that are a list", claims(|_| json!([])), 400),
        ("an empty challenge", claims(|_| json!({"jti": ""})), 403),
        ("a challenge of its own", claims(|_| json!({"jti": "c29tZXRoaW5n.c29tZXRoaW5n"})), 403),
        ("nothing", Box::new(|_, _| String::new()), 400),
        ("dots", Box::new(|_, _| "..".to_owned()), 400),
        (
            "brackets",
            Box::new(move |_, _| {
                let open = BASE64_URL_SAFE_NO_PAD.encode(&nested);
                format!("{open}.{open}.AA")
            }),
            400,
        ),
        ("five thousand letters", Box::new(|_, _| "a".repeat(5000)), 400),
    ]
}

/// The MAC of a text with the public key as the secret.
fn mac(signed: &str, jwk: &Value) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, jwk.to_string().as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()))
}

fn wrong_proofs_renew_nothing(kind: Kind) {
    let replicas = Replicas::start(kind, "offer");
    let to = replicas.one.public;
    let mut browser = replicas.sign_in(Uuid::new_v4());
    replicas.bind(&mut browser);
    browser.bound_cookie = None;

    let mut thief = Browser::receive(&json!({
        "session": {"id": browser.session},
        "session_cookie": browser.session_cookie,
    }));
    let ask =
        |browser: &mut Browser| challenge(&browser.ask(to).header("secure-session-challenge"));
    let fresh = ask(&mut thief);
    let refused = thief.send_proof(to, &thief.proof(&fresh));
    assert_eq!((refused.status, refused.has("secure-session-challenge")), (403, false));
    // A key in the proof is not the session's.
    let fresh = ask(&mut thief);
    assert_eq!(thief.send_proof(to, &thief.registration(&fresh)).status, 403);
    // Nor is a challenge of another kind one for this.
    let challenge_to_register = challenge_of_offer(&browser.offer);
    let asked = browser.send_proof(to, &browser.proof(&challenge_to_register));
    assert_eq!((asked.status, asked.has("secure-session-challenge")), (403, true));
    for id in ["", "x", "00000000-0000-0000-0000-00000000000g"] {
        let headers: [(&str, &[u8]); 2] = [
            ("Cookie", browser.session_cookie.as_bytes()),
            ("Sec-Secure-Session-Id", id.as_bytes()),
        ];
        assert_eq!(send(to, "POST", "/session-binding/refresh", &headers).status, 400, "{id}");
    }
    assert!(browser.bound_cookie.is_none() && thief.bound_cookie.is_none());
}

fn challenge_counts_once_in_time_and_for_one_session(kind: Kind) {
    let replicas = Replicas::start(kind, "offer");
    let to = replicas.one.public;
    let identity = Uuid::new_v4();
    let (mut browser, mut another) = (replicas.sign_in(identity), replicas.sign_in(identity));

    let of_another = another.registration(&challenge_of_offer(&browser.offer));
    assert_eq!(another.send_registration(to, &of_another).status, 403);
    let proof = browser.registration(&challenge_of_offer(&browser.offer));
    assert_eq!(browser.send_registration(to, &proof).status, 200);
    assert_eq!(browser.send_registration(to, &proof).status, 403, "a second time");

    let fresh = challenge(&browser.ask(to).header("secure-session-challenge"));
    let proof = browser.proof(&fresh);
    assert_eq!(browser.send_proof(to, &proof).status, 200);
    let again = browser.send_proof(to, &proof);
    assert_eq!((again.status, again.has("secure-session-challenge")), (403, true));

    let fresh = challenge(&browser.ask(to).header("secure-session-challenge"));
    replicas.pass(Duration::minutes(5));
    let late = browser.send_proof(to, &browser.proof(&fresh));
    assert_eq!((late.status, late.has("secure-session-challenge")), (403, true));
    let late = another.registration(&challenge_of_offer(&another.offer));
    assert_eq!(another.send_registration(to, &late).status, 403);
}

fn bound_session_keeps_its_key(kind: Kind) {
    let replicas = Replicas::start(kind, "offer");
    let to = replicas.one.public;
    let mut browser = replicas.sign_in(Uuid::new_v4());
    let offer = || -> Answer { replicas.whoami(&browser.session_cookie) };
    let (early, earlier) = (offer(), offer());
    let of = |answer: &Answer| challenge_of_offer(&answer.header("secure-session-registration"));
    let mut thief = Browser::receive(&json!({
        "session": {"id": browser.session},
        "session_cookie": browser.session_cookie,
    }));
    replicas.bind(&mut browser);
    let key = stored(&replicas);

    let refused = thief.send_registration(to, &thief.registration(&of(&early)));
    assert_eq!(refused.status, 409, "{refused:?}");
    assert_eq!(stored(&replicas), key);
    // The answer to the first registration may have been lost.
    let again = browser.send_registration(to, &browser.registration(&of(&earlier)));
    assert_eq!(again.status, 200, "{again:?}");
    assert_eq!(stored(&replicas), key);
    assert_eq!(replicas.whoami(&browser.cookies()).status, 200);
}

#[test]
fn ten_thousand_registrations_store_nothing() {
    const AT_ONCE: usize = 100;
    let replicas = Replicas::start(Kind::Sqlite, "offer");
    let mut browser = replicas.sign_in(Uuid::new_v4());
    let proof = browser.registration(&challenge_of_offer(&browser.offer));
    replicas.bind(&mut browser);
    let key = stored(&replicas);
    let request = format!(
        "POST /session-binding/register HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\
         Cookie: {}\r\nSecure-Session-Response: {proof}\r\n\r\n",
        browser.cookies()
    );
    let mut stream = connect(replicas.one.public);
    let (mut answers, mut part) = (String::new(), [0; 16_384]);
    for nth in 1..=10_000 / AT_ONCE {
        stream.write_all(request.repeat(AT_ONCE).as_bytes()).unwrap();
        while answers.matches("HTTP/1.1 403 Forbidden").count() < AT_ONCE {
            let length = stream.read(&mut part).unwrap();
            assert_ne!(length, 0, "closed after {nth} times {AT_ONCE}");
            answers.push_str(std::str::from_utf8(&part[..length]).unwrap());
        }
        assert_eq!(answers.matches("HTTP/1.1 ").count(), AT_ONCE);
        answers.clear(); // the rest of the last body comes with the next answers
    }
    assert_eq!(stored(&replicas), key);
}
