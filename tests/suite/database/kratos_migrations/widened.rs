//! Columns that a migration widens. (SQLite has no such change.)

use crate::database::kratos_migrations::fixture::{UNUSABLE, beside_25};
use crate::database::kratos_migrations::traffic::{SESSIONS, during};
use crate::support::databases::{Kind, on_every_server};

on_every_server! { columns_are_widened_while_requests_go_on }

fn columns_are_widened_while_requests_go_on(kind: Kind) {
    let changes: &[&str] = match kind {
        Kind::MySql => &[
            "ALTER TABLE sessions MODIFY created_at datetime(6) NOT NULL",
            "ALTER TABLE sessions MODIFY token varchar(512)",
            "ALTER TABLE identities MODIFY schema_id varchar(4096) NOT NULL",
            "ALTER TABLE session_devices MODIFY location text",
        ],
        _ => &[
            "ALTER TABLE sessions ALTER created_at TYPE timestamp(6)",
            "ALTER TABLE sessions ALTER token TYPE text",
            "ALTER TABLE identities ALTER schema_id TYPE text",
            "ALTER TABLE session_devices ALTER location TYPE text",
        ],
    };
    let service = beside_25(kind, SESSIONS);
    during(&service, |served| {
        served.wait_for_more();
        for change in changes {
            service.database.run(change);
            served.wait_for_more();
        }
    });
    assert_eq!(service.logged(UNUSABLE), [0; 0]);
}
