// SPDX-License-Identifier: MPL-2.0

package actions_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/privileges"
)

// deed is an action with one of its features, done to the instance web by an account that has what the table of privileges says.
type deed struct {
	noun, feature string   // as in package privileges
	only          []string // the privileges that it asks for, where the action's others are those of other deeds; nil: all
	flavor        string   // of web; empty: m1.small
	before        func(l *lab, web protocol.Object)
	settings      func(l *lab) map[string]any // more of the account's provider; nil: none
	config        func(l *lab, web protocol.Object) map[string]any
}

// onWeb returns a function that gives the arguments of an action on web.
func onWeb(more ...any) func(*lab, protocol.Object) map[string]any {
	return func(_ *lab, web protocol.Object) map[string]any { return id(web, more...) }
}

// offHost returns a function that gives the arguments of an evacuation of web's host.
func offHost(more map[string]any) func(*lab, protocol.Object) map[string]any {
	return func(l *lab, _ protocol.Object) map[string]any {
		out := map[string]any{"node_id": l.hostOf("web")}
		maps.Copy(out, more)
		return out
	}
}

// stopped has an administrator stop web.
func stopped(l *lab, web protocol.Object) {
	l.t.Helper()
	l.done(power, id(web, "state", "shutoff"))
}

// untold has web's metadata change while it runs, and be gone once it is off: its guest is told them before it starts again.
func untold(l *lab, web protocol.Object) {
	l.t.Helper()
	l.DropGuestinfo(true)
	stopped(l, l.Bring(instance, server("web", map[string]any{"metadata": map[string]any{"role": "front"}}), web))
}

// otherStore has the provider's instances lie on a datastore that web is not on.
func otherStore(l *lab) map[string]any {
	l.t.Helper()
	if strings.HasPrefix(l.VM("OpenStack/web").Config.Files.VmPathName, "[vmfs-1]") {
		return map[string]any{"datastore": "vmfs-2"}
	}
	return map[string]any{"datastore": "vmfs-1"}
}

const (
	migrates  = "compute_instance_live_migrate"
	evacuates = "compute_node_evacuate"
	byBlock   = "`block_migration`"
	byPolicy  = "an instance with a storage policy"
)

var deeds = map[string]deed{
	"soft reboot": {noun: "compute_instance_reboot", config: onWeb()},
	"hard reboot": {noun: "compute_instance_reboot", config: onWeb("type", "hard")},
	"stop": {noun: "compute_instance_power", config: onWeb("state", "shutoff"),
		only: []string{"VirtualMachine.Interact.PowerOff"}},
	"suspend": {noun: "compute_instance_power", config: onWeb("state", "suspended"),
		only: []string{"VirtualMachine.Interact.Suspend"}},
	"start": {noun: "compute_instance_power", before: stopped, config: onWeb("state", "active"),
		only: []string{"VirtualMachine.Interact.PowerOn"}},
	"start of a guest that is told anew": {noun: "compute_instance_power", feature: "starting a guest that has to be told anew",
		before: untold, config: onWeb("state", "active")},
	"migrate":                    {noun: migrates, config: onWeb()},
	"migrate with its disks":     {noun: migrates, feature: byBlock, settings: otherStore, config: onWeb("block_migration", true)},
	"migrate with its policy":    {noun: migrates, feature: byPolicy, flavor: "gold", config: onWeb()},
	"evacuate":                   {noun: evacuates, config: offHost(nil)},
	"evacuate one with a policy": {noun: evacuates, feature: byPolicy, flavor: "gold", config: offHost(nil)},
	"evacuate one that is off": {noun: evacuates, before: stopped, config: offHost(map[string]any{"evacuate_powered_off": true}),
		only: []string{"Resource.ColdMigrate", "Resource.AssignVMToPool"}},
	"evacuate with disks": {noun: evacuates, feature: byBlock, settings: otherStore,
		config: offHost(map[string]any{"block_migration": true})},
	"console log": {noun: "compute_instance_console_log", config: onWeb("length", 3),
		before: func(l *lab, _ protocol.Object) {
			l.t.Helper()
			l.logging(l.VM("OpenStack/web"), "login: \r\n")
		}},
}

// TestActionPrivileges: each action does with the privileges that the table gives it, asks for no others, and without each of them it is
// refused with its name.
func TestActionPrivileges(t *testing.T) {
	t.Parallel()
	for name, d := range deeds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d.do(t)
		})
	}
}

// own returns the privileges without which the deed is refused, and all that the account has.
func (d deed) own() (own, all []privileges.Granted) {
	all, base := privileges.Of(d.noun, d.feature), privileges.Of(d.noun)
	return slices.DeleteFunc(slices.Clone(all), func(g privileges.Granted) bool {
		return d.feature != "" && slices.Contains(base, g) || d.only != nil && !slices.Contains(d.only, g.Privilege)
	}), all
}

func (d deed) do(t *testing.T) {
	t.Helper()
	l := newLab(t, vcsim.Options{})
	wanted := map[string]any{}
	if d.flavor != "" {
		l.Bring("novasphere_compute_flavor", map[string]any{"name": d.flavor, "vcpus": 1, "ram": 512, "disk": 20, "extra_specs": map[string]any{
			"vmware:storage_policy": "vSAN Default Storage Policy"}}, protocol.Object{})
		wanted["flavor_name"] = d.flavor
	}
	web := l.Bring(instance, server("web", wanted), protocol.Object{})
	if d.before != nil {
		d.before(l, web)
	}
	own, all := d.own()
	if len(own) == 0 {
		t.Fatal("the table gives it nothing")
	}
	as := func(user string, granted []privileges.Granted) *lab {
		settings := l.Restricted(user, granted)
		if d.settings != nil {
			maps.Copy(settings, d.settings(l))
		}
		return &lab{l.VCenter, protocol.Configured(t, acctest.Factories["novasphere"], settings), t}
	}
	for i, lacking := range own {
		rest := slices.DeleteFunc(slices.Clone(all), func(g privileges.Granted) bool { return g == lacking })
		said := fmt.Sprint(protocol.Errors(as(fmt.Sprintf("without-%d@vsphere.local", i), rest).Invoke("novasphere_"+d.noun,
			d.config(l, web)).Said))
		if !strings.Contains(said, lacking.Privilege) {
			t.Errorf("without %s it says %s", lacking.Privilege, said)
		}
	}
	const enough = "enough@vsphere.local"
	as(enough, all).done("novasphere_"+d.noun, d.config(l, web))
	needs := acctest.Needed(t, l.Asked(enough))
	for _, g := range needs {
		if !slices.Contains(all, g) {
			t.Errorf("it asks for %s on %s, which the table does not give it", g.Privilege, g.On)
		}
	}
	for _, g := range own {
		if !slices.Contains(needs, g) {
			t.Errorf("it never asks for %s on %s, which the table gives it", g.Privilege, g.On)
		}
	}
}

// TestActionPrivilegesAreDone: what the table says of these actions is done by one of the tests, privilege by privilege.
func TestActionPrivilegesAreDone(t *testing.T) {
	t.Parallel()
	done := map[string][]privileges.Granted{}
	for _, d := range deeds {
		own, _ := d.own()
		done[d.noun] = append(done[d.noun], own...)
	}
	for _, u := range privileges.Uses {
		for _, g := range u.Grants {
			for _, one := range g.IDs {
				if done[u.Noun] != nil && !slices.Contains(done[u.Noun], privileges.Granted{On: g.On, Privilege: one}) {
					t.Errorf("nothing does %s %s without %s on %s", u.Noun, u.Feature, one, g.On)
				}
			}
		}
	}
}
