// SPDX-License-Identifier: MPL-2.0

package destruction

import (
	"context"
	"errors"
	"sync"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
)

// Delete powers an instance off and destroys its VM. Volumes, and disks outside the VM's own folder, are detached first and stay, as
// does the image cache that Nova cloned its disks from.
func (c *Destruction) Delete(ctx context.Context, key machine.Key, gently bool) error {
	return c.DeleteWith(ctx, key, How{Gently: gently}, func(openstack.Server) {})
}

// How says how an instance is destroyed.
type How struct {
	Gently bool // its guest is asked to shut down
	Failed bool // its creation ended with an error: unless it runs, the volumes that were made for it go too
}

// DeleteWith is Delete that calls told before the VM goes, with the instance as it was: vCenter
// deletes along with it what is besides it, and its volumes stay.
func (c *Destruction) DeleteWith(ctx context.Context, key machine.Key, how How, told func(openstack.Server)) error {
	defer c.machines.BeginDelete(key.ID)()
	ctx, end := c.wire.BeginOperation(ctx)
	defer end()
	var once sync.Once // a repeated attempt has nothing new to tell
	tell := func(s openstack.Server) { once.Do(func() { told(s) }) }
	var clones []string // kept for a later attempt, when the VM is gone
	var vm ref          // a task that holds it is waited for here, so that its result is seen before the VM is destroyed
	tries := retry.Backoff{Longest: retry.LongestRace}
	for attempt := 0; ; attempt++ {
		err := c.wire.RetryWhileHeld(ctx, &vm, func() error {
			return retry.Once(func() error { return c.deleteOnce(ctx, key, &how, tell, &clones, &vm) })
		})
		if attempt == retry.WriteAttempts || !faults.Stale(err) || !tries.Wait(ctx) {
			return err
		}
	}
}

func (c *Destruction) deleteOnce(ctx context.Context, key machine.Key, how *How, told func(openstack.Server), clones *[]string,
	on *ref) error {
	vm, err := c.machines.VM(ctx, key, machine.WholePaths)
	*on = vm.Self
	how.Failed = how.Failed && (err != nil || machine.IsOff(vm)) // one that runs is not unused, nor when it was stopped here
	if err == nil {
		if err := c.checkPinned(ctx, vm); err != nil {
			return err
		}
	}
	if err == nil && vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff {
		if _, err := novaClones(vm); err != nil { // a VM that cannot be destroyed is not stopped either
			return err
		}
		var off *mo.VirtualMachine
		if off, err = c.machines.Stop(ctx, vm, how.Gently); err != nil {
			return err
		}
		// A guest may take a minute to stop, and a disk attached meanwhile would be destroyed with the VM: read it again.
		if off == nil {
			vm, err = c.machines.VM(ctx, key, machine.WholePaths)
		} else {
			vm, err = c.machines.Effective(ctx, *off)
		}
	}
	if errors.Is(err, openstack.ErrNotFound) {
		return errors.Join(c.dropClones(ctx, key.ID, *clones), c.machines.DropPending(ctx, key.ID))
	}
	if err != nil {
		return err
	}
	if *clones, err = novaClones(vm); err != nil {
		return err
	}
	leaving, err := c.leaving(ctx, vm, how.Failed)
	if err != nil {
		return err
	}
	if err := c.detached(ctx, key, vm, *clones, leaving); err != nil {
		return err
	}
	if err := c.leave(ctx, vm, leaving); err != nil {
		return err
	}
	if s, err := machine.InstanceOf(vm); err == nil {
		if how.Failed { // nothing of it stays
			s.Kept = nil
		}
		told(s)
	}
	destroy := func() error { return faults.Explain("destroying "+vm.Name, c.wire.Destroy(ctx, vm.Self)) }
	if err := c.rules.DestroyUntied(ctx, vm, destroy); err != nil {
		return c.undestroyed(ctx, vm, *clones, err)
	}
	return errors.Join(c.dropClones(ctx, vm.Name, *clones), c.machines.DropPending(context.WithoutCancel(ctx), machine.InstanceID(vm)))
}
