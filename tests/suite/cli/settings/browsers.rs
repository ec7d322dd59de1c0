//! Cookies that no browser would accept, or send, are refused.

use super::load;

/// `base_url`, further settings of `[session]`, and the beginning of the error.
const REFUSED: &[(&str, &str, &str)] = &[
    // Prefixes (RFC 6265bis §4.1.3).
    ("http://a.example", "cookie_name = '__Host-s'", "session.cookie_name: expected a name witho"),
    ("http://a.example", "cookie_name = '__Secure-s'", "session.cookie_name: expected a name wit"),
    ("http://a.example", "cookie_name = '__SECURE-s'", "session.cookie_name: expected a name wit"),
    ("http://a.example", "cookie_name = '__Http-s'", "session.cookie_name: expected a name witho"),
    ("http://localhost", "cookie_name = '__Secure-s'", "session.cookie_name: expected a name wit"),
    (
        "https://a.example.org",
        "cookie_name = '__Host-s'\ncookie_domain = 'example.org'",
        "session.cookie_domain: expected none, because session.cookie_name begins with `__Host-`",
    ),
    (
        "https://example.org",
        "cookie_name = '__hOsT-s'\ncookie_domain = 'example.org'",
        "session.cookie_domain: expected none, because session.cookie_name begins with `__hOsT-`",
    ),
    (
        "https://example.org",
        "cookie_name = '__Host-Http-s'\ncookie_domain = 'example.org'",
        "session.cookie_domain: expected none, because session.cookie_name begins with",
    ),
    (
        "https://example.org/auth/",
        "cookie_name = '__Host-s'\ncookie_path = '/auth'",
        "session.cookie_path: expected `/`, because session.cookie_name begins with `__Host-`",
    ),
    // Domains (RFC 6265 §5.1.3).
    (
        "https://a.example.org",
        "cookie_domain = 'example.com'",
        "session.cookie_domain: expected th",
    ),
    ("https://a.example.org", "cookie_domain = 'b.example.org'", "session.cookie_domain: expected"),
    ("https://example.org", "cookie_domain = 'a.example.org'", "session.cookie_domain: expected t"),
    ("https://anexample.org", "cookie_domain = 'example.org'", "session.cookie_domain: expected t"),
    ("https://a.example.org", "cookie_domain = 'example.org.'", "session.cookie_domain: expected"),
    ("https://192.0.2.1", "cookie_domain = 'example.org'", "session.cookie_domain: expected the h"),
    ("https://192.0.2.1", "cookie_domain = '2.1'", "session.cookie_domain: expected the host of"),
    ("https://[2001:db8::1]", "cookie_domain = 'db8'", "session.cookie_domain: expected the host"),
    ("https://shop.co.uk", "cookie_domain = 'co.uk'", "session.cookie_domain: expected a domain o"),
    ("https://shop.co.uk", "cookie_domain = '.CO.UK'", "session.cookie_domain: expected a domain"),
    ("https://me.github.io", "cookie_domain = 'github.io'", "session.cookie_domain: expected a do"),
    ("https://github.io", "cookie_domain = 'github.io'", "session.cookie_domain: expected a domai"),
    ("https://a.org", "cookie_domain = 'org'", "session.cookie_domain: expected a domain of your"),
    (
        "http://a.localhost",
        "cookie_domain = 'localhost'",
        "session.cookie_domain: expected a domai",
    ),
    ("http://127.0.0.1", "cookie_domain = 'localhost'", "session.cookie_domain: expected the host"),
    ("http://a.internal", "cookie_domain = 'internal'", "session.cookie_domain: expected a domain"),
    // Paths (RFC 6265 §5.1.4).
    ("https://example.org/auth", "cookie_path = '/app'", "session.cookie_path: expected `/` or a"),
    ("https://example.org/auth", "cookie_path = '/aut'", "session.cookie_path: expected `/` or a"),
    // The rest.
    ("http://example.org", "cookie_same_site = 'None'", "session.cookie_same_site: expected \"Lax"),
];

#[test]
fn cookie_that_browsers_would_not_accept_is_refused() {
    for (base_url, session, begins) in REFUSED {
        let file = format!("[server]\nbase_url = '{base_url}'\n[session]\n{session}");
        let Err(error) = load(&file, &[]) else { panic!("accepted: {file}") };
        assert!(error.starts_with(begins), "{file}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        // Without cookies, none has to be accepted.
        assert_eq!(load(&format!("{file}\ncookies = false"), &[]).map(drop), Ok(()), "{file}");
    }
}

#[test]
fn cookie_that_would_exceed_what_browsers_store_is_refused() {
    for (key, value) in
        [("cookie_name", "a".repeat(1025)), ("cookie_path", format!("/{}", "a".repeat(1024)))]
    {
        let error = load(&format!("[session]\n{key} = '{value}'"), &[]).unwrap_err();
        assert!(error.starts_with(&format!("session.{key}: expected ")), "{error}");
        assert!(error.contains("at most 1024 bytes"), "{error}");
    }
}

#[test]
fn cookie_that_browsers_accept_is_accepted() {
    for (base_url, session) in [
        ("https://example.org", "cookie_name = '__Host-s'"),
        ("https://example.org/auth/", "cookie_name = '__Host-s'\ncookie_path = '/'"),
        ("https://a.example.org", "cookie_name = '__Secure-s'\ncookie_domain = 'example.org'"),
        ("https://a.example.org", "cookie_name = '__Http-s'\ncookie_domain = '.example.org'"),
        ("https://A.Example.org", "cookie_domain = 'EXAMPLE.org'"),
        ("https://example.org", "cookie_domain = 'example.org'"),
        ("https://a.b.example.co.uk", "cookie_domain = 'example.co.uk'"),
        ("http://localhost:4433", "cookie_domain = 'localhost'"),
        ("http://127.0.0.1:4433", "cookie_domain = '127.0.0.1'"),
        ("http://a.example.internal", "cookie_domain = 'example.internal'"),
        ("https://example.org/auth/", "cookie_path = '/auth'"),
        ("https://example.org/auth", "cookie_path = '/auth/'"),
        ("https://example.org/", "cookie_path = '/sessions'"),
        ("https://example.org", "cookie_same_site = 'None'"),
        ("http://example.org", "cookie_name = '_Host-s'"),
    ] {
        let file = format!("[server]\nbase_url = '{base_url}'\n[session]\n{session}");
        assert_eq!(load(&file, &[]).map(drop), Ok(()), "{file}");
    }
    let file = "[server]\nbase_url = 'https://a.example.org'\n\
                [session]\ncookie_domain = '.Example.org'";
    let domain = load(file, &[]).unwrap().session.cookie_domain.unwrap();
    assert_eq!(domain.as_str(), "example.org");
}
