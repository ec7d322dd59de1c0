//! Writes beside another process, and writes during a kill.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::database::sqlite_file::fixture::{
    INTEGRITY_CHECK, delete, query, sign_in, start, whoami,
};
use crate::support::http_client::get;
use crate::support::sign_in::SignedIn;
use crate::support::wait::{BlockOnInTime as _, LIMIT};

#[test]
fn a_long_write_of_another_process_causes_503_for_writes_only() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.sqlite");
    let replica = start(&file);
    let ana = Uuid::new_v4();
    let here = sign_in(&replica, ana).token;
    let id = sign_in(&replica, ana).session;

    let runtime = Runtime::new().unwrap();
    let options = SqliteConnectOptions::new().filename(&file);
    let mut other = runtime.block_on_in_time(options.connect()).unwrap();
    let lock = runtime.block_on_in_time(other.begin_with("BEGIN IMMEDIATE")).unwrap();
    let began = Instant::now();
    assert_eq!(delete(&replica, &here, &id), 503);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(get(replica.public, "/sessions", &here).ids().len(), 1);
    runtime.block_on_in_time(lock.rollback()).unwrap();
    assert_eq!(delete(&replica, &here, &id), 204);
}

/// As in a power cut, except that writes buffered by the operating system are not lost.
#[test]
fn a_kill_during_writes_loses_no_confirmed_change() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.sqlite");
    // The token of each session, and whether a response confirmed its end.
    let answered = Arc::new(Mutex::new(Vec::<(String, bool)>::new()));
    let mut replica = start(&file);
    for round in 0..10 {
        let (current, began) = (Arc::new(replica), Instant::now());
        let writers: Vec<_> = (0..4)
            .map(|_| {
                let (replica, answered) = (Arc::clone(&current), Arc::clone(&answered));
                // Ends with a panic when the service no longer responds.
                std::thread::spawn(move || {
                    let ana = Uuid::new_v4();
                    let here = sign_in(&replica, ana).token;
                    answered.lock().unwrap().push((here.clone(), false));
                    while began.elapsed() < LIMIT {
                        let SignedIn { token, session } = sign_in(&replica, ana);
                        answered.lock().unwrap().push((token.clone(), false));
                        // From here on the session may have ended, with or without a response.
                        answered.lock().unwrap().retain(|(known, _)| *known != token);
                        assert_eq!(delete(&replica, &here, &session), 204);
                        answered.lock().unwrap().push((token, true));
                        let token = sign_in(&replica, ana).token;
                        answered.lock().unwrap().push((token, false));
                    }
                })
            })
            .collect();
        std::thread::sleep(Duration::from_millis(100 + 37 * round));
        current.running.signal("KILL");
        for writer in writers {
            assert!(writer.join().is_err(), "it went on without a service");
        }
        drop(current);
        assert_eq!(query(&file, INTEGRITY_CHECK), "ok");
        replica = start(&file);
        for (token, ended) in answered.lock().unwrap().drain(..) {
            assert_eq!(whoami(&replica, &token), if ended { 401 } else { 200 });
        }
    }
}
