//! One session, as the page shows it.

use std::borrow::Cow;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::http::ui::moment::Moment;
use crate::i18n::{Language, PageTexts};
use crate::session::{Device, Session};
use crate::user_agent::{Kind, UserAgent};

/// The circumstances under which sessions are shown.
pub(super) struct Viewing<'a> {
    pub language: &'a Language,
    pub now: OffsetDateTime,
    /// Sessions that began later are new to the person.
    pub last_visit: OffsetDateTime,
    /// False beside a Kratos, whose sessions have no names.
    pub has_names: bool,
    /// The session whose new name was refused, and that name.
    pub refused_name: Option<(Uuid, &'a str)>,
}

/// A session.
pub(super) struct Row<'a> {
    pub id: String,
    pub name: Option<&'a str>,
    pub device: Cow<'a, str>,
    pub kind: Kind,
    pub kind_name: &'a str,
    pub place: Option<Cow<'a, str>>,
    pub address: Option<&'a str>,
    pub methods: String,
    pub signed_in: Moment,
    pub last_active: LastActive,
    pub is_new: bool,
    /// The session cannot be used from another device.
    pub is_bound: bool,
    pub naming: Option<Naming<'a>>,
    /// Tells this session from the others, for screen readers.
    pub label: String,
}

/// When a session was last used.
pub(super) enum LastActive {
    /// The session of this request.
    Now,
    At(Moment),
    NotNoted,
}

/// The form that names a session.
pub(super) struct Naming<'a> {
    pub value: &'a str,
    pub is_refused: bool,
}

impl<'a> Row<'a> {
    /// The caller's own session.
    pub(super) fn here(session: &'a Session, viewing: &Viewing<'a>) -> Self {
        let last_active = LastActive::Now;
        // Another session may be of a device with the same name.
        let label = viewing.language.page.this_device.clone();
        Self { last_active, is_new: false, label, ..Self::new(session, viewing) }
    }

    pub(super) fn new(session: &'a Session, viewing: &Viewing<'a>) -> Self {
        let &Viewing { language, now, last_visit, has_names, refused_name } = viewing;
        let device = session.devices.first();
        let (text, kind) = described(device, language);
        let name = session.name.as_deref();
        let moment = |at| Moment::new(at, now, language);
        let refused = refused_name.filter(|(id, _)| *id == session.id).map(|(_, name)| name);
        Self {
            id: session.id.to_string(),
            label: name.unwrap_or(&text).to_owned(),
            name,
            device: text,
            kind,
            kind_name: language.kind(kind),
            place: device.and_then(|device| place(device, language)),
            address: device.and_then(address),
            methods: language.methods(&session.authentication_methods).join(", "),
            signed_in: moment(session.authenticated_at),
            last_active: session
                .last_active_at
                .map_or(LastActive::NotNoted, |at| LastActive::At(moment(at))),
            is_new: session.issued_at > last_visit,
            is_bound: session.bound_at.is_some(),
            naming: has_names.then(|| Naming {
                value: refused.or(name).unwrap_or_default(),
                is_refused: refused.is_some(),
            }),
        }
    }

    /// The name that the person gave to the session, or the device.
    pub(super) fn title(&self) -> &str {
        self.name.unwrap_or(&self.device)
    }

    pub(super) fn sign_out_label(&self, texts: &PageTexts) -> String {
        texts.sign_out_of.replace("{device}", &self.label)
    }

    pub(super) fn naming_action<'t>(&self, texts: &'t PageTexts) -> &'t str {
        if self.name.is_some() { &texts.name_change } else { &texts.name_add }
    }

    pub(super) fn naming_label(&self, texts: &PageTexts) -> String {
        let action = texts.name_of.replace("{action}", self.naming_action(texts));
        action.replace("{device}", &self.label)
    }
}

/// The device in words, and its kind.
pub(super) fn described<'a>(
    device: Option<&'a Device>,
    language: &'a Language,
) -> (Cow<'a, str>, Kind) {
    let user_agent = device.and_then(|device| device.user_agent.as_deref());
    let read = UserAgent::read(user_agent.unwrap_or_default());
    (language.device(&read).into_owned().into(), read.kind)
}

/// The place of a device, with its country in words: the recorded one, or that of its address,
/// which is approximate. `None` if neither is known.
pub(super) fn place<'a>(device: &'a Device, language: &'a Language) -> Option<Cow<'a, str>> {
    if let Some(recorded) = device.location.as_deref().filter(|place| !place.is_empty()) {
        return Some(language.place(recorded));
    }
    let place = language.place(device.place.as_deref()?);
    Some(language.page.approximate_place.replace("{place}", &place).into())
}

pub(super) fn address(device: &Device) -> Option<&str> {
    device.ip_address.as_deref().filter(|address| !address.is_empty())
}
