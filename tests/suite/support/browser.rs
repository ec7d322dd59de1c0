//! A real browser: Debian's Chromium in headless mode, driven by chromedriver
//! (<https://www.w3.org/TR/webdriver2/>).

mod profile;

pub use profile::Profile;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use base64::Engine as _;
use serde_json::{Value, json};

use crate::support::http_client::connect;
use crate::support::nginx::{await_listener, free_address};
use crate::support::process::RunningProcess;
use crate::support::wait::{WORK_LIMIT, wait_until};

/// The JSON key under which WebDriver returns an element reference.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

pub struct Browser {
    driver: SocketAddr,
    session: String,
    _driver: RunningProcess,
    /// The profile, if it is of no further use.
    profile: Option<Profile>,
}

/// An element of a page.
pub struct Element<'a> {
    browser: &'a Browser,
    id: String,
}

impl Browser {
    /// Starts a browser in the time zone of Tokyo, with this preferred language.
    pub fn start(language: &str, scripts: bool) -> Self {
        let profile = Profile::new();
        let mut browser = Self::start_with(&profile, &[], language, scripts);
        browser.profile = Some(profile);
        browser
    }

    /// Starts a browser with further arguments, as a person who has used it before.
    pub fn start_again(profile: &Profile, arguments: &[&str]) -> Self {
        Self::start_with(profile, arguments, "en", true)
    }

    fn start_with(profile: &Profile, further: &[&str], language: &str, scripts: bool) -> Self {
        let driver = free_address();
        let child = Command::new("chromedriver")
            .arg(format!("--port={}", driver.port()))
            .env("TZ", "Asia/Tokyo")
            .env("HOME", profile.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let running = RunningProcess(child.unwrap());
        await_listener(driver);
        // 2 blocks scripts.
        let content = json!({"javascript": if scripts { 1 } else { 2 }});
        let data = format!("--user-data-dir={}", profile.path().join("data").display());
        let mut arguments = vec!["--headless=new", "--no-sandbox", "--disable-gpu"];
        arguments.extend(["--disable-dev-shm-usage", &data]);
        arguments.extend(further);
        let options = json!({
            "args": arguments,
            "prefs": {
                "intl.accept_languages": language,
                "profile.managed_default_content_settings": content,
            },
        });
        let always = json!({
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
        });
        let body = json!({"capabilities": {"alwaysMatch": always}}).to_string();
        let answer = call(driver, "POST", "/session", &body).unwrap();
        let session = answer["value"]["sessionId"].as_str();
        let session = session.unwrap_or_else(|| panic!("{answer}")).to_owned();
        Self { driver, session, _driver: running, profile: None }
    }

    fn post(&self, command: &str, body: &Value) -> Value {
        let path = format!("/session/{}/{command}", self.session);
        call(self.driver, "POST", &path, &body.to_string()).unwrap()["value"].take()
    }

    fn get(&self, path: &str) -> Value {
        let path = format!("/session/{}/{path}", self.session);
        call(self.driver, "GET", &path, "").unwrap()["value"].take()
    }

    fn get_text(&self, path: &str) -> String {
        self.get(path).as_str().unwrap_or_default().to_owned()
    }

    pub fn go(&self, url: &str) {
        self.post("url", &json!({"url": url}));
    }

    /// Opens another tab, and goes on there.
    pub fn open_tab(&self) {
        let tab = self.post("window/new", &json!({"type": "tab"}));
        self.post("window", &json!({"handle": tab["handle"]}));
    }

    pub fn title(&self) -> String {
        self.get_text("title")
    }

    /// Adds a cookie for the current site.
    pub fn add_cookie(&self, name: &str, value: &str) {
        self.add_cookie_at("/", name, value);
    }

    /// Adds a cookie that stays when the browser is closed, and is sent over TLS only.
    pub fn add_lasting_cookie(&self, name: &str, value: &str) {
        const IN_THE_NEXT_CENTURY: u64 = 4_200_000_000;
        let cookie = json!({
            "name": name, "value": value, "path": "/", "httpOnly": true, "secure": true,
            "sameSite": "Lax", "expiry": IN_THE_NEXT_CENTURY,
        });
        self.post("cookie", &json!({"cookie": cookie}));
    }

    /// Adds a cookie for this path of the current site.
    pub fn add_cookie_at(&self, path: &str, name: &str, value: &str) {
        let cookie = json!({"name": name, "value": value, "path": path, "httpOnly": true});
        self.post("cookie", &json!({"cookie": cookie}));
    }

    /// The cookies that the browser has for the current page.
    pub fn cookies(&self) -> Vec<Value> {
        self.get("cookie").as_array().unwrap().clone()
    }

    /// All matching elements, in document order.
    pub fn all(&self, selector: &str) -> Vec<Element<'_>> {
        let found = self.post("elements", &json!({"using": "css selector", "value": selector}));
        let id = |element: &Value| element[ELEMENT].as_str().unwrap().to_owned();
        found.as_array().unwrap().iter().map(|one| Element { browser: self, id: id(one) }).collect()
    }

    pub fn one(&self, selector: &str) -> Element<'_> {
        let mut all = self.all(selector);
        assert_eq!(all.len(), 1, "{selector}");
        all.remove(0)
    }

    pub fn has(&self, selector: &str) -> bool {
        !self.all(selector).is_empty()
    }

    /// The text of each matching element on one line, including text for screen readers only.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        self.all(selector).iter().map(|one| one.text().replace('\n', "")).collect()
    }

    /// The result of a script, or the value to which its promise resolves.
    pub fn run(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({"script": script, "args": []}))
    }

    /// Presses keys one after another. The focused element receives them.
    pub fn press(&self, keys: &str) {
        let press = |key: char| {
            let value = key.to_string();
            [json!({"type": "keyDown", "value": value}), json!({"type": "keyUp", "value": value})]
        };
        let actions: Vec<_> = keys.chars().flat_map(press).collect();
        self.post(
            "actions",
            &json!({"actions": [{"type": "key", "id": "keys", "actions": actions}]}),
        );
    }

    /// Messages of the browser's own log, such as violations of a content security policy.
    pub fn console_messages(&self) -> Vec<Value> {
        self.post("se/log", &json!({"type": "browser"})).as_array().unwrap().clone()
    }

    /// Emulates a screen of this size and a preference for a dark or light color scheme.
    pub fn emulate_screen(&self, width: u32, height: u32, scheme: &str) {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.run_devtools_command("Emulation.setDeviceMetricsOverride", &metrics);
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.run_devtools_command("Emulation.setEmulatedMedia", &features);
    }

    /// Sends this user agent with all further requests.
    pub fn emulate_user_agent(&self, user_agent: &str) {
        self.run_devtools_command(
            "Emulation.setUserAgentOverride",
            &json!({"userAgent": user_agent}),
        );
    }

    /// A screenshot of the page, as PNG.
    pub fn screenshot(&self) -> Vec<u8> {
        let screenshot = self.get_text("screenshot");
        base64::engine::general_purpose::STANDARD.decode(screenshot).unwrap()
    }

    fn run_devtools_command(&self, command: &str, parameters: &Value) {
        self.post("goog/cdp/execute", &json!({"cmd": command, "params": parameters}));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Without this, the driver leaves the browser running.
        let _ = call(self.driver, "DELETE", &format!("/session/{}", self.session), "");
    }
}

/// Sends one command. The response is read by its length, because the driver keeps the connection
/// open even when the client asks it to close.
fn call(driver: SocketAddr, method: &str, path: &str, body: &str) -> Result<Value, String> {
    let mut stream = connect(driver);
    // The start of a browser takes long on a slow machine.
    stream.set_read_timeout(Some(WORK_LIMIT)).unwrap();
    let length = body.len();
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: {driver}\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all((head + body).as_bytes()).unwrap();
    let mut answer = BufReader::new(stream);
    let (mut line, mut length, mut status) = (String::new(), 0, String::new());
    while answer.read_line(&mut line).unwrap() > 2 {
        match line.to_lowercase().trim().split_once([' ', ':']) {
            Some(("content-length", value)) => length = value.trim().parse().unwrap(),
            Some(("http/1.1", value)) => value.clone_into(&mut status),
            _ => {}
        }
        line.clear();
    }
    let mut body = vec![0; length];
    answer.read_exact(&mut body).unwrap();
    let body = String::from_utf8(body).unwrap();
    if status.starts_with("200") {
        Ok(serde_json::from_str(&body).unwrap())
    } else {
        Err(format!("{path}: {status} {body}"))
    }
}

impl Element<'_> {
    pub fn text(&self) -> String {
        self.browser.get_text(&format!("element/{}/text", self.id))
    }

    pub fn attribute(&self, name: &str) -> String {
        self.browser.get_text(&format!("element/{}/attribute/{name}", self.id))
    }

    /// Clicks something that leads to no other page.
    pub fn click(&self) {
        self.browser.post(&format!("element/{}/click", self.id), &json!({}));
    }

    /// Types a text into a field, after what is there.
    pub fn type_text(&self, text: &str) {
        self.browser.post(&format!("element/{}/value", self.id), &json!({"text": text}));
    }

    /// Empties a field.
    pub fn clear(&self) {
        self.browser.post(&format!("element/{}/clear", self.id), &json!({}));
    }

    /// Returns false for an element that is folded away.
    pub fn is_shown(&self) -> bool {
        self.browser.get(&format!("element/{}/displayed", self.id)) == true
    }

    /// Clicks a link or button that leads to another page, and waits until this page is gone.
    pub fn follow(&self) {
        self.click();
        self.wait_until_gone();
    }

    /// Waits until the page of this element is gone.
    pub fn wait_until_gone(&self) {
        let path = format!("/session/{}/element/{}/name", self.browser.session, self.id);
        wait_until("the page is gone", || call(self.browser.driver, "GET", &path, "").is_err());
    }
}
