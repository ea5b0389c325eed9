// SPDX-License-Identifier: MIT OR Apache-2.0

// stix: what an alert observed as a bundle of STIX 2.1, in a file of a directory that is granted. README.md shows a configuration.
package main

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"local/prelude"
)

const (
	// More addresses, names or accounts are not told.
	most = 100
	// Longest text that is told, in characters.
	longest = 1000
)

var severities = []string{"info", "low", "medium", "high"}

// What the operator writes under `config:`.
type config struct {
	Directory string   `json:"directory"`
	Producer  producer `json:"producer"`
	TLP       string   `json:"tlp"`
	Targets   bool     `json:"targets"`
	// Nil when no indicators are wanted.
	Indicators *indicators `json:"indicators"`
}

type producer struct {
	Name string `json:"name"`
	ID   string `json:"id"`
}

type indicators struct {
	Severity string   `json:"severity"`
	Days     int      `json:"days"`
	Never    []string `json:"never"`
}

var identity = regexp.MustCompile(`^identity--[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// Check tells what is wrong with a configuration.
func (c *config) Check() []prelude.Issue {
	var found []prelude.Issue
	wrong := func(pointer, format string, values ...any) {
		found = append(found, prelude.Problem(pointer, format, values...))
	}
	if !strings.HasPrefix(c.Directory, "/") {
		wrong("/directory", "where bundles are written is missing: a directory that is granted, such as /out")
	} else if info, err := os.Stat(c.Directory); err != nil || !info.IsDir() {
		wrong("/directory", "there is no directory %s: is it granted?", c.Directory)
	}
	if (c.Producer.Name == "") == (c.Producer.ID == "") {
		wrong("/producer", "expected either a name or an id")
	} else if c.Producer.ID != "" && !identity.MatchString(c.Producer.ID) {
		wrong("/producer/id", "expected identity--, followed by a UUID in small letters")
	}
	if _, known := markings[c.TLP]; !known {
		wrong("/tlp", "expected white, green, amber or red")
	}
	if wanted := c.Indicators; wanted != nil {
		if wanted.Severity != "" && !slices.Contains(severities, wanted.Severity) {
			wrong("/indicators/severity", "expected one of %s", strings.Join(severities, ", "))
		}
		if wanted.Days < 0 || wanted.Days > 3650 {
			wrong("/indicators/days", "expected 1 to 3650 days")
		}
		for _, text := range wanted.Never {
			if _, err := network(text); err != nil {
				wrong("/indicators/never", "%s is neither an address nor a network such as 192.0.2.0/24", text)
			}
		}
	}
	return found
}

// network reads `192.0.2.0/24`, or a single address.
func network(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return netip.Prefix{}, err
		}
		return address.Prefix(address.BitLen())
	}
	return netip.ParsePrefix(text)
}

func init() {
	prelude.Action(config{TLP: "amber"}, run)
}

// The daemon calls the action; nothing is done before.
func main() {}

func run(job *prelude.Job, config *config, alert *prelude.Alert) (*prelude.Outcome, error) {
	what, found := alert.Text("alert.classification.text")
	if !found {
		what = "an alert that does not say what happened"
	}
	what = shortened(what)
	bundle := newBundle(config, when(alert))
	sources := bundle.end(alert, "source")
	if config.Targets {
		targets := bundle.end(alert, "target")
		bundle.traffic(alert, sources, targets)
	}
	if len(bundle.seen) == 0 {
		return prelude.Skipped("the alert names no address, host or account that is told"), nil
	}
	severity, _ := alert.Text("alert.assessment.impact.severity")
	bundle.observed(alert, what, severity)
	made := bundle.indicate(sources, severity)

	name := "bundle--" + named("bundle", job.JobId)
	if job.Observe() {
		return prelude.Simulated("would write %s.json with %d objects", name, len(bundle.objects)), nil
	}
	file := filepath.Join(config.Directory, name+".json")
	if err := write(file, bundle.text(name)); err != nil {
		return nil, err
	}
	return prelude.Done("wrote what was observed of %s", what).
		Output("file", file).Output("objects", len(bundle.objects)).Output("indicators", made), nil
}

func shortened(text string) string {
	if characters := []rune(text); len(characters) > longest {
		return string(characters[:longest-1]) + "…"
	}
	return text
}

// when is the time at which it happened, or was told.
func when(alert *prelude.Alert) time.Time {
	for _, path := range []string{"alert.detect_time", "alert.create_time"} {
		if text, found := alert.Text(path); found {
			if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
				return at.UTC()
			}
		}
	}
	return time.Now().UTC()
}

// write makes a file that is there whole or not at all. One of the same job, which was tried before, is replaced.
func write(file string, text []byte) error {
	part := file + ".part"
	err := os.WriteFile(part, text, 0o644)
	if err == nil {
		err = os.Rename(part, file)
	}
	if err == nil {
		return nil
	}
	os.Remove(part)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return prelude.Misconfigured("%v: is the directory granted with `mode: rw`, and may the daemon write there?", err)
	}
	return prelude.Transient("%v", err)
}
