//! Miaokol: rules of the documents, and what is inferred beside them.

mod change;
mod faults;
mod list;
mod mark;
mod requests;
mod seed_document;
mod support;
mod tokens;
mod wechat;
