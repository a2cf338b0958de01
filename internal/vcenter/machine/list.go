// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// projectFolder returns the folder of a project, as a path below the datacenter's VM folder; empty: the client's own project.
func (c *Machines) projectFolder(project string) string {
	return strings.Trim(c.rootFolder+"/"+cmp.Or(project, c.project), "/")
}

// List lists the instances of a project, sorted by name, with one read of its folder; empty: the client's own project. A VM counts as an
// instance where this provider or Nova has left its record; templates never do. Instances that cannot be read come back as unread.
func (c *Machines) List(ctx context.Context, project string) (servers []openstack.Server, unread []error, err error) {
	path := c.projectFolder(project)
	folder, err := c.inventory.Places.Folder(ctx, path, false)
	if errors.Is(err, openstack.ErrNotFound) {
		return nil, nil, c.noProject(project, path)
	}
	if err != nil {
		return nil, nil, err
	}
	all, unread, err := c.walk(ctx, property.ChildrenOf(folder), append(slices.Clone(PlanPaths), "config.template"))
	if err != nil {
		return nil, nil, faults.Explain("listing the instances in "+path, err)
	}
	if err := c.effectiveOf(ctx, all); err != nil {
		unread = append(unread, err)
	}
	for _, vm := range all {
		if vm.Config != nil && (vm.Config.Template || !recognised(vm)) {
			continue
		}
		server, err := c.InstanceOf(ctx, vm)
		if err != nil {
			unread = append(unread, err)
			continue
		}
		servers = append(servers, server)
	}
	slices.SortFunc(servers, func(a, b openstack.Server) int { return strings.Compare(a.Name, b.Name) })
	return servers, unread, nil
}

// walk reads the VMs that a walk meets; unread explains those that cannot be read whole.
func (c *Machines) walk(ctx context.Context, from types.ObjectSpec, paths []string) (all []mo.VirtualMachine, unread []error, err error) {
	objects, err := c.wire.Collect(ctx, from, map[string][]string{"VirtualMachine": paths})
	if err != nil {
		return nil, nil, err
	}
	return wholeMachines(objects)
}

func wholeMachines(objects []types.ObjectContent) (all []mo.VirtualMachine, unread []error, err error) {
	whole := slices.DeleteFunc(slices.Clone(objects), func(o types.ObjectContent) bool {
		g := faults.GapOf(o)
		if g != nil && o.Obj.Type == "VirtualMachine" {
			unread = append(unread, g)
		}
		return g != nil
	})
	all, err = property.OfType[mo.VirtualMachine](whole, func(kind string) bool { return kind == "VirtualMachine" })
	return all, unread, err
}

// Limits adds up what the instances of a project use, read as List reads them.
func (c *Machines) Limits(ctx context.Context, project string) (used openstack.Limits, unread []error, err error) {
	all, unread, err := c.List(ctx, project)
	if err != nil {
		var field *openstack.FieldError
		if errors.As(err, &field) && field.Field == "project" {
			err = openstack.AttributeErrorf("project_id", "%w", field.Err)
		}
		return used, nil, err
	}
	for _, s := range all {
		used.Instances, used.Cores, used.RAM = used.Instances+1, used.Cores+s.VCPUs, used.RAM+s.RAM
	}
	return used, unread, nil
}

// recognised reports whether a VM has what this provider or Nova writes on an instance, and is not a copy.
func recognised(vm mo.VirtualMachine) bool {
	keys := RecordsOn(vm.Config)
	return keys[RecordKey] != "" || keys[vmspec.InstanceKey] != ""
}

// Recognised reports whether a VM with its configuration is an instance: this provider or Nova has left its record on it, it is no copy
// of another, and no template.
func Recognised(vm mo.VirtualMachine) bool { return !vm.Config.Template && recognised(vm) }

// PortsOf returns the ports of some instances, given by their ids, and which of these instances exist. Those below the provider's folder
// are read at once, in whichever project they are; any other is looked for by its id.
func (c *Machines) PortsOf(ctx context.Context, ids []string) (ports, there map[string]bool, err error) {
	ports, there = map[string]bool{}, map[string]bool{}
	if len(ids) == 0 {
		return ports, there, nil
	}
	var all []mo.VirtualMachine
	folder, err := c.inventory.Places.Folder(ctx, c.rootFolder, false)
	if err == nil {
		all, _, err = c.walk(ctx, property.Below(folder), PlanPaths) // a wanted VM that cannot be read is read by its id below
	}
	if err != nil && !errors.Is(err, openstack.ErrNotFound) {
		return nil, nil, faults.Explain("listing the instances", err)
	}
	note := func(s openstack.Server) {
		there[s.ID] = true
		for _, nic := range s.NICs {
			ports[nic.Port] = true
		}
	}
	if err := c.effectiveOf(ctx, all); err != nil {
		return nil, nil, err
	}
	for _, vm := range all {
		if server, err := InstanceOf(vm); err == nil {
			note(server)
		}
	}
	for _, id := range ids {
		if there[strings.ToLower(id)] {
			continue
		}
		server, err := c.ByID(ctx, id)
		if err != nil && !errors.Is(err, openstack.ErrNotFound) {
			return nil, nil, err
		}
		if err == nil {
			note(server)
		}
	}
	return ports, there, nil
}
