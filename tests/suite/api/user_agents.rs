//! User agents of real browsers, apps and tools, and the labels that people see for them.

use std::collections::HashSet;

use elsewhere::i18n::{ENGLISH, Language};
use elsewhere::user_agent::UserAgent;
use proptest::prelude::*;

/// One text a line: the label, the kind of device, and the `User-Agent`.
const KNOWN: &str = include_str!("user_agents.txt");

fn known() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let lines = KNOWN.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| match line.splitn(3, " | ").collect::<Vec<_>>()[..] {
        [label, kind, text] => (label, kind, text),
        _ => panic!("not a label, a kind and a text: {line}"),
    })
}

fn label(text: &str) -> String {
    ENGLISH.device(&UserAgent::read(text)).into_owned()
}

#[test]
fn known_user_agents_have_their_labels() {
    let wrong: Vec<_> = known()
        .filter_map(|(label, kind, text)| {
            let read = UserAgent::read(text);
            let got = (ENGLISH.device(&read).into_owned(), read.kind.as_str());
            (got != (label.to_owned(), kind)).then(|| format!("{label}, {kind}: {got:?}: {text}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let texts: HashSet<_> = known().map(|(.., text)| text).collect();
    assert_eq!(texts.len(), known().count(), "a text occurs more than once");
    assert!(texts.len() >= 350, "{}", texts.len());
}

#[test]
fn invisible_characters_do_not_reach_a_label() {
    for (text, expected) in [
        ("Example\u{202e}App/1.0 (iPhone)", "ExampleApp 1.0 on iPhone"),
        ("\u{feff}ExampleApp/1.0 (iPhone)", "ExampleApp 1.0 on iPhone"),
        ("Example\u{200b}App/1.0 (iPhone)", "ExampleApp 1.0 on iPhone"),
        ("\u{2066}Example\u{2069}App/1.0 (iPhone)", "ExampleApp 1.0 on iPhone"),
        ("Example\u{ad}App/1.0 (iPhone)", "ExampleApp 1.0 on iPhone"),
        ("ExampleApp\u{0}/1.0 (iPhone)", "iPhone"),
        ("Example\u{2028}App/1.0 (iPhone)", "Example App 1.0 on iPhone"),
        ("Example\u{1b}[31mApp/1.0", "Example"),
        ("Example%E2%80%AEApp/1.0 (iPhone)", "ExampleApp 1.0 on iPhone"),
        ("Example%0AApp/1.0 (iPhone)", "Example App 1.0 on iPhone"),
        ("ExampleApp/1.0 (iPh\u{200d}one)", "ExampleApp 1.0 on iPhone"),
        ("\u{202e}\u{2066}/1.0", "Unknown device"),
    ] {
        assert_eq!(label(text), expected, "{text:?}");
    }
}

#[test]
fn names_of_clients_are_not_filled_in_as_templates() {
    let german = include_str!("../../../src/i18n/de.toml");
    let german = Language::parse(german).unwrap();
    let read = UserAgent::read("x{system}{client}/1.0 (iPhone; iOS 17.4)");
    assert_eq!(german.device(&read), "x{system}{client} 1.0 auf iPhone");
}

#[test]
fn long_texts_have_short_labels() {
    let long = "a".repeat(600);
    let version = format!("ExampleApp/{}.1", "1".repeat(300));
    assert_eq!(label(&version), "ExampleApp");
    assert_eq!(label(&format!("{long}/1.0 (iPhone; iOS 17.4)")), "Unknown device");
    assert_eq!(label(&format!("{}/1.0 (iPhone; iOS 17.4)", &long[..41])), "iPhone");
    assert_eq!(label(&"é/1 ".repeat(300)), "é 1");
}

/// Texts that resemble those of clients, with any character among them.
fn texts() -> impl Strategy<Value = String> {
    let texts: Vec<_> = known().map(|(.., text)| text).collect();
    let changed = (prop::sample::select(texts), any::<prop::sample::Index>(), ".{0,4}");
    prop_oneof![
        ".{0,700}",
        "(Mozilla/5.0 )?([A-Za-z ]{0,9}[/ ();.0-9%]{0,4}){0,60}",
        "[A-Za-z%20 é]{0,50}/[0-9.]{0,20} \\(.{0,40}",
        "([A-Za-z\\p{Cf}\\p{Cc}\\p{Zl}\\p{Zp}]{1,8}[/ ()]){1,20}",
        "(%[0-9A-F]{2}|[a-z]){1,40}/1",
        "[()\\[\\];/, ]{0,600}",
        changed.prop_map(|(text, at, added)| {
            let at = text.floor_char_boundary(at.index(text.len()));
            format!("{}{added}{}", &text[..at], &text[at..])
        }),
    ]
}

proptest! {
    /// Every user agent has a label that fits on a line and changes nothing around it.
    #[test]
    fn any_text_gets_a_short_label(text in texts()) {
        let read = UserAgent::read(&text);
        let label = ENGLISH.device(&read);
        prop_assert!(!label.is_empty() && label.chars().count() <= 100, "{label}");
        let is_format = |c| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}');
        prop_assert!(!label.contains(|c: char| c.is_control() || is_format(c)), "{label:?}");
    }

    /// None of the characters that Unicode calls a format, a control or a separator is kept.
    #[test]
    fn no_invisible_character_is_kept(c in "[\\p{Cf}\\p{Cc}\\p{Zl}\\p{Zp}]") {
        for text in [format!("Exa{c}mple/1.0 (iPhone)"), format!("Example/1.0{c} (iPhone{c})")] {
            prop_assert!(!label(&text).contains(&c), "{text:?}");
        }
    }
}
