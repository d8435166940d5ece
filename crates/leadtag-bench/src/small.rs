//! A small call, many of them in flight: how many a second of CPU time is good for.

use crate::Result;
use crate::client::IN_FLIGHT;
use crate::figures::{Plan, Spread, measure as measure_all};
use crate::output::Table;

/// What leadtag must reach, in parts of what the client written by hand reaches.
const MIN_CALLS: f64 = 0.9;

const PLAN: Plan = Plan { what: "small", warm_up: 2_000, rounds: 60, calls: 500 };

/// Measured once on two cores, not in this run: microseconds of CPU time per call.
const ONCE: [(&str, f64); 3] =
    [("hand-written Rust *", 18.5), ("wechatpy *", 524.0), ("wecom-crm-mcp *", 921.0)];

/// Measures the client written by hand, and leadtag's typed call.
pub(crate) fn measure() -> Result<Table> {
    let all = measure_all(PLAN, &["hand", "typed"])?;
    let [hand, typed] = all.as_slice() else {
        return Err("a series is missing".into());
    };
    let title = format!(
        "small: edit_corp_tag, {IN_FLIGHT} in flight; {} rounds of {} calls each, in turn",
        PLAN.rounds, PLAN.calls,
    );
    let columns = ["client", "CPU µs/call", "calls per CPU s", "calls ratio min/med/max"];
    let mut table = Table::new(title, &columns);
    let row = |name: &str, micros: f64| {
        [name.to_owned(), format!("{micros:.1}"), format!("{:.0}", 1e6 / micros)]
    };
    table.add(&row("hand-written", hand.median()?));
    let calls = Spread::of(hand.micros.iter().zip(&typed.micros).map(|(hand, mine)| hand / mine))?;
    let mut cells = row("leadtag", typed.median()?).to_vec();
    cells.push(calls.to_string());
    table.judge(&cells, &format!("≥ {MIN_CALLS}"), calls.median >= MIN_CALLS);
    for (name, micros) in ONCE {
        table.add(&row(name, micros));
    }
    table.note("* measured once on two cores, not in this run");
    Ok(table)
}
