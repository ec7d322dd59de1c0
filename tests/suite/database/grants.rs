//! The grants of `docs/grants.md`. The tests create users with exactly these grants and run the
//! service as those users.

/// Generates one test per function and database server.
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
