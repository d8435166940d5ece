//! What the diff decides, case by case. Every plan is carried out too, and the next plan is empty.
#![allow(clippy::unwrap_used, clippy::panic)]

mod world;

use leadtag_taxonomy::DiffOptions;
use leadtag_testkit::tag_capabilities::{
    flat, flat_one_by_one, grouped, grouped_with_empty_groups, read_only,
};
use world::{World, blocks, lines, notes};

#[test]
fn what_is_not_there_is_created() {
    World::new(grouped())
        .want("g=意向", &["a=高", "b=低"])
        .expect(&["create-group 意向: 高 低"], &[]);
    World::new(flat()).want_flat(&["a=高", "b=低"]).expect(&["create 高 低"], &[]);
}

#[test]
fn what_is_there_by_name_is_adopted() {
    World::new(grouped())
        .want("g=意向", &["a=高", "b=低"])
        .live("g1=意向", &["t1=高", "t2=其他"])
        .expect(&["adopt g g1", "adopt a t1", "create g1: 低"], &[]);
}

#[test]
fn what_is_ours_and_right_needs_nothing() {
    let world = World::new(grouped())
        .want("g=意向", &["a=高"])
        .live("g1=意向", &["t1=高", "t2=其他"])
        .own(&["g=g1", "a=t1"])
        .expect(&[], &[]);
    assert_eq!(world.diff().managed_tags, 1);
}

#[test]
fn another_name_is_a_rename() {
    World::new(grouped())
        .want("g=新组", &["a=新"])
        .live("g1=旧组", &["t1=旧"])
        .own(&["g=g1", "a=t1"])
        .expect(&["rename g1 旧组>新组", "rename t1 旧>新"], &[]);
}

#[test]
fn a_former_name_is_adopted_and_renamed() {
    World::new(grouped())
        .want("g=新组<旧组", &["a=新<旧<更旧"])
        .live("g1=旧组", &["t1=更旧"])
        .expect(&["adopt g g1", "adopt a t1", "rename g1 旧组>新组", "rename t1 更旧>新"], &[]);
}

#[test]
fn the_name_goes_before_a_former_name() {
    let world = World::new(grouped())
        .want("g=意向", &["a=新<旧"])
        .live("g1=意向", &["t1=旧", "t2=新"])
        .expect(&["adopt g g1", "adopt a t2"], &[]);
    assert_eq!(notes(&world.diff()), ["alias-left"]);
    assert!(world.tags.contains_key("t1"));
}

#[test]
fn a_changed_key_keeps_its_tag_and_group() {
    World::new(grouped())
        .want("new=意向", &["new.a=高"])
        .live("g1=意向", &["t1=高"])
        .own(&["old=g1", "old.a=t1"])
        .expect(&["adopt new g1", "adopt new.a t1"], &[]);
}

#[test]
fn a_group_whose_key_and_name_changed_is_found_by_its_tags() {
    World::new(grouped())
        .want("new=新组", &["a=高", "b=低", "c=中"])
        .live("g1=旧组", &["t1=高", "t2=低"])
        .own(&["old=g1", "a=t1", "b=t2"])
        .expect(&["adopt new g1", "rename g1 旧组>新组", "create g1: 中"], &[]);
}

#[test]
fn what_left_the_file_is_deleted_and_its_group_with_it() {
    World::new(grouped())
        .live("g1=意向", &["t1=高", "t2=低"])
        .own(&["g=g1", "a=t1", "b=t2"])
        .expect(&["delete t1", "delete t2 and its group"], &[]);
    World::new(grouped_with_empty_groups())
        .live("g1=意向", &["t1=高", "t2=低"])
        .own(&["g=g1", "a=t1", "b=t2"])
        .expect(&["delete t1", "delete t2", "delete-group g1"], &[]);
}

#[test]
fn what_is_gone_and_not_wanted_is_forgotten() {
    World::new(flat()).owned("a", "t9", "高").expect(&["forget a t9"], &[]);
}

#[test]
fn what_is_gone_and_wanted_is_created_again() {
    World::new(flat()).want_flat(&["a=高"]).owned("a", "t9", "高").expect(&["create 高"], &[]);
}

#[test]
fn unmanaged_tags_keep_their_group() {
    let world =
        World::new(grouped()).live("g1=意向", &["t1=高", "t2=别人的"]).own(&["g=g1", "a=t1"]);
    assert_eq!(notes(&world.diff()), ["group-kept"]);
    let world = world.expect(&["forget g g1", "delete t1"], &[]);
    assert!(world.tags.contains_key("t2") && world.groups.contains_key("g1"));
}

#[test]
fn names_are_swapped_by_way_of_another_name() {
    let world = World::new(flat())
        .want_flat(&["a=乙", "b=甲"])
        .live_flat(&["t1=甲", "t2=乙"])
        .own(&["a=t1", "b=t2"])
        .expect(&["rename t1 甲>~", "rename t2 乙>甲", "rename t1 ~>乙"], &[]);
    assert_eq!(world.tags["t1"].1, "乙");
}

#[test]
fn groups_are_swapped_too() {
    World::new(grouped())
        .want("g=乙", &["a=1"])
        .want("h=甲", &["b=1"])
        .live("g1=甲", &["t1=1"])
        .live("g2=乙", &["t2=1"])
        .own(&["g=g1", "a=t1", "h=g2", "b=t2"])
        .expect(&["rename g1 甲>~", "rename g2 乙>甲", "rename g1 ~>乙"], &[]);
}

#[test]
fn three_in_a_circle_take_one_detour() {
    World::new(flat())
        .want_flat(&["a=2", "b=3", "c=1"])
        .live_flat(&["t1=1", "t2=2", "t3=3"])
        .own(&["a=t1", "b=t2", "c=t3"])
        .expect(&["rename t1 1>~", "rename t3 3>1", "rename t2 2>3", "rename t1 ~>2"], &[]);
}

#[test]
fn a_swap_finds_another_name_where_the_first_is_taken() {
    let swap = || {
        World::new(flat())
            .want_flat(&["a=乙", "b=甲"])
            .live_flat(&["t1=甲", "t2=乙"])
            .own(&["a=t1", "b=t2"])
    };
    let detour =
        |world: &World| serde_json::to_value(&world.diff().steps[0]).unwrap()["to"].clone();
    let first = detour(&swap());
    let taken = swap().live_flat(&[&format!("t3={}", first.as_str().unwrap())]);
    assert_ne!(detour(&taken), first);
    taken.expect(&["rename t1 甲>~", "rename t2 乙>甲", "rename t1 ~>乙"], &[]);
}

#[test]
fn a_name_that_is_freed_by_a_deletion_is_deleted_first() {
    World::new(flat())
        .want_flat(&["a=新"])
        .live_flat(&["t1=旧", "t2=新", "t3=再见"])
        .own(&["a=t1", "b=t2", "c=t3"])
        .expect(&["delete t2", "rename t1 旧>新", "delete t3"], &[]);
}

#[test]
fn a_group_whose_name_another_one_gets_makes_way() {
    World::new(grouped())
        .want("g=新组", &["a=高"])
        .live("g1=旧组", &["t1=高"])
        .live("g2=新组", &["t2=低"])
        .own(&["g=g1", "a=t1", "h=g2", "b=t2"])
        .expect(&["rename g2 新组>~", "rename g1 旧组>新组", "delete t2 and its group"], &[]);
}

#[test]
fn a_full_platform_is_given_room_first() {
    let live: Vec<String> = (0..100).map(|n| format!("t{n:02}=tag{n:02}")).collect();
    let own: Vec<String> = (0..100).map(|n| format!("k{n:02}=t{n:02}")).collect();
    let mut want: Vec<String> = (5..100).map(|n| format!("k{n:02}=tag{n:02}")).collect();
    want.extend(["x=新1".to_owned(), "y=新2".to_owned(), "z=新3".to_owned()]);
    let strs = |all: &[String]| -> Vec<&'static str> {
        all.iter().map(|text| &*Box::leak(text.clone().into_boxed_str())).collect()
    };
    World::new(flat_one_by_one())
        .want_flat(&strs(&want))
        .live_flat(&strs(&live))
        .own(&strs(&own))
        .expect(
            &[
                "delete t00",
                "delete t01",
                "delete t02",
                "create 新1 新2 新3",
                "delete t03",
                "delete t04",
            ],
            &[],
        );
}

#[test]
fn the_last_tags_of_the_file_stay_out_where_there_is_no_room() {
    let mut can = flat();
    can.max_tags = Some(3);
    let world = World::new(can)
        .want_flat(&["a=1", "b=2", "c=3"])
        .live_flat(&["t8=别人的", "t9=也是"])
        .expect(&["create 1"], &["no-room b", "no-room c"]);
    let plan = world.diff();
    assert!(
        plan.blocked[0].message.contains("也是, 别人的")
            || plan.blocked[0].message.contains("别人的, 也是")
    );
}

#[test]
fn a_group_that_gets_new_tags_outlives_its_old_ones() {
    let mut can = grouped();
    can.max_tags = Some(2);
    World::new(can)
        .want("g=意向", &["c=新"])
        .live("g1=意向", &["t1=高", "t2=低"])
        .own(&["g=g1", "a=t1", "b=t2"])
        .expect(&["delete t1", "create g1: 新", "delete t2"], &[]);
}

#[test]
fn absent_tags_are_deleted_by_name_only_if_nobody_owns_them() {
    let world = World::new(grouped())
        .want("g=意向", &["a=高"])
        .absent(None, "测试标签")
        .absent(None, "没有这个")
        .live("g1=意向", &["t1=高", "t2=测试标签", "t3=留下"])
        .own(&["g=g1", "a=t1"])
        .expect(&["delete t2"], &[]);
    assert!(world.tags.contains_key("t3"));
}

#[test]
fn an_absent_name_that_several_have_is_not_guessed() {
    let two = || {
        World::new(grouped()).live("g1=甲", &["t1=测试", "x=x"]).live("g2=乙", &["t2=测试", "y=y"])
    };
    two().absent(None, "测试").expect(&[], &["ambiguous 测试"]);
    two().absent(Some("乙"), "测试").expect(&["delete t2"], &[]);
}

#[test]
fn a_name_that_several_have_is_not_guessed() {
    World::new(flat())
        .want_flat(&["a=高", "b=低<旧"])
        .live_flat(&["t1=高", "t2=高", "t3=旧", "t4=旧"])
        .expect(&[], &["ambiguous a", "ambiguous b"]);
}

#[test]
fn tags_of_an_ambiguous_group_are_left_alone() {
    World::new(grouped())
        .want("g=意向", &["a=高"])
        .live("g1=意向", &["t1=高"])
        .live("g2=意向", &["t2=高"])
        .expect(&[], &["ambiguous g", "ambiguous a"]);
}

#[test]
fn a_tag_in_another_group_is_not_moved() {
    World::new(grouped())
        .want("g=甲", &["a=高"])
        .want("h=乙", &["b=低"])
        .live("g1=甲", &["t2=低", "x=x"])
        .live("g2=乙", &["t1=高", "y=y"])
        .own(&["g=g1", "h=g2", "a=t1", "b=t2"])
        .expect(&[], &["move a", "move b"]);
}

#[test]
fn what_the_platform_refused_is_not_tried_again_unless_asked_for() {
    let world = || {
        World::new(grouped())
            .want("g=意向", &["a=新"])
            .live("g1=意向", &["t1=旧", "t2=再见"])
            .own(&["g=g1", "a=t1", "b=t2"])
            .refused("t1")
            .refused("t2")
    };
    let after = world().expect(&[], &["not-owned b", "not-owned a"]);
    assert!(after.lock.tags.contains_key("b"));
    let mut again = world();
    again.options = DiffOptions::default().with_retry_refused(true);
    assert_eq!(lines(&again.diff()), ["rename t1 旧>新", "delete t2"]);
}

#[test]
fn a_name_that_somebody_else_keeps_cannot_be_had() {
    World::new(flat())
        .want_flat(&["a=新"])
        .live_flat(&["t1=旧", "t2=新"])
        .own(&["a=t1"])
        .expect(&[], &["name-taken a"]);
    World::new(grouped())
        .want("g=新", &["a=高"])
        .live("g1=旧", &["t1=高"])
        .live("g2=新", &["t2=别人的"])
        .own(&["g=g1", "a=t1"])
        .expect(&[], &["name-taken g"]);
}

#[test]
fn who_waits_for_a_name_that_is_kept_waits_too() {
    World::new(flat())
        .want_flat(&["a=2", "b=3", "c=1"])
        .live_flat(&["t1=1", "t2=2", "t3=3"])
        .own(&["a=t1", "b=t2"])
        .expect(&[], &["name-taken a", "name-taken b", "name-taken c"]);
}

#[test]
fn ids_of_another_account_stop_everything() {
    let mut world = World::new(flat()).want_flat(&["a=1", "z=新"]);
    for n in 0..5 {
        world = world.owned(&format!("k{n}"), &format!("t{n}"), "x");
    }
    let world = world.expect(&[], &["other-account shop"]);
    let mut accepted = world;
    accepted.options = DiffOptions::default().with_accept_missing(true);
    let plan = accepted.diff();
    assert_eq!(blocks(&plan), [""; 0]);
    assert_eq!(lines(&plan).last().map(String::as_str), Some("create 1 新"));
}

#[test]
fn a_second_one_of_the_same_name_is_told_and_kept() {
    let world = World::new(flat())
        .want_flat(&["a=高"])
        .live_flat(&["t1=高", "t2=高"])
        .own(&["a=t1"])
        .expect(&[], &[]);
    assert_eq!(notes(&world.diff()), ["duplicate"]);
}

#[test]
fn sort_values_are_sent_only_where_they_are_given_and_differ() {
    World::new(grouped())
        .want("g=意向", &["a=1", "b=2", "c=3"])
        .want_order("g", 7)
        .want_order("a", 10)
        .want_order("b", 20)
        .live("g1=意向", &["t1=1", "t2=2", "t3=3"])
        .live_order("t1", 10)
        .live_order("t2", 5)
        .live_order("t3", 30)
        .own(&["g=g1", "a=t1", "b=t2", "c=t3"])
        .expect(&["reorder g1 7", "reorder t2 20"], &[]);
}

#[test]
fn no_sort_value_is_sent_where_there_is_none() {
    World::new(flat())
        .want_flat(&["a=1"])
        .want_order("a", 3)
        .live_flat(&["t1=1"])
        .own(&["a=t1"])
        .expect(&[], &[]);
}

#[test]
fn a_lock_that_is_behind_is_brought_up_to_date() {
    let mut world = World::new(flat()).want_flat(&["a=新"]).live_flat(&["t1=旧"]).own(&["a=t1"]);
    world.tags.get_mut("t1").unwrap().1 = "新".to_owned();
    world.expect(&["adopt a t1"], &[]);
}

#[test]
fn what_the_platform_lacks_is_told() {
    World::new(read_only())
        .want("g=意向", &["a=高", "b=低"])
        .live("g1=意向", &["t1=旧", "t2=再见"])
        .own(&["g=g1", "a=t1", "c=t2"])
        .expect(&[], &["unsupported c", "unsupported a", "unsupported b"]);
    World::new(read_only())
        .want("g=意向", &["a=高"])
        .expect(&[], &["unsupported g", "unsupported a"]);
}

#[test]
fn empty_groups_are_made_where_they_can_be() {
    World::new(grouped_with_empty_groups())
        .want("g=意向", &[])
        .expect(&["create-group 意向: "], &[]);
    World::new(grouped()).want("g=意向", &[]).expect(&[], &["unsupported g"]);
}

#[test]
fn creates_are_cut_into_fifties() {
    let names: Vec<String> = (0..120).map(|n| format!("k{n}=n{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let world = World::new(grouped()).want("g=意向", &names);
    let plan = world.diff();
    let firsts: Vec<_> = lines(&plan).iter().map(|line| line.split(' ').count()).collect();
    assert_eq!(firsts, [52, 52, 22]);
}

#[test]
fn the_numbers_of_the_steps_count_from_one() {
    let plan =
        World::new(grouped()).want("g=意向", &["a=高", "b=低"]).live("g1=意向", &["t1=高"]).diff();
    assert_eq!(plan.steps.iter().map(|step| step.n).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn a_wanted_group_does_not_vanish_with_an_unwanted_tag() {
    let world = World::new(grouped())
        .want("g=甲", &["a=高"])
        .want("h=乙", &["b=低"])
        .live("g1=甲", &["t1=再见"])
        .live("g2=乙", &["t2=高", "t3=低"])
        .own(&["g=g1", "h=g2", "a=t2", "b=t3", "old=t1"]);
    assert_eq!(notes(&world.diff()), ["tag-kept"]);
    world.expect(&[], &["move a"]);
}
