//! Tests of the languages of the program, and of language files.

use crate::i18n::built_in;
use crate::i18n::language::Language;
use crate::i18n::languages::Languages;

/// All keys of a table, with those of the tables in it.
fn keys(table: &toml::Table) -> Vec<String> {
    let mut keys = Vec::new();
    for (key, value) in table {
        match value.as_table().filter(|_| key != "counts" && key != "plurals") {
            Some(inner) => keys.extend(inner.keys().map(|inner| format!("{key}.{inner}"))),
            None => keys.push(key.clone()),
        }
    }
    keys
}

#[test]
fn every_language_of_the_program_has_every_text() {
    let all: Vec<toml::Table> = built_in::all().map(|text| toml::from_str(text).unwrap()).collect();
    for table in &all {
        assert_eq!(keys(table), keys(&all[0]), "{}", table["tag"]);
    }
}

#[test]
fn regional_requests_select_the_language() {
    let languages = Languages::with(Vec::new());
    for (accepted, tag) in [
        ("fr-CA", "fr"),
        ("es-419", "es"),
        ("de-AT", "de"),
        ("pt-BR, es;q=0.5", "es"),
        ("it", "en"),
    ] {
        assert_eq!(languages.best(accepted).tag, tag, "{accepted}");
    }
}

#[test]
fn countries_are_named_in_the_language() {
    let languages = Languages::with(Vec::new());
    for (language, place, expected) in [
        ("en", "Lisbon, PT", "Lisbon, Portugal"),
        ("de", "München, DE", "München, Deutschland"),
        ("fr", "Washington, DC, US", "Washington, DC, États-Unis"),
        ("es", "DE", "Alemania"),
        ("en", "Springfield, XX", "Springfield, XX"),
        ("en", "Lisbon, pt", "Lisbon, pt"),
        ("en", "T1", "T1"),
        ("en", "", ""),
    ] {
        assert_eq!(languages.best(language).place(place), expected, "{language} {place}");
    }
}

#[test]
fn missing_texts_are_those_of_the_same_language_or_english() {
    let parse = |text: &str| Language::parse(text).unwrap();
    let swiss = parse("tag = \"de-CH\"\nname = \"Deutsch (Schweiz)\"\n[page]\nback = \"Retour\"");
    assert_eq!((swiss.page.back.as_str(), swiss.page.device.as_str()), ("Retour", "Gerät"));
    assert_eq!(swiss.place("Bern, CH"), "Bern, Schweiz");
    let dutch = "tag = \"nl\"\nname = \"Nederlands\"\n[countries]\nPT = \"de Algarve\"";
    assert_eq!(parse(dutch).page.device, "Device");
    assert_eq!(parse(dutch).place("Faro, PT"), "Faro, de Algarve");
    for (wrong, problem) in [
        ("name = \"Nederlands\"", "it has no `tag`"),
        ("tag = \"nl\"", "it has no `name`"),
        ("tag = \"nl\"\nname = \"a\"\n[page]\nbak = \"a\"", "unknown field `bak`"),
        ("tag = \"nl\"\nname = \"a\"\npage = 1", "invalid type: integer `1`"),
    ] {
        let error = Language::parse(wrong).unwrap_err();
        assert!(error.starts_with(problem) && error.lines().count() == 1, "{error}");
    }
}

#[test]
fn plural_forms_follow_the_numbers_of_the_file() {
    let polish = Language::parse(
        "tag = \"pl\"\nname = \"Polski\"\n[plurals]\nfew = [2, 3, 4]\n[counts]\n\
         hours = { one = \"godzinę temu\", few = \"{count} godziny temu\", \
         other = \"{count} godzin temu\" }",
    );
    let polish = polish.unwrap();
    let said = |count| polish.count(&polish.counts.hours, count);
    assert_eq!([said(1), said(3), said(5)], ["godzinę temu", "3 godziny temu", "5 godzin temu"]);
    let french = Languages::with(Vec::new()).best("fr").clone();
    assert_eq!(french.count(&french.counts.sessions, 0), "0 session");
    assert_eq!(french.count(&french.counts.months, 1), "il y a 1 mois");
}
