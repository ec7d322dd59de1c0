//! Remarks about what a file leaves open: values from elsewhere, placeholders, other defaults.

use elsewhere::kratos_config::{Format, convert};

use super::{run, text};
use crate::support::databases::Kind;
use crate::support::http_client::send;
use crate::support::kratos::second_recording;
use crate::support::output::OutputInTime as _;
use crate::support::process::{elsewhere, serve_from_file};

fn converted(kratos: &str) -> String {
    convert(kratos, Format::Yaml, "kratos.yml").unwrap()
}

/// The remarks under a heading.
fn remarks<'a>(settings: &'a str, heading: &str) -> Vec<&'a str> {
    let (_, after) = settings.split_once(heading).unwrap_or_default();
    after.lines().skip(1).map_while(|line| line.strip_prefix("# - ")).collect()
}

fn to_check(settings: &str) -> Vec<&str> {
    remarks(settings, "To complete or to check:")
}

const DEFAULTS: &str = r#"second_factors = ["totp", "lookup_secret", "webauthn"]"#;
const WITH_CODE: &str = r#"second_factors = ["totp", "lookup_secret", "webauthn", "code"]"#;

/// Kratos counts the credentials of disabled methods, and codes if `mfa_enabled` is set.
#[test]
fn second_factors_are_those_that_kratos_counts() {
    for (methods, factors, is_remarked) in [
        ("", DEFAULTS, true),
        ("selfservice: {}", DEFAULTS, true),
        ("selfservice: {methods: {}}", DEFAULTS, true),
        ("selfservice: {methods: {password: {enabled: true}}}", DEFAULTS, true),
        ("selfservice: {methods: {totp: {enabled: false}}}", DEFAULTS, true),
        ("selfservice: {methods: {code: {enabled: true}}}", DEFAULTS, true),
        ("selfservice: {methods: {code: {passwordless_enabled: true}}}", DEFAULTS, true),
        ("selfservice: {methods: {code: {mfa_enabled: false}}}", DEFAULTS, true),
        ("selfservice: {methods: {totp: {enabled: true}}}", DEFAULTS, false),
        ("selfservice: {methods: {lookup_secret: {enabled: true}}}", DEFAULTS, false),
        ("selfservice: {methods: {webauthn: {enabled: true}}}", DEFAULTS, false),
        ("selfservice: {methods: {code: {mfa_enabled: true}}}", WITH_CODE, false),
        ("selfservice: {methods: {code: {enabled: false, mfa_enabled: true}}}", WITH_CODE, false),
        (
            "selfservice: {methods: {code: {passwordless_enabled: true, mfa_enabled: true}}}",
            WITH_CODE,
            false,
        ),
    ] {
        for (level, applies) in [
            ("log: {}", true),
            ("session: {whoami: {required_aal: highest_available}}", true),
            ("session: {whoami: {required_aal: aal1}}", false),
        ] {
            let settings = converted(&format!("{level}\n{methods}"));
            assert!(settings.lines().any(|line| line == factors), "{methods}: {settings}");
            let begin = "selfservice.methods enables no second factor here. ";
            let remarked = to_check(&settings).iter().any(|remark| {
                remark.starts_with(begin) && remark.contains("SELFSERVICE_METHODS_TOTP_ENABLED")
            });
            assert_eq!(remarked, is_remarked && applies, "{level} {methods}: {settings}");
        }
    }
}

#[test]
fn person_with_a_second_factor_needs_it_although_the_file_has_no_methods() {
    let database = second_recording::restore(Kind::Sqlite);
    let folder = tempfile::tempdir().unwrap();
    let kratos = format!(
        "dsn: {}\nserve: {{public: {{base_url: 'http://127.0.0.1:4533/'}}}}\n\
         session: {{lifespan: 876000h}}\nsecrets: {{cookie: [a-secret-that-no-cookie-has]}}",
        database.url
    );
    let settings = run(&folder, "kratos.yml", &kratos);
    std::fs::write(folder.path().join("elsewhere.toml"), settings.stdout).unwrap();
    let service = serve_from_file(&folder, "elsewhere.toml");
    let exchanges = second_recording::exchanges(Kind::Sqlite, "factor/whoami");
    assert!(exchanges.iter().any(|exchange| exchange.response.status == 403));
    for exchange in exchanges {
        let token = exchange.request.headers["X-Session-Token"].as_str().unwrap().as_bytes();
        let headers = [("X-Session-Token", token)];
        let answer = send(service.public, "GET", "/sessions/whoami", &headers);
        assert_eq!(answer.status, exchange.response.status, "{}", exchange.name);
    }
}

#[test]
fn settings_without_the_url_of_the_database_do_not_start() {
    for (dsn, remark) in [
        ("", "dsn is not set. Kratos takes it from its variable DSN"),
        ("dsn: ''", "dsn is not set. Kratos takes it from its variable DSN"),
        ("dsn:", "dsn is not set. Kratos takes it from its variable DSN"),
        ("dsn: memory", "dsn is a database in memory, which Kratos cannot share"),
        ("dsn: 'sqlite://:memory:?_fk=true'", "dsn is a database in memory, which Kratos cannot"),
        ("dsn: 'sqlite://file::memory:?cache=shared'", "dsn is a database in memory, which"),
        ("dsn: 'sqlite3://file:x?mode=memory&_fk=true'", "dsn is a database in memory, which"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let kratos = format!("secrets: {{cookie: [a-secret-of-16-letters]}}\n{dsn}");
        let settings = text(&run(&folder, "kratos.yml", &kratos).stdout);
        let found = to_check(&settings).iter().any(|found| found.starts_with(remark));
        assert!(found, "{dsn}: {settings}");
        assert!(!settings.contains("\nurl ="), "{dsn}: {settings}");
        let refused = remarks(&settings, "Refused by elsewhere");
        assert!(refused[0].starts_with("database.url: expected Kratos's DSN"), "{dsn}: {settings}");
        std::fs::write(folder.path().join("elsewhere.toml"), &settings).unwrap();
        let serve = ["serve", "--config", "elsewhere.toml"];
        let output = elsewhere(&folder, &serve).output_in_time();
        let error = text(&output.stderr);
        assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{error}");
        assert!(error.starts_with("elsewhere: database.url: expected Kratos's DSN"), "{error}");
    }
}

#[test]
fn parameters_for_poolers_are_remarked() {
    let begin = "has no effect, because elsewhere uses prepared statements.";
    for (parameters, named) in [
        ("default_query_exec_mode=simple_protocol", Some("default_query_exec_mode")),
        ("default_query_exec_mode=exec", Some("default_query_exec_mode")),
        (
            "sslmode=disable&default_query_exec_mode=cache_describe&max_conns=4",
            Some("default_query_exec_mode"),
        ),
        ("default_query_exec_mode=describe_exec", Some("default_query_exec_mode")),
        ("prefer_simple_protocol=true", Some("prefer_simple_protocol")),
        ("prefer_simple_protocol=1", Some("prefer_simple_protocol")),
        ("statement_cache_mode=describe", Some("statement_cache_mode")),
        ("statement_cache_capacity=0", Some("statement_cache_capacity")),
        ("default_query_exec_mode=cache_statement", None),
        ("prefer_simple_protocol=false", None),
        ("statement_cache_mode=prepare", None),
        ("statement_cache_capacity=100", None),
        ("sslmode=disable", None),
    ] {
        let settings = converted(&format!("dsn: 'postgres://kratos:p@db/kratos?{parameters}'"));
        let remark = to_check(&settings).into_iter().find(|remark| remark.contains(begin));
        let name = remark.and_then(|remark| remark.strip_prefix("dsn: ")?.split(' ').next());
        assert_eq!(name, named, "{parameters}: {settings}");
        assert!(remark.is_none_or(|remark| remark.contains("session mode")), "{settings}");
        assert!(!settings.contains("Refused"), "{settings}");
    }
}

#[test]
fn keys_without_a_setting_say_what_holds_instead() {
    let settings = converted(
        "serve: {public: {cors: {enabled: true, allowed_headers: [X-Csrf-Token], max_age: 5, \
         allowed_methods: [GET], exposed_headers: [Content-Type], debug: true}}}\n\
         tracing: {provider: otel, providers: {otlp: {server_url: 'collector:4318', \
         authorization_header: 'Bearer hunter2'}}}",
    );
    let remarks = remarks(&settings, "Not carried over:");
    for expected in [
        "serve.public.cors.allowed_methods: elsewhere allows the methods of its public API.",
        "serve.public.cors.exposed_headers: elsewhere exposes the headers of its public API, ",
        "serve.public.cors.max_age: elsewhere lets browsers cache preflight requests for 10 min",
        "serve.public.cors.debug: no counterpart.",
        "tracing: Kratos sends OTLP over HTTP, elsewhere over gRPC; set traces.endpoint ",
    ] {
        let count = remarks.iter().filter(|remark| remark.starts_with(expected)).count();
        assert_eq!(count, 1, "{expected}: {settings}");
    }
    assert!(settings.contains("[cors]\nallowed_headers = [\"X-Csrf-Token\"]"), "{settings}");
    assert!(!settings.contains("hunter2") && !settings.contains("[traces]"), "{settings}");
}

#[test]
fn placeholders_are_marked() {
    let marked = |kratos: &str, key: &str| {
        let settings = converted(kratos);
        let begin = format!("{key} looks like a placeholder");
        to_check(&settings).iter().any(|remark| remark.starts_with(&begin))
    };
    for placeholder in [
        "${COOKIE}",
        "${SECRETS_COOKIE:-unset}",
        "$KRATOS_COOKIE_SECRET",
        "$(KRATOS_COOKIE_SECRET)",
        "{{ .Values.cookie }}",
        "{{COOKIE_SECRET}}",
        "<your cookie secret>",
        "<COOKIE_SECRET>",
        "%COOKIE_SECRET%",
        "__COOKIE_SECRET__",
        "#{COOKIE_SECRET}#",
        "ENC[AES256_GCM,data:p673w==,iv:YY=,tag:A=,type:str]",
        "op://vault/kratos/cookie",
        "vault:secret/data/kratos#cookie",
        "ref+vault://secret/kratos#/cookie",
        "arn:aws:secretsmanager:eu-west-1:1:secret:kratos",
    ] {
        let cookie = format!("secrets: {{cookie: [a-real-secret-of-16, '{placeholder}']}}");
        assert!(marked(&cookie, "session.cookie_secrets"), "{placeholder}");
        let default = format!("secrets: {{default: ['{placeholder}']}}");
        assert!(marked(&default, "session.cookie_secrets"), "{placeholder}");
        assert!(marked(&format!("dsn: '{placeholder}'"), "database.url"), "{placeholder}");
    }
    for dsn in [
        "postgres://kratos:${DB_PASSWORD}@db/kratos",
        "postgres://kratos:$DB_PASSWORD@db/kratos",
        "postgres://kratos:<password>@db/kratos",
        "mysql://$(USER):$(PASSWORD)@tcp(db:3306)/kratos",
        "postgres://kratos:__PASSWORD__@db/kratos",
    ] {
        assert!(marked(&format!("dsn: '{dsn}'"), "database.url"), "{dsn}");
    }
    let base_url = "serve: {public: {base_url: 'https://${HOST}/'}}";
    assert!(marked(base_url, "server.base_url"));
    assert!(marked("cookies: {domain: $DOMAIN}", "session.cookie_domain"));
}

#[test]
fn real_values_are_not_taken_for_placeholders() {
    for secret in [
        "PLEASE-CHANGE-ME-I-AM-VERY-INSECURE",
        "3f8a7b0c9d2e4f61a5b7c8d9e0f1a2b3",
        "kO9y$a2{x}]%w<4>_-!Qz#1",
        "c2VjcmV0LXNlY3JldC1zZWNyZXQ=",
        "$2a$10$abcdefghijklmnopqrstuv",
        "5 < 7 and 9 > 8 as is known",
    ] {
        let settings = converted(&format!("secrets: {{cookie: ['{secret}']}}"));
        assert!(!settings.contains("placeholder"), "{secret}: {settings}");
    }
    for dsn in ["postgres://u:a%2Fb%40c%41bc%25@db/kratos?sslmode=disable", "sqlite:///a__b_.db"] {
        assert!(!converted(&format!("dsn: '{dsn}'")).contains("placeholder"), "{dsn}");
    }
}
