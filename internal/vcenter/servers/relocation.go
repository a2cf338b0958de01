// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"context"
	"slices"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/affinity"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// relocation returns the spec that brings a VM to a place with the flavor next; nil where nothing is to do.
func (c *Servers) relocation(ctx context.Context, vm mo.VirtualMachine, have openstack.Server, next openstack.Flavor,
	to inventory.Target) (*types.VirtualMachineRelocateSpec, error) {
	pool, err := to.Pool(ctx)
	if err != nil {
		return nil, err
	}
	spec := &types.VirtualMachineRelocateSpec{}
	here := slices.Contains(to.Cluster.Host, property.Deref(vm.Runtime.Host))
	if !here || property.Deref(vm.ResourcePool) != pool {
		spec.Pool = &pool
	}
	if err := c.moveDisks(ctx, vm, have, to, spec); err != nil {
		return nil, err
	}
	switch {
	case to.Host != nil && to.Host.Self != property.Deref(vm.Runtime.Host):
		spec.Host = &to.Host.Self
		hosts := map[ref]mo.HostSystem{to.Host.Self: *to.Host}
		if _, err := affinity.AggregateHosts(ctx, to, next, hosts, []ref{to.Host.Self}, c.aggregates.Made); err != nil {
			return nil, openstack.AttributeErrorf(to.Field(), "%s cannot move to %s: %w", have.Name, to.Name(), err)
		}
	case to.Host == nil && !here:
		if spec.Host, err = c.chooseHost(ctx, have, next, to, used(vm, spec)); err != nil {
			return nil, err
		}
	}
	if spec.Pool == nil && spec.Host == nil && spec.Datastore == nil && spec.Profile == nil {
		return nil, nil
	}
	if spec.Host != nil {
		spec.Pool = &pool // a host needs its pool
	}
	spec.DeviceChange, err = c.followSegments(ctx, vm, spec, to)
	return spec, err
}

// moveDisks chooses a datastore where the VM's own is not one of the place's, and sets the storage policy that the VM must have there.
// Disks that are not the VM's own stay where they are.
func (c *Servers) moveDisks(ctx context.Context, vm mo.VirtualMachine, have openstack.Server, to inventory.Target,
	spec *types.VirtualMachineRelocateSpec) error {
	may, err := to.Candidates(ctx, storagePolicyOf(nil, have))
	if err != nil {
		return err
	}
	home, bytes := ref{}, int64(0)
	fits := func(file string) bool {
		return slices.ContainsFunc(may.All, func(d mo.Datastore) bool { return machine.DatastoreOf(file) == d.Name })
	}
	stays := fits(vm.Config.Files.VmPathName)
	for _, disk := range machine.DisksOf(vm) {
		if machine.Owned(vm, disk) {
			bytes += disk.CapacityInKB << 10
			stays = stays && fits(machine.DiskFile(disk))
		}
	}
	if !stays {
		store := to.Emptiest(may.All, bytes)
		home = store.Self
		spec.Datastore, spec.DiskMoveType = &home, string(types.VirtualMachineRelocateDiskMoveOptionsMoveAllDiskBackingsAndAllowSharing)
	}
	former, _ := c.inventory.Places.In(have.Zone)
	switch {
	case may.Policy != "" && (former == nil || former != to.Site):
		spec.Profile = []types.BaseVirtualMachineProfileSpec{&types.VirtualMachineDefinedProfileSpec{ProfileId: may.Policy}}
	case may.Policy == "" && former != nil && former.Zone.StoragePolicy != "":
		spec.Profile = []types.BaseVirtualMachineProfileSpec{&types.VirtualMachineEmptyProfileSpec{}}
	}
	if spec.Datastore == nil && spec.Profile == nil {
		return nil
	}
	for _, disk := range machine.DisksOf(vm) {
		locator := types.VirtualMachineRelocateSpecDiskLocator{DiskId: disk.Key, Datastore: machine.StoreOf(disk), Profile: spec.Profile}
		switch {
		case !machine.Owned(vm, disk):
			locator.Profile = nil
		case spec.Datastore != nil:
			locator.Datastore, locator.DiskMoveType = home, spec.DiskMoveType
		}
		if locator.Datastore != (ref{}) {
			spec.Disk = append(spec.Disk, locator)
		}
	}
	return nil
}

// used returns the datastores that a VM will need on its host.
func used(vm mo.VirtualMachine, spec *types.VirtualMachineRelocateSpec) (out []ref) {
	if spec.Datastore != nil {
		out = append(out, *spec.Datastore)
	}
	for _, disk := range machine.DisksOf(vm) {
		if store := machine.StoreOf(disk); store != (ref{}) && (spec.Datastore == nil || !machine.Owned(vm, disk)) {
			out = append(out, store)
		}
	}
	return out
}

// chooseHost returns nil where DRS chooses, else a host of the place that can take the VM, a different one each time. DRS would choose
// before the rule of the flavor's aggregates binds the VM there, so a flavor that wants aggregates gets its host here.
func (c *Servers) chooseHost(ctx context.Context, s openstack.Server, next openstack.Flavor, to inventory.Target, on []ref) (*ref, error) {
	drs, err := to.Drs(ctx)
	if err != nil || drs && len(vmspec.AggregateSpecs(next)) == 0 {
		return nil, err
	}
	networks, err := c.networksOf(ctx, s)
	if err != nil {
		return nil, err
	}
	hosts, err := c.inventory.Places.ReadHosts(ctx, to.Cluster.Host) // as they are at this moment
	if err != nil {
		return nil, err
	}
	fit, err := to.EligibleHosts(hosts, networks, on)
	if err == nil {
		fit, err = affinity.AggregateHosts(ctx, to, next, hosts, fit, c.aggregates.Made)
	}
	if err != nil {
		return nil, openstack.AttributeErrorf("availability_zone", "%s cannot move to %s: %w", s.Name, to.Name(), err)
	}
	host := &fit[int(to.Turns.Add(1))%len(fit)]
	if logging.VCenter.Informs(ctx) {
		logging.VCenter.Info(ctx, "a host is chosen for a move", "name", s.Name, "object", s.MoRef, "host", hosts[*host].Name,
			"passed_over", to.PassedOver(hosts, networks, on))
	}
	return host, nil
}
