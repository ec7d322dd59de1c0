//! Where else am I signed in?
//!
//! One way down and the same way back:
//!
//! | room | what it knows |
//! |---|---|
//! | [`http`] | routes, headers, JSON; turns requests into verbs and answers into wire types |
//! | [`authentication`] | which credential counts, the cookie format, who is admitted |
//! | [`repository`] | the verbs on sessions and what each guarantees |
//! | [`database`] | each SQL text once, and the drivers that run it |
//!
//! Beside the way: what things *are* ([`session`], [`identity`], [`stored_session`],
//! [`second_factor`], [`pagination`], [`client`]), how long a session lives ([`lifespan`]), the settings ([`config`]), the
//! time ([`clock`]), the listening sockets ([`server`]), what is told of it all
//! ([`logging`], [`metrics`], [`audit`]), when sessions were last used
//! ([`activity`]), and what is done in the background ([`housekeeping`]).

pub mod activity;
pub mod audit;
pub mod authentication;
pub mod client_ip;
pub mod clock;
pub mod config;
pub mod database;
mod detach;
pub mod http;
pub mod i18n;
pub mod identity;
pub mod lifespan;
pub mod logging;
pub mod maintenance;
pub mod metrics;
pub mod pagination;
pub mod pseudonym;
pub mod repository;
pub mod second_factor;
pub mod server;
pub mod session;
pub mod stored_session;
pub mod user_agent;
