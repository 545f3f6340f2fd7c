//! The accept loop: HTTP/1.1 with a deadline for every phase and a limit on callers, which `axum::serve` does not have.
//!
//! It does no TLS; a proxy in front does.

use std::{
    collections::HashMap,
    net::IpAddr,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Face, Limits, router};

/// The most header lines of a request.
const HEADERS_MAX: usize = 64;
/// The most bytes of a request's header.
const HEADER_BYTES_MAX: usize = 16 * 1024;
/// How long to wait when no connection can be accepted, for want of file handles.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);

/// Answers on `listener` until `stop`; then lets what is under way finish for `limits.drain`, and returns.
pub async fn serve(listener: TcpListener, face: Face, stop: CancellationToken) {
    let limits = face.limits;
    let service = TowerToHyperService::new(router(face));
    let (tasks, seats) = (TaskTracker::new(), Seats::new(limits));
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((socket, peer)) => {
                // Without a free seat the socket is dropped here, which closes it.
                if let Some(seat) = seats.take(peer.ip().to_canonical()) {
                    let talk = converse(socket, service.clone(), limits, stop.clone());
                    tasks.spawn(async move {
                        talk.await;
                        drop(seat);
                    });
                }
            }
            Err(error) => {
                tracing::warn!(%error, "Cannot accept a connection; trying again");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    tasks.close();
    tasks.wait().await;
}

/// Answers one connection until it ends, is too old, or the daemon stops.
async fn converse(socket: TcpStream, service: TowerToHyperService<Router>, limits: Limits, stop: CancellationToken) {
    let _ = socket.set_nodelay(true);
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header)
            .max_headers(HEADERS_MAX)
            .max_buf_size(HEADER_BYTES_MAX)
            .serve_connection(TokioIo::new(socket), service)
    );
    // A caller that breaks off or sends nonsense is the caller's affair: nothing to log.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stop.cancelled() => {}
        () = tokio::time::sleep(limits.connection) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(limits.drain, connection).await;
}

/// The places for callers.
#[derive(Clone)]
struct Seats {
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
    limits: Limits,
}

/// One caller's place, free again when dropped.
struct Seat {
    peer: IpAddr,
    seats: Seats,
}

impl Seats {
    fn new(limits: Limits) -> Self {
        Seats { taken: Arc::default(), limits }
    }

    fn take(&self, peer: IpAddr) -> Option<Seat> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = taken.values().sum();
        let own = taken.get(&peer).copied().unwrap_or(0);
        let own_max = if peer.is_loopback() { self.limits.connections_max } else { self.limits.per_peer_max };
        if all >= self.limits.connections_max || own >= own_max {
            return None;
        }
        taken.insert(peer, own + 1);
        Some(Seat { peer, seats: self.clone() })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.peer) {
            Some(own) if *own > 1 => *own -= 1,
            _ => {
                taken.remove(&self.peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats() -> Seats {
        Seats::new(Limits { connections_max: 5, per_peer_max: 2, ..Limits::default() })
    }

    #[test]
    fn one_address_cannot_take_every_place() {
        let (seats, peer, other) = (seats(), "192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let held = [seats.take(peer), seats.take(peer)];
        assert!(held.iter().all(Option::is_some));
        assert!(seats.take(peer).is_none());
        assert!(seats.take(other).is_some());
        drop(held);
        assert!(seats.take(peer).is_some());
    }

    #[test]
    fn loopback_is_limited_by_the_whole_alone_and_leaves_nothing_behind() {
        let seats = seats();
        let held: Vec<_> = (0..7).filter_map(|_| seats.take("127.0.0.1".parse().unwrap())).collect();
        assert_eq!(held.len(), 5);
        assert!(seats.take("192.0.2.1".parse().unwrap()).is_none());
        drop(held);
        assert!(seats.taken.lock().unwrap().is_empty());
    }
}
