//! The search among many sessions.

use crate::browser::page::fixture::{HERE, PHONE, Person, scattered, session_on};

fn person_with_many() -> Person {
    let mut others = scattered(70);
    others.push(session_on(900_000, HERE, Some("Lyon, FR")));
    Person::with(others)
}

#[test]
fn person_finds_a_session_among_many_and_signs_it_out() {
    for scripts in [true, false] {
        let ana = person_with_many();
        let browser = ana.browser("en", scripts);
        browser.one("#q").type_text("france LINUX");
        browser.one(".search button").follow();
        assert_eq!(browser.texts(".card h3"), ["Chrome on Linux, Computer"]);
        assert_eq!(browser.one(".found").text(), "1 session matches “france LINUX”.");
        assert_eq!(browser.one("#q").attribute("value"), "france LINUX");
        assert!(!browser.has("nav") && !browser.has(".everywhere"));

        browser.one(".card .sign-out button").follow();
        assert!(!ana.is_live(ana.others.last().unwrap()));
        assert_eq!(browser.one(".found").text(), "No session matches “france LINUX”.");
        assert_eq!(browser.one(".notice").text(), "Chrome on Linux was signed out.");
        browser.one(".found + p a").follow();
        assert!(browser.has(".here") && browser.has("a[rel=next]"));
    }
}

#[test]
fn search_looks_at_addresses_kinds_and_names() {
    let ana = person_with_many();
    let named = &ana.others[30].session.id;
    ana.submit(&format!("/ui/sessions/{named}/name"), "name=Grandma%27s+%C3%89toile");
    let found = |query: &str| {
        let page = ana.get(&format!("/ui/sessions?q={query}"), "").body;
        page.matches("/sign-out?").count()
    };
    assert_eq!(found("198.51.100.17"), 1);
    assert_eq!(found("computer"), 1);
    assert_eq!(found("%C3%A9toile"), 1);
    assert_eq!(found("phone+%20+198.51.100.1"), 11);
    assert_eq!(found("nothing+phone"), 0);
    assert_eq!(found("safari"), 50);
}

#[test]
fn result_says_what_it_leaves_out_and_shows_the_query_as_text() {
    let ana = person_with_many();
    let page = ana.get("/ui/sessions?q=safari", "").body;
    assert!(page.contains("Only the newest 50 are shown."), "{page}");
    assert!(!page.contains("were searched"), "{page}");
    let page = ana.get("/ui/sessions?q=%3Cb%3E%22", "").body;
    assert!(page.contains("<bdi>&#60;b&#62;&#34;</bdi>") && !page.contains("<b>"), "{page}");
    // A longer query is cut, and an empty one is the list.
    let long = ana.get(&format!("/ui/sessions?q={}", "x".repeat(500)), "").body;
    assert!(long.contains(&"x".repeat(100)) && !long.contains(&"x".repeat(101)));
    assert!(ana.get("/ui/sessions?q=+", "").body.contains("rel=\"next\""));
}

#[test]
fn search_reads_the_newest_thousand_sessions() {
    let ana = Person::with((1..=1001).map(|age| session_on(age * 10, PHONE, None)).collect());
    let page = ana.get("/ui/sessions?q=iphone", "").body;
    assert!(page.contains("1000 sessions match"), "{page}");
    assert!(page.contains("Only your newest 1000 sessions were searched."), "{page}");
}

#[test]
fn person_with_one_page_of_sessions_has_no_search() {
    assert!(!Person::typical().browser("en", true).has(".search"));
}
