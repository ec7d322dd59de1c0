//! Settings that change the page.

use elsewhere::repository::NewSession;
use elsewhere::session::AssuranceLevel;

use crate::browser::page::fixture::{COOKIE_SECRETS, HERE, PHONE, open_page, session_on};
use crate::support::http_client::{get, send};
use crate::support::nginx::{Nginx, free_address};
use crate::support::people::{TestService, person};

#[test]
fn disabled_page_is_not_served() {
    let test = TestService::start(&[("ui.enabled", "false")]);
    for path in ["/ui/sessions", "/ui/page.css", "/ui/page.js"] {
        assert_eq!(send(test.service.public, "GET", path, &[]).status, 404, "{path}");
    }
}

#[test]
fn page_works_below_a_path_of_a_proxy() {
    let address = free_address();
    let base = format!("http://{address}/accounts/");
    let test = TestService::start(&[COOKIE_SECRETS, ("server.base_url", &base)]);
    let here = session_on(3600, HERE, None);
    let others: Vec<_> = (1..=12).map(|age| session_on(age * 100, PHONE, None)).collect();
    test.issue(&person(), &[std::slice::from_ref(&here), &others].concat());
    let service = test.service.public;
    let proxy = format!(
        "events {{}} http {{ server {{ listen {address}; location /accounts/ {{
             proxy_pass http://{service}/; proxy_set_header Host $http_host; }} }} }}"
    );
    let _nginx = Nginx::start(&proxy, address);

    let browser = open_page(&format!("{base}ui/sessions"), &test.cookie(&here), "en", true);
    browser.one("a[rel=next]").follow();
    assert_eq!(browser.all(".card").len(), 2);
    let ended = browser.all(".card form")[0].attribute("action");
    browser.all(".card button")[0].follow();
    assert_eq!(browser.one("[role=status]").text(), "That session has been signed out.");
    assert_eq!(browser.all(".card").len(), 1, "the same page again");
    let live =
        |issued: &NewSession| get(service, "/sessions/whoami", issued.token.expose()).status == 200;
    let dead: Vec<_> = others.iter().filter(|issued| !live(issued)).collect();
    assert!(dead.len() == 1 && ended.contains(&dead[0].session.id.to_string()), "{ended}");
    browser.one(".everywhere button").follow();
    assert!(browser.one("main").text().contains("You are not signed in anywhere else."));
    // The style sheet, the script and all pages were found.
    assert_eq!(browser.console_messages(), Vec::<serde_json::Value>::new());
}

#[test]
fn page_has_the_configured_colours_and_sign_in_link() {
    let test = TestService::start(&[
        ("ui.accent", "#FFD000"),
        ("ui.sign_in_url", "https://example.org/login?x=\""),
    ]);
    let style = send(test.service.public, "GET", "/ui/page.css", &[]);
    assert!(style.body.starts_with(":root { --accent: #ffd000; --on-accent: #000000; }"));
    let page = send(test.service.public, "GET", "/ui/sessions", &[]).body;
    assert!(page.contains("href=\"https://example.org/login?x=%22\""), "{page}");
}

#[test]
fn missing_second_factor_is_explained_with_a_link_to_step_up() {
    let wanted = [COOKIE_SECRETS, ("session.required_aal", "highest_available")];
    for (sign_in, link) in [
        ("https://example.org/login", "https://example.org/login?aal=aal2"),
        ("https://example.org/login?x=1", "https://example.org/login?x=1&aal=aal2"),
        ("", "/ui/sessions"),
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
        assert_eq!(browser.one("a.button").attribute("href"), link);
    }
}
