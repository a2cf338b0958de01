// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
)

// novaFolder is where Nova's driver makes VMs: "Project (<id>)/Instances" below it, for each project.
const novaFolder = "OpenStack"

// tenancy matches the folder of one of Nova's projects.
var tenancy = regexp.MustCompile(`(?:^|/)Project \(([^)/]+)\)(?:/|$)`)

// DiscoveredServer is an instance with the folder it was found in.
type DiscoveredServer struct {
	openstack.Server

	Folder  string // below the datacenter's VM folder
	Project string // the id of the OpenStack project whose folder that is; empty where it is not Nova's
	Ours    bool   // this provider keeps a record of it
}

// Discover lists the instances of every project below Nova's folder or the provider's, with one read. Instances that cannot be read come
// back as unread.
func (c *Machines) Discover(ctx context.Context) (strays []DiscoveredServer, unread []error, err error) {
	roots, err := c.strayRoots(ctx)
	if err != nil || len(roots) == 0 {
		return nil, nil, err
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return nil, nil, err
	}
	paths := append(slices.Clone(PlanPaths), "parent")
	var specs []types.PropertyFilterSpec
	for root := range roots {
		specs = append(specs, types.PropertyFilterSpec{ObjectSet: []types.ObjectSpec{property.Below(root)},
			PropSet: []types.PropertySpec{{Type: "VirtualMachine", PathSet: paths}, {Type: "Folder", PathSet: []string{"name", "parent"}}}})
	}
	objects, err := c.wire.RetrieveAll(ctx, vim, specs)
	if err != nil {
		return nil, nil, faults.Explain("listing the instances of all projects", err)
	}
	folders, err1 := property.OfType[mo.Folder](objects, func(kind string) bool { return kind == "Folder" })
	machines, unread, err2 := wholeMachines(objects)
	if err := errors.Join(err1, err2); err != nil {
		return nil, nil, faults.Explain("listing the instances of all projects", err)
	}
	for i := range folders { // the walk does not show what lies above its roots
		if path, is := roots[folders[i].Self]; is {
			folders[i].Name, folders[i].Parent = path, nil
		}
	}
	if err := c.effectiveOf(ctx, machines); err != nil {
		unread = append(unread, err)
	}
	for _, vm := range machines {
		if vm.Config == nil || vm.Config.Template || !recognised(vm) {
			continue
		}
		server, err := c.InstanceOf(ctx, vm)
		if err != nil {
			unread = append(unread, err)
			continue
		}
		strays = append(strays, strayOf(server, vm, inventory.FolderPath(ref{}, folders, property.Deref(vm.Parent).Value)))
	}
	slices.SortFunc(strays, func(a, b DiscoveredServer) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return strays, unread, nil
}

func strayOf(s openstack.Server, vm mo.VirtualMachine, folder string) DiscoveredServer {
	stray := DiscoveredServer{Server: s, Folder: strings.Trim(folder, "/"), Ours: RecordsOn(vm.Config)[RecordKey] != ""}
	if match := tenancy.FindStringSubmatch(stray.Folder); match != nil {
		stray.Project = match[1]
	}
	return stray
}

// strayRoots returns the folders to look below, none inside another, with their paths. A folder that does not exist is left out.
func (c *Machines) strayRoots(ctx context.Context) (map[ref]string, error) {
	paths := []string{novaFolder}
	switch own := strings.Trim(c.rootFolder, "/"); {
	case own == "":
		paths = []string{""}
	case own != novaFolder && !strings.HasPrefix(own, novaFolder+"/"):
		paths = append(paths, own)
	}
	roots := map[ref]string{}
	for _, path := range paths {
		root, err := c.inventory.Places.Folder(ctx, path, false)
		if errors.Is(err, openstack.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		roots[root] = path
	}
	return roots, nil
}
