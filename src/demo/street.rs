//! A make-believe street of three review sites on loopback: real HTTP, real pages, invented guests.
//!
//! Stateful as real ones are: guests post, edit and remove, the owner answers. It knows nothing of what reads it. For tests as
//! well: [`Street::open`], [`Street::guest_posts`], [`Street::guest_edits`], and the addresses of [`Street::page`].

mod render;
mod serve;

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use tokio::{net::TcpListener, task::JoinHandle};

use super::dice::Dice;

/// What is reviewed on every site.
pub const HOTEL: &str = "Hotel Alpenblick (invented)";

/// How many reviews a site shows, the newest; older ones have only their own pages.
const SHOWN_MAX: usize = 40;

/// One of the three sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Site {
    /// A web page with JSON-LD in it; one to five stars.
    Pretendvisor,
    /// A JSON interface; one to ten points.
    Makebook,
    /// A web page with microdata in it; one to five stars.
    Gaggle,
}

impl Site {
    /// Every site, in the order of the street.
    pub const ALL: [Site; 3] = [Site::Pretendvisor, Site::Makebook, Site::Gaggle];

    /// Its invented name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Site::Pretendvisor => "Pretendvisor",
            Site::Makebook => "Makebook",
            Site::Gaggle => "Gaggle",
        }
    }

    /// What a program asks for.
    fn path(self) -> &'static str {
        match self {
            Site::Pretendvisor | Site::Gaggle => "/alpenblick",
            Site::Makebook => "/api/reviews",
        }
    }
}

/// A review on a site, by its number there; numbers are unique on the whole street.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostId(pub u64);

/// What a guest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// One to five; sites with points show the double.
    pub stars: u8,
    /// The headline.
    pub title: String,
    /// The words.
    pub text: String,
}

impl Words {
    /// What a guest says, in one go.
    #[must_use]
    pub fn new(stars: u8, title: &str, text: &str) -> Self {
        Words { stars, title: title.to_owned(), text: text.to_owned() }
    }
}

/// One review as a site keeps it.
#[derive(Clone, Debug)]
struct Post {
    id: PostId,
    site: Site,
    author: String,
    words: Words,
    posted_at: Timestamp,
    edited_at: Option<Timestamp>,
    answer: Option<(String, Timestamp)>,
}

#[derive(Default)]
struct Books {
    posts: Vec<Post>,
    last: u64,
}

/// The street; its sites close when it is dropped.
pub struct Street {
    books: Arc<Mutex<Books>>,
    doors: [SocketAddr; 3],
    keepers: Vec<JoinHandle<()>>,
}

impl Street {
    /// Opens three empty sites on free ports of loopback; the seed decides the first review's number.
    ///
    /// # Errors
    /// If no port can be had.
    pub async fn open(seed: u64) -> io::Result<Self> {
        let last = u64::try_from(Dice::new(seed).between(20_000, 90_000)).unwrap_or(20_000);
        let books = Arc::new(Mutex::new(Books { posts: Vec::new(), last }));
        let (mut doors, mut keepers) = ([SocketAddr::from(([127, 0, 0, 1], 0)); 3], Vec::new());
        for (door, site) in doors.iter_mut().zip(Site::ALL) {
            let listener = TcpListener::bind(*door).await?;
            *door = listener.local_addr()?;
            keepers.push(tokio::spawn(serve::keep(listener, site, *door, Arc::clone(&books))));
        }
        Ok(Street { books, doors, keepers })
    }

    /// The address that a program reads.
    #[must_use]
    pub fn page(&self, site: Site) -> String {
        format!("http://{}{}", self.door(site), site.path())
    }

    /// The address of one review's own page.
    #[must_use]
    pub fn address(&self, id: PostId) -> Option<String> {
        let site = self.books().posts.iter().find(|post| post.id == id)?.site;
        Some(render::address(self.door(site), id))
    }

    /// A guest posts a review.
    pub fn guest_posts(&self, site: Site, author: &str, words: Words, at: Timestamp) -> PostId {
        let mut books = self.books();
        books.last += 1;
        let id = PostId(books.last);
        let author = author.to_owned();
        books.posts.push(Post { id, site, author, words, posted_at: at, edited_at: None, answer: None });
        id
    }

    /// A guest changes a review; nothing happens if it is not there.
    pub fn guest_edits(&self, id: PostId, words: Words, at: Timestamp) {
        if let Some(post) = self.books().find(id) {
            (post.words, post.edited_at) = (words, Some(at));
        }
    }

    /// A guest takes a review down.
    pub fn guest_removes(&self, id: PostId) {
        self.books().posts.retain(|post| post.id != id);
    }

    /// The owner answers a review in public, by hand as owners do.
    pub fn owner_answers(&self, id: PostId, text: &str, at: Timestamp) {
        if let Some(post) = self.books().find(id) {
            post.answer = Some((text.to_owned(), at));
        }
    }

    fn door(&self, site: Site) -> SocketAddr {
        match site {
            Site::Pretendvisor => self.doors[0],
            Site::Makebook => self.doors[1],
            Site::Gaggle => self.doors[2],
        }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        lock(&self.books)
    }
}

impl Drop for Street {
    fn drop(&mut self) {
        for keeper in &self.keepers {
            keeper.abort();
        }
    }
}

impl Books {
    fn find(&mut self, id: PostId) -> Option<&mut Post> {
        self.posts.iter_mut().find(|post| post.id == id)
    }

    /// What one site shows, the newest first, and how many reviews it has in all.
    fn shown(&self, site: Site) -> (Vec<Post>, usize) {
        let mut posts: Vec<Post> = self.posts.iter().filter(|post| post.site == site).cloned().collect();
        posts.sort_by_key(|post| std::cmp::Reverse((post.posted_at, post.id)));
        let count = posts.len();
        posts.truncate(SHOWN_MAX);
        (posts, count)
    }
}

fn lock(books: &Mutex<Books>) -> MutexGuard<'_, Books> {
    books.lock().unwrap_or_else(PoisonError::into_inner)
}
