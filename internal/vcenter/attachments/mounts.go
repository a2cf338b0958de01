// SPDX-License-Identifier: MPL-2.0

package attachments

import (
	"context"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// checkMount refuses a volume on a datastore that the machine's host does not mount for writing. The vCenter says so late, and not why.
// What was read before only allows: a host may have got a datastore since.
func (a *Attachments) checkMount(ctx context.Context, vm mo.VirtualMachine, volume openstack.Volume, store ref) error {
	host := property.Deref(vm.Runtime.Host)
	if host == (ref{}) || store == (ref{}) {
		return nil
	}
	if known, ok := a.mounts.Load(store); ok {
		if hosts, _ := known.(map[ref]bool); hosts[host] {
			return nil
		}
	}
	found, err := wire.Read[mo.Datastore](ctx, a.wire, store, []string{"name", "host"})
	if err != nil {
		return faults.Explain("reading the datastore of the volume "+volume.Name, err)
	}
	hosts := map[ref]bool{}
	for _, mount := range found.Host {
		hosts[mount.Key] = inventory.ForWriting(mount)
	}
	a.mounts.Store(store, hosts)
	if hosts[host] {
		return nil
	}
	return unmounted(vm, volume)
}

// unmounted is the error of a volume out of a machine's reach.
func unmounted(vm mo.VirtualMachine, volume openstack.Volume) error {
	return openstack.AttributeErrorf("volume_id", "the volume %s lies on the datastore %s, which the host of %s does not mount for writing: "+
		"move the instance to a host that does, or make the volume in a zone that shares a datastore with it", volume.Name, volume.Datastore,
		vm.Name)
}

// checkReach is checkMount for a plan, which knows a volume's datastore by its name, and reads the datastores of a host once for all
// volumes.
func (a *Attachments) checkReach(ctx context.Context, vm mo.VirtualMachine, volume openstack.Volume) error {
	host := property.Deref(vm.Runtime.Host)
	if host == (ref{}) || volume.Datastore == "" {
		return nil
	}
	names, err := a.storesOf(ctx, host)
	if err == nil && !names[volume.Datastore] {
		a.reach.Delete(host) // it may have got one since
		names, err = a.storesOf(ctx, host)
	}
	if err != nil {
		return faults.Explain("reading the datastores of the host of "+vm.Name, err)
	}
	if names[volume.Datastore] {
		return nil
	}
	return unmounted(vm, volume)
}

// storesOf returns the names of a host's datastores, read once.
func (a *Attachments) storesOf(ctx context.Context, host ref) (map[string]bool, error) {
	found, _ := a.reach.LoadOrStore(host, new(wire.Lookup[map[string]bool]))
	once, _ := found.(*wire.Lookup[map[string]bool])
	return once.Get(func() (map[string]bool, error) {
		found, err := wire.Read[mo.HostSystem](ctx, a.wire, host, []string{"datastore"})
		if err != nil || len(found.Datastore) == 0 {
			return nil, err
		}
		all, err := inventory.DatastoreNames(ctx, a.wire, found.Datastore)
		names := map[string]bool{}
		for _, name := range all {
			names[name] = true
		}
		return names, err
	})
}
