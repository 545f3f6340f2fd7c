//! A disk that is full and a database that somebody else holds, under a running house.

use amends::{store::Store, store::StoreError};

use super::watching;
use crate::world::{hours, minutes};

#[tokio::test(start_paused = true)]
async fn a_full_disk_is_said_aloud_loses_nothing_and_heals_by_itself() {
    let mut world = watching(12).await;
    let site = world.site("Pretendvisor");
    world.store().set_pages_max(1).unwrap();
    for number in 0..10 {
        site.leaves(
            &format!("Guest of March {number}"),
            1,
            &format!("Cold shower, the {number}th. {}", "Very cold. ".repeat(600)),
        );
    }
    world.nobody_hears(hours(2)).await;
    assert_eq!(world.counts().reviews, 24, "nothing of it is stored");
    assert!(world.log().contains("the disk is full: nothing was saved"), "{}", world.log());
    assert!(world.is_alive(), "a full disk ends nothing");
    world.store().set_pages_max(1 << 30).unwrap();
    world.pass(minutes(20)).await;
    let told = world.heard_by("desk").iter().filter(|message| message.event == "review.negative.created").count();
    assert_eq!((told, world.counts().reviews), (10, 34));
    for case in 1..=10 {
        world.staff("Maria").takes(case).await;
        world.staff("Maria").contacts(case).await;
    }
    world.restart().await;
    world.hear_all();
}

#[tokio::test(start_paused = true)]
async fn a_database_that_another_program_holds_is_waited_for_and_nothing_is_lost() {
    let mut world = watching(3).await;
    let site = world.site("Pretendvisor");
    site.leaves("Anna", 1, "Cold shower");
    let dir = world.store().path().parent().unwrap().to_owned();
    let other = Store::open(&dir).unwrap();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (locked, is_locked) = std::sync::mpsc::channel();
    let holder = std::thread::spawn(move || {
        other.write_now(move |_| {
            locked.send(()).unwrap();
            released.recv().map_err(|_| StoreError::Panicked)
        })
    });
    is_locked.recv().unwrap();
    // Each try waits five real seconds for the lock.
    let said = |world: &crate::world::World| world.log().contains("the database is locked by another program");
    for _ in 0..17 {
        if !said(&world) {
            world.pass(minutes(1)).await;
        }
    }
    assert!(said(&world), "{}", world.log());
    assert_eq!(world.counts().reviews, 6, "reading goes on");
    assert!(world.is_alive(), "a lock ends nothing");
    release.send(()).unwrap();
    holder.join().unwrap().unwrap();
    let alert = world.expect_alert("desk").within(minutes(20)).await;
    assert_eq!(alert.case(), 1);
    world.staff("Maria").takes(1).await;
    world.staff("Maria").contacts(1).await;
    world.pass(minutes(20)).await;
    world.hear_all();
}
