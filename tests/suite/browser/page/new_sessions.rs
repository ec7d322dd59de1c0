//! Sessions that are new since the last visit of the page.

use crate::browser::page::fixture::{HERE, PHONE, Person, session_on};
use crate::support::http_client::send;

const MARK: &str = "New since your last visit. Was this you?";

/// The number of marks at a visit with this cookie of the last one.
fn marks(ana: &Person, last: i64, seen: i64) -> usize {
    let (name, value) = ana.last_visit(last, seen);
    ana.get("/ui/sessions", &format!("{name}={value}")).body.matches(MARK).count()
}

#[test]
fn sessions_since_the_last_visit_are_marked_until_the_next_one() {
    let others = [1000, 5000, 90_000].map(|age| session_on(age, PHONE, None));
    let ana = Person::with(others.to_vec());
    // The last visit ended two hours ago.
    assert_eq!(marks(&ana, 50_000, 7_200), 2);
    // The marks stay as long as this visit lasts, and the visit before ended at another time.
    assert_eq!(marks(&ana, 2_000, 60), 1);
    assert_eq!(marks(&ana, 100_000, 60), 3);
    // The own session began an hour ago, and is not marked.
    assert_eq!(marks(&ana, 4_000, 60), 1);
}

#[test]
fn first_visit_marks_nothing_and_remembers_its_time() {
    let ana = Person::with(vec![session_on(1000, PHONE, None)]);
    let page = ana.get("/ui/sessions", "");
    assert!(!page.body.contains(MARK));
    let (name, value) = ana.last_visit(0, 0);
    let expected = format!("{name}={value}; HttpOnly; SameSite=Lax; Path=/ui; Max-Age=34560000");
    assert_eq!(page.header("set-cookie"), expected);
    let refused = send(ana.test.service.public, "GET", "/ui/sessions", &[]);
    assert_eq!((refused.status, refused.header("set-cookie")), (401, String::new()));
}

#[test]
fn new_session_says_what_to_do_and_unfolds_its_card() {
    for scripts in [true, false] {
        let ana = Person::with(vec![
            session_on(1_000, PHONE, None),
            session_on(90_000, PHONE, None),
            session_on(95_000, HERE, None),
        ]);
        let browser = ana.browser("en", scripts);
        assert!(!browser.has(".new"));
        let (name, value) = ana.last_visit(7_200, 7_200);
        browser.go(&ana.url("/ui/page.css"));
        browser.add_cookie_at("/ui", name, &value);
        browser.go(&ana.url("/ui/sessions"));
        let advice = format!("{MARK} If not, sign it out and change your password.");
        assert_eq!(browser.texts(".new"), [advice]);
        browser.one(".each li:first-child .sign-out button").follow();
        assert!(!ana.is_live(&ana.others[0]));
    }
}
