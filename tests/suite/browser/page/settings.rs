//! Settings that change the page.

use elsewhere::repository::NewSession;

use crate::browser::page::fixture::{COOKIE_SECRETS, HERE, open_page, scattered, session_on};
use crate::support::http_client::{get, send};
use crate::support::nginx::{Nginx, free_address};
use crate::support::people::{TestService, person};

#[test]
fn disabled_page_is_not_served() {
    let test = TestService::start(&[("ui.enabled", "false")]);
    for path in ["/ui/sessions", "/ui/page.css", "/ui/page.js", "/ui/logo"] {
        assert_eq!(send(test.service.public, "GET", path, &[]).status, 404, "{path}");
    }
}

#[test]
fn page_works_below_a_path_of_a_proxy() {
    let address = free_address();
    let base = format!("http://{address}/accounts/");
    let test = TestService::start(&[COOKIE_SECRETS, ("server.base_url", &base)]);
    let here = session_on(3600, HERE, None);
    let others = scattered(12);
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
    let ended = browser.all(".card .sign-out")[0].attribute("action");
    browser.all(".card .sign-out button")[0].follow();
    assert_eq!(browser.one("[role=status]").text(), "Safari on iPhone was signed out.");
    assert_eq!(browser.all(".card").len(), 1, "the same page again");
    let live =
        |issued: &NewSession| get(service, "/sessions/whoami", issued.token.expose()).status == 200;
    let dead: Vec<_> = others.iter().filter(|issued| !live(issued)).collect();
    assert!(dead.len() == 1 && ended.contains(&dead[0].session.id.to_string()), "{ended}");
    browser.one(".everywhere .button").follow();
    browser.one(".answers button").follow();
    assert!(browser.one("main").text().contains("You are not signed in anywhere else."));
    // The style sheet, the script and all pages were found.
    assert_eq!(browser.console_messages(), Vec::<serde_json::Value>::new());
}
