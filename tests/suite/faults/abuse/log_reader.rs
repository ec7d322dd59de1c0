//! A stalled log reader: all requests are still served, in bounded memory.

use crate::api::log_lines::{send_many, send_until_lines_are_dropped};
use crate::faults::hostile::target::{own_database, resident_memory};
use crate::support::databases::Kind;
use crate::support::http_client::get;
use crate::support::process::{ServeProcess, serve_raw};
use crate::support::sign_in::SignIn;

/// The maximum growth of the process while lines are dropped.
const MAX_GROWTH: u64 = 32 * 1024 * 1024;

pub fn a_stalled_log_reader_delays_no_request_and_memory_stays_bounded(kind: Kind) {
    let (database, server) = own_database(kind);
    // Variables drop in reverse order: the database is dropped while its server still runs.
    let _server = server;
    let database = database;
    let folder = tempfile::tempdir().unwrap();
    let url = [("ELSEWHERE_DATABASE__URL", database.url.as_str())];
    let ServeProcess { mut running, public, admin, lines, .. } = serve_raw(&folder, &url);
    send_until_lines_are_dropped(public, admin);
    let before = resident_memory(&running);
    let sign_in = SignIn::new(uuid::Uuid::new_v4());
    for _ in 0..50 {
        let token = sign_in.at(admin).token;
        assert_eq!(get(public, "/sessions", &token).status, 200);
        send_many(public, 100);
    }
    let grown = resident_memory(&running).saturating_sub(before);
    assert!(grown < MAX_GROWTH, "grown by {} MB", grown / 1_000_000);
    running.signal("TERM");
    assert!(running.wait().success());
    drop(lines);
}
