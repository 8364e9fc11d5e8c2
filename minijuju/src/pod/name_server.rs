//! Answers DNS questions on a model's bridge, on a thread of its own: a workload must not wait for the controller's work.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;

use super::error::{Doing as _, PodError};
use super::names::Names;

/// The names as the controller sets them; the thread reads them. It ends with the process.
#[derive(Debug, Clone, Default)]
pub struct NameServer {
    names: Arc<RwLock<Names>>,
}

impl NameServer {
    /// Starts to answer on this address, port 53.
    ///
    /// # Errors
    /// When the port is taken or the address is not this machine's.
    pub fn start(address: Ipv4Addr) -> Result<Self, PodError> {
        let socket = UdpSocket::bind((address, 53)).doing(|| format!("listen on {address} port 53"))?;
        let server = Self::default();
        let names = Arc::clone(&server.names);
        thread::Builder::new()
            .name("names".to_owned())
            .spawn(move || serve(&socket, &names))
            .doing(|| "start a thread".to_owned())?;
        Ok(server)
    }

    /// Changes what is answered from now on.
    pub fn change(&self, edit: impl FnOnce(&mut Names)) {
        edit(&mut self.names.write().unwrap_or_else(PoisonError::into_inner));
    }
}

fn serve(socket: &UdpSocket, names: &RwLock<Names>) {
    let mut buffer = [0; 4096];
    loop {
        // An error here tells of an earlier answer whose reader went away.
        let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
        let message = buffer.get(..length).unwrap_or_default();
        let answer = names.read().unwrap_or_else(PoisonError::into_inner).answer(message);
        if let Some(answer) = answer {
            drop(socket.send_to(&answer, from));
        }
    }
}
