//! Tests of the commands and the settings.

pub mod command_line;
pub mod from_kratos;
pub mod one_file;
pub mod operators;
pub mod secrets;
pub mod settings;
