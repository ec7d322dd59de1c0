//! "Where else am I signed in?" as an HTTP service.
//!
//! A request passes through these layers, and its response returns the same way:
//!
//! | layer | responsibility |
//! |---|---|
//! | [`http`] | routes, headers and JSON; maps requests to use cases |
//! | [`authentication`] | selection of the credential, the cookie format, the access policy |
//! | [`service`] | the use cases; batches, audit records, last activity |
//! | [`repository`] | the operations on sessions, and the guarantees of each |
//! | [`database`] | each SQL text once, and the drivers that run it |
//!
//! The other modules serve several layers:
//!
//! - domain types: [`session`], [`session_patch`], [`identity`], [`identity_edit`], [`stored_session`],
//!   [`second_factor`], [`edit`], [`event`], [`pagination`], [`client_ip`], [`user_agent`]
//! - the lifespan of sessions ([`lifespan`])
//! - settings ([`config`], and from a Kratos's configuration: [`kratos_config`]), time
//!   ([`clock`]), listeners ([`server`]) and texts for people ([`i18n`])
//! - JWTs of sessions ([`tokenizer`])
//! - log lines and metrics ([`logging`], [`metrics`], [`pseudonym`])
//! - webhooks, which deliver events ([`webhook`]), and requests to other servers ([`http_client`])
//! - background work ([`maintenance`]) and files that change ([`reload`])

pub mod authentication;
pub mod bound_key;
pub mod client_ip;
pub mod clock;
pub mod config;
pub mod database;
mod date_time_text;
mod detach;
pub mod edit;
pub mod event;
pub mod http;
pub mod http_client;
pub mod i18n;
pub mod identity;
pub mod identity_edit;
mod key_set;
pub mod kratos_config;
pub mod lifespan;
pub mod logging;
pub mod maintenance;
pub mod metrics;
pub mod pagination;
pub mod places;
pub mod pseudonym;
pub mod reload;
pub mod repository;
mod rfc3339;
pub mod second_factor;
pub mod security_event;
pub mod server;
pub mod service;
pub mod session;
pub mod session_limit;
pub mod session_patch;
pub mod stored_session;
pub mod tokenizer;
pub mod user_agent;
pub mod webhook;
