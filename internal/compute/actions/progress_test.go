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
		call   string
		config map[string]any
		line   string // without the figure
		last   string // the end of the progress; empty: it ends with the last figure
		is     string // what vCenter then has of web
	}{
		"migrate": {"live_migrate", "RelocateVM_Task", nil, "web moves to ", "web is on ", "poweredOn, elsewhere"},
		"take a snapshot": {"snapshot", "CreateSnapshot_Task", snapshot("create"), "the snapshot before of web is taken: ", "",
			"poweredOn, 1 snapshots"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sceneOf(t, nil)
			host := *s.vm().Runtime.Host
			var looks atomic.Int32
			var sent atomic.Bool
			next := s.vc.InSteps(s.vm().Self, 10, 55, 90)
			wire := s.vc.Between(t, func(sees acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
				if sees.Name == c.call {
					sent.Store(true)
				}
				looked := sent.Load() && sees.Name == "RetrievePropertiesEx" && strings.Contains(string(sees.Body), "info.state")
				if looked && looks.Add(1)%3 == 0 { // several looks show the same figure, which is told once
					next()
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
