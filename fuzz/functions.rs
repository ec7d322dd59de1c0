//! Fuzz functions for the parsers of input from clients, proxies and operators. Each takes bytes
//! and must return without a panic. `tests/suite/api/parsers.rs` calls them with proptest in every
//! run, and `fuzz_targets/` with cargo-fuzz.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use elsewhere::authentication::{
    BindingProof, ChallengeKind, CookieCodec, CredentialExtractor, CredentialKind, DeviceBinding,
    NoCredential, bearer, is_called_locally,
};
use elsewhere::bound_key::BoundKey;
use elsewhere::client_ip::Peer;
use elsewhere::config::{Config, TrustedProxies};
use elsewhere::pagination::Cursor;
use elsewhere::session::SessionToken;
use http::header::{AUTHORIZATION, COOKIE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use time::OffsetDateTime;
use time::macros::datetime;
use url::Url;

const SECRET: &str = "a-secret-of-16-characters";
const NOW: OffsetDateTime = datetime!(2026-11-24 09:35 UTC);
const TOKEN: &str = "ory_st_0123456789";
const SESSION_TOKEN: HeaderName = HeaderName::from_static("x-session-token");

static CONFIG: LazyLock<Config> = LazyLock::new(|| {
    let settings = [
        ("ELSEWHERE_SESSION__COOKIE_SECRETS", SECRET),
        ("ELSEWHERE_SESSION__COOKIE_PERSISTENT", "true"),
        ("ELSEWHERE_SESSION__BINDING", "offer"),
        ("ELSEWHERE_SERVER__BASE_URL", "https://localhost/"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Config::load(None, &BTreeMap::from(settings)).unwrap()
});
static FORMAT: LazyLock<Arc<CookieCodec>> = LazyLock::new(|| Arc::new(CookieCodec::new(&CONFIG)));
static BINDING: LazyLock<Arc<DeviceBinding>> =
    LazyLock::new(|| Arc::new(DeviceBinding::new(&CONFIG, &FORMAT).unwrap()));
static CREDENTIALS: LazyLock<CredentialExtractor> =
    LazyLock::new(|| CredentialExtractor::new(Arc::clone(&FORMAT), Some(Arc::clone(&BINDING))));
/// A cookie sealed by this service.
static GOOD_COOKIE: LazyLock<String> = LazyLock::new(|| {
    let value = FORMAT.seal(&SessionToken::parse(TOKEN).unwrap(), NOW, NOW).unwrap();
    format!("{}={value}", FORMAT.name())
});
static TRUSTED: LazyLock<TrustedProxies> =
    LazyLock::new(|| TrustedProxies::try_from(vec!["10.0.0.0/8".to_owned()]).unwrap());

/// A received cookie: a value that was not sealed with the secret must not open.
pub fn cookie(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert_eq!(FORMAT.open(text), None);
    }
}

/// The content of a cookie with a valid MAC, which only a program with the secret can create.
pub fn gob(bytes: &[u8]) {
    let _ = FORMAT.open(&with_content(bytes));
}

/// A page token: a parsed token must serialise to the same text.
pub fn page_token(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(start) = Cursor::from_token(text)
    {
        assert_eq!(start.to_token().as_deref().unwrap_or_default(), text);
    }
}

/// The settings that [`configuration`] tests.
pub const SETTINGS: [&str; 14] = [
    "ADMIN__LISTEN",
    "ADMIN__TLS__CLIENT_CA",
    "ADMIN__TOKENS",
    "AUDIT__PSEUDONYM_KEY",
    "CORS__ALLOWED_ORIGINS",
    "DATABASE__NETWORK",
    "LIMITS__MAX_HEADER_BYTES",
    "LIMITS__IDLE_TIMEOUT",
    "SERVER__BASE_URL",
    "SERVER__LISTEN",
    "SERVER__TRUSTED_PROXIES",
    "SESSION__COOKIE_DOMAIN",
    "SESSION__COOKIE_NAME",
    "SESSION__COOKIE_SECRETS",
];

/// The value of a setting from the environment. The first byte selects the setting. An error must
/// fit on one line.
pub fn configuration(bytes: &[u8]) {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let key = SETTINGS[usize::from(*choice) % SETTINGS.len()];
    if let Ok(text) = std::str::from_utf8(bytes) {
        let settings = BTreeMap::from([(format!("ELSEWHERE_{key}"), text.to_owned())]);
        if let Err(error) = Config::load(None, &settings) {
            let error = error.to_string();
            assert_eq!(error.lines().count(), 1, "{key}: {error}");
        }
    }
}

/// `X-Forwarded-For`: the entry that the trusted proxy appends at the end counts, whatever a client
/// sent before it.
pub fn forwarded(bytes: &[u8]) {
    let Ok(made_up) = HeaderValue::from_bytes(bytes) else { return };
    let proxy = IpAddr::from([10, 0, 0, 1]);
    let mut headers = HeaderMap::new();
    headers.append("x-forwarded-for", made_up);
    let _ = Peer(Some(proxy)).client_address(&headers, &TRUSTED);
    headers.append("x-forwarded-for", HeaderValue::from_static("192.0.2.7"));
    let seen = Peer(Some(proxy)).client_address(&headers, &TRUSTED);
    assert_eq!(seen, Some(IpAddr::from([192, 0, 2, 7])));
}

/// `Host`: a value that counts as local must lead a browser to an IP address or to localhost, never
/// to another domain. The same holds for the authority of a request target (HTTP/2's
/// `:authority`).
pub fn host(bytes: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return };
    let headers = HeaderMap::from_iter([(HOST, value)]);
    if is_called_locally(&Uri::from_static("/"), &headers) {
        assert_leads_to_this_machine(bytes);
    }
    // An authority in the target takes precedence over the header.
    let local = HeaderMap::from_iter([(HOST, HeaderValue::from_static("localhost"))]);
    if let Ok(target) = Uri::builder().scheme("http").authority(bytes).path_and_query("/").build()
        && is_called_locally(&target, &local)
    {
        assert_leads_to_this_machine(bytes);
    }
}

fn assert_leads_to_this_machine(host: &[u8]) {
    let host = std::str::from_utf8(host).unwrap();
    if let Ok(url) = Url::parse(&format!("http://{host}/")) {
        let domain = url.domain().unwrap_or("localhost");
        assert_eq!(domain, "localhost", "{host:?}");
    }
}

/// `Authorization`: an accepted bearer token is a part of the header, without surrounding blanks.
pub fn authorization(bytes: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return };
    let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
    if let Some(token) = bearer(&headers) {
        let (scheme, rest) = std::str::from_utf8(bytes).unwrap().split_once(' ').unwrap();
        assert!(scheme.eq_ignore_ascii_case("bearer") && rest.contains(token));
        assert_eq!(token.trim(), token);
    }
    if let Ok(found) = CREDENTIALS.find(&headers) {
        assert_eq!(found.kind, CredentialKind::Bearer);
        assert_eq!(Some(found.token.expose()), bearer(&headers));
    }
}

/// All headers that carry credentials, one per line. The first byte of a line selects the header. A
/// present `X-Session-Token` is the only credential that counts. A cookie of this service is found
/// among any other cookies, and no other cookie opens.
pub fn credentials(bytes: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n').take(16) {
        let Some((choice, value)) = line.split_first() else { continue };
        let Ok(value) = HeaderValue::from_bytes(value) else { continue };
        let name = [COOKIE, AUTHORIZATION, SESSION_TOKEN][usize::from(*choice) % 3].clone();
        headers.append(name, value);
    }
    let presents_token = headers.get(SESSION_TOKEN).is_some_and(|value| !value.is_empty());
    match CREDENTIALS.find(&headers) {
        Ok(found) => assert_eq!(found.kind == CredentialKind::SessionToken, presents_token),
        Err(NoCredential::Malformed(kind)) => {
            assert_eq!(kind == CredentialKind::SessionToken, presents_token);
        }
        Err(NoCredential::Missing) => assert!(!presents_token),
    }
    if !presents_token {
        if let Ok(found) = CREDENTIALS.find(&headers) {
            assert_eq!(found.kind, CredentialKind::Bearer);
        }
        let others = headers.get(COOKIE).map_or(&b"a=b"[..], HeaderValue::as_bytes);
        let all = [others, b"; ", GOOD_COOKIE.as_bytes(), b"; ", others].concat();
        headers.insert(COOKIE, HeaderValue::from_bytes(&all).unwrap());
        let found = CREDENTIALS.find(&headers).unwrap();
        assert_eq!((found.kind, found.token.expose()), (CredentialKind::Cookie, TOKEN));
    }
}

/// The proof of a browser that has the key of its session: a key that is read has one text, which is
/// read again, and nobody signs by chance.
pub fn binding_proof(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(key) = text.parse::<BoundKey>() {
        assert_eq!(key.as_str().parse().as_ref(), Ok(&key));
        assert!(!key.verifies(b"a message", bytes));
    }
    if let Ok(proof) = BindingProof::parse(text) {
        let token = SessionToken::parse(TOKEN).unwrap();
        let kind = ChallengeKind::Registration;
        assert!(!BINDING.take(kind, proof.challenge(), &token, NOW));
        let _ = proof.proven_key();
    }
}

/// The cookie of a device-bound session: a value that was not made with the secret proves nothing.
pub fn bound_cookie(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert_eq!(BINDING.read_cookie(text), None);
    }
}

/// A cookie value with arbitrary content and a valid MAC, so that the fuzzer reaches the parser of
/// the content. A Go program with our secret would write such a value.
pub fn with_content(content: &[u8]) -> String {
    use aes::cipher::{KeyIvInit as _, StreamCipher as _};
    use hmac::{KeyInit as _, Mac as _};
    use sha2::Digest as _;
    static MAC: LazyLock<hmac::Hmac<sha2::Sha256>> =
        LazyLock::new(|| hmac::Hmac::new_from_slice(SECRET.as_bytes()).unwrap());
    static KEY: LazyLock<[u8; 32]> = LazyLock::new(|| sha2::Sha256::digest(SECRET).into());
    let mut value = vec![7; 16];
    value.extend(content);
    let mut cipher = ctr::Ctr128BE::<aes::Aes256>::new_from_slices(&*KEY, &[7; 16]).unwrap();
    cipher.apply_keystream(&mut value[16..]);
    let signed = format!("{}|{}", NOW.unix_timestamp(), URL_SAFE.encode(value));
    let mut mac = MAC.clone();
    mac.update(format!("ory_kratos_session|{signed}").as_bytes());
    let mut cookie = format!("{signed}|").into_bytes();
    cookie.extend(mac.finalize().into_bytes());
    URL_SAFE.encode(cookie)
}
