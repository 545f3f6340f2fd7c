//! What a look costs beside what the question costs: the daemon and a bare loop on the same sources, in one run.
//!
//! `cargo bench --bench wire` (or `tests/bench/run`) prints a line a measure: both figures and their ratio; the machine's noise is in
//! both. `-- gate` measures the cheapest three and fails where a ratio is beyond its limit: one and a half times what is aimed at, and
//! only if it is so three times. Linux only: CPU times are read from `/proc`.

mod bare;
mod site;

use std::{
    path::Path,
    process::{Child, Command, ExitCode, Stdio},
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use bare::Pace;
use site::{Kind, LATE, REPEATED, REVIEWS};

/// How long everything may take before the run is given up.
const PATIENCE: Duration = Duration::from_secs(300);
/// For how long unchanged looks are counted.
const STEADY: Duration = Duration::from_secs(10);
/// How wide it is looked while answers are late: in the table, and in the gate, which must do with a thousand descriptors.
const WIDE: Width = Width { hosts: 200, in_flight: 400, sources: 2_000 };
const NARROW: Width = Width { hosts: 50, in_flight: 100, sources: 500 };
/// How many sources a location has: a hotel is reviewed in some places.
const AT_A_LOCATION: usize = 4;
/// How often sources are looked at: so that nothing is seen twice, or again and again.
const ONCE: &str = "1h";
const EACH_SECOND: &str = "1s";
/// How often first looks are measured.
const FIRST_LOOKS: usize = 5;
/// What the gate measures first.
const UNCHANGED: &str = "unchanged, 304; each source once a second";
/// How often a ratio is measured before it is held to be beyond its limit.
const TRIES: usize = 3;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["bare", kind, pace, port, sources, folder] => {
            let (kind, pace) = (Kind::named(kind), Pace::named(pace));
            bare::run(kind, pace, parsed(port), parsed(sources), Path::new(folder));
            ExitCode::SUCCESS
        }
        [] => {
            report(site::open(WIDE.hosts));
            ExitCode::SUCCESS
        }
        ["gate"] => gate(site::open(NARROW.hosts)),
        _ => panic!("say `gate`, or nothing"),
    }
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("a number")
}

/// Sources on so many hosts, and requests under way at once.
#[derive(Clone, Copy)]
struct Width {
    hosts: usize,
    in_flight: usize,
    sources: usize,
}

impl Width {
    fn of_one_host(sources: usize) -> Self {
        Width { hosts: 1, in_flight: 64, sources }
    }
}

/// What was measured: ours, the bare loop's, and what divides which.
struct Figures {
    what: &'static str,
    ours: f64,
    bare: f64,
}

impl Figures {
    fn ratio(&self) -> f64 {
        self.ours / self.bare
    }

    fn print(&self) {
        println!("{:<52} {:>10.3} {:>10.3} {:>7.2}x", self.what, self.ours, self.bare, self.ratio());
    }
}

fn headline(unit: &str, first: &str, second: &str) {
    println!("{unit:<52} {first:>10} {second:>10} {:>8}", "ratio");
}

fn report(port: u16) {
    headline("CPU seconds per 1,000 looks", "daemon", "bare loop");
    let cold = first_looks(port, 1_000);
    cold.print();
    unchanged_feeds(port, 2_000).into_iter().for_each(|figures| figures.print());
    let [resting, _] = unchanged_feeds(port, 100);
    Figures { what: "unchanged, 304; a hundred a second", ..resting }.print();
    pages(port, 500).print();
    println!("{:<52} {:>10.0}", "new reviews a CPU second", REVIEWS as f64 * 1_000.0 / cold.ours);
    println!();
    headline("looks a second", "daemon", "possible");
    late(port, WIDE).print();
}

fn gate(port: u16) -> ExitCode {
    headline("CPU seconds per 1,000 looks", "daemon", "bare loop");
    let cheap = is_within(3.0, || {
        let [at_its_pace, _] = unchanged_feeds(port, 2_000);
        at_its_pace
    });
    let same = is_within(3.0, || pages(port, 500));
    // Here more is better, so what is possible is divided by what was done.
    headline("looks a second", "possible", "daemon");
    let busy = is_within(1.5 / 0.9, || {
        let Figures { what, ours, bare } = late(port, NARROW);
        Figures { what, ours: bare, bare: ours }
    });
    if cheap && same && busy { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Measures until a ratio keeps to its limit, [`TRIES`] times at most.
fn is_within(limit: f64, measure: impl Fn() -> Figures) -> bool {
    (1..=TRIES).any(|attempt| {
        let figures = measure();
        figures.print();
        let is_within = figures.ratio() <= limit;
        if !is_within {
            println!("beyond its limit of {limit:.2}x, attempt {attempt} of {TRIES}");
        }
        is_within
    })
}

/// The first look at feeds, again and again in turn with the bare loop; the median of the ratios.
fn first_looks(port: u16, sources: usize) -> Figures {
    let mut all: Vec<Figures> = (0..FIRST_LOOKS)
        .map(|_| {
            let folder = tempfile::tempdir().expect("a folder");
            let daemon = Daemon::start(port, Kind::Feed, Width::of_one_host(sources), ONCE, folder.path());
            let ours = daemon.cpu_secs() / sources as f64 * 1_000.0;
            drop(daemon);
            let (bare, _) = bare::cpu_per_1000(port, Kind::Feed, sources, Pace::InARow, folder.path());
            Figures { what: "first look at 50 reviews: judged, stored, durable", ours, bare }
        })
        .collect();
    all.sort_by(|one, other| one.ratio().total_cmp(&other.ratio()));
    all.swap_remove(FIRST_LOOKS / 2)
}

/// Feeds with validators in which nothing changed, beside a loop of the same pace and one that never rests.
fn unchanged_feeds(port: u16, sources: usize) -> [Figures; 2] {
    let folder = tempfile::tempdir().expect("a folder");
    let ours = Daemon::start(port, Kind::Feed, Width::of_one_host(sources), EACH_SECOND, folder.path()).cpu_unchanged();
    [(UNCHANGED, Pace::EachSecond), ("unchanged, 304; the loop without a rest", Pace::InARow)].map(|(what, pace)| {
        let (_, bare) = bare::cpu_per_1000(port, Kind::Feed, sources, pace, folder.path());
        Figures { what, ours, bare }
    })
}

/// Pages of 105 kB without validators, unchanged: the bare loop compares a hash.
fn pages(port: u16, sources: usize) -> Figures {
    let folder = tempfile::tempdir().expect("a folder");
    let ours = Daemon::start(port, Kind::Page, Width::of_one_host(sources), EACH_SECOND, folder.path()).cpu_unchanged();
    let (_, bare) = bare::cpu_per_1000(port, Kind::Page, sources, Pace::EachSecond, folder.path());
    Figures { what: "unchanged, 105 kB without validators", ours, bare }
}

/// Looks a second while every answer takes half a second, on many hosts; what is possible is what is under way by that time.
fn late(port: u16, width: Width) -> Figures {
    let folder = tempfile::tempdir().expect("a folder");
    let _daemon = Daemon::start(port, Kind::Late, width, EACH_SECOND, folder.path());
    let (looks, began) = (REPEATED.load(Ordering::Relaxed), Instant::now());
    std::thread::sleep(STEADY);
    let looks = REPEATED.load(Ordering::Relaxed) - looks;
    Figures {
        what: if width.hosts == WIDE.hosts {
            "500 ms, 200 hosts, 400 under way"
        } else {
            "500 ms, 50 hosts, 100 under way"
        },
        ours: looks as f64 / began.elapsed().as_secs_f64(),
        bare: width.in_flight as f64 / LATE.as_secs_f64(),
    }
}

/// The daemon, that has looked once at everything; it ends with this value.
struct Daemon(Child);

impl Daemon {
    fn start(port: u16, kind: Kind, width: Width, every: &str, folder: &Path) -> Self {
        let folder = folder.join(kind.name());
        std::fs::create_dir(&folder).expect("a folder");
        let config = folder.join("amends.toml");
        std::fs::write(&config, configuration(port, kind, width, every, &folder))
            .expect("the configuration can be written");
        let child = Command::new(env!("CARGO_BIN_EXE_amends"))
            .args(["--config".as_ref(), config.as_os_str(), "run".as_ref()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the daemon starts");
        let daemon = Daemon(child);
        let (database, begins) = (folder.join("data/amends.db"), Instant::now());
        while known(&database) < width.sources {
            assert!(begins.elapsed() < PATIENCE, "not all was seen within {PATIENCE:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
        daemon
    }

    fn cpu_secs(&self) -> f64 {
        cpu_secs(&self.0)
    }

    /// CPU seconds per 1,000 looks that find nothing changed.
    fn cpu_unchanged(&self) -> f64 {
        // What was unchanged while others were still new belongs to the first pass; it is little.
        let (cpu, looks) = (self.cpu_secs(), REPEATED.load(Ordering::Relaxed));
        std::thread::sleep(STEADY);
        let looks = REPEATED.load(Ordering::Relaxed) - looks;
        assert!(looks > 0, "nothing was looked at in {STEADY:?}");
        (self.cpu_secs() - cpu) / looks as f64 * 1_000.0
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.0.kill().expect("it can be ended");
        self.0.wait().expect("it ends");
    }
}

fn configuration(port: u16, kind: Kind, width: Width, every: &str, folder: &Path) -> String {
    let Width { hosts, in_flight, sources } = width;
    let adapter = if kind == Kind::Page { "page" } else { "feed" };
    let location = |nth| format!("[[location]]\nname = \"Hotel {nth}\"\ntimezone = \"UTC\"\n");
    let section = |nth| {
        let (url, location) = (kind.address(port, nth, hosts), nth / AT_A_LOCATION);
        format!(
            "[[source]]\nname = \"s{nth}\"\nlocation = \"Hotel {location}\"\nkind = \"{adapter}\"\nurl = \"{url}\"\nevery = \"{every}\"\n"
        )
    };
    let head = format!(
        "[http]\nallow_private = [\"127.0.0.0/8\"]\nin_flight_max = {in_flight}\n\
         [web]\nlisten = \"127.0.0.1:0\"\n[store]\ndir = \"{}\"\n[[channel]]\nname = \"c\"\nkind = \"console\"\n",
        folder.join("data").display()
    );
    let locations = (0..sources.div_ceil(AT_A_LOCATION)).map(location);
    head + &locations.chain((0..sources).map(section)).collect::<String>()
}

/// How many sources have had their first look.
fn known(database: &Path) -> usize {
    let Ok(store) = rusqlite::Connection::open_with_flags(database, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY) else {
        return 0;
    };
    let sql = "SELECT count(*) FROM sources WHERE baseline_at IS NOT NULL";
    store.query_row(sql, [], |row| row.get::<_, i64>(0)).map_or(0, |count| usize::try_from(count).unwrap_or(0))
}

/// User and system time of a child so far (proc(5): fields 14 and 15, in hundredths).
fn cpu_secs(child: &Child) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).expect("/proc");
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    after_name.split_whitespace().skip(11).take(2).map(parsed::<f64>).sum::<f64>() / 100.0
}
