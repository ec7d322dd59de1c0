//! Issuing with anything that browsers, apps and networks say of themselves: the person is let in.
//! The values of the login system itself are checked. Errors name the place and the problem.

use serde_json::Value;
use uuid::Uuid;

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{Answer, send_bytes, send_json};
use crate::support::people::TestService;

on_every_database! {
    any_text_of_a_device_is_accepted,
    text_is_cut_to_the_length_of_the_column,
}

/// Issues a session with this JSON as its device, or with more members.
fn issue(test: &TestService, members: &[u8]) -> Answer {
    let path = format!("/admin/identities/{}/sessions", Uuid::new_v4());
    let start = br#"{"authentication_methods":[{"method":"password","aal":"aal1"}],"#;
    let body = [start, members, b"}"].concat();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    send_bytes(test.service.admin, &[head.as_bytes(), &body].concat())
}

/// The device of a session that was issued with this JSON as its device.
fn device(test: &TestService, json: &[u8]) -> Value {
    let shown = String::from_utf8_lossy(json);
    let answer = issue(test, &[br#""device":"#, json].concat());
    assert_eq!(answer.status, 201, "{shown}: {answer:?}");
    answer.json()["session"]["devices"][0].clone()
}

/// Texts as JSON, and as they are stored. PostgreSQL refuses NUL, and nothing else.
const TEXTS: &[(&[u8], &str)] = &[
    (br"Mozilla/5.0 \ud83d", "Mozilla/5.0 \u{fffd}"),
    (br"\ud83d", "\u{fffd}"),
    (br"\ude00", "\u{fffd}"),
    (br"\ude00\ud83d", "\u{fffd}\u{fffd}"),
    (br"\ud83dA", "\u{fffd}A"),
    (br"\ud83d\n", "\u{fffd}\n"),
    (br"\ud83d\u0041", "\u{fffd}A"),
    (br"\ud83d\ud83d\ude00", "\u{fffd}\u{1f600}"),
    (br"\uD83D\uDE00", "\u{1f600}"),
    (br"\udbff\udfff", "\u{10ffff}"),
    (b"caf\xe9", "caf\u{fffd}"),
    (b"\xed\xa0\xbd", "\u{fffd}"),
    (b"\xf0\x9f\x98", "\u{fffd}"),
    (b"tab\there", "tab\there"),
    (b"bell\x07", "bell\u{7}"),
    (br"\u0000a\u0000", "a"),
    (br"\u0001\u001b[31m\u007f\u0085", "\u{1}\u{1b}[31m\u{7f}\u{85}"),
    (br"\u202eevil\u2066", "\u{202e}evil\u{2066}"),
    (br"\ufffe\uffff\ufeff", "\u{fffe}\u{ffff}\u{feff}"),
    (b"'; DROP TABLE sessions; --", "'; DROP TABLE sessions; --"),
    (b"", ""),
];

fn any_text_of_a_device_is_accepted(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    for name in ["user_agent", "location"] {
        for (json, stored) in TEXTS {
            let member = [format!("{{\"{name}\":\"").as_bytes(), json, b"\"}"].concat();
            assert_eq!(device(&test, &member)[name], *stored, "{name}");
        }
    }
    for (json, _) in TEXTS {
        let member = [br#"{"ip_address":""#.as_slice(), json, b"\"}"].concat();
        assert_eq!(device(&test, &member)["ip_address"], Value::Null);
    }
}

fn text_is_cut_to_the_length_of_the_column(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    for (unit, character) in [
        ("a", 'a'),
        ("\\u00fc", '\u{fc}'),
        ("\\ud83d\\ude00", '\u{1f600}'),
        ("\\ud83d", '\u{fffd}'),
        ("\\u0000\u{4e2d}", '\u{4e2d}'),
    ] {
        let json = format!(r#"{{"user_agent":"{0}","location":"{0}"}}"#, unit.repeat(600));
        let device = device(&test, json.as_bytes());
        let expected = character.to_string().repeat(512);
        assert_eq!(
            (&device["user_agent"], &device["location"]),
            (&expected.as_str().into(), &expected.as_str().into())
        );
    }
}

#[test]
fn address_of_a_device_is_taken_out_of_its_usual_forms() {
    let test = TestService::start(&[]);
    for (text, address) in [
        ("203.0.113.5", Some("203.0.113.5")),
        ("203.0.113.5:51234", Some("203.0.113.5")),
        (" 203.0.113.5 ", Some("203.0.113.5")),
        ("203.0.113.5\\r\\n", Some("203.0.113.5")),
        ("2001:DB8:0:0::1", Some("2001:db8::1")),
        ("[2001:db8::1]", Some("2001:db8::1")),
        ("[2001:db8::1]:443", Some("2001:db8::1")),
        ("fe80::1%eth0", Some("fe80::1")),
        ("[fe80::1%25en0]:443", Some("fe80::1")),
        ("::ffff:203.0.113.5", Some("203.0.113.5")),
        ("[::ffff:203.0.113.5]:51234", Some("203.0.113.5")),
        ("203.0.113.5, 10.0.0.1", Some("203.0.113.5")),
        ("203.0.113.5:51234,10.0.0.1:80", Some("203.0.113.5")),
        ("\\\"203.0.113.5\\\"", Some("203.0.113.5")),
        ("for=\\\"[2001:db8::1]:4711\\\"", Some("2001:db8::1")),
        ("For=203.0.113.5;proto=https;by=10.0.0.1", Some("203.0.113.5")),
        ("proto=https;for=203.0.113.5, for=10.0.0.1", Some("203.0.113.5")),
        ("ipv6:[2001:db8::1]:443", Some("2001:db8::1")),
        ("/203.0.113.5:443", Some("203.0.113.5")),
        ("203.0.113.5/32", Some("203.0.113.5")),
        // These have none.
        ("", None),
        (" ", None),
        ("-", None),
        ("unknown", None),
        ("unknown, 203.0.113.5", None),
        ("_hidden", None),
        ("for=_hidden", None),
        ("localhost", None),
        ("client.example.org:51234", None),
        ("unix:/run/app.sock", None),
        ("@", None),
        ("203.0.113.256", None),
        ("10.0.0.0/8", None),
        ("3405803781", None),
        ("\\ud83d", None),
    ] {
        let json = format!(r#"{{"ip_address":"{text}","user_agent":"curl/8.5.0"}}"#);
        let device = device(&test, json.as_bytes());
        assert_eq!(device["ip_address"].as_str(), address, "{text}");
        assert_eq!(device["user_agent"], "curl/8.5.0");
    }
    for nothing in ["null", r#"{"ip_address":null,"user_agent":null,"location":null}"#, "{}"] {
        device(&test, nothing.as_bytes());
    }
}

/// Wrong members, with the place and the problem that the error names.
fn wrong_members() -> Vec<(String, &'static str, &'static str)> {
    let traits = |traits: &str| format!(r#""identity":{{"traits":{traits}}}"#);
    let nested =
        |depth: usize| traits(&format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth)));
    let too_deep = "nested deeper than 127 levels";
    let half = "half of a surrogate pair";
    let strict = [
        // The login system chooses names and types.
        (r#""device":{"user_agent":5}"#, "'device.user_agent'", "expected a text"),
        (r#""device":{"ip_address":3405803781}"#, "'device.ip_address'", "expected a text"),
        (r#""device":{"location":{"city":"Lyon"}}"#, "'device.location'", "expected a text"),
        (r#""device":{"user_agent":["a"]}"#, "'device.user_agent'", "expected a text"),
        (r#""device":{"browser":"a"}"#, "'device.browser'", "unknown field"),
        (r#""device":"curl""#, "'device'", "invalid type"),
        // Its values about the person are stored as they are, or not at all.
        (r#""identity":{"schema_id":"\ud83d"}"#, "'identity.schema_id'", half),
        (r#""identity":{"external_id":"a\ude00"}"#, "'identity.external_id'", half),
        (r#""expires_in":1e400"#, "'expires_in'", "number out of range"),
        (r#""expires_in":"\ud83d""#, "'expires_in'", half),
        (r#""identity":{"traits":{},"traits":{}}"#, "'identity", "duplicate field `traits`"),
        (
            r#""identity":{"metadata_public":{"n":1e400}}"#,
            "'identity.metadata_public'",
            "number out of range at 'n'",
        ),
        (r#""identity":{"metadata_admin":{"t":"\ud83d"}}"#, "'identity.metadata_admin'", half),
    ];
    let mut members: Vec<_> =
        strict.map(|(members, place, problem)| (members.to_owned(), place, problem)).into();
    members.extend([
        (traits(r#"{"a":1e400}"#), "'identity.traits'", "a number out of range at 'a'"),
        (traits(r#"{"a":{"b":[0,-1e999]}}"#), "'identity.traits'", "out of range at 'a.b[1]'"),
        (
            traits(r#"{"a":"\ud83d"}"#),
            "'identity.traits'",
            "half of a surrogate pair, which is no character at 'a'",
        ),
        (traits(r#"{"a":"\ude00"}"#), "'identity.traits'", half),
        (traits(r#"{"a":"\ud83d\n"}"#), "'identity.traits'", half),
        (traits(r#"{"\ud83d":1}"#), "'identity.traits'", half),
        (
            traits(r#"{"a":[{"b":"\u0000"}]}"#),
            "'identity.traits'",
            "NUL character, got one at 'a[0].b'",
        ),
        (traits(r#"{"a\u0000":1}"#), "'identity.traits'", "NUL character, got one at 'a\\u0000'"),
        (traits("[]"), "'identity.traits'", "expected an object"),
        (traits("\"text\""), "'identity.traits'", "expected an object"),
        (nested(130), "'identity.traits'", too_deep),
        (nested(127), "'identity.traits'", too_deep),
        (nested(5000), "'identity.traits'", too_deep),
    ]);
    members
}

#[test]
fn error_in_what_the_login_system_says_names_the_place_and_the_problem() {
    let test = TestService::start(&[]);
    for (members, place, problem) in wrong_members() {
        let answer = issue(&test, members.as_bytes());
        let reason = answer.reason();
        assert_eq!(answer.status, 400, "{members}: {answer:?}");
        assert!(reason.contains(place) && reason.contains(problem), "{members}: {reason}");
        assert!(reason.len() < 300, "{reason}");
        let is_about_type = reason.contains("expected an object");
        assert_eq!(is_about_type, problem == "expected an object", "{members}: {reason}");
    }
}

#[test]
fn values_of_the_login_system_are_kept_as_they_are() {
    let test = TestService::start(&[]);
    for traits in [
        r#"{"a":123456789012345678901234567890}"#,
        r#"{"a":1e308,"b":-0.0,"c":1.10}"#,
        r#"{"a":"\ud83d\ude00"}"#,
        r#"{"a":"\\ud83d"}"#,
    ] {
        let answer = issue(&test, format!(r#""identity":{{"traits":{traits}}}"#).as_bytes());
        assert_eq!(answer.status, 201, "{traits}: {answer:?}");
        assert!(answer.body.contains(traits), "{traits}: {}", answer.body);
    }
}

#[test]
fn change_of_an_identity_names_the_problem_too() {
    let test = TestService::start(&[]);
    let path = format!("/admin/identities/{}", Uuid::new_v4());
    for (body, place, problem) in [
        (r#"{"traits":{"a":1e400}}"#, "'traits'", "a number out of range at 'a'"),
        (r#"{"traits":{"a":"\ud83d"}}"#, "'traits'", "half of a surrogate pair"),
        (r#"{"schema_id":"\ud83d"}"#, "'schema_id'", "half of a surrogate pair"),
    ] {
        let answer = send_json(test.service.admin, "PATCH", &path, &[], body);
        let reason = answer.reason();
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
        assert!(reason.contains(place) && reason.contains(problem), "{body}: {reason}");
    }
}
