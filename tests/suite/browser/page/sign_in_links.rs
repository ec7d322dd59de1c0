//! Pages for people who are not signed in, or not well enough.

use elsewhere::session::AssuranceLevel;

use crate::browser::page::fixture::{COOKIE_SECRETS, HERE, Person, open_page, session_on};
use crate::support::browser::Browser;
use crate::support::http_client::{Answer, send};
use crate::support::people::{TestService, person};

const BASE: (&str, &str) = ("server.base_url", "http://127.0.0.1:4433/accounts/");
const BACK: &str = "return_to=http%3A%2F%2F127.0.0.1%3A4433%2Faccounts%2Fui%2Fsessions";

#[test]
fn sign_in_link_leads_back_to_the_page() {
    for (sign_in, link) in [
        ("https://example.org/login", format!("https://example.org/login?{BACK}")),
        ("https://example.org/login?x=\"", format!("https://example.org/login?x=%22&#38;{BACK}")),
        // The operator's own address stays.
        ("https://example.org/?return_to=/x", "https://example.org/?return_to=/x".to_owned()),
    ] {
        let test = TestService::start(&[BASE, ("ui.sign_in_url", sign_in)]);
        let page = send(test.service.public, "GET", "/ui/sessions", &[]).body;
        assert!(page.contains(&format!("class=\"button strong\" href=\"{link}\"")), "{page}");
        assert_eq!(page.matches("class=\"button").count(), 1, "{page}");
    }
}

#[test]
fn page_without_a_sign_in_link_says_what_to_do_and_offers_to_try_again() {
    let test = TestService::start(&[("ui.home_url", "https://example.org/")]);
    let browser = Browser::start("en", false);
    browser.go(&format!("http://{}/ui/sessions", test.service.public));
    assert_eq!(browser.one("h1").text(), "You are not signed in");
    assert!(browser.one(".intro").text().contains("Then open this page again."));
    assert_eq!(browser.one("main a").text(), "Try again");
    assert_eq!(browser.one("a.home").attribute("href"), "https://example.org/");
}

#[test]
fn failed_page_leads_back_to_the_list_or_is_tried_again() {
    let ana = Person::typical();
    let link =
        |page: &Answer| page.body.split("class=\"button\" href=\"").nth(1).unwrap().to_owned();
    let wrong = ana.get("/ui/sessions?page_token=wrong", "");
    assert_eq!(wrong.status, 400);
    assert!(link(&wrong).starts_with("/ui/sessions\">Back to your sessions<"), "{wrong:?}");
    ana.test.database.run("ALTER TABLE session_devices RENAME TO gone");
    for (path, words) in
        [("/ui/sessions", "Try again"), ("/ui/sessions/sign-out-others", "Back to your sessions")]
    {
        let failed = ana.get(path, "");
        assert_eq!(failed.status, 503, "{path}");
        let expected = format!("/ui/sessions\">{words}<");
        assert!(link(&failed).starts_with(&expected), "{path}: {failed:?}");
    }
}

#[test]
fn missing_second_factor_is_explained_with_a_link_to_step_up() {
    let wanted = [COOKIE_SECRETS, BASE, ("session.required_aal", "highest_available")];
    for (sign_in, link, words) in [
        (
            "https://example.org/login",
            format!("https://example.org/login?{BACK}&aal=aal2"),
            "Confirm",
        ),
        (
            "https://example.org/login?x=1",
            format!("https://example.org/login?x=1&{BACK}&aal=aal2"),
            "Confirm",
        ),
        ("", "/accounts/ui/sessions".to_owned(), "Try again"),
    ] {
        let test =
            TestService::start(&[wanted.as_slice(), &[("ui.sign_in_url", sign_in)]].concat());
        let mut ana = person();
        ana.available_level = Some(AssuranceLevel::Aal2);
        let here = session_on(3600, HERE, None);
        test.issue(&ana, std::slice::from_ref(&here));

        let page = format!("http://{}/ui/sessions", test.service.public);
        let browser = open_page(&page, &test.cookie(&here), "en", true);
        assert_eq!(browser.one("h1").text(), "One more step");
        let button = browser.one("a.button");
        assert_eq!((button.attribute("href"), button.text()), (link, words.to_owned()));
    }
}
