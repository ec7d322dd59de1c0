//! No part of a secret setting reaches a log or a screen, whatever the settings, the
//! command and the log level.

mod commands;
mod errors;
mod fixture;
mod output;
mod spellings;
