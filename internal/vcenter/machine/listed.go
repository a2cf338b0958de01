// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"context"
	"errors"
	"sync"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// Listed lists machines whole, each as Read gives it, with one read of all of them. Unmanaged ones are those without a mark of this
// provider, Nova's and everybody's, in every folder of the datacenter; templates, and machines that another extension of the vCenter
// manages, are none. The others are the instances of the provider's own project. A project names the folder to look in for either.
// Machines that cannot be read come back as unread.
func (c *Machines) Listed(ctx context.Context, project string, unmanaged bool) (servers []openstack.Server, unread []error, err error) {
	keep, from := recognised, property.ChildrenOf
	path := c.projectFolder(project)
	if unmanaged {
		if keep = unmarked; project == "" {
			path, from = "", property.Below
		}
	}
	folder, err := c.inventory.Places.Folder(ctx, path, false)
	if errors.Is(err, openstack.ErrNotFound) {
		return nil, nil, c.noProject(project, path)
	}
	if err != nil {
		return nil, nil, err
	}
	return c.listed(ctx, []types.ObjectSpec{from(folder)}, keep)
}

// Strays lists Nova's machines that this provider has no record of, as Listed does, in the folders of all projects below Nova's folder
// and the provider's.
func (c *Machines) Strays(ctx context.Context, project string) (servers []openstack.Server, unread []error, err error) {
	keep := func(vm mo.VirtualMachine) bool { return recognised(vm) && unmarked(vm) }
	if project != "" {
		path := c.projectFolder(project)
		folder, err := c.inventory.Places.Folder(ctx, path, false)
		if errors.Is(err, openstack.ErrNotFound) {
			return nil, nil, c.noProject(project, path)
		}
		if err != nil {
			return nil, nil, err
		}
		return c.listed(ctx, []types.ObjectSpec{property.ChildrenOf(folder)}, keep)
	}
	roots, err := c.strayRoots(ctx)
	if err != nil || len(roots) == 0 {
		return nil, nil, err
	}
	var walks []types.ObjectSpec
	for root := range roots {
		walks = append(walks, property.Below(root))
	}
	return c.listed(ctx, walks, keep)
}

// noProject is the error of a project that has no folder, nil for the provider's own, in which nothing was made yet.
func (c *Machines) noProject(project, path string) error {
	if project == "" || project == c.project {
		return nil
	}
	return openstack.AttributeErrorf("project", "no project %q: there is no folder %q in %s", project, path,
		c.inventory.Places.DatacenterPath())
}

// unmarked reports whether a machine is none that this provider has made, taken over, or keeps its records in. Nova is an extension too.
func unmarked(vm mo.VirtualMachine) bool {
	return RecordsOn(vm.Config)[records.MarkKey] == "" && (vm.Config.ManagedBy == nil || recognised(vm))
}

// listed reads the machines that walks meet and keep wants.
func (c *Machines) listed(ctx context.Context, walks []types.ObjectSpec, keep func(mo.VirtualMachine) bool) (servers []openstack.Server,
	unread []error, err error) {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return nil, nil, err
	}
	spec := types.PropertyFilterSpec{ObjectSet: walks, PropSet: []types.PropertySpec{{Type: "VirtualMachine", PathSet: PlanPaths}}}
	objects, err := c.wire.RetrieveAll(ctx, vim, []types.PropertyFilterSpec{spec})
	if err != nil {
		return nil, nil, faults.Explain("listing the machines", err)
	}
	all, unread, err := wholeMachines(objects)
	if err != nil {
		return nil, nil, faults.Explain("listing the machines", err)
	}
	var wanted []mo.VirtualMachine
	for _, vm := range all {
		switch {
		case vm.Config == nil:
			unread = append(unread, unshown(vm))
		case !vm.Config.Template && keep(vm):
			wanted = append(wanted, vm)
		}
	}
	if err := c.effectiveOf(ctx, wanted); err != nil {
		unread = append(unread, err)
	}
	servers, failed := c.locatedAll(ctx, wanted)
	return servers, append(unread, failed...), nil
}

// locatedAll is located for many VMs at once, whose hosts are read together.
func (c *Machines) locatedAll(ctx context.Context, vms []mo.VirtualMachine) (servers []openstack.Server, failed []error) {
	found, errs := make([]openstack.Server, len(vms)), make([]error, len(vms))
	var all sync.WaitGroup
	for i, vm := range vms {
		all.Go(func() { found[i], errs[i] = c.located(ctx, vm) })
	}
	all.Wait()
	for i, err := range errs {
		if err != nil {
			failed = append(failed, err)
			continue
		}
		servers = append(servers, found[i])
	}
	return servers, failed
}
