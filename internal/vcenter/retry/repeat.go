// SPDX-License-Identifier: MPL-2.0

// Package retry repeats calls that got no answer, or were refused for a moment.
package retry

import (
	"context"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
)

// MaxTransient is how often a call is repeated that vCenter refuses for a moment.
const MaxTransient = 4

// OrTransient returns a function that allows what may allows, and also the first MaxTransient transient errors.
func OrTransient(may func(error) bool) func(error) bool {
	passed := 0
	return func(err error) bool {
		if faults.Transient(err) {
			passed++
			return passed <= MaxTransient
		}
		return may(err)
	}
}

// Until repeats act while may allows its error, with growing pauses (0.1 s to 5 s), until end.
func Until(ctx context.Context, end time.Time, may func(error) bool, act func() error) error {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		err := act()
		if err == nil || !may(err) || time.Now().Add(pause).After(end) {
			return err
		}
		if logging.VCenter.Informs(ctx) {
			logging.VCenter.Info(ctx, "a call is repeated", "after", faults.Outcome(err), "pause_ms", pause.Milliseconds())
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// transientPatience bounds how long WhileTransient goes on.
const transientPatience = time.Minute

// WhileTransient repeats act while it is refused for a moment (Transient), at most MaxTransient times. It repeats nothing else: act may
// be a change, of which only a refused one has certainly changed nothing.
func WhileTransient(ctx context.Context, act func() error) error {
	never := func(error) bool { return false }
	return Until(ctx, time.Now().Add(transientPatience), OrTransient(never), act)
}

// Once repeats act once if its outcome is unknown. act must read the vCenter's state first and do only what is missing.
func Once(act func() error) error {
	err := act()
	if faults.OutcomeUnknown(err) {
		err = act()
	}
	return err
}
