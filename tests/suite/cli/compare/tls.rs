//! A service behind TLS.

use crate::api::listeners_tls::authority::Authority;
use crate::cli::compare::fixture::{compare_at, url};
use crate::cli::compare::stub::Stub;
use crate::support::process::serve;

#[test]
fn certificate_of_a_private_authority_needs_the_authority() {
    let authority = Authority::new();
    authority.sign("server");
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (authority.text("server.pem"), authority.text("server.key"));
    let (_running, public, _, _lines) = serve(
        &folder,
        &[
            ("ELSEWHERE_SERVER__TLS__CERTIFICATE", &certificate),
            ("ELSEWHERE_SERVER__TLS__KEY", &key),
        ],
    );
    let at = |host: &str| format!("https://{host}:{}/", public.port());
    let ca = authority.text("ca.pem");
    let token = "token ory_st_of_nobody";
    let kratos = Stub::foreign("401 Unauthorized", "{}");
    let kratos = url(&kratos);
    let compared = compare_at(&kratos, &at("localhost"), token, &["--ca", &ca]);
    assert!(compared.summary().starts_with("8 questions, "), "{compared:#?}");

    for (host, arguments) in [("localhost", &[] as &[_]), ("127.0.0.1", &["--ca", &ca])] {
        let compared = compare_at(&kratos, &at(host), token, arguments);
        assert_eq!(compared.code, Some(1));
        let certificate = ": cannot connect: invalid peer certificate: ";
        assert!(compared.error.contains(certificate), "{}", compared.error);
    }
}
