// SPDX-License-Identifier: MIT OR Apache-2.0

//! Made by `regenerate` from the WIT package: what an action that can undo exports beside.

#[allow(unfulfilled_lint_expectations, unused_imports)]
use crate::bindings::prelude::trigger::types as __with_name0;
#[allow(dead_code, clippy::all)]
pub mod exports {
    pub mod prelude {
        pub mod trigger {
            /// Taking back what an action did.
            ///
            /// A component that exports this can be asked to act for a time: the operator writes how long, and then the host calls `undo`. A
            /// component that does not is refused, when it is loaded, where a trigger wants its effect for a time.
            ///
            /// It gets no alert: what it needs to know is in the token, and in the parameters and captures of the job. It has the grants and
            /// the limits that `run` has, and its own store (`state`).
            #[allow(dead_code, async_fn_in_trait, unused_imports, clippy::all)]
            pub mod undo {
                #[used]
                #[doc(hidden)]
                static __FORCE_SECTION_REF: fn() =
                    super::super::super::super::__link_custom_section_describing_imports;
                use super::super::super::super::_rt;
                pub type Context = super::super::super::super::__with_name0::Context;
                pub type Outcome = super::super::super::super::__with_name0::Outcome;
                pub type ActionError = super::super::super::super::__with_name0::ActionError;
                #[doc(hidden)]
                #[allow(non_snake_case, unused_unsafe)]
                pub unsafe fn _export_undo_cabi<T_: Guest>(arg0: *mut u8) -> *mut u8 {
                    unsafe {
                        #[cfg(target_arch = "wasm32")]
                        _rt::run_ctors_once();
                        let result39 = {
                            let l0 = *arg0.add(0).cast::<*mut u8>();
                            let l1 = *arg0
                                .add(::core::mem::size_of::<*const u8>())
                                .cast::<usize>();
                            let len2 = l1;
                            let bytes2 = _rt::Vec::from_raw_parts(l0.cast(), len2, len2);
                            let l3 = *arg0
                                .add(2 * ::core::mem::size_of::<*const u8>())
                                .cast::<*mut u8>();
                            let l4 = *arg0
                                .add(3 * ::core::mem::size_of::<*const u8>())
                                .cast::<usize>();
                            let len5 = l4;
                            let bytes5 = _rt::Vec::from_raw_parts(l3.cast(), len5, len5);
                            let l6 = *arg0
                                .add(4 * ::core::mem::size_of::<*const u8>())
                                .cast::<*mut u8>();
                            let l7 = *arg0
                                .add(5 * ::core::mem::size_of::<*const u8>())
                                .cast::<usize>();
                            let len8 = l7;
                            let bytes8 = _rt::Vec::from_raw_parts(l6.cast(), len8, len8);
                            let l9 = *arg0
                                .add(6 * ::core::mem::size_of::<*const u8>())
                                .cast::<i32>();
                            let l10 = *arg0
                                .add(4 + 6 * ::core::mem::size_of::<*const u8>())
                                .cast::<i32>();
                            let l11 = *arg0
                                .add(8 + 6 * ::core::mem::size_of::<*const u8>())
                                .cast::<i64>();
                            let l12 = i32::from(
                                *arg0
                                    .add(16 + 6 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>(),
                            );
                            let l13 = *arg0
                                .add(16 + 7 * ::core::mem::size_of::<*const u8>())
                                .cast::<*mut u8>();
                            let l14 = *arg0
                                .add(16 + 8 * ::core::mem::size_of::<*const u8>())
                                .cast::<usize>();
                            let base21 = l13;
                            let len21 = l14;
                            let mut result21 = _rt::Vec::with_capacity(len21);
                            for i in 0..len21 {
                                let base =
                                    base21.add(i * (4 * ::core::mem::size_of::<*const u8>()));
                                let e21 = {
                                    let l15 = *base.add(0).cast::<*mut u8>();
                                    let l16 = *base
                                        .add(::core::mem::size_of::<*const u8>())
                                        .cast::<usize>();
                                    let len17 = l16;
                                    let bytes17 =
                                        _rt::Vec::from_raw_parts(l15.cast(), len17, len17);
                                    let l18 = *base
                                        .add(2 * ::core::mem::size_of::<*const u8>())
                                        .cast::<*mut u8>();
                                    let l19 = *base
                                        .add(3 * ::core::mem::size_of::<*const u8>())
                                        .cast::<usize>();
                                    let len20 = l19;
                                    let bytes20 =
                                        _rt::Vec::from_raw_parts(l18.cast(), len20, len20);
                                    super::super::super::super::__with_name0::NamedText {
                                        name: _rt::string_lift(bytes17),
                                        text: _rt::string_lift(bytes20),
                                    }
                                };
                                result21.push(e21);
                            }
                            _rt::cabi_dealloc(
                                base21,
                                len21 * (4 * ::core::mem::size_of::<*const u8>()),
                                ::core::mem::size_of::<*const u8>(),
                            );
                            let l22 = *arg0
                                .add(16 + 9 * ::core::mem::size_of::<*const u8>())
                                .cast::<*mut u8>();
                            let l23 = *arg0
                                .add(16 + 10 * ::core::mem::size_of::<*const u8>())
                                .cast::<usize>();
                            let base30 = l22;
                            let len30 = l23;
                            let mut result30 = _rt::Vec::with_capacity(len30);
                            for i in 0..len30 {
                                let base =
                                    base30.add(i * (4 * ::core::mem::size_of::<*const u8>()));
                                let e30 = {
                                    let l24 = *base.add(0).cast::<*mut u8>();
                                    let l25 = *base
                                        .add(::core::mem::size_of::<*const u8>())
                                        .cast::<usize>();
                                    let len26 = l25;
                                    let bytes26 =
                                        _rt::Vec::from_raw_parts(l24.cast(), len26, len26);
                                    let l27 = *base
                                        .add(2 * ::core::mem::size_of::<*const u8>())
                                        .cast::<*mut u8>();
                                    let l28 = *base
                                        .add(3 * ::core::mem::size_of::<*const u8>())
                                        .cast::<usize>();
                                    let len29 = l28;
                                    let bytes29 =
                                        _rt::Vec::from_raw_parts(l27.cast(), len29, len29);
                                    super::super::super::super::__with_name0::NamedText {
                                        name: _rt::string_lift(bytes26),
                                        text: _rt::string_lift(bytes29),
                                    }
                                };
                                result30.push(e30);
                            }
                            _rt::cabi_dealloc(
                                base30,
                                len30 * (4 * ::core::mem::size_of::<*const u8>()),
                                ::core::mem::size_of::<*const u8>(),
                            );
                            let l31 = i32::from(
                                *arg0
                                    .add(24 + 10 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>(),
                            );
                            let l33 = *arg0
                                .add(40 + 10 * ::core::mem::size_of::<*const u8>())
                                .cast::<*mut u8>();
                            let l34 = *arg0
                                .add(40 + 11 * ::core::mem::size_of::<*const u8>())
                                .cast::<usize>();
                            let len35 = l34;
                            let bytes35 = _rt::Vec::from_raw_parts(l33.cast(), len35, len35);
                            let l36 = *arg0
                                .add(40 + 12 * ::core::mem::size_of::<*const u8>())
                                .cast::<*mut u8>();
                            let l37 = *arg0
                                .add(40 + 13 * ::core::mem::size_of::<*const u8>())
                                .cast::<usize>();
                            let len38 = l37;
                            T_::undo(
                                super::super::super::super::__with_name0::Context {
                                    job_id: _rt::string_lift(bytes2),
                                    trigger: _rt::string_lift(bytes5),
                                    action: _rt::string_lift(bytes8),
                                    attempt: l9 as u32,
                                    max_attempts: l10 as u32,
                                    deadline_ms: l11 as u64,
                                    mode: super::super::super::super::__with_name0::Mode::_lift(
                                        l12 as u8,
                                    ),
                                    captures: result21,
                                    parameters: result30,
                                    lease_ms: match l31 {
                                        0 => None,
                                        1 => {
                                            let e = {
                                                let l32 = *arg0
                                                    .add(
                                                        32 + 10
                                                            * ::core::mem::size_of::<*const u8>(),
                                                    )
                                                    .cast::<i64>();
                                                l32 as u64
                                            };
                                            Some(e)
                                        }
                                        _ => _rt::invalid_enum_discriminant(),
                                    },
                                },
                                _rt::string_lift(bytes35),
                                <_ as From<_rt::Vec<_>>>::from(_rt::Vec::from_raw_parts(
                                    l36.cast(),
                                    len38,
                                    len38,
                                )),
                            )
                        };
                        _rt::cabi_dealloc(arg0, 40 + 14 * ::core::mem::size_of::<*const u8>(), 8);
                        let ptr40 = (&raw mut _RET_AREA.0).cast::<u8>();
                        match result39 {
                            Ok(e) => {
                                *ptr40.add(0).cast::<u8>() = (0i32) as u8;
                                let super::super::super::super::__with_name0::Outcome {
                                    status: status41,
                                    summary: summary41,
                                    outputs: outputs41,
                                    undo_token: undo_token41,
                                } = e;
                                *ptr40.add(8).cast::<u8>() = (status41.clone() as i32) as u8;
                                match summary41 {
                                    Some(e) => {
                                        *ptr40
                                            .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (1i32) as u8;
                                        let vec42 = (e.into_bytes()).into_boxed_slice();
                                        let ptr42 = vec42.as_ptr().cast::<u8>();
                                        let len42 = vec42.len();
                                        ::core::mem::forget(vec42);
                                        *ptr40
                                            .add(8 + 3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len42;
                                        *ptr40
                                            .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>() = ptr42.cast_mut();
                                    }
                                    None => {
                                        *ptr40
                                            .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (0i32) as u8;
                                    }
                                };
                                let vec46 = outputs41;
                                let len46 = vec46.len();
                                let layout46 = _rt::alloc::Layout::from_size_align(
                                    vec46.len() * (4 * ::core::mem::size_of::<*const u8>()),
                                    ::core::mem::size_of::<*const u8>(),
                                )
                                .unwrap();
                                let (result46, _cleanup46) =
                                    wit_bindgen::rt::Cleanup::new(layout46);
                                if let Some(cleanup) = _cleanup46 {
                                    cleanup.forget();
                                }
                                for (i, e) in vec46.into_iter().enumerate() {
                                    let base =
                                        result46.add(i * (4 * ::core::mem::size_of::<*const u8>()));
                                    {
                                        let super::super::super::super::__with_name0::NamedText {
                                            name: name43,
                                            text: text43,
                                        } = e;
                                        let vec44 = (name43.into_bytes()).into_boxed_slice();
                                        let ptr44 = vec44.as_ptr().cast::<u8>();
                                        let len44 = vec44.len();
                                        ::core::mem::forget(vec44);
                                        *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len44;
                                        *base.add(0).cast::<*mut u8>() = ptr44.cast_mut();
                                        let vec45 = (text43.into_bytes()).into_boxed_slice();
                                        let ptr45 = vec45.as_ptr().cast::<u8>();
                                        let len45 = vec45.len();
                                        ::core::mem::forget(vec45);
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len45;
                                        *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>() = ptr45.cast_mut();
                                    }
                                }
                                *ptr40
                                    .add(8 + 5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len46;
                                *ptr40
                                    .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = result46;
                                match undo_token41 {
                                    Some(e) => {
                                        *ptr40
                                            .add(8 + 6 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (1i32) as u8;
                                        let vec47 =
                                            <_ as Into<_rt::Vec<_>>>::into(e).into_boxed_slice();
                                        let ptr47 = vec47.as_ptr().cast::<u8>();
                                        let len47 = vec47.len();
                                        ::core::mem::forget(vec47);
                                        *ptr40
                                            .add(8 + 8 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len47;
                                        *ptr40
                                            .add(8 + 7 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>() = ptr47.cast_mut();
                                    }
                                    None => {
                                        *ptr40
                                            .add(8 + 6 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (0i32) as u8;
                                    }
                                };
                            }
                            Err(e) => {
                                *ptr40.add(0).cast::<u8>() = (1i32) as u8;
                                use super::super::super::super::__with_name0::ActionError as V57;
                                match e {
                                    V57::Transient(e) => {
                                        *ptr40.add(8).cast::<u8>() = (0i32) as u8;
                                        let super::super::super::super::__with_name0::Failure {
                                            message: message48,
                                            code: code48,
                                            retry_after_ms: retry_after_ms48,
                                        } = e;
                                        let vec49 = (message48.into_bytes()).into_boxed_slice();
                                        let ptr49 = vec49.as_ptr().cast::<u8>();
                                        let len49 = vec49.len();
                                        ::core::mem::forget(vec49);
                                        *ptr40
                                            .add(16 + 1 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len49;
                                        *ptr40.add(16).cast::<*mut u8>() = ptr49.cast_mut();
                                        match code48 {
                                            Some(e) => {
                                                *ptr40
                                                    .add(
                                                        16 + 2 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (1i32) as u8;
                                                let vec50 = (e.into_bytes()).into_boxed_slice();
                                                let ptr50 = vec50.as_ptr().cast::<u8>();
                                                let len50 = vec50.len();
                                                ::core::mem::forget(vec50);
                                                *ptr40
                                                    .add(
                                                        16 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<usize>() = len50;
                                                *ptr40
                                                    .add(
                                                        16 + 3 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<*mut u8>() = ptr50.cast_mut();
                                            }
                                            None => {
                                                *ptr40
                                                    .add(
                                                        16 + 2 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (0i32) as u8;
                                            }
                                        };
                                        match retry_after_ms48 {
                                            Some(e) => {
                                                *ptr40
                                                    .add(
                                                        24 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (1i32) as u8;
                                                *ptr40
                                                    .add(
                                                        32 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<i64>() = _rt::as_i64(e);
                                            }
                                            None => {
                                                *ptr40
                                                    .add(
                                                        24 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (0i32) as u8;
                                            }
                                        };
                                    }
                                    V57::Permanent(e) => {
                                        *ptr40.add(8).cast::<u8>() = (1i32) as u8;
                                        let super::super::super::super::__with_name0::Failure {
                                            message: message51,
                                            code: code51,
                                            retry_after_ms: retry_after_ms51,
                                        } = e;
                                        let vec52 = (message51.into_bytes()).into_boxed_slice();
                                        let ptr52 = vec52.as_ptr().cast::<u8>();
                                        let len52 = vec52.len();
                                        ::core::mem::forget(vec52);
                                        *ptr40
                                            .add(16 + 1 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len52;
                                        *ptr40.add(16).cast::<*mut u8>() = ptr52.cast_mut();
                                        match code51 {
                                            Some(e) => {
                                                *ptr40
                                                    .add(
                                                        16 + 2 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (1i32) as u8;
                                                let vec53 = (e.into_bytes()).into_boxed_slice();
                                                let ptr53 = vec53.as_ptr().cast::<u8>();
                                                let len53 = vec53.len();
                                                ::core::mem::forget(vec53);
                                                *ptr40
                                                    .add(
                                                        16 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<usize>() = len53;
                                                *ptr40
                                                    .add(
                                                        16 + 3 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<*mut u8>() = ptr53.cast_mut();
                                            }
                                            None => {
                                                *ptr40
                                                    .add(
                                                        16 + 2 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (0i32) as u8;
                                            }
                                        };
                                        match retry_after_ms51 {
                                            Some(e) => {
                                                *ptr40
                                                    .add(
                                                        24 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (1i32) as u8;
                                                *ptr40
                                                    .add(
                                                        32 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<i64>() = _rt::as_i64(e);
                                            }
                                            None => {
                                                *ptr40
                                                    .add(
                                                        24 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (0i32) as u8;
                                            }
                                        };
                                    }
                                    V57::Misconfigured(e) => {
                                        *ptr40.add(8).cast::<u8>() = (2i32) as u8;
                                        let super::super::super::super::__with_name0::Failure {
                                            message: message54,
                                            code: code54,
                                            retry_after_ms: retry_after_ms54,
                                        } = e;
                                        let vec55 = (message54.into_bytes()).into_boxed_slice();
                                        let ptr55 = vec55.as_ptr().cast::<u8>();
                                        let len55 = vec55.len();
                                        ::core::mem::forget(vec55);
                                        *ptr40
                                            .add(16 + 1 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len55;
                                        *ptr40.add(16).cast::<*mut u8>() = ptr55.cast_mut();
                                        match code54 {
                                            Some(e) => {
                                                *ptr40
                                                    .add(
                                                        16 + 2 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (1i32) as u8;
                                                let vec56 = (e.into_bytes()).into_boxed_slice();
                                                let ptr56 = vec56.as_ptr().cast::<u8>();
                                                let len56 = vec56.len();
                                                ::core::mem::forget(vec56);
                                                *ptr40
                                                    .add(
                                                        16 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<usize>() = len56;
                                                *ptr40
                                                    .add(
                                                        16 + 3 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<*mut u8>() = ptr56.cast_mut();
                                            }
                                            None => {
                                                *ptr40
                                                    .add(
                                                        16 + 2 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (0i32) as u8;
                                            }
                                        };
                                        match retry_after_ms54 {
                                            Some(e) => {
                                                *ptr40
                                                    .add(
                                                        24 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (1i32) as u8;
                                                *ptr40
                                                    .add(
                                                        32 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<i64>() = _rt::as_i64(e);
                                            }
                                            None => {
                                                *ptr40
                                                    .add(
                                                        24 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (0i32) as u8;
                                            }
                                        };
                                    }
                                }
                            }
                        };
                        ptr40
                    }
                }
                #[doc(hidden)]
                #[allow(non_snake_case)]
                pub unsafe fn __post_return_undo<T_: Guest>(arg0: *mut u8) {
                    unsafe {
                        let l0 = i32::from(*arg0.add(0).cast::<u8>());
                        match l0 {
                            0 => {
                                let l1 = i32::from(
                                    *arg0
                                        .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                        .cast::<u8>(),
                                );
                                match l1 {
                                    0 => {}
                                    _ => {
                                        let l2 = *arg0
                                            .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l3 = *arg0
                                            .add(8 + 3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l2, l3, 1);
                                    }
                                }
                                let l4 = *arg0
                                    .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l5 = *arg0
                                    .add(8 + 5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base10 = l4;
                                let len10 = l5;
                                for i in 0..len10 {
                                    let base =
                                        base10.add(i * (4 * ::core::mem::size_of::<*const u8>()));
                                    {
                                        let l6 = *base.add(0).cast::<*mut u8>();
                                        let l7 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l6, l7, 1);
                                        let l8 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l9 = *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l8, l9, 1);
                                    }
                                }
                                _rt::cabi_dealloc(
                                    base10,
                                    len10 * (4 * ::core::mem::size_of::<*const u8>()),
                                    ::core::mem::size_of::<*const u8>(),
                                );
                                let l11 = i32::from(
                                    *arg0
                                        .add(8 + 6 * ::core::mem::size_of::<*const u8>())
                                        .cast::<u8>(),
                                );
                                match l11 {
                                    0 => {}
                                    _ => {
                                        let l12 = *arg0
                                            .add(8 + 7 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l13 = *arg0
                                            .add(8 + 8 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let base14 = l12;
                                        let len14 = l13;
                                        _rt::cabi_dealloc(base14, len14 * 1, 1);
                                    }
                                }
                            }
                            _ => {
                                let l15 = i32::from(*arg0.add(8).cast::<u8>());
                                match l15 {
                                    0 => {
                                        let l16 = *arg0.add(16).cast::<*mut u8>();
                                        let l17 = *arg0
                                            .add(16 + 1 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l16, l17, 1);
                                        let l18 = i32::from(
                                            *arg0
                                                .add(16 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<u8>(),
                                        );
                                        match l18 {
                                            0 => {}
                                            _ => {
                                                let l19 = *arg0
                                                    .add(
                                                        16 + 3 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<*mut u8>();
                                                let l20 = *arg0
                                                    .add(
                                                        16 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<usize>();
                                                _rt::cabi_dealloc(l19, l20, 1);
                                            }
                                        }
                                    }
                                    1 => {
                                        let l21 = *arg0.add(16).cast::<*mut u8>();
                                        let l22 = *arg0
                                            .add(16 + 1 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l21, l22, 1);
                                        let l23 = i32::from(
                                            *arg0
                                                .add(16 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<u8>(),
                                        );
                                        match l23 {
                                            0 => {}
                                            _ => {
                                                let l24 = *arg0
                                                    .add(
                                                        16 + 3 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<*mut u8>();
                                                let l25 = *arg0
                                                    .add(
                                                        16 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<usize>();
                                                _rt::cabi_dealloc(l24, l25, 1);
                                            }
                                        }
                                    }
                                    _ => {
                                        let l26 = *arg0.add(16).cast::<*mut u8>();
                                        let l27 = *arg0
                                            .add(16 + 1 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l26, l27, 1);
                                        let l28 = i32::from(
                                            *arg0
                                                .add(16 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<u8>(),
                                        );
                                        match l28 {
                                            0 => {}
                                            _ => {
                                                let l29 = *arg0
                                                    .add(
                                                        16 + 3 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<*mut u8>();
                                                let l30 = *arg0
                                                    .add(
                                                        16 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<usize>();
                                                _rt::cabi_dealloc(l29, l30, 1);
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
                pub trait Guest {
                    /// Takes back the effect that a call of `run` described by this token, of at most 64 KiB, in its outcome's `undo-token`. The
                    /// token is empty when `run` gave none, and when nobody knows how it ended: it trapped, took too long, or the host died. Then
                    /// there may be something to take back all the same.
                    ///
                    /// Called once the effect's time is over, or when the operator takes it back; at most once to success, again after a
                    /// transient failure, and across restarts of the daemon. As with `run`, what an earlier attempt did may have been done already.
                    ///
                    /// `ctx` is that of the job that is taken back, with `attempt` counting the attempts to undo. `config` is that of today: the
                    /// operator may have changed it since. Status `skipped` says that there was nothing left to take back; that is success. An
                    /// undo token in the outcome is thrown away.
                    #[allow(async_fn_in_trait)]
                    fn undo(
                        ctx: Context,
                        config: _rt::String,
                        token: _rt::Vec<u8>,
                    ) -> ::core::result::Result<Outcome, ActionError>;
                }
                #[doc(hidden)]
                #[macro_export]
                macro_rules! __export_prelude_trigger_undo_0_1_1_cabi {
                    ($ty:ident with_types_in $($path_to_types:tt)*) => {
                        const _ : () = { #[unsafe (export_name =
                        "prelude:trigger/undo@0.1.1#undo")] unsafe extern "C" fn
                        export_undo(arg0 : * mut u8,) -> * mut u8 { unsafe {
                        $($path_to_types)*:: _export_undo_cabi::<$ty > (arg0) } }
                        #[unsafe (export_name =
                        "cabi_post_prelude:trigger/undo@0.1.1#undo")] unsafe extern "C"
                        fn _post_return_undo(arg0 : * mut u8,) { unsafe {
                        $($path_to_types)*:: __post_return_undo::<$ty > (arg0) } } };
                    };
                }
                #[doc(hidden)]
                pub use __export_prelude_trigger_undo_0_1_1_cabi;
                #[repr(align(8))]
                struct _RetArea(
                    [::core::mem::MaybeUninit<u8>; 32 + 6 * ::core::mem::size_of::<*const u8>()],
                );
                static mut _RET_AREA: _RetArea = _RetArea(
                    [::core::mem::MaybeUninit::uninit();
                        32 + 6 * ::core::mem::size_of::<*const u8>()],
                );
            }
        }
    }
}
mod _rt {
    #![allow(dead_code, unused_imports, clippy::all)]
    #[cfg(target_arch = "wasm32")]
    pub fn run_ctors_once() {
        wit_bindgen::rt::run_ctors_once();
    }
    pub use alloc_crate::vec::Vec;
    pub unsafe fn string_lift(bytes: Vec<u8>) -> String {
        if cfg!(debug_assertions) {
            String::from_utf8(bytes).unwrap()
        } else {
            unsafe { String::from_utf8_unchecked(bytes) }
        }
    }
    pub unsafe fn cabi_dealloc(ptr: *mut u8, size: usize, align: usize) {
        if size == 0 {
            return;
        }
        unsafe {
            let layout = alloc::Layout::from_size_align_unchecked(size, align);
            alloc::dealloc(ptr, layout);
        }
    }
    pub unsafe fn invalid_enum_discriminant<T>() -> T {
        if cfg!(debug_assertions) {
            panic!("invalid enum discriminant")
        } else {
            unsafe { core::hint::unreachable_unchecked() }
        }
    }
    pub use alloc_crate::alloc;
    pub fn as_i64<T: AsI64>(t: T) -> i64 {
        t.as_i64()
    }
    pub trait AsI64 {
        fn as_i64(self) -> i64;
    }
    impl<'a, T: Copy + AsI64> AsI64 for &'a T {
        fn as_i64(self) -> i64 {
            (*self).as_i64()
        }
    }
    impl AsI64 for i64 {
        #[inline]
        fn as_i64(self) -> i64 {
            self as i64
        }
    }
    impl AsI64 for u64 {
        #[inline]
        fn as_i64(self) -> i64 {
            self as i64
        }
    }
    pub use alloc_crate::string::String;
    extern crate alloc as alloc_crate;
}
/// Generates `#[unsafe(no_mangle)]` functions to export the specified type as
/// the root implementation of all generated traits.
///
/// For more information see the documentation of `wit_bindgen::generate!`.
///
/// ```rust
/// # macro_rules! export{ ($($t:tt)*) => (); }
/// # trait Guest {}
/// struct MyType;
///
/// impl Guest for MyType {
///     // ...
/// }
///
/// export!(MyType);
/// ```
#[allow(unused_macros)]
#[doc(hidden)]
#[macro_export]
macro_rules! __export_undoer_impl {
    ($ty:ident) => {
        prelude_trigger_guest::undo_bindings::export!($ty with_types_in
        prelude_trigger_guest::undo_bindings);
    };
    ($ty:ident with_types_in $($path_to_types_root:tt)*) => {
        $($path_to_types_root)*::
        exports::prelude::trigger::undo::__export_prelude_trigger_undo_0_1_1_cabi!($ty
        with_types_in $($path_to_types_root)*:: exports::prelude::trigger::undo); const _
        : () = { #[cfg(target_arch = "wasm32")] #[unsafe (link_section =
        "component-type:wit-bindgen:0.61.1:prelude-trigger:guest:undoer:imports and exports")]
        #[doc(hidden)] #[allow(clippy::octal_escapes)] pub static
        __WIT_BINDGEN_COMPONENT_TYPE : [u8; 1053] = *
        b"\
\0asm\x0d\0\x01\0\0\x19\x16wit-component-encoding\x04\0\x07\xa0\x07\x01A\x02\x01\
A\x07\x01B\x1f\x01r\x03\x07secondsx\x0cmicrosecondsy\x12gmt-offset-secondsz\x04\0\
\x09timestamp\x03\0\0\x01r\x02\x04names\x06numberz\x04\0\x0benumeration\x03\0\x02\
\x01p}\x01q\x07\x07integer\x01x\0\x08unsigned\x01w\0\x05float\x01u\0\x04text\x01\
s\0\x05bytes\x01\x04\0\x04time\x01\x01\0\x0benumeration\x01\x03\0\x04\0\x05value\
\x03\0\x05\x01r\x02\x04paths\x05value\x06\x04\0\x05entry\x03\0\x07\x01m\x02\x05a\
lert\x09heartbeat\x04\0\x0cmessage-kind\x03\0\x09\x01r\x02\x04names\x04texts\x04\
\0\x0anamed-text\x03\0\x0b\x01m\x02\x07enforce\x07observe\x04\0\x04mode\x03\0\x0d\
\x01p\x0c\x01kw\x01r\x0a\x06job-ids\x07triggers\x06actions\x07attempty\x0cmax-at\
temptsy\x0bdeadline-msw\x04mode\x0e\x08captures\x0f\x0aparameters\x0f\x08lease-m\
s\x10\x04\0\x07context\x03\0\x11\x01m\x03\x04done\x07skipped\x09simulated\x04\0\x06\
status\x03\0\x13\x01ks\x01k\x04\x01r\x04\x06status\x14\x07summary\x15\x07outputs\
\x0f\x0aundo-token\x16\x04\0\x07outcome\x03\0\x17\x01r\x03\x07messages\x04code\x15\
\x0eretry-after-ms\x10\x04\0\x07failure\x03\0\x19\x01q\x03\x09transient\x01\x1a\0\
\x09permanent\x01\x1a\0\x0dmisconfigured\x01\x1a\0\x04\0\x0caction-error\x03\0\x1b\
\x01r\x02\x07pointers\x07messages\x04\0\x0cconfig-issue\x03\0\x1d\x03\0\x1bprelu\
de:trigger/types@0.1.1\x05\0\x02\x03\0\0\x07context\x02\x03\0\0\x07outcome\x02\x03\
\0\0\x0caction-error\x01B\x0a\x02\x03\x02\x01\x01\x04\0\x07context\x03\0\0\x02\x03\
\x02\x01\x02\x04\0\x07outcome\x03\0\x02\x02\x03\x02\x01\x03\x04\0\x0caction-erro\
r\x03\0\x04\x01p}\x01j\x01\x03\x01\x05\x01@\x03\x03ctx\x01\x06configs\x05token\x06\
\0\x07\x04\0\x04undo\x01\x08\x04\0\x1aprelude:trigger/undo@0.1.1\x05\x04\x04\0\x1c\
prelude-trigger:guest/undoer\x04\0\x0b\x0c\x01\0\x06undoer\x03\0\0\0G\x09produce\
rs\x01\x0cprocessed-by\x02\x0dwit-component\x070.258.3\x10wit-bindgen-rust\x060.\
61.1";
        };
    };
}
#[doc(inline)]
pub use __export_undoer_impl as export;
#[cfg(target_arch = "wasm32")]
#[unsafe(link_section = "component-type:wit-bindgen:0.61.1:prelude-trigger:guest:undoer-with-all-of-its-exports-removed:encoded world")]
#[doc(hidden)]
#[allow(clippy::octal_escapes)]
pub static __WIT_BINDGEN_COMPONENT_TYPE: [u8; 940] = *b"\
\0asm\x0d\0\x01\0\0\x19\x16wit-component-encoding\x04\0\x07\x8f\x06\x01A\x02\x01\
A\x02\x01B\x1f\x01r\x03\x07secondsx\x0cmicrosecondsy\x12gmt-offset-secondsz\x04\0\
\x09timestamp\x03\0\0\x01r\x02\x04names\x06numberz\x04\0\x0benumeration\x03\0\x02\
\x01p}\x01q\x07\x07integer\x01x\0\x08unsigned\x01w\0\x05float\x01u\0\x04text\x01\
s\0\x05bytes\x01\x04\0\x04time\x01\x01\0\x0benumeration\x01\x03\0\x04\0\x05value\
\x03\0\x05\x01r\x02\x04paths\x05value\x06\x04\0\x05entry\x03\0\x07\x01m\x02\x05a\
lert\x09heartbeat\x04\0\x0cmessage-kind\x03\0\x09\x01r\x02\x04names\x04texts\x04\
\0\x0anamed-text\x03\0\x0b\x01m\x02\x07enforce\x07observe\x04\0\x04mode\x03\0\x0d\
\x01p\x0c\x01kw\x01r\x0a\x06job-ids\x07triggers\x06actions\x07attempty\x0cmax-at\
temptsy\x0bdeadline-msw\x04mode\x0e\x08captures\x0f\x0aparameters\x0f\x08lease-m\
s\x10\x04\0\x07context\x03\0\x11\x01m\x03\x04done\x07skipped\x09simulated\x04\0\x06\
status\x03\0\x13\x01ks\x01k\x04\x01r\x04\x06status\x14\x07summary\x15\x07outputs\
\x0f\x0aundo-token\x16\x04\0\x07outcome\x03\0\x17\x01r\x03\x07messages\x04code\x15\
\x0eretry-after-ms\x10\x04\0\x07failure\x03\0\x19\x01q\x03\x09transient\x01\x1a\0\
\x09permanent\x01\x1a\0\x0dmisconfigured\x01\x1a\0\x04\0\x0caction-error\x03\0\x1b\
\x01r\x02\x07pointers\x07messages\x04\0\x0cconfig-issue\x03\0\x1d\x03\0\x1bprelu\
de:trigger/types@0.1.1\x05\0\x04\0<prelude-trigger:guest/undoer-with-all-of-its-\
exports-removed\x04\0\x0b,\x01\0&undoer-with-all-of-its-exports-removed\x03\0\0\0\
G\x09producers\x01\x0cprocessed-by\x02\x0dwit-component\x070.258.3\x10wit-bindge\
n-rust\x060.61.1";
#[inline(never)]
#[doc(hidden)]
pub fn __link_custom_section_describing_imports() {
    wit_bindgen::rt::maybe_link_cabi_realloc();
}
