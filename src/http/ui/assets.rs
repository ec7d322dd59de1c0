//! The files of the pages, which are the same for everyone.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::config;
use crate::http::response::error::ApiError;

const SCRIPT: &[u8] = include_bytes!("page.js");
const ONE_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");
/// For a picture that somebody opens by itself: an SVG could contain scripts.
const PICTURE_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");

/// The contents of the files that depend on settings.
pub(in crate::http) struct Assets {
    /// A text that differs if one of the files does. It is part of their addresses, so that a
    /// browser has no file of another version with a page.
    pub version: String,
    style: Bytes,
    logo: Option<(&'static str, Bytes)>,
}

impl Assets {
    pub(in crate::http) fn new(settings: &config::Ui) -> Self {
        let (accent, on_accent) = (settings.accent, settings.accent.readable_on_it());
        let colours = format!(":root {{ --accent: {accent}; --on-accent: {on_accent}; }}\n");
        let own = settings.stylesheet.as_deref().unwrap_or_default();
        let logo = settings.logo.as_ref();
        let style = colours + include_str!("page.css") + own;
        let mut digest = Sha256::new_with_prefix(&style);
        digest.update(SCRIPT);
        digest.update(logo.map(|logo| &*logo.bytes).unwrap_or_default());
        Self {
            version: URL_SAFE_NO_PAD.encode(&digest.finalize()[..6]),
            style: style.into(),
            logo: logo.map(|logo| (logo.media_type, logo.bytes.clone().into())),
        }
    }
}

pub(super) async fn style(State(assets): State<Arc<Assets>>) -> Response {
    asset("text/css; charset=utf-8", assets.style.clone())
}

pub(super) async fn script() -> Response {
    asset("text/javascript; charset=utf-8", Bytes::from_static(SCRIPT))
}

pub(super) async fn logo(State(assets): State<Arc<Assets>>) -> Result<Response, ApiError> {
    let Some((media_type, bytes)) = &assets.logo else {
        return Err(ApiError::not_found());
    };
    let picture = asset(media_type, bytes.clone());
    Ok(([(CONTENT_SECURITY_POLICY, PICTURE_POLICY)], picture).into_response())
}

fn asset(media_type: &'static str, bytes: Bytes) -> Response {
    let media_type = HeaderValue::from_static(media_type);
    ([(CONTENT_TYPE, media_type), (CACHE_CONTROL, ONE_HOUR)], bytes).into_response()
}
