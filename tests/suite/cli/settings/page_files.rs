//! Files of the operator that the sessions page uses.

use std::path::Path;

use ::elsewhere::config::Ui;

use super::load;
use crate::support::output::OutputInTime as _;
use crate::support::process::elsewhere;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and the picture";

/// Loads a setting that names a file with this content.
fn load_file(key: &str, content: &[u8]) -> Result<Ui, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, content).unwrap();
    load(&setting(key, &file), &[]).map(|config| config.ui)
}

fn setting(key: &str, file: &Path) -> String {
    match key {
        "languages" => format!("[ui]\nlanguages = ['{}']", file.display()),
        key => format!("[ui]\n{key} = '{}'", file.display()),
    }
}

#[test]
fn logo_is_an_svg_or_png_file_by_its_content() {
    for (content, media_type) in [
        (PNG, "image/png"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"\xef\xbb\xbf\n<?xml version='1.0'?><!-- A logo. --><svg/>", "image/svg+xml"),
    ] {
        let logo = load_file("logo", content).unwrap().logo.unwrap();
        assert_eq!((logo.media_type, logo.bytes.as_slice()), (media_type, content));
    }
    assert!(load("", &[]).unwrap().ui.logo.is_none());
}

#[test]
fn stylesheet_is_text() {
    let read = load_file("stylesheet", b"\xef\xbb\xbf:root { --card: red }").unwrap().stylesheet;
    assert_eq!(read.as_deref(), Some(":root { --card: red }"));
}

#[test]
fn wrong_file_is_one_line_that_names_the_key() {
    let large = [PNG, &vec![b' '; 256 * 1024]].concat();
    for (key, content, reason) in [
        ("logo", &b"GIF89a"[..], "it is neither SVG nor PNG"),
        ("logo", b"<html><svg/></html>", "it is neither SVG nor PNG"),
        ("logo", b"", "it is neither SVG nor PNG"),
        ("logo", &large, "it is larger than 256 KiB"),
        ("stylesheet", &large[8..], "it is larger than 256 KiB"),
        ("stylesheet", b"\xff\xfe", "it is UTF-16; save it as UTF-8"),
        ("stylesheet", b"a\xe4", "it is not UTF-8"),
        ("languages", b"", "it has no `tag`"),
    ] {
        let Err(error) = load_file(key, content) else { panic!("accepted: {key} {content:?}") };
        assert!(error.starts_with(&format!("ui.{key}: expected ")), "{error}");
        assert!(error.contains(&format!(" is none: {reason}")), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    for key in ["logo", "stylesheet"] {
        let error = load(&setting(key, Path::new("/nowhere")), &[]).unwrap_err();
        assert!(error.contains("/nowhere is none: there is no such file"), "{error}");
        let error = load(&setting(key, Path::new("/")), &[]).unwrap_err();
        assert!(error.contains("/ is none: it is a directory"), "{error}");
    }
}

#[test]
fn service_does_not_start_with_a_wrong_file() {
    let folder = tempfile::tempdir().unwrap();
    for key in ["LOGO", "STYLESHEET"] {
        let output = elsewhere(&folder, &["serve"])
            .env(format!("ELSEWHERE_UI__{key}"), "missing")
            .output_in_time();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let error = String::from_utf8(output.stderr).unwrap();
        let begins = format!("elsewhere: ui.{}: expected ", key.to_lowercase());
        assert!(error.starts_with(&begins) && error.lines().count() == 1, "{error}");
    }
}
