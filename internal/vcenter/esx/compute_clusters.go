// SPDX-License-Identifier: MPL-2.0

package esx

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

var clusterPaths = []string{"name", "host", "resourcePool", "configurationEx", "customValue"}

// ComputeCluster finds a cluster of the datacenter by its id or name. An empty text means the provider's own cluster.
func (c *Nodes) ComputeCluster(ctx context.Context, idOrName string) (openstack.ComputeCluster, error) {
	self, err := c.Inventory.ClusterNamed(ctx, idOrName)
	if err != nil {
		return openstack.ComputeCluster{}, err
	}
	return c.ReadComputeCluster(ctx, self.Value)
}

// ReadComputeCluster reads a cluster by its id.
func (c *Nodes) ReadComputeCluster(ctx context.Context, id string) (openstack.ComputeCluster, error) {
	found, err := wire.Read[mo.ClusterComputeResource](ctx, c.wire, inventory.ClusterRef(id), clusterPaths)
	if err != nil {
		return openstack.ComputeCluster{}, faults.Explain("reading the cluster "+id, err)
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return openstack.ComputeCluster{}, err
	}
	labels, err := c.labelsIn(ctx, clusterField, found.CustomValue)
	cluster := openstack.ComputeCluster{ID: id, Name: found.Name, Hostname: id + "." + vim.ServiceContent.About.InstanceUuid,
		Mark: labels.Mark}
	if config, ok := found.ConfigurationEx.(*types.ClusterConfigInfoEx); ok {
		observeCluster(&cluster, config)
	}
	return cluster, err
}

func observeCluster(cluster *openstack.ComputeCluster, config *types.ClusterConfigInfoEx) {
	drs, ha := config.DrsConfig, config.DasConfig
	cluster.DRS, cluster.DRSLevel = property.IsTrue(drs.Enabled), string(drs.DefaultVmBehavior)
	cluster.HA, cluster.AdmissionControl = property.IsTrue(ha.Enabled), property.IsTrue(ha.AdmissionControlEnabled)
	switch policy := ha.AdmissionControlPolicy.(type) {
	case *types.ClusterFailoverResourcesAdmissionControlPolicy:
		if property.IsTrue(policy.AutoComputePercentages) {
			cluster.HostFailures = int64(policy.FailoverLevel)
		}
	case *types.ClusterFailoverLevelAdmissionControlPolicy:
		cluster.HostFailures = int64(policy.FailoverLevel)
	}
}

// clusterSpec returns the settings of a cluster that this provider manages; all others stay as they are.
func clusterSpec(want openstack.ComputeCluster) types.ClusterConfigSpecEx {
	ha := &types.ClusterDasConfigInfo{Enabled: types.NewBool(want.HA), AdmissionControlEnabled: types.NewBool(want.AdmissionControl)}
	if want.HostFailures > 0 {
		ha.AdmissionControlPolicy = &types.ClusterFailoverResourcesAdmissionControlPolicy{AutoComputePercentages: types.NewBool(true),
			FailoverLevel: int32(want.HostFailures)}
	}
	return types.ClusterConfigSpecEx{DasConfig: ha, DrsConfig: &types.ClusterDrsConfigInfo{Enabled: types.NewBool(want.DRS),
		DefaultVmBehavior: types.DrsBehavior(want.DRSLevel)}}
}

// CheckCluster refuses a cluster that neither exists nor is planned.
func (c *Nodes) CheckCluster(ctx context.Context, idOrName string) error {
	if _, planned := c.Planned.Clusters.Find(idOrName); planned {
		return nil
	}
	_, err := c.Inventory.ClusterNamed(ctx, idOrName)
	return err
}

// CheckClusterName refuses a name that another cluster has, unless a new cluster takes the name of one that the same plan removes.
func (c *Nodes) CheckClusterName(ctx context.Context, want openstack.ComputeCluster) error {
	return c.clusterName(ctx, want, want.ID == "")
}

// clusterName refuses a name that another cluster has. If replaces is true, a cluster that the plan removes does not count.
func (c *Nodes) clusterName(ctx context.Context, want openstack.ComputeCluster, replaces bool) error {
	all, err := c.Inventory.ClusterNames(ctx)
	if err != nil {
		return err
	}
	self, taken := all[want.Name]
	if !taken || self.Value == want.ID {
		return nil
	}
	found, err := c.ReadComputeCluster(ctx, self.Value)
	is, ours := c.Planned.Possessions.Owned(self.Value)
	switch {
	case err != nil:
		return err
	case replaces && is.Goes && found.Mark == nil && !is.Adopted:
		return outlives("name", "the cluster "+want.Name, "made")
	case replaces && is.Goes:
		return nil
	case ours:
		return openstack.AttributeErrorf("name", "a cluster called %q is there already, and another resource of this configuration has it: "+
			"choose another name, or write a moved block where only its address changes", want.Name)
	}
	return clusterTaken(want, found)
}

// clusterTaken returns the error for a name that another cluster, or another object of the folder, has.
func clusterTaken(want, found openstack.ComputeCluster) error {
	if found.ID == "" {
		return openstack.AttributeErrorf("name", "something else in the datacenter's folder of hosts is called %q: names are unique there, so "+
			"choose another", want.Name)
	}
	adopt := openstack.ImportHint("novasphere_compute_cluster", found.ID)
	if found.Mark == nil {
		return openstack.AttributeErrorf("name", "a cluster called %q is there already, and this provider did not make it: choose another "+
			"name. %s",
			want.Name, adopt)
	}
	return openstack.AttributeErrorf("name", "a cluster called %q is there already, and %s. It may belong to another workspace, or be left "+
		"from an apply that did not end. %s",
		want.Name, found.Mark.Made(), adopt)
}

// CreateComputeCluster makes a cluster. It never takes over an existing one of that name.
func (c *Nodes) CreateComputeCluster(ctx context.Context, want openstack.ComputeCluster) (openstack.ComputeCluster, error) {
	if err := c.clusterName(ctx, want, false); err != nil {
		return want, err
	}
	if _, err := c.needField(ctx, clusterField, inventory.ClusterKind); err != nil {
		return want, err
	}
	dc, err := c.Inventory.Places.Datacenter(ctx)
	if err != nil {
		return want, err
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return want, err
	}
	var self ref
	res, err := methods.CreateClusterEx(context.WithoutCancel(ctx), vim,
		&types.CreateClusterEx{This: dc.HostFolder, Name: property.EscapeName(want.Name), Spec: clusterSpec(want)})
	switch {
	case err == nil:
		self = res.Returnval
	case faults.Is[*types.DuplicateName](err): // made since the check
		c.outdatePlaces()
		return want, cmp.Or(c.clusterName(ctx, want, false), clusterTaken(want, openstack.ComputeCluster{}))
	case faults.OutcomeUnknown(err): // there was no cluster of that name a moment ago
		c.outdatePlaces()
		all, failed := c.Inventory.ClusterNames(context.WithoutCancel(ctx))
		if self = all[want.Name]; failed != nil || self.Value == "" {
			return want, faults.Explain("making the cluster "+want.Name, err)
		}
	default:
		return want, faults.Explain("making the cluster "+want.Name, err)
	}
	c.outdatePlaces()
	want.ID = self.Value
	mark := c.Records.Mark(records.Fingerprint(want.Name))
	if err := c.setLabels(context.WithoutCancel(ctx), self, clusterField, nodeLabels{Mark: &mark}); err != nil {
		return c.withdraw(context.WithoutCancel(ctx), want, err)
	}
	return c.ReadComputeCluster(context.WithoutCancel(ctx), self.Value)
}

// withdraw removes a cluster that was made but could not be marked. Unmarked it would count as another's, which no replacement removes.
// If the removal fails too, the cluster is returned with the error.
func (c *Nodes) withdraw(ctx context.Context, made openstack.ComputeCluster, because error) (openstack.ComputeCluster, error) {
	if _, err := c.DeleteComputeCluster(ctx, made.ID, true); err != nil {
		return made, errors.Join(because, err)
	}
	made.ID = ""
	return made, because
}

// outdatePlaces drops the caches about clusters and their hosts.
func (c *Nodes) outdatePlaces() {
	c.Inventory.Nodes.Invalidate()
	c.nodeBook.hosts.Forget()
	c.Inventory.Places.ByNameOnce.Forget()
	c.Inventory.Hosts.Forget()
	c.Inventory.Policies.Forget()
	c.Inventory.Places.InvalidateClusters()
}

// UpdateComputeCluster changes a cluster's name, DRS and HA.
func (c *Nodes) UpdateComputeCluster(ctx context.Context, want openstack.ComputeCluster) (openstack.ComputeCluster, error) {
	have, err := c.ReadComputeCluster(ctx, want.ID)
	if err != nil {
		return want, err
	}
	if have.Name != want.Name {
		err := c.wire.RunIdempotent(ctx, func(ctx context.Context, vim *vim25.Client) (ref, error) {
			res, err := methods.Rename_Task(ctx, vim, &types.Rename_Task{This: inventory.ClusterRef(want.ID),
				NewName: property.EscapeName(want.Name)})
			if err != nil {
				return ref{}, err
			}
			return res.Returnval, nil
		})
		if faults.Is[*types.DuplicateName](err) {
			c.outdatePlaces()
			return want, cmp.Or(c.clusterName(ctx, want, false), clusterTaken(want, openstack.ComputeCluster{}))
		}
		if err != nil {
			return want, faults.Explain("renaming the cluster "+have.Name, err)
		}
		c.outdatePlaces()
	}
	spec := clusterSpec(want)
	err = c.wire.RunIdempotent(ctx, func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.ReconfigureComputeResource_Task(ctx, vim,
			&types.ReconfigureComputeResource_Task{This: inventory.ClusterRef(want.ID), Spec: &spec, Modify: true})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	if err != nil {
		return want, faults.Explain("changing the cluster "+want.Name, err)
	}
	return c.ReadComputeCluster(ctx, want.ID)
}

// DeleteComputeCluster removes an empty cluster. A cluster that this provider did not make stays unless it is adopted, and ours is false.
// vSphere destroys a cluster with everything in it, so anything that is in it is an error.
func (c *Nodes) DeleteComputeCluster(ctx context.Context, id string, adopted bool) (ours bool, err error) {
	found, err := wire.Read[mo.ClusterComputeResource](ctx, c.wire, inventory.ClusterRef(id), clusterPaths)
	if err != nil {
		return true, faults.Explain("reading the cluster "+id, err)
	}
	labels, err := c.labelsIn(ctx, clusterField, found.CustomValue)
	if err != nil || labels.Mark == nil && !adopted {
		return false, err
	}
	name := found.Name
	inside, err := c.insideCluster(ctx, found)
	if err != nil {
		return true, err
	}
	if len(inside) > 0 {
		return true, fmt.Errorf("the cluster %s is not empty, and what is in it would go with it: %s. Remove that first", name,
			strings.Join(inside, "; "))
	}
	err = faults.Explain("deleting the cluster "+name, c.wire.Destroy(ctx, inventory.ClusterRef(id)))
	c.outdatePlaces()
	return true, err
}

// insideCluster lists the hosts, resource pools and VMs of a cluster, one text for each kind.
func (c *Nodes) insideCluster(ctx context.Context, cluster mo.ClusterComputeResource) ([]string, error) {
	step := func(name, kind, path string, then ...types.BaseSelectionSpec) types.BaseSelectionSpec {
		return &types.TraversalSpec{SelectionSpec: types.SelectionSpec{Name: name}, Type: kind, Path: path, SelectSet: then}
	}
	again := &types.SelectionSpec{Name: "pools"}
	from := types.ObjectSpec{Obj: cluster.Self, SelectSet: []types.BaseSelectionSpec{step("", "ComputeResource", "host",
		step("", "HostSystem", "vm")),
		step("", "ComputeResource", "resourcePool", step("pools", "ResourcePool", "resourcePool", again, step("", "ResourcePool", "vm")),
			step("", "ResourcePool", "vm"))}}
	objects, err := c.wire.Collect(ctx, from, map[string][]string{"HostSystem": {"name"}, "ResourcePool": {"name"},
		"VirtualMachine": {"name"}})
	if err != nil {
		return nil, faults.Explain("looking into the cluster "+cluster.Name, err)
	}
	names := map[string][]string{}
	for _, o := range objects {
		if g := faults.GapOf(o); g != nil && (cluster.ResourcePool == nil || o.Obj != *cluster.ResourcePool) {
			names[o.Obj.Type] = append(names[o.Obj.Type], g.Called()) // it exists, although its name is not shown
			continue
		}
		for _, p := range o.PropSet {
			if text, ok := p.Val.(string); ok && (cluster.ResourcePool == nil || o.Obj != *cluster.ResourcePool) {
				names[o.Obj.Type] = append(names[o.Obj.Type], text)
			}
		}
	}
	var out []string
	for _, kind := range []struct{ of, called string }{{"HostSystem", "ESX hosts"}, {"ResourcePool", "resource pools"},
		{"VirtualApp", "vApps"}, {"VirtualMachine", "virtual machines"}} {
		if found := names[kind.of]; len(found) > 0 {
			out = append(out, kind.called+" "+faults.Some(found))
		}
	}
	return out, nil
}
