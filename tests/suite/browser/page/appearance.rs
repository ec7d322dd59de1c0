//! The operator's logo, colours and style sheet.

use crate::browser::page::fixture::{Person, session_on};
use crate::support::http_client::send;
use crate::support::people::TestService;

const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"40\" height=\"20\">\
                   <script>alert(1)</script><rect width=\"40\" height=\"20\"/></svg>";

#[test]
fn page_has_the_configured_colours() {
    let test = TestService::start(&[("ui.accent", "#FFD000")]);
    let style = send(test.service.public, "GET", "/ui/page.css", &[]);
    assert!(style.body.starts_with(":root { --accent: #ffd000; --on-accent: #000000; }"));
}

#[test]
fn page_shows_the_logo_and_follows_the_style_sheet() {
    let folder = tempfile::tempdir().unwrap();
    let (logo, style) = (folder.path().join("logo"), folder.path().join("ours.css"));
    std::fs::write(&logo, SVG).unwrap();
    std::fs::write(&style, ":root { --card: rgb(1, 2, 3); }").unwrap();
    let settings =
        [("ui.logo", logo.to_str().unwrap()), ("ui.stylesheet", style.to_str().unwrap())];
    let ana = Person::with_settings(vec![session_on(100, "curl/8", None)], &settings);
    let browser = ana.browser("en", true);
    let loaded = "const one = document.querySelector('img.logo'); \
                  return one.decode().then(() => one.naturalWidth)";
    assert_eq!(browser.run(loaded), 40);
    let colour = "return getComputedStyle(document.querySelector('.card')).backgroundColor";
    assert_eq!(browser.run(colour), "rgb(1, 2, 3)");
    assert_eq!(browser.console_messages(), Vec::<serde_json::Value>::new());

    let service = ana.test.service.public;
    let logo = send(service, "GET", "/ui/logo", &[]);
    assert_eq!((logo.status, logo.body.as_str()), (200, SVG));
    assert_eq!(logo.header("content-type"), "image/svg+xml");
    assert_eq!(logo.header("x-content-type-options"), "nosniff");
    let policy = logo.header("content-security-policy");
    assert_eq!(policy, "default-src 'none'; frame-ancestors 'none'; sandbox");
    let policy = ana.get("/ui/sessions", "").header("content-security-policy");
    assert!(policy.contains("img-src 'self' data:;") && !policy.contains("unsafe"), "{policy}");
}

#[test]
fn service_without_a_logo_serves_none() {
    let ana = Person::typical();
    assert_eq!(send(ana.test.service.public, "GET", "/ui/logo", &[]).status, 404);
    let page = ana.get("/ui/sessions", "");
    assert!(page.header("content-security-policy").contains("img-src data:;"));
    assert!(!page.body.contains("<img"));
}
