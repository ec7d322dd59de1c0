//! The calls that write, with their audit records.

use serde_json::json;

use crate::api::audit_trail::LoggedReplica;
use crate::database::lost_answers::fixture::Target;
use crate::support::http_client::{Answer, send, send_json};
use crate::support::sign_in::{SignIn, SignedIn};

/// A call, its expected status, its audit event, and the sessions to which the event belongs.
pub struct Call {
    pub name: &'static str,
    pub status: u16,
    pub send: fn(&LoggedReplica, &Target) -> Answer,
    pub event: &'static str,
    pub sessions: fn(&Target, &Answer) -> Vec<String>,
}

pub const CALLS: [Call; 12] = [
    Call {
        name: "issue",
        status: 201,
        send: |replica, target| {
            let sign_in = SignIn::new(target.identity).device(json!({"user_agent": "app"}));
            sign_in.send(replica.admin)
        },
        event: "issued",
        sessions: |_, answer| vec![SignedIn::read(&answer.json()).session],
    },
    Call {
        name: "extend",
        status: 200,
        send: |replica, target| {
            send(replica.admin, "PATCH", &format!("/admin/sessions/{}/extend", target.other), &[])
        },
        event: "extended",
        sessions: other,
    },
    Call {
        name: "end another one",
        status: 204,
        send: |replica, target| by_person(replica, target, &format!("/sessions/{}", target.other)),
        event: "ended",
        sessions: other,
    },
    Call {
        name: "end the others",
        status: 200,
        send: |replica, target| by_person(replica, target, "/sessions"),
        event: "ended",
        sessions: other,
    },
    Call {
        name: "end as an operator",
        status: 204,
        send: |replica, target| {
            send(replica.admin, "DELETE", &format!("/admin/sessions/{}", target.other), &[])
        },
        event: "ended",
        sessions: other,
    },
    Call {
        name: "end in bulk",
        status: 200,
        send: |replica, target| bulk(replica, "disable", "sessions", &target.other),
        event: "ended",
        sessions: other,
    },
    Call {
        name: "delete in bulk",
        status: 200,
        send: |replica, target| bulk(replica, "delete", "sessions", &target.other),
        event: "deleted",
        sessions: other,
    },
    Call {
        name: "end those of identities",
        status: 200,
        send: |replica, target| {
            bulk(replica, "disable", "identities", &target.identity.to_string())
        },
        event: "ended",
        sessions: both,
    },
    Call {
        name: "delete those of identities",
        status: 200,
        send: |replica, target| bulk(replica, "delete", "identities", &target.identity.to_string()),
        event: "deleted",
        sessions: both,
    },
    Call {
        name: "switch an identity off",
        status: 204,
        send: |replica, target| {
            let path = format!("/admin/identities/{}", target.identity);
            send_json(replica.admin, "PATCH", &path, &[], r#"{"state": "inactive"}"#)
        },
        event: "ended",
        sessions: both,
    },
    Call {
        name: "delete an identity",
        status: 204,
        send: |replica, target| {
            send(replica.admin, "DELETE", &format!("/admin/identities/{}", target.identity), &[])
        },
        event: "deleted",
        sessions: both,
    },
    Call {
        name: "delete those of an identity",
        status: 204,
        send: |replica, target| {
            let path = format!("/admin/identities/{}/sessions", target.identity);
            send(replica.admin, "DELETE", &path, &[])
        },
        event: "deleted",
        sessions: both,
    },
];

fn bulk(replica: &LoggedReplica, action: &str, selector: &str, id: &str) -> Answer {
    let body = json!({"action": action, selector: [id]}).to_string();
    send_json(replica.admin, "POST", "/admin/sessions", &[], &body)
}

fn by_person(replica: &LoggedReplica, target: &Target, path: &str) -> Answer {
    send(replica.public, "DELETE", path, &[("X-Session-Token", target.token.as_bytes())])
}

fn other(target: &Target, _: &Answer) -> Vec<String> {
    vec![target.other.clone()]
}

fn both(target: &Target, _: &Answer) -> Vec<String> {
    vec![target.here.clone(), target.other.clone()]
}
