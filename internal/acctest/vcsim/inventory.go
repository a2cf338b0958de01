// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/clusters"
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
	content := base.Get[*simulator.ServiceInstance](ctx, types.ManagedObjectReference{Type: "ServiceInstance", Value: "ServiceInstance"})
	root := base.Get[*simulator.Folder](ctx, content.Content.RootFolder)
	if name == "" {
		return root, nil
	}
	body := root.CreateFolder(ctx, &types.CreateFolder{This: root.Self, Name: name}).(*methods.CreateFolderBody)
	if body.Fault_ != nil {
		return nil, fmt.Errorf("creating the folder %s: %s", name, body.Fault_.String)
	}
	return base.Get[*simulator.Folder](ctx, body.Res.Returnval), nil
}

func newDatacenter(ctx *simulator.Context, parent *simulator.Folder, n int, o Options, dir string) (*datacenter, error) {
	name := fmt.Sprintf("dc%d", n)
	body := parent.CreateDatacenter(ctx, &types.CreateDatacenter{This: parent.Self, Name: name}).(*methods.CreateDatacenterBody)
	if body.Fault_ != nil {
		return nil, fmt.Errorf("creating %s: %s", name, body.Fault_.String)
	}
	made := base.Get[*simulator.Datacenter](ctx, body.Res.Returnval)
	return &datacenter{Datacenter: made, base: ctx, options: o, number: n, dir: filepath.Join(dir, name)}, nil
}

// ctx is a context for one operation. Some of the simulator's tasks leave others running behind them; what comes next
// must not share their locks.
func (d *datacenter) ctx() *simulator.Context { return base.Apart(d.base) }

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
	if err := d.addDatastore("vmfs-1", 8*base.TiB); err != nil {
		return err
	}
	return d.addDatastore("vmfs-2", 1*base.TiB)
}

func (d *datacenter) folder(ref types.ManagedObjectReference) *simulator.Folder {
	return base.Get[*simulator.Folder](d.ctx(), ref)
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
	cluster := base.Get[*simulator.ClusterComputeResource](d.ctx(), body.Res.Returnval)
	for i := 1; i <= 3; i++ {
		task := base.TaskOf(cluster.AddHostTask(d.ctx(), &types.AddHost_Task{
			This:        cluster.Self,
			Spec:        types.HostConnectSpec{HostName: d.hostName(n, i)},
			AsConnected: true,
		}))
		host, err := made(d.ctx(), task)
		if err != nil {
			return fmt.Errorf("adding a host: %w", err)
		}
		clusters.Equip(base.Get[*simulator.HostSystem](d.ctx(), host))
		d.hosts = append(d.hosts, host)
	}
	summarise(cluster, !d.options.NoDRS)
	return nil
}

// summarise adds up what the hosts of a cluster have, and switches HA on, and DRS where it is wanted.
func summarise(c *simulator.ClusterComputeResource, drs bool) {
	n := int32(len(c.Host))
	s := c.Summary.GetComputeResourceSummary()
	s.NumHosts, s.NumEffectiveHosts = n, n
	s.NumCpuCores, s.NumCpuThreads = int16(n*clusters.HostCores), int16(2*n*clusters.HostCores)
	s.TotalCpu, s.EffectiveCpu = n*clusters.HostCores*clusters.HostMHz, n*clusters.HostCores*clusters.HostMHz
	s.TotalMemory, s.EffectiveMemory = int64(n)*clusters.HostMemory, int64(n)*clusters.HostMemory/base.MiB
	config := c.ConfigurationEx.(*types.ClusterConfigInfoEx)
	config.DrsConfig.Enabled = types.NewBool(drs)
	config.DrsConfig.DefaultVmBehavior = types.DrsBehaviorFullyAutomated
	config.DasConfig.Enabled = types.NewBool(true)
}

// addDatastore makes one and mounts it on every host of the datacenter.
func (d *datacenter) addDatastore(name string, capacity int64) error {
	dir := filepath.Join(d.dir, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, ref := range d.hosts {
		host := base.Get[*simulator.HostSystem](d.ctx(), ref)
		system := base.Get[*simulator.HostDatastoreSystem](d.ctx(), *host.ConfigManager.DatastoreSystem)
		body := system.CreateLocalDatastore(d.ctx(), &types.CreateLocalDatastore{Name: name, Path: dir}).(*methods.CreateLocalDatastoreBody)
		if body.Fault_ != nil {
			return fmt.Errorf("mounting %s on %s: %s", name, host.Name, body.Fault_.String)
		}
	}
	store := d.ctx().Map.FindByName(name, d.Datastore).(*simulator.Datastore)
	info := *store.Info.GetDatastoreInfo()
	info.FreeSpace, info.MaxFileSize = capacity, 62*base.TiB
	store.Summary.Type = string(types.HostFileSystemVolumeFileSystemTypeVMFS)
	store.Summary.Capacity, store.Summary.FreeSpace = capacity, capacity
	store.Summary.MultipleHostAccess = types.NewBool(true)
	store.Info = &types.VmfsDatastoreInfo{DatastoreInfo: info, Vmfs: &types.HostVmfsVolume{
		HostFileSystemVolume: types.HostFileSystemVolume{Type: store.Summary.Type, Name: name, Capacity: capacity},
		MajorVersion:         6, Version: "6.82", Uuid: uuid.NewString(),
	}}
	return nil
}

// made is wait for those who build the inventory, where a fault is a mistake of ours.
func made(ctx *simulator.Context, ref types.ManagedObjectReference) (types.ManagedObjectReference, error) {
	result, fault := base.Wait(ctx, ref)
	if fault != nil {
		return types.ManagedObjectReference{}, fmt.Errorf("%T: %+v", fault, fault)
	}
	created, _ := result.(types.ManagedObjectReference)
	return created, nil
}
