//! Clients that take what they do not need: responses that they do not read, calls that
//! they hang up on; and a log that nobody reads. Against the program itself, beside a caller that behaves.
//!
//! Each of these measures memory or time, so that few run at a time, by `tests/run abuse`.

mod hang_ups;
mod log_reader;
mod unread;

macro_rules! tests {
    ($kind:ident: $($of:ident::$test:ident),* $(,)?) => {
        $(#[test] #[ignore = "of tests/run abuse"] fn $test() {
            super::$of::$test(crate::support::databases::Kind::$kind);
        })*
    };
}

macro_rules! on_each {
    ($($test:tt)*) => {
        mod on_sqlite {
            tests! { Sqlite: $($test)* }
        }
        mod on_postgres {
            tests! { Postgres: hang_ups::callers_who_hang_up_on_a_frozen_server, $($test)* }
        }
        mod on_mysql {
            tests! { MySql: hang_ups::callers_who_hang_up_on_a_frozen_server, $($test)* }
        }
    };
}

on_each! {
    hang_ups::callers_who_reset_their_connections,
    hang_ups::callers_who_reset_their_streams,
    log_reader::a_log_reader_that_stalls,
    unread::responses_that_nobody_reads_over_http_1,
    unread::responses_that_nobody_reads_over_http_2,
    unread::operators_lists_that_nobody_reads,
}
