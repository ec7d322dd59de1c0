//! Pages of the list.

use std::collections::BTreeSet;

use crate::browser::page::fixture::{Person, scattered};

#[test]
fn person_pages_through_60_sessions() {
    let ana = Person::with(scattered(60));
    for scripts in [true, false] {
        let browser = ana.browser("en", scripts);
        let mut seen = Vec::new();
        loop {
            assert_eq!(browser.has(".here"), seen.is_empty());
            let forms = browser.all(".card:not(.here) .sign-out");
            assert!(forms.len() <= 10 && seen.len() < 60, "the links do not end");
            seen.extend(forms.iter().map(|form| form.attribute("action")));
            let Some(older) = browser.all("a[rel=next]").pop() else { break };
            older.follow();
        }
        let ids: BTreeSet<_> =
            seen.iter().map(|action| action.split('/').nth_back(1).unwrap()).collect();
        let all = ana.others.iter().map(|issued| issued.session.id.to_string());
        assert_eq!(ids, all.collect::<Vec<_>>().iter().map(String::as_str).collect());
        assert_eq!(seen.len(), 60);
        for _ in 1..6 {
            browser.one("a[rel=prev]").follow();
        }
        assert!(!browser.has("a[rel=prev]"));
        assert!(browser.has(".here"));
    }
}

#[test]
fn signing_out_on_a_later_page_stays_on_that_page() {
    let ana = Person::with(scattered(25));
    let browser = ana.browser("en", true);
    browser.one("a[rel=next]").follow();
    let second = browser.all(".card:not(.here) .sign-out").remove(1).attribute("action");
    browser.all(".card:not(.here) .sign-out button").remove(0).follow();
    let page = browser.one("main").text();
    assert!(browser.has("[role=status]") && browser.has("a[rel=prev]"), "{page}");
    let first = browser.all(".card:not(.here) .sign-out").remove(0).attribute("action");
    let id = |action: &str| action.split('/').nth_back(1).unwrap().to_owned();
    assert_eq!(id(&first), id(&second));
}

#[test]
fn emptying_a_page_shows_an_adjacent_page() {
    let ana = Person::with(scattered(11));
    let browser = ana.browser("en", true);
    browser.one("a[rel=next]").follow();
    assert_eq!(browser.all(".card:not(.here) .sign-out").len(), 1);
    browser.one("a[rel=prev]").follow();
    for left in (1..=10).rev() {
        assert_eq!(browser.all(".card:not(.here) .sign-out").len(), left);
        browser.all(".card:not(.here) .sign-out button").remove(0).follow();
    }
    // The session that was on the second page.
    assert_eq!(browser.all(".card:not(.here) .sign-out").len(), 1);
    assert!(browser.has(".here") && browser.has(".everywhere"));

    let ana = Person::with(scattered(11));
    let browser = ana.browser("en", true);
    browser.one("a[rel=next]").follow();
    browser.one(".card:not(.here) .sign-out button").follow();
    assert_eq!(browser.all(".card:not(.here) .sign-out").len(), 10);
    assert!(browser.has(".here") && browser.has(".everywhere") && browser.has("[role=status]"));
}
