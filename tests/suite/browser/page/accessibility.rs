//! Accessibility: use by keyboard, and axe's checks.

use std::path::Path;

use serde_json::json;

use crate::browser::page::fixture::Person;

#[test]
fn page_can_be_used_by_keyboard_alone() {
    let ana = Person::typical();
    let browser = ana.browser("en", true);
    let focus = || browser.run("return document.activeElement.getAttribute('aria-label')");
    let (tab, enter) = ("\u{e004}", "\u{e007}");
    for device in ["Chrome on Linux", "Safari on iPhone"] {
        browser.press(tab);
        assert_eq!(focus(), format!("Sign out: {device}"));
    }
    // The focus is visible.
    let outline = "return getComputedStyle(document.activeElement).outlineStyle";
    assert_eq!(browser.run(outline), "solid");
    browser.press(tab);
    assert_eq!(focus(), "Sign out: ExampleApp 3.2 on Android");
    let button = browser.all(".card:not(.here) button").remove(1);
    browser.press(enter);
    button.wait_until_gone();
    assert!(browser.has("[role=status]"));
    assert!(!ana.is_live(&ana.others[1]));
}

/// Checks the page with axe (<https://github.com/dequelabs/axe-core>). If `SCREENSHOTS` is
/// set, saves screenshots to that folder.
#[test]
fn page_has_no_accessibility_violations() {
    let axe = std::fs::read_to_string(std::env::var("AXE").unwrap()).unwrap();
    let ana = Person::typical();
    let browser = ana.browser("en", true);
    let pictures = std::env::var_os("SCREENSHOTS");
    let check_page = |name: &str| {
        let found = browser.run(&format!(
            "{axe}; return axe.run({{resultTypes: ['violations']}}).then((all) => all.violations)"
        ));
        assert_eq!(found, json!([]), "{name}");
        if let Some(folder) = &pictures {
            std::fs::write(Path::new(folder).join(name), browser.screenshot()).unwrap();
        }
    };
    for (shape, width, height) in [("wide", 960, 1080), ("phone", 390, 1440)] {
        for scheme in ["light", "dark"] {
            browser.emulate_screen(width, height, scheme);
            check_page(&format!("{shape}-{scheme}.png"));
            let scroll_width = browser.run("return document.documentElement.scrollWidth");
            assert!(scroll_width.as_u64() <= Some(width.into()), "{shape}: {scroll_width}");
        }
    }
    browser.one(".everywhere button").follow();
    check_page("nowhere-else.png");
    browser.go(&ana.url("/ui/sessions?page_token=wrong"));
    check_page("failed.png");
    ana.test.database.run("UPDATE sessions SET active = FALSE");
    browser.go(&ana.url("/ui/sessions"));
    assert_eq!(browser.one("h1").text(), "You are not signed in");
    check_page("not-signed-in.png");
}
