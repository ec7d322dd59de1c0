//! The coherence of answers from memory: a request that starts after a change was answered sees it,
//! whichever replica it reaches.

use serde_json::json;
use uuid::Uuid;

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{get, json_request, send, send_bytes};
use crate::support::memory::warm;
use crate::support::output::OutputInTime as _;
use crate::support::people::TestService;
use crate::support::process::elsewhere;
use crate::support::service::Service;
use crate::support::sign_in::{SignIn, SignedIn};

on_every_database! {
    each_end_of_a_session_is_seen_by_every_replica,
    changes_of_an_identity_are_seen_by_every_replica,
    extension_is_seen_by_every_replica,
    revocation_by_the_command_line_is_seen_by_every_replica,
    repeated_revocation_takes_effect_too,
    a_reader_of_events_who_asks_sees_the_change,
}

/// Rounds of each change, because a race may be won by chance.
const ROUNDS: usize = 3;

/// Makes a change, and returns the status of its answer.
type Change<'a> = &'a dyn Fn(&Hot) -> u16;

/// A person with two sessions, both of which two replicas have in memory.
struct Hot {
    identity: Uuid,
    own: SignedIn,
    other: SignedIn,
}

impl Hot {
    fn start(replicas: [&Service; 2]) -> Self {
        let identity = Uuid::new_v4();
        let sign_in = || SignIn::new(identity).at(replicas[0].admin);
        let hot = Self { identity, own: sign_in(), other: sign_in() };
        for replica in replicas {
            for session in [&hot.own, &hot.other] {
                warm(replica.public, replica.admin, &session.token);
            }
        }
        hot
    }
}

#[track_caller]
fn assert_refused(replicas: [&Service; 2], session: &SignedIn, change: &str) {
    for (nth, replica) in replicas.iter().enumerate() {
        let answer = get(replica.public, "/sessions/whoami", &session.token);
        assert_eq!(answer.status, 401, "{change}: replica {nth}");
    }
}

fn each_end_of_a_session_is_seen_by_every_replica(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let another = test.another_replica();
    let replicas = [&test.service, &another];
    for round in 0..ROUNDS {
        // Each replica changes something in turn.
        let by = replicas[round % 2];
        let bulk = |body: &serde_json::Value| {
            json_request("POST", "/admin/sessions", &[], &body.to_string())
        };
        let changes: [(&str, Change<'_>); 7] = [
            ("DELETE /sessions/{id}", &|hot| {
                let path = format!("/sessions/{}", hot.other.session);
                let headers = [("X-Session-Token", hot.own.token.as_bytes())];
                send(by.public, "DELETE", &path, &headers).status
            }),
            ("DELETE /sessions", &|hot| {
                let headers = [("X-Session-Token", hot.own.token.as_bytes())];
                send(by.public, "DELETE", "/sessions", &headers).status
            }),
            ("DELETE /admin/sessions/{id}", &|hot| {
                let path = format!("/admin/sessions/{}", hot.other.session);
                send(by.admin, "DELETE", &path, &[]).status
            }),
            ("DELETE /admin/identities/{id}/sessions", &|hot| {
                let path = format!("/admin/identities/{}/sessions", hot.identity);
                send(by.admin, "DELETE", &path, &[]).status
            }),
            ("disable sessions", &|hot| {
                let body = json!({"action": "disable", "sessions": [hot.other.session]});
                send_bytes(by.admin, &bulk(&body)).status
            }),
            ("delete those of identities", &|hot| {
                let body = json!({"action": "delete", "identities": [hot.identity]});
                send_bytes(by.admin, &bulk(&body)).status
            }),
            ("disable all", &|_| {
                let body = json!({"action": "disable", "identities": ["*"]});
                send_bytes(by.admin, &bulk(&body)).status
            }),
        ];
        for (name, change) in changes {
            let hot = Hot::start(replicas);
            let status = change(&hot);
            assert!((200..300).contains(&status), "{name}: {status}");
            assert_refused(replicas, &hot.other, name);
        }
    }
}

fn changes_of_an_identity_are_seen_by_every_replica(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let another = test.another_replica();
    let replicas = [&test.service, &another];
    for round in 0..ROUNDS {
        let by = replicas[round % 2];
        let hot = Hot::start(replicas);
        let path = format!("/admin/identities/{}", hot.identity);
        let change = |body: serde_json::Value| {
            let request = json_request("PATCH", &path, &[], &body.to_string());
            let answer = send_bytes(by.admin, &request);
            assert_eq!(answer.status, 204, "{answer:?}");
        };
        change(json!({"traits": {"name": "changed"}}));
        let name = |replica: &Service| {
            let whoami = get(replica.public, "/sessions/whoami", &hot.other.token).json();
            whoami["identity"]["traits"]["name"].as_str().map(str::to_owned)
        };
        for replica in replicas {
            assert_eq!(name(replica).as_deref(), Some("changed"));
        }
        // A sign-in may change the identity, too.
        SignIn::new(hot.identity).identity(json!({"traits": {"name": "again"}})).at(by.admin);
        for replica in replicas {
            assert_eq!(name(replica).as_deref(), Some("again"));
        }
        change(json!({"state": "inactive"}));
        assert_refused(replicas, &hot.other, "deactivation");

        let hot = Hot::start(replicas);
        let path = format!("/admin/identities/{}", hot.identity);
        assert_eq!(send(by.admin, "DELETE", &path, &[]).status, 204);
        assert_refused(replicas, &hot.own, "deletion");
    }
}

fn extension_is_seen_by_every_replica(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let another = test.another_replica();
    let replicas = [&test.service, &another];
    for round in 0..ROUNDS {
        let by = replicas[round % 2];
        let signed_in = SignIn::new(Uuid::new_v4()).expires_in("1h".to_owned()).at(by.admin);
        for replica in replicas {
            warm(replica.public, replica.admin, &signed_in.token);
        }
        let path = format!("/admin/sessions/{}/extend", signed_in.session);
        let extended = send(by.admin, "PATCH", &path, &[]);
        assert_eq!(extended.status, 200, "{extended:?}");
        let expiry = &extended.json()["expires_at"];
        for replica in replicas {
            let whoami = get(replica.public, "/sessions/whoami", &signed_in.token).json();
            assert_eq!(&whoami["expires_at"], expiry);
        }
    }
}

fn revocation_by_the_command_line_is_seen_by_every_replica(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let another = test.another_replica();
    let replicas = [&test.service, &another];
    let hot = Hot::start(replicas);
    let folder = tempfile::tempdir().unwrap();
    let mut command = elsewhere(&folder, &["sessions", "revoke", &hot.other.session]);
    command.env("ELSEWHERE_DATABASE__URL", &test.database.url);
    let output = command.output_in_time();
    assert!(output.status.success(), "{output:?}");
    assert_refused(replicas, &hot.other, "command line");
}

/// The second of two revocations finds nothing left to do. Its answer says that the session has
/// ended, so that it takes effect as well, even if the first one is not answered yet.
fn repeated_revocation_takes_effect_too(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let another = test.another_replica();
    let replicas = [&test.service, &another];
    for _ in 0..ROUNDS {
        let hot = Hot::start(replicas);
        let path = format!("/sessions/{}", hot.other.session);
        let revoke_and_look = |replica: &Service| {
            let headers = [("X-Session-Token", hot.own.token.as_bytes())];
            assert_eq!(send(replica.public, "DELETE", &path, &headers).status, 204);
            assert_refused(replicas, &hot.other, "one of two revocations");
        };
        std::thread::scope(|scope| {
            for replica in replicas {
                scope.spawn(move || revoke_and_look(replica));
            }
        });
    }
}

/// A gateway that caches drops a session when its event arrives. It must not fetch the old state again
/// from another replica, because no further event would come.
fn a_reader_of_events_who_asks_sees_the_change(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let another = test.another_replica();
    let replicas = [&test.service, &another];
    for round in 0..ROUNDS {
        let [by, read_at] = [replicas[round % 2], replicas[round / 2 % 2]];
        let hot = Hot::start(replicas);
        let is_told = |after: &str| {
            let path = format!("/admin/events?type=session.revoked&wait=5s{after}");
            send(read_at.admin, "GET", &path, &[]).json()
        };
        let mut after = String::new();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let path = format!("/sessions/{}", hot.other.session);
                let headers = [("X-Session-Token", hot.own.token.as_bytes())];
                assert_eq!(send(by.public, "DELETE", &path, &headers).status, 204);
            });
            loop {
                let page = is_told(&after);
                let events = page["events"].as_array().unwrap();
                if events.iter().any(|event| event["data"]["session_id"] == *hot.other.session) {
                    break;
                }
                after = format!("&after={}", page["next"].as_str().unwrap());
            }
            assert_refused(replicas, &hot.other, "after its event");
        });
    }
}
