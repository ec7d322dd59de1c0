//! Requests of other sites, and of strangers.

mod webhooks;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Command;

use crate::browser::apps::app::{App, BEN};
use crate::support::http_client::{
    Answer, connect, json_request, request, send, send_bytes, send_json,
};
use crate::support::output::OutputInTime as _;
use crate::support::wait::wait_until;

const OTHER_SITE: &[u8] = b"https://other.example.org";
const ANOTHER_ADDRESS: &str = "127.0.0.2";
const SAME_ORIGIN: (&str, &[u8]) = ("Sec-Fetch-Site", b"same-origin");

pub fn are_refused(app: &App) {
    forms_of_other_sites_are_refused(app);
    let cookie = sign_in_leads_to_paths_of_the_app_only(app);
    sockets_of_other_sites_are_refused(app, &cookie);
    webhooks::forged_ones_are_refused(app);
    webhooks::large_ones_are_refused(app);
    pages_cannot_be_embedded_or_misread(app);
    renewed_cookie_goes_to_its_visitor_only(app, &cookie);
    visitors_cannot_choose_their_address(app, &cookie);
}

/// Signs in by the form, as a browser sends it.
fn sign_in(app: &App, path: &str, headers: &[(&str, &[u8])]) -> Answer {
    let form = format!("email={}&password={}", BEN.replace('@', "%40"), app.password);
    let request = String::from_utf8(json_request("POST", path, headers, &form)).unwrap();
    let request = request.replace("application/json", "application/x-www-form-urlencoded");
    send_bytes(app.address, request.as_bytes())
}

fn forms_of_other_sites_are_refused(app: &App) {
    for foreign in [("Sec-Fetch-Site", b"cross-site".as_slice()), ("Origin", OTHER_SITE)] {
        assert_eq!(sign_in(app, "/sign-in", &[foreign]).status, 403, "{}", foreign.0);
        assert_eq!(send(app.address, "POST", "/sign-out", &[foreign]).status, 403, "{}", foreign.0);
    }
}

/// Returns the cookie of the last session.
fn sign_in_leads_to_paths_of_the_app_only(app: &App) -> String {
    let mut cookie = String::new();
    for (return_to, path) in [
        ("/ui/sessions", "/ui/sessions"),
        ("https://other.example.org/", "/"),
        ("@other.example.org/", "/"),
        ("//other.example.org/", "//other.example.org/"),
    ] {
        let answer = sign_in(app, &format!("/sign-in?return_to={return_to}"), &[SAME_ORIGIN]);
        assert_eq!((answer.status, answer.header("location")), (303, app.url(path)));
        answer.header("set-cookie").split(';').next().unwrap().clone_into(&mut cookie);
    }
    cookie
}

/// A WebSocket needs the origin of the app, and a session.
fn sockets_of_other_sites_are_refused(app: &App, cookie: &str) {
    for (origin, cookie) in [(OTHER_SITE, cookie), (app.origin.as_bytes(), "")] {
        let headers = [
            ("Upgrade", b"websocket".as_slice()),
            ("Sec-WebSocket-Version", b"13"),
            ("Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ=="),
            ("Origin", origin),
            ("Cookie", cookie.as_bytes()),
        ];
        let status = status_of_upgrade(app, &request("GET", "/live", &headers));
        assert!(["401", "403"].contains(&status.as_str()), "{status}");
    }
}

/// Reads the first line only, because uvicorn keeps the connection open.
fn status_of_upgrade(app: &App, request: &[u8]) -> String {
    let request = String::from_utf8(request.to_vec()).unwrap();
    let request = request.replace("Connection: close", "Connection: Upgrade");
    let (mut stream, mut line) = (connect(app.address), String::new());
    stream.write_all(request.as_bytes()).unwrap();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line.split(' ').nth(1).unwrap().to_owned()
}

fn pages_cannot_be_embedded_or_misread(app: &App) {
    let page = send(app.address, "GET", "/sign-in", &[]);
    let policy = page.header("content-security-policy");
    for directive in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(policy.split("; ").any(|own| own == directive), "{directive}: {policy}");
    }
    assert_eq!(page.header("x-content-type-options"), "nosniff");
}

/// An HTTP client that keeps cookies would send it with the requests of others.
fn renewed_cookie_goes_to_its_visitor_only(app: &App, cookie: &str) {
    let cookie = [("Cookie", cookie.as_bytes())];
    let session = send(app.public, "GET", "/sessions/whoami", &cookie).json();
    let path = format!("/admin/sessions/{}", session["id"].as_str().unwrap());
    let bearer = app.bearer();
    let headers = [("Authorization", bearer.as_bytes())];
    let changed = send_json(app.admin, "PATCH", &path, &headers, r#"{"expires_in": "1000h"}"#);
    assert_eq!(changed.status, 200, "{changed:?}");

    let renewed = send(app.address, "GET", "/", &cookie);
    assert_eq!(renewed.status, 200);
    assert!(renewed.header("set-cookie").starts_with("ory_kratos_session="), "{renewed:?}");
    let stranger = send(app.address, "GET", "/", &[]);
    assert_eq!((stranger.status, stranger.has("set-cookie")), (303, false));
}

/// The address that elsewhere learns is that of the connection, both by a sign-in and by a call that
/// the app passes on.
fn visitors_cannot_choose_their_address(app: &App, cookie: &str) {
    let form = format!("email={BEN}&password={}", app.password);
    let answer = from_another_address(app, "/sign-in", &["--data", &form]);
    let cookies = answer.lines().find_map(|line| line.strip_prefix("set-cookie: "));
    let cookie_there = cookies.unwrap_or_else(|| panic!("{answer}")).split(';').next().unwrap();
    let session =
        send(app.public, "GET", "/sessions/whoami", &[("Cookie", cookie_there.as_bytes())]);
    assert_eq!(session.json()["devices"][0]["ip_address"], ANOTHER_ADDRESS);

    let cookie = format!("Cookie: {cookie}");
    let answer = from_another_address(app, "/sessions", &["-X", "DELETE", "-H", &cookie]);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let bearer = app.bearer();
    let path = "/admin/events?type=session.revoked&limit=1000";
    let headers = [("Authorization", bearer.as_bytes())];
    wait_until("an event with the visitor's address", || {
        let page = send(app.admin, "GET", path, &headers).json();
        let events = page["events"].as_array().unwrap();
        events.iter().any(|event| event["data"]["actor"]["address"] == ANOTHER_ADDRESS)
    });
}

/// Sends a request from an address other than the app's, which claims to come from a third one.
/// Returns the response with `set-cookie` in lower case.
fn from_another_address(app: &App, path: &str, arguments: &[&str]) -> String {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--include", "--interface", ANOTHER_ADDRESS, &app.url(path)])
        .args(["-H", "X-Forwarded-For: 203.0.113.5", "-H", "Sec-Fetch-Site: same-origin"])
        .args(arguments);
    let answer = String::from_utf8(curl.output_in_time().stdout).unwrap();
    answer.replace("Set-Cookie", "set-cookie")
}
