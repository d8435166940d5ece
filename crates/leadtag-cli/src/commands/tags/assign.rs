//! `leadtag tags assign`.

use crate::args::TagsAssign;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;

pub(crate) async fn run(_: &TagsAssign, _: &Session, _: &Output) -> Result<(), Failure> {
    Err(Failure::failed("not built yet"))
}
