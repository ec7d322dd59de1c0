//! Tests in a real browser: of the sessions page, and of the apps in `examples/apps`.

pub mod apps;
pub mod device_binding;
pub mod page;
