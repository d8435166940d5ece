//! The rules in one place, with the capabilities that select them.

use super::rules;
use super::tag_assign_rules::replaces_blindly;
use super::{LeadRule, TagRule};

/// Makes a row: the name of the rule is the name of its function.
macro_rules! table {
    ($kind:ident: $($rule:ident when $needs:expr;)+) => {
        &[$($kind {
            name: stringify!($rule),
            needs: $needs,
            run: |cx| Box::pin(rules::$rule(cx)),
        }),+]
    };
}

/// Every rule about tags.
pub const TAG_RULES: &[TagRule] = table! { TagRule:
    a_list_gives_each_id_once when |c| c.list;
    tags_stand_in_the_groups_they_name when |c| c.list;
    pages_joined_are_the_list when |c| c.list;
    a_stored_cursor_resumes_at_its_place when |c| c.list;
    a_foreign_cursor_is_refused when |c| c.list;
    a_filter_is_honoured_or_unsupported when |c| c.list && c.create;
    a_listed_tag_tells_its_contact_count when |c| c.list && c.contact_count;
    created_tags_come_back_with_the_ids_they_are_listed_under when |c| c.create;
    tags_join_an_existing_group when |c| c.create && c.groups;
    a_group_of_a_taken_name_is_joined when |c| c.create && c.groups;
    the_order_of_a_new_tag_is_kept when |c| c.create && c.order && c.list;
    a_name_given_twice_is_created_once when |c| c.create;
    a_taken_name_never_makes_a_second_tag when |c| c.create;
    an_empty_group_can_be_made when |c| c.create && c.groups && c.empty_groups;
    a_name_of_full_length_is_kept when |c| c.create;
    a_request_that_cannot_be_is_refused when |c| c.create;
    a_rename_keeps_id_and_order when |c| c.rename && c.create && c.list;
    a_group_rename_keeps_id_order_and_tags when |c| c.rename && c.groups && c.create && c.list;
    a_new_order_shows when |c| c.order && c.create && c.list;
    name_and_order_change_together when |c| c.rename && c.order && c.create && c.list;
    a_rename_to_a_taken_name_is_refused when |c| c.rename && c.create && c.list;
    a_change_that_cannot_be_is_refused when |c| c.rename || c.order;
    a_deleted_tag_is_not_listed when |c| c.delete_tags && c.create && c.list;
    a_deleted_tag_is_listed_on_request when |c| c.delete_tags && c.deleted_visible && c.create && c.list;
    a_group_without_tags_is_as_the_capabilities_say when |c| c.delete_tags && c.groups && c.create && c.list;
    a_deleted_group_takes_its_tags_along when |c| c.delete_groups && c.create && c.list;
    a_deletion_of_nothing_is_refused when |c| c.delete_tags || c.delete_groups;
    an_assignment_leaves_other_tags_alone when |c| c.can_assign() && c.contact_tags;
    an_assignment_twice_is_the_same_as_once when |c| c.can_assign() && c.contact_tags;
    a_caller_who_knows_the_tags_can_assign when |c| c.can_assign() || c.can_replace();
    an_assignment_that_cannot_be_is_refused when |c| c.can_assign();
    a_contact_without_owner_is_refused when |c| c.needs_owner;
    a_replacement_sets_exactly when |c| c.can_replace();
    more_tags_than_a_contact_carries_are_refused when |c| c.can_assign() || c.can_replace();
    an_assignment_never_destroys_what_it_cannot_read when |c| replaces_blindly(c.write_semantics, c.contact_tags);
    a_contacts_tags_have_their_listed_names when |c| c.contact_tags && c.list;
    an_unknown_contact_is_an_error when |c| c.contact_tags;
    a_tags_contacts_include_who_carries_it when |c| c.tag_contacts && (c.can_assign() || c.can_replace());
    a_foreign_cursor_of_contacts_is_refused when |c| c.tag_contacts;
    a_denied_list_is_unsupported when |c| !c.list;
    a_denied_list_of_deleted_tags_is_unsupported when |c| c.list && !c.deleted_visible;
    a_denied_creation_is_unsupported when |c| !c.create;
    a_group_on_a_flat_platform_is_unsupported when |c| !c.groups;
    a_denied_order_is_unsupported when |c| !c.order;
    a_denied_rename_is_unsupported when |c| !c.rename;
    a_denied_tag_deletion_is_unsupported when |c| !c.delete_tags;
    a_denied_group_deletion_is_unsupported when |c| !c.delete_groups;
    denied_tags_of_a_contact_are_unsupported when |c| !c.contact_tags;
    denied_contacts_of_a_tag_are_unsupported when |c| !c.tag_contacts;
    a_denied_assignment_is_unsupported when |c| !c.can_assign();
    a_denied_replacement_is_unsupported when |c| !c.can_replace();
};

/// Every rule about leads.
pub const LEAD_RULES: &[LeadRule] = table! { LeadRule:
    a_list_gives_each_lead_once when |c| c.list;
    pages_of_leads_joined_are_the_list when |c| c.list;
    a_stored_cursor_of_leads_resumes_at_its_place when |c| c.list;
    a_foreign_cursor_of_leads_is_refused when |c| c.list;
    the_total_is_the_number_of_leads when |c| c.list && c.total;
    a_time_filter_parts_the_list when |c| c.list && c.filter_by_time;
    a_list_that_is_oldest_first_is_in_order when |c| c.list && c.oldest_first;
    a_group_filter_narrows_the_list when |c| c.list && c.filter_by_group;
    a_level_filter_narrows_the_list when |c| c.list && c.filter_by_level;
    a_lead_read_by_id_is_the_one_listed when |c| c.list && c.get;
    an_unknown_lead_is_an_error when |c| c.get;
    interactions_are_listed_to_their_end when |c| c.list && c.interactions;
    a_lead_prints_no_personal_data when |c| c.list;
    a_denied_list_of_leads_is_unsupported when |c| !c.list;
    a_denied_filter_is_unsupported when |c| c.list;
    a_denied_read_of_a_lead_is_unsupported when |c| !c.get;
    denied_interactions_are_unsupported when |c| !c.interactions;
};
