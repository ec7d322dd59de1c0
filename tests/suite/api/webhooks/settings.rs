//! Settings of webhooks: what is refused, by its key, and what is hidden.

use std::collections::BTreeMap;

use elsewhere::config::Config;

use crate::api::webhooks::SECRET;

fn load(text: &str) -> Result<Config, String> {
    Config::parse(text, "test.toml").map_err(|error| error.to_string())
}

fn webhook(more: &str) -> String {
    let with_default = |key: &str, value: &str| {
        if more.contains(&format!("{key} = ")) {
            String::new()
        } else {
            format!("{key} = {value}\n")
        }
    };
    let name = with_default("name", "\"chat\"");
    let url = with_default("url", "\"https://example.org/hook\"");
    let secret = with_default("secret", &format!("\"{SECRET}\""));
    format!("[[webhooks]]\n{name}{url}{secret}{more}\n")
}

#[test]
fn invalid_settings_are_refused_by_their_key() {
    let short = "whsec_c2hvcnQ=";
    for (more, problem) in [
        ("url = \"ftp://example.org/\"", "webhooks.chat.url: expected an http or https URL"),
        ("url = \"https://ana:secret@example.org/\"", "webhooks.chat.url: expected an http"),
        ("url = \"\"", "webhooks.chat.url: expected an http or https URL"),
        (
            "secret = \"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"",
            "webhooks.chat.secret: expected `whsec_`",
        ),
        (&format!("secret = \"{short}\""), "webhooks.chat.secret: expected `whsec_`"),
        ("secret = []", "webhooks.chat.secret: expected `whsec_`"),
        ("events = [\"session.stolen\"]", "webhooks.chat.events: expected types out of"),
        ("format = \"xml\"", "webhooks.chat.format: "),
        ("format = \"set\"", "webhooks.chat.secret: expected none"),
        ("format = \"set\"\nsecret = []", "webhooks.chat.audience: expected the audience"),
        ("format = \"set\"\nsecret = []\naudience = \"x\"", "webhooks.chat.format: expected"),
        (
            "format = \"set\"\nsecret = []\naudience = \"x\"\nevents = [\"identity.deleted\"]",
            "webhooks.chat.events: expected types of sessions",
        ),
        ("audience = \"x\"", "webhooks.chat.audience: expected none"),
        ("authorization = \"a\\u0001b\"", "webhooks.chat.authorization: expected visible"),
        ("timeout = \"0s\"", "webhooks.chat.timeout: expected a duration"),
        ("colour = \"red\"", "webhooks.chat.colour: unknown setting"),
        ("name = \"Chat Room\"", "webhooks: expected names of at most 40"),
        ("name = 7", "webhooks: expected a `name` in each of them"),
    ] {
        let error = load(&webhook(more)).expect_err(more);
        assert!(error.starts_with(problem), "{more}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(!error.contains("MfKQ") && !error.contains(short), "{error}");
    }
    let twice = webhook("") + &webhook("");
    let error = load(&twice).unwrap_err();
    assert!(error.starts_with("webhooks: expected different names"), "{error}");
    let error = load("[events]\nenabled = false").unwrap_err();
    assert!(error.starts_with("events.enabled: expected true"), "{error}");
}

#[test]
fn a_secret_comes_from_a_variable_or_a_file_and_is_hidden() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secrets");
    std::fs::write(&path, format!("{SECRET}\n{}\n", super::OLDER_SECRET)).unwrap();
    let variables = BTreeMap::from([
        ("ELSEWHERE_WEBHOOKS__CHAT__URL".to_owned(), "https://example.org/hook".to_owned()),
        ("ELSEWHERE_WEBHOOKS__CHAT__SECRET_FILE".to_owned(), path.display().to_string()),
    ]);
    let config = Config::load(None, &variables).unwrap();
    assert_eq!(config.webhooks["chat"].secret.len(), 2);
    let shown = Config::describe(None, &variables).unwrap();
    assert!(shown.contains("[webhooks.chat]") && shown.contains("(hidden)"), "{shown}");
    assert!(!shown.contains("MfKQ") && !shown.contains("/hook"), "{shown}");
    assert!(!format!("{config:?}").contains("MfKQ"));
}
