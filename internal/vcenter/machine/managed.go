// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// Managed reads the VM of an instance that an action is about, with WholePaths, and the instance that it is. It refuses a VM that is no
// instance: one that neither this provider has a record on nor OpenStack's own driver has made. Errors are at instance_id.
func (c *Machines) Managed(ctx context.Context, key Key) (mo.VirtualMachine, openstack.Server, error) {
	if _, err := uuid.Parse(key.ID); err != nil {
		return mo.VirtualMachine{}, openstack.Server{}, openstack.AttributeErrorf("instance_id", "%w", NotAnID(key.ID))
	}
	vm, err := c.VM(ctx, key, WholePaths)
	if errors.Is(err, openstack.ErrNotFound) {
		return vm, openstack.Server{}, openstack.AttributeErrorf("instance_id", "%w", err)
	}
	if err != nil {
		return vm, openstack.Server{}, err
	}
	s, err := c.InstanceOf(ctx, vm)
	if err != nil {
		return vm, s, err
	}
	if err := unmanaged(vm, s); err != nil {
		return vm, s, openstack.AttributeErrorf("instance_id", "%w", err)
	}
	return vm, s, nil
}

// CheckManaged refuses what Managed refuses: all that a plan can tell of an action that needs the instance in some state, which another
// action, or the apply, may bring it to before.
func (c *Machines) CheckManaged(ctx context.Context, id string) error {
	_, _, err := c.Managed(ctx, Key{ID: id})
	return err
}

// unmanaged says why a VM is no instance; nil where it is one.
func unmanaged(vm mo.VirtualMachine, s openstack.Server) error {
	switch {
	case s.CopyOf != "":
		return fmt.Errorf("the VM %s is a copy of the VM of the instance %s, and no instance by itself: import it as a compute_instance and "+
			"apply that first, which records it", s.Name, s.CopyOf)
	case s.Recorded || vmspec.OfNova(*vm.Config, RecordsOn(vm.Config)):
		return nil
	}
	return fmt.Errorf("the VM %s is no instance: neither this provider nor OpenStack's own driver has made it, or has a record on it. "+
		"Import it as a compute_instance and apply that first, which records it", s.Name)
}

// CheckActable refuses to act on an instance that cannot be changed at all, and on one whose creation has not finished.
func CheckActable(s openstack.Server) error {
	switch {
	case s.Stuck != "":
		return fmt.Errorf("%s %s", s.Name, s.Stuck)
	case s.Unfinished:
		return fmt.Errorf("the creation of %s has not come to its end: apply its configuration again first, which makes up for it", s.Name)
	}
	return nil
}
