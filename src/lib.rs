//! `amends`: finds bad reviews, tells the right person, follows the case until the review is seen turned around.
//!
//! One crate, one binary, one configuration file, one database file. This page is the map; the files say the rest in their own
//! first lines. It tells where things are and what never happens, not how each is done.
//!
//! # Bird's-eye view
//!
//! A *source* is polled and yields *sightings*. What changed is found, judged and committed in one transaction, together with the
//! *deliveries* that tell people of it; a deliverer per channel empties that outbox. A negative review opens a *case*. People walk
//! the case by *steps* (claims); the daemon adds *observations* (evidence), and only these turn a case around. Figures and the weekly
//! report are computed from the events whenever they are asked for. Everything waits for due times stored in the database, so a
//! process that dies at any moment goes on where it was.
//!
//! # Vocabulary
//!
//! | word | what it is |
//! |---|---|
//! | location | one hotel, shop or restaurant: a name, a time zone, working hours |
//! | source | one configured thing to poll: a kind of place where guests speak, at a location |
//! | sighting | what one look saw of one review, raw |
//! | review | what its sightings made of it: an identity and its versions, which are never overwritten |
//! | verdict | negative, neutral, positive or unrated (neither stars nor words that can be judged), with severity, topics and the stars or words that decided; a person may correct it |
//! | case | opened by a negative review: an append-only history, from which its stage and figures are computed |
//! | voice | a further review of the guest of a case, in another place or again; a *trace* is by what the guest is known |
//! | step | what a person did for the case; a *claim*, so it carries the person |
//! | observation | what the daemon saw on the site; *evidence*: raised, lowered, edited, gone, answered, returned |
//! | gesture | something given to the guest, always unconditional |
//! | alert | what a human must know now, in no channel's format, with the reason for it |
//! | news | what there is to say of a source itself; waits a moment for others, then what is alike is one alert |
//! | channel, delivery, attempt | where alerts go; one alert for one channel; one try to bring it there |
//! | route | who hears of what, and who hears next when nobody takes the case |
//!
//! # Floors
//!
//! A module uses only lower floors, and on its own floor only modules to its left. `tests/it/tidy.rs` reads this table and holds the
//! code to it.
//!
//! ```text
//! 7 entry     cli
//! 6 wiring    app demo
//! 5 face      web
//! 4 work      work
//! 3 adapters  sources channels
//! 2 ports     config http mail store
//! 1 domain    schedule calendar terms review judge case alert figures report
//! 0 ground    clock id secret text markup
//! ```
//!
//! Lower but forbidden all the same: `sources` and `channels` know neither the store, nor the clock, nor each other, nor a second of
//! their own kind; `web` knows no adapter. Only `store` says SQL, only `http` says `reqwest`, only `clock` reads the time.
//!
//! # One review, in a straight line
//!
//! 1. [`work::roster`] keeps all sources that rest, and begins a look ([`work::poll`]) when one is due: its interval, its share of a quota
//!    ([`work::budget`]), what the site asked for, or the back-off after failures; a push or a new mail ends the rest. A look begins only
//!    when it is its turn to ask ([`http::Http::turn`]). What is pushed to us, heard on a stream or written into a form comes by
//!    [`work::receive`] and joins at 3.
//! 2. [`sources::Source::poll`] fetches through [`http`] (address guard, robots.txt, caps, time-outs) and parses off the runtime. What
//!    it saw comes with its [`review::Coverage`]: how much of the whole that is. A failure is a named state of the source.
//! 3. [`review::normalise()`] makes sightings alike; one that cannot be used is kept with its reason, the others go on.
//! 4. [`work::ingest`] matches each review with the stored one, compares the versions, lets [`judge`] judge, opens or moves the case (that
//!    of the same guest elsewhere, if there is one: [`review::voice`]), plans who is told ([`alert::plan`]) and writes the deliveries.
//!    [`store::Store`] commits all of it with the source's memory, or nothing.
//! 5. [`work::deliver`] is woken, renders the alert for its channel ([`channels::Channel::render`]), sends it, and records what
//!    [`channels::Channel::outcome`] made of the answer: delivered, again later, given up, or the channel is broken (said elsewhere).
//! 6. [`work::watch`] turns deadlines that pass, and what there was to say of sources ([`work::news`]), into alerts in the same outbox;
//!    [`work::report`] does the same with the weekly report.
//! 7. A person takes the case (`cli`, or [`web`] behind the link in the alert) and walks it; [`case::advance`] allows a step or refuses
//!    it with the reason.
//! 8. The guest edits. The next look sees the same review with more stars: evidence, and the case is turned around.
//!
//! # Invariants
//!
//! Each is held by the tests it names.
//!
//! 1. The domain does no I/O and never asks the time, it is handed `now`: `only_the_clock_reads_the_time`,
//!    `a_module_uses_only_lower_floors_and_on_its_own_only_those_to_its_left`.
//! 2. A review, its events, its deliveries and the source's memory commit together; nothing leaves except through the outbox:
//!    `a_write_that_fails_is_rolled_back_alone`, `the_same_page_read_again_after_restarts_stays_one_review_and_one_alert`.
//! 3. Claims and evidence never mix; only evidence turns a case around: `no_step_of_a_person_can_turn_a_case_around`,
//!    `nothing_in_work_names_a_persons_step`.
//! 4. No code path writes to a guest; texts are drafts for a person: `no_source_can_send_anything_but_a_question`.
//! 5. Nothing is inferred from silence: `nothing_where_much_was_is_a_fault_of_the_source_said_once`,
//!    `a_mass_disappearance_is_told_once_and_touches_no_case`, `absence_from_a_sample_proves_nothing`.
//! 6. Versions and events stay, and figures are computed from them: `case_events_cannot_be_deleted`,
//!    `five_to_one_to_five_gives_two_events_and_a_relapse_reopens`.
//! 7. What strangers wrote is hostile until it is rendered: `hidden_and_control_characters_of_a_guest_reach_nobody`,
//!    `a_strangers_markup_is_shown_as_text_and_links_nothing`, `what_a_guest_wrote_is_in_no_header`.
//! 8. Everything has a limit with a name: `ten_thousand_characters_in_any_script_stay_within_every_limit`,
//!    `a_gzip_bomb_stays_packed_and_stops_at_the_cap`, `large_answers_wait_for_a_room_on_the_wire_and_unpacked`,
//!    `deep_nesting_is_refused_at_its_place`.
//! 9. What was acknowledged is on disk, and one failed source stops no other: `durability_is_full_and_the_log_is_a_write_ahead_log`,
//!    `what_was_written_is_there_after_opening_again`.
//! 10. Adapters do not know each other; a new one is its file, its `mod` line and its line in `ALL`:
//!     `no_source_knows_another_and_no_channel_another`, `every_example_loads_as_part_of_a_configuration_and_builds`.
#![forbid(unsafe_code)]

pub mod clock;
pub mod id;
pub mod markup;
pub mod secret;
pub mod text;

pub mod alert;
pub mod calendar;
pub mod case;
pub mod figures;
pub mod judge;
pub mod report;
pub mod review;
pub mod schedule;
pub mod terms;

pub mod config;
pub mod http;
pub mod mail;
pub mod store;

pub mod channels;
pub mod sources;

pub mod work;

pub mod web;

pub mod app;
pub mod demo;

pub mod cli;
