//! Environment variables: those of settings, of Kubernetes, and mistakes.

use super::load;

#[test]
fn variable_that_is_no_setting_is_refused() {
    for (name, begins) in [
        (
            "ELSEWHERE_LOG_LEVEL",
            "ELSEWHERE_LOG_LEVEL: unknown variable, did you mean `ELSEWHERE_LO",
        ),
        ("ELSEWHERE_SERVER_LISTEN", "ELSEWHERE_SERVER_LISTEN: unknown variable, did you mean `ELS"),
        ("ELSEWHERE_DATABASE_URL", "ELSEWHERE_DATABASE_URL: unknown variable, did you mean `ELSE"),
        ("ELSEWHERE_DSN", "ELSEWHERE_DSN: unknown variable (from"),
        ("ELSEWHERE_", "ELSEWHERE_: unknown variable (from"),
        ("ELSEWHERE_SERVER", "ELSEWHERE_SERVER: unknown variable (from"),
        ("ELSEWHERE_PORT_HTTP", "ELSEWHERE_PORT_HTTP: unknown variable (from"),
        ("ELSEWHERE_SERVER__TLS", "server.tls: expected a key after the section"),
        ("ELSEWHERE_SERVER__LISTEN_FILE", "server.listen: expected a value in ELSEWHERE_SERV"),
        ("ELSEWHERE_LOG__LEVLE", "log.levle: unknown setting, did you mean `ELSEWHERE_LOG__LEVEL`"),
        ("ELSEWHERE_LOGS__LEVEL", "logs.level: unknown setting, did you mean `ELSEWHERE_LOG__LE"),
        ("ELSEWHERE_UI___NAME", "ui._name: unknown setting, did you mean `ELSEWHERE_UI__NAME`?"),
        (
            "ELSEWHERE_SESSION__TOKENIZER__TEMPLATES__A__TTLS",
            "session.tokenizer.templates.a.ttls: unknown setting, did you mean `ELSEWHERE_SESSION",
        ),
        ("ELSEWHERE_SESSION__TOKENIZER__TEMPLATES", "session.tokenizer.templates: expected a key"),
    ] {
        let Err(error) = load("", &[(name, "x")]) else { panic!("accepted: {name}") };
        assert!(error.starts_with(begins), "{name}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn variables_of_kubernetes_are_ignored() {
    for name in [
        "ELSEWHERE_SERVICE_HOST",
        "ELSEWHERE_SERVICE_PORT",
        "ELSEWHERE_SERVICE_PORT_HTTP",
        "ELSEWHERE_SERVICE_PORT_ADMIN_API",
        "ELSEWHERE_PORT",
        "ELSEWHERE_PORT_4433_TCP",
        "ELSEWHERE_PORT_4433_TCP_PROTO",
        "ELSEWHERE_PORT_4433_TCP_PORT",
        "ELSEWHERE_PORT_4433_TCP_ADDR",
        "ELSEWHERE_PORT_53_UDP_ADDR",
        "ELSEWHERE_ADMIN_SERVICE_HOST",
        "ELSEWHERE_ADMIN_PORT_4434_TCP_ADDR",
        "ELSEWHEREAPP_LOG_LEVEL",
        "elsewhere_log_level",
    ] {
        assert_eq!(load("", &[(name, "tcp://10.0.0.1:4433")]).map(drop), Ok(()), "{name}");
    }
}

#[test]
fn setting_comes_from_one_variable_only() {
    let both = [("ELSEWHERE_LOG__LEVEL", "info"), ("ELSEWHERE_log__level", "warn")];
    let error = load("", &both).unwrap_err();
    assert!(error.starts_with("log.level: set twice (also from ELSEWHERE_log__level)"), "{error}");
}

#[test]
fn numbers_and_flags_say_what_was_expected() {
    for (name, value, begins) in [
        ("ELSEWHERE_LIMITS__MAX_HEADERS", "1e3", "limits.max_headers: expected a whole number"),
        ("ELSEWHERE_LIMITS__MAX_HEADERS", "", "limits.max_headers: expected a whole number"),
        ("ELSEWHERE_LIMITS__MAX_HEADERS", "9", "limits.max_headers: expected a number from 10 to"),
        (
            "ELSEWHERE_LIMITS__MAX_HEADERS",
            "99999999999999999999",
            "limits.max_headers: expected a number from 10 to 1000",
        ),
        ("ELSEWHERE_SESSION__COOKIES", "1", "session.cookies: expected true or false"),
        ("ELSEWHERE_UI__ENABLED", "yes", "ui.enabled: expected true, false, or the empty string"),
    ] {
        let error = load("", &[(name, value)]).unwrap_err();
        assert!(error.starts_with(begins), "{name}: {error}");
    }
}
