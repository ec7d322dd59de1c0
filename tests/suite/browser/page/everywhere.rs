//! The question before a person signs out everywhere else.

use crate::browser::page::fixture::Person;

#[test]
fn person_is_asked_and_can_go_back() {
    for scripts in [true, false] {
        let ana = Person::typical();
        let browser = ana.browser("en", scripts);
        browser.one(".everywhere .button").follow();
        assert_eq!(browser.one("h1").text(), "Sign out everywhere else?");
        let text = browser.one("main").text();
        assert!(text.contains("You have 3 other sessions."), "{text}");
        assert!(text.contains("This device stays signed in."), "{text}");
        browser.one(".answers a").follow();
        assert_eq!(browser.all(".card").len(), 4);
        assert!(ana.others.iter().all(|issued| ana.is_live(issued)));

        browser.one(".everywhere .button").follow();
        browser.one(".answers button").follow();
        assert_eq!(browser.all(".card").len(), 1);
        assert!(!ana.others.iter().any(|issued| ana.is_live(issued)) && ana.is_live(&ana.here));
    }
}

#[test]
fn person_who_is_signed_in_nowhere_else_is_reassured() {
    let ana = Person::with(Vec::new());
    let browser = ana.browser("en", false);
    let calm = browser.one(".calm").text();
    assert!(calm.contains("You are not signed in anywhere else."), "{calm}");
    assert!(calm.contains("only this device can use your account"), "{calm}");
    assert!(!browser.has(".everywhere") && !browser.has(".number"));
    browser.go(&ana.url("/ui/sessions/sign-out-others"));
    assert!(!browser.has(".answers"));
    browser.one("a.button").follow();
    assert!(browser.has(".here"));
}

#[test]
fn question_is_for_people_who_are_signed_in() {
    let ana = Person::typical();
    ana.test.database.run("UPDATE sessions SET active = FALSE");
    let page = ana.get("/ui/sessions/sign-out-others", "");
    assert!(page.status == 401 && page.body.contains("You are not signed in"), "{page:?}");
}
