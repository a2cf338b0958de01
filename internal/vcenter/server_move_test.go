// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
)

// zoned returns a client with a zone for each of two clusters, the second with a datastore of its own.
func zoned(t *testing.T, vc *acctest.VCenter, w *acctest.Wire, policy string) *vcenter.Client {
	t.Helper()
	c := vcenter.New(vcenter.Config{Server: w.Server, User: vc.User, Password: vc.Password, CAFile: w.CAFile, Folder: "OpenStack",
		Version: "test", UserAgent: "terraform-provider-novasphere/test",
		APITimeout: 20 * time.Second, Zones: []inventory.Zone{{Name: "az1", Cluster: "compute", Datastores: []string{"vmfs-1"},
			StoragePolicy: policy}, {Name: "az2", Cluster: "compute-2", Datastores: []string{"vmfs-2"}}}})
	t.Cleanup(func() {
		ctx, stop := context.WithTimeout(context.Background(), 2*time.Second)
		defer stop()
		_ = c.Close(ctx)
	})
	return c
}

// inZone makes an instance in a zone.
func inZone(t *testing.T, c *vcenter.Client, zone string) openstack.Server {
	t.Helper()
	want := request(t, c, "web")
	want.Zone = zone
	server, err := c.Servers.Create(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// move moves an instance to a zone.
func move(t *testing.T, c *vcenter.Client, s openstack.Server, zone string) (openstack.Server, error) {
	t.Helper()
	s.Zone, s.Hypervisor = zone, ""
	want := servers.Update{ServerSpec: s.ServerSpec, ServerChange: openstack.ServerChange{Move: true}}
	return c.Servers.Update(t.Context(), machine.Key{ID: s.ID, MoRef: s.MoRef}, want)
}

// TestLostMove: the connection is cut at a move. The next read shows where the VM is: it is moved once, and recorded there.
func TestLostMove(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		for where, cut := range cuts {
			t.Run(where, func(t *testing.T) {
				t.Parallel()
				vc := acctest.Start(t, how.On(vcsim.Options{Clusters: 2}))
				wire := vc.Wire(t)
				c := zoned(t, vc, wire, "")
				server := inZone(t, c, "az1")
				wire.Cut("RelocateVM_Task", cut)
				vc.ResetCalls()
				now, err := move(t, c, server, "az2")
				if err != nil || now.Zone != "az2" || now.ActualZone != "" || now.Datastore != "vmfs-2" || now.Hypervisor == server.Hypervisor ||
					now.ID != server.ID {
					t.Errorf("%v, and it is in %q (%q) on %s and %s", err, now.Zone, now.ActualZone, now.Hypervisor, now.Datastore)
				}
				if n := vc.Calls()["RelocateVM_Task"]; n != 1 {
					t.Errorf("the vCenter heard of %d moves", n)
				}
			})
		}
	})
}

// TestMoveOfAggregates: an instance whose flavor chooses hosts by aggregates moves to such a host of the other cluster, with its rule,
// and is refused if there is none.
func TestMoveOfAggregates(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{Clusters: 2})
	c := zoned(t, vc, vc.Wire(t), "")
	aggregate := func(name, value, host string) {
		if _, err := c.Aggregates.Create(t.Context(), openstack.Aggregate{Name: name, Hosts: []string{host},
			Metadata: map[string]string{"disk": value}}); err != nil {
			t.Fatal(err)
		}
	}
	aggregate("here", "ssd", "esx-2")
	aggregate("hdd", "hdd", "esx-4")
	want := request(t, c, "web")
	want.Zone, want.Flavor.ExtraSpecs = "az1", map[string]string{"aggregate_instance_extra_specs:disk": "ssd"}
	is, err := c.Servers.Create(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	on := func(when, host, cluster string, without string) {
		t.Helper()
		if now, err := c.Machines.Read(t.Context(), machine.Key{ID: is.ID}); err != nil || now.Host != host {
			t.Errorf("%s: it is on %q: %v", when, now.Host, err)
		}
		flavors := func(cluster string) (n int) {
			rules, _ := rulesIn(t, vc, cluster)
			for _, rule := range rules {
				if strings.HasPrefix(rule, "novasphere-flavor-") {
					n++
				}
			}
			return n
		}
		if flavors(cluster) != 1 || flavors(without) != 0 {
			t.Errorf("%s: %d rules in %s, %d in %s", when, flavors(cluster), cluster, flavors(without), without)
		}
	}
	on("made", "esx-2", "compute", "compute-2")
	const none = "no host of the cluster compute-2 is in such ones"
	if _, err := move(t, c, is, "az2"); err == nil || !strings.Contains(err.Error(), none) {
		t.Errorf("there is none there: %v", err)
	}
	if _, err := c.Servers.PlanMove(t.Context(), nil, is, is.Flavor, "az2", ""); err == nil || !strings.Contains(err.Error(), none) {
		t.Errorf("the plan says %v", err)
	}
	on("refused", "esx-2", "compute", "compute-2")
	aggregate("there", "ssd", "esx-6")
	if _, err := move(t, c, is, "az2:esx-5"); err == nil || !strings.Contains(err.Error(), "the host esx-5 is in none of them") {
		t.Errorf("to a host that is in none: %v", err)
	}
	if is, err = move(t, c, is, "az2"); err != nil {
		t.Fatal(err)
	}
	on("moved", "esx-6", "compute-2", "compute")
}

// TestMoveNotRecorded: if the record cannot be written after a move, the instance shows where it is, and the next change records it
// without moving it.
func TestMoveNotRecorded(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{Clusters: 2})
	refuse := true
	wire := vc.Between(t, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if refuse && c.Name == "ReconfigVM_Task" {
			return acctest.Refusal("RestrictedVersion")
		}
		return nil
	})
	c := zoned(t, vc, wire, "")
	server := inZone(t, c, "az1")
	if _, err := move(t, c, server, "az2"); err == nil {
		t.Fatal("it was refused nothing")
	}
	seen, err := c.Machines.Read(t.Context(), machine.Key{ID: server.ID})
	if err != nil || seen.Zone != "az1" || seen.ActualZone != "az2" {
		t.Errorf("it is recorded in %q and found in %q: %v", seen.Zone, seen.ActualZone, err)
	}
	refuse = false
	vc.ResetCalls()
	now, err := move(t, c, seen, "az2")
	if err != nil || now.Zone != "az2" || now.ActualZone != "" || vc.Calls()["RelocateVM_Task"] != 0 {
		t.Errorf("%v: it is in %q (%q) after %d more moves", err, now.Zone, now.ActualZone, vc.Calls()["RelocateVM_Task"])
	}
}

// TestMoveSends: a relocation moves all disks with their parents, sets the zone's storage policy if the flavor names none, clears it if
// the zone has none, and leaves a disk that is not the VM's own where it is.
func TestMoveSends(t *testing.T) {
	t.Parallel()
	const policy = "vSAN Default Storage Policy"
	vc := acctest.Start(t, vcsim.Options{Clusters: 2})
	var mu sync.Mutex
	var sent []string
	wire := vc.Between(t, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if c.Name == "RelocateVM_Task" {
			mu.Lock()
			defer mu.Unlock()
			sent = append(sent, string(c.Body))
		}
		return nil
	})
	c := zoned(t, vc, wire, policy)
	server := inZone(t, c, "az2")
	foreign := addForeignDisk(t, vc)
	there, err := move(t, c, server, "az1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := move(t, c, there, "az2"); err != nil {
		t.Fatal(err)
	}
	has := func(i int, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if !strings.Contains(sent[i], text) {
				t.Errorf("the move sent no %q: %s", text, sent[i])
			}
		}
	}
	has(0, "moveAllDiskBackingsAndAllowSharing", "VirtualMachineDefinedProfileSpec", "<profileId>")
	has(1, "moveAllDiskBackingsAndAllowSharing", "VirtualMachineEmptyProfileSpec")
	kept := 0
	for _, device := range vc.VM("OpenStack/web").Config.Hardware.Device {
		if disk, ok := device.(*types.VirtualDisk); ok && disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo).FileName == foreign {
			kept++
		}
	}
	if kept != 1 {
		t.Errorf("the disk that is not the machine's own is not at %s any more", foreign)
	}
}

// addForeignDisk attaches a disk from another folder, and returns its file.
func addForeignDisk(t *testing.T, vc *acctest.VCenter) string {
	t.Helper()
	finder := find.NewFinder(vc.Client().Client)
	dc, err := finder.Datacenter(t.Context(), "/dc1")
	if err != nil {
		t.Fatal(err)
	}
	const file = "[vmfs-2] elsewhere/data.vmdk"
	machine, err := finder.VirtualMachine(t.Context(), "/dc1/vm/OpenStack/web")
	if err != nil {
		t.Fatal(err)
	}
	if err := object.NewFileManager(vc.Client().Client).MakeDirectory(t.Context(), "[vmfs-2] elsewhere", dc, true); err != nil {
		t.Fatal(err)
	}
	devices, err := machine.Device(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	controller, err := devices.FindDiskController("")
	if err != nil {
		t.Fatal(err)
	}
	store, err := finder.Datastore(t.Context(), "/dc1/datastore/vmfs-2")
	if err != nil {
		t.Fatal(err)
	}
	disk := devices.CreateDisk(controller, store.Reference(), file)
	disk.CapacityInKB = 1 << 20
	if err := machine.AddDevice(t.Context(), disk); err != nil {
		t.Fatal(err)
	}
	return file
}
