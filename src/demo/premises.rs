//! The invented hotel's own side: a folder, a configuration of its own, the real adapters and the real database.
//!
//! The folder is gone at the end unless it is to be kept.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, bail};

use super::{
    phone::Phones,
    street::{HOTEL, Site, Street},
    town::{Stall, Town},
};
use crate::{
    app::{self, Outside, Wired},
    clock::Clock,
    config::{self, Loaded, Paths},
    http::{Client, ClientSettings, Polite, PoliteSettings},
    id,
    store::{self, Store},
    work::metrics::Metrics,
};

/// Where the hotel's clock hangs.
pub(super) const ZONE: &str = "Europe/Vienna";
/// The night porter, who has the desk phone.
pub(super) const PORTER: &str = "Tomaž";
/// The manager, who has the office phone.
pub(super) const MANAGER: &str = "Maria";

/// A folder that is removed with the value, unless it is kept.
pub(super) struct Folder {
    path: PathBuf,
    is_kept: bool,
}

impl Folder {
    /// The given folder, which must hold no `amends` yet; without one, a new folder that will be removed.
    pub fn open(keep: Option<&Path>) -> anyhow::Result<Self> {
        let path = match keep {
            Some(path) => std::path::absolute(path)?,
            None => std::env::temp_dir().join(format!("amends-demo-{}", &id::token()[..12])),
        };
        for name in [CONFIG_NAME, store::FILE_NAME] {
            if path.join(name).exists() {
                bail!("{} already holds {name}; give a new folder to --keep", path.display());
            }
        }
        create_private(&path).with_context(|| format!("cannot make the folder {}", path.display()))?;
        Ok(Folder { path, is_kept: keep.is_some() })
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The configuration in it.
    pub fn config(&self) -> PathBuf {
        self.path.join(CONFIG_NAME)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.is_kept {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

const CONFIG_NAME: &str = "amends.toml";

/// Everything of the hotel that does not depend on the time.
pub(super) struct Premises {
    /// The configuration as loaded.
    pub loaded: Loaded,
    /// Its adapters.
    pub wired: Wired,
    /// The database.
    pub store: Store,
    /// The platforms.
    stalls: Vec<Arc<Stall>>,
    _claim: store::Claim,
}

/// What the configuration is made of.
pub(super) struct Plan<'a> {
    /// The sites.
    pub street: &'a Street,
    /// The telephones, and the secret that they know.
    pub phones: (&'a Phones, &'a str),
    /// Where the page is served.
    pub page: std::net::SocketAddr,
    /// The platforms that the hotel is on as well.
    pub stalls: &'a [Arc<Stall>],
    /// How often to look at all of them, in seconds of the hotel's clock.
    pub every_secs: u64,
}

impl Premises {
    /// Writes the configuration, and opens everything by it as `amends run` does.
    pub fn open(folder: &Folder, plan: &Plan<'_>) -> anyhow::Result<Self> {
        write_private(&folder.config(), &configuration(folder.path(), plan))?;
        let paths = Paths { main: folder.config(), data: folder.path().to_owned() };
        // The owner's own environment has no business in a demo.
        let loaded = config::load(&paths, &|_| None, &app::shapes())
            .map_err(|problems| anyhow::anyhow!("the demo's configuration has {} problems", problems.list().len()))?;
        let mut wired = app::wire(&loaded)
            .map_err(|problems| anyhow::anyhow!("the demo's adapters have {} problems", problems.len()))?;
        hasten(&mut wired, Duration::from_secs(plan.every_secs));
        let claim = store::claim(folder.path(), store::Holder::Daemon)?;
        let store = Store::open(folder.path())?;
        Ok(Premises { loaded, wired, store, stalls: plan.stalls.to_vec(), _claim: claim })
    }

    /// The address of the page.
    pub fn page(&self) -> String {
        self.wired.house.base_url.as_ref().map_or_else(String::new, url::Url::to_string)
    }

    /// The way out, by the given clock: real to this machine, and nowhere else but to the platforms.
    pub fn outside(&self, clock: Clock) -> anyhow::Result<Outside> {
        let settings = &self.loaded.config.http;
        let loopback = Client::new(ClientSettings::from_config(settings))?;
        let town = Town { stalls: self.stalls.clone(), loopback };
        Ok(Outside {
            store: self.store.clone(),
            http: Arc::new(Polite::new(town, PoliteSettings::from_config(settings), clock.clone())),
            mailer: app::open_mailer(&self.loaded.config, &clock)?,
            metrics: Arc::new(Metrics::default()),
            clock,
        })
    }
}

/// Lets every source be looked at at one pace: the polite intervals and the quotas of platforms are made for days that last a day.
fn hasten(wired: &mut Wired, every: Duration) {
    for watched in wired.watched.iter_mut().filter_map(Arc::get_mut) {
        (watched.every, watched.budget) = (every, None);
    }
}

fn platform_section(stall: &Arc<Stall>) -> String {
    let platform = stall.platform();
    format!("\n[[source]]\nname = \"{0}\"\nkind = \"{0}\"\n{1}\n", platform.kind(), platform.settings())
}

fn configuration(dir: &Path, plan: &Plan<'_>) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let (phones, secret) = plan.phones;
    let (every, street) = (plan.every_secs, plan.street);
    let (desk, office) = (phones.address("desk"), phones.address("office"));
    format!(
        r#"# Made by `amends demo`. The hotel, its guests and the three sites are invented; the sites are gone once the demo has ended.
# Look around with: amends --config {config} status | cases | report

[[location]]
name = {hotel}
timezone = "{ZONE}"
currency = "EUR"
views_per_day = 240

[[source]]
name = "{pretendvisor}"
kind = "page"
url = "{pretendvisor_page}"
every = "{every}s"

[[source]]
name = "{makebook}"
kind = "json"
url = "{makebook_page}"
every = "{every}s"
items = ".reviews[]"
covers = "newest"
fields = {{ author = ".guest.name", rating = ".score", best = "10", title = ".headline", text = ".comment", posted_at = ".posted", edited_at = ".changed", url = ".link", reply = ".answer.text", reply_at = ".answer.at" }}

[[source]]
name = "{gaggle}"
kind = "page"
url = "{gaggle_page}"
every = "{every}s"
{platforms}
[[channel]]
name = "desk phone"
kind = "webhook"
url = "{desk}"
secret = "{secret}"

[[channel]]
name = "office phone"
kind = "webhook"
url = "{office}"
secret = "{secret}"

[[person]]
name = "{PORTER}"
channels = ["desk phone"]

[[person]]
name = "{MANAGER}"
channels = ["office phone"]

[[route]]
to = ["{PORTER}"]

[[route]]
admin = true
to = ["{MANAGER}"]

[report]
weekly = "Mon 00:00"
to = ["{MANAGER}"]

[http]
allow_private = ["127.0.0.0/8"]

[web]
listen = "{page}"
base_url = "http://{page}/"

[store]
dir = {dir}
"#,
        config = dir.join(CONFIG_NAME).display(),
        hotel = quoted(HOTEL),
        dir = quoted(&dir.to_string_lossy()),
        pretendvisor = Site::Pretendvisor.name(),
        pretendvisor_page = street.page(Site::Pretendvisor),
        makebook = Site::Makebook.name(),
        makebook_page = street.page(Site::Makebook),
        gaggle = Site::Gaggle.name(),
        gaggle_page = street.page(Site::Gaggle),
        platforms = plan.stalls.iter().map(platform_section).collect::<String>(),
        page = plan.page,
    )
}

fn create_private(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    io::Write::write_all(&mut options.open(path)?, text.as_bytes())
}
