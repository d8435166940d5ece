//! What is known of a provider without asking it.

use leadtag_core::{TagCapabilities, TagProvider};

/// What is known of a provider without network and without its secrets.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProviderFacts {
    /// Its name in the configuration.
    pub name: String,
    /// Its platform.
    pub platform: String,
    /// What its tags can do; `None` if the platform has no tags.
    pub capabilities: Option<TagCapabilities>,
}

impl ProviderFacts {
    /// The facts of the provider `name`.
    pub fn new(
        name: impl Into<String>,
        platform: impl Into<String>,
        capabilities: Option<TagCapabilities>,
    ) -> Self {
        Self { name: name.into(), platform: platform.into(), capabilities }
    }

    /// Whether tags can be listed and created there.
    #[must_use]
    pub fn writes_tags(&self) -> bool {
        self.capabilities.is_some_and(|can| can.list && can.create)
    }
}

/// A provider to work on.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// Its name in the configuration.
    pub name: &'a str,
    /// The provider.
    pub provider: &'a dyn TagProvider,
}

impl Target<'_> {
    /// What is known of it.
    #[must_use]
    pub fn facts(&self) -> ProviderFacts {
        let platform = self.provider.platform().as_str();
        ProviderFacts::new(self.name, platform, Some(self.provider.tag_capabilities()))
    }
}

impl std::fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("name", &self.name).finish_non_exhaustive()
    }
}
