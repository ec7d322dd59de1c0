//! Notices of what a form has done.

use crate::browser::page::fixture::{Person, session_on};
use crate::support::http_client::Answer;

/// The cookie with the notice, as a browser sends it back.
fn cookie(answer: &Answer) -> String {
    let cookies = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
    let mut notices = cookies.filter(|(_, value)| value.starts_with("elsewhere_notice="));
    let (_, value) = notices.next().unwrap();
    value.split(';').next().unwrap().to_owned()
}

fn sign_out_first(ana: &Person, title: &str) -> Answer {
    let path = format!("/ui/sessions/{}/sign-out", ana.others[0].session.id);
    ana.submit(&path, &format!("session={title}"))
}

#[test]
fn notice_names_the_session_and_is_not_repeated() {
    for scripts in [true, false] {
        let ana = Person::typical();
        let browser = ana.browser("en", scripts);
        browser.all(".card:not(.here) .sign-out button").remove(0).follow();
        assert_eq!(browser.one(".notice").text(), "Safari on iPhone was signed out.");
        browser.go(&ana.url("/ui/sessions"));
        assert!(!browser.has(".notice"));
        let cookies = browser.cookies();
        assert!(!cookies.iter().any(|cookie| cookie["name"] == "elsewhere_notice"), "{cookies:?}");
    }
}

#[test]
fn cookie_is_for_these_pages_only() {
    let ana = Person::typical();
    let answer = sign_out_first(&ana, "Safari");
    assert_eq!((answer.status, answer.header("location")), (303, "/ui/sessions".to_owned()));
    let set = answer.header("set-cookie");
    let (_, attributes) = set.split_once("; ").unwrap();
    assert_eq!(attributes, "HttpOnly; SameSite=Strict; Path=/ui; Max-Age=60");
    let secure = Person::with_settings(
        vec![session_on(100, "curl/8", None)],
        &[("server.base_url", "https://example.org/accounts/")],
    );
    let set = sign_out_first(&secure, "curl").header("set-cookie");
    assert!(set.contains("; Secure; Path=/accounts/ui; "), "{set}");
}

#[test]
fn notice_of_another_session_or_a_changed_one_is_not_shown() {
    let ana = Person::typical();
    let good = cookie(&sign_out_first(&ana, "Safari"));
    assert!(ana.get("/ui/sessions", &good).body.contains("<bdi>Safari</bdi> was signed out."));
    let bob = cookie(&sign_out_first(&Person::typical(), "Safari"));
    let changed = format!("{good}A");
    let (_, mac) = good.split_once('.').unwrap();
    let forged = format!("elsewhere_notice=eyJzaWduZWRfb3V0IjoiRXZpbCJ9.{mac}");
    let plain = "elsewhere_notice={\"signed_out\":\"Evil\"}".to_owned();
    for wrong in [&bob, &changed, &forged, &plain, "elsewhere_notice=", "elsewhere_notice=."] {
        let page = ana.get("/ui/sessions", wrong);
        assert!(!page.body.contains("class=\"notice\""), "{wrong}: {}", page.body);
        assert!(page.header("set-cookie").contains("elsewhere_notice=; "), "it is removed");
    }
    // Another host of the site cannot hide a notice either.
    let both = ana.get("/ui/sessions", &format!("{plain}; {good}"));
    assert!(both.body.contains("<bdi>Safari</bdi> was signed out."), "{}", both.body);
}

#[test]
fn notice_is_text_of_limited_length() {
    let ana = Person::typical();
    let title = format!("%3Cb%3E{}", "x".repeat(1000));
    let page = ana.get("/ui/sessions", &cookie(&sign_out_first(&ana, &title))).body;
    let shown = format!("<bdi>&#60;b&#62;{}</bdi> was signed out.", "x".repeat(197));
    assert!(page.contains(&shown), "{page}");
    let ana = Person::typical();
    let page = ana.get("/ui/sessions", &cookie(&sign_out_first(&ana, ""))).body;
    assert!(page.contains("The session was signed out."), "{page}");
    // One that has ended already was signed out by somebody else.
    let again = sign_out_first(&ana, "Safari");
    assert_eq!((again.status, again.header("set-cookie")), (303, String::new()));
}
