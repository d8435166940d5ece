#![doc = include_str!("../README.md")]

mod apply;
mod check;
mod desired;
mod error;
mod facts;
mod file;
mod finding;
mod hash;
mod journal;
mod import;
mod live;
mod lock;
mod plan;
mod store;
mod undo;

pub use apply::{
    ApplyOptions, Failed, ProviderReport, Recovered, RefusedStep, Report, Watch, apply, recover,
};
pub use check::{check, check_text};
pub use desired::{Absent, Desired, WantGroup, WantTag};
pub use error::{Error, Result};
pub use facts::{ProviderFacts, Target};
pub use file::{AbsentTag, File, Group, ItemOverride, Tag};
pub use finding::{Code, Finding, Place, Severity};
pub use journal::Outcome;
pub use import::{Imported, import};
pub use live::{Live, LiveGroup, LiveTag};
pub use lock::{Lock, LockChange, LockGroup, LockTag, ProviderLock, Refused};
pub use plan::{
    Blocked, ContactCount, GroupRef, Item, Note, Plan, PlanKind, ProviderPlan, Reason, Step,
    StepKind, Summary, TagRef, TagToMake,
};
pub use store::{Disk, Mode, Pending, ProcessLock, Workspace};
