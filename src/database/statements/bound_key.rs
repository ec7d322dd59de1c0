//! The key to which a session is bound, in the service's own tables.

use uuid::Uuid;

use crate::database::driver::{Argument, Statement};

const BOUND_KEY: &str = "
SELECT s.bound_key
FROM sessions s
WHERE s.id = $1 AND s.nid = $2";

pub(in crate::database) fn bound_key(network: Uuid, session: Uuid) -> Statement<'static> {
    let arguments = vec![Argument::Id(session), Argument::Id(network)];
    Statement { text: BOUND_KEY, columns: 1, arguments }
}
