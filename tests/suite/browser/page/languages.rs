//! Languages of the page.

use crate::browser::page::fixture::{Person, scattered};
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
        ("it, nl-BE;q=0.8, de;q=0.3", "nl"),
        ("it", "en"),
        ("fr-CA", "fr"),
        ("es-419", "es"),
        ("de;q=0, *", "en"),
        ("", "en"),
    ] {
        let body = asked(language).body;
        assert!(body.contains(&format!("<html lang=\"{tag}\" dir=\"ltr\">")), "{language}: {body}");
    }
}

#[test]
fn custom_english_remains_the_default_language() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ours.toml");
    let ours = include_str!("../../../../src/i18n/en.toml");
    std::fs::write(&file, ours.replace("You are not signed in", "Who are you?")).unwrap();
    let test = TestService::start(&[("ui.languages", file.to_str().unwrap())]);
    for (language, title) in [("it", "Who are you?"), ("de", "Sie sind nicht angemeldet")] {
        let accept = [("Accept-Language", language.as_bytes())];
        let body = send(test.service.public, "GET", "/ui/sessions", &accept).body;
        assert!(body.contains(title), "{language}: {body}");
    }
}

#[test]
fn places_and_methods_are_in_words_of_the_language() {
    let ana = Person::typical();
    for (language, place, methods) in [
        ("en", "Lisbon, Portugal", "Password, Authenticator app"),
        ("de-CH", "Lisbon, Portugal", "Passwort, Authenticator-App"),
        ("fr-CA", "Lisbon, Portugal", "Mot de passe, Application d’authentification"),
        ("es-419", "Lisbon, Portugal", "Contraseña, Aplicación de autenticación"),
    ] {
        let here = ana.browser(language, true).one(".here dl").text();
        assert!(here.contains(place) && here.contains(methods), "{language}: {here}");
    }
    ana.test.database.run("UPDATE session_devices SET location = 'Köln, DE'");
    for (language, place) in [("de", "Köln, Deutschland"), ("fr", "Köln, Allemagne")] {
        let here = ana.browser(language, true).one(".here dl").text();
        assert!(here.contains(place), "{language}: {here}");
    }
}

#[test]
fn language_file_of_an_earlier_version_has_the_new_texts_in_english() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nl.toml");
    let texts = "tag = \"nl\"\nname = \"Nederlands\"\n[page]\n\
                 title = \"Waar u bent aangemeld\"\ndone_one = \"Die sessie is afgemeld.\"";
    std::fs::write(&file, texts).unwrap();
    let settings = [("ui.languages", file.to_str().unwrap())];
    let ana = Person::with_settings(scattered(1), &settings);
    let browser = ana.browser("nl", true);
    assert_eq!(browser.one("h1").text(), "Waar u bent aangemeld");
    browser.one(".card:not(.here) .sign-out button").follow();
    assert_eq!(browser.one(".notice").text(), "Die sessie is afgemeld.");
    assert!(browser.one("main").text().contains("You are not signed in anywhere else."));
}

#[test]
fn language_from_right_to_left_turns_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ar.toml");
    std::fs::write(&file, "tag = \"ar\"\nname = \"العربية\"\ndirection = \"rtl\"").unwrap();
    let test = TestService::start(&[("ui.languages", file.to_str().unwrap())]);
    let accept: [(&str, &[u8]); 1] = [("Accept-Language", b"ar-EG")];
    let page = send(test.service.public, "GET", "/ui/sessions", &accept);
    assert!(page.body.contains("<html lang=\"ar\" dir=\"rtl\">"), "{}", page.body);
    assert!(page.header("vary").contains("Accept-Language"));
}
