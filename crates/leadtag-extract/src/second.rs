//! A second that has more leads than a page.

use leadtag_core::{LeadQuery, Timestamp};

use crate::reader::{Cursors, Halt, HandedOn, Reader, id_hash, page_hash, unreadable};

/// How often a second is read that has more leads than fit into a page, at most.
const READINGS: u32 = 6;

/// So many readings follow one another without a pause.
const AT_ONCE: u32 = 3;
const PAUSE: std::time::Duration = std::time::Duration::from_secs(2);

/// How many of its leads are remembered, so that they are handed on once, about.
const REMEMBERED: usize = 20_000;

/// Reads all leads of one second, which ends `until` then, again and again until two readings agree:
/// its pages may move while they are read, and a list may be cut off behind a page. So each reading
/// has pages of another size. Tells how many leads it has that are not known; `None`: more than the user
/// asked for, and the rest is not read.
pub(crate) async fn one_second(
    reader: &mut Reader,
    second: Timestamp,
    until: Timestamp,
    known: &HandedOn,
) -> Result<Option<u64>, Halt> {
    let mut query: LeadQuery = reader.query();
    let mut size = reader.can.max_page_size.or(query.page_size);
    query.since = Some(second);
    query.until = Some(until);
    let mut before = None;
    let mut given = HandedOn::default();
    for number in 0..READINGS {
        if number >= AT_ONCE {
            // Leads come into it just now, as those of an import do.
            reader.pause(PAUSE).await?;
        }
        let mut cursors = Cursors::default();
        let (mut reading, mut fresh) = ((0, 0_u64), 0);
        query.page_size = size.map(|size| another_size(size, number));
        loop {
            let mut page = reader.leads(&query, cursors.current()).await?;
            size = size.or_else(|| u32::try_from(page.items.len()).ok());
            let hash = page_hash(&page.items);
            reading.0 += page.items.len();
            for lead in &page.items {
                reading.1 = reading.1.wrapping_add(id_hash(&lead.id));
                fresh += u64::from(known.lacks(lead));
            }
            let cut = reader.cut(&mut page.items, |_, _| false);
            known.drop_same(&mut page.items);
            given.drop_same(&mut page.items);
            if given.len() < REMEMBERED {
                given.add(&page.items);
            }
            let rows = page.items.len();
            reader.give(page.items, None, None).await?;
            reader.progress(rows, None, Some(second));
            if cut {
                return Ok(None);
            }
            match page.next {
                Some(next) => cursors.follow(next, hash)?,
                // What came in one page came at one moment.
                None if cursors.current().is_none() => return Ok(Some(fresh)),
                None => break,
            }
        }
        if before == Some(reading) {
            return Ok(Some(fresh));
        }
        before = Some(reading);
    }
    let why = format!(
        "more leads than a page holds share the second {second}, and no two readings of them agree"
    );
    Err(unreadable(why).into())
}

/// The size of the pages of a reading: that of the first one, or a little less, and another one than
/// in the reading before, if there is any.
fn another_size(size: u32, number: u32) -> u32 {
    let size = size.max(1);
    size - number % size
}
