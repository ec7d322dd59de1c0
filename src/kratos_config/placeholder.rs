//! Placeholders, which a tool replaces before Kratos reads its configuration.

/// Values that begin like this are encrypted, or the address of a secret.
const REFERENCES: [&str; 6] = ["ENC[", "arn:aws:", "env://", "op://", "ref+", "vault:"];
/// Brackets around anything, as shells, templates and deployment tools have them.
const BRACKETS: [(&str, &str); 4] = [("${", "}"), ("$(", ")"), ("{{", "}}"), ("#{", "}")];
/// Brackets that have to enclose a name, because passwords contain such characters too.
const BRACKETS_OF_NAMES: [(&str, &str); 2] = [("<", ">"), ("__", "__")];

/// Returns true if a value looks as if a tool had not replaced it yet.
pub(super) fn is_in(value: &str) -> bool {
    let is_bracketed = |(begin, end)| bracketed(value, begin, end).next().is_some();
    let is_bracketed_name = |(begin, end)| bracketed(value, begin, end).any(is_name);
    let percent = value.strip_prefix('%').and_then(|rest| rest.strip_suffix('%'));
    REFERENCES.iter().any(|reference| value.starts_with(reference))
        || BRACKETS.into_iter().any(is_bracketed)
        || BRACKETS_OF_NAMES.into_iter().any(is_bracketed_name)
        || percent.is_some_and(is_name)
        || value.split('$').skip(1).any(begins_with_variable)
}

fn bracketed<'v>(value: &'v str, begin: &'v str, end: &'v str) -> impl Iterator<Item = &'v str> {
    value
        .match_indices(begin)
        .filter_map(move |(start, _)| value.get(start + begin.len()..)?.split_once(end))
        .map(|(inside, _)| inside)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-. ".contains(letter))
}

/// Returns true if the text after a `$` is the name of an environment variable. Random passwords
/// seldom continue with two such letters.
fn begins_with_variable(text: &str) -> bool {
    let letters = text.bytes().take_while(|byte| byte.is_ascii_uppercase() || *byte == b'_');
    letters.take(2).count() == 2
}
