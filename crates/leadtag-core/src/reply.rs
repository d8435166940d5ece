//! What a typed call gives back.

use std::fmt;
use std::ops::Deref;

use crate::Extra;

/// An answer: the value, and what came beside it. Dereferences to the value.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply<T> {
    /// The value: what the document names beside code and message.
    pub value: T,
    /// The platform took the request, but warns of something.
    pub warning: Option<String>,
    /// What the platform's support asks for to find this call, where an answer has it.
    pub request_id: Option<String>,
    /// Members of the answer that the document does not name.
    pub extra: Extra,
}

impl<T> Reply<T> {
    /// A value with nothing beside it.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self { value, warning: None, request_id: None, extra: Extra::default() }
    }

    /// Sets the warning.
    #[must_use]
    pub fn with_warning(mut self, warning: Option<String>) -> Self {
        self.warning = warning;
        self
    }

    /// Sets what support asks for.
    #[must_use]
    pub fn with_request_id(mut self, id: Option<String>) -> Self {
        self.request_id = id;
        self
    }

    /// Sets the members that the document does not name.
    #[must_use]
    pub fn with_extra(mut self, extra: Extra) -> Self {
        self.extra = extra;
        self
    }

    /// The value alone.
    #[must_use]
    pub fn into_value(self) -> T {
        self.value
    }

    /// The same with another value made of this one.
    #[must_use]
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Reply<U> {
        let Self { value, warning, request_id, extra } = self;
        Reply { value: make(value), warning, request_id, extra }
    }
}

impl<T> Deref for Reply<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("value", &self.value)
            .field("warning", &self.warning)
            .field("extra", &self.extra)
            .finish_non_exhaustive()
    }
}
