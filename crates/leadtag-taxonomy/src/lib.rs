#![doc = include_str!("../README.md")]

mod assign;
mod check;
mod desired;
mod error;
mod facts;
mod file;
mod finding;
mod hash;
mod import;
mod live;
mod lock;
mod plan;

pub use assign::{
    AssignOptions, AssignPhase, AssignReport, AssignWatch, Assignment, Example, Prepared,
    ProviderReport, RowCounts, RowStatus, RowsForm, Totals,
};
pub use check::{check, check_text};
pub use desired::{Absent, Desired, WantGroup, WantTag};
pub use error::{Error, Result};
pub use facts::{ProviderFacts, Target};
pub use file::{AbsentTag, File, Group, ItemOverride, Tag};
pub use finding::{Code, Finding, Place, Severity};
pub use import::{Imported, import};
pub use live::{Live, LiveGroup, LiveTag};
pub use lock::{Lock, LockChange, LockGroup, LockTag, ProviderLock, Refused};
pub use plan::{
    Blocked, ContactCount, GroupRef, Item, Note, Plan, PlanKind, ProviderPlan, Reason, Step,
    StepKind, Summary, TagRef, TagToMake,
};
