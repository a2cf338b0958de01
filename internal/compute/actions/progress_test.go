// SPDX-License-Identifier: MPL-2.0

package actions_test

import (
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// TestActionsTellPercents: of a task that takes its time an action tells how much is done: each figure once, in their order, however often
// the task is looked at meanwhile, and then how it ended.
func TestActionsTellPercents(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		does   string
		config map[string]any
		line   string // without the figure
		last   string // the end of the progress; empty: it ends with the last figure
		is     string // what vCenter then has of web
	}{
		"migrate":         {"live_migrate", nil, "web moves to ", "web is on ", "poweredOn, elsewhere"},
		"take a snapshot": {"snapshot", snapshot("create"), "the snapshot before of web is taken: ", "", "poweredOn, 1 snapshots"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sceneOf(t, nil)
			host := *s.vm().Runtime.Host
			var looks, due atomic.Int32
			next := s.vc.InSteps(s.vm().Self, 10, 55, 90)
			wire := s.vc.Between(t, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
				if c.Name == "RetrievePropertiesEx" && strings.Contains(string(c.Body), "info.progress") {
					if looks.Add(1); due.Load() > 0 && due.Add(-1) == 0 {
						next()
					}
				}
				return nil
			})
			p := s.vc.Provider(t, map[string]any{"vsphere_server": wire.Server, "ca_file": wire.CAFile})
			var told []string
			out := p.InvokeWithin(t.Context(), "novasphere_compute_instance_"+c.does, s.config(c.config), func(line string) {
				if !strings.HasSuffix(line, "%") || !strings.HasPrefix(line, c.line) {
					return
				}
				told = append(told, line[strings.LastIndex(line, " ")+1:])
				due.Store(3) // two more looks show the same figure, which is not told again
			})
			if errors := protocol.Errors(out.Said); len(errors) > 0 || !out.Ended {
				t.Errorf("%v, ended: %t", out.Said, out.Ended)
			}
			if !slices.Equal(told, []string{"10%", "55%", "90%"}) {
				t.Errorf("told is %v of %q", told, out.Progress)
			}
			if last := out.Progress[len(out.Progress)-1]; !strings.HasPrefix(last, c.last) {
				t.Errorf("the last is %q", last)
			}
			if is := s.facts(host); is != c.is {
				t.Errorf("it is %s, and not %s", is, c.is)
			}
			t.Logf("%q after %d looks", out.Progress, looks.Load())
		})
	}
}
