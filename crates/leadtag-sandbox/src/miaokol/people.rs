//! The tenant's WeCom accounts and their customers, all of them made up.
//!
//! Customers are functions of their number, so any number of them costs no memory. Documented:
//! wxids of 16 digits, `R:` before the id of a room.

/// An account that has logged in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    pub(super) wxid: &'static str,
    pub(super) online: bool,
}

/// The last one has no customers.
pub(super) const ACCOUNTS: [Account; 3] = [
    Account { wxid: "1600000000000001", online: true },
    Account { wxid: "1600000000000002", online: true },
    Account { wxid: "1600000000000003", online: false },
];
/// So many accounts, from the first, have customers.
const WITH_CUSTOMERS: usize = 2;

/// After so many customers it repeats which account has whom.
const PATTERN: usize = WITH_CUSTOMERS * 7;

const FIRST_CONTACT: u64 = 7_800_000_000_000_001;
const FIRST_CONTACT_ID: u64 = 100_001;
const ROOMS: [&str; 2] = ["R:10700000000000001", "R:10700000000000002"];

/// When the first customer was made: 2022-06-23 in China. One every six hours followed.
const FIRST_TIME: u64 = 1_655_969_708;
const STEP: u64 = 6 * 3600;

#[derive(Debug)]
pub(super) struct People {
    pub(super) seed: u64,
    pub(super) contacts: usize,
}

impl People {
    /// The number of a known customer.
    pub(super) fn contact_at(&self, wxid: &str) -> Option<usize> {
        let number = wxid.parse::<u64>().ok()?.checked_sub(FIRST_CONTACT)?;
        let at = usize::try_from(number).ok()?;
        (at < self.contacts && contact_wxid(at) == wxid).then_some(at)
    }

    /// The first customer made at that time or later; their number if none was.
    pub(super) fn first_made_from(&self, time: u64) -> usize {
        let at = time.saturating_sub(FIRST_TIME).div_ceil(STEP);
        usize::try_from(at).unwrap_or(usize::MAX).min(self.contacts)
    }
}

/// The number of a known account.
pub(super) fn account_at(wxid: &str) -> Option<usize> {
    ACCOUNTS.iter().position(|account| account.wxid == wxid)
}

/// Whether the account has this customer. Everyone has one account; every seventh has both.
pub(super) fn follows(account: usize, contact: usize) -> bool {
    account < WITH_CUSTOMERS && (contact % WITH_CUSTOMERS == account || contact % 7 == 3)
}

/// How many customers before this one an account has, counted without looking at each.
pub(super) fn count_before(account: usize, contact: usize) -> usize {
    let pattern = pattern(account);
    let rest = pattern.iter().filter(|at| **at < contact % PATTERN).count();
    contact / PATTERN * pattern.len() + rest
}

/// The customer before whom an account has so many others.
pub(super) fn nth(account: usize, n: usize) -> Option<usize> {
    let pattern = pattern(account);
    let at = pattern.get(n.checked_rem(pattern.len())?)?;
    Some(n / pattern.len() * PATTERN + at)
}

/// Those of the first [`PATTERN`] customers whom an account has.
fn pattern(account: usize) -> Vec<usize> {
    (0..PATTERN).filter(|at| follows(account, *at)).collect()
}

/// The accounts that have this customer.
pub(super) fn accounts_of(contact: usize) -> impl Iterator<Item = usize> {
    (0..ACCOUNTS.len()).filter(move |account| follows(*account, contact))
}

pub(super) fn rel_wxid(account: usize) -> &'static str {
    ACCOUNTS.get(account).map_or("", |account| account.wxid)
}

pub(super) fn contact_wxid(at: usize) -> String {
    FIRST_CONTACT.saturating_add(number(at)).to_string()
}

pub(super) fn contact_id(at: usize) -> u64 {
    FIRST_CONTACT_ID.saturating_add(number(at))
}

/// The rooms the customer is in: every fifth is in one, every tenth in two.
pub(super) fn rooms_of(at: usize) -> &'static [&'static str] {
    match at % 10 {
        0 => &ROOMS,
        5 => ROOMS.get(..1).unwrap_or_default(),
        _ => &[],
    }
}

fn number(at: usize) -> u64 {
    u64::try_from(at).unwrap_or(u64::MAX)
}
