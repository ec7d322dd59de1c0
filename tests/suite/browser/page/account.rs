//! The account, and the way home.

use crate::browser::page::fixture::{COOKIE_SECRETS, HERE, Person, open_page, session_on};
use crate::support::people::{TestService, json, person};

#[test]
fn page_says_whose_account_it_is_and_leads_home() {
    let settings = [
        ("ui.name", "Example Shop"),
        ("ui.account_trait", "email"),
        ("ui.home_url", "https://shop.example.org/"),
    ];
    let ana = Person::with_settings(vec![session_on(100, HERE, None)], &settings);
    let browser = ana.browser("en", false);
    for path in ["/ui/sessions", "/ui/sessions/sign-out-others"] {
        browser.go(&ana.url(path));
        assert_eq!(browser.one(".account").text(), "Signed in as someone@example.org", "{path}");
        let home = browser.one("a.home");
        assert_eq!(home.text(), "Back to Example Shop");
        assert_eq!(home.attribute("href"), "https://shop.example.org/");
    }
}

#[test]
fn account_is_a_trait_at_a_path_shown_as_text() {
    let test = TestService::start(&[COOKIE_SECRETS, ("ui.account_trait", "name.first")]);
    let mut ana = person();
    ana.traits = json(r#"{"name": {"first": "<b>\u202eAna</b>"}}"#);
    let here = session_on(3600, HERE, None);
    test.issue(&ana, std::slice::from_ref(&here));
    let page = format!("http://{}/ui/sessions", test.service.public);
    let browser = open_page(&page, &test.cookie(&here), "en", true);
    assert_eq!(browser.one(".account bdi").text(), "<b>\u{202e}Ana</b>");
}

#[test]
fn page_without_these_settings_has_neither() {
    let browser = Person::typical().browser("en", true).texts(".account, a.home");
    assert_eq!(browser, Vec::<String>::new());
}
