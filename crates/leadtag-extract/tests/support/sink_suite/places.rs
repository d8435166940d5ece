//! Who may write where.

use super::*;

pub(super) fn nobody_else_writes_meanwhile(world: &dyn World) {
    let mut run = Run::open(world);
    run.write(vec![lead("1", "Ada")]);
    let error = world.open().map(drop).unwrap_err();
    assert!(matches!(error, Error::Held(_)), "{error:?}");
    run.commit();
    let error = world.open().map(drop).unwrap_err();
    assert!(matches!(error, Error::Held(_)), "{error:?}");
    run.finish();
    drop(world.open().unwrap());
}

/// The error of a first look at a destination.
fn refusal(world: &dyn World) -> Error {
    let looked = world.open().and_then(|mut sink| {
        sink.checkpoints()?;
        sink.tables()
    });
    looked.expect_err("it is refused")
}

pub(super) fn what_is_not_leadtags_is_left_alone(world: &dyn World) {
    world.make_foreign();
    let error = refusal(world);
    assert!(matches!(error, Error::Damaged { .. } | Error::Destination { .. }), "{error:?}");
    assert!(world.is_untouched());
}

pub(super) fn what_a_later_version_wrote_is_left_alone(world: &dyn World) {
    pull(world, vec![lead("1", "Ada")]);
    world.make_future();
    let error = refusal(world);
    assert!(matches!(error, Error::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("version"), "{error}");
}
