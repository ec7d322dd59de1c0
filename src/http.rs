//! HTTP: routes, headers, JSON. Knows no SQL.
//!
//! [`router`] shows all routes on one page. An endpoint is a file, in `public`, `admin` or `ui`.

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
