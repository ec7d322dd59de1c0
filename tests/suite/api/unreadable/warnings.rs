//! The log warns about each unreadable row.

use crate::api::unreadable::fixture::{Fixture, damages};
use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::get;
use crate::support::process::serve;

on_every_database! { warning_is_logged_once_and_can_be_pseudonymous }

fn warning_is_logged_once_and_can_be_pseudonymous(kind: Kind) {
    let fixture = Fixture::damaged(kind);
    for pseudonym_key in ["", "a-salt-of-enough-length"] {
        let folder = tempfile::tempdir().unwrap();
        let (running, public, _, lines) = serve(
            &folder,
            &[
                ("ELSEWHERE_DATABASE__URL", &fixture.database.url),
                ("ELSEWHERE_DATABASE__SCHEMA", "kratos"),
                ("ELSEWHERE_SESSION__COOKIES", "false"),
                ("ELSEWHERE_AUDIT__PSEUDONYM_KEY", pseudonym_key),
            ],
        );
        for _ in 0..3 {
            assert_eq!(get(public, "/sessions", &fixture.token).ids(), fixture.readable());
        }
        running.signal("TERM");
        let lines: Vec<_> = lines.filter(|line| line["level"] == "WARN").collect();
        assert_eq!(lines.len(), damages(kind).len(), "{lines:?}");
        for ((id, (_, column)), nth) in fixture.others.iter().zip(damages(kind)).zip(0..) {
            let found: Vec<_> =
                lines.iter().filter(|line| line["session"] == id.as_str()).collect();
            if pseudonym_key.is_empty() {
                let problem = found[0]["problem"].as_str().unwrap();
                assert!(problem.starts_with(column), "{nth}: {problem}");
                assert_eq!(found.len(), 1);
            } else {
                assert!(!lines.iter().any(|line| line.to_string().contains(id)), "{lines:?}");
            }
        }
    }
}
