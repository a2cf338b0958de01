// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/provider"
)

// stage is a vCenter with a workspace for one noun.
type stage struct {
	t         testing.TB
	noun      *Noun
	vc        *acctest.VCenter
	untouched func() error
	ws        *protocol.Workspace
	most      int // how many applies a user may need; 0 means mostApplies
}

// newStage starts a vCenter of its own.
func newStage(t testing.TB, n *Noun) *stage {
	t.Helper()
	var vc *acctest.VCenter
	if n.NSX == nil {
		vc = acctest.Start(t, n.Options)
	} else {
		vc = acctest.StartWithNSX(t, acctest.NSXOptions{VCenter: n.Options})
	}
	if n.Prepare != nil {
		n.Prepare(t, vc)
	}
	return &stage{t: t, noun: n, vc: vc, ws: NewWorkspace(t), untouched: func() error { return nil }}
}

// version is the version that a provider started by a CLI reports. The tests' own provider reports it too, so that objects are equal.
const version = "dev"

// NewWorkspace returns a workspace in which each command has its own provider, which logs out at its end.
func NewWorkspace(t testing.TB) *protocol.Workspace {
	t.Helper()
	return protocol.NewWorkspace(t, func() (protocol.Factory, func()) {
		p := provider.New(version)
		return func() (protocol.Server, error) { return p.Server(), nil }, func() {
			ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
			defer stop()
			_ = p.Close(ctx) // vCenter ends a session whose logout failed
		}
	})
}

// text returns the whole configuration, with the base.
func (s *stage) text(rest string) string { return s.vc.Config(s.noun.Settings, s.noun.Base+rest) }

func (s *stage) configure(rest string) {
	s.t.Helper()
	s.ws.Configure(s.text(rest))
}

// must applies where nothing is broken.
func (s *stage) must(rest string) {
	s.t.Helper()
	s.configure(rest)
	if err := s.ws.Apply(); err != nil {
		s.t.Fatalf("without a fault: %s", err)
	}
}

// begin makes what exists before the verb, and configures the verb's aim.
func (s *stage) begin(v Verb) {
	s.t.Helper()
	if s.noun.Base != "" {
		s.must("")
	}
	if s.noun.NSX != nil {
		s.untouched = s.noun.NSX(s.t, s.vc.NSX)
	}
	if v != Create {
		s.must(s.noun.Create)
	}
	s.configure(s.noun.aim(v))
}

func (s *stage) look() Inventory {
	s.t.Helper()
	have, err := Look(s.t.Context(), s.vc)
	if err != nil {
		s.t.Fatal(err)
	}
	return have
}

// empty returns an error where a plan would do something.
func (s *stage) empty() error {
	s.t.Helper()
	does, err := s.ws.Plan()
	if err == nil && does != "" {
		err = fmt.Errorf("the plan is not empty: %s", does)
	}
	return err
}

// end lets a user go on after a verb has ended with err, and judges the result.
func (s *stage) end(v Verb, err error, out *Verdict) {
	s.t.Helper()
	s.converge(err, out)
	clean := s.noun.clean[v]
	if s.judge(clean, out); clean.after != nil && out.Good() {
		if s.noun.Strays {
			s.sweep()
		}
		s.configure("")
		s.converge(s.ws.Apply(), out)
		s.judge(*clean.after, out)
	}
}

// mostApplies is how many applies a user needs after a fault: one may report an object, the next adopts it, and one is spare.
const mostApplies = 3

// mostFromBackup is how many a user needs whose state lacks a whole command: each finds the objects that depend on those that the one
// before has adopted.
const mostFromBackup = 8

// converge applies with the import blocks that errors print until a plan is empty.
func (s *stage) converge(err error, out *Verdict) {
	s.t.Helper()
	out.Converges = false
	for applies := 0; ; applies++ {
		if err != nil {
			out.Story = append(out.Story, err.Error())
		} else if err = s.empty(); err == nil {
			out.Converges, out.Applies = true, max(out.Applies, applies)
			return
		} else {
			out.Story = append(out.Story, "planned: "+err.Error())
		}
		if applies == max(s.most, mostApplies) {
			return
		}
		for address, id := range Imports(err, s.ws.Referred) { // added to those of the plans that were refused since the last apply
			out.Story = append(out.Story, "import "+address+" "+id)
			s.ws.Import(address, id)
		}
		err = s.ws.Apply()
		s.ws.ForgetImports() // for objects that are in the state
	}
}

// judge compares the result with that of a run without a fault.
func (s *stage) judge(want outcome, out *Verdict) {
	s.t.Helper()
	out.compare(want.inventory, s)
	if !slices.Equal(managed(s.ws), want.addresses) && out.Converges { // an apply without changes writes the state that the plan has read
		if err := s.ws.Apply(); err != nil {
			out.Story = append(out.Story, "an apply with nothing to do: "+err.Error())
		}
	}
	if have := managed(s.ws); !slices.Equal(have, want.addresses) {
		out.Lost = append(out.Lost, fmt.Sprintf("the state has %v, not %v", have, want.addresses))
	}
}

// managed returns the resources in a state.
func managed(ws *protocol.Workspace) []string {
	return slices.DeleteFunc(ws.Addresses(), func(address string) bool { return strings.HasPrefix(address, "data.") })
}
