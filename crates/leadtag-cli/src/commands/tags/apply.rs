//! `leadtag tags apply`.

use crate::args::TagsApply;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;

pub(crate) async fn run(_: &TagsApply, _: &Session, _: &Output) -> Result<(), Failure> {
    Err(Failure::failed("not built yet"))
}
