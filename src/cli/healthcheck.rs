//! `amends healthcheck`: asks the running daemon whether it is ready; for containers, which have no other client.

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::Context as _;

use super::{Exit, context::Context};

/// How long to wait for each step.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(context: &Context, _: &Args) -> anyhow::Result<Exit> {
    let listen = reachable(context.load_quietly()?.config.web.listen);
    let mut stream =
        TcpStream::connect_timeout(&listen, PATIENCE).with_context(|| format!("nobody listens on {listen}"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: {listen}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(64 * 1024).read_to_string(&mut answer)?;
    let ready = answer.starts_with("HTTP/1.1 200");
    println!("{}", answer.rsplit("\r\n\r\n").next().unwrap_or("no answer").trim());
    Ok(if ready { Exit::Fine } else { Exit::Problem })
}

/// An address that listens on every interface is reached by loopback.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
