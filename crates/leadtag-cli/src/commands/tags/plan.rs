//! `leadtag tags plan`.

use crate::args::TagsPlan;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;

pub(crate) async fn run(_: &TagsPlan, _: &Session, _: &Output) -> Result<(), Failure> {
    Err(Failure::failed("not built yet"))
}
