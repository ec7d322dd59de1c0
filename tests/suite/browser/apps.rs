//! The apps of `examples/apps`: login systems that keep their sessions in elsewhere. All of them
//! do the same, in different languages.

mod app;
mod attacks;
mod people;

use crate::browser::apps::app::App;

fn app_works(app: &App) {
    people::sign_in_and_out(app);
    attacks::are_refused(app);
}

#[test]
fn people_sign_in_to_the_express_app_and_attackers_do_not() {
    app_works(&App::start("express", "node", &["app.js"]));
}

#[test]
fn people_sign_in_to_the_fastapi_app_and_attackers_do_not() {
    app_works(&App::start("fastapi", ".venv/bin/python", &["app.py"]));
}

#[test]
fn people_sign_in_to_the_go_app_and_attackers_do_not() {
    app_works(&App::start("net-http", "./net-http", &[]));
}
