//! The session cookie: what Kratos wrote opens, what this service writes opens,
//! and nothing else does.

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

fn format(secrets: &str, persistent: &str) -> CookieCodec {
    let config = config([
        ("session.cookie_secrets", secrets),
        ("database.schema", "kratos"),
        ("session.cookie_persistent", persistent),
        ("session.lifespan", "720h"),
    ]);
    CookieCodec::new(&config)
}

fn sealed(format: &CookieCodec) -> (SessionToken, String) {
    let token = SessionToken::random();
    let cookie = format.seal(&token, NOW + Duration::days(30), NOW).unwrap();
    (token, cookie)
}

#[test]
fn opens_every_recorded_cookie_to_the_token_of_its_session() {
    let database = kratos::restore(Kind::Sqlite);
    let format = CookieCodec::new(&kratos::config_for(&database, "aal1"));
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
        let token = format.open(cookie, NOW).unwrap();
        assert!(token.expose().starts_with("ory_st_"));
        assert_eq!(token.expose().len(), 39);
    }
}

#[test]
fn reads_with_every_secret_and_writes_with_the_newest() {
    let older = format("an-older-secret-of-16", "true");
    let both = format("a-newer-secret-of-16,an-older-secret-of-16", "true");
    let newer = format("a-newer-secret-of-16", "true");
    let (token, cookie) = sealed(&older);
    assert_eq!(both.open(&cookie, NOW), Some(token));
    assert_eq!(newer.open(&cookie, NOW), None);
    let (token, cookie) = sealed(&both);
    assert_eq!(newer.open(&cookie, NOW), Some(token));
    assert_eq!(older.open(&cookie, NOW), None);
}

#[test]
fn is_good_as_long_as_it_may_be_old() {
    for (persistent, lifespan, days) in
        [("true", "24h", 1), ("false", "24h", 30), ("true", "8760h", 365)]
    {
        let config = config([
            ("session.cookie_secrets", "a-secret-of-16-characters"),
            ("database.schema", "kratos"),
            ("session.cookie_persistent", persistent),
            ("session.lifespan", lifespan),
        ]);
        let format = CookieCodec::new(&config);
        let (token, cookie) = sealed(&format);
        let last = NOW + Duration::days(days);
        assert_eq!(format.open(&cookie, last), Some(token));
        assert_eq!(format.open(&cookie, last + Duration::seconds(1)), None);
    }
}

#[test]
fn without_secrets_no_cookie_opens_and_none_is_written() {
    let none = format("", "true");
    let (_, cookie) = sealed(&format("a-secret-of-16-characters", "true"));
    assert_eq!(none.open(&cookie, NOW), None);
    assert_eq!(none.seal(&SessionToken::random(), NOW, NOW), None);
}

#[test]
fn a_cookie_of_another_name_is_another_cookie() {
    let settings = |name| {
        config([
            ("session.cookie_secrets", "a-secret-of-16-characters"),
            ("session.cookie_name", name),
        ])
    };
    let (_, cookie) = sealed(&CookieCodec::new(&settings("one")));
    assert_eq!(CookieCodec::new(&settings("two")).open(&cookie, NOW), None);
}

#[test]
fn neither_secrets_nor_tokens_can_be_printed() {
    let format = format("a-secret-of-16-characters", "true");
    let token = SessionToken::random();
    let config = config([("session.cookie_secrets", "a-secret-of-16-characters")]);
    let printed = format!("{format:?} {token:?} {config:?}");
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
fn the_content_is_taken_whole_or_not_at_all() {
    let format = format("a-secret-of-16-characters", "true");
    let content = recorded_content();
    let token = format.open(&with_content(&content), NOW).unwrap();
    assert_eq!(token.expose(), "ory_st_0uK7ZA7DzXJgMPt26e73uW6NvQoQblar");
    for length in 0..content.len() {
        assert_eq!(format.open(&with_content(&content[..length]), NOW), None, "cut at {length}");
    }
    let longer: Vec<_> = content.iter().copied().chain([0]).collect();
    assert_eq!(format.open(&with_content(&longer), NOW), None);
}

#[test]
fn lengths_and_counts_in_the_content_are_not_trusted() {
    let format = format("a-secret-of-16-characters", "true");
    let largest = [0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let content = recorded_content();
    for at in 0..content.len() {
        let hostile = [&content[..at], &largest, &content[at + 1..]].concat();
        // Nothing but an answer, whatever it is, and soon.
        let _ = format.open(&with_content(&hostile), NOW);
    }
}

proptest! {
    #[test]
    fn a_changed_cookie_does_not_open(at in 0..400_usize, flip in 1..=255_u8) {
        let format = format("a-secret-of-16-characters", "true");
        let (_, cookie) = sealed(&format);
        let mut bytes = URL_SAFE.decode(&cookie).unwrap();
        let at = at % bytes.len();
        bytes[at] ^= flip;
        prop_assert_eq!(format.open(&URL_SAFE.encode(&bytes), NOW), None);
        prop_assert_eq!(format.open(&URL_SAFE.encode(&bytes[..at]), NOW), None);
    }

    #[test]
    fn no_text_opens_that_no_secret_made(text in "\\PC{0,600}") {
        prop_assert_eq!(format("a-secret-of-16-characters", "true").open(&text, NOW), None);
    }

    #[test]
    fn what_is_written_can_be_read(text in "[!-~]{1,128}") {
        let format = format("a-secret-of-16-characters", "true");
        let token = SessionToken::parse(&text).unwrap();
        let cookie = format.seal(&token, NOW, NOW).unwrap();
        prop_assert!(cookie.len() <= 4096);
        prop_assert_eq!(format.open(&cookie, NOW), Some(token.clone()));
        prop_assert_eq!(format.open(&format!("\"{cookie}\""), NOW), Some(token.clone()));
        prop_assert_eq!(format.open(&cookie.replace('=', "%3D"), NOW), Some(token));
    }
}
