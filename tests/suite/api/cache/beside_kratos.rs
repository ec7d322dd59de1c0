//! Beside a Kratos, whose own changes have no events: nothing is answered from memory, unless
//! settings say how old an answer may be.

use std::collections::BTreeMap;
use std::time::Duration;

use elsewhere::config::Config;

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{get, send};
use crate::support::kratos;
use crate::support::memory::{metric, warm};
use crate::support::output::OutputInTime as _;
use crate::support::process::elsewhere;
use crate::support::service::{Service, config, variable};
use crate::support::wait::wait_until_within;

on_every_database! { answers_are_from_memory_only_if_settings_say_how_old_they_may_be }

fn answers_are_from_memory_only_if_settings_say_how_old_they_may_be(kind: Kind) {
    const MAX_STALENESS: Duration = Duration::from_secs(2);
    let database = kratos::restore(kind);
    let exchanges = kratos::exchanges(kind);
    let list = exchanges.iter().find(|exchange| exchange.name == "list/token").unwrap();
    let token = list.request.headers["X-Session-Token"].as_str().unwrap();
    let settings = [
        ("database.url", database.url.as_str()),
        ("database.schema", "kratos"),
        ("session.cookies", "false"),
    ];
    let start = |more: &[(&str, &str)]| -> Service {
        kratos::service_with(&config(settings.into_iter().chain(more.iter().copied())))
    };
    let whoami = |service: &Service| get(service.public, "/sessions/whoami", token);
    let without = start(&[]);
    for _ in 0..3 {
        assert_eq!(whoami(&without).status, 200);
    }
    assert_eq!(metric(without.admin, "elsewhere_cache_hits_total"), 0);

    let folder = tempfile::tempdir().unwrap();
    let made = elsewhere(&folder, &["migrate", "--events"])
        .env("ELSEWHERE_DATABASE__URL", &database.url)
        .env("ELSEWHERE_DATABASE__SCHEMA", "kratos")
        .output_in_time();
    assert!(made.status.success(), "{made:?}");
    let with = [("events.enabled", "true"), ("cache.max_staleness", "2s")];
    let replicas = [start(&with), start(&with)];
    let own = whoami(&replicas[0]).json()["id"].as_str().unwrap().to_owned();
    for replica in &replicas {
        warm(replica.public, replica.admin, token);
    }
    // What goes through this service is coherent.
    let path = format!("/admin/sessions/{own}/extend");
    let extended = send(replicas[0].admin, "PATCH", &path, &[]);
    assert_eq!(extended.status, 200, "{extended:?}");
    for replica in &replicas {
        assert_eq!(whoami(replica).json()["expires_at"], extended.json()["expires_at"]);
        warm(replica.public, replica.admin, token);
    }
    // Kratos's own changes are seen in time.
    database.run(&format!("UPDATE sessions SET active = FALSE WHERE id = '{own}'"));
    for replica in &replicas {
        wait_until_within(MAX_STALENESS * 2, "Kratos's own revocation", || {
            whoami(replica).status == 401
        });
    }
}

#[test]
fn settings_without_coherence_are_refused() {
    let refused = |settings: &[(&str, &str)]| {
        let all: BTreeMap<_, _> =
            settings.iter().map(|(key, value)| (variable(key), (*value).to_owned())).collect();
        Config::load(None, &all).unwrap_err().to_string()
    };
    let beside_kratos = [
        ("database.schema", "kratos"),
        ("database.url", "sqlite://kratos.sqlite"),
        ("session.cookies", "false"),
    ];
    for (more, problem) in [
        (("cache.enabled", "true"), "cache.max_staleness: expected a duration, because"),
        (("cache.max_staleness", "2s"), "cache.max_staleness: expected none, because events"),
    ] {
        let settings: Vec<_> = beside_kratos.into_iter().chain([more]).collect();
        let error = refused(&settings);
        assert!(error.starts_with(problem), "{error}");
    }
    for (settings, problem) in [
        (
            [("cache.enabled", "true"), ("database.read_only", "true")],
            "cache.enabled: expected false, because database.read_only is true",
        ),
        ([("cache.lease", "10ms"), ("cache.enabled", "true")], "cache.lease: expected a duration"),
        ([("cache.lease", "2s"), ("cache.enabled", "true")], "cache.lease: expected a duration"),
        (
            [("cache.max_bytes", "1000"), ("cache.enabled", "true")],
            "cache.max_bytes: expected a number from 1048576",
        ),
    ] {
        let error = refused(&settings);
        assert!(error.starts_with(problem), "{error}");
    }
}
