//! The sandboxed Miaokol as a caller sees it.

mod auth;
mod contacts;
mod envelope;
mod faults;
mod pages;
mod rig;
mod seed_document;
mod tag_changes;
mod update_contact;
