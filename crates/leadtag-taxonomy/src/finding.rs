//! What `check` finds.

use std::sync::Arc;

use serde::Serialize;

/// Something that is wrong in a file, or worth knowing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What kind of thing it is.
    pub code: Code,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// The provider that it concerns, if it is one.
    pub provider: Option<String>,
    /// The logical key that it concerns, if it is one.
    pub key: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// The other place, where there are two.
    pub also: Option<Place>,
}

impl Finding {
    /// A finding at `place`.
    pub fn new(code: Code, place: Place, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, place, provider: None, key: None, message, hint: None, also: None }
    }

    /// Says which provider it concerns.
    #[must_use]
    pub fn on(mut self, provider: impl Into<String>) -> Self {
        self.provider = Some(provider.into());
        self
    }

    /// Says which logical key it concerns.
    #[must_use]
    pub fn of(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Names the other place.
    #[must_use]
    pub fn and_at(mut self, place: Place) -> Self {
        self.also = Some(place);
        self
    }

    /// Whether it stops what was asked for.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }
}

/// A place in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Place {
    /// The file, as it was named. All places of a file share it.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl Place {
    /// A place.
    pub fn new(file: impl Into<Arc<str>>, line: u32, column: u32) -> Self {
        Self { file: file.into(), line, column }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Severity {
    /// Nothing can be planned or applied before it is corrected.
    Error,
    /// Worth knowing.
    Notice,
}

/// What kind of thing was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Code {
    /// The file is no TOML.
    Syntax,
    /// A key that means nothing here.
    UnknownKey,
    /// A value of another type than asked for.
    WrongType,
    /// A key that has to be there is not.
    Missing,
    /// A version of the file that this program does not read.
    Version,
    /// A logical key with characters that may not be in one.
    BadKey,
    /// A logical key that stands twice.
    DuplicateKey,
    /// A name that no platform could keep.
    BadName,
    /// Two tags or groups of one name, where names must differ.
    DuplicateName,
    /// A former name that is also the name or a former name of something else.
    DuplicateAlias,
    /// A provider that stands twice in one list.
    DuplicateProvider,
    /// A provider that the configuration does not have.
    UnknownProvider,
    /// A provider whose tags cannot be written.
    ReadOnlyProvider,
    /// A provider whose platform has no tags.
    ProviderWithoutTags,
    /// A tag names a provider that its group is not for.
    NotInGroupProviders,
    /// More tags than the platform holds.
    TooManyTags,
    /// A group without tags where groups cannot be empty.
    EmptyGroup,
    /// A name longer than the platform allows.
    NameTooLong,
    /// Two tags that have one name once their groups are left out.
    FlattenCollision,
    /// A template that cannot be used.
    FlattenTemplate,
    /// A sort value out of range.
    OrderRange,
    /// A tag that the file both wants and removes.
    AbsentAndWanted,
    /// Something is for no provider at all.
    NoProviders,
    /// Something is different on a provider that it is not for.
    OverrideIgnored,
    /// A sort value on a platform that has none: it is left out there.
    OrderIgnored,
    /// A group's name that a flat platform does not show.
    GroupNameIgnored,
    /// The lock knows a provider as one of another platform.
    LockOfAnotherPlatform,
    /// The lock knows a provider that the configuration does not have.
    LockHasUnknownProvider,
}

impl Code {
    /// How much it matters.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            Self::OverrideIgnored
            | Self::OrderIgnored
            | Self::GroupNameIgnored
            | Self::LockHasUnknownProvider => Severity::Notice,
            _ => Severity::Error,
        }
    }
}

impl std::fmt::Display for Code {
    /// The word that stands in JSON too.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.serialize(f)
    }
}
