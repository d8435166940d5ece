//! The thread that has the connection.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::db::Db;
use crate::{Error, Result};

type Job = Box<dyn FnOnce(&mut Db) + Send>;

/// What was begun there and may not be done yet.
#[derive(Debug)]
pub(super) struct Begun<T>(mpsc::Receiver<Result<T>>);

/// Does one thing after the other in a thread of its own.
#[derive(Debug)]
pub(super) struct Worker {
    place: String,
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts with what `make` makes, if that does not take longer than `patience`.
    pub(super) fn start(
        place: &str,
        patience: Duration,
        make: impl FnOnce() -> Result<Db> + Send + 'static,
    ) -> Result<Self> {
        let (jobs, todo) = mpsc::channel::<Job>();
        let (tell, made) = mpsc::sync_channel(1);
        let work = move || {
            let mut db = match make() {
                Ok(db) => db,
                Err(error) => return drop(tell.send(Err(error))),
            };
            if tell.send(Ok(())).is_ok() {
                todo.iter().for_each(|job| job(&mut db));
            }
        };
        let thread = thread::Builder::new().name("leadtag-postgres".to_owned()).spawn(work);
        let thread = thread.map_err(|error| Error::Destination {
            place: place.to_owned(),
            why: format!("no thread can be started: {error}"),
        })?;
        let mut worker = Self { place: place.to_owned(), jobs: Some(jobs), thread: Some(thread) };
        match made.recv_timeout(patience) {
            Ok(made) => made.map(|()| worker),
            Err(RecvTimeoutError::Disconnected) => Err(worker.ended()),
            Err(RecvTimeoutError::Timeout) => {
                // It may hang for ever, and is not waited for.
                worker.thread = None;
                Err(Error::Destination {
                    place: place.to_owned(),
                    why: format!(
                        "it does not answer within {} seconds; check the host and the port",
                        patience.as_secs()
                    ),
                })
            }
        }
    }

    /// Does something there, and waits for it.
    pub(super) fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.wait(self.begin(work))
    }

    /// Does something there, behind what was begun before.
    pub(super) fn begin<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T> + Send + 'static,
    ) -> Begun<T> {
        let (tell, done) = mpsc::sync_channel(1);
        let job: Job = Box::new(move |db| drop(tell.send(work(db))));
        if let Some(jobs) = &self.jobs {
            // If it is not sent, nothing comes back.
            let _ = jobs.send(job);
        }
        Begun(done)
    }

    /// Waits for what was begun.
    pub(super) fn wait<T>(&self, begun: Begun<T>) -> Result<T> {
        begun.0.recv().unwrap_or_else(|_| Err(self.ended()))
    }

    fn ended(&self) -> Error {
        Error::Destination {
            place: self.place.clone(),
            why: "the thread that writes has ended; what was committed is safe".to_owned(),
        }
    }
}

impl Drop for Worker {
    /// The connection is closed, and with it the lock freed, when this returns.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // It has nothing to tell.
            let _ = thread.join();
        }
    }
}
