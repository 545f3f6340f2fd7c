//! `amends`: finds bad reviews, tells the right person, follows the case until the review is seen turned around.
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
