//! Webhooks: each event arrives, signed, in order for its session, whatever the receiver does.

mod examples;
mod operators;
mod receivers;
mod replicas;
mod security_events;
mod settings;

use std::net::SocketAddr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use uuid::Uuid;

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::send;
use crate::support::process::Replica;
use crate::support::receiver::{Received, Receiver};
use crate::support::sign_in::{SignIn, SignedIn};
use crate::support::wait::wait_until;

on_every_database! {
    each_event_arrives_signed_and_in_order,
    a_webhook_begins_at_the_end_of_the_log,
}

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OLDER_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// A replica with a webhook called `chat`, and further settings.
fn replica(database: &Database, receiver: &Receiver, settings: &[(&str, &str)]) -> Replica {
    let url = receiver.url();
    let webhook = [
        ("database.url", database.url.as_str()),
        ("webhooks.chat.url", url.as_str()),
        ("webhooks.chat.secret", SECRET),
    ];
    let is_default = |(key, _): &(&str, &str)| settings.iter().all(|(other, _)| other != key);
    let webhook = webhook.into_iter().filter(is_default);
    Replica::start(&webhook.chain(settings.iter().copied()).collect::<Vec<_>>())
}

fn sign_in(admin: SocketAddr) -> SignedIn {
    SignIn::new(Uuid::new_v4()).at(admin)
}

fn revoke(admin: SocketAddr, session: &SignedIn) {
    let path = format!("/admin/sessions/{}", session.session);
    assert_eq!(send(admin, "DELETE", &path, &[]).status, 204);
}

/// The signature that this secret makes.
fn signature(secret: &str, message: &Received) -> String {
    let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    let timestamp = &message.headers["webhook-timestamp"];
    mac.update(format!("{}.{timestamp}.{}", message.id(), message.body).as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

fn each_event_arrives_signed_and_in_order(kind: Kind) {
    let (database, receiver) = (Database::empty(kind), Receiver::start());
    let secrets = format!("{SECRET},{OLDER_SECRET}");
    let replica = replica(&database, &receiver, &[("webhooks.chat.secret", &secrets)]);
    let sessions: Vec<_> = (0..5).map(|_| sign_in(replica.admin)).collect();
    for session in &sessions {
        revoke(replica.admin, session);
    }
    let messages = receiver.wait_for(15);
    let log = send(replica.admin, "GET", "/admin/events?limit=1000", &[]).json();
    let log = log["events"].as_array().unwrap();
    assert_eq!(messages.len(), log.len());
    for message in &messages {
        assert_eq!(message.path, "/hook");
        assert_eq!(message.headers["content-type"], "application/json");
        assert!(log.contains(&message.json()), "{message:?}");
        assert_eq!(message.id(), format!("evt_{}", message.json()["id"].as_str().unwrap()));
        let expected = [SECRET, OLDER_SECRET].map(|secret| signature(secret, message));
        assert_eq!(message.headers["webhook-signature"], expected.join(" "));
    }
    for session in &sessions {
        let of_session = messages.iter().filter(|message| message.session() == session.session);
        let types: Vec<_> = of_session.map(|message| message.json()["type"].clone()).collect();
        assert_eq!(types, ["session.issued", "session.revoked"]);
    }
}

fn a_webhook_begins_at_the_end_of_the_log(kind: Kind) {
    let (database, receiver) = (Database::empty(kind), Receiver::start());
    let before = Replica::start(&[("database.url", &database.url)]);
    sign_in(before.admin);
    wait_until("the events are in order", || {
        let log = send(before.admin, "GET", "/admin/events", &[]).json();
        log["events"].as_array().unwrap().len() == 2
    });
    let types = [("webhooks.chat.events", "session.issued")];
    let after = replica(&database, &receiver, &types);
    claimed(&database);
    let session = sign_in(after.admin);
    assert_eq!(receiver.wait_for(1)[0].session(), session.session);
}

/// Waits until a replica delivers the webhook.
fn claimed(database: &Database) {
    let holders = "SELECT name FROM elsewhere_webhooks WHERE holder IS NOT NULL";
    wait_until("a replica delivers", || !database.texts(holders).is_empty());
}
