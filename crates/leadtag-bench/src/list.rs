//! The list of 10,000 tags: CPU time per call, and memory.

use crate::figures::{Plan, Series, measure as measure_all};
use crate::output::Table;
use crate::{Result, server};

/// What leadtag may need at most, in parts of what the client written by hand needs.
const MAX_TIME: f64 = 1.15;
const MAX_MEMORY: f64 = 1.5;

const PLAN: Plan = Plan { what: "list", warm_up: 20, rounds: 50, calls: 10 };

/// Measured once on two cores, not in this run: milliseconds of CPU time per call.
const ONCE: [(&str, f64); 3] =
    [("hand-written Rust *", 2.9), ("wechatpy *", 9.7), ("wecom-crm-mcp *", 10.0)];

/// Measures the client written by hand, leadtag's typed call, and its trait.
pub(crate) fn measure() -> Result<Table> {
    let all = measure_all(PLAN, &["hand", "typed", "provider"])?;
    let [hand, typed, provider] = all.as_slice() else {
        return Err("a series is missing".into());
    };
    let title = format!(
        "list: get_corp_tag_list, {} tags in {} groups; {} rounds of {} calls each, in turn",
        server::GROUPS * server::TAGS_PER_GROUP,
        server::GROUPS,
        PLAN.rounds,
        PLAN.calls,
    );
    let columns = ["client", "CPU ms/call", "time ratio min/med/max", "peak MiB", "memory ratio"];
    let mut table = Table::new(title, &columns);
    let row = |name: &str, series: &Series| -> Result<([String; 5], f64, f64)> {
        let (time, memory) = (series.over(hand)?, series.memory / hand.memory);
        let cells = [
            name.to_owned(),
            format!("{:.2}", series.median()? / 1000.0),
            time.to_string(),
            format!("{:.1}", series.memory / 1024.0),
            format!("{memory:.2}"),
        ];
        Ok((cells, time.median, memory))
    };
    table.add(&row("hand-written", hand)?.0);
    let (cells, time, memory) = row("leadtag", typed)?;
    let holds = time <= MAX_TIME && memory <= MAX_MEMORY;
    table.judge(&cells, &format!("time ≤ {MAX_TIME}, memory ≤ {MAX_MEMORY}"), holds);
    table.add(&row("leadtag, by the trait", provider)?.0);
    for (name, millis) in ONCE {
        table.add(&[name.to_owned(), format!("{millis:.2}")]);
    }
    table.note("* measured once on two cores, not in this run");
    Ok(table)
}
