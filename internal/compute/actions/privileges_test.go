// SPDX-License-Identifier: MPL-2.0

package actions_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/privileges"
)

// TestActionPrivilegesOfSnapshotsAndRescues: with the privileges that the table gives an action it works, and without each of them an error
// names it.
func TestActionPrivilegesOfSnapshotsAndRescues(t *testing.T) {
	t.Parallel()
	for action, c := range map[string]struct {
		begin, end string           // actions before and after it, by an administrator
		config     []map[string]any // of its invocations, one after the other
	}{
		"snapshot": {"", "", []map[string]any{snapshot("create"), snapshot("revert"), snapshot("delete")}},
		"rescue":   {"", "unrescue", []map[string]any{nil}},
		"unrescue": {"rescue", "", []map[string]any{nil}},
		"shelve":   {"", "unshelve", []map[string]any{nil}},
		"unshelve": {"shelve", "", []map[string]any{nil}},
	} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			s, all := sceneOf(t, nil), privileges.Of("compute_instance_"+action)
			as := func(name string, has []privileges.Granted) (said string) {
				if c.begin != "" {
					s.invoke(c.begin, nil)
				}
				p := s.vc.Provider(t, s.vc.Restricted(name, has))
				for _, config := range c.config {
					out := p.Invoke("novasphere_compute_instance_"+action, s.config(config))
					said += fmt.Sprint(protocol.Errors(out.Said))
				}
				for _, config := range c.config { // an administrator comes to the end of what was begun
					s.p.Invoke("novasphere_compute_instance_"+action, s.config(config))
				}
				if c.end != "" {
					s.invoke(c.end, nil)
				}
				return strings.ReplaceAll(said, "[]", "")
			}
			if said := as("all", all); said != "" || len(all) == 0 {
				t.Errorf("with all %d of them: %s", len(all), said)
			}
			for i, g := range all {
				rest := slices.DeleteFunc(slices.Clone(all), func(one privileges.Granted) bool { return one == g })
				if said := as(fmt.Sprintf("without-%d", i), rest); !strings.Contains(said, g.Privilege) {
					t.Errorf("without %s it says %q", g.Privilege, said)
				}
			}
		})
	}
}
