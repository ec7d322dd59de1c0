//! Texts for people, in their language. A language is one file: English, German, French and
//! Spanish are part of the program, and the settings can name further files.

mod built_in;
mod counted;
mod elapsed;
mod language;
mod languages;
mod methods;
#[cfg(test)]
mod tests;
mod texts;

pub use elapsed::Elapsed;
pub use language::Language;
pub use languages::{ENGLISH, Languages};
pub use texts::{Counts, Direction, PageTexts};
