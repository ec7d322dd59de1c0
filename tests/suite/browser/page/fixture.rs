//! The fixture of these tests: a person with several sessions, and a browser with a cookie.

use elsewhere::authentication::{CookieCodec, TextOwner, TextPurpose};
use elsewhere::repository::NewSession;
use uuid::Uuid;

use crate::support::browser::Browser;
use crate::support::http_client::{Answer, get, send, send_form};
use crate::support::people::{NOW, TestService, json, person, session};

pub const COOKIE_SECRETS: (&str, &str) = ("session.cookie_secrets", "a-secret-of-16-characters");
pub const HERE: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 \
                        (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
pub const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) \
                         AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 \
                         Safari/604.1";
pub const TABLET: &str = "Mozilla/5.0 (iPad; CPU OS 17_4 like Mac OS X) AppleWebKit/605.1.15 \
                          (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1";
const APP: &str = "ExampleApp/3.2 (Linux; Android 14; Pixel 8)";

pub fn session_on(age: i64, user_agent: &str, location: Option<&str>) -> NewSession {
    let mut issued = session(age);
    let device = &mut issued.session.devices[0];
    device.user_agent = Some(user_agent.to_owned());
    device.location = location.map(str::to_owned);
    issued.session.authentication_methods =
        json(r#"[{"method": "password", "aal": "aal1"}, {"method": "totp", "aal": "aal2"}]"#);
    issued
}

/// Sessions on as many devices, each with an address of its own.
pub fn scattered(count: u8) -> Vec<NewSession> {
    let at = |nth: u8| {
        let mut issued = session_on(i64::from(nth) * 100, PHONE, None);
        issued.session.devices[0].ip_address = Some(format!("198.51.100.{nth}"));
        issued
    };
    (1..=count).map(at).collect()
}

/// Opens a page in a browser with a cookie.
pub fn open_page(page: &str, cookie: &str, language: &str, scripts: bool) -> Browser {
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
pub struct Person {
    pub test: TestService,
    pub id: Uuid,
    pub here: NewSession,
    pub others: Vec<NewSession>,
}

impl Person {
    pub fn with(others: Vec<NewSession>) -> Self {
        Self::with_settings(others, &[("ui.name", "Example Shop")])
    }

    pub fn with_settings(others: Vec<NewSession>, settings: &[(&str, &str)]) -> Self {
        let test = TestService::start(&[&[COOKIE_SECRETS], settings].concat());
        let here = session_on(3600, HERE, Some("Lisbon, PT"));
        let mut all = vec![here.clone()];
        all.extend(others.iter().cloned());
        let ana = person();
        test.issue(&ana, &all);
        // All but the last were used an hour ago.
        for used in others.split_last().map(|(_, used)| used).unwrap_or_default() {
            let at = NOW - time::Duration::hours(1);
            test.service
                .wait(test.service.repository.note_activity(&[used.session.id], at))
                .unwrap();
        }
        Self { test, id: ana.id, here, others }
    }

    pub fn typical() -> Self {
        Self::with(vec![
            session_on(90_000, PHONE, Some("Porto, PT")),
            session_on(400_000, APP, None),
            session_on(900_000, "curl/8.5.0", None),
        ])
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.test.service.public)
    }

    /// The name and the value of the cookie with the person's last visit: the end of the visit before,
    /// and the last look at the page, in seconds before now.
    pub fn last_visit(&self, last: i64, seen: i64) -> (&'static str, String) {
        let at = |ago: i64| NOW.unix_timestamp() - ago;
        let codec = CookieCodec::new(&self.test.config);
        let text = format!("{}-{}", at(last), at(seen));
        let value =
            codec.sign_text(TextPurpose::Page, &text, TextOwner::Identity(self.id)).unwrap();
        ("elsewhere_last_visit", value)
    }

    /// Opens the page in a browser with this person's cookie.
    pub fn browser(&self, language: &str, scripts: bool) -> Browser {
        open_page(&self.url("/ui/sessions"), &self.test.cookie(&self.here), language, scripts)
    }

    pub fn is_live(&self, issued: &NewSession) -> bool {
        get(self.test.service.public, "/sessions/whoami", issued.token.expose()).status == 200
    }

    /// Submits a form as a browser does, with these headers.
    pub fn post(&self, path: &str, headers: &[(&str, &[u8])]) -> Answer {
        let cookie = self.test.cookie(&self.here);
        let headers: Vec<_> =
            [("Cookie", cookie.as_bytes())].into_iter().chain(headers.iter().copied()).collect();
        send(self.test.service.public, "POST", path, &headers)
    }

    /// Submits a form of the page with these fields.
    pub fn submit(&self, path: &str, fields: &str) -> Answer {
        let cookie = self.test.cookie(&self.here);
        let headers: [(&str, &[u8]); 2] =
            [("Cookie", cookie.as_bytes()), ("Sec-Fetch-Site", b"same-origin")];
        send_form(self.test.service.public, path, &headers, fields)
    }

    /// Gets a page with the cookie of the session, and with further cookies.
    pub fn get(&self, path: &str, cookies: &str) -> Answer {
        let cookie = format!("{}; {cookies}", self.test.cookie(&self.here));
        send(self.test.service.public, "GET", path, &[("Cookie", cookie.as_bytes())])
    }
}
