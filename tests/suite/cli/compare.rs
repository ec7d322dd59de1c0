//! `elsewhere compare`: the program against real services, a recorded Kratos and hostile servers.

mod arguments;
mod differences;
mod fixture;
mod hostile;
mod recorded;
mod same;
mod stub;
mod tls;
