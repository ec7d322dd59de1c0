//! Tests of the sessions page, in a real browser.

pub mod page;
