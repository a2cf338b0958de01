// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// Managed reads the VM of an instance that an action is about, with WholePaths, and the instance that it is, in whatever folder it lies. It
// refuses a VM that is no instance: one that neither this provider has a record on nor Nova has made. An id that was copied from somewhere
// else must not stop a machine of others. Errors are at instance_id.
func (c *Machines) Managed(ctx context.Context, key Key) (mo.VirtualMachine, openstack.Server, error) {
	key.ID = strings.ToLower(key.ID)
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

// Actable is Managed, and refuses what CheckActable refuses too.
func (c *Machines) Actable(ctx context.Context, id string) (mo.VirtualMachine, openstack.Server, error) {
	vm, s, err := c.Managed(ctx, Key{ID: id})
	if err == nil {
		err = CheckActable(s)
	}
	return vm, s, err
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
		return fmt.Errorf("the VM %s is a copy of the VM of the instance %s and bears its record, and an action is only done to an instance: "+
			"import it, and apply a change of it, which records it, or act on it in vCenter", s.Name, s.CopyOf)
	case vm.Config.Template:
		return fmt.Errorf("the VM %s has been made a template, and an action is only done to an instance: make it a virtual machine again first",
			s.Name)
	case s.Recorded || vmspec.OfNova(*vm.Config, RecordsOn(vm.Config)):
		return nil
	}
	return fmt.Errorf("the VM %s is no instance: neither this provider nor Nova has made it, or has a record on it. Import it, and apply a "+
		"change of it, which records it, or act on it in vCenter", s.Name)
}

// CheckActable refuses to act on an instance that cannot be changed at all, and on one whose creation has not finished. Its error is at
// instance_id.
func CheckActable(s openstack.Server) error {
	switch {
	case s.Stuck != "":
		return openstack.AttributeErrorf("instance_id", "%s %s", s.Name, s.Stuck)
	case s.Unfinished:
		return openstack.AttributeErrorf("instance_id", "the creation of %s was interrupted before its first start: apply its resource first, "+
			"which completes it", s.Name)
	}
	return nil
}
