// Package runtime is what the generated bindings stand on: handles, and memory that the host reads and writes.
//
// The host asks for memory by calling cabi_realloc, and at that moment nothing may call the host. So it must not come from Go's
// heap: to take from there may collect garbage, which reads the clock, which is a call of the host and ends the job. WASI's
// adapter even asks before Go's runtime has begun. What is handed out is a part of one array, therefore, and is never taken
// back: an instance handles one alert, and its memory goes with it.
package runtime

import (
	"runtime"
	"unsafe"
)

// Most bytes that the host can hand over in one job: every text that is read of an alert counts, each time. An array of zeros takes
// no memory before it is used, but counts for the limit `memory` of the action.
const most = 8 << 20

var (
	handed [most]byte
	used   uintptr
)

// It must not need anything of Go's runtime: not a larger stack, and no check of an index.
//
//go:nosplit
//go:wasmexport cabi_realloc
func cabiRealloc(old unsafe.Pointer, oldSize, align, size uintptr) unsafe.Pointer {
	first := uintptr(unsafe.Pointer(&handed))
	start := (first + used + align - 1) &^ (align - 1)
	// The host only ever asks for memory that is new. An address that there is none of makes it end the job.
	if oldSize != 0 || size > most || start+size > first+most {
		return unsafe.Pointer(^uintptr(0))
	}
	used = start + size - first
	return unsafe.Pointer(start)
}

// Unpin is called once the arguments of a call have been read: they stay where they are.
func Unpin() {}

// Allocate makes memory for the host to read or write, which stays in its place until it is unpinned.
func Allocate(pinner *runtime.Pinner, size, align uintptr) unsafe.Pointer {
	if size == 0 {
		return nil
	}
	// No type of the component model needs more than 8 bytes of alignment.
	memory := unsafe.Pointer(unsafe.SliceData(make([]uint64, (size+7)/8)))
	pinner.Pin(memory)
	return memory
}

// Handle is the number under which the host keeps a resource; 0 once it was given away.
type Handle struct {
	number int32
}

// MakeHandle is a handle of this number.
func MakeHandle(number int32) *Handle {
	return &Handle{number}
}

// Use is the number, which stays.
func (h *Handle) Use() int32 {
	if h.number == 0 {
		panic("this was dropped already")
	}
	return h.number
}

// Take is the number, which is given away.
func (h *Handle) Take() int32 {
	number := h.Use()
	h.number = 0
	return number
}

// TakeOrNil is the number, which is given away, or 0 when it was already.
func (h *Handle) TakeOrNil() int32 {
	number := h.number
	h.number = 0
	return number
}

// Set makes it a handle of this number.
func (h *Handle) Set(number int32) {
	h.number = number
}
