//! Security of the page: forms of other sites, made-up links, headers, and names sent by clients.

use crate::browser::page::fixture::{Person, session_on};
use crate::support::http_client::send;

#[test]
fn forms_of_other_sites_cannot_sign_anyone_out() {
    let ana = Person::typical();
    let one = format!("/ui/sessions/{}/sign-out", ana.others[0].session.id);
    let name = format!("/ui/sessions/{}/name", ana.others[0].session.id);
    for path in [one.as_str(), name.as_str(), "/ui/sessions/sign-out-others"] {
        for foreign in [
            [("Sec-Fetch-Site", "cross-site"), ("Origin", "http://127.0.0.1:4433")].as_slice(),
            &[("Sec-Fetch-Site", "same-site")],
            &[("Sec-Fetch-Site", "none")],
            &[("Origin", "https://other.example.org")],
            &[("Origin", "null")],
            &[],
        ] {
            let foreign: Vec<_> =
                foreign.iter().map(|(key, value)| (*key, value.as_bytes())).collect();
            let answer = ana.post(path, &foreign);
            assert_eq!(answer.status, 403, "{path} {foreign:?}");
        }
    }
    assert!(ana.others.iter().all(|issued| ana.is_live(issued)));
    assert_eq!(ana.post(&one, &[("Origin", b"http://127.0.0.1:4433")]).status, 303);
    assert!(!ana.is_live(&ana.others[0]));
}

#[test]
fn link_cannot_make_the_page_confirm_a_sign_out() {
    let ana = Person::typical();
    let browser = ana.browser("en", true);
    browser.go(&ana.url("/ui/sessions?page=1000000&signed_out=3"));
    assert_eq!(browser.all(".card:not(.here) .sign-out").len(), 3);
    assert!(!browser.has("[role=status]"));
}

#[test]
fn page_has_strict_security_headers() {
    let ana = Person::typical();
    let cookie = ana.test.cookie(&ana.here);
    let page =
        send(ana.test.service.public, "GET", "/ui/sessions", &[("Cookie", cookie.as_bytes())]);
    let signed_out_page = send(ana.test.service.public, "GET", "/ui/sessions", &[]);
    assert_eq!((page.status, signed_out_page.status), (200, 401));
    for answer in [&page, &signed_out_page] {
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self'"));
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "private, no-cache, no-store, must-revalidate");
        assert!(answer.header("vary").contains("Cookie"), "{}", answer.header("vary"));
        assert!(!answer.body.contains("<style") && !answer.body.contains("style="));
        assert!(!answer.body.contains("onclick") && !answer.body.contains("https://"));
    }
}

#[test]
fn names_sent_by_clients_are_escaped() {
    let evil = "Evil<script>alert(1)</script>/1.0 \"'><img src=x>";
    let ana = Person::with(vec![session_on(100, evil, Some("<b>Porto</b>"))]);
    let cookie = ana.test.cookie(&ana.here);
    let page =
        send(ana.test.service.public, "GET", "/ui/sessions", &[("Cookie", cookie.as_bytes())]);
    assert!(
        !page.body.contains("<script>")
            && !page.body.contains("<b>")
            && !page.body.contains("<img")
    );
    assert!(page.body.contains("Porto"));
}

#[test]
fn words_of_clients_are_isolated_from_their_surroundings() {
    let reversed = "\u{202e}Lisbon";
    let ana = Person::with(vec![session_on(100, "\u{202e}תוכנה/1.0 (iPhone)", Some(reversed))]);
    let cookie = ana.test.cookie(&ana.here);
    let page =
        send(ana.test.service.public, "GET", "/ui/sessions", &[("Cookie", cookie.as_bytes())]);
    assert!(page.body.contains("<h3><bdi>תוכנה 1.0 on iPhone</bdi>"), "{}", page.body);
    assert!(page.body.contains(&format!("<dd><bdi>{reversed}</bdi> · <bdi>")), "{}", page.body);
    assert!(page.body.contains("aria-label=\"Sign out: תוכנה 1.0 on iPhone\""), "{}", page.body);
}
