// SPDX-License-Identifier: MPL-2.0

package network

import (
	"context"
	"fmt"
	"slices"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// pluggedInto returns the names of the VMs that have a NIC in a portgroup.
func (c *Networks) pluggedInto(ctx context.Context, pg ref) ([]string, error) {
	group, err := wire.Read[mo.DistributedVirtualPortgroup](ctx, c.wire, pg, []string{"vm"})
	if err != nil {
		return nil, faults.Explain("reading the network "+pg.Value, err)
	}
	questions := make([]property.Query, len(group.Vm))
	for i, vm := range group.Vm {
		questions[i] = property.Query{Object: vm, Paths: []string{"name"}}
	}
	found, err := c.wire.Retrieve(ctx, questions)
	if err != nil {
		return nil, faults.Explain("reading the machines of the network "+pg.Value, err)
	}
	var names []string
	for _, content := range found {
		if g := faults.GapOf(content); g != nil {
			names = append(names, g.Called())
			continue
		}
		var vm mo.VirtualMachine
		if property.Load(content, &vm) == nil {
			names = append(names, vm.Name)
		}
	}
	slices.Sort(names)
	return names, nil
}

func inUse(n openstack.Network, users []string) error {
	if len(users) == 0 {
		return fmt.Errorf("the network %s is in use: something other than a virtual machine is plugged into it", n.Name)
	}
	more := ""
	if len(users) > faults.MostNamed {
		more = fmt.Sprintf(" and %d more", len(users)-faults.MostNamed)
		users = users[:faults.MostNamed]
	}
	return fmt.Errorf("the network %s is in use: %s%s have a NIC in it. Delete them, or plug them elsewhere, first", n.Name,
		faults.Quoted(users), more)
}
