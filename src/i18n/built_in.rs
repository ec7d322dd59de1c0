//! The languages that are part of the program, and the texts that a language file may leave out.

use toml::{Table, Value};

/// A language of the program: its tag, its texts, and its names of countries.
struct BuiltIn {
    tag: &'static str,
    texts: &'static str,
    countries: &'static str,
}

macro_rules! built_in {
    ($($tag:literal),*) => {
        [$(BuiltIn {
            tag: $tag,
            texts: include_str!(concat!($tag, ".toml")),
            countries: include_str!(concat!("countries/", $tag, ".txt")),
        }),*]
    };
}

/// The first one is the default.
static ALL: [BuiltIn; 4] = built_in!["en", "de", "fr", "es"];

/// The texts of each language, as a file has them.
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|language| language.texts)
}

/// The texts that a language with this tag has unless its file has others: those of the same
/// language, or English ones.
pub(super) fn texts_for(tag: &str) -> Result<Table, toml::de::Error> {
    let primary = tag.split('-').next().unwrap_or_default();
    let same = ALL.iter().find(|language| primary.eq_ignore_ascii_case(language.tag));
    let BuiltIn { texts, countries, .. } = same.unwrap_or(&ALL[0]);
    let mut texts: Table = toml::from_str(texts)?;
    texts.insert("countries".to_owned(), Value::Table(names(countries)));
    Ok(texts)
}

/// The names of countries by their code. Each line has one, after comments.
fn names(countries: &str) -> Table {
    let lines = countries.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once(' '));
    pairs.map(|(code, name)| (code.to_owned(), Value::String(name.to_owned()))).collect()
}

/// Replaces texts by those of a file.
pub(super) fn replace(texts: &mut Table, by: Table) {
    for (key, value) in by {
        match (texts.get_mut(&key), value) {
            (Some(Value::Table(texts)), Value::Table(value)) => replace(texts, value),
            (_, value) => drop(texts.insert(key, value)),
        }
    }
}
