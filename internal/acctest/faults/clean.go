// SPDX-License-Identifier: MPL-2.0

package faults

import "testing"

// Clean runs a noun's verbs without a fault, once, and returns the calls of each.
func (n *Noun) Clean(t testing.TB) map[Verb][]string {
	t.Helper()
	n.once.Do(func() {
		n.clean = map[Verb]outcome{}
		for _, v := range n.Verbs() {
			n.clean[v] = n.cleanly(t, v)
		}
	})
	out := map[Verb][]string{}
	for v, o := range n.clean {
		out[v] = o.calls
	}
	if len(out) != len(n.Verbs()) {
		t.Fatal("the clean run has failed")
	}
	return out
}

func (n *Noun) cleanly(t testing.TB, v Verb) outcome {
	t.Helper()
	own := &scope{TB: t}
	defer own.end()
	s := newStage(own, n)
	s.begin(v)
	counter := s.count(0, nil)
	err := s.ws.Apply()
	s.leave()
	if err == nil {
		err = s.empty()
	}
	if err != nil {
		t.Fatalf("%s of %s without a fault: %s", v, n.Name, err)
	}
	out := outcome{calls: counter.Names(), inventory: s.look(), addresses: managed(s.ws)}
	if v != Destroy {
		s.must("")
		out.after = &outcome{inventory: s.look(), addresses: managed(s.ws)}
	}
	if err := s.untouched(); err != nil {
		t.Fatalf("%s of %s without a fault: %s", v, n.Name, err)
	}
	return out
}
