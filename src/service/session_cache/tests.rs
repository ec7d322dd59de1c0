use proptest::prelude::*;
use time::macros::datetime;

use super::*;

const NOW: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);

fn cache(max_bytes: u32) -> SessionCache {
    let cache = SessionCache::new(max_bytes, Duration::from_mins(1));
    cache.grant_lease(Uptime::from_nanoseconds(u64::MAX));
    cache
}

fn key(number: u32) -> Key {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    Key(bytes)
}

/// The body holds the version of the session and of its identity, as of the read.
fn session(nth: u8, versions: (u8, u8)) -> Arc<CurrentSession> {
    Arc::new(CurrentSession {
        session: Uuid::from_u128(u128::from(nth) + 1000),
        identity: Uuid::from_u128(u128::from(nth % 2)),
        external_id: None,
        bound_at: None,
        has_identity_of_lists: true,
        issued_at: NOW,
        expires_at: NOW + time::Duration::hours(1),
        ends_at: NOW + time::Duration::hours(1),
        body: Bytes::copy_from_slice(&[versions.0, versions.1]),
    })
}

/// A step of a replica. Sessions 0 and 2, and 1 and 3, belong to one identity.
#[derive(Debug, Clone)]
enum Step {
    StartRead(u8),
    /// Inserts the session whose read began first.
    Insert,
    ChangeSession(u8),
    ChangeIdentity(u8),
    ChangeAll,
    Get(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..4_u8).prop_map(Step::StartRead),
        3 => Just(Step::Insert),
        1 => (0..4_u8).prop_map(Step::ChangeSession),
        1 => (0..2_u8).prop_map(Step::ChangeIdentity),
        1 => Just(Step::ChangeAll),
        4 => (0..4_u8).prop_map(Step::Get),
    ]
}

proptest! {
    /// However reads and changes overlap, a session from memory has no version that was changed
    /// before.
    #[test]
    fn no_session_is_older_than_a_change_that_was_noticed(
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let cache = cache(1 << 20);
        let (mut sessions, mut identities) = ([0_u8; 4], [0_u8; 2]);
        let mut reads = std::collections::VecDeque::new();
        for step in steps {
            match step {
                Step::StartRead(nth) => {
                    let start = cache.start_read();
                    let versions =
                        (sessions[usize::from(nth)], identities[usize::from(nth % 2)]);
                    reads.push_back((nth, start, versions));
                }
                Step::Insert => {
                    if let Some((nth, start, versions)) = reads.pop_front() {
                        cache.insert(key(nth.into()), session(nth, versions), start);
                    }
                }
                Step::ChangeSession(nth) => {
                    sessions[usize::from(nth)] += 1;
                    cache.notice(Uuid::from_u128(u128::from(nth) + 1000));
                }
                Step::ChangeIdentity(nth) => {
                    identities[usize::from(nth)] += 1;
                    cache.notice(Uuid::from_u128(nth.into()));
                }
                Step::ChangeAll => {
                    sessions.iter_mut().chain(&mut identities).for_each(|version| *version += 1);
                    cache.notice_all();
                }
                Step::Get(nth) => {
                    if let Some(found) = cache.get(&key(nth.into()), NOW) {
                        let current = [sessions[usize::from(nth)], identities[usize::from(nth % 2)]];
                        prop_assert_eq!(&found.body[..], &current[..]);
                    }
                }
            }
        }
    }
}

#[test]
fn a_session_that_did_not_change_is_found_while_there_is_a_lease() {
    let cache = cache(1 << 20);
    cache.insert(key(1), session(0, (0, 0)), cache.start_read());
    assert!(cache.get(&key(1), NOW).is_some());
    assert!(cache.get(&key(2), NOW).is_none());
    assert!(cache.get(&key(1), NOW + time::Duration::hours(1)).is_none(), "it has expired");
    cache.notice(Uuid::from_u128(1001));
    assert!(cache.get(&key(1), NOW).is_some(), "another session has changed");
    cache.end_lease();
    assert!(cache.get(&key(1), NOW).is_none());
    cache.grant_lease(Uptime::now());
    assert!(cache.get(&key(1), NOW).is_none(), "the lease has ended");
}

#[test]
fn a_million_sessions_take_bounded_memory() {
    const MAX_BYTES: u32 = 4 << 20;
    let cache = cache(MAX_BYTES);
    let current = session(0, (0, 0));
    for number in 0..1_000_000 {
        cache.insert(key(number), Arc::clone(&current), cache.start_read());
        assert!(cache.bytes() <= MAX_BYTES.into());
    }
    assert!(cache.len() > 1000);
}
