//! Session cookies: cookies written by Kratos and by this service open, and nothing else
//! does.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use elsewhere::authentication::CookieCodec;
use elsewhere::session::SessionToken;
use proptest::prelude::*;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::api::parsers::functions::with_content;
use crate::support::databases::Kind;
use crate::support::kratos;
use crate::support::service::config;

const NOW: OffsetDateTime = datetime!(2026-11-24 09:35 UTC);

fn codec(secrets: &str, persistent: &str) -> CookieCodec {
    let config = config([
        ("session.cookie_secrets", secrets),
        ("database.url", "sqlite://kratos.sqlite"),
        ("database.schema", "kratos"),
        ("session.cookie_persistent", persistent),
        ("session.lifespan", "720h"),
    ]);
    CookieCodec::new(&config)
}

fn opened(codec: &CookieCodec, cookie: &str) -> Option<SessionToken> {
    codec.open(cookie).map(|cookie| cookie.token)
}

fn sealed(codec: &CookieCodec) -> (SessionToken, String) {
    let token = SessionToken::random();
    let cookie = codec.seal(&token, NOW + Duration::days(30), NOW).unwrap();
    (token, cookie)
}

#[test]
fn every_recorded_cookie_opens_to_the_token_of_its_session() {
    let database = kratos::restore(Kind::Sqlite);
    let codec = CookieCodec::new(&kratos::config_for(&database, "aal1"));
    let settings = kratos::settings(Kind::Sqlite);
    let people = settings["credentials"].as_object().unwrap().values();
    let cookies: Vec<_> = people
        .filter_map(|person| person.as_array())
        .flatten()
        .chain(settings["older_secret_cookies"].as_array().unwrap())
        .filter_map(|session| session["cookie"].as_str())
        .collect();
    assert_eq!(cookies.len(), 8);
    for cookie in cookies {
        let token = opened(&codec, cookie).unwrap();
        assert!(token.expose().starts_with("ory_st_"));
        assert_eq!(token.expose().len(), 39);
    }
}

#[test]
fn cookies_are_read_with_every_secret_and_written_with_the_newest() {
    let older = codec("an-older-secret-of-16", "true");
    let both = codec("a-newer-secret-of-16,an-older-secret-of-16", "true");
    let newer = codec("a-newer-secret-of-16", "true");
    let (token, cookie) = sealed(&older);
    assert_eq!(opened(&both, &cookie), Some(token));
    assert_eq!(opened(&newer, &cookie), None);
    let (token, cookie) = sealed(&both);
    assert_eq!(opened(&newer, &cookie), Some(token));
    assert_eq!(opened(&older, &cookie), None);
}

#[test]
fn without_secrets_no_cookie_is_read_or_written() {
    let none = codec("", "true");
    let (_, cookie) = sealed(&codec("a-secret-of-16-characters", "true"));
    assert_eq!(opened(&none, &cookie), None);
    assert_eq!(none.seal(&SessionToken::random(), NOW, NOW), None);
}

#[test]
fn cookie_does_not_open_under_another_name() {
    let settings = |name| {
        config([
            ("session.cookie_secrets", "a-secret-of-16-characters"),
            ("session.cookie_name", name),
        ])
    };
    let (_, cookie) = sealed(&CookieCodec::new(&settings("one")));
    assert_eq!(opened(&CookieCodec::new(&settings("two")), &cookie), None);
}

#[test]
fn debug_output_contains_neither_secrets_nor_tokens() {
    let codec = codec("a-secret-of-16-characters", "true");
    let token = SessionToken::random();
    let config = config([("session.cookie_secrets", "a-secret-of-16-characters")]);
    let printed = format!("{codec:?} {token:?} {config:?}");
    assert!(!printed.contains("a-secret-of-16") && !printed.contains(token.expose()), "{printed}");
}

/// The content of a recorded cookie, as Go's encoding/gob wrote it.
fn recorded_content() -> Vec<u8> {
    let hex = "0d7f040102ff8000011001100000ffafff80000306737472696e670c0f000d73657373696f6e5f746f6b656e\
               06737472696e670c2900276f72795f73745f30754b375a4137447a584a674d507432366537337557364e76516f51\
               626c617206737472696e670c0c000a657870697265735f617406737472696e670c20001e323132362d31302d3330\
               5430393a33353a30352e3635343131353138365a06737472696e670c0700056e6f6e636506737472696e670c0a00\
               087747454b756b666e";
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn truncated_or_lengthened_content_is_refused() {
    let codec = codec("a-secret-of-16-characters", "true");
    let content = recorded_content();
    let token = opened(&codec, &with_content(&content)).unwrap();
    assert_eq!(token.expose(), "ory_st_0uK7ZA7DzXJgMPt26e73uW6NvQoQblar");
    for length in 0..content.len() {
        assert_eq!(opened(&codec, &with_content(&content[..length])), None, "cut at {length}");
    }
    let longer: Vec<_> = content.iter().copied().chain([0]).collect();
    assert_eq!(opened(&codec, &with_content(&longer)), None);
}

#[test]
fn lengths_and_counts_in_the_content_are_not_trusted() {
    let codec = codec("a-secret-of-16-characters", "true");
    let largest = [0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let content = recorded_content();
    for at in 0..content.len() {
        let hostile = [&content[..at], &largest, &content[at + 1..]].concat();
        // Any result is correct, as long as it is returned without a panic or a long wait.
        let _ = opened(&codec, &with_content(&hostile));
    }
}

proptest! {
    #[test]
    fn changed_cookie_does_not_open(at in 0..400_usize, flip in 1..=255_u8) {
        let codec = codec("a-secret-of-16-characters", "true");
        let (_, cookie) = sealed(&codec);
        let mut bytes = URL_SAFE.decode(&cookie).unwrap();
        let at = at % bytes.len();
        bytes[at] ^= flip;
        prop_assert_eq!(opened(&codec, &URL_SAFE.encode(&bytes)), None);
        prop_assert_eq!(opened(&codec, &URL_SAFE.encode(&bytes[..at])), None);
    }

    #[test]
    fn text_that_was_not_sealed_with_a_secret_does_not_open(text in "\\PC{0,600}") {
        prop_assert_eq!(opened(&codec("a-secret-of-16-characters", "true"), &text), None);
    }

    #[test]
    fn written_cookie_can_be_read(text in "[!-~]{1,128}") {
        let codec = codec("a-secret-of-16-characters", "true");
        let token = SessionToken::parse(&text).unwrap();
        let cookie = codec.seal(&token, NOW, NOW).unwrap();
        prop_assert!(cookie.len() <= 4096);
        prop_assert_eq!(opened(&codec, &cookie), Some(token.clone()));
        prop_assert_eq!(opened(&codec, &format!("\"{cookie}\"")), Some(token.clone()));
        prop_assert_eq!(opened(&codec, &cookie.replace('=', "%3D")), Some(token));
    }
}
