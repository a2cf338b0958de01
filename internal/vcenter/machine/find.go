// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// ByBIOS finds an instance by its VM's BIOS UUID. Copies of a VM may share it: then the managed object id decides.
func (c *Machines) ByBIOS(ctx context.Context, id, moref string) (openstack.Server, error) {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return openstack.Server{}, err
	}
	found, err := methods.FindAllByUuid(ctx, vim, &types.FindAllByUuid{This: *vim.ServiceContent.SearchIndex, Uuid: id, VmSearch: true,
		InstanceUuid: types.NewBool(false)})
	if err != nil {
		return openstack.Server{}, faults.Explain("looking for the BIOS UUID "+id, err)
	}
	all := found.Returnval
	switch i := slices.IndexFunc(all, func(vm ref) bool { return vm.Value == moref }); {
	case i >= 0:
		return c.Read(ctx, Key{MoRef: all[i].Value})
	case len(all) == 0:
		return openstack.Server{}, openstack.NotFound("no VM has the BIOS UUID %s", id)
	case len(all) > 1:
		return openstack.Server{}, fmt.Errorf("%d VMs have the BIOS UUID %s, and none of them is %s: import the instance by its instance UUID "+
			"or its inventory path instead", len(all), id, moref)
	}
	return c.Read(ctx, Key{MoRef: all[0].Value})
}

// Find finds an instance to import by instance UUID, inventory path or managed object id.
func (c *Machines) Find(ctx context.Context, id string) (openstack.Server, error) {
	if _, err := uuid.Parse(id); err == nil {
		return c.Read(ctx, Key{ID: strings.ToLower(id)})
	}
	if strings.Contains(id, "/") {
		return c.findByInventoryPath(ctx, id)
	}
	server, err := c.Read(ctx, Key{MoRef: id})
	if errors.Is(err, openstack.ErrNotFound) {
		return server, fmt.Errorf("%q is neither an instance UUID, nor an inventory path (/datacenter/vm/folder/name), nor the managed object "+
			"id of a VM: %w", id, err)
	}
	return server, err
}

func (c *Machines) findByInventoryPath(ctx context.Context, id string) (openstack.Server, error) {
	dc, err := c.inventory.Places.Datacenter(ctx)
	if err != nil {
		return openstack.Server{}, err
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return openstack.Server{}, err
	}
	full := strings.Trim(id, "/")
	switch after, whole := strings.CutPrefix(full, dc.Path+"/vm/"); {
	case whole:
		full = dc.Kept + "/vm/" + after
	case !strings.HasPrefix(full, dc.Kept+"/vm/"):
		full = dc.Kept + "/vm/" + full
	}
	found, err := wire.FindByPath(ctx, vim, full)
	if err != nil {
		return openstack.Server{}, faults.Explain("looking for "+id, err)
	}
	if found == nil || found.Type != "VirtualMachine" {
		return openstack.Server{}, openstack.NotFound("no VM at the inventory path /%s", full)
	}
	return c.Read(ctx, Key{MoRef: found.Value})
}

// Path returns the inventory path that an instance of a name would have.
func (c *Machines) Path(name string) string {
	return c.folder() + "/" + property.EscapeName(name)
}

// folder returns the inventory path of the folder that instances are made in.
func (c *Machines) folder() string {
	return path.Join("/", c.inventory.Places.KeptDatacenterPath(), "vm", property.EscapePath(c.inventory.Places.InstancesPath()))
}

// ByID reads the instance with a UUID, in whatever folder it lies.
func (c *Machines) ByID(ctx context.Context, id string) (openstack.Server, error) {
	if _, err := uuid.Parse(id); err != nil {
		return openstack.Server{}, NotAnID(id)
	}
	return c.Read(ctx, Key{ID: strings.ToLower(id)})
}

// NotAnID returns the error for an instance's id that is not a UUID: it is ErrNotFound, since no instance can have such an id.
func NotAnID(id string) error {
	return openstack.NotFound("%q is no instance's id, which is a UUID", id)
}

// ByName reads the instance of a name in the client's own project. Names are unique in a folder.
func (c *Machines) ByName(ctx context.Context, name string) (openstack.Server, error) {
	if _, err := c.inventory.Places.Datacenter(ctx); err != nil {
		return openstack.Server{}, err
	}
	server, err := c.findByInventoryPath(ctx, c.Path(name))
	if !errors.Is(err, openstack.ErrNotFound) {
		return server, err
	}
	others, _, failed := c.List(ctx, "")
	if failed != nil {
		return openstack.Server{}, failed
	}
	names := make([]string, len(others))
	for i, other := range others {
		names[i] = other.Name
	}
	return openstack.Server{}, faults.NoSuch("instance", name, fmt.Sprintf("the folder %s", c.folder()), names)
}
