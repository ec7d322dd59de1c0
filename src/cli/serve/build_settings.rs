//! Settings of `.cargo/config.toml` that this program was built without. `cargo install --git`
//! does not read that file, and no build script can set the environment of a dependency's.

/// The flags of the bundled SQLite, as they were set when this program was compiled.
const SQLITE_FLAGS: Option<&str> = option_env!("LIBSQLITE3_FLAGS");
const NO_JITTER_ENTROPY: Option<&str> = option_env!("AWS_LC_SYS_NO_JITTER_ENTROPY");

/// A line that names the settings that are missing, and their effects.
pub(super) fn missing() -> Option<String> {
    describe(SQLITE_FLAGS, NO_JITTER_ENTROPY)
}

fn describe(sqlite_flags: Option<&str>, no_jitter_entropy: Option<&str>) -> Option<String> {
    let has_flag = |name: &str| {
        sqlite_flags.is_some_and(|flags| flags.split_ascii_whitespace().any(|flag| flag == name))
    };
    let effects: Vec<_> = [
        (has_flag("-DSQLITE_ENABLE_QPSG"), "lists from SQLite are slower after ANALYZE"),
        (has_flag("-DSQLITE_DEFAULT_MEMSTATUS=0"), "threads wait for each other in SQLite"),
        (no_jitter_entropy == Some("1"), "the first TLS connections take 100 ms longer"),
    ]
    .into_iter()
    .filter_map(|(is_set, effect)| (!is_set).then_some(effect))
    .collect();
    (!effects.is_empty()).then(|| {
        let effects = effects.join(", ");
        format!("built without the settings of .cargo/config.toml: {effects}")
    })
}

#[cfg(test)]
mod tests {
    use super::{describe, missing};

    const BOTH: &str = "-DSQLITE_ENABLE_QPSG -DSQLITE_DEFAULT_MEMSTATUS=0";
    const QPSG: &str = "lists from SQLite are slower after ANALYZE";
    const MEMSTATUS: &str = "threads wait for each other in SQLite";
    const JITTER: &str = "the first TLS connections take 100 ms longer";

    #[test]
    fn builds_in_the_repository_have_all_settings() {
        assert_eq!(missing(), None);
    }

    #[test]
    fn missing_settings_are_named_by_their_effects() {
        for (flags, no_jitter_entropy, expected) in [
            (Some(BOTH), Some("1"), vec![]),
            (Some("-DSQLITE_DEFAULT_MEMSTATUS=0  -DSQLITE_ENABLE_QPSG"), Some("1"), vec![]),
            (Some(BOTH), None, vec![JITTER]),
            (Some(BOTH), Some(""), vec![JITTER]),
            (Some(BOTH), Some("0"), vec![JITTER]),
            (Some("-DSQLITE_ENABLE_QPSG"), Some("1"), vec![MEMSTATUS]),
            (Some("-DSQLITE_DEFAULT_MEMSTATUS=0"), Some("1"), vec![QPSG]),
            (Some("-DSQLITE_ENABLE_QPSG -DSQLITE_DEFAULT_MEMSTATUS=1"), Some("1"), vec![MEMSTATUS]),
            (Some("-DSQLITE_ENABLE_QPSG_NOT -DX"), Some("1"), vec![QPSG, MEMSTATUS]),
            (Some(""), Some("1"), vec![QPSG, MEMSTATUS]),
            (None, Some("1"), vec![QPSG, MEMSTATUS]),
            (None, None, vec![QPSG, MEMSTATUS, JITTER]),
        ] {
            let line = describe(flags, no_jitter_entropy);
            let effects = line.as_deref().and_then(|line| line.split_once(": ")).map(|line| line.1);
            assert_eq!(effects.unwrap_or_default(), expected.join(", "), "{flags:?}");
        }
    }
}
