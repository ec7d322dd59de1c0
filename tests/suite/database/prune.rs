//! Pruning: only sessions that ended before the retention period are deleted.

use elsewhere::service::PruneWalk;
use time::Duration;

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::send;
use crate::support::people::{NOW, TestService, person, session};

on_every_database! { only_sessions_past_their_retention_are_deleted }

fn only_sessions_past_their_retention_are_deleted(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let long_ago = Duration::days(40).whole_seconds();
    let (live, mut expired_long_ago, mut expired_lately) =
        (session(long_ago), session(long_ago), session(long_ago));
    let (mut revoked_lately, mut revoked_long_ago) = (session(long_ago), session(long_ago));
    expired_long_ago.session.expires_at = NOW - Duration::days(31);
    expired_lately.session.expires_at = NOW - Duration::days(29);
    revoked_lately.session.active = true;
    // Issued as inactive, so that its last change is its creation.
    revoked_long_ago.session.active = false;
    let staying = [live, expired_lately, revoked_lately.clone()];
    let many: Vec<_> = (0..2300)
        .map(|nth| {
            let mut issued = session(long_ago + nth % 7);
            issued.session.expires_at = NOW - Duration::days(35);
            issued
        })
        .collect();
    test.issue(&person(), &staying);
    test.issue(&person(), &[expired_long_ago, revoked_long_ago]);
    test.issue(&person(), &many);
    let path = format!("/admin/sessions/{}", revoked_lately.session.id);
    assert_eq!(send(test.service.admin, "DELETE", &path, &[]).status, 204);

    let before = NOW - Duration::days(30);
    let prune = |dry_run: bool| {
        let (mut batches, mut walk) = (0, PruneWalk::default());
        let pruning =
            test.service.sessions.prune(&mut walk, before, NOW, dry_run, |_| batches += 1);
        let deleted = test.service.wait(pruning).unwrap();
        (deleted, batches)
    };
    assert_eq!(prune(true), (2302, 3));
    assert_eq!(prune(false), (2302, 3));
    assert_eq!(prune(false), (0, 1));
    let mut left = send(test.service.admin, "GET", "/admin/sessions", &[]).ids();
    let mut staying = staying.map(|issued| issued.session.id.to_string());
    left.sort();
    staying.sort();
    assert_eq!(left, staying);
}

/// The server takes 10 ms per deletion, so a batch of a thousand sessions exceeds the time limit of
/// a call.
#[test]
fn a_slow_server_is_pruned_in_smaller_batches() {
    let test = TestService::start_on(Kind::Postgres, &[]);
    let many: Vec<_> = (0..480)
        .map(|nth| {
            let mut issued = session(Duration::days(40).whole_seconds() + nth);
            issued.session.expires_at = NOW - Duration::days(35);
            issued
        })
        .collect();
    test.issue(&person(), &many);
    test.database.run(
        "CREATE FUNCTION slow() RETURNS TRIGGER LANGUAGE plpgsql AS
             'BEGIN PERFORM pg_sleep(0.01); RETURN OLD; END';
         CREATE TRIGGER slow BEFORE DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION slow()",
    );
    assert_eq!(test.service.prune(NOW - Duration::days(30), false).unwrap(), 480);
    assert!(send(test.service.admin, "GET", "/admin/sessions", &[]).ids().is_empty());
}
