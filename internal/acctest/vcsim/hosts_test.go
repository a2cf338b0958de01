// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"slices"
	"testing"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

func TestAddHostLooksAtTheHost(t *testing.T) {
	t.Parallel()
	l := strict(t)
	c := l.newCluster("edge", types.ClusterConfigSpecEx{})
	with := func(change func(*types.HostConnectSpec)) types.HostConnectSpec {
		spec := joining("esx-9")
		change(&spec)
		return spec
	}
	for name, one := range map[string]struct {
		spec types.HostConnectSpec
		want types.BaseMethodFault
	}{
		"no name":          {with(func(s *types.HostConnectSpec) { s.HostName = "" }), &types.NoHost{}},
		"nobody answers":   {joining("esx-9" + Unreachable), &types.NoHost{}},
		"no thumbprint":    {with(func(s *types.HostConnectSpec) { s.SslThumbprint = "" }), &types.SSLVerifyFault{}},
		"wrong thumbprint": {with(func(s *types.HostConnectSpec) { s.SslThumbprint = HostThumbprint("esx-8") }), &types.SSLVerifyFault{}},
		"wrong password":   {with(func(s *types.HostConnectSpec) { s.Password = "no" }), &types.InvalidLogin{}},
		"wrong user":       {with(func(s *types.HostConnectSpec) { s.UserName = "admin" }), &types.InvalidLogin{}},
		"elsewhere":        {joining("esx-1"), &types.AlreadyConnected{}},
	} {
		_, err := l.task(c.AddHost(l.ctx, one.spec, true, nil, nil))
		t.Log(name)
		faults(t, err, one.want)
		var verify *types.SSLVerifyFault
		if _, ok := fault.As(err, &verify); ok && verify.Thumbprint != HostThumbprint("esx-9") {
			t.Errorf("%s: the fault carries the thumbprint %q", name, verify.Thumbprint)
		}
	}
	if got := l.seeCluster(c); len(got.Host) != 0 {
		t.Fatalf("hosts %v", got.Host)
	}
	l.addHost(c, "esx-9")
	_, err := l.task(c.AddHost(l.ctx, joining("esx-9"), true, nil, nil))
	faults(t, err, &types.DuplicateName{})
	_, err = l.task(c.AddHost(l.ctx, joining("esx-10"), false, nil, nil))
	l.ok(err)
	got := l.seeCluster(c).Summary.GetComputeResourceSummary()
	if got.NumHosts != 2 || got.NumEffectiveHosts != 1 || got.NumCpuThreads != 64 || got.EffectiveCpu != 16*2600 {
		t.Errorf("summary %+v", got)
	}

	u := unmodified(t)
	if _, err := u.task(u.compute().AddHost(u.ctx, types.HostConnectSpec{HostName: "esx-1"}, true, nil, nil)); err != nil {
		t.Errorf("the simulator has learnt: %v", err)
	}
}

// A host that is added runs machines at once: it mounts the shared storage. It shares no list with its cluster.
func TestAddedHostRunsMachines(t *testing.T) {
	t.Parallel()
	l := strict(t)
	c := l.compute()
	before := l.seeCluster(c)
	h := l.addHost(c, "esx-4")
	after := l.seeCluster(c)
	if got := l.seeHost(h); len(got.Datastore) != 2 || got.Summary.Hardware.NumCpuCores != 16 || got.Runtime.ConnectionState != "connected" {
		t.Errorf("%d datastores, %+v", len(got.Datastore), got.Summary.Hardware)
	}
	if !slices.Equal(before.Network, after.Network) || !slices.Equal(before.Datastore, after.Datastore) || len(after.Host) != 4 {
		t.Errorf("the cluster's networks %v became %v", before.Network, after.Network)
	}
	ref := h.Reference()
	spec := types.VirtualMachineConfigSpec{Name: "a", Files: &types.VirtualMachineFileInfo{VmPathName: "[vmfs-1]"}}
	made, err := l.task(l.folder.CreateVM(l.ctx, spec, l.pool, h))
	l.ok(err)
	vm := object.NewVirtualMachine(l.c.Client, made)
	_, err = l.task(vm.PowerOn(l.ctx))
	l.ok(err)
	if on := *l.see(vm).Runtime.Host; on != ref {
		t.Errorf("it runs on %v", on)
	}
}

func TestRemoveHost(t *testing.T) {
	t.Parallel()
	l := strict(t)
	h := l.esx("esx-3")
	ref := h.Reference()
	vm := l.mustClone("a", nil, func(s *types.VirtualMachineCloneSpec) { s.Location.Host = &ref })
	faults(t, l.destroy(h), &types.InvalidState{})
	l.ok(l.maintain(h))
	faults(t, l.destroy(h), &types.ResourceInUse{}) // the switch has it
	_, err := l.task(vm.Destroy(l.ctx))
	l.ok(err)
	l.offSwitches(h)
	l.ok(l.destroy(h))

	// A host without a switch goes, with the machines on it; their files stay.
	extra := l.addHost(l.compute(), "esx-4")
	spec := types.VirtualMachineConfigSpec{Name: "c", Files: &types.VirtualMachineFileInfo{VmPathName: "[vmfs-1]"}}
	made, err := l.task(l.folder.CreateVM(l.ctx, spec, l.pool, extra))
	l.ok(err)
	file := l.see(object.NewVirtualMachine(l.c.Client, made)).Config.Files.VmPathName
	l.ok(l.group(adds, hostGroup("hosts", l.esx("esx-1"), extra), nil))
	l.ok(l.maintain(extra))
	l.ok(l.destroy(extra))
	if group := l.seeCluster(l.compute()).ConfigurationEx.(*types.ClusterConfigInfoEx).Group[0].(*types.ClusterHostGroup); len(group.Host) !=
		1 {
		t.Errorf("in the group: %v", group.Host)
	}
	l.absent("c")
	if !l.exists(file) {
		t.Errorf("%s is gone", file)
	}
	got := l.seeCluster(l.compute())
	if len(got.Host) != 2 || slices.Contains(got.Host, extra.Reference()) || got.Summary.GetComputeResourceSummary().NumHosts != 2 {
		t.Errorf("hosts %v, %+v", got.Host, got.Summary)
	}
	store, err := l.find.Datastore(l.ctx, "vmfs-1")
	l.ok(err)
	var m mo.Datastore
	l.ok(store.Properties(l.ctx, store.Reference(), []string{"host"}, &m))
	if len(m.Host) != 2 {
		t.Errorf("%d hosts mount vmfs-1", len(m.Host))
	}
	l.addHost(l.compute(), "esx-4") // and comes back

	u := unmodified(t)
	l.ok(u.destroy(u.esx("esx-3")))
	if got := u.seeCluster(u.compute()); len(got.Host) != 3 {
		t.Error("the simulator has learnt to take the host off its cluster")
	}
}

func TestDisconnectHost(t *testing.T) {
	t.Parallel()
	l := strict(t)
	h := l.esx("esx-2")
	ref := h.Reference()
	vm := l.mustClone("a", nil, on, func(s *types.VirtualMachineCloneSpec) { s.Location.Host = &ref })
	reconnect := func(spec *types.HostConnectSpec) error {
		_, err := l.task(h.Reconnect(l.ctx, spec, nil))
		return err
	}
	faults(t, reconnect(nil), &types.InvalidState{})
	_, err := l.task(h.Disconnect(l.ctx))
	l.ok(err)
	if got := l.see(vm).Runtime; got.ConnectionState != types.VirtualMachineConnectionStateDisconnected ||
		got.PowerState != types.VirtualMachinePowerStatePoweredOn {
		t.Errorf("%+v", got)
	}
	if got := l.seeHost(h); got.Summary.QuickStats.OverallMemoryUsage != 0 || got.Runtime.ConnectionState != "disconnected" {
		t.Errorf("%+v", got.Summary.QuickStats)
	}
	faults(t, l.maintain(h), &types.HostNotConnected{})
	_, err = l.clone("b", nil, func(s *types.VirtualMachineCloneSpec) { s.Location.Host = &ref })
	faults(t, err, &types.HostNotConnected{})
	faults(t, reconnect(&types.HostConnectSpec{UserName: HostUser, Password: HostPassword}), &types.SSLVerifyFault{})
	faults(t, reconnect(&types.HostConnectSpec{UserName: HostUser, Password: "no", SslThumbprint: HostThumbprint("esx-2")}),
		&types.InvalidLogin{})
	l.ok(reconnect(nil))
	if got := l.see(vm).Runtime.ConnectionState; got != types.VirtualMachineConnectionStateConnected {
		t.Errorf("the machine is %s", got)
	}
	_, err = l.task(h.Disconnect(l.ctx))
	l.ok(err)
	l.offSwitchesFails(h)
	if err := l.destroy(h); err == nil {
		t.Error("the switch let go of a machine's host")
	}
}

func TestStandaloneHost(t *testing.T) {
	t.Parallel()
	l := strict(t)
	dc, err := l.find.Datacenter(l.ctx, l.v.Datacenter(1))
	l.ok(err)
	folders, err := dc.Folders(l.ctx)
	l.ok(err)
	add := func(spec types.HostConnectSpec) (types.ManagedObjectReference, error) {
		return l.task(folders.HostFolder.AddStandaloneHost(l.ctx, spec, true, nil, nil))
	}
	_, err = add(types.HostConnectSpec{HostName: "alone", UserName: HostUser, Password: HostPassword})
	faults(t, err, &types.SSLVerifyFault{})
	_, err = add(joining("esx-1"))
	faults(t, err, &types.AlreadyConnected{})
	ref, err := add(joining("alone"))
	l.ok(err)
	if ref.Type != "ComputeResource" {
		t.Errorf("made a %s", ref.Type)
	}
	h, err := l.find.HostSystem(l.ctx, "alone/alone")
	l.ok(err)
	faults(t, l.destroy(h), &types.NotSupported{})
	l.ok(l.destroy(ref))
	if all, err := l.find.ComputeResourceList(l.ctx, "*"); err != nil || len(all) != 1 {
		t.Errorf("%v, %v", all, err)
	}
	ref, err = add(joining("alone"))
	l.ok(err)
	h, err = l.find.HostSystem(l.ctx, "alone/alone")
	l.ok(err)
	_, err = l.task(l.compute().MoveInto(l.ctx, h))
	l.ok(err)
	faults(t, l.c.RetrieveOne(l.ctx, ref, []string{"name"}, &mo.ManagedEntity{}), &types.ManagedObjectNotFound{})
	if got := l.seeCluster(l.compute()).Summary.GetComputeResourceSummary(); got.NumHosts != 4 {
		t.Errorf("%+v", got)
	}
}
