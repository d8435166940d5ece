//! What the sandbox asks of each of its platforms.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::routing::any;
use serde_json::Value;

use crate::exchange::{Platform, run};
use crate::shared::Shared;

/// A platform as the server, the admin handle and the configuration see it.
pub(crate) trait Service: Send + Sync {
    /// Its name in the configuration; its routes lie under `/NAME`.
    fn name(&self) -> &'static str;

    /// The routes, without the prefix.
    fn router(self: Arc<Self>) -> Router;

    /// The provider's section of a `leadtag.toml`.
    fn config_toml(&self, addr: SocketAddr) -> String;

    /// Lets every token issued so far expire; nothing on a platform without tokens.
    fn expire_tokens(&self);

    /// Revokes every token issued so far; nothing on a platform without tokens.
    fn revoke_tokens(&self);

    /// Whether every credential is refused, those issued later as well.
    fn reject_all_tokens(&self, reject: bool);

    /// Tokens made since the start or the last reset.
    fn issued_tokens(&self) -> u64;

    fn reset_issued_tokens(&self);

    /// Everything that matters of the state.
    fn snapshot(&self) -> Value;
}

/// Routes each path to the API of that name; the method is for the platform to judge.
pub(crate) fn routes<P: Platform>(
    shared: &Arc<Shared>,
    platform: &Arc<P>,
    apis: impl IntoIterator<Item = (&'static str, &'static str)>,
) -> Router {
    apis.into_iter().fold(Router::new(), |router, (path, api)| {
        let (shared, platform) = (Arc::clone(shared), Arc::clone(platform));
        let handler = any(move |request: Request| {
            let (shared, platform) = (Arc::clone(&shared), Arc::clone(&platform));
            async move { run(&shared, platform.as_ref(), api, request).await }
        });
        router.route(path, handler)
    })
}
