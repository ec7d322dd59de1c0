//! A server that answers too late while the service starts: the service asks again.

use crate::database::migrations::target::MigrationTarget;
use crate::support::databases::{Kind, on_every_server};
use crate::support::process::Replica;
use crate::support::proxy::Proxy;

on_every_server! { a_start_outlasts_each_late_answer }

/// Parts of the statements that a start sends to a migrated database.
fn statements(kind: Kind) -> Vec<&'static str> {
    let all = ["FROM elsewhere_schema_versions", "SELECT id FROM networks"];
    let only_mysql = (kind == Kind::MySql).then_some("information_schema.statistics");
    all.into_iter().chain(only_mysql).collect()
}

fn a_start_outlasts_each_late_answer(kind: Kind) {
    let target = MigrationTarget::new(kind);
    drop(target.serve());
    std::thread::scope(|scope| {
        for statement in statements(kind) {
            let url = &target.url;
            scope.spawn(move || {
                let (proxy, url) = Proxy::start(url);
                proxy.hold(statement);
                drop(Replica::start(&[("database.url", &url)]));
                assert!(proxy.has_held(), "not sent: {statement}");
            });
        }
    });
}
