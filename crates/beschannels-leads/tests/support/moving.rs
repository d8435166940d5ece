//! A group whose rows move while it is read.

use std::sync::{Arc, Mutex, MutexGuard};

use beschannels_leads::BeschannelsClient;
use leadtag_core::{Cursor, Lead, LeadQuery, LeadsProvider, Page, Result};
use leadtag_testkit::{ManualClock, ReplayTransport, Reply};
use serde_json::{Value, json};

use super::{APP_ID, SECRET, TOKEN, USER};

/// Does something to the list before a request is answered. Gets the number of the request.
pub type Mover = Box<dyn FnMut(&mut Rows, usize) + Send>;

/// The rows, newest first.
#[derive(Default)]
pub struct Rows {
    pub ids: Vec<u64>,
    pub born: u64,
    /// The most rows that one page gives, whatever is asked for.
    pub clamp: Option<usize>,
    /// Whether the page number is ignored.
    pub one_page_only: bool,
    /// What the total says, if not the truth.
    pub total: Option<Value>,
    /// What a page behind the last one is.
    pub beyond: Beyond,
    /// Pages that come without rows, once for each time that they stand here.
    pub blank: Vec<usize>,
    /// Somebody who stands twice on his page, which is longer by that.
    pub doubled: Option<u64>,
}

/// How a page is answered that is not there.
#[derive(Clone, Copy, Debug, Default)]
pub enum Beyond {
    #[default]
    Nothing,
    TheLastOne,
    AnError,
}

impl Rows {
    pub fn insert_on_top(&mut self, count: usize) {
        for _ in 0..count {
            self.born += 1;
            self.ids.insert(0, self.born);
        }
    }

    fn page(&mut self, number: usize, size: usize) -> Value {
        let size = size.min(self.clamp.unwrap_or(usize::MAX));
        let mut number = if self.one_page_only { 1 } else { number };
        let last = self.ids.len().div_ceil(size).max(1);
        match self.beyond {
            Beyond::TheLastOne => number = number.min(last),
            Beyond::AnError if number > last => return json!({"code": 10001, "msg": "参数错误"}),
            _ => {}
        }
        let from = ((number - 1) * size).min(self.ids.len());
        let to = (from + size).min(self.ids.len());
        let row = |id: &u64| json!({"identity_id": identity(*id), "FullName": format!("客户{id}")});
        let doubled = self.doubled;
        let times = |id: &u64| if Some(*id) == doubled { 2 } else { 1 };
        let rows = self.ids[from..to].iter().flat_map(|id| std::iter::repeat_n(row(id), times(id)));
        let mut list: Vec<Value> = rows.collect();
        if let Some(at) = self.blank.iter().position(|blank| *blank == number) {
            self.blank.remove(at);
            list.clear();
        }
        let total = self.total.clone().unwrap_or_else(|| self.ids.len().into());
        json!({"code": 0, "msg": "成功", "data": {"total": total, "list": list, "header": []}})
    }
}

pub fn identity(id: u64) -> String {
    format!("00000000-0000-0000-0000-{id:012}")
}

struct Group {
    rows: Rows,
    mover: Option<Mover>,
    requests: usize,
}

/// A platform with one group, and a client of it.
pub struct Moving {
    group: Arc<Mutex<Group>>,
    pub client: BeschannelsClient,
}

impl Moving {
    /// A group of so many leads, of which the newest has the highest number.
    pub fn with(leads: u64) -> Self {
        let rows = Rows { ids: (1..=leads).rev().collect(), born: leads, ..Rows::default() };
        let group = Arc::new(Mutex::new(Group { rows, mover: None, requests: 0 }));
        let answering = Arc::clone(&group);
        let transport = ReplayTransport::handler(move |request| {
            if request.url.path().ends_with("get-access-token") {
                let data = json!({"access_token": TOKEN, "expires_in": 7200});
                return Reply::json(json!({"code": 0, "msg": "成功", "data": data}));
            }
            let body = std::str::from_utf8(&request.body).unwrap();
            let (number, size) = (part(body, "page_num"), part(body, "page_size"));
            let mut group = answering.lock().unwrap();
            let group = &mut *group;
            group.requests += 1;
            if let Some(mover) = &mut group.mover {
                mover(&mut group.rows, group.requests);
            }
            Reply::json(group.rows.page(number, size))
        });
        let client = BeschannelsClient::builder()
            .app_id(APP_ID)
            .app_secret(SECRET)
            .user_id(USER)
            .group_id("7")
            .transport(Arc::new(transport))
            .clock(Arc::new(ManualClock::new()))
            .build()
            .unwrap();
        Self { group, client }
    }

    pub fn requests(&self) -> usize {
        self.lock().requests
    }

    pub fn rows<T>(&self, change: impl FnOnce(&mut Rows) -> T) -> T {
        change(&mut self.lock().rows)
    }

    /// Moves rows before each request.
    pub fn before_each(&self, mover: impl FnMut(&mut Rows, usize) + Send + 'static) {
        self.lock().mover = Some(Box::new(mover));
    }

    fn lock(&self) -> MutexGuard<'_, Group> {
        self.group.lock().unwrap()
    }

    /// Reads the whole list in pages of `size`; `between` moves rows after each page, and gets its
    /// number.
    pub async fn read(&self, size: u32, mut between: impl FnMut(&mut Rows, usize)) -> Vec<String> {
        let query = LeadQuery::all().with_page_size(size);
        let mut ids = Vec::new();
        let mut cursor: Option<Cursor> = None;
        for number in 1.. {
            assert!(number < 5_000, "the list does not end");
            let page = self.page(&query, cursor.as_ref()).await.unwrap();
            ids.extend(page.items.iter().map(|lead| lead.id.to_string()));
            match page.next {
                None => break,
                // As stored: nothing but its text goes on.
                Some(next) => cursor = Some(next.to_string().parse().unwrap()),
            }
            between(&mut self.lock().rows, number);
        }
        ids
    }

    pub async fn page(&self, query: &LeadQuery, cursor: Option<&Cursor>) -> Result<Page<Lead>> {
        self.client.fetch_lead_page(query, cursor).await
    }
}

fn part(body: &str, name: &str) -> usize {
    let (_, rest) = body.split_once(&format!("name=\"{name}\"\r\n\r\n")).unwrap();
    rest.split("\r\n").next().unwrap().parse().unwrap()
}
