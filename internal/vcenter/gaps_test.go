// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"strings"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// notShown checks that an error has each of some texts.
func notShown(t *testing.T, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%q does not say %q", err, text)
		}
	}
}

// TestAHostThatIsNotShown: a host that is not shown only matters to requests that name it, whether the account or the host is the
// reason.
func TestAHostThatIsNotShown(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		fault types.BaseMethodFault
		paths []string
		says  string
	}{
		"no permission":  {new(types.NoPermission), nil, "grant the privilege System.Read"},
		"disconnected":   {new(types.HostNotConnected), nil, "connect the host again"},
		"one property":   {new(types.HostNotConnected), []string{"runtime.connectionState"}, "host not connected"},
		"not its name":   {new(types.NoPermission), []string{"name"}, "It may be one whose name is not shown"},
		"no one's fault": {nil, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			vc.Hide(esx(t, vc, "compute/esx-1").Reference(), one.fault, one.paths...)
			c := in(t, vc, "")
			if err := c.Inventory.CheckPlacement(t.Context(), "nova"); err != nil {
				t.Error(err)
			}
			room, err := c.Inventory.Capacity(t.Context(), "nova")
			if want := map[bool]int{true: 3, false: 2}[one.fault == nil || len(one.paths) == 1 && one.paths[0] == "name"]; err != nil ||
				room.Hosts != want {
				t.Errorf("%d hosts, want %d: %v", room.Hosts, want, err)
			}
			if clock, err := c.Inventory.Clock(t.Context(), "nova"); err != nil || clock.Slowest == 0 {
				t.Error(clock, err)
			}
			all, err := c.Inventory.Hypervisors(t.Context())
			if want := map[bool]int{true: 3, false: 4}[len(one.paths) == 1 && one.paths[0] == "name"]; err != nil || len(all) != want {
				t.Errorf("%d compute nodes, want %d: %v", len(all), want, err)
			}
			if err := c.Inventory.CheckNode(t.Context(), "nova", "esx-2"); err != nil {
				t.Error(err)
			}
			if err := c.Inventory.CheckPlacement(t.Context(), "nova:esx-2"); err != nil {
				t.Error(err)
			}
			if _, err := c.Flavors.Create(t.Context(), small); err != nil {
				t.Fatal(err)
			}
			made(t, c, "web")
			err = c.Inventory.CheckNode(t.Context(), "nova", "esx-1")
			if one.fault == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			notShown(t, err, "esx-1", one.says)
		})
	}
}

// TestADatastoreThatIsNotShown: a datastore that is not shown is never chosen, and an error where it is named.
func TestADatastoreThatIsNotShown(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	store, err := find.NewFinder(vc.Client().Client).Datastore(t.Context(), "/dc1/datastore/vmfs-1")
	if err != nil {
		t.Fatal(err)
	}
	vc.Hide(store.Reference(), new(types.NoPermission))
	c := in(t, vc, "")
	if err := c.Inventory.CheckPlacement(t.Context(), "nova"); err != nil {
		t.Error(err)
	}
	if room, err := c.Inventory.Capacity(t.Context(), "nova"); err != nil || room.Disk == 0 {
		t.Error(room, err)
	}
	if _, err := c.Inventory.Hypervisors(t.Context()); err != nil {
		t.Error(err)
	}
	named := vcenter.New(vcenter.Config{Server: vc.Server(), User: vc.User, Password: vc.Password, CAFile: vc.CAFile, Folder: "OpenStack",
		Datastore: "vmfs-1"})
	t.Cleanup(func() { _ = named.Close(t.Context()) })
	notShown(t, named.Inventory.CheckPlacement(t.Context(), "nova"), "the user may not read summary of the datastore vmfs-1",
		"grant the privilege System.Read")
	only := vcenter.New(vcenter.Config{Server: vc.Server(), User: vc.User, Password: vc.Password, CAFile: vc.CAFile, Folder: "OpenStack",
		DatastoreRegex: "vmfs-1$"})
	t.Cleanup(func() { _ = only.Close(t.Context()) })
	notShown(t, only.Inventory.CheckPlacement(t.Context(), "nova"), "no datastore of cluster compute can be used", "Others cannot be read",
		"vmfs-1")
}

// TestANetworkThatIsNotShown: a network that is not shown, or whose switch is not, is only an error for NICs in it.
func TestANetworkThatIsNotShown(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	group := vc.Portgroup("public")
	for what, hide := range map[string]mo.Reference{"portgroup public": group, "distributed switch": *group.Config.DistributedVirtualSwitch} {
		vc.Hide(hide.Reference(), new(types.NoPermission))
		c := in(t, vc, "")
		all, err := c.Networks.ListNetworks(t.Context())
		if err != nil || len(all) < 2 {
			t.Errorf("%s: %d networks, %v", what, len(all), err)
		}
		_, err = c.Networks.Network(t.Context(), "", "public")
		notShown(t, err, "the user may not read", what, "grant")
		for _, n := range all {
			if n.Kind == openstack.NetworkStandard {
				if _, err := c.Networks.Network(t.Context(), n.ID, ""); err != nil {
					t.Error(err)
				}
			}
		}
		vc.Hide(hide.Reference(), nil)
	}
	if _, err := in(t, vc, "").Networks.Network(t.Context(), "", "public"); err != nil {
		t.Error(err)
	}
}

// TestAMachineThatIsNotShown: a VM that is not shown is reported beside the list of the others.
func TestAMachineThatIsNotShown(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	c := in(t, vc, "")
	if _, err := c.Flavors.Create(t.Context(), small); err != nil {
		t.Fatal(err)
	}
	made(t, c, "web")
	db := made(t, c, "db")
	vc.Hide(types.ManagedObjectReference{Type: "VirtualMachine", Value: db.MoRef}, new(types.NoPermission))
	all, unread, err := in(t, vc, "").Machines.List(t.Context(), "")
	if err != nil || len(all) != 1 || all[0].Name != "web" || len(unread) != 1 {
		t.Fatalf("%d read, %v, %v", len(all), unread, err)
	}
	notShown(t, unread[0], "virtual machine db", "grant the privilege System.Read")
	if _, err := in(t, vc, "").Inventory.Hypervisors(t.Context()); err != nil {
		t.Error(err)
	}
	_, err = in(t, vc, "").Machines.Read(t.Context(), machine.Key{ID: db.ID})
	notShown(t, err, "virtual machine db", "grant the privilege System.Read")
}

// TestWhatIsNotShownIsStillThere: a VM that does not even show its name keeps its cluster from being deleted.
func TestWhatIsNotShownIsStillThere(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	c := in(t, vc, "")
	cluster, err := c.Nodes.ComputeCluster(t.Context(), "compute")
	if err != nil {
		t.Fatal(err)
	}
	for _, vm := range vc.VMs("/dc1/vm/*") {
		vc.Hide(vm.Self, new(types.NoPermission), "name")
	}
	_, err = c.Nodes.DeleteComputeCluster(t.Context(), cluster.ID, true)
	notShown(t, err, "is not empty", "virtual machines")
}
