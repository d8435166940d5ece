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

    /// The customers of an account, oldest first.
    pub(super) fn contacts_of(&self, account: usize) -> impl Iterator<Item = usize> {
        (0..self.contacts).filter(move |at| follows(account, *at))
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

/// When the customer was made, in seconds.
pub(super) fn make_time(at: usize) -> u64 {
    FIRST_TIME.saturating_add(number(at).saturating_mul(STEP))
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
