//! What is shown of a lead: masked unless personal data is asked for.

use leadtag::pii::{Mobile, Personal, PersonalKind};
use leadtag::{Lead, PlatformTime, Timestamp};
use leadtag_extract::masking::{Masked, Masker, Names, members};
use serde::ser::{Error, SerializeStruct};
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// A lead as it is shown. Serialises to the documented JSON: every key is there.
pub(crate) struct LeadView<'a> {
    lead: &'a Lead,
    provider: &'a str,
    /// `None` shows everything.
    masker: Option<Masker<'a>>,
}

impl<'a> LeadView<'a> {
    /// The lead with everything personal masked.
    pub(crate) fn masked(lead: &'a Lead, provider: &'a str, names: &'a Names) -> Self {
        Self { lead, provider, masker: Some(Masker::new(lead, names)) }
    }

    /// The lead as it is.
    pub(crate) fn revealed(lead: &'a Lead, provider: &'a str) -> Self {
        Self { lead, provider, masker: None }
    }

    /// Whether something of what was shown so far was masked.
    pub(crate) fn has_masked(&self) -> bool {
        self.masker.as_ref().is_some_and(|masker| masker.has_masked())
    }

    fn personal<K: PersonalKind>(&self, value: &Personal<K>) -> String {
        match &self.masker {
            Some(masker) => masker.personal(value),
            None => value.reveal().to_owned(),
        }
    }

    fn text(&self, text: &str) -> String {
        match &self.masker {
            Some(masker) => masker.text(text).into_owned(),
            None => text.to_owned(),
        }
    }

    pub(crate) fn id(&self) -> String {
        self.text(self.lead.id.as_str())
    }

    pub(crate) fn name(&self) -> Option<String> {
        self.lead.name.as_ref().map(|name| self.personal(name))
    }

    fn mobiles(&self) -> Vec<String> {
        self.lead.mobiles.iter().map(|mobile| self.personal(mobile)).collect()
    }

    fn emails(&self) -> Vec<String> {
        self.lead.emails.iter().map(|email| self.personal(email)).collect()
    }

    pub(crate) fn company(&self) -> Option<String> {
        self.lead.company.as_ref().map(|company| self.personal(company))
    }

    fn tags(&self) -> Vec<String> {
        self.lead.tags.iter().map(|tag| self.text(tag)).collect()
    }

    pub(crate) fn level(&self) -> Option<String> {
        self.lead.level.as_deref().map(|level| self.text(level))
    }

    fn source(&self) -> Option<String> {
        self.lead.source.as_deref().map(|source| self.text(source))
    }

    /// Mobiles for people: what can be none ends with a question mark.
    pub(crate) fn marked_mobiles(&self) -> Vec<String> {
        let marked = |mobile: &Mobile| {
            let mark = if mobile.is_valid() { "" } else { "?" };
            format!("{}{mark}", self.personal(mobile))
        };
        self.lead.mobiles.iter().map(marked).collect()
    }

    /// The first mobile for people, and how many more there are.
    pub(crate) fn first_mobile(&self) -> String {
        first(&self.marked_mobiles())
    }

    /// The first e-mail address for people, and how many more there are.
    pub(crate) fn first_email(&self) -> String {
        first(&self.emails())
    }

    pub(crate) fn created(&self) -> String {
        self.lead.created_at.as_ref().map(|time| self.time(time)).unwrap_or_default()
    }

    /// A time for people: one that cannot be read as the platform wrote it.
    fn time(&self, time: &PlatformTime) -> String {
        time.instant().map_or_else(|| self.text(time.text()), |instant| instant.to_string())
    }

    /// Everything but the row, line by line: names and values.
    pub(crate) fn lines(&self) -> Vec<[String; 2]> {
        let time = |time: &Option<PlatformTime>| time.as_ref().map(|time| self.time(time));
        let known = [
            ("id", Some(self.id())),
            ("name", self.name()),
            ("mobiles", Some(self.marked_mobiles().join(", "))),
            ("emails", Some(self.emails().join(", "))),
            ("company", self.company()),
            ("tags", Some(self.tags().join(", "))),
            ("level", self.level()),
            ("source", self.source()),
            ("created", time(&self.lead.created_at)),
            ("updated", time(&self.lead.updated_at)),
        ];
        let known = known.map(|(name, value)| [name.to_owned(), value.unwrap_or_default()]);
        known.into_iter().chain(self.attribute_lines()).collect()
    }

    fn attribute_lines(&self) -> Vec<[String; 2]> {
        let attributes = to_raw_value(&self.lead.attributes).ok();
        let attributes = attributes.as_deref().and_then(members).unwrap_or_default();
        let line = |(name, value): (String, &RawValue)| {
            let shown = match &self.masker {
                Some(masker) => serde_json::to_string(&Masked::of_member(masker, &name, value)),
                None => Ok(value.get().to_owned()),
            };
            let shown = shown.unwrap_or_default();
            // A text stands there without quotes, and what is not set is empty.
            let shown = serde_json::from_str::<Option<String>>(&shown)
                .map_or(shown, Option::unwrap_or_default);
            [self.text(&name), shown]
        };
        attributes.into_iter().map(line).collect()
    }
}

impl Serialize for LeadView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let instant = |time: &Option<PlatformTime>| -> Option<Timestamp> {
            time.as_ref().and_then(PlatformTime::instant)
        };
        let mut lead = serializer.serialize_struct("Lead", 14)?;
        lead.serialize_field("platform", self.lead.platform.as_str())?;
        lead.serialize_field("provider", self.provider)?;
        lead.serialize_field("id", &self.id())?;
        lead.serialize_field("name", &self.name())?;
        lead.serialize_field("mobiles", &self.mobiles())?;
        lead.serialize_field("emails", &self.emails())?;
        lead.serialize_field("company", &self.company())?;
        lead.serialize_field("tags", &self.tags())?;
        lead.serialize_field("level", &self.level())?;
        lead.serialize_field("source", &self.source())?;
        lead.serialize_field("created_at", &instant(&self.lead.created_at))?;
        lead.serialize_field("updated_at", &instant(&self.lead.updated_at))?;
        let attributes = to_raw_value(&self.lead.attributes).map_err(S::Error::custom)?;
        let raw: &RawValue =
            serde_json::from_str(self.lead.raw.as_str()).map_err(S::Error::custom)?;
        match &self.masker {
            Some(masker) => {
                lead.serialize_field("attributes", &Masked::new(masker, &attributes))?;
                lead.serialize_field("raw", &Masked::new(masker, raw))?;
            }
            None => {
                lead.serialize_field("attributes", &attributes)?;
                lead.serialize_field("raw", raw)?;
            }
        }
        lead.end()
    }
}

fn first(values: &[String]) -> String {
    match values {
        [] => String::new(),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} +{}", rest.len()),
    }
}
