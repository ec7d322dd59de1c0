//! Wrong arguments and credentials: one line, exit code 2, and no credential in it.

use crate::cli::compare::fixture::{compare, compare_at, run};
use crate::cli::compare::stub::Stub;

const ANA: &str = "token ory_st_of_ana";

#[test]
fn wrong_credential_is_named_by_its_line() {
    let expected =
        "expected `token TOKEN`, `cookie NAME=VALUE`, `bearer TOKEN` or the header of a request";
    for line in ["ory_st_secret_secret", "cookie secret_secret", "token secret_secret two", "token"]
    {
        let compared =
            run(&["compare", "--kratos", "http://127.0.0.1:1/"], &format!("# x\n{line}"));
        assert_eq!(compared.error, format!("elsewhere: --credentials: line 2: {expected}\n"));
        assert_eq!((compared.code, compared.lines.len()), (Some(2), 0));
    }
}

#[test]
fn wrong_argument_is_one_line_and_exit_code_2() {
    let (kratos, other) = (Stub::json("{}"), Stub::json("{}"));
    for (arguments, begins) in [
        (&["--credentials", "nowhere"] as &[_], "--credentials: cannot read nowhere: "),
        (&["--origin", "app.example.org"], "--origin: expected an origin such as "),
        (&["--ca", "nowhere.pem"], "--ca: cannot read nowhere.pem: "),
        (&["--ca", "/dev/null"], "--ca: expected CA certificates in PEM"),
    ] {
        let compared = compare(&kratos, &other, ANA, arguments);
        assert!(compared.error.starts_with(&format!("elsewhere: {begins}")), "{compared:#?}");
        assert_eq!((compared.code, compared.error.lines().count()), (Some(2), 1));
    }
    for wrong in ["kratos:4433", "", "ftp://kratos/", "http://kratos/?x", "http://a:secret@kratos/"]
    {
        let compared = compare_at(wrong, "http://127.0.0.1:1/", ANA, &[]);
        assert_eq!(
            compared.error,
            "elsewhere: --kratos: expected a URL such as http://kratos:4433/, without a user name\n"
        );
        assert_eq!(compared.code, Some(2));
    }
    let nothing = compare(&kratos, &other, "# nothing\n", &[]);
    assert_eq!(nothing.error, "elsewhere: --credentials: expected at least one credential\n");
    assert_eq!(run(&["compare"], ANA).code, Some(2));
}
