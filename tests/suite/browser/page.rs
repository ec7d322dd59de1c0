//! The sessions page in a real browser, with and without scripts.

mod accessibility;
pub mod fixture;
mod languages;
mod paging;
mod security;
mod settings;
mod sign_out;
