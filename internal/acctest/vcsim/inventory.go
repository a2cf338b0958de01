package vcsim

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	mebibyte = int64(1) << 20
	gibibyte = int64(1) << 30
	tebibyte = int64(1) << 40
)

// What each host has: enough that no test runs into a limit it did not ask for.
const (
	hostCores  = 16
	hostMHz    = 2600
	hostMemory = 128 * gibibyte
)

// datacenter is what buildInventory knows of one while it fills it.
type datacenter struct {
	*simulator.Datacenter
	base    *simulator.Context
	options Options
	number  int
	dir     string
	hosts   []types.ManagedObjectReference
}

// buildInventory makes every datacenter. The first one also holds the images and the foreign machines.
func buildInventory(ctx *simulator.Context, o Options, dir string) error {
	parent, err := datacenterFolder(ctx, o.DatacenterFolder)
	if err != nil {
		return err
	}
	for n := 1; n <= o.Datacenters; n++ {
		dc, err := newDatacenter(ctx, parent, n, o, dir)
		if err != nil {
			return err
		}
		if err := dc.fill(); err != nil {
			return fmt.Errorf("%s: %w", dc.Name, err)
		}
		if n > 1 {
			continue
		}
		if err := dc.addImages(); err != nil {
			return fmt.Errorf("images: %w", err)
		}
		if err := dc.addForeign(o.ForeignVMs); err != nil {
			return fmt.Errorf("foreign virtual machines: %w", err)
		}
	}
	return nil
}

// datacenterFolder is the root folder, or one of that name made below it.
func datacenterFolder(ctx *simulator.Context, name string) (*simulator.Folder, error) {
	content := get[*simulator.ServiceInstance](ctx, types.ManagedObjectReference{Type: "ServiceInstance", Value: "ServiceInstance"})
	root := get[*simulator.Folder](ctx, content.Content.RootFolder)
	if name == "" {
		return root, nil
	}
	body := root.CreateFolder(ctx, &types.CreateFolder{This: root.Self, Name: name}).(*methods.CreateFolderBody)
	if body.Fault_ != nil {
		return nil, fmt.Errorf("creating the folder %s: %s", name, body.Fault_.String)
	}
	return get[*simulator.Folder](ctx, body.Res.Returnval), nil
}

func newDatacenter(ctx *simulator.Context, parent *simulator.Folder, n int, o Options, dir string) (*datacenter, error) {
	name := fmt.Sprintf("dc%d", n)
	body := parent.CreateDatacenter(ctx, &types.CreateDatacenter{This: parent.Self, Name: name}).(*methods.CreateDatacenterBody)
	if body.Fault_ != nil {
		return nil, fmt.Errorf("creating %s: %s", name, body.Fault_.String)
	}
	made := get[*simulator.Datacenter](ctx, body.Res.Returnval)
	return &datacenter{Datacenter: made, base: ctx, options: o, number: n, dir: filepath.Join(dir, name)}, nil
}

// ctx is a context for one operation. Some of the simulator's tasks leave others running behind them; what comes next
// must not share their locks.
func (d *datacenter) ctx() *simulator.Context { return apart(d.base) }

func (d *datacenter) fill() error {
	if err := d.addSwitch(); err != nil {
		return err
	}
	for n := 1; n <= d.options.Clusters; n++ {
		if err := d.addCluster(n); err != nil {
			return err
		}
	}
	if err := d.joinSwitch(); err != nil {
		return err
	}
	if err := d.addDatastore("vmfs-1", 8*tebibyte); err != nil {
		return err
	}
	return d.addDatastore("vmfs-2", 1*tebibyte)
}

func (d *datacenter) folder(ref types.ManagedObjectReference) *simulator.Folder {
	return get[*simulator.Folder](d.ctx(), ref)
}

// clusterName is compute, compute-2, compute-3...
func clusterName(n int) string {
	if n == 1 {
		return "compute"
	}
	return fmt.Sprintf("compute-%d", n)
}

// hostName is esx-1 to esx-3 in the first cluster of the first datacenter, and unique everywhere else.
func (d *datacenter) hostName(cluster, n int) string {
	name := fmt.Sprintf("esx-%d", n+3*(cluster-1))
	if d.number > 1 {
		name = fmt.Sprintf("dc%d-%s", d.number, name)
	}
	return name
}

func (d *datacenter) addCluster(n int) error {
	folder := d.folder(d.HostFolder)
	body := folder.CreateClusterEx(d.ctx(), &types.CreateClusterEx{This: folder.Self, Name: clusterName(n)}).(*methods.CreateClusterExBody)
	if body.Fault_ != nil {
		return fmt.Errorf("creating cluster: %s", body.Fault_.String)
	}
	cluster := get[*simulator.ClusterComputeResource](d.ctx(), body.Res.Returnval)
	for i := 1; i <= 3; i++ {
		task := taskOf(cluster.AddHostTask(d.ctx(), &types.AddHost_Task{
			This:        cluster.Self,
			Spec:        types.HostConnectSpec{HostName: d.hostName(n, i)},
			AsConnected: true,
		}))
		host, err := made(d.ctx(), task)
		if err != nil {
			return fmt.Errorf("adding a host: %w", err)
		}
		equip(get[*simulator.HostSystem](d.ctx(), host))
		d.hosts = append(d.hosts, host)
	}
	summarise(cluster, !d.options.NoDRS)
	return nil
}

// equip gives a host its processors and memory; the simulator's are those of a small virtual machine.
func equip(h *simulator.HostSystem) {
	h.Runtime.ConnectionState = types.HostSystemConnectionStateConnected
	s := h.Summary.Hardware
	cable(h)
	s.Vendor, s.Model, s.CpuModel = "Novasphere", "Simulated", "Simulated CPU @ 2.60GHz"
	s.NumCpuPkgs, s.NumCpuCores, s.NumCpuThreads = 2, hostCores, 2*hostCores
	s.CpuMhz, s.MemorySize = hostMHz, hostMemory
	h.Hardware.CpuInfo = types.HostCpuInfo{
		NumCpuPackages: 2, NumCpuCores: hostCores, NumCpuThreads: 2 * hostCores, Hz: hostMHz * 1_000_000,
	}
	h.Hardware.MemorySize = hostMemory
	h.Summary.QuickStats.OverallCpuUsage, h.Summary.QuickStats.OverallMemoryUsage = idleMHz, idleMemory
}

// summarise adds up what the hosts of a cluster have, and switches HA on, and DRS where it is wanted.
func summarise(c *simulator.ClusterComputeResource, drs bool) {
	n := int32(len(c.Host))
	s := c.Summary.GetComputeResourceSummary()
	s.NumHosts, s.NumEffectiveHosts = n, n
	s.NumCpuCores, s.NumCpuThreads = int16(n*hostCores), int16(2*n*hostCores)
	s.TotalCpu, s.EffectiveCpu = n*hostCores*hostMHz, n*hostCores*hostMHz
	s.TotalMemory, s.EffectiveMemory = int64(n)*hostMemory, int64(n)*hostMemory/mebibyte
	config := c.ConfigurationEx.(*types.ClusterConfigInfoEx)
	config.DrsConfig.Enabled = types.NewBool(drs)
	config.DrsConfig.DefaultVmBehavior = types.DrsBehaviorFullyAutomated
	config.DasConfig.Enabled = types.NewBool(true)
}

// addSwitch makes the distributed switch and its portgroups.
func (d *datacenter) addSwitch() error {
	name := "dvs-1"
	if d.number > 1 {
		name = fmt.Sprintf("dc%d-dvs-1", d.number)
	}
	folder := d.folder(d.NetworkFolder)
	task := taskOf(folder.CreateDVSTask(d.ctx(), &types.CreateDVS_Task{This: folder.Self, Spec: types.DVSCreateSpec{
		ConfigSpec: &types.VMwareDVSConfigSpec{
			DVSConfigSpec: types.DVSConfigSpec{
				Name:             name,
				ConfigVersion:    "1",
				UplinkPortPolicy: &types.DVSNameArrayUplinkPortPolicy{UplinkPortName: []string{"Uplink 1", "Uplink 2"}},
			},
			MaxMtu: 9000,
		},
	}}))
	ref, err := made(d.ctx(), task)
	if err != nil {
		return fmt.Errorf("creating the switch: %w", err)
	}
	dvs := get[*simulator.DistributedVirtualSwitch](d.ctx(), ref)
	markUplink(d.ctx(), dvs)
	task = taskOf(dvs.AddDVPortgroupTask(d.ctx(), &types.AddDVPortgroup_Task{This: ref, Spec: []types.DVPortgroupConfigSpec{
		portgroup("public", 100), portgroup("private", 200), segment("nsx-segment"),
	}}))
	if _, err = made(d.ctx(), task); err != nil {
		return fmt.Errorf("adding portgroups: %w", err)
	}
	return nil
}

// markUplink says that the first portgroup is the uplinks'. It is still being made, with the switch locked.
func markUplink(ctx *simulator.Context, dvs *simulator.DistributedVirtualSwitch) {
	ctx.WithLock(dvs, func() {
		for _, ref := range dvs.Portgroup {
			group := get[*simulator.DistributedVirtualPortgroup](ctx, ref)
			group.Config.Uplink, group.Config.ConfigVersion = types.NewBool(true), "1"
			config := dvs.Config.GetDVSConfigInfo()
			config.UplinkPortgroup = append(config.UplinkPortgroup, ref)
		}
	})
}

func portgroup(name string, vlan int32) types.DVPortgroupConfigSpec {
	return types.DVPortgroupConfigSpec{
		Name:          name,
		Type:          string(types.DistributedVirtualPortgroupPortgroupTypeEarlyBinding),
		NumPorts:      8,
		AutoExpand:    types.NewBool(true),
		ConfigVersion: "1",
		DefaultPortConfig: &types.VMwareDVSPortSetting{
			Vlan: &types.VmwareDistributedVirtualSwitchVlanIdSpec{VlanId: vlan},
		},
	}
}

// segment is what vCenter shows of an NSX segment.
func segment(name string) types.DVPortgroupConfigSpec {
	id := uuid.NewString()
	return types.DVPortgroupConfigSpec{
		Name:              name,
		Type:              string(types.DistributedVirtualPortgroupPortgroupTypeEphemeral),
		BackingType:       string(types.DistributedVirtualPortgroupBackingTypeNsx),
		LogicalSwitchUuid: id,
		SegmentId:         "/infra/segments/" + name,
		ConfigVersion:     "1",
	}
}

// joinSwitch makes every host a member of the switch.
func (d *datacenter) joinSwitch() error {
	var members []types.DistributedVirtualSwitchHostMemberConfigSpec
	for _, host := range d.hosts {
		members = append(members, types.DistributedVirtualSwitchHostMemberConfigSpec{
			Operation: string(types.ConfigSpecOperationAdd), Host: host,
		})
	}
	for _, ref := range d.folder(d.NetworkFolder).ChildEntity {
		dvs, ok := d.ctx().Map.Get(ref).(*simulator.DistributedVirtualSwitch)
		if !ok {
			continue
		}
		task := taskOf(dvs.ReconfigureDvsTask(d.ctx(), &types.ReconfigureDvs_Task{
			This: ref, Spec: &types.VMwareDVSConfigSpec{DVSConfigSpec: types.DVSConfigSpec{Host: members}},
		}))
		if _, err := made(d.ctx(), task); err != nil {
			return fmt.Errorf("adding hosts to the switch: %w", err)
		}
		for _, member := range members {
			enlist(d.ctx(), dvs, get[*simulator.HostSystem](d.ctx(), member.Host), member)
		}
	}
	return nil
}

// addDatastore makes one and mounts it on every host of the datacenter.
func (d *datacenter) addDatastore(name string, capacity int64) error {
	dir := filepath.Join(d.dir, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, ref := range d.hosts {
		host := get[*simulator.HostSystem](d.ctx(), ref)
		system := get[*simulator.HostDatastoreSystem](d.ctx(), *host.ConfigManager.DatastoreSystem)
		body := system.CreateLocalDatastore(d.ctx(), &types.CreateLocalDatastore{Name: name, Path: dir}).(*methods.CreateLocalDatastoreBody)
		if body.Fault_ != nil {
			return fmt.Errorf("mounting %s on %s: %s", name, host.Name, body.Fault_.String)
		}
	}
	store := d.ctx().Map.FindByName(name, d.Datastore).(*simulator.Datastore)
	info := *store.Info.GetDatastoreInfo()
	info.FreeSpace, info.MaxFileSize = capacity, 62*tebibyte
	store.Summary.Type = string(types.HostFileSystemVolumeFileSystemTypeVMFS)
	store.Summary.Capacity, store.Summary.FreeSpace = capacity, capacity
	store.Summary.MultipleHostAccess = types.NewBool(true)
	store.Info = &types.VmfsDatastoreInfo{DatastoreInfo: info, Vmfs: &types.HostVmfsVolume{
		HostFileSystemVolume: types.HostFileSystemVolume{Type: store.Summary.Type, Name: name, Capacity: capacity},
		MajorVersion:         6, Version: "6.82", Uuid: uuid.NewString(),
	}}
	return nil
}
