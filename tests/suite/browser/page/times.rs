//! Relative times, and the exact ones.

use crate::browser::page::fixture::{PHONE, Person, session_on};

#[test]
fn times_are_relative_with_the_exact_time_on_hover() {
    let ana = Person::with(vec![session_on(7_300, PHONE, None), session_on(200_000, PHONE, None)]);
    for (scripts, exact) in [(false, "2026-11-23 11:00 UTC"), (true, "Nov 23, 2026, 8:00 PM")] {
        let browser = ana.browser("en", scripts);
        let time = browser.all(".here time").remove(0);
        let plain = |text: String| text.replace(['\u{202f}', '\n'], " ");
        // The exact time stands in the text, too, for screen readers only.
        assert_eq!(plain(time.text()), format!("1 hour ago ({exact})"));
        assert_eq!(plain(time.attribute("title")), exact);
        assert_eq!(time.attribute("datetime"), "2026-11-23T11:00:00Z");
    }
}

#[test]
fn times_are_in_the_words_of_each_language() {
    let ana = Person::with(vec![session_on(7_300, PHONE, None)]);
    for (language, here, other) in [
        ("en", "1 hour ago", "2 hours ago"),
        ("de", "vor 1 Stunde", "vor 2 Stunden"),
        ("fr", "il y a 1 heure", "il y a 2 heures"),
        ("es", "hace 1 hora", "hace 2 horas"),
    ] {
        let browser = ana.browser(language, false);
        assert!(browser.texts(".here time")[0].starts_with(here), "{language}");
        assert!(browser.texts(".card:not(.here) time")[0].starts_with(other), "{language}");
    }
}
