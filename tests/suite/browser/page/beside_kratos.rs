//! The page beside a Kratos.

use crate::support::databases::Kind;
use crate::support::http_client::{get, send_form};
use crate::support::kratos;

#[test]
fn page_beside_kratos_names_no_sessions_and_signs_out_elsewhere_only() {
    let database = kratos::restore(Kind::Sqlite);
    let settings = [("ui.enabled", "true"), ("ui.account_trait", "email")];
    let config = kratos::config_with(&database, "aal1", &settings);
    let service = kratos::service_with(&config);
    let tokens = database.texts("SELECT token FROM sessions ORDER BY created_at DESC");
    let pages = tokens.iter().map(|token| (token, get(service.public, "/ui/sessions", token)));
    let (token, page) = pages.into_iter().find(|(_, page)| page.status == 200).unwrap();
    assert!(page.body.contains("Signed in as <bdi>"), "{}", page.body);
    assert!(page.body.contains("/sign-out\"") && page.body.contains("card here"), "{}", page.body);
    assert!(!page.body.contains("class=\"naming\""), "{}", page.body);
    assert!(!page.body.contains("/ui/sessions/sign-out\""), "{}", page.body);

    let headers = [("X-Session-Token", token.as_bytes()), ("Sec-Fetch-Site", b"same-origin")];
    let path = "/ui/sessions/00000000-0000-4000-8000-00000000dead/name";
    for name in ["Work", "", "a%00b"] {
        let answer = send_form(service.public, path, &headers, &format!("name={name}"));
        assert_eq!(answer.status, 404, "{name}");
    }
}
