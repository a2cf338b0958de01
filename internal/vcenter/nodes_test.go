// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
)

// esx finds a host of the first datacenter.
func esx(t *testing.T, vc *acctest.VCenter, path string) *object.HostSystem {
	t.Helper()
	host, err := find.NewFinder(vc.Client().Client).HostSystem(t.Context(), "/dc1/host/"+path)
	if err != nil {
		t.Fatal(err)
	}
	return host
}

// after waits for a task that a test has started.
func after(t *testing.T, task *object.Task, err error) {
	t.Helper()
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func nodes(t *testing.T, c *vcenter.Client) map[string]openstack.Hypervisor {
	t.Helper()
	all, err := c.Inventory.Hypervisors(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]openstack.Hypervisor{}
	for _, h := range all {
		out[h.Hostname] = h
	}
	return out
}

// TestHypervisors: two clusters with their hosts are read in one call for all callers.
func TestHypervisors(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{Clusters: 2, ForeignVMs: 20})
	for name, hw := range map[string]vcsim.Hardware{
		"esx-1": {Packages: 2, Cores: 16, Threads: 32, MHz: 2600, Memory: 128 << 30},
		"esx-2": {Packages: 1, Cores: 8, Threads: 8, MHz: 3000, Memory: 4294430720},
		"esx-3": {Packages: 4, Cores: 64, Threads: 128, MHz: 2000, Memory: 1 << 40},
	} {
		if err := vc.SetHardware(name, hw); err != nil {
			t.Fatal(err)
		}
	}
	wire := vc.Wire(t)
	c := vcenter.New(vcenter.Config{Server: wire.Server, User: vc.User, Password: vc.Password, CAFile: wire.CAFile, Folder: "OpenStack",
		Cluster: "compute"})
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	own, err := c.Inventory.Hypervisor(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	wire.Take()
	var askers sync.WaitGroup
	for range 30 {
		askers.Go(func() {
			if all, err := c.Inventory.Hypervisors(context.Background()); err != nil || len(all) != 8 {
				t.Errorf("%d nodes, %v", len(all), err)
			}
		})
	}
	askers.Wait()
	if calls, _ := wire.Take(); acctest.Total(calls) != 0 {
		t.Errorf("asked again: %v", calls)
	}
	host, _, _ := strings.Cut(wire.Server, ":")
	checkCluster(t, vc, own, host)
	all, err := c.Inventory.Hypervisors(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, h := range all {
		order = append(order, h.Hostname)
	}
	if want := []string{own.Hostname, "esx-1", "esx-2", "esx-3", all[4].Hostname, "esx-4", "esx-5", "esx-6"}; !slices.Equal(order, want) ||
		all[4].Cluster != "compute-2" || all[4].VCPUs != 96 {
		t.Errorf("nodes %v", order)
	}
	two := all[2]
	if two.VCPUs != 8 || two.MemoryMB != 4095 || !two.IsHost || two.Node != own.Hostname || two.HostIP == "" ||
		!strings.Contains(two.Type, "ESX") || !strings.Contains(two.CPUInfo, `"threads":1`) {
		t.Errorf("%+v", two)
	}
}

// checkCluster checks a cluster as a compute node.
func checkCluster(t *testing.T, vc *acctest.VCenter, own openstack.Hypervisor, host string) {
	t.Helper()
	about := vc.Client().ServiceContent.About
	if name := own.ID + "." + about.InstanceUuid; own.Hostname != name || own.Node != name || own.Cluster != "compute" ||
		own.Type != about.Name || own.Version != 8000003 {
		t.Errorf("%+v", own)
	}
	if own.VCPUs != 32+8+128 || own.MemoryMB != 131072+4095+1048576 || own.MemoryMBUsed != 8192+4095+8192 || own.HostIP != host ||
		own.CPUInfo != "" || own.State != "up" || own.Status != "enabled" {
		t.Errorf("%+v", own)
	}
	if own.LocalGB != 8192 || own.LocalGBUsed != 25 { // the images' disks
		t.Errorf("%d of %d GB are in use", own.LocalGBUsed, own.LocalGB)
	}
}

// TestHypervisorsCalls: the compute nodes cost one call beside those of any plan, and another one after a change.
func TestHypervisorsCalls(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	c := clientOver(t, vc, wire)
	if err := c.Inventory.CheckPlacement(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	wire.Take()
	nodes(t, c)
	nodes(t, c)
	if calls, _ := wire.Take(); acctest.Total(calls) != 1 {
		t.Errorf("calls %v", calls)
	}
	made(t, c, "web") // it runs on a host, so the next answer differs
	wire.Take()
	running, cpus := int64(0), int64(0)
	for _, h := range nodes(t, c) {
		if h.IsHost {
			running, cpus = running+h.RunningVMs, cpus+h.VCPUsUsed
		} else if h.RunningVMs != 1 || h.VCPUsUsed != 1 || h.MemoryMBUsed != 3*8192+1024 {
			t.Errorf("%+v", h)
		}
	}
	if calls, _ := wire.Take(); acctest.Total(calls) != 1 || running != 1 || cpus != 1 {
		t.Errorf("%d machines with %d vCPUs, calls %v", running, cpus, calls)
	}
}

// TestHypervisorStates: hosts show when they are in maintenance or away.
func TestHypervisorStates(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	see := func() (openstack.Hypervisor, openstack.Hypervisor) {
		t.Helper()
		c := in(t, vc, "")
		own, err := c.Inventory.Hypervisor(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		return own, nodes(t, c)["esx-1"]
	}
	one := esx(t, vc, "compute/esx-1")
	task, err := one.EnterMaintenanceMode(t.Context(), 10, false, nil)
	after(t, task, err)
	own, host := see()
	if own.VCPUs != 64 || own.MemoryMB != 256<<10 || own.State != "up" || own.Status != "enabled" || host.Status != "disabled" ||
		host.State != "up" || host.DisabledReason == "" || host.VCPUs != 32 {
		t.Errorf("one in maintenance: %+v\n%+v", own, host)
	}
	task, err = one.Disconnect(t.Context())
	after(t, task, err)
	if own, host = see(); own.VCPUs != 64 || host.State != "down" || host.MemoryMBUsed != 0 {
		t.Errorf("disconnected: %+v\n%+v", own, host)
	}
	for _, name := range []string{"esx-2", "esx-3"} {
		task, err = esx(t, vc, "compute/"+name).EnterMaintenanceMode(t.Context(), 10, false, nil)
		after(t, task, err)
	}
	if own, _ = see(); own.VCPUs != 0 || own.MemoryMB != 0 || own.State != "up" || own.Status != "disabled" {
		t.Errorf("all in maintenance: %+v", own)
	}
	for _, name := range []string{"esx-2", "esx-3"} {
		task, err = esx(t, vc, "compute/"+name).Disconnect(t.Context())
		after(t, task, err)
	}
	if own, _ = see(); own.State != "down" {
		t.Errorf("all away: %+v", own)
	}
}

// TestHypervisorDatastores: a compute node's disk figures are those of the datastores that instances may use.
func TestHypervisorDatastores(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	for _, one := range []struct {
		config vcenter.Config
		total  int64
		used   int64
	}{
		{vcenter.Config{}, 8192, 25}, {vcenter.Config{DatastoreRegex: "vmfs-2"}, 1024, 0}, {vcenter.Config{Datastore: "vmfs-2"}, 1024, 0},
		{vcenter.Config{DatastoreRegex: "none"}, 0, 0},
	} {
		cfg := one.config
		cfg.Server, cfg.User, cfg.Password, cfg.CAFile = vc.Server(), vc.User, vc.Password, vc.CAFile
		c := vcenter.New(cfg)
		t.Cleanup(func() { _ = c.Close(context.Background()) })
		for name, h := range nodes(t, c) {
			if h.LocalGB != one.total || h.LocalGBUsed != one.used {
				t.Errorf("datastore %q, regex %q: %s has %d GB, %d of them in use", one.config.Datastore, one.config.DatastoreRegex, name, h.LocalGB,
					h.LocalGBUsed)
			}
		}
	}
}

// TestHypervisorDatastoresOfZones: the figures of a cluster with zones, and of its hosts, are those of the zones' datastores; another
// cluster's are those of the provider's own arguments.
func TestHypervisorDatastoresOfZones(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{Clusters: 2})
	for name, one := range map[string]struct {
		zones         []inventory.Zone
		first, second int64
	}{
		"a datastore of its own": {[]inventory.Zone{{Name: "az2", Cluster: "compute-2", Datastores: []string{"vmfs-2"}}}, 8192, 1024},
		"an expression of its own": {[]inventory.Zone{{Name: "az1", Cluster: "compute", DatastoreRegex: ".*-2"},
			{Name: "az2", Cluster: "compute-2"}}, 1024, 8192},
		"two zones of one cluster": {[]inventory.Zone{{Name: "az1", Cluster: "compute", Datastores: []string{"vmfs-2"}},
			{Name: "az2", Cluster: "compute", DatastoreRegex: "vmfs-1"}}, 8192, 8192},
		"a block that is called nova": {[]inventory.Zone{{Name: "nova", Cluster: "compute", Datastores: []string{"vmfs-2"}}}, 1024, 8192},
		"nothing that may be chosen":  {[]inventory.Zone{{Name: "az1", Cluster: "compute", DatastoreRegex: "none"}}, 0, 8192},
	} {
		c := vcenter.New(vcenter.Config{Server: vc.Server(), User: vc.User, Password: vc.Password, CAFile: vc.CAFile, DatastoreRegex: "vmfs-1",
			Zones: one.zones})
		t.Cleanup(func() { _ = c.Close(context.Background()) })
		for node, h := range nodes(t, c) {
			if want := map[string]int64{"compute": one.first, "compute-2": one.second}[h.Cluster]; h.LocalGB != want {
				t.Errorf("%s: %s in %s has %d GB, not %d", name, node, h.Cluster, h.LocalGB, want)
			}
		}
	}
}

// TestHypervisorFound: a node is found by its name, or the error offers the nearest names.
func TestHypervisorFound(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	c := in(t, vc, "")
	own, err := c.Inventory.Hypervisor(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	host := esx(t, vc, "compute/esx-2").Reference().Value
	for _, q := range [][3]string{{own.ID, "", own.ID}, {"", own.Hostname, own.ID}, {own.ID, own.Hostname, own.ID}, {"", "esx-2", host},
		{"", "ESX-2", host}, {host, "", host}} {
		if found, err := c.Inventory.Hypervisor(t.Context(), q[0], q[1]); err != nil || found.ID != q[2] {
			t.Errorf("%v: %s, %v", q, found.ID, err)
		}
	}
	for _, q := range [][3]string{
		{"", "esx-22", `hostname: no compute node "esx-22" in datacenter dc1; the nearest names are "esx-2"`},
		{"host-0", "", `id: no compute node with the id "host-0" in datacenter dc1`},
		{host, "esx-1", fmt.Sprintf(`hostname: the compute node %s is not called "esx-1"`, host)},
	} {
		if _, err := c.Inventory.Hypervisor(t.Context(), q[0], q[1]); err == nil || !strings.Contains(err.Error(), q[2]) {
			t.Errorf("%v: %v", q, err)
		}
	}
	if _, err := c.Inventory.Hypervisor(t.Context(), "", "nobody"); !errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("%v", err)
	}
}
