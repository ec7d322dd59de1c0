//! The sessions page in a real browser, with and without scripts.

use std::collections::BTreeSet;
use std::path::Path;

use elsewhere::repository::NewSession;
use elsewhere::session::AssuranceLevel;
use serde_json::json;

use crate::support::browser::Browser;
use crate::support::http_client::{Answer, get, send};
use crate::support::nginx::{Nginx, free_address};
use crate::support::people::{NOW, TestService, json as raw, person, session};

const COOKIE_SECRETS: (&str, &str) = ("session.cookie_secrets", "a-secret-of-16-characters");
const HERE: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                    Chrome/131.0.0.0 Safari/537.36";
const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 \
                     (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";
const APP: &str = "ExampleApp/3.2 (Linux; Android 14; Pixel 8)";

fn session_on(age: i64, user_agent: &str, location: Option<&str>) -> NewSession {
    let mut issued = session(age);
    let device = &mut issued.session.devices[0];
    device.user_agent = Some(user_agent.to_owned());
    device.location = location.map(str::to_owned);
    issued.session.authentication_methods =
        raw(r#"[{"method": "password", "aal": "aal1"}, {"method": "totp", "aal": "aal2"}]"#);
    issued
}

/// Opens a page in a browser with a cookie.
fn open_page(page: &str, cookie: &str, language: &str, scripts: bool) -> Browser {
    let browser = Browser::start(language, scripts);
    browser.go(page);
    let (name, value) = cookie.split_once('=').unwrap();
    browser.add_cookie(name, value);
    // Discards the console messages of the visit without a cookie.
    browser.console_messages();
    browser.go(page);
    browser
}

/// A person who is signed in here and in several other places.
struct Person {
    test: TestService,
    here: NewSession,
    others: Vec<NewSession>,
}

impl Person {
    fn with(others: Vec<NewSession>) -> Self {
        let test = TestService::start(&[COOKIE_SECRETS, ("ui.name", "Example Shop")]);
        let here = session_on(3600, HERE, Some("Lisbon, PT"));
        let mut all = vec![here.clone()];
        all.extend(others.iter().cloned());
        test.issue(&person(), &all);
        // All but the last were used an hour ago.
        for used in others.split_last().map(|(_, used)| used).unwrap_or_default() {
            let at = NOW - time::Duration::hours(1);
            test.service
                .wait(test.service.repository.note_activity(&[used.session.id], at))
                .unwrap();
        }
        Self { test, here, others }
    }

    fn typical() -> Self {
        Self::with(vec![
            session_on(90_000, PHONE, Some("Porto, PT")),
            session_on(400_000, APP, None),
            session_on(900_000, "curl/8.5.0", None),
        ])
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.test.service.public)
    }

    /// Opens the page in a browser with this person's cookie.
    fn browser(&self, language: &str, scripts: bool) -> Browser {
        open_page(&self.url("/ui/sessions"), &self.test.cookie(&self.here), language, scripts)
    }

    fn is_live(&self, issued: &NewSession) -> bool {
        get(self.test.service.public, "/sessions/whoami", issued.token.expose()).status == 200
    }

    /// Submits a form as a browser does, with these headers.
    fn post(&self, path: &str, headers: &[(&str, &[u8])]) -> Answer {
        let cookie = self.test.cookie(&self.here);
        let headers: Vec<_> =
            [("Cookie", cookie.as_bytes())].into_iter().chain(headers.iter().copied()).collect();
        send(self.test.service.public, "POST", path, &headers)
    }
}

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
        assert!(here.contains("Lisbon, PT · 192.0.2.1"), "{here}");
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
        assert_eq!(browser.one("[role=status]").text(), "That session has been signed out.");
        assert_eq!(browser.texts(".card:not(.here) h3"), [others[0], others[2]]);
        let live: Vec<_> = ana.others.iter().map(|issued| ana.is_live(issued)).collect();
        assert_eq!(live, [true, false, true]);

        browser.one(".everywhere button").follow();
        let done = "You have been signed out everywhere else (2).";
        assert_eq!(browser.one("[role=status]").text(), done);
        assert_eq!(browser.texts(".card h3"), ["Chrome on Linux, Computer"]);
        assert!(browser.one("main").text().contains("You are not signed in anywhere else."));
        assert!(!ana.others.iter().any(|issued| ana.is_live(issued)) && ana.is_live(&ana.here));
        assert_eq!(browser.console_messages(), Vec::<serde_json::Value>::new());
    }
}

#[test]
fn person_pages_through_60_sessions() {
    let ana = Person::with((1..=60).map(|age| session_on(age * 100, PHONE, None)).collect());
    for scripts in [true, false] {
        let browser = ana.browser("en", scripts);
        let mut seen = Vec::new();
        loop {
            assert_eq!(browser.has(".here"), seen.is_empty());
            let forms = browser.all(".card form");
            assert!(forms.len() <= 10);
            seen.extend(forms.iter().map(|form| form.attribute("action")));
            let Some(older) = browser.all("a[rel=next]").pop() else { break };
            older.follow();
        }
        let ids: BTreeSet<_> =
            seen.iter().map(|action| action.split('/').nth_back(1).unwrap()).collect();
        let all = ana.others.iter().map(|issued| issued.session.id.to_string());
        assert_eq!(ids, all.collect::<Vec<_>>().iter().map(String::as_str).collect());
        assert_eq!(seen.len(), 60);
        while let Some(newer) = browser.all("a[rel=prev]").pop() {
            newer.follow();
        }
        assert!(browser.has(".here"));
    }
}

#[test]
fn signing_out_on_a_later_page_stays_on_that_page() {
    let ana = Person::with((1..=25).map(|age| session_on(age * 100, PHONE, None)).collect());
    let browser = ana.browser("en", true);
    browser.one("a[rel=next]").follow();
    let second = browser.all(".card form").remove(1).attribute("action");
    browser.all(".card button").remove(0).follow();
    let page = browser.one("main").text();
    assert!(browser.has("[role=status]") && browser.has("a[rel=prev]"), "{page}");
    let first = browser.all(".card form").remove(0).attribute("action");
    let id = |action: &str| action.split('/').nth_back(1).unwrap().to_owned();
    assert_eq!(id(&first), id(&second));
}

#[test]
fn emptying_a_page_shows_an_adjacent_page() {
    let ana = Person::with((1..=11).map(|age| session_on(age * 100, PHONE, None)).collect());
    let browser = ana.browser("en", true);
    browser.one("a[rel=next]").follow();
    assert_eq!(browser.all(".card form").len(), 1);
    browser.one("a[rel=prev]").follow();
    for left in (1..=10).rev() {
        assert_eq!(browser.all(".card form").len(), left);
        browser.all(".card form button").remove(0).follow();
    }
    // The session that was on the second page.
    assert_eq!(browser.all(".card form").len(), 1);
    assert!(browser.has(".here") && browser.has(".everywhere"));

    let ana = Person::with((1..=11).map(|age| session_on(age * 100, PHONE, None)).collect());
    let browser = ana.browser("en", true);
    browser.one("a[rel=next]").follow();
    browser.one(".card form button").follow();
    assert_eq!(browser.all(".card form").len(), 10);
    assert!(browser.has(".here") && browser.has(".everywhere") && browser.has("[role=status]"));
}

#[test]
fn link_cannot_make_the_page_confirm_a_sign_out() {
    let ana = Person::typical();
    let browser = ana.browser("en", true);
    browser.go(&ana.url("/ui/sessions?page=1000000&signed_out=3"));
    assert_eq!(browser.all(".card form").len(), 3);
    assert!(!browser.has("[role=status]"));
}

#[test]
fn get_of_a_form_address_redirects_to_the_page() {
    let ana = Person::typical();
    let one = format!("/ui/sessions/{}/sign-out", ana.others[0].session.id);
    for path in [one.as_str(), "/ui/sessions/sign-out-others"] {
        let answer = send(ana.test.service.public, "GET", path, &[]);
        assert_eq!((answer.status, answer.header("location")), (303, "/ui/sessions".to_owned()));
    }
    assert!(ana.others.iter().all(|issued| ana.is_live(issued)));
}

#[test]
fn page_can_be_used_by_keyboard_alone() {
    let ana = Person::typical();
    let browser = ana.browser("en", true);
    let focus = || browser.run("return document.activeElement.getAttribute('aria-label')");
    let (tab, enter) = ("\u{e004}", "\u{e007}");
    browser.press(tab);
    assert_eq!(focus(), "Sign out: Safari on iPhone");
    // The focus is visible.
    let outline = "return getComputedStyle(document.activeElement).outlineStyle";
    assert_eq!(browser.run(outline), "solid");
    browser.press(tab);
    assert_eq!(focus(), "Sign out: ExampleApp 3.2 on Android");
    let button = browser.all(".card button").remove(1);
    browser.press(enter);
    button.wait_until_gone();
    assert!(browser.has("[role=status]"));
    assert!(!ana.is_live(&ana.others[1]));
}

#[test]
fn page_is_in_german_and_in_languages_added_by_a_file() {
    let ana = Person::typical();
    let browser = ana.browser("de-AT,de,en", true);
    assert_eq!(browser.one("h1").text(), "Wo Sie angemeldet sind");
    assert_eq!(browser.texts(".here h3")[0], "Chrome auf Linux, Computer");
    assert!(browser.one(".here dl").text().contains("23.11.2026, 20:00"));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nl.toml");
    let english = include_str!("../../../src/i18n/en.toml");
    let dutch = english
        .replace("tag = \"en\"", "tag = \"nl\"")
        .replace("Where you are signed in", "Waar u bent aangemeld");
    std::fs::write(&file, dutch).unwrap();
    let test = TestService::start(&[("ui.languages", file.to_str().unwrap())]);
    let asked = |language: &str| {
        send(
            test.service.public,
            "GET",
            "/ui/sessions",
            &[("Accept-Language", language.as_bytes())],
        )
    };
    for (language, tag) in [
        ("nl", "nl"),
        ("fr, nl-BE;q=0.8, de;q=0.3", "nl"),
        ("fr", "en"),
        ("de;q=0, *", "en"),
        ("", "en"),
    ] {
        let body = asked(language).body;
        assert!(body.contains(&format!("<html lang=\"{tag}\">")), "{language}: {body}");
    }
}

#[test]
fn custom_english_remains_the_default_language() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ours.toml");
    let ours = include_str!("../../../src/i18n/en.toml");
    std::fs::write(&file, ours.replace("You are not signed in", "Who are you?")).unwrap();
    let test = TestService::start(&[("ui.languages", file.to_str().unwrap())]);
    for (language, title) in [("fr", "Who are you?"), ("de", "Sie sind nicht angemeldet")] {
        let accept = [("Accept-Language", language.as_bytes())];
        let body = send(test.service.public, "GET", "/ui/sessions", &accept).body;
        assert!(body.contains(title), "{language}: {body}");
    }
}

/// Checks the page with axe (<https://github.com/dequelabs/axe-core>). If `SCREENSHOTS` is
/// set, saves screenshots to that folder.
#[test]
fn page_has_no_accessibility_violations() {
    let axe = std::fs::read_to_string(std::env::var("AXE").unwrap()).unwrap();
    let ana = Person::typical();
    let browser = ana.browser("en", true);
    let pictures = std::env::var_os("SCREENSHOTS");
    let looks_good = |name: &str| {
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
            looks_good(&format!("{shape}-{scheme}.png"));
            let width_of_it = browser.run("return document.documentElement.scrollWidth");
            assert!(width_of_it.as_u64() <= Some(width.into()), "{shape}: {width_of_it}");
        }
    }
    browser.one(".everywhere button").follow();
    looks_good("nowhere-else.png");
    browser.go(&ana.url("/ui/sessions?page_token=wrong"));
    looks_good("failed.png");
    ana.test.database.run("UPDATE sessions SET active = FALSE");
    browser.go(&ana.url("/ui/sessions"));
    assert_eq!(browser.one("h1").text(), "You are not signed in");
    looks_good("not-signed-in.png");
}

#[test]
fn forms_of_other_sites_cannot_sign_anyone_out() {
    let ana = Person::typical();
    let one = format!("/ui/sessions/{}/sign-out", ana.others[0].session.id);
    for path in [one.as_str(), "/ui/sessions/sign-out-others"] {
        for foreign in [
            [("Sec-Fetch-Site", "cross-site"), ("Origin", "http://127.0.0.1:4433")].as_slice(),
            &[("Sec-Fetch-Site", "same-site")],
            &[("Sec-Fetch-Site", "none")],
            &[("Origin", "https://other.example.org")],
            &[("Origin", "null")],
            &[],
        ] {
            let foreign: Vec<_> =
                foreign.iter().map(|(key, value)| (*key, value.as_bytes())).collect();
            let answer = ana.post(path, &foreign);
            assert_eq!(answer.status, 403, "{path} {foreign:?}");
        }
    }
    assert!(ana.others.iter().all(|issued| ana.is_live(issued)));
    assert_eq!(ana.post(&one, &[("Origin", b"http://127.0.0.1:4433")]).status, 303);
    assert!(!ana.is_live(&ana.others[0]));
}

#[test]
fn page_has_strict_security_headers() {
    let ana = Person::typical();
    let cookie = ana.test.cookie(&ana.here);
    let page =
        send(ana.test.service.public, "GET", "/ui/sessions", &[("Cookie", cookie.as_bytes())]);
    let signed_out_page = send(ana.test.service.public, "GET", "/ui/sessions", &[]);
    assert_eq!((page.status, signed_out_page.status), (200, 401));
    for answer in [&page, &signed_out_page] {
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self'"));
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "private, no-cache, no-store, must-revalidate");
        assert!(answer.header("vary").contains("Cookie"), "{}", answer.header("vary"));
        assert!(!answer.body.contains("<style") && !answer.body.contains("style="));
        assert!(!answer.body.contains("onclick") && !answer.body.contains("https://"));
    }
}

#[test]
fn names_sent_by_clients_are_escaped() {
    let evil = "Evil<script>alert(1)</script>/1.0 \"'><img src=x>";
    let ana = Person::with(vec![session_on(100, evil, Some("<b>Porto</b>"))]);
    let cookie = ana.test.cookie(&ana.here);
    let page =
        send(ana.test.service.public, "GET", "/ui/sessions", &[("Cookie", cookie.as_bytes())]);
    assert!(
        !page.body.contains("<script>")
            && !page.body.contains("<b>")
            && !page.body.contains("<img")
    );
    assert!(page.body.contains("Porto"));
}

#[test]
fn page_works_below_a_path_of_a_proxy() {
    let address = free_address();
    let base = format!("http://{address}/accounts/");
    let test = TestService::start(&[COOKIE_SECRETS, ("server.base_url", &base)]);
    let here = session_on(3600, HERE, None);
    let others: Vec<_> = (1..=12).map(|age| session_on(age * 100, PHONE, None)).collect();
    test.issue(&person(), &[std::slice::from_ref(&here), &others].concat());
    let service = test.service.public;
    let proxy = format!(
        "events {{}} http {{ server {{ listen {address}; location /accounts/ {{
             proxy_pass http://{service}/; proxy_set_header Host $http_host; }} }} }}"
    );
    let _nginx = Nginx::start(&proxy, address);

    let browser = open_page(&format!("{base}ui/sessions"), &test.cookie(&here), "en", true);
    browser.one("a[rel=next]").follow();
    assert_eq!(browser.all(".card").len(), 2);
    let ended = browser.all(".card form")[0].attribute("action");
    browser.all(".card button")[0].follow();
    assert_eq!(browser.one("[role=status]").text(), "That session has been signed out.");
    assert_eq!(browser.all(".card").len(), 1, "the same page again");
    let live =
        |issued: &NewSession| get(service, "/sessions/whoami", issued.token.expose()).status == 200;
    let dead: Vec<_> = others.iter().filter(|issued| !live(issued)).collect();
    assert!(dead.len() == 1 && ended.contains(&dead[0].session.id.to_string()), "{ended}");
    browser.one(".everywhere button").follow();
    assert!(browser.one("main").text().contains("You are not signed in anywhere else."));
    // The style sheet, the script and all pages were found.
    assert_eq!(browser.console_messages(), Vec::<serde_json::Value>::new());
}

#[test]
fn disabled_page_is_not_served() {
    let test = TestService::start(&[("ui.enabled", "false")]);
    for path in ["/ui/sessions", "/ui/page.css", "/ui/page.js"] {
        assert_eq!(send(test.service.public, "GET", path, &[]).status, 404, "{path}");
    }
}

#[test]
fn page_has_the_configured_colours_and_sign_in_link() {
    let test = TestService::start(&[
        ("ui.accent", "#FFD000"),
        ("ui.sign_in_url", "https://example.org/login?x=\""),
    ]);
    let style = send(test.service.public, "GET", "/ui/page.css", &[]);
    assert!(style.body.starts_with(":root { --accent: #ffd000; --on-accent: #000000; }"));
    let page = send(test.service.public, "GET", "/ui/sessions", &[]).body;
    assert!(page.contains("href=\"https://example.org/login?x=%22\""), "{page}");
}

#[test]
fn missing_second_factor_is_explained_with_a_link_to_step_up() {
    let wanted = [COOKIE_SECRETS, ("session.required_aal", "highest_available")];
    for (sign_in, link) in [
        ("https://example.org/login", "https://example.org/login?aal=aal2"),
        ("https://example.org/login?x=1", "https://example.org/login?x=1&aal=aal2"),
        ("", "/ui/sessions"),
    ] {
        let test =
            TestService::start(&[wanted.as_slice(), &[("ui.sign_in_url", sign_in)]].concat());
        let mut ana = person();
        ana.available_level = Some(AssuranceLevel::Aal2);
        let here = session_on(3600, HERE, None);
        test.issue(&ana, std::slice::from_ref(&here));

        let page = format!("http://{}/ui/sessions", test.service.public);
        let browser = open_page(&page, &test.cookie(&here), "en", true);
        assert_eq!(browser.one("h1").text(), "One more step");
        assert_eq!(browser.one("a.button").attribute("href"), link);
    }
}
