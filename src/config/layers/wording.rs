//! The wording of serde's errors about a value that is none of a few words.

/// Rewrites an error of serde: first what was expected, then what there was.
pub(super) fn ours(message: &str) -> String {
    let choice = message
        .strip_prefix("unknown variant ")
        .and_then(|message| message.rsplit_once(", expected "));
    match choice {
        Some((value, choices)) => format!("expected {choices}, got {value}"),
        None => message.to_owned(),
    }
}
