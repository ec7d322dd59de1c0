//! The texts of the sessions page, by their keys in a language file.

use serde::Deserialize;

use crate::i18n::counted::Counted;

/// Declares a struct of texts.
macro_rules! texts {
    ($(#[$about:meta])* $name:ident: $type:ty { $($text:ident)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $(pub $text: $type,)*
        }
    };
}

texts! {
    /// The texts of the page, some with placeholders such as `{name}`.
    PageTexts: String {
        title intro signed_in_as home home_unnamed
        this_device elsewhere more_sessions nowhere_else nowhere_else_hint
        sign_out sign_out_of sign_out_everywhere everywhere_hint
        everywhere_title everywhere_explained everywhere_advice everywhere_keep
        device signed_in signed_in_with last_active active_now from approximate_place
        protection bound show_sessions
        was_this_you not_you
        name_add name_change name_of name_label name_hint name_wrong name_save
        search search_hint search_button search_none search_all search_limit search_cut
        newer older pages
        done_one done_one_unnamed done_others done_named done_unnamed
        not_signed_in sign_in not_signed_in_hint not_signed_in_alone
        second_factor second_factor_hint second_factor_alone confirm
        bound_elsewhere bound_elsewhere_hint
        not_allowed not_allowed_hint failed failed_hint back try_again
    }
}

texts! {
    /// The texts that depend on a number.
    Counts: Counted {
        now minutes hours days months years
        sessions other_sessions matches
    }
}

texts! {
    /// The parts of a device's description.
    DeviceTexts: String { unknown on }
}

/// The direction in which people write the language.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    #[default]
    Ltr,
    Rtl,
}

impl Direction {
    /// The value of HTML's attribute `dir`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ltr => "ltr",
            Self::Rtl => "rtl",
        }
    }
}
