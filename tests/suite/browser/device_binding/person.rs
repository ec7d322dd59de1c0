//! A person with a browser, and somebody with copies of its cookies.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::Value;
use uuid::Uuid;

use crate::api::listeners_tls::authority::Authority;
use crate::support::browser::{Browser, Profile};
use crate::support::databases::{Database, Kind};
use crate::support::http_client::{get, send};
use crate::support::nginx::free_address;
use crate::support::process::Replica;
use crate::support::sign_in::{SignIn, SignedIn};
use crate::support::wait::wait_for;

const SESSION: &str = "ory_kratos_session";
const BOUND: &str = "ory_kratos_session_bound";
/// The browser keeps keys in software only for tests.
const FEATURES: &str = "--enable-features=DeviceBoundSessions:RefreshQuota/false,\
                        EnableBoundSessionCredentialsSoftwareKeysForManualTesting";

pub struct Person {
    authority: Authority,
    database: Database,
    binding: &'static str,
    listen: SocketAddr,
    /// The one that the browser calls, over TLS.
    replica: Option<Replica>,
    /// The one that whoever has copied the cookies calls.
    elsewhere: Replica,
    /// The cookie that the browser receives.
    cookie: String,
    /// A session of the same person in an app.
    app: SignedIn,
}

impl Person {
    pub fn sign_in(binding: &'static str) -> Self {
        let authority = Authority::new();
        authority.sign("server");
        let (database, listen) = (Database::empty(Kind::Postgres), free_address());
        let elsewhere = Replica::start(&settings(&database, binding, &base_url(listen)));
        let identity = Uuid::new_v4();
        let issued = SignIn::new(identity).send(elsewhere.admin).json();
        let app = SignIn::new(identity).at(elsewhere.admin);
        let cookie = issued["session_cookie"].as_str().unwrap().to_owned();
        let mut person =
            Self { authority, database, binding, listen, replica: None, elsewhere, cookie, app };
        person.start_replica();
        person
    }

    fn start_replica(&mut self) {
        let (listen, base_url) = (self.listen.to_string(), base_url(self.listen));
        let (certificate, key) =
            (self.authority.text("server.pem"), self.authority.text("server.key"));
        let mut settings = settings(&self.database, self.binding, &base_url).to_vec();
        settings.extend([
            ("server.listen", &*listen),
            ("server.tls.certificate", &*certificate),
            ("server.tls.key", &*key),
        ]);
        self.replica = Some(Replica::start(&settings));
    }

    /// Kills the replica, and starts it at the same address.
    pub fn restart_replica(&mut self) {
        self.replica = None;
        self.start_replica();
    }

    pub fn authority(&self) -> PathBuf {
        self.authority.path("ca.pem")
    }

    pub fn profile(&self) -> Profile {
        let profile = Profile::new();
        profile.trust(&self.authority());
        profile
    }

    pub fn page(&self) -> String {
        format!("{}ui/sessions", base_url(self.listen))
    }

    /// Opens the page with the session's cookie.
    pub fn open(&self, profile: &Profile) -> Browser {
        self.open_in(start_browser(profile))
    }

    pub fn open_without_binding(&self, profile: &Profile) -> Browser {
        self.open_in(Browser::start_again(profile, &["--disable-features=DeviceBoundSessions"]))
    }

    fn open_in(&self, browser: Browser) -> Browser {
        // A page without an offer.
        browser.go(&format!("{}ui/page.css", base_url(self.listen)));
        let (name, value) = self.cookie.split(';').next().unwrap().split_once('=').unwrap();
        browser.add_lasting_cookie(name, value);
        browser.go(&self.page());
        browser
    }

    pub fn is_bound(&self) -> bool {
        let list = "/sessions?expand=device_labels";
        get(self.elsewhere.public, list, &self.app.token).json()[0]["bound"] == true
    }

    /// Opens an answer of the API. From the page, requests of scripts are forbidden.
    pub fn open_api(&self, browser: &Browser) {
        browser.go(&format!("{}sessions/whoami", base_url(self.listen)));
    }

    /// Both cookies, soon after the browser has renewed the proof.
    pub fn fresh_cookies(&self, browser: &Browser) -> String {
        self.open_api(browser);
        let former = both_cookies(browser);
        wait_for("a new proof", || {
            whoami_in(browser);
            both_cookies(browser).filter(|pair| former.as_ref() != Some(pair)).ok_or("none")
        })
    }

    /// The status of a request with copied cookies.
    pub fn whoami_elsewhere(&self, cookies: &str) -> u16 {
        let headers: [(&str, &[u8]); 1] = [("Cookie", cookies.as_bytes())];
        send(self.elsewhere.public, "GET", "/sessions/whoami", &headers).status
    }
}

pub fn start_browser(profile: &Profile) -> Browser {
    Browser::start_again(profile, &[FEATURES])
}

/// The status of a request that the browser makes, or 0 if it fails.
pub fn whoami_in(browser: &Browser) -> u64 {
    let script = "return fetch('/sessions/whoami').then((answer) => answer.status, () => 0);";
    browser.run(script).as_u64().unwrap()
}

/// The session's cookie, as a thief copies it.
pub fn session_cookie(browser: &Browser) -> String {
    copy(browser, SESSION).unwrap()
}

/// The same with the proof. `None` if the browser lacks one of the cookies.
pub fn both_cookies(browser: &Browser) -> Option<String> {
    Some(format!("{}; {}", copy(browser, SESSION)?, copy(browser, BOUND)?))
}

fn copy(browser: &Browser, name: &str) -> Option<String> {
    let cookies = browser.cookies();
    let found = cookies.iter().find(|cookie| cookie["name"] == name)?;
    let value = |cookie: &Value| cookie["value"].as_str().unwrap().to_owned();
    Some(format!("{name}={}", value(found)))
}

fn base_url(listen: SocketAddr) -> String {
    format!("https://localhost:{}/", listen.port())
}

fn settings<'a>(
    database: &'a Database,
    binding: &'a str,
    base_url: &'a str,
) -> [(&'static str, &'a str); 5] {
    [
        ("database.url", &database.url),
        ("server.base_url", base_url),
        ("session.cookie_secrets", "a-secret-of-16-characters"),
        ("session.binding", binding),
        ("session.binding_lifetime", "8s"),
    ]
}
