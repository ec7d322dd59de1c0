//! People sign in, see where else they are signed in, and sign out there and here.

use serde_json::Value;

use crate::browser::apps::app::{ANA, ANA_ID, App};
use crate::browser::page::fixture::PHONE;
use crate::support::browser::Browser;
use crate::support::http_client::{Answer, send};
use crate::support::wait::wait_until;

pub fn sign_in_and_out(app: &App) {
    let here = Browser::start("en", true);
    here.go(&app.url("/?from=a&to=b"));
    sign_in(&here, ANA, "wrong");
    assert_eq!(here.one("[role=alert]").text(), "The address or the password is wrong.");
    assert!(here.cookies().is_empty());
    sign_in(&here, ANA, &app.password);
    assert_eq!(location(&here), app.url("/?from=a&to=b"));
    assert_eq!(here.one("b").text(), ANA);
    is_connected(&here);

    second_service_accepts_the_jwt_only(app, &here);
    here.go(&app.url("/ui/sessions"));
    assert_eq!(here.texts(".service"), ["Example"]);
    assert_eq!(here.all(".card.here").len(), 1);
    assert!(!here.has(".card:not(.here)"));

    let phone = sign_in_on_phone(app);
    here.go(&app.url("/ui/sessions"));
    assert_eq!(here.texts(".card:not(.here) bdi")[0], "Safari on iPhone");
    here.one(".card:not(.here) [action*='/sign-out'] button").follow();
    assert!(here.has("[role=status]") && !here.has(".card:not(.here)"));
    wait_until("the phone knows that it is signed out", || {
        phone.one("#live").text() == "You were signed out"
    });
    phone.go(&app.url("/"));
    assert_eq!(location(&phone), app.url("/sign-in?return_to=%2F"));

    here.go(&app.url("/"));
    is_connected(&here);
    sign_in_again(app, &here);
    let cookie = cookie(&here);
    assert_eq!(whoami(app, &cookie).status, 200);
    here.one("button").follow();
    assert_eq!(location(&here), app.url("/sign-in?return_to=%2F"));
    assert!(here.cookies().is_empty());
    assert_eq!(whoami(app, &cookie).status, 401);
}

/// Submits the form of the sign-in page.
fn sign_in(browser: &Browser, email: &str, password: &str) {
    browser.one("[name=email]").type_text(email);
    browser.one("[name=password]").type_text(password);
    browser.one("button").follow();
}

/// The former session ends, but not before there is a new one.
fn sign_in_again(app: &App, browser: &Browser) {
    let former = cookie(browser);
    let id = session_id(app, &former);
    browser.go(&app.url("/sign-in"));
    sign_in(browser, ANA, &app.password);
    is_connected(browser);
    assert_eq!(whoami(app, &former).status, 401);
    let new = session_id(app, &cookie(browser));

    let bearer = app.bearer();
    let headers = [("Authorization", bearer.as_bytes())];
    let path = format!("/admin/events?identity={ANA_ID}&limit=1000");
    wait_until("the former session has ended after the new one was issued", || {
        let events = send(app.admin, "GET", &path, &headers).json();
        let position = |kind: &str, session: &Value| {
            let is_it =
                |event: &Value| event["type"] == kind && event["data"]["session_id"] == *session;
            events["events"].as_array().unwrap().iter().position(is_it)
        };
        let [issued, ended] = [position("session.issued", &new), position("session.revoked", &id)];
        issued.is_some() && issued < ended
    });
}

/// Follows a link to the sign-in page that would lead to another host afterwards.
fn sign_in_on_phone(app: &App) -> Browser {
    let phone = Browser::start("en", true);
    phone.emulate_user_agent(PHONE);
    phone.go(&app.url("/sign-in?return_to=https://other.example.org/"));
    sign_in(&phone, ANA, &app.password);
    assert_eq!(location(&phone), app.url("/"));
    is_connected(&phone);
    phone
}

fn second_service_accepts_the_jwt_only(app: &App, browser: &Browser) {
    let json = |path: &str| {
        browser.run(&format!("return fetch('{path}').then((answer) => answer.json())"))
    };
    let answer = json("/second-service");
    assert_eq!(answer["identity"], ANA_ID);
    let whoami = json("/sessions/whoami?tokenize_as=second_service");
    assert_eq!(answer["session"], whoami["id"]);

    let status = |token: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [("Authorization", bearer.as_bytes())];
        send(app.address, "GET", "/api/second-service", &headers).status
    };
    let token = whoami["tokenized"].as_str().unwrap();
    assert_eq!(status(token), 200);
    let for_others = json("/sessions/whoami?tokenize_as=other");
    assert_eq!(status(for_others["tokenized"].as_str().unwrap()), 401);
    // The first letter of the signature is another one.
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    assert_eq!(status(&format!("{signed}.{other}{}", &signature[1..])), 401);
    assert_eq!(status(""), 401);
}

fn location(browser: &Browser) -> String {
    browser.run("return location.href").as_str().unwrap().to_owned()
}

fn is_connected(browser: &Browser) {
    wait_until("the page is connected", || browser.one("#live").text() == "connected");
}

/// The cookie of the browser, as it sends it.
fn cookie(browser: &Browser) -> String {
    let cookies = browser.cookies();
    let [cookie] = &cookies[..] else { panic!("{cookies:?}") };
    assert_eq!((&cookie["httpOnly"], &cookie["sameSite"]), (&true.into(), &"Lax".into()));
    format!("{}={}", cookie["name"].as_str().unwrap(), cookie["value"].as_str().unwrap())
}

fn session_id(app: &App, cookie: &str) -> Value {
    whoami(app, cookie).json()["id"].clone()
}

fn whoami(app: &App, cookie: &str) -> Answer {
    send(app.public, "GET", "/sessions/whoami", &[("Cookie", cookie.as_bytes())])
}
