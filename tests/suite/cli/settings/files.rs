//! Files of settings and secrets, as editors of any system write them.

use elsewhere::config::{Config, CookieSecret};
use elsewhere::tokenizer::Tokenizer;
use tempfile::TempDir;

use super::variables;

const BYTE_ORDER_MARK: &str = "\u{feff}";
const SECRETS: &str = "ELSEWHERE_SESSION__COOKIE_SECRETS_FILE";
const URL: &str = "ELSEWHERE_DATABASE__URL_FILE";

fn load_bytes(content: &[u8]) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.toml");
    std::fs::write(&path, content).unwrap();
    Config::load(Some(&path), &variables(&[])).map_err(|error| error.to_string())
}

/// Loads settings with a secret from a file with this content.
fn load_secret(variable: &str, content: &[u8]) -> Result<Config, String> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, content).unwrap();
    let environment = variables(&[(variable, path.to_str().unwrap())]);
    Config::load(None, &environment).map_err(|error| error.to_string())
}

#[test]
fn settings_file_may_have_a_byte_order_mark_and_windows_line_ends() {
    let lines = "# A comment.\r\n[session]\r\ncookie_name = \"mine\"\r\n";
    for text in [lines.to_owned(), format!("{BYTE_ORDER_MARK}{lines}")] {
        assert_eq!(load_bytes(text.as_bytes()).unwrap().session.cookie_name.as_str(), "mine");
    }
    let without_comment = format!("{BYTE_ORDER_MARK}[session]\r\ncookie_name = \"mine\"");
    assert!(load_bytes(without_comment.as_bytes()).is_ok());
}

#[test]
fn secret_file_may_have_a_byte_order_mark_and_windows_line_ends() {
    let text = format!("{BYTE_ORDER_MARK}the-newest-secret-0\r\n\r\nan-older-secret-0\r\n");
    let config = load_secret(SECRETS, text.as_bytes()).unwrap();
    let secrets: Vec<_> = config.session.cookie_secrets.iter().map(CookieSecret::expose).collect();
    assert_eq!(secrets, [&b"the-newest-secret-0"[..], b"an-older-secret-0"]);
    let url = format!("{BYTE_ORDER_MARK}sqlite://own.sqlite\r\n");
    let config = load_secret(URL, url.as_bytes()).unwrap();
    assert_eq!(config.database.url.to_string(), "sqlite://own.sqlite");
}

#[test]
fn key_set_may_begin_with_a_byte_order_mark() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let key = r#"{"kty":"oct","alg":"HS256","k":"iNAM5VjqjkfMAVH62W4U8qn9r61rOupieRVb5S8enQAAAA"}"#;
    std::fs::write(&path, format!("{BYTE_ORDER_MARK}{{\"keys\":[{key}]}}")).unwrap();
    let variable = "ELSEWHERE_SESSION__TOKENIZER__TEMPLATES__A__JWKS_URL";
    let url = format!("file://{}", path.display());
    let config = Config::load(None, &variables(&[(variable, &url)])).unwrap();
    let templates = &config.session.tokenizer;
    Tokenizer::new(templates, &config.server.base_url, "/nothing".as_ref()).map(drop).unwrap();
}

#[test]
fn file_that_is_not_utf_8_is_refused_with_the_reason() {
    let utf_16: Vec<u8> = "\u{feff}[log]".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (content, reason) in [
        (&utf_16[..], "it is UTF-16; save it as UTF-8"),
        (b"[ui]\nname = '\xe4'", "it is not UTF-8"),
    ] {
        let error = load_bytes(content).unwrap_err();
        assert!(error.starts_with("--config: cannot read ") && error.ends_with(reason), "{error}");
        let error = load_secret(URL, content).unwrap_err();
        let expected = format!("{URL}: cannot read the file that it names: {reason}");
        assert_eq!(error, expected);
    }
}

#[test]
fn secret_file_without_a_secret_is_refused() {
    for variable in [SECRETS, URL] {
        for content in ["", "\n", " \r\n\r\n", BYTE_ORDER_MARK] {
            let error = load_secret(variable, content.as_bytes()).unwrap_err();
            let expected =
                format!("{variable}: expected a secret in the file that it names, which");
            assert!(error.starts_with(&expected), "{content:?}: {error}");
        }
        let error = Config::load(None, &variables(&[(variable, "")])).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{variable}: expected the path of a file")), "{error}");
        let error = Config::load(None, &variables(&[(variable, "/")])).unwrap_err().to_string();
        let expected = format!("{variable}: cannot read the file that it names: it is a directory");
        assert_eq!(error, expected);
    }
}

#[test]
fn secret_that_is_one_text_has_one_line() {
    let variable = "ELSEWHERE_AUDIT__PSEUDONYM_KEY_FILE";
    let error = load_secret(variable, b"first-line\nsecond-line\n").unwrap_err();
    assert!(error.starts_with("audit.pseudonym_key: expected a single line"), "{error}");
    assert!(!error.contains("first-line") && !error.contains("second-line"), "{error}");
}
