// Package handler has what the daemon calls by way of package exports. Package prelude fills it in.
package handler

import (
	"local/prelude/bindings/idmef"
	"local/prelude/bindings/types"
	wit "local/prelude/bindings/wit/types"
)

// Validate checks a configuration.
var Validate func(config string) wit.Result[wit.Unit, []types.ConfigIssue]

// Run does it, for one alert.
var Run func(context types.Context, config string, alert *idmef.Message) wit.Result[types.Outcome, types.ActionError]
