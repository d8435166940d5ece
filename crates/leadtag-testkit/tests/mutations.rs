//! The suite catches providers that break the contract: each fault fails its rule.
#![allow(clippy::panic, clippy::enum_glob_use)]

use async_trait::async_trait;
use leadtag_core::{
    ContactRef, CreateTags, CreatedTags, Cursor, Error, ErrorKind, GroupId, Interaction, Lead,
    LeadCapabilities, LeadId, LeadQuery, LeadsProvider, Page, Platform, Result, Tag,
    TagCapabilities, TagChange, TagGroup, TagId, TagNode, TagProvider, TagQuery,
};
use leadtag_testkit::conformance::{LeadFixture, TagFixture, run_leads, run_tags};
use leadtag_testkit::{
    MemoryLeadsProvider, MemoryTagProvider, lead_capabilities, sample_leads, tag_capabilities,
};

const HERE: Platform = Platform::new("here");

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    AcceptsEmptyDeletion,
    AcceptsForeignCursors,
    AcceptsUnknownContacts,
    AssignReplaces,
    ClaimsEmptyGroups,
    CreatesTakenNames,
    ForgetsRemovals,
    ForgetsTheDeletedMark,
    ForgetsZeroOrders,
    GivesWrongIds,
    IgnoresCursors,
    IgnoresFilters,
    InventsGroups,
    ListsDeleted,
    ListsTwice,
    Panics,
    RefusesTooLate,
    RefusesWrongly,
    RenameResetsOrder,
    ReplaceKeepsOld,
    ReversesCreated,
}

use Fault::*;

/// A memory provider with one fault.
struct Faulty {
    inner: MemoryTagProvider,
    fault: Fault,
}

impl Faulty {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }
}

#[async_trait]
impl TagProvider for Faulty {
    fn platform(&self) -> Platform {
        self.inner.platform()
    }

    fn tag_capabilities(&self) -> TagCapabilities {
        let mut capabilities = self.inner.tag_capabilities();
        capabilities.empty_groups |= self.is(ClaimsEmptyGroups);
        capabilities
    }

    async fn fetch_tag_page(
        &self,
        query: &TagQuery,
        cursor: Option<&Cursor>,
    ) -> Result<Page<TagNode>> {
        let mut query = query.clone();
        query.include_deleted |= self.is(ListsDeleted);
        if self.is(IgnoresFilters) {
            query.filter = leadtag_core::TagFilter::All;
        }
        let cursor = cursor.filter(|_| !self.is(IgnoresCursors));
        let mut page = match self.inner.fetch_tag_page(&query, cursor).await {
            Err(error) if self.is(AcceptsForeignCursors) && cursor.is_some() => {
                drop(error);
                self.inner.fetch_tag_page(&query, None).await?
            }
            page => page?,
        };
        if self.is(ListsTwice) {
            page.items.extend(page.items.clone());
        }
        if self.is(InventsGroups) {
            let mut group = TagGroup::new("0", "all");
            for node in page.items.drain(..) {
                if let TagNode::Tag(tag) = node {
                    group.tags.push(tag.with_group("0"));
                }
            }
            page.items.push(TagNode::Group(group));
        }
        if self.is(ForgetsTheDeletedMark) {
            for node in &mut page.items {
                if let TagNode::Group(group) = node {
                    group.tags.iter_mut().for_each(|tag| tag.deleted = None);
                }
            }
        }
        Ok(page)
    }

    async fn create_tags(&self, request: &CreateTags) -> Result<CreatedTags> {
        let mut request = request.clone();
        for tag in request.tags.iter_mut().filter(|_| self.is(ForgetsZeroOrders)) {
            tag.order = tag.order.map(|order| order.max(1));
        }
        if self.is(CreatesTakenNames) {
            let created = self.inner.create_tags(&request).await;
            if created.as_ref().is_err_and(|error| error.kind() == ErrorKind::AlreadyExists) {
                let tags = request.tags.iter().map(|tag| Tag::new("second", tag.name.clone()));
                return Ok(CreatedTags::new(None, tags.collect()));
            }
            return created;
        }
        let mut created = self.inner.create_tags(&request).await?;
        match self.fault {
            GivesWrongIds => {
                for tag in &mut created.tags {
                    tag.id = TagId::new(format!("wrong-{}", tag.id));
                }
            }
            ReversesCreated => created.tags.reverse(),
            _ => {}
        }
        Ok(created)
    }

    async fn update_tag(&self, id: &TagId, change: &TagChange) -> Result<()> {
        let mut change = change.clone();
        if self.is(RenameResetsOrder) && change.name.is_some() {
            change = change.with_order(0);
        }
        self.inner.update_tag(id, &change).await
    }

    async fn update_group(&self, id: &GroupId, change: &TagChange) -> Result<()> {
        self.inner.update_group(id, change).await
    }

    async fn delete_tags(&self, ids: &[TagId]) -> Result<()> {
        if self.is(AcceptsEmptyDeletion) && ids.is_empty() {
            return Ok(());
        }
        self.inner.delete_tags(ids).await
    }

    async fn delete_groups(&self, ids: &[GroupId]) -> Result<()> {
        self.inner.delete_groups(ids).await
    }

    async fn assign(&self, contact: &ContactRef, add: &[TagId], remove: &[TagId]) -> Result<()> {
        match self.fault {
            AssignReplaces if !add.is_empty() => self.inner.replace(contact, add).await,
            ForgetsRemovals if !add.is_empty() => self.inner.assign(contact, add, &[]).await,
            RefusesTooLate => {
                self.inner.fetch_tag_page(&TagQuery::all(), None).await?;
                self.inner.assign(contact, add, remove).await
            }
            _ => self.inner.assign(contact, add, remove).await,
        }
    }

    async fn replace(&self, contact: &ContactRef, set: &[TagId]) -> Result<()> {
        if self.is(ReplaceKeepsOld) && !set.is_empty() {
            return self.inner.assign(contact, set, &[]).await;
        }
        self.inner.replace(contact, set).await
    }

    async fn contact_tags(&self, contact: &ContactRef) -> Result<Vec<Tag>> {
        match self.fault {
            Panics => panic!("a broken provider"),
            AcceptsUnknownContacts => {
                Ok(self.inner.contact_tags(contact).await.unwrap_or_default())
            }
            _ => self.inner.contact_tags(contact).await,
        }
    }

    async fn fetch_tag_contact_page(
        &self,
        tag: &TagId,
        cursor: Option<&Cursor>,
    ) -> Result<Page<ContactRef>> {
        if self.is(RefusesWrongly) {
            return Err(Error::new(ErrorKind::Platform, "no such path"));
        }
        self.inner.fetch_tag_contact_page(tag, cursor).await
    }
}

async fn failed_rules(fault: Fault, capabilities: TagCapabilities) -> Vec<&'static str> {
    let contact = ContactRef::owned_by("zhang", "c1");
    let inner = MemoryTagProvider::new(HERE, capabilities).with_contacts([contact.clone()]);
    let counted = inner.clone();
    let fixture = TagFixture::new("zz-")
        .with_contact(contact)
        .with_sent_counter(move || counted.call_count());
    let report = run_tags(&Faulty { inner, fault }, &fixture).await;
    report.failed().map(|(rule, _)| rule).collect()
}

#[tokio::test]
async fn a_fault_of_a_grouped_provider_fails_its_rule() {
    for (fault, rule) in [
        (AcceptsEmptyDeletion, "a_deletion_of_nothing_is_refused"),
        (AcceptsForeignCursors, "a_foreign_cursor_is_refused"),
        (AcceptsUnknownContacts, "an_unknown_contact_is_an_error"),
        (AssignReplaces, "an_assignment_leaves_other_tags_alone"),
        (ClaimsEmptyGroups, "a_group_without_tags_is_as_the_capabilities_say"),
        (CreatesTakenNames, "a_taken_name_never_makes_a_second_tag"),
        (ForgetsRemovals, "an_assignment_twice_is_the_same_as_once"),
        (ForgetsTheDeletedMark, "a_deleted_tag_is_listed_on_request"),
        (ForgetsZeroOrders, "the_order_of_a_new_tag_is_kept"),
        (GivesWrongIds, "created_tags_come_back_with_the_ids_they_are_listed_under"),
        (IgnoresCursors, "a_stored_cursor_resumes_at_its_place"),
        (IgnoresFilters, "a_filter_is_honoured_or_unsupported"),
        (ListsDeleted, "a_deleted_tag_is_not_listed"),
        (ListsTwice, "a_list_gives_each_id_once"),
        (Panics, "a_contacts_tags_have_their_listed_names"),
        (RefusesTooLate, "an_assignment_that_cannot_be_is_refused"),
        (RefusesWrongly, "denied_contacts_of_a_tag_are_unsupported"),
        (RenameResetsOrder, "a_rename_keeps_id_and_order"),
        (ReplaceKeepsOld, "a_replacement_sets_exactly"),
        (ReversesCreated, "created_tags_come_back_with_the_ids_they_are_listed_under"),
    ] {
        let failed = failed_rules(fault, tag_capabilities::grouped()).await;
        assert!(failed.contains(&rule), "{fault:?} fails {failed:?}, not {rule}");
    }
}

#[tokio::test]
async fn an_invented_group_is_caught() {
    let failed = failed_rules(InventsGroups, tag_capabilities::flat()).await;
    assert!(failed.contains(&"tags_stand_in_the_groups_they_name"), "{failed:?}");
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum LeadFault {
    AcceptsForeignCursors,
    GivesAnotherLead,
    GivesUnknownLeads,
    IgnoresCursors,
    IgnoresTime,
    ListsBackwards,
    ListsTwice,
    TellsAWrongTotal,
}

struct FaultyLeads {
    inner: MemoryLeadsProvider,
    fault: LeadFault,
}

#[async_trait]
impl LeadsProvider for FaultyLeads {
    fn platform(&self) -> Platform {
        self.inner.platform()
    }

    fn lead_capabilities(&self) -> LeadCapabilities {
        self.inner.lead_capabilities()
    }

    async fn fetch_lead_page(
        &self,
        query: &LeadQuery,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Lead>> {
        let mut query = query.clone();
        if self.fault == LeadFault::IgnoresTime {
            (query.since, query.until) = (None, None);
        }
        let cursor = cursor.filter(|_| self.fault != LeadFault::IgnoresCursors);
        let page = self.inner.fetch_lead_page(&query, cursor).await;
        let mut page = match page {
            Err(_) if self.fault == LeadFault::AcceptsForeignCursors => {
                self.inner.fetch_lead_page(&query, None).await?
            }
            page => page?,
        };
        match self.fault {
            LeadFault::ListsBackwards => page.items.reverse(),
            LeadFault::ListsTwice => page.items.extend(page.items.clone()),
            LeadFault::TellsAWrongTotal => page.total = Some(1),
            _ => {}
        }
        Ok(page)
    }

    async fn get_lead(&self, id: &LeadId) -> Result<Lead> {
        match self.fault {
            LeadFault::GivesAnotherLead if id.as_str() == "1" => {
                self.inner.get_lead(&"2".into()).await
            }
            LeadFault::GivesUnknownLeads => self.inner.get_lead(&"1".into()).await,
            _ => self.inner.get_lead(id).await,
        }
    }

    async fn fetch_interaction_page(
        &self,
        id: &LeadId,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Interaction>> {
        self.inner.fetch_interaction_page(id, cursor).await
    }
}

#[tokio::test]
async fn a_fault_of_a_leads_provider_fails_its_rule() {
    use LeadFault as F;
    for (fault, rule) in [
        (F::AcceptsForeignCursors, "a_foreign_cursor_of_leads_is_refused"),
        (F::GivesAnotherLead, "a_lead_read_by_id_is_the_one_listed"),
        (F::GivesUnknownLeads, "an_unknown_lead_is_an_error"),
        (F::IgnoresCursors, "a_stored_cursor_of_leads_resumes_at_its_place"),
        (F::IgnoresTime, "a_time_filter_parts_the_list"),
        (F::ListsBackwards, "a_list_that_is_oldest_first_is_in_order"),
        (F::ListsTwice, "a_list_gives_each_lead_once"),
        (F::TellsAWrongTotal, "the_total_is_the_number_of_leads"),
    ] {
        let leads = sample_leads(HERE, 7);
        let inner = MemoryLeadsProvider::new(HERE, lead_capabilities::full(), leads);
        let report = run_leads(&FaultyLeads { inner, fault }, &LeadFixture::new("none")).await;
        let failed: Vec<_> = report.failed().map(|(rule, _)| rule).collect();
        assert!(failed.contains(&rule), "{fault:?} fails {failed:?}, not {rule}");
    }
}
