//! The sessions page in a real browser, with and without scripts.

mod accessibility;
mod account;
mod appearance;
mod beside_kratos;
mod everywhere;
pub mod fixture;
mod groups;
mod languages;
mod names;
mod new_sessions;
mod notices;
mod paging;
mod search;
mod security;
mod settings;
mod sign_in_links;
mod sign_out;
mod times;
