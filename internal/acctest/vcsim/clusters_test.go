package vcsim

import (
	"errors"
	"slices"
	"testing"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/clusters"
)

// joining is what a host of a name is added with.
func joining(name string) types.HostConnectSpec {
	return types.HostConnectSpec{HostName: name, UserName: HostUser, Password: HostPassword, SslThumbprint: HostThumbprint(name)}
}

// compute is the cluster of the inventory.
func (l *lab) compute() *object.ClusterComputeResource {
	l.Helper()
	c, err := l.find.ClusterComputeResource(l.ctx, "compute")
	l.ok(err)
	return c
}

// esx is a host of that cluster.
func (l *lab) esx(name string) *object.HostSystem {
	l.Helper()
	h, err := l.find.HostSystem(l.ctx, "compute/"+name)
	l.ok(err)
	return h
}

func (l *lab) seeHost(h *object.HostSystem) (m mo.HostSystem) {
	l.Helper()
	l.ok(h.Properties(l.ctx, h.Reference(), nil, &m))
	return m
}

func (l *lab) seeCluster(c *object.ClusterComputeResource) (m mo.ClusterComputeResource) {
	l.Helper()
	l.ok(c.Properties(l.ctx, c.Reference(), nil, &m))
	return m
}

// newCluster makes one beside the inventory's.
func (l *lab) newCluster(name string, spec types.ClusterConfigSpecEx) *object.ClusterComputeResource {
	l.Helper()
	dc, err := l.find.Datacenter(l.ctx, l.v.Datacenter(1))
	l.ok(err)
	folders, err := dc.Folders(l.ctx)
	l.ok(err)
	c, err := folders.HostFolder.CreateCluster(l.ctx, name, spec)
	l.ok(err)
	return c
}

// addHost adds one with the right credentials.
func (l *lab) addHost(c *object.ClusterComputeResource, name string) *object.HostSystem {
	l.Helper()
	ref, err := l.task(c.AddHost(l.ctx, joining(name), true, nil, nil))
	l.ok(err)
	return object.NewHostSystem(l.c.Client, ref)
}

// maintain puts a host into maintenance, with a second's patience.
func (l *lab) maintain(h *object.HostSystem) error {
	_, err := l.task(h.EnterMaintenanceMode(l.ctx, 1, false, nil))
	return err
}

func (l *lab) destroy(r mo.Reference) error {
	_, err := l.task(object.NewCommon(l.c.Client, r.Reference()).Destroy(l.ctx))
	return err
}

// offSwitches takes a host off the switch.
func (l *lab) offSwitches(h *object.HostSystem) {
	l.Helper()
	n, err := l.find.Network(l.ctx, "dvs-1")
	l.ok(err)
	_, err = l.task(n.(*object.DistributedVirtualSwitch).Reconfigure(l.ctx, &types.DVSConfigSpec{
		Host: []types.DistributedVirtualSwitchHostMemberConfigSpec{{Operation: "remove", Host: h.Reference()}},
	}))
	l.ok(err)
}

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

func TestDestroyCluster(t *testing.T) {
	t.Parallel()
	l := strict(t)
	c := l.newCluster("edge", types.ClusterConfigSpecEx{DrsConfig: &types.ClusterDrsConfigInfo{Enabled: yes(), DefaultVmBehavior: "manual"}})
	if drs := l.seeCluster(c).ConfigurationEx.(*types.ClusterConfigInfoEx).DrsConfig; drs.DefaultVmBehavior != "manual" || !*drs.Enabled {
		t.Errorf("created with %+v", drs)
	}
	h := l.addHost(c, "esx-9")
	pool, err := c.ResourcePool(l.ctx)
	l.ok(err)
	child, err := pool.Create(l.ctx, "child", types.DefaultResourceConfigSpec())
	l.ok(err)
	spec := types.VirtualMachineConfigSpec{Name: "a", Files: &types.VirtualMachineFileInfo{VmPathName: "[vmfs-1]"}}
	made, err := l.task(l.folder.CreateVM(l.ctx, spec, child, h))
	l.ok(err)
	vm := object.NewVirtualMachine(l.c.Client, made)
	faults(t, l.destroy(c), &types.InvalidState{})
	_, err = l.task(vm.PowerOn(l.ctx))
	l.ok(err)
	faults(t, l.destroy(c), &types.ResourceInUse{})
	_, err = l.task(vm.PowerOff(l.ctx))
	l.ok(err)
	l.ok(l.maintain(h))
	l.ok(l.destroy(c))
	l.absent("a")
	for _, gone := range []mo.Reference{c, h, pool, child} {
		faults(t, l.c.RetrieveOne(l.ctx, gone.Reference(), []string{"name"}, &mo.ManagedEntity{}), &types.ManagedObjectNotFound{})
	}
	if all, err := l.find.ClusterComputeResourceList(l.ctx, "*"); err != nil || len(all) != 1 {
		t.Errorf("%v, %v", all, err)
	}

	u := unmodified(t)
	if err := u.destroy(u.newCluster("edge", types.ClusterConfigSpecEx{})); err == nil {
		t.Error("the simulator has learnt to destroy clusters")
	}
}

func TestMoveIntoCluster(t *testing.T) {
	t.Parallel()
	l := strict(t)
	from, to := l.newCluster("from", types.ClusterConfigSpecEx{}), l.newCluster("to", types.ClusterConfigSpecEx{})
	h := l.addHost(from, "esx-9")
	pool, err := from.ResourcePool(l.ctx)
	l.ok(err)
	spec := types.VirtualMachineConfigSpec{Name: "a", Files: &types.VirtualMachineFileInfo{VmPathName: "[vmfs-1]"}}
	made, err := l.task(l.folder.CreateVM(l.ctx, spec, pool, h))
	l.ok(err)
	move := func(c *object.ClusterComputeResource) error {
		_, err := l.task(c.MoveInto(l.ctx, h))
		return err
	}
	faults(t, move(to), &types.InvalidState{})
	l.ok(l.maintain(h))
	faults(t, move(from), &types.DuplicateName{})
	l.ok(move(to))
	root, err := to.ResourcePool(l.ctx)
	l.ok(err)
	if got := l.see(object.NewVirtualMachine(l.c.Client, made), "resourcePool"); got.ResourcePool == nil ||
		*got.ResourcePool != root.Reference() {
		t.Errorf("the machine is in %v", got.ResourcePool)
	}
	a, b := l.seeCluster(from), l.seeCluster(to)
	if len(a.Host) != 0 || len(a.Datastore) != 0 || a.Summary.GetComputeResourceSummary().NumHosts != 0 {
		t.Errorf("left behind: %v, %v, %+v", a.Host, a.Datastore, a.Summary)
	}
	if len(b.Host) != 1 || len(b.Datastore) != 2 || b.Summary.GetComputeResourceSummary().NumHosts != 1 ||
		b.Summary.GetComputeResourceSummary().NumEffectiveHosts != 0 {
		t.Errorf("arrived: %v, %v, %+v", b.Host, b.Datastore, b.Summary)
	}
	_, err = l.task(h.ExitMaintenanceMode(l.ctx, 0))
	l.ok(err)
	if got := l.seeCluster(to).Summary.GetComputeResourceSummary(); got.NumEffectiveHosts != 1 {
		t.Errorf("%+v", got)
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

// offSwitchesFails sees that a switch keeps a host whose machines use it.
func (l *lab) offSwitchesFails(h *object.HostSystem) {
	l.Helper()
	n, err := l.find.Network(l.ctx, "dvs-1")
	l.ok(err)
	_, err = l.task(n.(*object.DistributedVirtualSwitch).Reconfigure(l.ctx, &types.DVSConfigSpec{
		Host: []types.DistributedVirtualSwitchHostMemberConfigSpec{{Operation: "remove", Host: h.Reference()}},
	}))
	faults(l, err, &types.ResourceInUse{})
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

// Figures follow from machines that run, and from hosts that are there.
func TestUsageFollowsMachines(t *testing.T) {
	t.Parallel()
	l := strict(t)
	h := l.esx("esx-1")
	ref := h.Reference()
	vm := l.mustClone("a", &types.VirtualMachineConfigSpec{NumCPUs: 4, MemoryMB: 2048},
		func(s *types.VirtualMachineCloneSpec) { s.Location.Host = &ref })
	expect := func(when string, mhz, mb int32) {
		t.Helper()
		if got := l.seeHost(h).Summary.QuickStats; got.OverallCpuUsage != mhz || got.OverallMemoryUsage != mb {
			t.Errorf("%s: %d MHz, %d MB, want %d and %d", when, got.OverallCpuUsage, got.OverallMemoryUsage, mhz, mb)
		}
	}
	expect("off", clusters.IdleMHz, clusters.IdleMemory)
	_, err := l.task(vm.PowerOn(l.ctx))
	l.ok(err)
	expect("on", clusters.IdleMHz+4*clusters.HostMHz/10, clusters.IdleMemory+2048)
	usage := func() types.ClusterResourceUsageSummary {
		t.Helper()
		res, err := methods.GetResourceUsage(l.ctx, l.c.Client, &types.GetResourceUsage{This: l.compute().Reference()})
		l.ok(err)
		return res.Returnval
	}
	u := usage()
	if u.CpuCapacityMHz != 3*16*2600 || u.MemCapacityMB != 3*128<<10 || u.CpuUsedMHz != 3*clusters.IdleMHz+4*clusters.HostMHz/10 ||
		u.MemUsedMB != 3*clusters.IdleMemory+
			2048 || u.StorageCapacityMB != 9<<20 || u.StorageUsedMB == 0 {
		t.Errorf("usage %+v", u)
	}
	sum := l.seeCluster(l.compute()).Summary.(*types.ClusterComputeResourceSummary)
	if templates := int32(len(images)); sum.UsageSummary.TotalVmCount != templates+1 || sum.UsageSummary.PoweredOffVmCount != templates {
		t.Errorf("counted %+v", sum.UsageSummary)
	}
	_, err = l.task(vm.PowerOff(l.ctx))
	l.ok(err)
	expect("off again", clusters.IdleMHz, clusters.IdleMemory)
	l.ok(l.reconfigure(vm, types.VirtualMachineConfigSpec{MemoryMB: 4096}))
	_, err = l.task(vm.PowerOn(l.ctx))
	l.ok(err)
	expect("larger", clusters.IdleMHz+4*clusters.HostMHz/10, clusters.IdleMemory+4096)
	l.ok(l.v.SetHardware("esx-2", Hardware{Packages: 1, Cores: 8, Threads: 8, MHz: 3000, Memory: 64 << 30}))
	s := l.seeCluster(l.compute()).Summary.GetComputeResourceSummary()
	if s.NumCpuCores != 40 || s.NumCpuThreads != 72 || s.TotalCpu != 2*16*2600+8*3000 || s.TotalMemory != 320<<30 ||
		s.EffectiveMemory != 320<<10 {
		t.Errorf("mixed hosts: %+v", s)
	}
	l.ok(l.maintain(l.esx("esx-3")))
	s = l.seeCluster(l.compute()).Summary.GetComputeResourceSummary()
	if s.NumHosts != 3 || s.NumEffectiveHosts != 2 || s.NumCpuThreads != 72 || s.EffectiveMemory != 192<<10 || s.EffectiveCpu != 16*2600+
		8*3000 {
		t.Errorf("one in maintenance: %+v", s)
	}
	if u := usage(); u.MemCapacityMB != 192<<10 {
		t.Errorf("one in maintenance: %+v", u)
	}

	plain := unmodified(t)
	before := plain.seeHost(plain.esx("esx-1")).Summary.QuickStats
	plain.mustClone("a", nil, on)
	if after := plain.seeHost(plain.esx("esx-1")).Summary.QuickStats; before != after {
		t.Error("the simulator has learnt to count")
	}
	if err := l.v.SetHardware("nobody", Hardware{}); err == nil || errors.Is(err, l.ctx.Err()) {
		t.Error("a host that there is not has new hardware")
	}
}
