//! Extractors: what handlers take from a request, parsed and checked.

pub mod admin_query;
pub mod client_ip;
pub mod credential;
pub mod event_query;
pub mod expand;
pub mod json;
pub mod logout_query;
pub mod operator;
pub mod page_query;
pub mod path_id;
pub mod stream;
pub mod token_in_body;
pub mod tokenize_as;
