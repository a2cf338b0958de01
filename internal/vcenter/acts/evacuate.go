// SPDX-License-Identifier: MPL-2.0

package acts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Evacuation is an ESX host that its instances are to leave.
type Evacuation struct {
	Node  string // the host's id or name
	Off   bool   // those that are off or suspended leave too
	Disks bool   // their disks may move to other datastores
}

// movesAtOnce is how many instances leave a host at the same time: as many as vSphere moves from one host over a 1 Gbit/s network.
const movesAtOnce = 4

// CheckEvacuation refuses an evacuation of a host that does not exist or is not connected.
func (c *Acts) CheckEvacuation(ctx context.Context, e Evacuation) error {
	_, err := c.node(ctx, e.Node)
	return err
}

func (c *Acts) node(ctx context.Context, id string) (openstack.ComputeNode, error) {
	node, err := c.nodes.FindComputeNode(ctx, id)
	switch {
	case errors.Is(err, openstack.ErrNotFound):
		return node, openstack.AttributeErrorf("node_id", "%w", err)
	case err == nil && node.State != openstack.Up:
		return node, openstack.AttributeErrorf("node_id", "the ESX host %s is %s: nothing can be moved off it. vSphere HA restarts its "+
			"machines "+
			"elsewhere where it is set up", node.Hostname, node.Connection)
	}
	return node, err
}

// Evacuate moves the instances off an ESX host to others of their zones, some at a time, as Nova's client does with host-evacuate-live. It
// returns the names of running machines that are nobody's instances and stay. An instance that cannot leave keeps no other from leaving.
func (c *Acts) Evacuate(ctx context.Context, e Evacuation, tell machine.Telling) (strangers []string, err error) {
	ctx, end := c.underway(ctx)
	defer end()
	node, err := c.node(ctx, e.Node)
	if err != nil {
		return nil, err
	}
	leaving, strangers, err := c.occupants(ctx, node, e.Off)
	if err != nil {
		return nil, err
	}
	if len(leaving) == 0 {
		tell("no instance is to leave %s", node.Hostname)
		return strangers, nil
	}
	tell("instances to leave %s: %d", node.Hostname, len(leaving))
	var (
		every  sync.WaitGroup
		turn   sync.Mutex
		gone   int
		places = make(chan struct{}, movesAtOnce)
		failed = make([]error, len(leaving))
	)
	for i, vm := range leaving {
		places <- struct{}{}
		every.Go(func() {
			defer func() { <-places }()
			failed[i] = c.leave(ctx, e, vm, tell)
			turn.Lock()
			defer turn.Unlock()
			if gone++; failed[i] == nil {
				tell("%d of %d: %s has left (%d%%)", gone, len(leaving), vm.Name, 100*gone/len(leaving))
			} else {
				tell("%d of %d: %s stays (%d%%)", gone, len(leaving), vm.Name, 100*gone/len(leaving))
			}
		})
	}
	every.Wait()
	return strangers, errors.Join(failed...)
}

// occupants returns the instances that are to leave a host, by name, and the names of the running machines on it that are nobody's
// instances.
func (c *Acts) occupants(ctx context.Context, node openstack.ComputeNode, off bool) (leaving []mo.VirtualMachine, strangers []string,
	err error) {
	act := "reading the machines of the ESX host " + node.Hostname
	is, err := wire.Read[mo.HostSystem](ctx, c.wire, ref{Type: inventory.HostKind, Value: node.ID}, []string{"vm"})
	if err != nil {
		return nil, nil, faults.Explain(act, err)
	}
	questions := make([]property.Query, len(is.Vm))
	for i, vm := range is.Vm {
		questions[i] = property.Query{Object: vm, Paths: machine.PlanPaths}
	}
	found, err := c.wire.Retrieve(ctx, questions)
	if err != nil {
		return nil, nil, faults.Explain(act, err)
	}
	for _, content := range found {
		var vm mo.VirtualMachine
		if g := faults.GapOf(content); g != nil {
			strangers = append(strangers, g.Called()) // what is not shown may be running
			continue
		}
		if err := property.Load(content, &vm); err != nil {
			return nil, nil, faults.Explain(act, err)
		}
		runs := vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn
		switch ours := vm.Config != nil && machine.Recognised(vm); {
		case ours && (runs || off):
			vm.Name = nameOf(vm)
			leaving = append(leaving, vm)
		case !ours && runs:
			strangers = append(strangers, vm.Name)
		}
	}
	slices.SortFunc(leaving, func(a, b mo.VirtualMachine) int { return strings.Compare(a.Name, b.Name) })
	slices.Sort(strangers)
	return leaving, strangers, nil
}

// leave moves one instance off its host, unless it has left meanwhile or the evacuation was interrupted.
func (c *Acts) leave(ctx context.Context, e Evacuation, vm mo.VirtualMachine, tell machine.Telling) error {
	if ctx.Err() != nil {
		return described(vm.Name, fmt.Errorf("not moved: %w", ctx.Err()))
	}
	j, err := c.journey(ctx, Migration{ID: vm.Config.InstanceUuid, Disks: e.Disks})
	if err != nil {
		return described(vm.Name, err)
	}
	if property.Deref(j.vm.Runtime.Host) != property.Deref(vm.Runtime.Host) {
		return nil
	}
	if err = c.travel(ctx, j, tell); err != nil {
		return described(vm.Name, err)
	}
	return nil
}
