//! Receivers that fail in all ways: every event still arrives, with the same id.

use std::time::Duration;

use uuid::Uuid;

use crate::api::webhooks::{replica, revoke, sign_in};
use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::receiver::{Received, Receiver, Reply};
use crate::support::sign_in::SignIn;
use crate::support::wait::{wait_for, wait_until};

on_every_database! {
    a_failed_message_is_repeated_with_its_id,
    a_session_whose_message_fails_holds_up_no_other,
    a_receiver_that_does_not_answer_holds_up_no_other_webhook,
    a_receiver_that_comes_back_gets_everything,
    messages_that_are_refused_one_after_another_hold_up_no_other,
}

fn a_failed_message_is_repeated_with_its_id(kind: Kind) {
    const FAILURES: [Reply; 4] =
        [Reply::Status(500), Reply::Status(301), Reply::Garbage, Reply::Close];
    let database = Database::empty(kind);
    let receiver =
        Receiver::with(|_, before| FAILURES.get(before).copied().unwrap_or(Reply::Status(200)));
    let types = [("webhooks.chat.events", "session.issued,session.revoked")];
    let replica = replica(&database, &receiver, &types);
    let session = sign_in(replica.admin);
    let messages = receiver.wait_for(5);
    revoke(replica.admin, &session);
    let last = receiver.wait_for(6).pop().unwrap();
    assert!(messages.iter().all(|message| message.id() == messages[0].id()), "{messages:?}");
    assert!(messages.iter().all(|message| message.body == messages[0].body));
    // The redirect was not followed.
    assert!(messages.iter().all(|message| message.path == "/hook"));
    assert_eq!(last.json()["type"], "session.revoked");
    assert_eq!(receiver.received().len(), 6);
}

fn a_session_whose_message_fails_holds_up_no_other(kind: Kind) {
    let database = Database::empty(kind);
    let poison = Uuid::new_v4();
    let receiver = Receiver::with(move |message, _| {
        let is_poison = message.json()["data"]["identity_id"] == poison.to_string();
        Reply::Status(if is_poison { 500 } else { 204 })
    });
    let types = [("webhooks.chat.events", "session.issued,session.revoked")];
    let replica = replica(&database, &receiver, &types);
    let held_up = SignIn::new(poison).at(replica.admin);
    receiver.wait_for(1);
    revoke(replica.admin, &held_up);
    for _ in 0..10 {
        let other = sign_in(replica.admin);
        revoke(replica.admin, &other);
    }
    let others = || {
        let messages = receiver.received().into_iter();
        messages.filter(|message| message.session() != held_up.session).count()
    };
    wait_until("the others", || others() == 20);
    let of_held_up = receiver.received().into_iter();
    let of_held_up = of_held_up.filter(|message| message.session() == held_up.session);
    // Nothing overtakes the event that fails.
    let types: Vec<_> = of_held_up.map(|message| message.json()["type"].clone()).collect();
    assert!(types.iter().all(|name| name == "session.issued"), "{types:?}");
}

fn a_receiver_that_does_not_answer_holds_up_no_other_webhook(kind: Kind) {
    let database = Database::empty(kind);
    let silent = Receiver::with(|_, _| Reply::Late(Duration::from_mins(1)));
    let (quick, url) = (Receiver::start(), silent.url());
    let settings = [
        ("webhooks.silent.url", url.as_str()),
        ("webhooks.silent.secret", super::OLDER_SECRET),
        ("webhooks.silent.timeout", "1s"),
    ];
    let replica = replica(&database, &quick, &settings);
    let sessions: Vec<_> = (0..20).map(|_| sign_in(replica.admin)).collect();
    for session in &sessions {
        revoke(replica.admin, session);
    }
    assert_eq!(quick.wait_for(60).len(), 60);
    // A message without an answer is repeated.
    wait_until("a repetition", || {
        let messages = silent.received();
        messages.iter().any(|one| messages.iter().filter(|two| two.id() == one.id()).count() > 1)
    });
}

/// So many failures in a row look like a receiver that is down.
fn messages_that_are_refused_one_after_another_hold_up_no_other(kind: Kind) {
    let database = Database::empty(kind);
    let poison = Uuid::new_v4();
    let receiver = Receiver::with(move |message, _| {
        let is_poison = message.json()["data"]["identity_id"] == poison.to_string();
        Reply::Status(if is_poison { 400 } else { 204 })
    });
    let types = [("webhooks.chat.events", "session.issued")];
    let replica = replica(&database, &receiver, &types);
    for _ in 0..8 {
        SignIn::new(poison).at(replica.admin);
    }
    receiver.wait_for(8);
    for _ in 0..3 {
        let session = sign_in(replica.admin).session;
        wait_until("the session", || {
            receiver.received().iter().any(|one| one.session() == session)
        });
    }
}

fn a_receiver_that_comes_back_gets_everything(kind: Kind) {
    let database = Database::empty(kind);
    let away = Receiver::start();
    let replica = replica(&database, &away, &[("webhooks.chat.events", "session.issued")]);
    let first = sign_in(replica.admin).session;
    assert_eq!(away.wait_for(1)[0].session(), first);
    let address = away.address;
    drop(away);
    let mut sessions: Vec<_> = (0..20).map(|_| sign_in(replica.admin).session).collect();
    let listener = wait_for("the port", || std::net::TcpListener::bind(address));
    let back = Receiver::on(listener, |_, _| Reply::Status(204));
    let mut messages: Vec<_> = back.wait_for(20).iter().map(Received::session).collect();
    sessions.sort();
    messages.sort();
    assert_eq!(messages, sessions);
}
