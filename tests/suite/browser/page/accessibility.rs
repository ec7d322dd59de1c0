//! Accessibility: use by keyboard, and axe's checks.

use std::path::Path;

use serde_json::json;

use crate::browser::page::fixture::{HERE, PHONE, Person, TABLET, scattered, session_on};
use crate::support::browser::Browser;

const LOGO: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\">\
                    <rect width=\"32\" height=\"32\" rx=\"8\" fill=\"#1a4fb4\"/>\
                    <path d=\"M9 12h14l-1.5 12h-11z\" fill=\"#fff\"/>\
                    <path d=\"M12.5 12a3.5 3.5 0 0 1 7 0\" fill=\"none\" stroke=\"#fff\" stroke-width=\"2\"/></svg>";

#[test]
fn page_can_be_used_by_keyboard_alone() {
    let ana = Person::typical();
    let browser = ana.browser("en", true);
    let focus = || browser.run("return document.activeElement.getAttribute('aria-label')");
    let (tab, enter) = ("\u{e004}", "\u{e007}");
    for device in ["This device", "Safari on iPhone"] {
        browser.press(tab);
        assert_eq!(focus(), format!("Add a name: {device}"));
        browser.press(tab);
        assert_eq!(focus(), format!("Sign out: {device}"));
    }
    // The focus is visible.
    let outline = "return getComputedStyle(document.activeElement).outlineStyle";
    assert_eq!(browser.run(outline), "solid");
    browser.press(tab);
    browser.press(tab);
    assert_eq!(focus(), "Sign out: ExampleApp 3.2 on Android");
    let button = browser.all(".card:not(.here) .sign-out button").remove(1);
    browser.press(enter);
    button.wait_until_gone();
    assert!(browser.has("[role=status]"));
    assert!(!ana.is_live(&ana.others[1]));
}

/// A person with everything that the page can show.
fn person_of_all_kinds() -> Person {
    let folder = tempfile::tempdir().unwrap();
    let logo = folder.path().join("logo.svg");
    std::fs::write(&logo, LOGO).unwrap();
    let settings = [
        ("ui.name", "Example Shop"),
        ("ui.logo", logo.to_str().unwrap()),
        ("ui.account_trait", "email"),
        ("ui.home_url", "https://shop.example.org/"),
    ];
    let mut others = vec![
        session_on(4_000, TABLET, Some("Lyon, FR")),
        session_on(90_000, PHONE, Some("Porto, PT")),
        session_on(400_000, PHONE, Some("Porto, PT")),
        session_on(800_000, PHONE, Some("Porto, PT")),
        session_on(5_000_000, "ExampleApp/3.2 (Linux; Android 14; Pixel 8)", None),
    ];
    others[0].session.devices[0].ip_address = Some("2001:db8:4::17".to_owned());
    for phone in &mut others[1..4] {
        phone.session.devices[0].ip_address = Some("198.51.100.77".to_owned());
    }
    let ana = Person::with_settings(others, &settings);
    let path = format!("/ui/sessions/{}/name", ana.here.session.id);
    ana.submit(&path, "name=Work+laptop");
    ana
}

/// Opens the page as somebody who was last here three hours ago.
fn revisit(ana: &Person, language: &str) -> Browser {
    let browser = ana.browser(language, true);
    let (name, value) = ana.last_visit(10_800, 10_800);
    browser.go(&ana.url("/ui/page.css"));
    browser.add_cookie_at("/ui", name, &value);
    browser.go(&ana.url("/ui/sessions"));
    browser
}

/// Emulates a screen on which the whole page fits, and checks that it fits this width.
fn show_all(browser: &Browser, width: u32, scheme: &str) {
    browser.emulate_screen(width, 480, scheme);
    let size = |name: &str| browser.run(&format!("return document.documentElement.{name}"));
    assert!(size("scrollWidth").as_u64() <= Some(width.into()), "{}", size("scrollWidth"));
    let height = size("scrollHeight").as_u64().and_then(|height| u32::try_from(height).ok());
    browser.emulate_screen(width, height.unwrap(), scheme);
}

/// Checks the page with axe (<https://github.com/dequelabs/axe-core>). If `SCREENSHOTS` is
/// set, saves screenshots to that folder.
fn check_page(browser: &Browser, name: &str) {
    let axe = std::fs::read_to_string(std::env::var("AXE").unwrap()).unwrap();
    // The rule for the size of targets is WCAG 2.2's, and off unless it is asked for.
    let found = browser.run(&format!(
        "{axe}; return axe.run({{resultTypes: ['violations'], rules: {{'target-size': \
         {{enabled: true}}}}}}).then((all) => all.violations)"
    ));
    assert_eq!(found, json!([]), "{name}");
    if let Some(folder) = std::env::var_os("SCREENSHOTS") {
        std::fs::write(Path::new(&folder).join(name), browser.screenshot()).unwrap();
    }
}

#[test]
fn page_has_no_accessibility_violations() {
    let ana = person_of_all_kinds();
    let browser = revisit(&ana, "en");
    assert!(browser.has(".new") && browser.has(".each") && browser.has(".logo"));
    for (shape, width) in [("wide", 960), ("phone", 390)] {
        for scheme in ["light", "dark"] {
            show_all(&browser, width, scheme);
            check_page(&browser, &format!("{shape}-{scheme}.png"));
        }
    }
    let unfold = |kind: &str| {
        let script = "document.querySelectorAll(KIND).forEach((one) => { one.open = true })";
        browser.run(&script.replace("KIND", &format!("'{kind}'")));
    };
    unfold("details.each");
    show_all(&browser, 960, "light");
    check_page(&browser, "unfolded.png");
    unfold("details");
    for (shape, width) in [("wide", 960), ("phone", 390)] {
        show_all(&browser, width, "light");
        check_page(&browser, &format!("forms-{shape}.png"));
    }
    browser.emulate_screen(960, 640, "light");
    browser.one(".everywhere .button").follow();
    check_page(&browser, "sign-out-everywhere.png");
    browser.one(".answers button").follow();
    show_all(&browser, 960, "light");
    check_page(&browser, "nowhere-else.png");
    browser.emulate_screen(960, 480, "light");
    browser.go(&ana.url("/ui/sessions?page_token=wrong"));
    check_page(&browser, "failed.png");
    ana.test.database.run("UPDATE sessions SET active = FALSE");
    browser.go(&ana.url("/ui/sessions"));
    assert_eq!(browser.one("h1").text(), "You are not signed in");
    check_page(&browser, "not-signed-in.png");
}

#[test]
fn page_fits_a_phone_in_every_language() {
    let ana = person_of_all_kinds();
    for language in ["de", "fr", "es"] {
        let browser = revisit(&ana, language);
        show_all(&browser, 320, "light");
        check_page(&browser, &format!("narrow-{language}.png"));
    }
}

#[test]
fn search_and_refused_names_have_no_accessibility_violations() {
    let mut others = scattered(12);
    others.push(session_on(900_000, HERE, Some("Lyon, FR")));
    let ana = Person::with(others);
    let browser = ana.browser("en", true);
    browser.emulate_screen(960, 900, "light");
    browser.one(".here .naming summary").click();
    browser.one(".here .naming input").type_text(&"x".repeat(61));
    browser.one(".here .naming button").follow();
    check_page(&browser, "name-refused.png");
    browser.one("#q").type_text("lyon");
    browser.one(".search button").follow();
    show_all(&browser, 960, "light");
    check_page(&browser, "search.png");
}
