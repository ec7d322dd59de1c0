//! Pseudonyms in the log. With a pseudonym key, no log line contains an id or a client's
//! address. This holds for all lines at level debug, not only for the audit trail. The same
//! value has the same pseudonym everywhere.

use std::net::SocketAddr;
use std::thread::JoinHandle;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::{Answer, send, send_json};
use crate::support::process::{RunningProcess, ServeProcess, serve_raw};
use crate::support::sign_in::{SignIn, SignedIn};

on_every_database! {
    with_a_key_no_line_has_an_id_or_an_address,
    without_a_key_lines_have_ids_but_no_paths,
    database_error_texts_stay_out_of_the_log,
}

const CLIENT: &str = "203.0.113.77";
const OTHER_CLIENT: &str = "2001:db8::77";

/// A running service whose log lines are all collected.
struct LoggedService {
    running: RunningProcess,
    public: SocketAddr,
    admin: SocketAddr,
    reader: JoinHandle<Vec<String>>,
    _folder: tempfile::TempDir,
}

impl LoggedService {
    fn start(database: &Database, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let base = [
            ("ELSEWHERE_DATABASE__URL", database.url.as_str()),
            ("ELSEWHERE_LOG__LEVEL", "debug"),
            ("ELSEWHERE_SERVER__TRUSTED_PROXIES", "127.0.0.0/8"),
            ("ELSEWHERE_CORS__ALLOWED_ORIGINS", "https://app.example.org"),
        ];
        let environment = [&base, settings].concat();
        let ServeProcess { running, public, admin, startup_lines, lines } =
            serve_raw(&folder, &environment);
        let lines = startup_lines.into_iter().chain(lines.until_closed());
        let reader = std::thread::spawn(|| lines.collect());
        Self { running, public, admin, reader, _folder: folder }
    }

    fn ask_public(&self, method: &str, path: &str, headers: &[(&str, &[u8])]) -> Answer {
        ask(self.public, method, path, headers)
    }

    fn ask_admin(&self, method: &str, path: &str) -> Answer {
        ask(self.admin, method, path, &[])
    }

    fn admin_json(&self, method: &str, path: &str, body: &Value) -> Answer {
        let from: &[(&str, &[u8])] = &[("X-Forwarded-For", CLIENT.as_bytes())];
        send_json(self.admin, method, path, from, &body.to_string())
    }

    fn sign_in(&self, identity: Uuid) -> SignedIn {
        sign_in(identity).at(self.admin)
    }

    /// Stops the service and returns all its log lines.
    fn lines(mut self) -> Vec<String> {
        self.running.signal("TERM");
        assert!(self.running.wait().success());
        self.reader.join().unwrap()
    }
}

fn ask(to: SocketAddr, method: &str, path: &str, headers: &[(&str, &[u8])]) -> Answer {
    let from: (&str, &[u8]) = ("X-Forwarded-For", CLIENT.as_bytes());
    send(to, method, path, &[&[from], headers].concat())
}

fn sign_in(identity: Uuid) -> SignIn<'static> {
    let device = json!({"ip_address": CLIENT, "user_agent": "Canary/1.0"});
    SignIn::new(identity).device(device).header("X-Forwarded-For", CLIENT)
}

/// Sends valid and invalid requests of all kinds to both APIs. Returns the values that no
/// log line may contain.
fn send_all_kinds_of_requests(service: &LoggedService) -> Vec<String> {
    let [ana, ben, cem, nobody] = [(); 4].map(|()| Uuid::new_v4());
    let ana_sessions: Vec<_> = (0..4).map(|_| service.sign_in(ana)).collect();
    let (ben_session, cem_session) = (service.sign_in(ben), service.sign_in(cem));
    let token: &[(&str, &[u8])] = &[("X-Session-Token", ana_sessions[0].token.as_bytes())];
    let form_headers =
        [token[0], ("Origin", b"http://127.0.0.1:4433"), ("Sec-Fetch-Site", b"same-origin")];
    let external = format!("crm-{}", nobody.simple());
    let named = |identity| sign_in(identity).identity(json!({"external_id": external}));
    assert_eq!(named(ana).send(service.admin).status, 201);
    assert_eq!(named(ben).send(service.admin).status, 409);

    let path = |id: &str| format!("/sessions/{id}");
    let admin = |id: &str| format!("/admin/sessions/{id}");
    for (method, path, status) in [
        ("GET", "/sessions".to_owned(), 200),
        ("GET", "/sessions?expand=activity&page_size=1".to_owned(), 200),
        ("GET", format!("/sessions?page_token={}", ana_sessions[1].session), 400),
        ("GET", "/sessions/whoami".to_owned(), 200),
        ("DELETE", path(&ana_sessions[0].session), 400),
        ("DELETE", path(&ana_sessions[1].session), 204),
        ("DELETE", path(&ben_session.session), 204),
        ("DELETE", path(&nobody.to_string()), 204),
        ("DELETE", path(&nobody.to_string().to_uppercase()), 204),
        ("DELETE", path(&nobody.simple().to_string()), 400),
        ("DELETE", path("not-an-id"), 400),
        ("BREW", path(&ana_sessions[1].session), 405),
        (&format!("BREW{}", nobody.simple()), path(&ana_sessions[1].session), 405),
        ("GET", format!("/nothing/{}", ana_sessions[1].session), 404),
        ("GET", format!("/sessions/{}/nothing", ana_sessions[1].session), 404),
        ("GET", format!("/health/{}", ana_sessions[1].session), 404),
        ("GET", "/ui/sessions".to_owned(), 200),
    ] {
        let answer = service.ask_public(method, &path, token);
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
    }
    let form = format!("/ui/sessions/{}/sign-out", ana_sessions[2].session);
    assert!(service.ask_public("POST", &form, &form_headers).status < 500);
    let wrong: &[(&str, &[u8])] =
        &[("X-Session-Token", b"ory_st_nobodys"), ("X-Forwarded-For", OTHER_CLIENT.as_bytes())];
    assert_eq!(service.ask_public("GET", "/sessions", wrong).status, 401);
    let preflight: &[(&str, &[u8])] =
        &[("Origin", b"https://app.example.org"), ("Access-Control-Request-Method", b"DELETE")];
    service.ask_public("OPTIONS", &path(&ana_sessions[1].session), preflight);

    for (method, path, status) in [
        ("GET", "/admin/sessions?expand=identity".to_owned(), 200),
        ("GET", admin(&ana_sessions[0].session), 200),
        ("GET", admin(&nobody.to_string()), 404),
        ("GET", admin("not-an-id"), 400),
        ("PATCH", format!("{}/extend", admin(&ana_sessions[0].session)), 200),
        ("PATCH", format!("{}/extend", admin(&nobody.to_string())), 404),
        ("DELETE", admin(&ana_sessions[3].session), 204),
        ("DELETE", admin(&nobody.to_string()), 404),
        ("GET", format!("/admin/identities/{ana}/sessions"), 200),
        ("GET", format!("/admin/identities/{ana}/nothing"), 404),
        ("DELETE", format!("/admin/identities/{ben}/sessions"), 204),
        ("DELETE", format!("/admin/identities/{cem}"), 204),
        ("DELETE", format!("/admin/identities/{nobody}"), 404),
    ] {
        let answer = service.ask_admin(method, &path);
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
    }
    let bulk = json!({"action": "disable", "sessions": [cem_session.session, ben_session.session]});
    assert_eq!(service.admin_json("POST", "/admin/sessions", &bulk).status, 200);
    let bulk = json!({"action": "delete", "identities": [ben]});
    assert_eq!(service.admin_json("POST", "/admin/sessions", &bulk).status, 200);
    let off = json!({"state": "inactive"});
    assert_eq!(service.admin_json("PATCH", &format!("/admin/identities/{ana}"), &off).status, 204);
    let duplicate = json!({"external_id": external});
    assert!(
        service.admin_json("PATCH", &format!("/admin/identities/{ben}"), &duplicate).status >= 400
    );

    let ids = [ana, ben, cem, nobody].map(|id| id.to_string());
    let sessions = ana_sessions.iter().chain([&ben_session, &cem_session]);
    let sessions: Vec<_> =
        sessions.flat_map(|issued| [issued.session.clone(), issued.token.clone()]).collect();
    [&ids[..], &sessions, &[external, CLIENT.to_owned(), OTHER_CLIENT.to_owned()]].concat()
}

fn with_a_key_no_line_has_an_id_or_an_address(kind: Kind) {
    let database = Database::empty(kind);
    let service = LoggedService::start(&database, &[("ELSEWHERE_AUDIT__PSEUDONYM_KEY", "a salt")]);
    let known = send_all_kinds_of_requests(&service);
    let session = service.sign_in(Uuid::new_v4()).session;
    assert_eq!(service.ask_admin("DELETE", &format!("/admin/sessions/{session}")).status, 204);
    let lines = service.lines();
    let text = lines.join("\n").to_lowercase();
    for known in known.iter().chain([&session]) {
        for form in [known.to_lowercase(), known.replace('-', "").to_lowercase()] {
            let line = text.lines().find(|line| line.contains(&form));
            assert_eq!(line, None, "has {known}");
        }
    }
    // The request line and its audit record have the same pseudonyms for session and client.
    let lines: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = |matches: &dyn Fn(&&Value) -> bool| lines.iter().rev().find(matches).unwrap();
    let ended = last(&|line| line["event"] == "ended");
    let request =
        last(&|line| line["span"]["id"] == ended["span"]["id"] && line["message"] == "answered");
    assert_eq!(request["route"], "/admin/sessions/{id}");
    assert!(ended["session"].is_string() && ended["address"].is_string(), "{ended}");
    assert_eq!((&request["session"], &request["address"]), (&ended["session"], &ended["address"]));
    let issued = last(&|line| line["event"] == "issued");
    assert_eq!((&issued["session"], &issued["identity"]), (&ended["session"], &ended["identity"]));
    let request =
        last(&|line| line["span"]["id"] == issued["span"]["id"] && line["message"] == "answered");
    assert_eq!(request["route"], "/admin/identities/{id}/sessions");
    assert_eq!(request["identity"], issued["identity"]);
}

fn without_a_key_lines_have_ids_but_no_paths(kind: Kind) {
    let database = Database::empty(kind);
    let service = LoggedService::start(&database, &[]);
    let SignedIn { session, token } = service.sign_in(Uuid::new_v4());
    service.ask_public(
        "DELETE",
        &format!("/sessions/{session}"),
        &[("X-Session-Token", token.as_bytes())],
    );
    service.ask_public("GET", "/nothing/of/the/kind?secret", &[]);
    let lines = service.lines();
    assert!(!lines.iter().any(|line| line.contains("of/the/kind")), "{lines:?}");
    let lines: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let answered = |status: u16| {
        lines.iter().find(|line| line["message"] == "answered" && line["status"] == status).unwrap()
    };
    let line = answered(400);
    assert_eq!((&line["method"], &line["route"]), (&json!("DELETE"), &json!("/sessions/{id}")));
    assert_eq!((&line["session"], &line["address"]), (&json!(session), &json!(CLIENT)));
    assert_eq!(answered(404)["route"], Value::Null);
}

/// An operator's trigger refuses a change with an error that names the row.
fn database_error_texts_stay_out_of_the_log(kind: Kind) {
    let database = Database::empty(kind);
    let service = LoggedService::start(&database, &[("ELSEWHERE_AUDIT__PSEUDONYM_KEY", "a salt")]);
    let session = service.sign_in(Uuid::new_v4()).session;
    database.run(match kind {
        Kind::Sqlite => {
            "CREATE TRIGGER refuses BEFORE UPDATE ON sessions
             BEGIN SELECT RAISE(ABORT, 'row ' || OLD.id || ' stays'); END"
        }
        Kind::Postgres => {
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE WARNING 'row %', OLD.id; RAISE EXCEPTION 'row % stays', OLD.id; END $$;
             CREATE TRIGGER refuses BEFORE UPDATE ON sessions
             FOR EACH ROW EXECUTE FUNCTION refuse()"
        }
        Kind::MySql => {
            "CREATE TRIGGER refuses BEFORE UPDATE ON sessions FOR EACH ROW
             BEGIN
                 DECLARE text VARCHAR(100) DEFAULT CONCAT('row ', OLD.id, ' stays');
                 SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = text;
             END"
        }
    });
    let status = service.ask_admin("DELETE", &format!("/admin/sessions/{session}")).status;
    assert!(status >= 400, "{status}");
    let lines = service.lines();
    let line = lines.iter().find(|line| line.contains(&session));
    assert_eq!(line, None);
    // The error code is still logged.
    let code = match kind {
        Kind::Sqlite => "1811",
        Kind::Postgres => "P0001",
        Kind::MySql => "1644",
    };
    assert!(status != 500 || lines.iter().any(|line| line.contains(code)), "{lines:?}");
}
