//! Tests of the commands and the settings.

pub mod command_line;
pub mod compare;
pub mod events;
pub mod from_kratos;
pub mod jwt_templates;
pub mod one_file;
pub mod operators;
pub mod output;
pub mod packaged_files;
pub mod people;
pub mod secrets;
pub mod settings;
