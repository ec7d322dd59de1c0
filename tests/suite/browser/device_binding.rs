//! Device-bound sessions in a real browser, over TLS. Its keys are in software, which is all that
//! differs from a browser on a machine with a chip for them.

mod person;

use crate::browser::device_binding::person::{
    Person, both_cookies, session_cookie, start_browser, whoami_in,
};
use crate::support::browser::Profile;
use crate::support::wait::wait_until;

#[test]
fn browser_binds_its_session_and_copies_of_its_cookies_stop_working() {
    let person = Person::sign_in("offer");
    let profile = person.profile();
    let browser = person.open(&profile);
    wait_until("the session is bound", || person.is_bound());
    browser.go(&person.page());
    assert_eq!(browser.all(".here .shield").len(), 1);
    assert!(browser.one(".here .bound").text().starts_with("Bound to its device"));

    let session = session_cookie(&browser);
    wait_until("the cookie is refused alone", || person.whoami_elsewhere(&session) == 401);
    let pair = person.fresh_cookies(&browser);
    assert_eq!(person.whoami_elsewhere(&session), 401);
    assert_eq!(person.whoami_elsewhere(&pair), 200);

    // The browser goes on for three lifetimes, and none of its requests fails. Each copy has its end.
    let mut copies = vec![pair];
    for _ in 0..3 {
        let copy = person.fresh_cookies(&browser);
        wait_until("the end of a copy", || {
            assert_eq!(whoami_in(&browser), 200);
            person.whoami_elsewhere(&copy) == 401
        });
        copies.push(copy);
    }
    assert!(copies.iter().all(|copy| person.whoami_elsewhere(copy) == 401));

    // Another tab of the same browser is the same device.
    browser.open_tab();
    browser.go(&person.page());
    assert_eq!(browser.all(".here .shield").len(), 1);
    person.open_api(&browser);
    assert_eq!(whoami_in(&browser), 200);

    // After a restart, too, when the last proof has run out.
    let last = person.fresh_cookies(&browser);
    drop(browser);
    wait_until("the last proof has run out", || person.whoami_elsewhere(&last) == 401);
    let browser = start_browser(&profile);
    browser.go(&person.page());
    assert_eq!(browser.all(".here .shield").len(), 1, "{}", browser.title());

    // Signing out ends the session, and the browser forgets the key.
    let pair = person.fresh_cookies(&browser);
    browser.go(&person.page());
    browser.one(".here .sign-out button").click();
    wait_until("the session has ended", || person.whoami_elsewhere(&pair) == 401);
    browser.go(&person.page());
    assert_eq!(browser.all(".shield").len(), 0);
    wait_until("the cookies are gone", || both_cookies(&browser).is_none());
}

#[test]
fn browser_proves_its_key_to_a_replica_that_was_killed_and_restarted() {
    let mut person = Person::sign_in("require");
    let profile = person.profile();
    let browser = person.open(&profile);
    wait_until("the session is bound", || person.is_bound());
    let before = person.fresh_cookies(&browser);
    person.restart_replica();
    wait_until("a proof of the new replica", || {
        // A request that was held back while nobody listened goes on without a proof.
        let status = whoami_in(&browser);
        assert!([0, 200, 401].contains(&status), "{status}");
        status == 200 && both_cookies(&browser).is_some_and(|pair| pair != before)
    });
}

#[test]
fn browser_that_binds_no_sessions_is_served_as_before_under_offer() {
    let person = Person::sign_in("offer");
    let profile = Profile::new();
    profile.trust(&person.authority());
    let browser = person.open_without_binding(&profile);
    assert_eq!(browser.all(".card").len(), 2);
    assert_eq!(browser.all(".shield").len(), 0);
    person.open_api(&browser);
    for _ in 0..10 {
        assert_eq!(whoami_in(&browser), 200);
    }
    assert!(!person.is_bound());
    assert_eq!(person.whoami_elsewhere(&session_cookie(&browser)), 200);
}
