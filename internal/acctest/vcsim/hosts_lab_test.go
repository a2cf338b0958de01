// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
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
