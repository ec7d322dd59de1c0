//! The page, in a real browser.

pub mod page;
