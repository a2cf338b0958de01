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

// clearOut removes what this provider keeps for itself on a host that goes and has nowhere to go: the catalogue, and a network's records
// VM, where it has no records any more, which the next record makes anew; and copies of images where all hosts of the datacenter go, by
// this process, and nothing else is on any of them that could need their disks. What cannot be seen counts as somebody's, and stays.
func (c *Nodes) clearOut(ctx context.Context, host ref) error {
	here, err := c.machinesOf(ctx, host)
	if err != nil {
		return err
	}
	for _, vm := range here {
		if store := c.emptyStore(vm); store != nil {
			if err := store.RetireNow(ctx); err != nil { // where somebody writes a record at this moment it stays
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
	if err != nil || c.wire.Gaps.Unnamed(inventory.HostKind) { // what a host has that cannot be seen is somebody's
		return err
	}
	for _, h := range all {
		if _, goes := c.nodeBook.going.Load(h.Self); !goes {
			return nil
		}
		others, err := c.machinesOf(ctx, h.Self)
		if errors.Is(err, openstack.ErrNotFound) { // it has gone since
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

// machinesOf are the machines on a host, with what tells whose they are.
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

// emptyStore is the store whose records a machine of ours holds, nil where there is one in it.
func (c *Nodes) emptyStore(vm mo.VirtualMachine) *records.Store {
	if !ours(vm) {
		return nil
	}
	return c.Records.EmptyOn(vm)
}
