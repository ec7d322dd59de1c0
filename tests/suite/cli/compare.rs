//! `elsewhere compare`: the program against real services, a recorded Kratos and hostile servers.

mod admissions;
mod arguments;
mod credential_lines;
mod differences;
mod fixture;
mod hostile;
mod recognition;
mod recorded;
mod same;
mod stub;
mod tls;
