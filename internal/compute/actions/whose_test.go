// SPDX-License-Identifier: MPL-2.0

package actions_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/recordings"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/privileges"
)

// TestActionsOnNovasMachine: an instance that Nova made, and that no resource has recorded, can be acted on: its record is Nova's, and
// stays as it is.
func TestActionsOnNovasMachine(t *testing.T) {
	t.Parallel()
	l := newLab(t, vcsim.Options{})
	all := recordings.Condensed(t)
	first := slices.IndexFunc(all, func(r recordings.Recording) bool { return strings.HasPrefix(r.Name, "001") })
	if first < 0 {
		t.Fatal("there is no recording 001")
	}
	made, err := l.Replayer(t).Replay(all[first], 0)
	if err != nil || len(made) != 1 {
		t.Fatalf("%d machines: %v", len(made), err)
	}
	before := acctest.Extra(l.VM(made[0].Path))
	l.done(power, map[string]any{"instance_id": made[0].ID, "state": "active"})
	l.done(reboot, map[string]any{"instance_id": made[0].ID, "type": "hard"})
	l.done(migrate, map[string]any{"instance_id": made[0].ID})
	l.done(power, map[string]any{"instance_id": made[0].ID, "state": "shutoff"})
	after := acctest.Extra(l.VM(made[0].Path))
	for key := range after {
		if strings.HasPrefix(key, "novasphere.") && before[key] == "" {
			t.Errorf("it was given %s", key)
		}
	}
}

// TestActionPrivileges: each action does with the privileges that its page names, and without one of them it is refused with its name.
func TestActionPrivileges(t *testing.T) {
	t.Parallel()
	on := func(object privileges.Object, ids ...string) (out []privileges.Granted) {
		for _, id := range ids {
			out = append(out, privileges.Granted{On: object, Privilege: id})
		}
		return out
	}
	for name, c := range map[string]struct {
		kind   string
		more   []any
		needs  []privileges.Granted
		before func(l *lab, web protocol.Object)
	}{
		"soft reboot": {kind: reboot, needs: on(privileges.Machines, "VirtualMachine.Interact.Reset")},
		"hard reboot": {kind: reboot, more: []any{"type", "hard"}, needs: on(privileges.Machines, "VirtualMachine.Interact.Reset")},
		"stop":        {kind: power, more: []any{"state", "shutoff"}, needs: on(privileges.Machines, "VirtualMachine.Interact.PowerOff")},
		"suspend":     {kind: power, more: []any{"state", "suspended"}, needs: on(privileges.Machines, "VirtualMachine.Interact.Suspend")},
		"start": {kind: power, more: []any{"state", "active"}, needs: on(privileges.Machines, "VirtualMachine.Interact.PowerOn"),
			before: func(l *lab, web protocol.Object) { l.done(power, id(web, "state", "shutoff")) }},
		"migrate": {kind: migrate, needs: slices.Concat(on(privileges.Machines, "Resource.ColdMigrate", "Resource.HotMigrate"),
			on(privileges.Pools, "Resource.AssignVMToPool"))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, vcsim.Options{})
			web, _ := l.made("web")
			if c.before != nil {
				c.before(l, web)
			}
			as := func(user string, granted []privileges.Granted) *lab {
				return &lab{l.VCenter, protocol.Configured(t, acctest.Factories["novasphere"], l.Restricted(user, granted)), t}
			}
			for i, lacking := range c.needs {
				less := as("less-"+string(rune('a'+i))+"@vsphere.local", slices.Delete(slices.Clone(c.needs), i, i+1))
				less.refused(c.kind, id(web, c.more...), "", lacking.Privilege)
			}
			as("enough@vsphere.local", c.needs).done(c.kind, id(web, c.more...))
		})
	}
}
