// Package types has the types of the component model that Go has none for.
package types

// Unit is what a function answers that answers nothing.
type Unit struct{}

// The cases of Option and Result.
const (
	OptionNone = 0
	OptionSome = 1
	ResultOk   = 0
	ResultErr  = 1
)

// Option is a value that may be missing.
type Option[T any] struct {
	present bool
	value   T
}

// Some is a value that is there.
func Some[T any](value T) Option[T] {
	return Option[T]{true, value}
}

// None is a value that is missing.
func None[T any]() Option[T] {
	return Option[T]{}
}

// Tag tells the case.
func (o Option[T]) Tag() uint8 {
	if o.present {
		return OptionSome
	}
	return OptionNone
}

// Some is the value. Ask for it only when there is one.
func (o Option[T]) Some() T {
	if !o.present {
		panic("there is no value")
	}
	return o.value
}

// Get is the value, and whether there is one.
func (o Option[T]) Get() (T, bool) {
	return o.value, o.present
}

// Result is how something went: well, or not.
type Result[T, E any] struct {
	failed bool
	value  T
	reason E
}

// Ok is what went well.
func Ok[T, E any](value T) Result[T, E] {
	return Result[T, E]{value: value}
}

// Err is what did not.
func Err[T, E any](reason E) Result[T, E] {
	return Result[T, E]{failed: true, reason: reason}
}

// Tag tells the case.
func (r Result[T, E]) Tag() uint8 {
	if r.failed {
		return ResultErr
	}
	return ResultOk
}

// Ok is the value. Ask for it only when it went well.
func (r Result[T, E]) Ok() T {
	if r.failed {
		panic("there is no value, but an error")
	}
	return r.value
}

// Err is the reason. Ask for it only when it did not go well.
func (r Result[T, E]) Err() E {
	if !r.failed {
		panic("there is no error")
	}
	return r.reason
}
