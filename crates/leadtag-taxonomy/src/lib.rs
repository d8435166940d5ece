#![doc = include_str!("../README.md")]

mod apply;
mod assign;
mod check;
mod desired;
mod diff;
mod drift;
mod error;
mod facts;
mod file;
mod finding;
mod hash;
mod import;
mod journal;
mod limits;
mod live;
mod lock;
mod plan;
mod planning;
mod render;
mod store;
mod undo;

pub use apply::{
    ApplyOptions, Failed, ProviderReport, Recovered, RefusedStep, Report, Watch, apply, left,
    recover,
};
pub use assign::{
    AssignOptions, AssignPhase, AssignReport, AssignWatch, Assignment, Example, Prepared,
    ProviderSent, RowCounts, RowStatus, RowsForm, Totals,
};
pub use check::{check, check_bytes, check_text};
pub use desired::{Absent, Desired, WantGroup, WantTag};
pub use diff::{DiffOptions, diff};
pub use drift::{Drift, DriftKind, Drifted, drift, drift_of_all};
pub use error::{Error, Result};
pub use facts::{ProviderFacts, Target};
pub use file::{AbsentTag, File, Group, ItemOverride, Tag};
pub use finding::{Code, Finding, Place, Severity};
pub use import::{Destination, Imported, import};
pub use journal::Outcome;
pub use limits::{Excess, Limits};
pub use live::{Live, LiveGroup, LiveTag};
pub use lock::{Lock, LockChange, LockGroup, LockTag, ProviderLock, Refused};
pub use plan::{
    Blocked, ContactCount, GroupRef, Item, Note, PLAN_SCHEMA, Plan, PlanFile, PlanKind,
    ProviderPlan, Reason, Step, StepKind, Summary, TagRef, TagToMake,
};
pub use planning::{Planned, concerns, plan};
pub use render::{markdown, refusals, step_text, text};
pub use store::{Disk, Mode, Pending, ProcessLock, Workspace};
