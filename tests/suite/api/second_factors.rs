//! Second factors beside Kratos: the identity's credentials decide whether one is required.

use std::time::Duration;

use elsewhere::database;
use tokio::runtime::Runtime;

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::get;
use crate::support::kratos;
use crate::support::output::OutputInTime as _;
use crate::support::process::elsewhere;
use crate::support::wait::BlockOnInTime as _;

on_every_database! {
    credentials_decide_whether_a_second_factor_is_required,
    assurance_level_follows_from_the_authentication_methods,
    undecodable_credential_counts_as_a_second_factor,
    start_fails_if_the_credentials_cannot_be_read,
}

const HIGHEST: &str = "highest_available";

/// The ids of Ana's identity and of the network in this recording.
fn ana(kind: Kind) -> (String, String) {
    let settings = kratos::settings(kind);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    (text(&settings["credentials"]["ids"]["ana"]), text(&settings["network"]))
}

fn token(kind: Kind) -> String {
    let settings = kratos::settings(kind);
    let sessions = settings["credentials"]["ana"].as_array().unwrap();
    sessions.iter().find_map(|session| session["token"].as_str()).unwrap().to_owned()
}

/// Gives Ana this credential and removes all others.
fn enroll(database: &Database, credential_type: &str, config: &str) {
    let (identity, network) = ana(database.kind);
    database.run(&format!(
        "DELETE FROM identity_credentials;
         INSERT INTO identity_credentials
             (id, config, identity_credential_type_id, identity_id, created_at, updated_at, nid)
         SELECT '00000000-0000-4000-8000-0000000000c1', '{config}', t.id, '{identity}',
                '2026-11-20 08:00:00', '2026-11-20 08:00:00', '{network}'
         FROM identity_credential_types t
         WHERE t.name = '{credential_type}'"
    ));
}

const TOTP: &str = r#"{"totp_url": "otpauth://totp/lab:x?issuer=lab&secret=POTMDJ7PCIURVPQT"}"#;
const KEY: &str = r#"{"credentials": [{"id": "Y3I=", "is_passwordless": false}]}"#;
const PASSKEY: &str = r#"{"credentials": [{"id": "Y3I=", "is_passwordless": true}]}"#;
const CODE: &str = r#"{"addresses": [{"channel": "email", "address": "ana@example.org"}]}"#;

fn credentials_decide_whether_a_second_factor_is_required(kind: Kind) {
    let (database, token) = (kratos::restore(kind), token(kind));
    let statuses = |factors: &str| {
        let mut config = kratos::config_for(&database, HIGHEST);
        if !factors.is_empty() {
            config.session.second_factors = factors
                .split(',')
                .map(|name| serde_json::from_value(name.into()).unwrap())
                .collect();
        }
        let service = kratos::service_with(&config);
        ["/sessions", "/sessions/whoami"].map(|path| get(service.public, path, &token).status)
    };
    for (credential_type, config, status) in [
        ("password", r#"{"hashed_password": "x"}"#, 200),
        ("totp", TOTP, 403),
        ("totp", r#"{"totp_url": ""}"#, 200),
        ("lookup_secret", r#"{"recovery_codes": [{"code": "aaaa1111"}]}"#, 403),
        ("lookup_secret", r#"{"recovery_codes": []}"#, 200),
        ("webauthn", KEY, 403),
        ("webauthn", PASSKEY, 200),
        ("code", CODE, 200),
    ] {
        enroll(&database, credential_type, config);
        for level in ["NULL", "'aal0'", "'aal1'"] {
            database.run(&format!("UPDATE identities SET available_aal = {level}"));
            assert_eq!(statuses(""), [status; 2], "{credential_type} {config}, {level}");
        }
    }
    assert_eq!(statuses("totp,code"), [403; 2], "code is enabled");
    enroll(&database, "totp", TOTP);
    assert_eq!(statuses("lookup_secret,webauthn"), [200; 2], "TOTP is not");
    // `available_aal` in the identity's row is sufficient.
    enroll(&database, "password", "{}");
    database.run("UPDATE identities SET available_aal = 'aal2'");
    assert_eq!(statuses(""), [403; 2]);
}

fn assurance_level_follows_from_the_authentication_methods(kind: Kind) {
    let (database, token) = (kratos::restore(kind), token(kind));
    enroll(&database, "totp", TOTP);
    let highest = kratos::service(&database, HIGHEST);
    let one = kratos::service(&database, "aal1");
    let password = r#"{"method":"password","aal":"aal1"}"#;
    let totp = r#"{"method":"totp","aal":"aal2"}"#;
    for (column, methods, shown, statuses) in [
        ("aal2", format!("[{password}]"), "aal1", [200, 403]),
        ("aal1", format!("[{password},{totp}]"), "aal2", [200, 200]),
        ("aal2", format!("[{totp}]"), "aal1", [200, 403]),
        ("aal1", r#"[{"method":"password"},{"method":"totp"}]"#.to_owned(), "aal2", [200, 200]),
        ("aal2", "[]".to_owned(), "", [403, 403]),
        ("aal2", format!("[{password},5]"), "", [403, 403]),
    ] {
        database.run(&format!(
            "UPDATE sessions SET aal = '{column}', authentication_methods = '{methods}'
             WHERE token = '{token}'"
        ));
        for (service, status) in [&one, &highest].into_iter().zip(statuses) {
            assert_eq!(get(service.public, "/sessions", &token).status, status, "{methods}");
            let answer = get(service.public, "/sessions/whoami", &token);
            assert_eq!(answer.status, status, "{column} {methods}");
            if status == 200 {
                assert_eq!(answer.json()["authenticator_assurance_level"], shown, "{methods}");
            }
        }
    }
}

fn undecodable_credential_counts_as_a_second_factor(kind: Kind) {
    let (database, token) = (kratos::restore(kind), token(kind));
    let service = kratos::service(&database, HIGHEST);
    let mut configs = vec!["[]", r#"{"totp_url": 5}"#, r#""x""#];
    if kind == Kind::Sqlite {
        // SQLite does not check that the column contains JSON.
        configs.extend(["{", "", r#"{"totp_url": "a"#]);
    }
    for config in configs {
        enroll(&database, "totp", config);
        assert_eq!(get(service.public, "/sessions", &token).status, 403, "{config}");
        assert_eq!(get(service.public, "/sessions/whoami", &token).status, 403, "{config}");
    }
    // Revoking other sessions requires only one factor.
    let headers = [("X-Session-Token", token.as_bytes())];
    let answer = crate::support::http_client::send(service.public, "DELETE", "/sessions", &headers);
    assert_eq!(answer.status, 200);
}

/// The error with which the service fails to start, if it does.
fn startup_error(database: &Database, required_aal: &str) -> Option<String> {
    let mut config = kratos::config_for(database, required_aal);
    config.database.start_timeout = Duration::from_millis(300);
    let opened = Runtime::new().unwrap().block_on_in_time(database::open(&config));
    opened.err().map(|error| error.to_string())
}

/// The tests in `grants` show which privileges are required.
fn start_fails_if_the_credentials_cannot_be_read(kind: Kind) {
    for (damage, named) in [
        ("DROP TABLE identity_credentials", "identity_credentials"),
        ("DROP TABLE identity_credentials; DROP TABLE identity_credential_types", "identity_cred"),
        ("ALTER TABLE identity_credentials DROP COLUMN config", "config"),
    ] {
        let database = kratos::restore(kind);
        assert_eq!(startup_error(&database, HIGHEST), None);
        database.run(damage);
        let refused = startup_error(&database, HIGHEST).unwrap();
        assert!(refused.starts_with("session.required_aal: "), "{refused}");
        let (_, problem) = refused.split_once("identity_credential_types: ").unwrap();
        assert!(problem.contains(named), "{refused}");
        // Under `aal1`, the credentials are not read.
        assert_eq!(startup_error(&database, "aal1"), None);
    }
    let database = kratos::restore(kind);
    database.run("DROP TABLE identity_credentials");
    let folder = tempfile::tempdir().unwrap();
    let output = elsewhere(&folder, &["serve"])
        .env("ELSEWHERE_DATABASE__URL", &database.url)
        .env("ELSEWHERE_DATABASE__SCHEMA", "kratos")
        .env("ELSEWHERE_SESSION__COOKIES", "false")
        .env("ELSEWHERE_SESSION__REQUIRED_AAL", HIGHEST)
        .env("ELSEWHERE_DATABASE__START_TIMEOUT", "1s")
        .env("ELSEWHERE_SERVER__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_ADMIN__LISTEN", "127.0.0.1:0")
        .output_in_time();
    // The table may still come, so it is waited for.
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), error.lines().count()), (Some(1), 2), "{error}");
    assert!(error.lines().all(|line| line.contains("session.required_aal: ")), "{error}");
}

#[test]
fn unknown_second_factor_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let output = elsewhere(&folder, &["config"])
        .env("ELSEWHERE_SESSION__SECOND_FACTORS", "totp,sms")
        .output_in_time();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(error.contains("session.second_factors") && error.contains("sms"), "{error}");
}
