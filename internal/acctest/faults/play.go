// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"sync"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// Beside runs verbs of several workspaces at the same time, on one vCenter, while some calls are broken. Users then follow the advice of
// the errors, and the result is compared with that of a run without a fault. All nouns have the same options of the vCenter, and no base.
func Beside(t testing.TB, nouns []*Noun, verbs []Verb, tamper func(vc *acctest.VCenter) vcsim.Tampering,
	clean map[Verb]Inventory) (out map[Verb]Verdict) {
	t.Helper()
	vc := acctest.Start(t, nouns[0].Options)
	stages := make([]*stage, len(nouns))
	for i, n := range nouns {
		stages[i] = &stage{t: t, noun: n, vc: vc, ws: NewWorkspace(t), untouched: func() error { return nil }}
	}
	out = map[Verb]Verdict{}
	for _, v := range verbs {
		failed := make([]error, len(stages))
		vc.Tamper(tamper(vc))
		var all sync.WaitGroup
		for i, s := range stages {
			s.configure(s.noun.aim(v))
			all.Go(func() { failed[i] = s.ws.Apply() })
		}
		all.Wait()
		vc.Tamper(nil)
		verdict := Verdict{Call: "some"}
		for i, s := range stages {
			if s.converge(failed[i], &verdict); !verdict.Converges {
				break
			}
		}
		if clean[v] == nil {
			clean[v] = stages[0].look()
		}
		verdict.compare(clean[v], stages[0])
		if out[v] = verdict; !verdict.Good() {
			return out
		}
	}
	return out
}

// Play breaks the call of a number, counted from one, during a verb, lets a user follow the advice of the errors, and judges the result.
func Play(t testing.TB, n *Noun, v Verb, call int, fault Fault) (out Verdict) {
	t.Helper()
	s := newStage(t, n)
	s.begin(v)
	counter := s.count(call, fault.at)
	err := s.ws.Apply()
	s.leave()
	out.Call = counter.Struck()
	s.end(v, err, &out)
	return out
}

// Command runs a verb with a CLI, which run starts in its workspace and waits for, while tamper handles a call to the vCenter or NSX. A
// user then follows the advice of the errors, and the result is judged.
func Command(t testing.TB, n *Noun, v Verb, at int, tamper Breaking, run func(ws *acctest.Workspace) error) (out Verdict) {
	t.Helper()
	s := newStage(t, n)
	s.begin(v)
	outside := s.vc.NewWorkspace(t, &acctest.Wire{Server: s.vc.Server(), CAFile: s.vc.CAFile}, s.text(n.aim(v)))
	s.ws.WriteState(outside.StateFile(), outside.ProviderAddress())
	counter := s.count(at, tamper)
	if err := run(outside); err != nil {
		out.Story = append(out.Story, err.Error())
	}
	s.leave()
	out.Call = counter.Struck()
	if !s.ws.ReadState(outside.StateFile()) {
		out.Story = append(out.Story, "the CLI was killed while it wrote the state: its backup is used")
		s.most, out.Torn = mostFromBackup, true
	}
	s.end(v, nil, &out)
	return out
}
