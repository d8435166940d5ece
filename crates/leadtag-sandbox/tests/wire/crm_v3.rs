//! CRM v3 (Tanma), under `/crm-v3`.

mod calls;
mod customers;
mod faults;
mod follow_ups;
mod leads;
mod support;
mod tenant;
mod writes;
