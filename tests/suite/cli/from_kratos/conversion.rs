//! The settings that a Kratos configuration becomes, key by key.

use elsewhere::config::{AllowedOrigin, Config, CookieSecret, RequiredLevel, SameSite, Schema};
use elsewhere::kratos_config::{Format, convert};
use elsewhere::second_factor::SecondFactor::{Code, LookupSecret, Totp, Webauthn};

use super::KRATOS_YML;

fn converted(kratos: &str) -> String {
    convert(kratos, Format::Yaml, "kratos.yml").unwrap()
}

/// The settings without their comments.
fn settings(kratos: &str) -> toml::Table {
    converted(kratos).parse().unwrap()
}

fn error(kratos: &str) -> String {
    let error = convert(kratos, Format::Yaml, "kratos.yml").unwrap_err().to_string();
    assert_eq!(error.lines().count(), 1, "{error}");
    error
}

#[test]
fn configuration_of_a_production_kratos_is_carried_over() {
    let text = converted(KRATOS_YML);
    let config = Config::parse(&text, "this file").unwrap();
    assert_eq!(config.server.base_url.origin(), "http://kratos.example.org:4533");
    assert_eq!(
        config.database.url.to_string(),
        "sqlite:///var/lib/kratos/db.sqlite?_fk=true&mode=rwc"
    );
    assert_eq!(config.database.schema, Schema::Kratos);
    let session = &config.session;
    assert_eq!(session.lifespan.as_secs(), 876_000 * 60 * 60);
    assert_eq!(session.required_aal, RequiredLevel::Aal1);
    // A security key counts although the method is disabled.
    let factors = [Totp, LookupSecret, Webauthn, Code];
    assert_eq!(session.second_factors, factors);
    let secrets: Vec<_> = session.cookie_secrets.iter().map(CookieSecret::expose).collect();
    let expected = ["a-new-secret-of-at-least-16-characters", "an-old-secret-that-was-rotated-out"];
    assert_eq!(secrets, expected.map(str::as_bytes));
    assert_eq!(session.cookie_domain.as_ref().unwrap().as_str(), "example.org");
    assert_eq!(session.cookie_same_site, SameSite::Lax);
    assert_eq!(session.earliest_possible_extend.unwrap().as_secs(), 24 * 60 * 60);
    assert!(session.cacheable && session.cacheable_max_age.unwrap().as_secs() == 600);
    assert_eq!(session.tokenizer.templates["gateway"].ttl.as_secs(), 300);
    let origins = ["http://127.0.0.1:4455", "https://*.example.org"];
    let origins = origins.map(|origin| AllowedOrigin::try_from(origin.to_owned()).unwrap());
    assert_eq!(config.cors.allowed_origins, origins);
    let remarks: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("# - ")).collect();
    for (remark, begins) in remarks.iter().zip([
        "session.whoami.tokenizer.templates.remote: its jwks_url is neither",
        "serve.public.host: ",
        "serve.public.port: ",
        "serve.public.tls: ",
        "serve.public.cors.allowed_methods: elsewhere allows the methods of its public API.",
        "serve.admin: ",
    ]) {
        assert!(remark.starts_with(begins), "{begins}: {remark}");
    }
    assert_eq!(remarks.len(), 6, "{remarks:?}");
    for secret in ["a-default-secret", "32-characters", "mailslurper", "identity"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn dsn_is_written_unchanged() {
    for dsn in [
        "mysql://u:p@tcp(h:3306)/db?parseTime=true&max_conns=20",
        "postgres://kratos:a%2Fb@db.example.org:5432/kratos?sslmode=disable&max_conn_lifetime=1h",
        "cockroach://root@crdb:26257/defaultdb?sslmode=disable",
    ] {
        let settings = settings(&format!("dsn: {dsn}"));
        assert_eq!(settings["database"]["url"].as_str(), Some(dsn));
    }
}

#[test]
fn origins_of_apps_and_names_of_headers_are_carried_over() {
    let text = converted(
        "serve: {public: {cors: {enabled: true, \
         allowed_origins: [\"capacitor://localhost\", \"https://a.example\"], \
         allowed_headers: [Authorization, X-App-Version, \"*\"]}}}",
    );
    let settings: toml::Table = text.parse().unwrap();
    let texts = |key: &str| settings["cors"][key].clone().try_into::<Vec<String>>().unwrap();
    assert_eq!(texts("allowed_origins"), ["capacitor://localhost", "https://a.example"]);
    assert_eq!(texts("allowed_headers"), ["Authorization", "X-App-Version"]);
    assert!(text.contains("# - serve.public.cors.allowed_headers `*`: "), "{text}");
    let nothing = "serve: {public: {cors: {enabled: true, allowed_origins: [https://a.example], \
                   allowed_headers: null}}}";
    assert!(!converted(nothing).contains("allowed_headers"));
}

/// Kratos's defaults are not ours.
#[test]
fn defaults_of_kratos_are_written_where_ours_differ() {
    let text = converted("log: {}");
    assert!(text.contains("lifespan = \"24h\" # Kratos's default"), "{text}");
    assert!(text.contains("required_aal = \"highest_available\" # Kratos's default"), "{text}");
    for missing in ["ELSEWHERE_DATABASE__URL", "ELSEWHERE_SESSION__COOKIE_SECRETS", "base_url"] {
        assert!(text.contains(missing), "{missing}");
    }
    let settings = settings("log: {}");
    assert!(!settings["database"].as_table().unwrap().contains_key("url"));
}

#[test]
fn session_cookie_falls_back_to_the_keys_of_all_cookies() {
    let all = "cookies: {domain: a.example, path: /a, same_site: Strict}\n";
    let cookie = |kratos: &str, key: &str| {
        let settings = settings(&format!("{all}{kratos}"));
        settings["session"].get(key).and_then(|value| value.as_str()).map(str::to_owned)
    };
    assert_eq!(cookie("", "cookie_domain").unwrap(), "a.example");
    assert_eq!(cookie("", "cookie_path").unwrap(), "/a");
    assert_eq!(cookie("", "cookie_same_site").unwrap(), "Strict");
    let own = "session: {cookie: {domain: b.example, same_site: Lax}}";
    assert_eq!(cookie(own, "cookie_domain").unwrap(), "b.example");
    assert_eq!(cookie(own, "cookie_path").unwrap(), "/a");
    assert_eq!(cookie(own, "cookie_same_site").unwrap(), "Lax");
    assert_eq!(cookie("session: {cookie: {domain: ''}}", "cookie_domain"), None);
}

#[test]
fn cookies_are_signed_with_the_default_secrets_if_there_are_no_others() {
    let default = "secrets: {default: [the-default-secret-1], cookie: []}";
    let secrets = settings(default)["session"]["cookie_secrets"].clone();
    assert_eq!(secrets.as_array().unwrap()[0].as_str(), Some("the-default-secret-1"));
}

#[test]
fn token_templates_keep_their_keys_and_names() {
    let kratos = r#"dsn: postgres://db/kratos
session: {whoami: {tokenizer: {templates: {
        "a b.c": {ttl: 10m, jwks_url: "base64://e30=", claims_mapper_url: "file:///m.jsonnet"},
        plain: {jwks_url: "base64://e30=", subject_source: external_id, new_key: 1},
        mapped: {jwks_url: "base64://e30=", claims_mapper_url: "https://example.org/m"}}}}}"#;
    let text = converted(kratos);
    let settings: toml::Table = text.parse().unwrap();
    let templates = settings["session"]["tokenizer"]["templates"].as_table().unwrap();
    assert_eq!(templates.len(), 2);
    assert_eq!(templates["a b.c"]["ttl"].as_str(), Some("10m"));
    assert_eq!(templates["a b.c"]["claims_mapper_url"].as_str(), Some("file:///m.jsonnet"));
    assert_eq!(templates["plain"]["jwks_url"].as_str(), Some("base64://e30="));
    assert_eq!(templates["plain"]["subject_source"].as_str(), Some("external_id"));
    assert!(!text.contains("Refused"), "{text}");
    assert!(text.contains("templates.mapped: its claims_mapper_url is neither"), "{text}");
    assert!(text.contains("templates.plain.new_key: no counterpart"), "{text}");
    let incomplete = "session: {whoami: {tokenizer: {templates: {jwt: {ttl: 1m}}}}}";
    assert_eq!(
        error(incomplete),
        "session.whoami.tokenizer.templates.jwt: expected the key `jwks_url` (from kratos.yml)"
    );
}

#[test]
fn keys_about_sessions_without_a_counterpart_are_listed() {
    let text = converted(
        "session: {new: 1, whoami: {newer: 2}, cookie: {secure: true}}\n\
         feature_flags: {faster_session_extend: true}\n\
         log: {format: gelf}\n\
         serve: {public: {cors: {enabled: true}}}",
    );
    for key in [
        "session.new: ",
        "session.whoami.newer: ",
        "session.cookie.secure: ",
        "feature_flags.faster_session_extend: ",
        "log.format `gelf`: ",
        "serve.public.cors.allowed_origins `*`: ",
    ] {
        assert!(text.contains(&format!("# - {key}")), "{key}: {text}");
    }
    assert!(!text.contains("[cors]"), "{text}");
}

/// Kratos also takes `*` within a label, where it matches the domains of strangers.
#[test]
fn wildcards_are_carried_over_if_they_stand_for_subdomains() {
    let text = converted(
        "serve: {public: {cors: {enabled: true, allowed_origins: [https://*.example.org,
            https://*example.org, https://app-*.example.org, https://*.org]}}}",
    );
    let settings: toml::Table = text.parse().unwrap();
    let origins = settings["cors"]["allowed_origins"].as_array().unwrap();
    assert_eq!(origins, &[toml::Value::from("https://*.example.org")]);
    for other in ["https://*example.org", "https://app-*.example.org", "https://*.org"] {
        let remark = format!("# - serve.public.cors.allowed_origins `{other}`: ");
        assert!(text.contains(&remark), "{other}: {text}");
    }
}

#[test]
fn origins_without_credentials_are_not_given_any() {
    let cors = "serve: {public: {cors: {enabled: true, allow_credentials: false, \
                allowed_origins: [https://a.example]}}}";
    let text = converted(cors);
    assert!(!text.contains("[cors]") && text.contains("# - serve.public.cors."), "{text}");
    let disabled = "serve: {public: {cors: {allowed_origins: [https://a.example]}}}";
    assert!(!converted(disabled).contains("https://a.example"));
}

#[test]
fn what_our_settings_refuse_is_said_at_the_top() {
    let text = converted("secrets: {cookie: [too-short]}");
    let refused = text.split("Refused").nth(1).unwrap().lines().nth(1).unwrap();
    assert!(refused.starts_with("# - session.cookie_secrets[0]: expected a secret"), "{text}");
}

#[test]
fn wrong_types_name_the_key_of_kratos_and_never_a_value() {
    for (kratos, expected) in [
        ("session: {lifespan: tomorrow}", "session.lifespan: expected a duration such as `24h`"),
        ("session: {lifespan: 1.5h}", "session.lifespan: expected a duration such as `24h`"),
        ("session: 12", "session: expected keys and values"),
        ("session: {cookie: {persistent: 'yes'}}", "session.cookie.persistent: expected a boolean"),
        ("secrets: {cookie: hunter2-hunter2-hunter2}", "secrets.cookie: expected a sequence"),
        ("secrets: {cookie: [7777777777777777]}", "secrets.cookie[0]: expected a string"),
        ("secrets: {cookie: {hunter2: 1}}", "secrets.cookie: expected a sequence"),
        ("dsn: [hunter2]", "dsn: expected a string"),
        ("selfservice: {methods: {totp: {enabled: 1}}}", "selfservice.methods.totp.enabled: exp"),
    ] {
        let error = error(kratos);
        assert!(error.starts_with(expected), "{kratos}: {error}");
        assert!(error.ends_with(" (from kratos.yml)"), "{error}");
        assert!(!error.contains("hunter2") && !error.contains("7777"), "{error}");
    }
}

#[test]
fn json_and_toml_say_the_same_as_yaml() {
    let yaml = "session:\n  lifespan: 1h30m\n  cookie: {name: a_cookie}\n";
    let json =
        "{\n\t\"session\": {\"lifespan\": \"1h30m\",\n\t\"cookie\": {\"name\": \"a_cookie\"}}}";
    let toml = "[session]\nlifespan = \"1h30m\"\ncookie.name = \"a_cookie\"\n";
    assert_eq!(converted(yaml), converted(json));
    assert_eq!(converted(yaml), convert(toml, Format::Toml, "kratos.yml").unwrap());
}
