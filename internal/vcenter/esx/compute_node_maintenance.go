// SPDX-License-Identifier: MPL-2.0

package esx

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// rest puts a host in maintenance. If DRS is fully automated the vCenter moves the VMs away; for others it waits until the operation's
// deadline. With all, VMs that are off must leave too. An interrupt cancels the task, and the host stays in service.
func (c *Nodes) rest(ctx context.Context, id, hostname string, all bool) error {
	host := hostRef(id)
	now, err := wire.Read[mo.HostSystem](ctx, c.wire, host, []string{"runtime.inMaintenanceMode", "runtime.connectionState"})
	if err != nil || now.Runtime.InMaintenanceMode {
		return faults.Explain("reading the ESX host "+hostname, err)
	}
	if now.Runtime.ConnectionState != types.HostSystemConnectionStateConnected {
		return openstack.AttributeErrorf("status", "the ESX host %s is %s: it has to be connected to go into maintenance or to come back",
			hostname,
			now.Runtime.ConnectionState)
	}
	err = c.interruptible(ctx, func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.EnterMaintenanceMode_Task(ctx, vim, &types.EnterMaintenanceMode_Task{This: host, Timeout: patienceOf(ctx),
			EvacuatePoweredOffVms: types.NewBool(all)})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	switch {
	case err == nil:
		return nil
	case faults.Is[*types.Timedout](err), errors.Is(err, context.DeadlineExceeded):
		return c.heldUp(context.WithoutCancel(ctx), host, hostname, all)
	}
	return faults.Explain("putting the ESX host "+hostname+" into maintenance", err)
}

// patienceOf returns the seconds that the vCenter may take, a little less than the context has, so that the vCenter's error tells why.
func patienceOf(ctx context.Context) int32 {
	deadline, limited := ctx.Deadline()
	if !limited {
		return 0
	}
	left := time.Until(deadline)
	return int32(max(time.Second, left-min(5*time.Second, left/4)).Seconds())
}

// interruptible runs a task that is cancelled when the context ends.
func (c *Nodes) interruptible(ctx context.Context, start func(context.Context, *vim25.Client) (ref, error)) error {
	if err := openstack.Begin(ctx); err != nil {
		return err
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return err
	}
	defer c.Inventory.Nodes.Invalidate()
	defer c.Inventory.Places.InvalidateHosts()
	deadline, limited := ctx.Deadline()
	begin := context.WithoutCancel(ctx)
	if limited {
		var stop context.CancelFunc
		begin, stop = context.WithDeadline(begin, deadline)
		defer stop()
	}
	task, err := start(begin, vim)
	if err != nil {
		return err
	}
	_, err = c.wire.AwaitTask(ctx, task)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		_, err = c.wire.CancelTask(ctx, task, err)
	}
	return err
}

// heldUp returns an error that names the VMs that kept a host from maintenance, and tells why they were not moved.
func (c *Nodes) heldUp(ctx context.Context, host ref, hostname string, all bool) error {
	names, cluster, err := c.machinesOn(ctx, host, all)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return openstack.AttributeErrorf("status", "the ESX host %s did not get into maintenance within its timeout, though no virtual machine "+
			"holds it up: apply again, or allow more time in timeouts", hostname)
	}
	why := "DRS does not move them: a rule, their devices or the other hosts' room speak against it. Move or stop them, or allow more time " +
		"in timeouts"
	if config, ok := cluster.ConfigurationEx.(*types.ClusterConfigInfoEx); ok {
		switch {
		case !property.IsTrue(config.DrsConfig.Enabled):
			why = fmt.Sprintf("DRS is off in the cluster %s, so nobody moves them: move or stop them", cluster.Name)
		case config.DrsConfig.DefaultVmBehavior != types.DrsBehaviorFullyAutomated:
			why = fmt.Sprintf("DRS of the cluster %s moves nothing by itself (%s): move or stop them", cluster.Name,
				config.DrsConfig.DefaultVmBehavior)
		}
	}
	return openstack.AttributeErrorf("status", "the ESX host %s did not get into maintenance within its timeout, and works on: %s hold it "+
		"up. %s",
		hostname, faults.Some(names), why)
}

// machinesOn names the running VMs on a host, or all of them, and returns the host's cluster.
func (c *Nodes) machinesOn(ctx context.Context, host ref, all bool) (names []string, cluster mo.ClusterComputeResource, err error) {
	now, err := wire.Read[mo.HostSystem](ctx, c.wire, host, []string{"vm", "parent"})
	if err != nil {
		return nil, cluster, faults.Explain("reading the virtual machines of "+host.Value, err)
	}
	questions := []property.Query{{Object: property.Deref(now.Parent), Paths: []string{"name", "configurationEx"}}}
	for _, vm := range now.Vm {
		questions = append(questions, property.Query{Object: vm, Paths: []string{"name", "runtime.powerState"}})
	}
	if questions[0].Object.Type != inventory.ClusterKind {
		questions = questions[1:]
	}
	found, err := c.wire.Retrieve(ctx, questions)
	if err != nil {
		return nil, cluster, faults.Explain("reading the virtual machines of "+host.Value, err)
	}
	for r, content := range found {
		if r.Type == inventory.ClusterKind {
			err = errors.Join(err, property.Load(content, &cluster))
			continue
		}
		if g := faults.GapOf(content); g != nil { // its power state is not shown: it may be running
			names = append(names, g.Called())
			continue
		}
		var vm mo.VirtualMachine
		if err := property.Load(content, &vm); err == nil && (all || vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn) {
			names = append(names, vm.Name)
		}
	}
	return names, cluster, err
}

// wake takes a host out of maintenance.
func (c *Nodes) wake(ctx context.Context, id, hostname string) error {
	now, err := wire.Read[mo.HostSystem](ctx, c.wire, hostRef(id), []string{"runtime.inMaintenanceMode"})
	if err != nil || !now.Runtime.InMaintenanceMode {
		return faults.Explain("reading the ESX host "+hostname, err)
	}
	err = c.interruptible(ctx, func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.ExitMaintenanceMode_Task(ctx, vim, &types.ExitMaintenanceMode_Task{This: hostRef(id), Timeout: patienceOf(ctx)})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	return faults.Explain("ending the maintenance of the ESX host "+hostname, err)
}

// UpdateComputeNode changes a host: it enters maintenance before any other change, and leaves it after them. Nil Switches and an empty
// LicenseKey leave both as they are.
func (c *Nodes) UpdateComputeNode(ctx context.Context, want openstack.ComputeNode, evacuateOff bool) (openstack.ComputeNode, error) {
	have, err := c.ComputeNode(ctx, want.ID)
	if err != nil {
		return want, err
	}
	if err := c.moveNode(ctx, want, have, evacuateOff); err != nil {
		return want, err
	}
	if want.Status == openstack.Disabled {
		if err := c.rest(ctx, want.ID, have.Hostname, evacuateOff); err != nil {
			return want, err
		}
	}
	if want.Switches != nil {
		if err := c.setSwitches(ctx, want.ID, want.Switches); err != nil {
			return want, err
		}
	}
	if want.LicenseKey != "" {
		if err := c.setLicense(ctx, want); err != nil {
			return want, err
		}
	}
	if have.DisabledReason != want.DisabledReason || !slices.Equal(have.Tags, want.Tags) {
		if err := c.setLabels(ctx, hostRef(want.ID), nodeField, nodeLabels{Mark: have.Mark, Tags: want.Tags,
			Reason: want.DisabledReason}); err != nil {
			return want, err
		}
	}
	if want.Status == openstack.Enabled {
		if err := c.wake(ctx, want.ID, have.Hostname); err != nil {
			return want, err
		}
	}
	return c.ComputeNode(ctx, want.ID)
}

// moveNode moves a host to another cluster if a different one is wanted. The host must be in maintenance for that.
func (c *Nodes) moveNode(ctx context.Context, want, have openstack.ComputeNode, evacuateOff bool) error {
	cluster, err := c.Inventory.ClusterNamed(ctx, want.Cluster)
	if err != nil {
		return openstack.AttributeErrorf("cluster", "%w", err)
	}
	if cluster.Value == have.ClusterID {
		return nil
	}
	if err := c.rest(ctx, want.ID, have.Hostname, evacuateOff); err != nil {
		return err
	}
	err = c.wire.RunIdempotent(ctx, func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.MoveInto_Task(ctx, vim, &types.MoveInto_Task{This: cluster, Host: []ref{hostRef(want.ID)}})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	c.outdatePlaces()
	if faults.Is[*types.DuplicateName](err) { // it has moved already: the first answer was lost
		err = nil
	}
	return faults.Explain("moving the ESX host "+have.Hostname+" into the cluster "+want.Cluster, err)
}

// RemoveComputeNode removes a host from the vCenter in the order that vCenter demands: maintenance, leaving the switches, leaving the
// cluster. VMs that stay on it are an error, because they would leave the inventory with it. A host that this provider did not add stays
// unless it is adopted, and ours is false.
func (c *Nodes) RemoveComputeNode(ctx context.Context, id string, adopted bool) (ours bool, err error) {
	node, err := c.ComputeNode(ctx, id)
	if err != nil || node.Mark == nil && !adopted {
		return err != nil, err
	}
	host, up := hostRef(id), node.State == openstack.Up
	c.nodeBook.going.Store(host, true)
	defer c.nodeBook.going.Delete(host)
	if up {
		if _, _, err := c.membershipChanges(ctx, id, nil); err != nil { // check before anything is changed
			return true, err
		}
		if err := c.rest(ctx, id, node.Hostname, true); err != nil {
			return true, err
		}
	}
	err = c.clearOut(ctx, host)
	var left []string
	if err == nil {
		left, _, err = c.machinesOn(ctx, host, true)
	}
	if len(left) > 0 {
		err = openstack.AttributeErrorf("hostname", "the ESX host %s is not removed: %s are still on it, and would go out of the inventory "+
			"with it. Move or delete them first", node.Hostname, faults.Some(left))
	}
	if err != nil {
		if up && node.Status == openstack.Enabled {
			err = errors.Join(err, c.wake(context.WithoutCancel(ctx), id, node.Hostname))
		}
		return true, err
	}
	if err := c.leaveSwitches(ctx, host, node.Hostname); err != nil {
		return true, err
	}
	if node.Connection == string(types.HostSystemConnectionStateNotResponding) {
		if err := c.disconnect(ctx, host); err != nil {
			return true, faults.Explain("disconnecting the ESX host "+node.Hostname, err)
		}
	}
	err = faults.Explain("removing the ESX host "+node.Hostname, c.wire.Destroy(ctx, host))
	c.outdatePlaces()
	return true, err
}

// disconnect disconnects a host that does not answer, because only then it can be removed.
func (c *Nodes) disconnect(ctx context.Context, host ref) error {
	return c.wire.RunIdempotent(ctx, func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.DisconnectHost_Task(ctx, vim, &types.DisconnectHost_Task{This: host})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
}
