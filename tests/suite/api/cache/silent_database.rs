//! A database that does not answer: nothing is answered from memory.

use uuid::Uuid;

use crate::support::databases::{Database, Kind, on_every_server};
use crate::support::http_client::get;
use crate::support::memory::{metric, warm};
use crate::support::process::Replica;
use crate::support::proxy::{Mode, Proxy};
use crate::support::sign_in::SignIn;
use crate::support::wait::wait_until;

on_every_server! { without_a_database_nothing_is_answered_from_memory }

fn without_a_database_nothing_is_answered_from_memory(kind: Kind) {
    let database = Database::empty(kind);
    let (proxy, url) = Proxy::start(&database.url);
    let settings = [("database.url", url.as_str()), ("database.acquire_timeout", "300ms")];
    let replica = Replica::start(&settings);
    let signed_in = SignIn::new(Uuid::new_v4()).at(replica.admin);
    warm(replica.public, replica.admin, &signed_in.token);
    proxy.set_mode(Mode::Silent);
    wait_until("the end of the lease", || metric(replica.admin, "elsewhere_cache_has_lease") == 0);
    // The row may have changed meanwhile.
    let answer = get(replica.public, "/sessions/whoami", &signed_in.token);
    assert_eq!(answer.status, 503, "{answer:?}");
    proxy.set_mode(Mode::Open);
    warm(replica.public, replica.admin, &signed_in.token);
}
