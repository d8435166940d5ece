//! Providers whose answers are changed on their way.

use std::sync::Arc;

use leadtag_core::{
    Cursor, Error as PlatformError, ErrorKind, Interaction, Lead, LeadCapabilities, LeadId,
    LeadQuery, LeadsProvider, Page, Platform, async_trait,
};
use leadtag_extract::{PullOptions, Source, StreamReport};
use leadtag_testkit::MemoryLeadsProvider;

use super::streams::*;

type Answer = Box<dyn Fn(Option<&Cursor>, Page<Lead>) -> Page<Lead> + Send + Sync>;
type Refusal = Box<dyn Fn(&LeadId) -> Option<PlatformError> + Send + Sync>;
type Question = Box<dyn Fn(&mut LeadQuery) + Send + Sync>;
type Rule = Box<dyn Fn(&LeadQuery) -> bool + Send + Sync>;
type Interactions = Box<dyn Fn(Option<&Cursor>) -> Page<Interaction> + Send + Sync>;

/// A provider whose answers are changed on their way.
pub struct Odd {
    real: MemoryLeadsProvider,
    answer: Answer,
    refusal: Refusal,
    question: Question,
    rule: Rule,
    interactions: Option<Interactions>,
}

impl Odd {
    pub fn new(real: &MemoryLeadsProvider) -> Self {
        let answer: Answer = Box::new(|_, page| page);
        let (refusal, question): (Refusal, Question) = (Box::new(|_| None), Box::new(|_| ()));
        let rule: Rule = Box::new(|_| true);
        Self { real: real.clone(), answer, refusal, question, rule, interactions: None }
    }

    /// Takes such queries only.
    pub fn allowing(mut self, rule: impl Fn(&LeadQuery) -> bool + Send + Sync + 'static) -> Self {
        self.rule = Box::new(rule);
        self
    }

    /// Takes what is asked for to be something else.
    pub fn taking(mut self, question: impl Fn(&mut LeadQuery) + Send + Sync + 'static) -> Self {
        self.question = Box::new(question);
        self
    }

    /// Gives these interactions, whatever is asked for.
    pub fn telling(
        mut self,
        page: impl Fn(Option<&Cursor>) -> Page<Interaction> + Send + Sync + 'static,
    ) -> Self {
        self.interactions = Some(Box::new(page));
        self
    }

    pub fn answering(
        mut self,
        answer: impl Fn(Option<&Cursor>, Page<Lead>) -> Page<Lead> + Send + Sync + 'static,
    ) -> Self {
        self.answer = Box::new(answer);
        self
    }

    /// Refuses the interactions of leads.
    pub fn refusing(
        mut self,
        refusal: impl Fn(&LeadId) -> Option<PlatformError> + Send + Sync + 'static,
    ) -> Self {
        self.refusal = Box::new(refusal);
        self
    }
}

#[async_trait]
impl LeadsProvider for Odd {
    fn platform(&self) -> Platform {
        self.real.platform()
    }

    fn lead_capabilities(&self) -> LeadCapabilities {
        self.real.lead_capabilities()
    }

    async fn fetch_lead_page(
        &self,
        query: &LeadQuery,
        cursor: Option<&Cursor>,
    ) -> leadtag_core::Result<Page<Lead>> {
        if !(self.rule)(query) {
            return Err(PlatformError::invalid_argument(format!("not allowed: {query:?}")));
        }
        let mut query = query.clone();
        (self.question)(&mut query);
        if query.until.is_some() && query.since >= query.until {
            return Ok(Page::last(Vec::new()));
        }
        let page = match self.real.fetch_lead_page(&query, cursor).await {
            // The cursor was made up by the answer before.
            Err(error) if error.kind() == ErrorKind::InvalidArgument => Page::last(Vec::new()),
            page => page?,
        };
        Ok((self.answer)(cursor, page))
    }

    async fn get_lead(&self, id: &LeadId) -> leadtag_core::Result<Lead> {
        self.real.get_lead(id).await
    }

    async fn fetch_interaction_page(
        &self,
        id: &LeadId,
        cursor: Option<&Cursor>,
    ) -> leadtag_core::Result<Page<Interaction>> {
        if let Some(page) = &self.interactions {
            return Ok(page(cursor));
        }
        match (self.refusal)(id) {
            Some(error) => Err(error),
            None => self.real.fetch_interaction_page(id, cursor).await,
        }
    }
}

pub async fn pull(rig: &Rig, odd: Odd, change: impl FnOnce(&mut PullOptions)) -> StreamReport {
    let source = Source::new("crm", Arc::new(odd) as Arc<dyn LeadsProvider>);
    rig.pull_all(vec![source], change).await.unwrap().streams.remove(0)
}
