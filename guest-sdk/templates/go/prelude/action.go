// Package prelude makes an action for Prelude Trigger of a type for the configuration and one function.
package prelude

import (
	"errors"
	"fmt"

	_ "local/prelude/bindings/exports"
	"local/prelude/bindings/handler"
	"local/prelude/bindings/idmef"
	"local/prelude/bindings/types"
	wit "local/prelude/bindings/wit/types"
)

// Job is one execution of the action: its particulars, as the daemon tells them.
type Job struct {
	types.Context
}

// Observe tells whether nothing may be done that has an effect; the outcome says what would have been done.
func (j *Job) Observe() bool {
	return j.Mode == types.Mode_Observe
}

// Checker is a configuration that has more to check than that its values are of the right types.
type Checker interface {
	// Check tells what is wrong.
	Check() []Issue
}

// Action says what the action is: its configuration when the operator writes nothing, and what it does for one alert. It is called
// once, in init.
//
// What is under `config:` is read into a copy of defaults, as its `json:"name"` tags say; keys that have no field are refused. Then
// it is checked, if it is a Checker. An error that run answers is a Failure; any other is a permanent one.
func Action[C any](defaults C, run func(job *Job, config *C, alert *Alert) (*Outcome, error)) {
	// What each call reads is its own: the maps and lists of defaults are replaced and never written into.
	load := func(text string) (*C, []Issue) {
		config := defaults
		issues := read(text, &config)
		if checker, checks := any(&config).(Checker); checks && len(issues) == 0 {
			issues = checker.Check()
		}
		return &config, issues
	}
	handler.Validate = func(text string) wit.Result[wit.Unit, []types.ConfigIssue] {
		if _, issues := load(text); len(issues) > 0 {
			return wit.Err[wit.Unit](issues)
		}
		return wit.Ok[wit.Unit, []types.ConfigIssue](wit.Unit{})
	}
	handler.Run = func(context types.Context, text string, message *idmef.Message) wit.Result[types.Outcome, types.ActionError] {
		defer message.Drop()
		outcome, err := guarded(func() (*Outcome, error) {
			config, issues := load(text)
			if len(issues) > 0 {
				return nil, Misconfigured("%s: %s", issues[0].Pointer, issues[0].Message)
			}
			return run(&Job{context}, config, &Alert{message})
		})
		if err != nil {
			return wit.Err[types.Outcome](failed(err))
		}
		return wit.Ok[types.Outcome, types.ActionError](outcome.outcome)
	}
}

// guarded ends the job with a Failure that was panicked with, as Alert does. Any other panic is a crash, which the daemon tells
// with its trace.
func guarded(run func() (*Outcome, error)) (outcome *Outcome, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			failure, told := cause.(*Failure)
			if !told {
				panic(cause)
			}
			err = failure
		}
	}()
	outcome, err = run()
	if outcome == nil && err == nil {
		err = Permanent("the action said neither how the job ended nor why it failed")
	}
	return outcome, err
}

// Outcome is how a job ended well.
type Outcome struct {
	outcome types.Outcome
}

func ended(status types.Status, format string, values []any) *Outcome {
	return &Outcome{types.Outcome{Status: status, Summary: wit.Some(fmt.Sprintf(format, values...))}}
}

// Done says what was done: `return prelude.Done("blocked %s", address), nil`.
func Done(format string, values ...any) *Outcome {
	return ended(types.Status_Done, format, values)
}

// Skipped says why there was nothing to do.
func Skipped(format string, values ...any) *Outcome {
	return ended(types.Status_Skipped, format, values)
}

// Simulated says what would have been done; the mode is `observe`.
func Simulated(format string, values ...any) *Outcome {
	return ended(types.Status_Simulated, format, values)
}

// Output adds a particular worth keeping.
func (o *Outcome) Output(name string, value any) *Outcome {
	o.outcome.Outputs = append(o.outcome.Outputs, types.NamedText{Name: name, Text: fmt.Sprint(value)})
	return o
}

// Failure is why a job failed, and whether trying again could help.
type Failure struct {
	make func(types.Failure) types.ActionError
	// Message is one line for the operator.
	Message string
	// Code is a short word for programs, such as `http-503`; empty for none.
	Code string
	// RetryAfter is how many milliseconds to wait at least before the next attempt; 0 leaves it to the daemon.
	RetryAfter uint64
}

// Error is the message.
func (f *Failure) Error() string {
	return f.Message
}

// Transient is a failure that may not be one later: a server did not answer.
func Transient(format string, values ...any) *Failure {
	return &Failure{make: types.MakeActionErrorTransient, Message: fmt.Sprintf(format, values...)}
}

// Permanent is a failure for this alert.
func Permanent(format string, values ...any) *Failure {
	return &Failure{make: types.MakeActionErrorPermanent, Message: fmt.Sprintf(format, values...)}
}

// Misconfigured is a failure for any alert, until the configuration is changed.
func Misconfigured(format string, values ...any) *Failure {
	return &Failure{make: types.MakeActionErrorMisconfigured, Message: fmt.Sprintf(format, values...)}
}

func failed(err error) types.ActionError {
	var failure *Failure
	if !errors.As(err, &failure) {
		failure = Permanent("%v", err)
	}
	told := types.Failure{Message: err.Error()}
	if failure.Code != "" {
		told.Code = wit.Some(failure.Code)
	}
	if failure.RetryAfter > 0 {
		told.RetryAfterMs = wit.Some(failure.RetryAfter)
	}
	return failure.make(told)
}
