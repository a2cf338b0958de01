// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"slices"
	"time"
)

// Verdict is the result of a fault.
type Verdict struct {
	Call                  string // the broken call; empty where the run had fewer calls
	Converges             bool
	Applies               int // after the broken one
	Lost, Leaked, Doubled []string
	Story                 []string // the results of the applies
	Torn                  bool     // the CLI was killed while it wrote its state, and all of that was lost
}

// Good reports whether nothing is wrong.
func (v Verdict) Good() bool {
	return v.Converges && len(v.Lost)+len(v.Leaked)+len(v.Doubled) == 0
}

// compare records what the vCenter has that it should not have, and what it lacks.
func (v *Verdict) compare(want Inventory, s *stage) {
	s.t.Helper()
	var more, missing []string
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		more, missing = Differences(want, s.look())
		if s.noun.Strays {
			more = withoutStrays(more)
		}
		if len(more)+len(missing) == 0 || time.Now().After(end) || !v.Converges {
			break
		}
	}
	for _, line := range more {
		if slices.Contains(want, line) {
			v.Doubled = append(v.Doubled, line)
		} else {
			v.Leaked = append(v.Leaked, line)
		}
	}
	v.Lost = append(v.Lost, missing...)
	if err := s.untouched(); err != nil {
		v.Lost = append(v.Lost, err.Error())
	}
}

// patience is how long a vCenter may go on with calls that it received.
const patience = 5 * time.Second
