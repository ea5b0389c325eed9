package prelude

import (
	"fmt"

	"local/prelude/bindings/idmef"
	wit "local/prelude/bindings/wit/types"
)

// Alert is the alert that the job is for. Everything in it may have been chosen by an attacker.
//
// A path that is none, or that the operator has not granted, ends the job as misconfigured: those of a configuration are for
// CheckPath, when it is validated.
type Alert struct {
	// Message asks for values as they are typed.
	Message *idmef.Message
}

// Text is the first value at a path as text, and whether there is one.
func (a *Alert) Text(path string) (string, bool) {
	return answered(path, a.Message.GetText(path)).Get()
}

// Texts are all values at a path as text.
func (a *Alert) Texts(path string) []string {
	return answered(path, a.Message.GetAllText(path))
}

// JSON is the whole alert as IDMEF JSON, on one line.
func (a *Alert) JSON() string {
	return a.Message.ToJson()
}

// CheckPath tells why a path does not lead to values; nil when it does.
func CheckPath(path string) error {
	found := idmef.Describe(path)
	if found.Tag() == wit.ResultErr {
		return fmt.Errorf("path `%s`: %s", path, reason(found.Err()))
	}
	if found.Ok().ValueType == idmef.ValueType_Class {
		return fmt.Errorf("path `%s` leads to a class, which has no value", path)
	}
	return nil
}

func answered[T any](path string, answer wit.Result[T, idmef.PathError]) T {
	if answer.Tag() == wit.ResultErr {
		panic(Misconfigured("path `%s`: %s", path, reason(answer.Err())))
	}
	return answer.Ok()
}

func reason(problem idmef.PathError) string {
	if problem.Tag() == idmef.PathError_Other {
		return problem.Other()
	}
	invalid := problem.Invalid()
	if nearest, found := invalid.Suggestion.Get(); found {
		return fmt.Sprintf("%s; did you mean `%s`?", invalid.Message, nearest)
	}
	return invalid.Message
}
