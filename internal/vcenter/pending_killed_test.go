// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"errors"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
)

// killedAfter returns a client that dies after a number of VM changes, counted once count is called: nothing it sends arrives any more.
func killedAfter(t *testing.T, vc *acctest.VCenter, changes int32) (c *vcenter.Client, count func()) {
	t.Helper()
	var counting, dead atomic.Bool
	var seen atomic.Int32
	c = clientOver(t, vc, vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if counting.Load() && call.Name == "ReconfigVM_Task" && seen.Add(1) > changes {
			dead.Store(true)
		}
		if dead.Load() {
			return acctest.Refusal("RestrictedVersion")
		}
		return nil
	}))
	return c, func() { counting.Store(true) }
}

// TestKilledAttachment: a process is killed at each step of an attachment. What is read then is what the VM has, and attaching again
// completes it.
func TestKilledAttachment(t *testing.T) {
	t.Parallel()
	for _, killed := range []int32{afterRefusal, afterRecord, afterMachine} {
		vc := acctest.Start(t, vcsim.AllRefused.On(vcsim.Options{}))
		c, count := killedAfter(t, vc, killed)
		server := made(t, c, "web")
		network, err := c.Networks.Network(t.Context(), "", "private")
		if err != nil {
			t.Fatal(err)
		}
		count()
		nic := openstack.NIC{Port: "11111111-1111-4111-8111-111111111111", MAC: "00:50:56:11:11:11"}
		if _, err := c.Servers.AttachInterface(t.Context(), server.ID, network, nic); err == nil {
			t.Fatal("a process that was killed is content")
		}
		other := in(t, vc, "")
		there := killed >= afterMachine
		now, err := other.Machines.Read(t.Context(), keyOf(server))
		if err != nil || len(now.NICs) != map[bool]int{false: 1, true: 2}[there] || len(now.Plugged()) != 1 {
			t.Errorf("killed after %d: %+v, %v", killed, now.NICs, err)
		}
		if found, err := other.Servers.Interface(t.Context(), server.ID, nic.Port); there && (err != nil || found.MAC != nic.MAC) || !there &&
			!errors.Is(err, openstack.ErrNotFound) {
			t.Errorf("killed after %d: it is found as %+v, %v", killed, found, err)
		}
		if _, err := other.Servers.AttachInterface(t.Context(), server.ID, network, nic); err != nil {
			t.Fatal(err)
		}
		attach(t, server.ID, 1, other)
		whole(t, vc, 3)
		settle(t, vc, other, server)
		whole(t, vc, 3)
	}
}

// TestKilledDetachment is TestKilledAttachment for a detachment.
func TestKilledDetachment(t *testing.T) {
	t.Parallel()
	for _, killed := range []int32{afterRefusal, afterRecord, afterMachine} {
		vc := acctest.Start(t, vcsim.AllRefused.On(vcsim.Options{}))
		c, count := killedAfter(t, vc, killed-1) // it was refused before, so it does not try again
		server := made(t, c, "web")
		nics := attach(t, server.ID, 2, c)
		count()
		if err := c.Servers.DetachInterface(t.Context(), server.ID, nics[0].Port); err == nil {
			t.Fatal("a process that was killed is content")
		}
		other := in(t, vc, "")
		gone := killed >= afterMachine
		found, err := other.Servers.Interface(t.Context(), server.ID, nics[0].Port)
		if gone && !errors.Is(err, openstack.ErrNotFound) || !gone && (err != nil || found.MAC != nics[0].MAC) {
			t.Errorf("killed after %d: it is found as %+v, %v", killed, found, err)
		}
		if kept, err := other.Servers.Interface(t.Context(), server.ID, nics[1].Port); err != nil || kept.MAC != nics[1].MAC {
			t.Errorf("killed after %d: the other is %+v, %v", killed, kept, err)
		}
		if err := other.Servers.DetachInterface(t.Context(), server.ID, nics[0].Port); err != nil {
			t.Fatal(err)
		}
		attach(t, server.ID, 1, other)
		whole(t, vc, 3)
		settle(t, vc, other, server)
		whole(t, vc, 3)
	}
}

// hot returns a flavor that a running guest can grow to.
func hot(vcpus int64) openstack.Flavor {
	return openstack.Flavor{ID: "hot", Name: "m1.hot", VCPUs: vcpus, RAM: 4096, Disk: 5 + vcpus, RxTxFactor: 1,
		ExtraSpecs: map[string]string{"vmware:cpu_hot_add": "true"}}
}

// TestKilledChange: a process is killed at each step of a resize with a new name and description. Until all of it is known to be done,
// the former description counts, so that the next change does what is missing.
func TestKilledChange(t *testing.T) {
	t.Parallel()
	for _, killed := range []int32{afterRefusal, afterRecord, afterMachine} {
		vc := acctest.Start(t, vcsim.AllRefused.On(vcsim.Options{}))
		c, count := killedAfter(t, vc, killed)
		want := request(t, c, "web")
		want.Flavor, want.Tags = hot(1), []string{"old"}
		server, err := c.Servers.Create(t.Context(), want)
		if err != nil {
			t.Fatal(err)
		}
		count()
		next := server
		next.Flavor, next.Tags, next.Metadata, next.Description, next.Name = hot(2), []string{"new"}, map[string]string{"role": "db"}, "grown",
			"db"
		if _, err := c.Servers.Update(t.Context(), keyOf(server), servers.Update{ServerSpec: next.ServerSpec}); err == nil {
			t.Fatal("a process that was killed is content")
		}
		other := in(t, vc, "")
		now, err := other.Machines.Read(t.Context(), keyOf(server))
		if err != nil || !now.Flavor.Same(hot(1)) || now.Description != "" || !slices.Equal(now.Tags, []string{"old"}) ||
			now.Metadata["role"] != "web" {
			t.Errorf("killed after %d: it is recorded as %+v, %v", killed, now, err)
		}
		if grown := killed >= afterMachine; (now.VCPUs == 2) != grown || (now.Disk == 7) != grown || (now.Name == "db") != grown {
			t.Errorf("killed after %d: %s has %d vcpus and %d GiB", killed, now.Name, now.VCPUs, now.Disk)
		}
		vc.ResetCalls()
		now, err = other.Servers.Update(t.Context(), keyOf(server), servers.Update{ServerSpec: next.ServerSpec})
		if err != nil || !now.Flavor.Same(hot(2)) || now.VCPUs != 2 || now.Disk != 7 || now.Description != "grown" ||
			now.Metadata["role"] != "db" || now.Name != "db" || len(now.Untold) > 0 {
			t.Errorf("killed after %d: after another change it is %+v, %v", killed, now, err)
		}
		if calls := powerCallsOf(vc); calls.shutdowns+calls.offs+calls.starts > 0 {
			t.Errorf("a running guest was stopped: %+v", calls)
		}
		last := settle(t, vc, other, now)
		if !last.Flavor.Same(hot(2)) || last.Metadata["role"] != "db" || last.Description != "grown" {
			t.Errorf("once it is off it is %+v", last)
		}
	}
}

// TestKilledMerge: a process is killed between writing pending parameters to the VM and removing them from the catalogue. The VM's own
// count.
func TestKilledMerge(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.AllRefused.On(vcsim.Options{}))
	first := in(t, vc, "")
	server := made(t, first, "web")
	server.Tags = []string{"live"}
	if _, err := first.Servers.Update(t.Context(), keyOf(server), servers.Update{ServerSpec: server.ServerSpec}); err != nil {
		t.Fatal(err)
	}
	off(t, vc, "OpenStack/web")
	c, count := killedAfter(t, vc, 1)
	count()
	server.Tags, server.PowerState = []string{"off"}, openstack.Shutoff
	_, _ = c.Servers.Update(t.Context(), keyOf(server), servers.Update{ServerSpec: server.ServerSpec})
	if len(pendingIn(vc)) != 1 {
		t.Fatal("the catalogue keeps nothing, so that this shows nothing")
	}
	other := in(t, vc, "")
	if now, err := other.Machines.Read(t.Context(), keyOf(server)); err != nil || !slices.Equal(now.Tags, []string{"off"}) {
		t.Errorf("the tags are %v, %v", now.Tags, err)
	}
	server.Tags = []string{"again"}
	if _, err := other.Servers.Update(t.Context(), keyOf(server), servers.Update{ServerSpec: server.ServerSpec}); err != nil {
		t.Fatal(err)
	}
	if now, err := in(t, vc, "").Machines.Read(t.Context(), keyOf(server)); err != nil || !slices.Equal(now.Tags, []string{"again"}) ||
		len(pendingIn(vc)) > 0 {
		t.Errorf("the tags are %v, %v; %v waits", now.Tags, err, pendingIn(vc))
	}
}
