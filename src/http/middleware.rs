//! Middleware around the handlers, and the checks that handlers call themselves.

pub mod authorize;
pub mod concurrency_limit;
pub mod cors;
pub mod csrf;
pub mod detached;
pub mod host;
pub mod known_parameters;
pub mod request_log;
pub mod response_headers;
pub mod timeout;
pub mod trace_context;
