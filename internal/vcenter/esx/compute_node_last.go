// SPDX-License-Identifier: MPL-2.0

package esx

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// clearOut removes VMs that this provider keeps for itself from a host that is being removed, if they have nowhere to go: the catalogue
// VM and records VMs without records, which the next record makes again; and deployed copies of images, if this process removes all hosts
// of the datacenter and no other VM on them could need the copies' disks. What cannot be seen counts as in use, and stays.
func (c *Nodes) clearOut(ctx context.Context, host ref) error {
	here, err := c.machinesOf(ctx, host)
	if err != nil {
		return err
	}
	for _, vm := range here {
		if store := c.emptyStore(vm); store != nil {
			if err := store.RetireNow(ctx); err != nil { // it stays if a record is written to it at this moment
				return err
			}
		}
	}
	here = slices.DeleteFunc(here, func(vm mo.VirtualMachine) bool { return c.emptyStore(vm) != nil })
	if !slices.ContainsFunc(here, isCopy) {
		return nil
	}
	c.nodeBook.hosts.Forget()
	all, err := c.hostNames(ctx)
	if err != nil || c.wire.Gaps.Unnamed(inventory.HostKind) { // VMs on a host that cannot be seen may be in use
		return err
	}
	for _, h := range all {
		if _, goes := c.nodeBook.going.Load(h.Self); !goes {
			return nil
		}
		others, err := c.machinesOf(ctx, h.Self)
		if errors.Is(err, openstack.ErrNotFound) { // it was removed meanwhile
			continue
		}
		if err != nil || slices.ContainsFunc(others, func(vm mo.VirtualMachine) bool { return !isCopy(vm) && c.emptyStore(vm) == nil }) {
			return err
		}
	}
	for _, vm := range here {
		if err := c.wire.Destroy(ctx, vm.Self); err != nil {
			return faults.Explain("removing "+vm.Name+" from the last host of the datacenter", err)
		}
	}
	return nil
}

// machinesOf reads the VMs on a host, with what tells whose they are.
func (c *Nodes) machinesOf(ctx context.Context, host ref) ([]mo.VirtualMachine, error) {
	is, err := wire.Read[mo.HostSystem](ctx, c.wire, host, []string{"vm"})
	if err != nil {
		return nil, faults.Explain("reading the machines of "+host.Value, err)
	}
	questions := make([]property.Query, len(is.Vm))
	for i, vm := range is.Vm {
		questions[i] = property.Query{Object: vm, Paths: []string{"name", "config.template", "config.extraConfig", "config.changeVersion"}}
	}
	found, err := c.wire.Retrieve(ctx, questions)
	if err != nil {
		return nil, faults.Explain("reading the machines of "+host.Value, err)
	}
	var out []mo.VirtualMachine
	for _, content := range found {
		var vm mo.VirtualMachine
		if err := property.Load(content, &vm); err != nil {
			return nil, faults.Explain("reading the machines of "+host.Value, err)
		}
		out = append(out, vm)
	}
	return out, nil
}

func ours(vm mo.VirtualMachine) bool {
	return vm.Config != nil && property.ExtraConfig(vm.Config.ExtraConfig)[records.MarkKey] != ""
}

func isCopy(vm mo.VirtualMachine) bool {
	return ours(vm) && vm.Config.Template && strings.HasPrefix(vm.Name, inventory.DeployedPrefix)
}

// emptyStore returns the store that a VM of ours belongs to, or nil if it is no holder or has records.
func (c *Nodes) emptyStore(vm mo.VirtualMachine) *records.Store {
	if !ours(vm) {
		return nil
	}
	return c.Records.EmptyOn(vm)
}
