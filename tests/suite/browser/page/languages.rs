//! Languages of the page.

use crate::browser::page::fixture::Person;
use crate::support::http_client::send;
use crate::support::people::TestService;

#[test]
fn page_is_in_german_and_in_languages_added_by_a_file() {
    let ana = Person::typical();
    let browser = ana.browser("de-AT,de,en", true);
    assert_eq!(browser.one("h1").text(), "Wo Sie angemeldet sind");
    assert_eq!(browser.texts(".here h3")[0], "Chrome auf Linux, Computer");
    assert!(browser.one(".here dl").text().contains("23.11.2026, 20:00"));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nl.toml");
    let english = include_str!("../../../../src/i18n/en.toml");
    let dutch = english
        .replace("tag = \"en\"", "tag = \"nl\"")
        .replace("Where you are signed in", "Waar u bent aangemeld");
    std::fs::write(&file, dutch).unwrap();
    let test = TestService::start(&[("ui.languages", file.to_str().unwrap())]);
    let asked = |language: &str| {
        send(
            test.service.public,
            "GET",
            "/ui/sessions",
            &[("Accept-Language", language.as_bytes())],
        )
    };
    for (language, tag) in [
        ("nl", "nl"),
        ("fr, nl-BE;q=0.8, de;q=0.3", "nl"),
        ("fr", "en"),
        ("de;q=0, *", "en"),
        ("", "en"),
    ] {
        let body = asked(language).body;
        assert!(body.contains(&format!("<html lang=\"{tag}\">")), "{language}: {body}");
    }
}

#[test]
fn custom_english_remains_the_default_language() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ours.toml");
    let ours = include_str!("../../../../src/i18n/en.toml");
    std::fs::write(&file, ours.replace("You are not signed in", "Who are you?")).unwrap();
    let test = TestService::start(&[("ui.languages", file.to_str().unwrap())]);
    for (language, title) in [("fr", "Who are you?"), ("de", "Sie sind nicht angemeldet")] {
        let accept = [("Accept-Language", language.as_bytes())];
        let body = send(test.service.public, "GET", "/ui/sessions", &accept).body;
        assert!(body.contains(title), "{language}: {body}");
    }
}
