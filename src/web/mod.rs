//! stub
use std::{collections::BTreeMap, sync::Arc};
pub struct Face {
    pub store: crate::store::Store,
    pub clock: crate::clock::Clock,
    pub house: tokio::sync::watch::Receiver<Arc<crate::work::house::House>>,
    pub metrics: Arc<crate::work::metrics::Metrics>,
    pub key: crate::secret::Secret,
    pub ask_rules: BTreeMap<String, crate::terms::AskRule>,
}
pub async fn serve(_: tokio::net::TcpListener, _: Face, _: tokio_util::sync::CancellationToken) {}
