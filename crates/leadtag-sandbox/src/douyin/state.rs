//! Everything the sandboxed app knows.

use serde_json::{Value, json};

use super::account::Account;
use super::codes;
use super::envelope::{Refusal, Style};
use super::tokens::{OPEN_IDS, Tokens};

const TAGS: [&str; 6] = ["高意向", "已报价", "到店体验", "老客户", "待回访", "无效线索"];
const OTHER_TAGS: [&str; 2] = ["同城", "探店"];
/// The second account is there to be mixed up with, not to be measured.
const OTHER_LEADS: usize = 6;

#[derive(Debug)]
pub(super) struct State {
    pub(super) tokens: Tokens,
    pub(super) style: Style,
    main: Account,
    other: Account,
}

impl State {
    pub(super) fn new(seed: u64, leads: usize, now: u64) -> Self {
        let [open_id, other_open_id] = OPEN_IDS;
        Self {
            tokens: Tokens::new(now),
            style: Style::default(),
            main: Account::new(0, open_id, seed, leads, &TAGS),
            other: Account::new(1, other_open_id, seed, leads.min(OTHER_LEADS), &OTHER_TAGS),
        }
    }

    /// The account with most of the data.
    pub(super) fn main_account(&mut self) -> &mut Account {
        &mut self.main
    }

    /// The account a token belongs to, if that is the one asked for.
    pub(super) fn account(
        &mut self,
        holder: usize,
        open_id: &str,
    ) -> Result<&mut Account, Refusal> {
        let account = if holder == 0 { &mut self.main } else { &mut self.other };
        if account.open_id != open_id {
            return Err(Refusal::new(codes::TOKEN_MISMATCH));
        }
        Ok(account)
    }

    pub(super) fn snapshot(&self) -> Value {
        json!({ "accounts": [
            self.main.snapshot(self.tokens.renewals(0)),
            self.other.snapshot(self.tokens.renewals(1)),
        ]})
    }
}
