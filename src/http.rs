//! The HTTP layer: routes, headers and JSON. It contains no SQL.
//!
//! [`router`] lists all layers on one page. The endpoints are in `public`, `admin`, `ui` and
//! `health`, each with its description for OpenAPI.

mod admin;
mod auth_failure_limit;
mod binding_protocol;
mod clean_path;
mod extract;
mod health;
mod middleware;
pub mod openapi;
mod public;
mod readiness;
mod response;
mod return_urls;
mod router;
mod shutdown;
mod state;
mod ui;

pub use router::{admin, public};
pub use shutdown::Shutdown;
pub use state::{AppState, Signers};
