//! Signing out on the page.

use crate::browser::page::fixture::Person;
use crate::support::http_client::send;

#[test]
fn person_signs_out_in_one_place_and_then_in_all_others() {
    for scripts in [true, false] {
        let ana = Person::typical();
        let browser = ana.browser("en", scripts);
        assert_eq!(browser.title(), "Where you are signed in · Example Shop");
        assert_eq!(browser.texts(".here h3")[0], "Chrome on Linux, Computer");
        let others =
            ["Safari on iPhone, Phone", "ExampleApp 3.2 on Android, Phone", "curl, Program"];
        assert_eq!(browser.texts(".card:not(.here) h3"), others);
        let here = browser.one(".here dl").text().replace('\n', " ");
        assert!(here.contains("Lisbon, Portugal · 192.0.2.1"), "{here}");
        assert!(here.contains("Signed in with Password, Authenticator app"), "{here}");
        // One hour before noon UTC. With scripts, the time zone is the browser's: Tokyo.
        let time = if scripts { "Nov 23, 2026, 8:00 PM" } else { "2026-11-23 11:00 UTC" };
        assert!(here.replace('\u{202f}', " ").contains(time), "{here}");

        assert!(here.contains("Last active now"), "{here}");
        let used: Vec<_> = browser
            .texts(".card:not(.here) dl")
            .iter()
            .map(|text| {
                text.contains("Last active") && text.replace('\u{202f}', " ").contains(time)
            })
            .collect();
        assert_eq!(used, [true, true, false]);

        browser.one("button[aria-label='Sign out: ExampleApp 3.2 on Android']").follow();
        assert_eq!(
            browser.one("[role=status]").text(),
            "ExampleApp 3.2 on Android was signed out."
        );
        assert_eq!(browser.texts(".card:not(.here) h3"), [others[0], others[2]]);
        let live: Vec<_> = ana.others.iter().map(|issued| ana.is_live(issued)).collect();
        assert_eq!(live, [true, false, true]);

        browser.one(".everywhere .button").follow();
        browser.one(".answers button").follow();
        let done = "You have been signed out everywhere else (2).";
        assert_eq!(browser.one("[role=status]").text(), done);
        assert_eq!(browser.texts(".card h3"), ["Chrome on Linux, Computer"]);
        assert!(browser.one("main").text().contains("You are not signed in anywhere else."));
        assert!(!ana.others.iter().any(|issued| ana.is_live(issued)) && ana.is_live(&ana.here));
        assert_eq!(browser.console_messages(), Vec::<serde_json::Value>::new());
    }
}

#[test]
fn person_signs_out_here() {
    for scripts in [true, false] {
        let ana = Person::typical();
        let browser = ana.browser("en", scripts);
        browser.one(".here .sign-out button").follow();
        assert_eq!(browser.texts("h1"), ["You are not signed in"]);
        assert!(!ana.is_live(&ana.here) && ana.is_live(&ana.others[0]));
        // The time of the visit stays. It says nothing about the person.
        let cookies = browser.cookies();
        let names: Vec<_> = cookies.iter().map(|cookie| cookie["name"].clone()).collect();
        assert_eq!(names, ["elsewhere_last_visit"]);
    }
}

#[test]
fn get_of_a_form_address_redirects_to_the_page() {
    let ana = Person::typical();
    let one = format!("/ui/sessions/{}/sign-out", ana.others[0].session.id);
    let name = format!("/ui/sessions/{}/name", ana.others[0].session.id);
    for path in [one.as_str(), name.as_str(), "/ui/sessions/sign-out"] {
        let answer = send(ana.test.service.public, "GET", path, &[]);
        assert_eq!((answer.status, answer.header("location")), (303, "/ui/sessions".to_owned()));
    }
    assert!(ana.others.iter().all(|issued| ana.is_live(issued)));
}
