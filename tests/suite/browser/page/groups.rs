//! Sessions of one device, and the number of sessions.

use crate::browser::page::fixture::{HERE, PHONE, Person, scattered, session_on};

#[test]
fn sessions_of_one_device_at_one_place_are_one_card_that_unfolds() {
    for scripts in [true, false] {
        let ana = Person::with(vec![
            session_on(7_300, PHONE, Some("Porto, PT")),
            session_on(8_000, PHONE, Some("Faro, PT")),
            session_on(90_000, PHONE, Some("Porto, PT")),
            session_on(400_000, HERE, None),
            session_on(500_000, PHONE, Some("Porto, PT")),
        ]);
        // Without an address, the place alone decides.
        ana.test
            .database
            .run("UPDATE session_devices SET ip_address = NULL WHERE location LIKE '%PT'");
        let browser = ana.browser("en", scripts);
        let titles = browser.texts(".card:not(.here) h3 > bdi");
        assert_eq!(titles, ["Safari on iPhone", "Safari on iPhone", "Chrome on Linux"]);
        assert_eq!(browser.texts(".count"), ["3 sessions"]);
        assert_eq!(browser.one(".number").text(), "You have 5 other sessions.");
        let buttons = || browser.all(".each .sign-out button");
        assert!(!buttons()[0].is_shown());
        browser.one(".each > summary").click();
        let labels: Vec<_> = buttons().iter().map(|one| one.attribute("aria-label")).collect();
        assert_eq!(
            labels,
            [
                "Sign out: Safari on iPhone, 2 hours ago",
                "Sign out: Safari on iPhone, 1 day ago",
                "Sign out: Safari on iPhone, 5 days ago"
            ]
        );
        buttons()[1].follow();
        assert_eq!(browser.texts(".count"), ["2 sessions"]);
        let live: Vec<_> = ana.others.iter().map(|issued| ana.is_live(issued)).collect();
        assert_eq!(live, [true, true, false, true, true]);
    }
}

#[test]
fn number_is_exact_on_one_page_and_a_lower_bound_on_the_first_of_several() {
    for (count, number) in [
        (1, "You have 1 other session."),
        (10, "You have 10 other sessions."),
        (11, "More than 10 other sessions, the newest first."),
    ] {
        let ana = Person::with(scattered(count));
        let browser = ana.browser("en", false);
        assert_eq!(browser.one(".number").text(), number);
        if count > 10 {
            browser.one("a[rel=next]").follow();
            assert!(!browser.has(".number"));
        }
    }
}
