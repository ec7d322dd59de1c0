//! A service beside one whose database or settings were changed.

use serde_json::{Value, json};

use crate::cli::compare::fixture::{Compared, compare};
use crate::cli::compare::stub::{MARK, Stub, answer};
use crate::support::databases::{Database, Kind};
use crate::support::kratos;
use crate::support::service::Service;

/// Ana's credentials, and the traits and names that no output may show.
struct Ana {
    token: String,
    cookie: String,
    session: String,
    other_session: String,
}

impl Ana {
    fn new() -> Self {
        let all = kratos::settings(Kind::Sqlite)["credentials"]["ana"].clone();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            cookie: text(&all[0]["cookie"]),
            token: text(&all[1]["token"]),
            session: text(&all[1]["id"]),
            other_session: text(&all[11]["id"]),
        }
    }

    fn credentials(&self) -> String {
        format!("token {}\ncookie ory_kratos_session={}\n", self.token, self.cookie)
    }
}

fn unchanged() -> (Database, Service) {
    let database = kratos::restore(Kind::Sqlite);
    let service = kratos::service(&database, "aal1");
    (database, service)
}

/// Compares the recorded database with a copy that this SQL has changed.
fn with_changed_database(sql: &str) -> Compared {
    let (_database, kratos) = unchanged();
    let changed = kratos::restore(Kind::Sqlite);
    changed.run(sql);
    let other = kratos::service(&changed, "aal1");
    differing(&kratos, &other)
}

/// Compares a copy of the recorded database that this SQL has changed with the database.
fn with_changed_kratos(sql: &str) -> Compared {
    let changed = kratos::restore(Kind::Sqlite);
    changed.run(sql);
    let kratos = kratos::service(&changed, "aal1");
    let (_database, other) = unchanged();
    differing(&kratos, &other)
}

/// Compares a service with one that has another setting.
fn with_changed_setting(change: impl Fn(&mut elsewhere::config::Config)) -> Compared {
    let (database, kratos) = unchanged();
    let mut config = kratos::config_for(&database, "aal1");
    change(&mut config);
    let other = kratos::service_with(&config);
    differing(&kratos, &other)
}

fn differing(kratos: &Service, other: &Service) -> Compared {
    let compared = compare(kratos.public, other.public, &Ana::new().credentials(), &[]);
    let shown = compared.lines.join("\n");
    for secret in ["ana@", "Ana", "eve@", "Firefox", "203.0.113"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert_eq!(compared.error, "elsewhere: the answers differ\n");
    assert_eq!(compared.code, Some(1));
    compared
}

const WHOAMI: &str = "DIFFERS 200 GET /sessions/whoami (token, line 1)";
const LIST: &str = "DIFFERS 200 GET /sessions (token, line 1)";

#[test]
fn changed_trait_is_shown_by_its_place() {
    let compared = with_changed_database(
        "UPDATE identities SET traits = json_set(traits, '$.email', 'eve@example.org', '$.n', 7)
         WHERE traits LIKE '%ana@%'",
    );
    let expected =
        ["body /identity/traits/email: differs", "body /identity/traits/n: only elsewhere"];
    assert_eq!(compared.below(WHOAMI), expected);
    let below = compared.below(LIST);
    assert_eq!(below[0], "body /0/identity/traits/email: differs");
    assert!(compared.has("same    200 HEAD /sessions/whoami (token, line 1)"), "{compared:#?}");
    assert_eq!(compared.summary(), "12 questions, 6 same, 6 differ");
}

/// Programs read the same as people.
#[test]
fn json_has_the_differing_questions_and_what_differs() {
    let (database, kratos) = unchanged();
    let changed = kratos::restore(Kind::Sqlite);
    changed.run("UPDATE identities SET traits = json_set(traits, '$.n', 7)");
    let other = kratos::service(&changed, "aal1");
    let ask = |other: &Service| {
        let credentials = Ana::new().credentials();
        let compared = compare(kratos.public, other.public, &credentials, &["--json"]);
        let [line] = &compared.lines[..] else { panic!("{compared:#?}") };
        (compared.code, compared.error.clone(), serde_json::from_str::<Value>(line).unwrap())
    };
    let (code, error, differing) = ask(&other);
    assert_eq!((code, error.as_str()), (Some(1), "elsewhere: the answers differ\n"));
    assert_eq!((&differing["questions"], &differing["same"]), (&json!(12), &json!(6)));
    let whoami = json!({
        "question": "GET /sessions/whoami (token, line 1)",
        "kratos": 200,
        "elsewhere": 200,
        "differences": ["body /identity/traits/n: only elsewhere"],
        "more_differences": 0,
    });
    let questions = differing["differing"].as_array().unwrap();
    assert!(questions.len() == 6 && questions.contains(&whoami), "{differing}");

    let (code, error, same) = ask(&kratos::service(&database, "aal1"));
    assert_eq!((code, error.as_str()), (Some(0), ""));
    let expected = json!({
        "questions": 12, "same": 12, "differing": [], "known": [], "hints": [],
        "refused_credentials": [], "warning": "the server at --kratos is an elsewhere, too",
    });
    assert_eq!(same, expected);
}

#[test]
fn type_of_a_value_is_shown() {
    let compared = with_changed_database(
        "UPDATE identities SET metadata_public = NULL WHERE traits LIKE '%ana@%'",
    );
    let below = compared.below(WHOAMI);
    assert_eq!(below, ["body /identity/metadata_public: Kratos an object, elsewhere null"]);
}

#[test]
fn revoked_session_is_shown_where_it_is_missing() {
    let ana = Ana::new();
    let revoke = |id: &str| format!("UPDATE sessions SET active = 0 WHERE id = '{id}'");
    let compared = with_changed_database(&revoke(&ana.other_session));
    assert!(compared.has("same    200 GET /sessions/whoami (token, line 1)"), "{compared:#?}");
    assert_eq!(compared.below(LIST), ["header x-total-count: differs", "body /0: only Kratos"]);

    let compared = with_changed_database(&revoke(&ana.session));
    let whoami = "DIFFERS 200/401 GET /sessions/whoami (token, line 1)";
    assert_eq!(compared.below(whoami), ["status: Kratos 200, elsewhere 401"]);
    assert!(compared.has("same    200 GET /sessions/whoami (cookie, line 2)"), "{compared:#?}");
}

#[test]
fn other_cookie_secret_is_shown_for_cookies_with_its_setting() {
    let (database, kratos) = unchanged();
    let recorded = kratos::settings(Kind::Sqlite);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let config = crate::support::service::config([
        ("database.url", database.url.as_str()),
        ("database.schema", "kratos"),
        ("session.cookie_secrets", "a-secret-that-kratos-has-not"),
        ("session.lifespan", &text(&recorded["lifespan"])),
        ("server.base_url", &text(&recorded["public_base_url"])),
    ]);
    let compared = differing(&kratos, &kratos::service_with(&config));
    assert!(compared.has("same    200 GET /sessions/whoami (token, line 1)"), "{compared:#?}");
    let below = compared.below("DIFFERS 200/401 GET /sessions/whoami (cookie, line 2)");
    assert_eq!(below, ["status: Kratos 200, elsewhere 401"]);
    assert!(compared.has_hint("session.cookie_secrets may lack a secret of "), "{compared:#?}");
}

#[test]
fn other_base_url_is_shown_with_its_setting() {
    let other = "https://accounts.example.org/".to_owned();
    let compared =
        with_changed_setting(|config| config.server.base_url = other.clone().try_into().unwrap());
    assert_eq!(compared.below(WHOAMI), ["body /identity/schema_url: differs"]);
    assert!(compared.has_hint("server.base_url may be different from "), "{compared:#?}");
}

#[test]
fn redirect_is_an_answer_and_not_followed() {
    let (_database, service) = unchanged();
    let target = format!("http://{}/sessions/whoami", service.public);
    let kratos = Stub::start(move |_| answer("302 Found", &[("location", &target)], ""));
    let compared = compare(kratos, service.public, &Ana::new().credentials(), &[]);
    let whoami = "DIFFERS 302/200 GET /sessions/whoami (token, line 1)";
    assert_eq!(compared.below(whoami), ["status: Kratos 302, elsewhere 200"]);
}

#[test]
fn cookies_are_compared_by_their_attributes() {
    let with = |cookie: &'static str| {
        Stub::start(move |_| answer("200 OK", &[("set-cookie", cookie), MARK], "{}"))
    };
    let kratos = "s=secret-one; Path=/; Expires=Sun, 24 Nov 2126 19:41:13 GMT; SameSite=Lax";
    let same = "s=secret-two; SameSite=lax; path=/; expires=Mon, 25 Nov 2126 19:41:13 GMT";
    let other =
        "s=secret-two; Path=/; Expires=Sun, 24 Nov 2126 19:41:13 GMT; Secure; SameSite=None";
    let ana = Ana::new().credentials();
    assert_eq!(compare(with(kratos), with(same), &ana, &[]).code, Some(0));
    let compared = compare(with(kratos), with(other), &ana, &[]);
    assert_eq!(
        compared.below(WHOAMI),
        ["header set-cookie s samesite: differs", "header set-cookie s secure: only elsewhere",]
    );
    assert!(!compared.lines.join("\n").contains("secret-"));
}

#[test]
fn session_that_ended_in_one_database_is_no_certain_cause() {
    let ana = Ana::new();
    let revoke = format!("UPDATE sessions SET active = 0 WHERE id = '{}'", ana.session);
    for compared in [with_changed_database(&revoke), with_changed_kratos(&revoke)] {
        assert!(compared.has_hint("the session may have ended in one "), "{compared:#?}");
        let hints = compared.lines.iter().filter(|line| line.starts_with("hint: "));
        for hint in hints {
            assert!(hint.contains(" may "), "{hint}");
        }
    }
}
