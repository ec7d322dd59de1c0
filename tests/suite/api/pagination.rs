//! Pagination: forwards and back, with any page size, each session that stays is shown
//! exactly once and in order, while others are issued and revoked.

use std::collections::HashSet;

use elsewhere::identity::Identity;
use elsewhere::repository::NewSession;
use proptest::prelude::*;

use uuid::Uuid;

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::get;
use crate::support::people::{TestService, person, session};

/// An event between two pages.
#[derive(Debug, Clone)]
enum Event {
    Issued { nth: usize },
    Revoked { nth: usize },
    Nothing,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        (0..40_usize).prop_map(|nth| Event::Issued { nth }),
        (0..40_usize).prop_map(|nth| Event::Revoked { nth }),
        Just(Event::Nothing),
    ];
    prop::collection::vec(event, 0..12)
}

/// One person's sessions, in a database that also contains sessions of others.
struct Fixture<'a> {
    test: &'a TestService,
    identity: Identity,
    caller: NewSession,
    /// The sessions that have existed since the start and are still live, in list order.
    staying: Vec<NewSession>,
}

impl<'a> Fixture<'a> {
    /// The ages are a few seconds, so that many sessions have the same creation time.
    fn new(test: &'a TestService, ages: &[i64]) -> Self {
        let (identity, caller) = (person(), session(2));
        let mut staying: Vec<_> = ages.iter().map(|age| session(*age)).collect();
        staying.sort_by_key(|issued| {
            (std::cmp::Reverse(issued.session.created_at), issued.session.id)
        });
        let all: Vec<_> = staying.iter().chain([&caller]).cloned().collect();
        test.issue(&identity, &all);
        Self { test, identity, caller, staying }
    }

    fn apply(&mut self, event: &Event) {
        match event {
            Event::Issued { nth } => self.issue_another(*nth),
            Event::Revoked { nth } if *nth < self.staying.len() => {
                let revoked = self.staying.remove(*nth);
                let id = revoked.session.id.to_string();
                let revoke = format!("UPDATE sessions SET active = FALSE WHERE id = '{id}'");
                self.test.database.run(&revoke);
            }
            Event::Revoked { .. } | Event::Nothing => {}
        }
    }

    /// Issues another session of the same person, with the creation time of an existing one.
    fn issue_another(&self, nth: usize) {
        let (id, identity) = (Uuid::new_v4(), self.identity.id);
        let nth = nth % (self.staying.len() + 1);
        self.test.database.run(&format!(
            "INSERT INTO sessions (id, nid, identity_id, token, active, aal,
                 authentication_methods, issued_at, authenticated_at, expires_at,
                 created_at, updated_at)
             SELECT '{id}', nid, identity_id, '{id}', TRUE, aal, authentication_methods, issued_at,
                 authenticated_at, expires_at, created_at, updated_at
             FROM sessions
             WHERE identity_id = '{identity}'
             ORDER BY created_at
             LIMIT 1 OFFSET {nth}"
        ));
    }

    /// Follows the links of one relation from `path`, with an event after each page.
    fn follow_links(
        &mut self,
        path: String,
        relation: &str,
        events: &[Event],
    ) -> (Vec<Vec<String>>, String) {
        let (mut pages, mut path) = (Vec::new(), path);
        let mut events = events.iter();
        loop {
            let page = get(self.test.service.public, &path, self.caller.token.expose());
            assert_eq!(page.status, 200, "{path}: {}", page.body);
            pages.push(page.ids());
            if let Some(event) = events.next() {
                self.apply(event);
            }
            assert!(pages.len() < 200, "the links do not end");
            match page.link(relation) {
                None => return (pages, path),
                Some(next) => path = next,
            }
        }
    }

    /// Asserts that each session that stayed was seen once and in order.
    fn assert_saw_all(&self, seen: &[String]) {
        let staying: Vec<_> =
            self.staying.iter().map(|issued| issued.session.id.to_string()).collect();
        let seen: Vec<_> = seen.iter().filter(|id| staying.contains(*id)).cloned().collect();
        assert_eq!(seen, staying);
    }
}

on_every_database! {
    paging_shows_each_remaining_session_once_and_in_order,
    paging_back_without_changes_shows_the_same_sessions,
    numbered_pages_are_slices_and_have_the_total,
    single_preceding_row_is_a_previous_page,
    page_beyond_the_last_one_links_back,
}

fn cases() -> ProptestConfig {
    ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() }
}

fn paging_shows_each_remaining_session_once_and_in_order(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let ages = prop::collection::vec(0..5_i64, 0..40);
    proptest!(cases(), |(ages in ages, size in 1..9_usize, forwards in events(), backwards in events())| {
        let mut fixture = Fixture::new(&test, &ages);
        let first = format!("/sessions?page_size={size}");
        let (pages, last) = fixture.follow_links(first, "next", &forwards);
        let seen: Vec<_> = pages.concat();
        prop_assert_eq!(seen.len(), seen.iter().collect::<HashSet<_>>().len());
        prop_assert!(!seen.contains(&fixture.caller.session.id.to_string()));
        prop_assert!(pages.iter().all(|page| page.len() <= size));
        fixture.assert_saw_all(&seen);

        // The last page may have a next one by now. The way back begins at the new last page.
        let (_, last) = fixture.follow_links(last, "next", &[]);
        let (mut pages, _) = fixture.follow_links(last, "prev", &backwards);
        pages.reverse();
        fixture.assert_saw_all(&pages.concat());
    });
}

fn paging_back_without_changes_shows_the_same_sessions(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let ages = prop::collection::vec(0..5_i64, 1..25);
    proptest!(cases(), |(ages in ages, size in 1..9_usize)| {
        let mut fixture = Fixture::new(&test, &ages);
        let first = format!("/sessions?page_size={size}");
        let (forwards, last) = fixture.follow_links(first, "next", &[]);
        let (mut backwards, _) = fixture.follow_links(last, "prev", &[]);
        backwards.reverse();
        prop_assert_eq!(forwards.concat(), backwards.concat());
        // Only a single page can be empty, and each page is as full as possible.
        prop_assert_eq!(forwards.len(), ages.len().div_ceil(size));
        prop_assert_eq!(backwards.len(), ages.len().div_ceil(size));
    });
}

fn numbered_pages_are_slices_and_have_the_total(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let ages = prop::collection::vec(0..5_i64, 0..25);
    proptest!(cases(), |(ages in ages, size in 1..9_usize, page in 0..6_usize)| {
        let fixture = Fixture::new(&test, &ages);
        let path = format!("/sessions?page={page}&per_page={size}");
        let answer = get(test.service.public, &path, fixture.caller.token.expose());
        let skipped = page.saturating_sub(1) * size;
        let wanted: Vec<_> = fixture.staying.iter().skip(skipped).take(size)
            .map(|issued| issued.session.id.to_string()).collect();
        prop_assert_eq!(answer.ids(), wanted);
        prop_assert_eq!(answer.header("x-total-count"), ages.len().to_string());
        prop_assert_eq!(answer.link("next").is_some(), skipped + size < ages.len());
        prop_assert_eq!(answer.link("prev").is_some(), skipped > 0 && !ages.is_empty());
    });
}

fn single_preceding_row_is_a_previous_page(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let fixture = Fixture::new(&test, &[1, 3]);
    let token = fixture.caller.token.expose();
    let first = get(fixture.test.service.public, "/sessions?page_size=1", token);
    let second = get(fixture.test.service.public, &first.link("next").unwrap(), token);
    let back = get(fixture.test.service.public, &second.link("prev").unwrap(), token);
    assert_eq!(back.ids(), first.ids());
    let forth = get(fixture.test.service.public, &back.link("next").unwrap(), token);
    assert_eq!(forth.ids(), second.ids());
    // If that row has been revoked in the meantime, there is no previous page.
    let id = &first.ids()[0];
    test.database.run(&format!("UPDATE sessions SET active = FALSE WHERE id = '{id}'"));
    let second = get(fixture.test.service.public, &first.link("next").unwrap(), token);
    assert_eq!((second.ids().len(), second.link("prev")), (1, None));
}

fn page_beyond_the_last_one_links_back(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let fixture = Fixture::new(&test, &[1, 2, 3]);
    let token = fixture.caller.token.expose();
    let beyond = get(fixture.test.service.public, "/sessions?page=9&per_page=2", token);
    assert_eq!((beyond.ids().len(), beyond.link("next")), (0, None));
    let last = get(fixture.test.service.public, &beyond.link("prev").unwrap(), token);
    let staying: Vec<_> = fixture.staying.iter().map(|i| i.session.id.to_string()).collect();
    assert_eq!((last.ids(), last.link("next")), (staying[1..].to_vec(), None));
}
