//! The grants of `docs/grants.md`: users are made by them, and the service runs as those.

/// Makes a test of each of these functions on each server.
macro_rules! on_every_server {
    ($($test:ident),* $(,)?) => {
        mod on_postgres {
            $(#[test] fn $test() { super::$test(crate::support::databases::Kind::Postgres); })*
        }
        mod on_mysql {
            $(#[test] fn $test() { super::$test(crate::support::databases::Kind::MySql); })*
        }
    };
}

mod kratos;
mod lacking;
mod own;
mod read_only;
mod stage;
