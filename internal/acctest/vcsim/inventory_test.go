// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"fmt"
	"slices"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vapi/library"
	"github.com/vmware/govmomi/vapi/vcenter"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// both runs a test against the strict and the unmodified vCenter, side by side: it is the last thing that its caller does.
func both(t *testing.T, test func(*lab)) {
	t.Helper()
	t.Run("strict", func(t *testing.T) {
		t.Parallel()
		test(strict(t))
	})
	t.Run("unmodified", func(t *testing.T) {
		t.Parallel()
		test(unmodified(t))
	})
}

func TestInventory(t *testing.T) {
	t.Parallel()
	both(t, func(l *lab) {
		vms, err := l.find.VirtualMachineList(l.ctx, "/dc1/vm/*")
		if err == nil {
			l.Errorf("machines nobody asked for: %v", vms)
		}
		about := l.c.ServiceContent.About
		if about.ApiVersion != DefaultAPIVersion || about.Version != "8.0.3" {
			l.Errorf("version %s, API %s", about.Version, about.ApiVersion)
		}
		l.cluster()
		l.stores()
		l.networks()
		l.templates()
	})
}

func (l *lab) cluster() {
	l.Helper()
	hosts, err := l.find.HostSystemList(l.ctx, "compute/*")
	l.ok(err)
	var names []string
	for _, h := range hosts {
		var m mo.HostSystem
		l.ok(h.Properties(l.ctx, h.Reference(), nil, &m))
		names = append(names, m.Name)
		hw := m.Summary.Hardware
		if hw.NumCpuCores != 16 || hw.CpuMhz != 2600 || hw.MemorySize != 128<<30 || len(m.Datastore) != 2 {
			l.Errorf("%s: %d cores, %d MHz, %d bytes, %d datastores", m.Name, hw.NumCpuCores, hw.CpuMhz, hw.MemorySize, len(m.Datastore))
		}
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"esx-1", "esx-2", "esx-3"}) {
		l.Errorf("hosts %v", names)
	}
}

func (l *lab) stores() {
	l.Helper()
	for name, least := range map[string]int64{"vmfs-1": 7 << 40, "vmfs-2": 1 << 40} {
		ds, err := l.find.Datastore(l.ctx, name)
		l.ok(err)
		var m mo.Datastore
		l.ok(ds.Properties(l.ctx, ds.Reference(), []string{"summary", "info", "host"}, &m))
		if m.Summary.Type != "VMFS" || m.Summary.FreeSpace < least || len(m.Host) != 3 {
			l.Errorf("%s: %+v on %d hosts", name, m.Summary, len(m.Host))
		}
		if _, ok := m.Info.(*types.VmfsDatastoreInfo); !ok {
			l.Errorf("%s: info %T", name, m.Info)
		}
	}
}

func (l *lab) networks() {
	l.Helper()
	for name, vlan := range map[string]int32{"public": 100, "private": 200} {
		n, err := l.find.Network(l.ctx, name)
		l.ok(err)
		var pg mo.DistributedVirtualPortgroup
		l.ok(l.c.RetrieveOne(l.ctx, n.Reference(), nil, &pg))
		setting := pg.Config.DefaultPortConfig.(*types.VMwareDVSPortSetting)
		if got := setting.Vlan.(*types.VmwareDistributedVirtualSwitchVlanIdSpec).VlanId; got != vlan || len(pg.Host) != 3 {
			l.Errorf("%s: VLAN %d on %d hosts", name, got, len(pg.Host))
		}
	}
	if _, err := l.find.Network(l.ctx, "VM Network"); err != nil {
		l.Error(err)
	}
	uplink, err := l.find.NetworkList(l.ctx, "dvs-1-DVUplinks-*")
	if err != nil || len(uplink) != 1 {
		l.Errorf("uplinks %v: %v", uplink, err)
	}
}

func (l *lab) templates() {
	l.Helper()
	for _, i := range images {
		m := l.see(l.template(i.name))
		d, c := disksOf(m), cards(m)
		if !m.Config.Template || m.Config.GuestId != i.guestID || m.Config.Firmware != "efi" || len(d) != 1 || len(c) != 1 {
			l.Errorf("%s: template %t, guest %s, firmware %s, %d disks, %d NICs",
				i.name, m.Config.Template, m.Config.GuestId, m.Config.Firmware, len(d), len(c))
			continue
		}
		if d[0].CapacityInBytes != i.disk || !l.exists(fileOf(d[0])) {
			l.Errorf("%s: disk of %d bytes in %s", i.name, d[0].CapacityInBytes, fileOf(d[0]))
		}
	}
	if got := base.OptionText(l.see(l.template("debian-12")).Config.ExtraConfig, "novasphere.image.hw_vif_model"); got != "VirtualVmxnet3" {
		l.Errorf("hw_vif_model %q", got)
	}
}

func TestSeveralOfEach(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{Datacenters: 2, Clusters: 2, ForeignVMs: 5})
	all, err := l.find.ClusterComputeResourceList(l.ctx, "/*/host/*")
	l.ok(err)
	if len(all) != 4 {
		t.Errorf("%d clusters", len(all))
	}
	root, err := l.find.VirtualMachineList(l.ctx, "/dc1/vm/*")
	l.ok(err)
	mine, err := l.find.VirtualMachineList(l.ctx, "/dc1/vm/"+ForeignFolder+"/*")
	l.ok(err)
	if len(root) != 3 || len(mine) != 2 {
		t.Errorf("%d and %d foreign machines", len(root), len(mine))
	}
	for _, vm := range append(root, mine...) { // they are machines like any other
		_, err := l.task(vm.PowerOn(l.ctx))
		l.ok(err)
		_, err = l.task(vm.PowerOff(l.ctx))
		l.ok(err)
		_, err = l.task(vm.Destroy(l.ctx))
		l.ok(err)
	}
}

func TestDatacenterFolder(t *testing.T) {
	t.Parallel()
	for _, unmodified := range []bool{false, true} {
		l := newLab(t, Options{DatacenterFolder: "emea", Datacenters: 2, ForeignVMs: 2, Unmodified: unmodified})
		l.cluster()
		l.stores()
		l.networks()
		l.templates()
		if l.v.Datacenter(2) != "/emea/dc2" {
			t.Errorf("the second datacenter is at %s", l.v.Datacenter(2))
		}
		for path, there := range map[string]bool{
			"/emea/dc1": true, "emea/dc2/vm": true, "/emea/dc1/vm/" + ImageFolder + "/debian-12": true,
			"/emea/dc1/host/compute/Resources": true, "/dc1": false, "dc1/vm": false, "/emea/dc1/vm/nothing": false,
		} {
			found, err := object.NewSearchIndex(l.c.Client).FindByInventoryPath(l.ctx, path)
			if err != nil || (found != nil) != there {
				t.Errorf("%s: %v, %v", path, found, err)
			}
		}
		if m := l.see(l.mustClone("a", nil)); !l.exists(m.Config.Files.VmPathName) {
			t.Errorf("no file %s", m.Config.Files.VmPathName)
		}
	}
}

func TestWithoutDRS(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{NoDRS: true})
	_, err := l.create(types.VirtualMachineConfigSpec{Name: "a"})
	faults(t, err, &types.InvalidArgument{})
	l.absent("a")
	hosts, err := l.find.HostSystemList(l.ctx, "compute/*")
	l.ok(err)
	spec := types.VirtualMachineConfigSpec{Name: "a", Files: &types.VirtualMachineFileInfo{VmPathName: "[vmfs-1]"}}
	_, err = l.task(l.folder.CreateVM(l.ctx, spec, l.pool, hosts[1]))
	l.ok(err)
	l.mustClone("b", nil) // the host of the template will do
	cluster, err := l.find.ClusterComputeResource(l.ctx, "compute")
	l.ok(err)
	for _, drs := range []bool{true, false} {
		_, err = l.task(cluster.Reconfigure(l.ctx, &types.ClusterConfigSpecEx{DrsConfig: &types.ClusterDrsConfigInfo{Enabled: &drs}}, true))
		l.ok(err)
		if _, err = l.create(types.VirtualMachineConfigSpec{Name: fmt.Sprint("drs-", drs)}); (err == nil) != drs {
			t.Errorf("DRS %t: %v", drs, err)
		}
	}

	u := newLab(t, Options{NoDRS: true, Unmodified: true})
	if _, err = u.create(types.VirtualMachineConfigSpec{Name: "a"}); err != nil {
		t.Errorf("the simulator has learnt: %v", err)
	}
}

func TestOldVersion(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{APIVersion: "6.7.3"})
	if a := l.c.ServiceContent.About; a.ApiVersion != "6.7.3" || a.Version != "6.7.3" {
		t.Errorf("%+v", a)
	}
}

func TestLibrary(t *testing.T) {
	t.Parallel()
	both(t, func(l *lab) {
		r, err := l.v.REST(l.ctx)
		l.ok(err)
		m := library.NewManager(r)
		lib, err := m.GetLibraryByName(l.ctx, LibraryName)
		l.ok(err)
		items, err := m.GetLibraryItems(l.ctx, lib.ID)
		l.ok(err)
		if len(items) != 1 || items[0].Name != LibraryItem || items[0].Type != library.ItemTypeOVF {
			l.Fatalf("items %+v", items)
		}
		ref, err := vcenter.NewManager(r).DeployLibraryItem(l.ctx, items[0].ID, vcenter.Deploy{
			DeploymentSpec: vcenter.DeploymentSpec{Name: "deployed", AcceptAllEULA: true},
			Target:         vcenter.Target{ResourcePoolID: l.pool.Reference().Value, FolderID: l.folder.Reference().Value},
		})
		l.ok(err)
		got := l.see(object.NewVirtualMachine(l.c.Client, *ref))
		if got.Name != "deployed" || len(disksOf(got)) != 1 || got.Config.Hardware.MemoryMB != 64 {
			l.Errorf("%s: %d disks, %d MiB", got.Name, len(disksOf(got)), got.Config.Hardware.MemoryMB)
		}
	})
}
