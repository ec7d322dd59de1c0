//! Names that people give to their sessions.

use crate::browser::page::fixture::{PHONE, Person, session_on};
use crate::support::http_client::get;

#[test]
fn person_names_renames_and_unnames_sessions() {
    for scripts in [true, false] {
        let ana = Person::typical();
        let browser = ana.browser("en", scripts);
        for (card, other) in [(".here", false), (".card:nth-child(1):not(.here)", true)] {
            let open = || browser.one(&format!("{card} .naming summary")).click();
            let submit = |name: &str| {
                let field = browser.one(&format!("{card} .naming input"));
                field.clear();
                field.type_text(name);
                browser.one(&format!("{card} .naming button")).follow();
            };
            let device = if other { "Safari on iPhone" } else { "Chrome on Linux" };
            let label = if other { device } else { "This device" };
            let summary = browser.one(&format!("{card} .naming summary"));
            assert_eq!(summary.attribute("aria-label"), format!("Add a name: {label}"));
            open();
            submit("  Grandma's <b>tablet</b> ");
            let name = "Grandma's <b>tablet</b>";
            assert_eq!(browser.one(".notice").text(), format!("The session is now called {name}."));
            assert!(browser.texts(&format!("{card} h3"))[0].starts_with(name));
            let facts = browser.one(&format!("{card} dl")).text().replace('\n', " ");
            assert!(facts.starts_with(&format!("Device {device}")), "{facts}");

            open();
            submit("");
            assert_eq!(browser.one(".notice").text(), "The session no longer has a name.");
            assert!(browser.texts(&format!("{card} h3"))[0].starts_with(device));
        }
        assert_eq!(browser.console_messages(), Vec::<serde_json::Value>::new());
    }
}

#[test]
fn name_that_is_refused_is_explained_in_its_place() {
    for scripts in [true, false] {
        let ana = Person::typical();
        let browser = ana.browser("en", scripts);
        browser.one(".here .naming summary").click();
        let long = "x".repeat(61);
        browser.one(".here .naming input").type_text(&long);
        browser.one(".here .naming button").follow();
        // The form is unfolded, has what was typed, and is the place where typing goes on.
        let field = browser.one("input[aria-invalid=true]");
        assert_eq!(field.attribute("value"), long);
        let hint = browser.one(&format!("#{}", field.attribute("aria-describedby")));
        assert!(hint.is_shown() && hint.text().starts_with("This name cannot be used."));
        assert_eq!(browser.run("return document.activeElement.name"), "name");
        assert!(!browser.has(".notice"));
        browser.go(&ana.url("/ui/sessions"));
        assert!(!browser.has("[aria-invalid]"));
    }
}

#[test]
fn name_follows_the_rules_of_the_api() {
    let ana = Person::typical();
    let path = format!("/ui/sessions/{}/name?page_token=", ana.others[0].session.id);
    let name = || {
        let all = get(ana.test.service.public, "/sessions", ana.here.token.expose()).json();
        all[0]["name"].clone()
    };
    let answer = ana.submit(&path, "name=Work+laptop");
    assert_eq!((answer.status, answer.header("location")), (303, "/ui/sessions".to_owned()));
    assert_eq!(name(), "Work laptop");
    for refused in ["a%E2%80%AEb", "a%00b", &"x".repeat(61), &"x".repeat(3000)] {
        assert_eq!(ana.submit(&path, &format!("name={refused}")).status, 303);
        assert_eq!(name(), "Work laptop", "{refused}");
    }
    let answer = ana.submit(&path, &format!("name={}", "x".repeat(9000)));
    assert_eq!(answer.status, 413);
    // Somebody else's session stays as it is.
    let bob = Person::typical();
    let path = format!("/ui/sessions/{}/name", bob.here.session.id);
    assert_eq!(ana.submit(&path, "name=Mine").status, 303);
    assert_eq!(name(), "Work laptop");
}

#[test]
fn name_is_isolated_from_its_surroundings() {
    let ana = Person::with(vec![session_on(100, PHONE, None)]);
    let path = format!("/ui/sessions/{}/name", ana.others[0].session.id);
    ana.submit(&path, "name=%D7%9E%D7%97%D7%A9%D7%91");
    let page = ana.get("/ui/sessions", "").body;
    assert!(page.contains("<h3><bdi>מחשב</bdi>"), "{page}");
    assert!(page.contains("value=\"מחשב\" dir=\"auto\""), "{page}");
}

#[test]
fn spaces_around_a_name_do_not_count() {
    let ana = Person::typical();
    let path = format!("/ui/sessions/{}/name", ana.others[0].session.id);
    let spaces = "+".repeat(250);
    assert_eq!(ana.submit(&path, &format!("name={spaces}Work{spaces}")).status, 303);
    assert!(ana.get("/ui/sessions", "").body.contains("<bdi>Work</bdi>"));
}
