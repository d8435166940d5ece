//! `leadtag tags drift`.

use crate::args::TagsDrift;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;

pub(crate) async fn run(_: &TagsDrift, _: &Session, _: &Output) -> Result<(), Failure> {
    Err(Failure::failed("not built yet"))
}
