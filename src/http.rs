//! The HTTP layer: routes, headers and JSON. It contains no SQL.
//!
//! [`router`] lists all routes on one page. The handlers are in `public`, `admin`, `ui` and
//! `health`.

mod admin;
mod extract;
mod health;
mod middleware;
pub mod openapi;
mod public;
mod response;
mod router;
mod state;
mod ui;

pub use router::{admin, public};
pub use state::AppState;
