//! Errors about names that do not exist, with the name that was probably meant.

use crate::config::error::{ConfigError, one_line};
use crate::config::layers::defaults::{NamedSections, known};
use crate::config::layers::variable;

/// The error of a setting or section that does not exist. `written` is how its source writes paths.
pub(super) fn unknown_setting(
    path: &str,
    origin: &str,
    written: impl Fn(&str) -> String,
) -> ConfigError {
    let known = [known().to_vec(), in_named_section(path)].concat();
    let meant = nearest_path(path, &known).map(written);
    let problem = problem("unknown setting", meant.as_deref());
    ConfigError(format!("{}: {problem} (from {origin})", one_line(path)))
}

/// The error of a variable that names a file for a setting that is no secret.
pub(super) fn not_from_file(path: &str, variable: &str) -> ConfigError {
    let own = variable::name_of(path);
    ConfigError(format!(
        "{path}: expected a value in {own}, because only secrets can come from a file of their own \
         (from {variable})"
    ))
}

/// The error of a variable without two underscores.
pub(super) fn unknown_variable(name: &str) -> ConfigError {
    let settings = known().iter().filter(|path| path.contains('.'));
    let known: Vec<_> = settings.map(|path| variable::name_of(path)).collect();
    let problem = problem("unknown variable", nearest(name, &known));
    ConfigError(format!("{}: {problem} (from the environment)", one_line(name)))
}

fn problem(what: &str, meant: Option<&str>) -> String {
    match meant {
        Some(meant) => format!("{what}, did you mean `{meant}`?"),
        None => what.to_owned(),
    }
}

/// The paths of the settings of the section, with a name of its own, that this setting is in.
fn in_named_section(path: &str) -> Vec<String> {
    let Some((named, name, _)) = NamedSections::of_setting(path) else {
        return Vec::new();
    };
    let prefix = named.prefix;
    (named.defaults)().keys().map(|key| format!("{prefix}{name}.{key}")).collect()
}

/// The most similar name, if it is similar enough.
fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    // The common prefix says nothing about the rest.
    let length = name.strip_prefix(variable::PREFIX).unwrap_or(name).len();
    let distance = |known: &&String| strsim::osa_distance(name, known);
    let most_similar = known.iter().min_by_key(distance)?;
    (distance(&most_similar) <= (length / 4).max(2)).then_some(most_similar)
}

/// The path that is similar, or the same key of another section.
fn nearest_path<'a>(path: &str, known: &'a [String]) -> Option<&'a str> {
    let key = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let elsewhere = || known.iter().find(|known| key(known) == key(path)).map(String::as_str);
    nearest(path, known).or_else(elsewhere)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similar_names_are_suggested_and_others_are_not() {
        let known = ["server.listen", "session.lifespan", "session.cookie_name", "log.level"];
        let known = known.map(str::to_owned);
        for (path, meant) in [
            ("server.lisen", Some("server.listen")),
            ("servr.listen", Some("server.listen")),
            ("session.lifetime", Some("session.lifespan")),
            ("server.cookie_name", Some("session.cookie_name")),
            ("cookie_name", Some("session.cookie_name")),
            ("log.lvl", Some("log.level")),
            ("log.colours", None),
            ("sessions.pool", None),
        ] {
            assert_eq!(nearest_path(path, &known), meant, "{path}");
        }
    }
}
