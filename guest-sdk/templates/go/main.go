// {{name}}: an action for Prelude Trigger. Says in the daemon's log what happened, and from where.
package main

import (
	"strings"

	"local/prelude"
)

// What the operator writes under `config:`.
type config struct {
	// What each line begins with.
	Prefix string `json:"prefix"`
}

func init() {
	prelude.Action(config{Prefix: "alert"}, run)
}

func run(job *prelude.Job, config *config, alert *prelude.Alert) (*prelude.Outcome, error) {
	what, found := alert.Text("alert.classification.text")
	if !found {
		return prelude.Skipped("the alert does not say what happened"), nil
	}
	addresses := alert.Texts("alert.source(*).node.address(*).address")
	from := "unknown"
	if len(addresses) > 0 {
		from = strings.Join(addresses, ", ")
	}

	if job.Observe() {
		return prelude.Simulated("would say %s from %s", what, from), nil
	}
	prelude.Info("%s: %s from %s", config.Prefix, what, from)
	return prelude.Done("%s from %s", what, from).Output("addresses", len(addresses)), nil
}

// The daemon calls the action; nothing is done before.
func main() {}
