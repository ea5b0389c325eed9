package prelude

import (
	"errors"
	"fmt"

	"local/prelude/bindings/commands"
	"local/prelude/bindings/log"
	"local/prelude/bindings/secrets"
	"local/prelude/bindings/types"
	wit "local/prelude/bindings/wit/types"
)

// Debug writes a line into the daemon's log, as its siblings do.
func Debug(format string, values ...any) {
	write(log.Level_Debug, format, values)
}

// Info tells what is usual.
func Info(format string, values ...any) {
	write(log.Level_Info, format, values)
}

// Warn tells what somebody should look at.
func Warn(format string, values ...any) {
	write(log.Level_Warn, format, values)
}

// Error tells what went wrong.
func Error(format string, values ...any) {
	write(log.Level_Error, format, values)
}

func write(level log.Level, format string, values []any) {
	if log.Enabled(level) {
		log.Log(level, fmt.Sprintf(format, values...), nil)
	}
}

// Secret reveals a secret that the operator granted under this name. It needs the grant `secrets`.
func Secret(name string) ([]byte, error) {
	told := secrets.Reveal(name)
	if told.Tag() == wit.ResultOk {
		return told.Ok(), nil
	}
	problem := told.Err()
	if problem.Tag() == secrets.SecretError_Denied {
		return nil, Misconfigured("secret `%s`: %s", name, problem.Denied())
	}
	return nil, Misconfigured("secret `%s`: %s", name, problem.Other())
}

// Argument fills a gap of a command.
func Argument(name, text string) types.NamedText {
	return types.NamedText{Name: name, Text: text}
}

// Command runs a command that the operator granted under this name, to its end. It needs the grant `commands`. How it ended
// is for whoever knows the program; an error says that it was not run.
func Command(name string, arguments ...types.NamedText) (commands.Completed, error) {
	ran := commands.Run(name, arguments)
	if ran.Tag() == wit.ResultOk {
		return ran.Ok(), nil
	}
	switch problem := ran.Err(); problem.Tag() {
	case commands.CommandError_Denied:
		return commands.Completed{}, Misconfigured("command `%s`: %s", name, problem.Denied())
	case commands.CommandError_Invalid:
		return commands.Completed{}, Permanent("command `%s`: %s: %s", name, problem.Invalid().Name, problem.Invalid().Message)
	default:
		return commands.Completed{}, Transient("command `%s`: %s", name, problem.Other())
	}
}

// Succeeded is nil when a command ended with status 0, and else says how it ended.
func Succeeded(completed commands.Completed) error {
	switch ending := completed.Ending; ending.Tag() {
	case commands.Ending_Exited:
		if ending.Exited() == 0 {
			return nil
		}
		return fmt.Errorf("it ended with status %d: %s", ending.Exited(), completed.Stderr)
	case commands.Ending_Signalled:
		return fmt.Errorf("it was ended by signal %d", ending.Signalled())
	default:
		return errors.New("it took too long and was stopped")
	}
}
