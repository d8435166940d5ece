//! A small company: its WeCom accounts and their customers, all of them made up.
//!
//! Customers are functions of their number, so any number of them costs no memory. A customer's
//! number grows with the time it was added.

/// The accounts with customers; customer `n` belongs to account `n % OWNERS`.
pub(super) const OWNERS: usize = 4;
/// The account without customers.
pub(super) const IDLE_ACCOUNT: usize = OWNERS;
const ACCOUNTS: usize = OWNERS + 1;

const FIRST_ACCOUNT: u64 = 1_600_000_000_000_001;
const FIRST_CONTACT: u64 = 7_800_000_000_000_001;
const FIRST_ROOM: u64 = 1_000_000_000_000_001;
const ROOMS: usize = 3;

/// The first customer was added then, the last one so many seconds later.
const FIRST_ADDED: u64 = 1_700_000_000;
const ADDED_WITHIN: u64 = 20_000_000;

/// After so many customers the pattern of who belongs to whom repeats.
const PATTERN: usize = OWNERS * 7;

#[derive(Debug, Clone, Copy)]
pub(super) struct Company {
    pub(super) contacts: usize,
}

pub(super) fn accounts() -> std::ops::Range<usize> {
    0..ACCOUNTS
}

pub(super) fn account_wxid(account: usize) -> String {
    numbered(FIRST_ACCOUNT, account)
}

pub(super) fn contact_wxid(contact: usize) -> String {
    numbered(FIRST_CONTACT, contact)
}

/// Which accounts are logged in: all but the last with customers and the idle one.
pub(super) fn is_online(account: usize) -> bool {
    account + 1 < OWNERS
}

pub(super) fn account_at(wxid: &str) -> Option<usize> {
    position(FIRST_ACCOUNT, wxid).filter(|account| accounts().contains(account))
}

/// Whether the account has this customer. Everyone has one owner; every seventh has a second.
pub(super) fn has(account: usize, contact: usize) -> bool {
    let owner = contact % OWNERS;
    let second = contact % 7 == 3 && account == (owner + 1) % OWNERS;
    account == owner || second
}

/// The accounts that have this customer.
pub(super) fn accounts_of(contact: usize) -> impl Iterator<Item = usize> {
    (0..OWNERS).filter(move |account| has(*account, contact))
}

/// The rooms this customer is in: one for every fifth.
pub(super) fn rooms_of(contact: usize) -> Vec<String> {
    let room = contact.is_multiple_of(5).then(|| numbered(FIRST_ROOM, contact / 5 % ROOMS));
    room.into_iter().map(|number| format!("R:{number}")).collect()
}

impl Company {
    pub(super) fn contact_at(self, wxid: &str) -> Option<usize> {
        position(FIRST_CONTACT, wxid).filter(|contact| *contact < self.contacts)
    }

    /// When a customer was added, in seconds.
    pub(super) fn added(self, contact: usize) -> u64 {
        let total = self.contacts.max(1) as u128;
        let after = u128::from(ADDED_WITHIN) * contact as u128 / total;
        FIRST_ADDED + u64::try_from(after).unwrap_or(ADDED_WITHIN)
    }

    /// The first customer that was added at that time or later; their number if none was.
    pub(super) fn first_added_from(self, time: i64) -> usize {
        let earlier = |contact: usize| i128::from(self.added(contact)) < i128::from(time);
        let (mut low, mut high) = (0, self.contacts);
        while low < high {
            let middle = low + (high - low) / 2;
            if earlier(middle) { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// How many of the customers before this one an account has.
    pub(super) fn count_before(self, account: usize, contact: usize) -> usize {
        let pattern = pattern(account);
        let rest = pattern.iter().filter(|place| **place < contact % PATTERN).count();
        contact / PATTERN * pattern.len() + rest
    }

    /// The customer that an account has so many others before.
    pub(super) fn nth(self, account: usize, n: usize) -> Option<usize> {
        let pattern = pattern(account);
        let place = pattern.get(n.checked_rem(pattern.len())?)?;
        Some(n / pattern.len() * PATTERN + place)
    }
}

/// The customers of an account among the first of each repetition.
fn pattern(account: usize) -> Vec<usize> {
    (0..PATTERN).filter(|contact| has(account, *contact)).collect()
}

fn numbered(first: u64, at: usize) -> String {
    first.saturating_add(at as u64).to_string()
}

/// The inverse of [`numbered`]: wxids are compared as texts, so `+1…` and `01…` are unknown.
fn position(first: u64, wxid: &str) -> Option<usize> {
    let at = usize::try_from(wxid.parse::<u64>().ok()?.checked_sub(first)?).ok()?;
    (numbered(first, at) == wxid).then_some(at)
}
