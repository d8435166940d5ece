//! `leadtag tags check`.

use crate::args::TagsCheck;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;

pub(crate) async fn run(_: &TagsCheck, _: &Session, _: &Output) -> Result<(), Failure> {
    Err(Failure::failed("not built yet"))
}
