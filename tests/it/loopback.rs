//! A server on loopback that answers raw bytes, also such as no HTTP library would send.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What a server does once it has sent the bytes of its answer.
pub enum Then {
    KeepOpen,
    Close,
    Reset,
    Hang,
    Drip(&'static [u8]),
    Repeat(Vec<u8>),
}

pub type Answer = (Vec<u8>, Then);

/// A server that reads a request's head and answers raw bytes.
pub struct Server {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub async fn start(ip: &str, answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind((ip, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, heads) = (Arc::<AtomicUsize>::default(), Arc::<Mutex<Vec<String>>>::default());
        let (counted, recorded, answer) = (connections.clone(), heads.clone(), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let (recorded, answer) = (recorded.clone(), answer.clone());
                tokio::spawn(async move {
                    let _ = serve(stream, &recorded, &*answer).await;
                });
            }
        });
        Server { address, connections, heads }
    }

    pub async fn plain(ip: &str) -> Server {
        Server::start(ip, |_| ok("hello")).await
    }

    pub fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    heads: &Mutex<Vec<String>>,
    answer: &(dyn Fn(&str) -> Answer + Sync),
) -> io::Result<()> {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await?);
        }
        let head = String::from_utf8(head).unwrap();
        let path = head.split(' ').nth(1).unwrap().to_owned();
        heads.lock().unwrap().push(head);
        let (bytes, then) = answer(&path);
        stream.write_all(&bytes).await?;
        match then {
            Then::KeepOpen => continue,
            Then::Close => return Ok(()),
            Then::Reset => return stream.set_zero_linger(),
            Then::Hang => std::future::pending().await,
            Then::Drip(piece) => loop {
                tokio::time::sleep(Duration::from_millis(50)).await;
                stream.write_all(piece).await?;
            },
            Then::Repeat(piece) => loop {
                stream.write_all(&piece).await?;
            },
        }
    }
}

/// A plain 200.
pub fn ok(body: &str) -> Answer {
    (format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes(), Then::KeepOpen)
}

/// A temporary redirect.
pub fn moved(location: &str) -> Answer {
    (format!("HTTP/1.1 307 Moved\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n").into_bytes(), Then::KeepOpen)
}
