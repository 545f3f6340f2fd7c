//! The one integration test binary: each module tests one room from outside, over real files and loopback sockets.

mod budget;
mod channels;
mod cli;
mod config;
mod contract;
mod crash;
mod demo;
mod faults;
mod fuzz;
mod http_client;
mod inbox;
mod journey;
mod loopback;
mod peers;
mod platforms;
mod pushes;
mod streams;
mod tidy;
mod training;
mod web;
mod world;
