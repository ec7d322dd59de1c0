//! Abusive clients, which do not read responses or disconnect during calls, and a stalled reader of
//! the log. The tests use the real binary and a well-behaved caller beside the abusive ones.
//!
//! Each test measures memory or time, so only a few run at a time: `tests/run abuse`.

mod hang_ups;
mod log_reader;
mod unread;

macro_rules! tests {
    ($kind:ident: $($of:ident::$test:ident),* $(,)?) => {
        $(#[test] #[ignore = "run by tests/run abuse"] fn $test() {
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
            tests! { Postgres: hang_ups::abandoned_calls_end_with_their_time_limit, $($test)* }
        }
        mod on_mysql {
            tests! { MySql: hang_ups::abandoned_calls_end_with_their_time_limit, $($test)* }
        }
    };
}

on_each! {
    hang_ups::clients_that_reset_connections_cost_no_more_than_waiting_ones,
    hang_ups::clients_that_reset_streams_cost_no_more_than_waiting_ones,
    log_reader::a_stalled_log_reader_delays_no_request_and_memory_stays_bounded,
    unread::unread_http_1_responses_take_bounded_memory,
    unread::unread_http_2_responses_take_bounded_memory,
    unread::unread_admin_lists_take_bounded_memory,
}
