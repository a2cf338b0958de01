// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// held checks which host the instance runs on, and that only the rule of one host binds it; empty: none.
func held(t *testing.T, vc *acctest.VCenter, when, on, bound string) {
	t.Helper()
	finder := find.NewFinder(vc.Client().Client)
	host := func(name string) types.ManagedObjectReference {
		found, err := finder.HostSystem(t.Context(), "/dc1/host/*/"+name)
		if err != nil {
			t.Fatal(err)
		}
		return found.Reference()
	}
	vm := vc.VM("OpenStack/web")
	if *vm.Runtime.Host != host(on) || vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		t.Errorf("%s: it is %s on %s, not on %s", when, vm.Runtime.PowerState, vm.Runtime.Host.Value, on)
	}
	var rules, groups []string
	for _, cluster := range []string{"compute", "compute-2"} {
		r, g := rulesIn(t, vc, cluster)
		rules, groups = append(rules, r...), append(groups, g...)
	}
	if ties := vc.Parameters(vm)["novasphere.placement"]; bound == "" {
		if len(rules)+len(groups) > 0 || ties != "" {
			t.Errorf("%s: rules %v and groups %v are there, and it says %q", when, rules, groups, ties)
		}
		return
	}
	rule := "novasphere-host-" + host(bound).Value
	if !slices.Equal(rules, []string{rule + " 0"}) || !slices.Equal(groups, []string{rule + "-hosts: 1", rule + "-vms: 1"}) ||
		!strings.Contains(vc.Parameters(vm)["novasphere.placement"], rule) {
		t.Errorf("%s: rules %v, groups %v, and it says %q", when, rules, groups, vc.Parameters(vm)["novasphere.placement"])
	}
}

// TestMoveBound: a rule that binds an instance to a host follows it within a cluster and to another one, and is made and removed where
// it stays. The instance moves no more often than it must, and never stops.
func TestMoveBound(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{Clusters: 2}))
		c := zoned(t, vc, vc.Wire(t), "")
		is := inZone(t, c, "az1:esx-1")
		held(t, vc, "made", "esx-1", "esx-1")
		for _, step := range []struct {
			zone, on, bound string
			moves           int
		}{
			{"az1:esx-2", "esx-2", "esx-2", 1}, {"az1", "esx-2", "", 0}, {"az1:ESX-2", "esx-2", "esx-2", 0}, {"az1", "esx-2", "", 0},
			{"az1:esx-3", "esx-3", "esx-3", 1},
			{"az2:esx-5", "esx-5", "esx-5", 1}, {"az2:esx-6", "esx-6", "esx-6", 1}, {"az1:esx-1", "esx-1", "esx-1", 1},
		} {
			vc.ResetCalls()
			now, err := move(t, c, is, step.zone)
			if calls := vc.Calls(); err != nil || now.Zone != step.zone || now.ActualZone != "" || calls["RelocateVM_Task"] != step.moves ||
				calls["PowerOffVM_Task"]+calls["PowerOnVM_Task"] > 0 {
				t.Fatalf("to %s: %v; it is in %q (%q) after %v", step.zone, err, now.Zone, now.ActualZone, calls)
			}
			held(t, vc, "to "+step.zone, step.on, step.bound)
			is = now
		}
		away, err := move(t, c, is, "az2")
		if err != nil || away.Zone != "az2" {
			t.Fatal(err)
		}
		held(t, vc, "to az2", away.Host, "")
	})
}

// TestMoveBoundRefused: if vCenter refuses a step of the move, the instance runs on where it was, bound as before. If even binding it
// again is refused, it shows as unbound, and the next move to its host binds it without moving it.
func TestMoveBoundRefused(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		for name, refused := range map[string]struct {
			call  string
			after int // calls of these names that are let through first
			seen  string
		}{
			"it cannot be let go":           {"ReconfigVM_Task", 0, ""},
			"its rule cannot be taken away": {"ReconfigureComputeResource_Task", 0, ""},
			"it cannot move":                {"RelocateVM_Task", 0, ""},
			// refused, into the catalogue, onto the VM, marked complete
			"it cannot move, nor be bound again": {"RelocateVM_Task ReconfigVM_Task",
				map[vcsim.Advanced]int{vcsim.AllTaken: 1, vcsim.KnownRefused: 1, vcsim.AllRefused: 4}[how], "az1"},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				vc := acctest.Start(t, how.On(vcsim.Options{Clusters: 2}))
				var refuse atomic.Bool
				var seen atomic.Int64
				wire := vc.Between(t, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
					if refuse.Load() && strings.Contains(refused.call, c.Name) && (c.Name != "ReconfigVM_Task" || seen.Add(1) > int64(refused.after)) {
						return acctest.Refusal("RestrictedVersion")
					}
					return nil
				})
				c := zoned(t, vc, wire, "")
				server := inZone(t, c, "az1:esx-1")
				refuse.Store(true)
				if _, err := move(t, c, server, "az1:esx-2"); err == nil {
					t.Fatal("it was refused nothing")
				}
				refuse.Store(false)
				bound := "esx-1"
				if refused.seen != "" {
					bound = ""
				}
				held(t, vc, "refused", "esx-1", bound)
				is, err := c.Machines.Read(t.Context(), machine.Key{ID: server.ID})
				if err != nil || is.Zone != "az1:esx-1" || is.ActualZone != refused.seen {
					t.Errorf("%v: it is recorded in %q and seen in %q", err, is.Zone, is.ActualZone)
				}
				vc.ResetCalls()
				if _, err := move(t, c, is, "az1:esx-1"); err != nil || vc.Calls()["RelocateVM_Task"] > 0 {
					t.Errorf("%v after %v", err, vc.Calls())
				}
				held(t, vc, "home", "esx-1", "esx-1")
			})
		}
	})
}

// TestLostMoveOfBound: the connection is cut at the move of a bound instance. The next read shows where it is, and it is bound there.
func TestLostMoveOfBound(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		for where, cut := range cuts {
			for _, call := range []string{"RelocateVM_Task", "ReconfigureComputeResource_Task", "ReconfigVM_Task"} {
				t.Run(where+" "+call, func(t *testing.T) {
					t.Parallel()
					vc := acctest.Start(t, how.On(vcsim.Options{Clusters: 2}))
					wire := vc.Wire(t)
					c := zoned(t, vc, wire, "")
					server := inZone(t, c, "az1:esx-1")
					wire.Cut(call, cut)
					vc.ResetCalls()
					now, err := move(t, c, server, "az2:esx-5")
					if err != nil || now.Zone != "az2:esx-5" || vc.Calls()["RelocateVM_Task"] != 1 {
						t.Errorf("%v: it is in %q after %v", err, now.Zone, vc.Calls())
					}
					held(t, vc, "moved", "esx-5", "esx-5")
				})
			}
		}
	})
}
