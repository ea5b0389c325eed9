//! Opening what lies below a granted directory: files and directories, and nothing else.
//!
//! Whoever opens a pipe waits until somebody opens its other end, on a thread that cannot be stopped: the job would end at its
//! timeout, and the thread would not; enough of them, and no job could open a file any more. What a device does when it is
//! opened nobody knows. What is to be opened is therefore looked at first.
//!
//! What this cannot do: keep a component from putting a pipe in a file's place between the look and the opening. For that there
//! must be a pipe in a directory it may write to, as it cannot make one, and two of its jobs must run at once.

use wasmtime::{
    StoreContextMut,
    component::{Linker, Resource},
};
use wasmtime_wasi::{
    WasiView,
    filesystem::{Descriptor, WasiFilesystemView as _},
    p2::bindings::filesystem::types::{
        DescriptorFlags, DescriptorType, ErrorCode, HostDescriptor as _, OpenFlags, PathFlags,
    },
};

use super::super::trouble::Trouble;
use crate::text::{quote, shorten};

/// The interface, as wasmtime links it.
const INTERFACE: &str = "wasi:filesystem/types@0.2.12";

type Opened = Result<Resource<Descriptor>, ErrorCode>;

/// Puts our opening in the place of wasmtime's, which it ends in.
pub(in super::super) fn link<T: WasiView + 'static>(
    linker: &mut Linker<T>,
    trouble: fn(&T) -> &Trouble,
) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    linker.instance(INTERFACE)?.func_wrap_async(
        "[method]descriptor.open-at",
        move |mut store: StoreContextMut<'_, T>,
              (at, follow, path, how, flags): (
            Resource<Descriptor>,
            PathFlags,
            String,
            OpenFlags,
            DescriptorFlags,
        )| {
            Box::new(async move {
                if !may_be_opened(store.data_mut(), &at, follow, &path).await {
                    let shown = quote(&shorten(&path, 100));
                    trouble(store.data()).refused(&format!("opening {shown}: it is neither a file nor a directory"));
                    return Ok((Opened::Err(ErrorCode::Access),));
                }
                let mut files = store.data_mut().filesystem();
                let opened = files.open_at(at, follow, path, how, flags).await;
                Ok((match opened {
                    Ok(opened) => Ok(opened),
                    Err(error) => Err(error.downcast()?),
                },))
            })
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

/// Whether it is a file or a directory, or something that opening tells better: nothing at all, a link that is not followed.
async fn may_be_opened<T: WasiView>(data: &mut T, at: &Resource<Descriptor>, follow: PathFlags, path: &str) -> bool {
    let mut files = data.filesystem();
    let stat = files.stat_at(Resource::new_borrow(at.rep()), follow, path.to_owned()).await;
    stat.map_or(true, |stat| {
        matches!(stat.type_, DescriptorType::RegularFile | DescriptorType::Directory | DescriptorType::SymbolicLink)
    })
}
