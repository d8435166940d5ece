//! A service that takes every platform through the facade.

fn main() {
    let platforms = leadtag::platforms();
    assert_eq!(platforms.len(), 5, "`full` is every platform");
    for info in platforms {
        let leads = info.leads.is_some_and(|can| can.list);
        println!("   {}: tags {}, leads {leads}", info.platform, info.tags.is_some());
    }
}
