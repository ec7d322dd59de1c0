//! Extractors: what handlers take from a request, parsed and checked.

pub mod authenticate;
pub mod client_address;
pub mod json;
pub mod list_query;
pub mod path_id;
