//! What a provider lets out: everything that it logs and prints, to look for what must not be there.

use std::error::Error as _;
use std::fmt;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use leadtag_core::Error;

/// A log that is kept: give a clone of it to a subscriber as its writer.
#[derive(Clone, Debug, Default)]
pub struct CapturedLog(Arc<Mutex<Vec<u8>>>);

impl CapturedLog {
    /// Everything that was logged so far.
    #[must_use]
    pub fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl io::Write for CapturedLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Everything that can be printed of values and errors, in every form.
#[derive(Debug, Default)]
pub struct Printed(String);

impl Printed {
    /// Prints a value.
    pub fn value(&mut self, value: &impl fmt::Debug) {
        // Writing to a text cannot fail.
        let _ = write!(self.0, "{value:?}\n{value:#?}\n");
    }

    /// Prints an error, and its causes.
    pub fn error(&mut self, error: &Error) {
        let _ = writeln!(self.0, "{error}");
        self.value(error);
        let mut source = error.source();
        while let Some(cause) = source {
            let _ = writeln!(self.0, "{cause}");
            self.value(&cause);
            source = cause.source();
        }
    }

    /// Prints what a call gave.
    pub fn result(&mut self, result: leadtag_core::Result<impl fmt::Debug>) {
        match result {
            Ok(value) => self.value(&value),
            Err(error) => self.error(&error),
        }
    }

    /// Everything that was printed so far.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}
