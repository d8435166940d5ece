//! How faults are written.

use leadtag_sandbox::{Fault, FaultSpec, Times};

#[test]
fn every_named_fault_reads_back_as_itself() {
    for fault in Fault::all() {
        assert_eq!(fault.to_string().parse::<Fault>(), Ok(fault));
        assert!(!fault.about().is_empty());
        let spec = FaultSpec::new(fault).on("list").times(3);
        assert_eq!(spec.to_string().parse::<FaultSpec>(), Ok(spec));
    }
}

#[test]
fn a_fault_happens_once_unless_told_otherwise() {
    let times = |text: &str| text.parse::<FaultSpec>().unwrap().times;
    assert_eq!(times("busy"), Times::N(1));
    assert_eq!(times("busy*3"), Times::N(3));
    assert_eq!(times("busy@list*always"), Times::Always);
    assert_eq!(times("invalid-token-forever"), Times::Always);
    assert_eq!(times("invalid-token-forever*2"), Times::N(2));
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest_and_all_known_ones() {
    let error = "expired-tokn".parse::<FaultSpec>().unwrap_err().to_string();
    assert!(error.contains("`expired-tokn`; did you mean `expired-token`?"), "{error}");
    assert!(Fault::all().all(|fault| error.contains(fault.name())), "{error}");
}

#[test]
fn an_unknown_api_is_an_error_too() {
    let error = "busy@add_corp_tags".parse::<FaultSpec>().unwrap_err().to_string();
    assert!(error.contains("unknown API `add_corp_tags`; did you mean `add_corp_tag`?"), "{error}");
}

#[test]
fn what_is_like_no_known_name_is_answered_without_a_guess() {
    for text in ["nope", "busy@nope"] {
        let error = text.parse::<FaultSpec>().unwrap_err().to_string();
        assert!(error.contains("`nope`; known are: "), "{error}");
    }
}

#[test]
fn malformed_specs_are_refused() {
    for text in
        ["", "busy@", "busy*", "busy*0", "busy*x", "error-code", "error-code:x", "Busy", "*2"]
    {
        assert!(text.parse::<FaultSpec>().is_err(), "{text}");
    }
    let code: FaultSpec = "error-code:-1@list".parse().unwrap();
    assert_eq!(code.fault, Fault::ErrorCode(-1));
}
