//! `leadtag doctor`.

use leadtag::{Check, CheckStatus, Error};
use serde::Serialize;

use crate::args::Doctor;
use crate::failure::{EXIT_USAGE, Failure, is_usage};
use crate::output::{Output, printable};
use crate::session::Session;
use crate::shell::doctor_command;

#[derive(Serialize)]
struct Report {
    providers: Vec<ProviderReport>,
}

#[derive(Serialize)]
struct ProviderReport {
    provider: String,
    platform: &'static str,
    checks: Vec<Check>,
    ok: bool,
    #[serde(skip)]
    wrong_config: bool,
}

pub(super) async fn run(args: &Doctor, session: &Session, output: &Output) -> Result<(), Failure> {
    let names = match &args.provider {
        Some(name) => vec![name.clone()],
        None => session.names(),
    };
    let mut providers = Vec::new();
    for name in &names {
        providers.push(examine(session, name).await?);
    }
    session.tell_notices(output);
    let report = Report { providers };
    output.result(args.output.format, &report, || text(&report))?;
    if report.providers.iter().any(|report| report.wrong_config) {
        return Err(Failure::Reported(EXIT_USAGE));
    }
    if report.providers.iter().any(|report| !report.ok) {
        return Err(Failure::Reported(1));
    }
    Ok(())
}

/// The checks of one provider; one that cannot be made is a failed check, so that the others are
/// checked all the same.
async fn examine(session: &Session, name: &str) -> Result<ProviderReport, Failure> {
    let platform = session.config().platform_of(name).map_err(Failure::while_doing(""))?.as_str();
    let (provider, checks, wrong_config) = match session.config().provider(name) {
        Ok(provider) => (provider.name, provider.doctor.diagnose().await, false),
        Err(error) => (name.to_owned(), vec![wrong(&error)], is_usage(&error)),
    };
    let ok = checks.iter().all(|check| check.status != CheckStatus::Fail);
    Ok(ProviderReport { provider, platform, checks, ok, wrong_config })
}

fn wrong(error: &Error) -> Check {
    Check::new("configuration", CheckStatus::Fail, error.message())
        .with_remedy(format!("correct it and run {} again", doctor_command()))
}

fn text(report: &Report) -> String {
    let mut lines = Vec::new();
    for provider in &report.providers {
        lines.push(format!("{} ({})", provider.provider, provider.platform));
        for check in &provider.checks {
            let status = match check.status {
                CheckStatus::Pass => "ok",
                CheckStatus::Warn => "warn",
                CheckStatus::Skipped => "skipped",
                _ => "FAIL",
            };
            let detail = printable(&check.detail);
            lines.push(format!("  {status:<8}{:<15} {detail}", check.name));
            if let Some(remedy) = &check.remedy {
                lines.push(format!("{:26}-> {}", "", printable(remedy)));
            }
        }
    }
    lines.join("\n")
}
