//! Clients that take what they do not need: responses that they do not read, calls that
//! they hang up on. Against the program itself, beside a caller that behaves.
//!
//! Each of these measures memory or time, so that few run at a time, by `tests/run abuse`.

mod unread;

macro_rules! on_each {
    ($($of:ident::$test:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[test] #[ignore = "of tests/run abuse"] fn $test() {
                super::$of::$test(crate::databases::Kind::Sqlite);
            })*
        }
        mod on_postgres {
            $(#[test] #[ignore = "of tests/run abuse"] fn $test() {
                super::$of::$test(crate::databases::Kind::Postgres);
            })*
        }
        mod on_mysql {
            $(#[test] #[ignore = "of tests/run abuse"] fn $test() {
                super::$of::$test(crate::databases::Kind::MySql);
            })*
        }
    };
}

on_each! {
    unread::responses_that_nobody_reads_over_http_1,
    unread::responses_that_nobody_reads_over_http_2,
    unread::operators_lists_that_nobody_reads,
}
