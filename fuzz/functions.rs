//! What reads what clients, proxies and operators send, each as a function of bytes that
//! must come to an end, and to no other than an answer. `tests/suite/parsers.rs` feeds them
//! by proptest everywhere, `fuzz_targets/` by cargo-fuzz where a nightly compiler is.

use std::collections::BTreeMap;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use elsewhere::authentication::CookieFormat;
use elsewhere::client::Peer;
use elsewhere::config::{Config, TrustedProxies};
use elsewhere::pagination::Start;
use http::{HeaderMap, HeaderValue};
use time::OffsetDateTime;
use time::macros::datetime;

const SECRET: &str = "a-secret-of-16-characters";
const NOW: OffsetDateTime = datetime!(2026-11-24 09:35 UTC);

fn format() -> CookieFormat {
    let settings = [
        ("ELSEWHERE_SESSION__COOKIE_SECRETS", SECRET),
        ("ELSEWHERE_SESSION__COOKIE_PERSISTENT", "true"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    CookieFormat::new(&Config::load(None, &BTreeMap::from(settings)).unwrap())
}

/// A cookie as it comes: none that nobody made with the secret opens.
pub fn cookie(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert_eq!(format().open(text, NOW), None);
    }
}

/// What is inside a cookie whose mac is good, which only a program with the secret can make.
pub fn gob(bytes: &[u8]) {
    let _ = format().open(&with_content(bytes), NOW);
}

/// A page token, which says the same when it is written again.
pub fn page_token(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(start) = Start::from_token(text)
    {
        assert_eq!(start.to_token().as_deref().unwrap_or_default(), text);
    }
}

/// A value of each setting, from the environment.
pub fn configuration(bytes: &[u8]) {
    const KEYS: [&str; 14] = [
        "ADMIN__LISTEN",
        "ADMIN__TLS__CLIENT_AUTHORITY",
        "ADMIN__TOKEN",
        "AUDIT__SALT",
        "CORS__ALLOWED_ORIGINS",
        "DATABASE__NETWORK",
        "LIMITS__HEAD",
        "LIMITS__IDLE_TIMEOUT",
        "SERVER__BASE_URL",
        "SERVER__LISTEN",
        "SERVER__TRUSTED_PROXIES",
        "SESSION__COOKIE_DOMAIN",
        "SESSION__COOKIE_NAME",
        "SESSION__COOKIE_SECRETS",
    ];
    if let Ok(text) = std::str::from_utf8(bytes) {
        for key in KEYS {
            let settings = BTreeMap::from([(format!("ELSEWHERE_{key}"), text.to_owned())]);
            if let Err(error) = Config::load(None, &settings) {
                let error = error.to_string();
                assert_eq!(error.lines().count(), 1, "{key}: {error}");
            }
        }
    }
}

/// `X-Forwarded-For`: whatever it is, the proxy's own word at its end counts.
pub fn forwarded(bytes: &[u8]) {
    let Ok(made_up) = HeaderValue::from_bytes(bytes) else { return };
    let proxy = IpAddr::from([10, 0, 0, 1]);
    let trusted = TrustedProxies::try_from(vec!["10.0.0.0/8".to_owned()]).unwrap();
    let mut headers = HeaderMap::new();
    headers.append("x-forwarded-for", made_up);
    let _ = Peer(Some(proxy)).client_address(&headers, &trusted);
    headers.append("x-forwarded-for", HeaderValue::from_static("192.0.2.7"));
    let seen = Peer(Some(proxy)).client_address(&headers, &trusted);
    assert_eq!(seen, Some(IpAddr::from([192, 0, 2, 7])));
}

/// The value that a Go program would have to have written under our secret:
/// what is inside is attacked with a good mac around it.
pub fn with_content(content: &[u8]) -> String {
    use aes::cipher::{KeyIvInit as _, StreamCipher as _};
    use hmac::{KeyInit as _, Mac as _};
    use sha2::Digest as _;
    let secret = SECRET.as_bytes();
    let key: [u8; 32] = sha2::Sha256::digest(secret).into();
    let mut value = vec![7; 16];
    value.extend(content);
    let mut cipher = ctr::Ctr128BE::<aes::Aes256>::new_from_slices(&key, &[7; 16]).unwrap();
    cipher.apply_keystream(&mut value[16..]);
    let signed = format!("{}|{}", NOW.unix_timestamp(), URL_SAFE.encode(value));
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(secret).unwrap();
    mac.update(format!("ory_kratos_session|{signed}").as_bytes());
    let mut cookie = format!("{signed}|").into_bytes();
    cookie.extend(mac.finalize().into_bytes());
    URL_SAFE.encode(cookie)
}
