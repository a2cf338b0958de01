package vcenter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// Move is what a plan says of where an instance goes.
type Move struct {
	To   string // the place, for people
	Node string // the compute node that it will be on
	Host string // the ESX host, where one is named
	Away bool   // its disks go to another datastore
}

// storagePolicyOf is the storage policy that an instance's flavor names. What nobody could have today needs nothing.
func storagePolicyOf(specs *vmspec.Compiler, s openstack.Server) string {
	compiled, err := specs.Compile(s.Flavor, s.Properties)
	if err != nil {
		return ""
	}
	return compiled.Needs.StoragePolicy
}

// pinned is why an instance cannot move while it runs; empty: it can.
func pinned(specs *vmspec.Compiler, s openstack.Server) string {
	compiled, err := specs.Compile(s.Flavor, s.Properties)
	if err != nil {
		return ""
	}
	spec, err := compiled.Spec(vmspec.Instance{Flavor: s.Flavor, Properties: s.Properties})
	if err == nil && property.IsTrue(spec.SevEnabled) && s.PowerState == openstack.Active {
		return "its memory is encrypted (hw:mem_encryption), and such a machine cannot move while it runs: shut it off first"
	}
	return ""
}

// PlanMove sees whether an instance can go to a zone and a compute node: whether a host there can take it, with its networks, its datastore
// or one of the zone's, and the aggregates that the flavor wants which it is to have.
func (c *Client) PlanMove(ctx context.Context, specs *vmspec.Compiler, is openstack.Server, next openstack.Flavor, zone, node string) (Move,
	error) {
	to, err := c.Inventory.PlannedTarget(ctx, zone, node)
	if err != nil {
		return Move{}, err
	}
	if err := c.Inventory.CheckPlacement(ctx, zone); err != nil {
		return Move{}, err
	}
	plan := Move{To: to.Name(), Node: to.Node}
	if to.Host != nil {
		plan.Host = to.Host.Name
	}
	if why := pinned(specs, is); why != "" {
		return plan, openstack.AttributeErrorf(to.Field(), "%s cannot move to %s: %s", is.Name, plan.To, why)
	}
	if to.Comes { // what it has is seen once it is there
		return plan, nil
	}
	stores, err := to.Candidates(ctx, storagePolicyOf(specs, is))
	if err != nil {
		return plan, err
	}
	if err := c.wire.Gaps.Named("Datastore", is.Datastore); err != nil {
		return plan, faults.Explain("planning the move of "+is.Name, err)
	}
	plan.Away = is.Datastore != "" && !slices.ContainsFunc(stores.All, func(d mo.Datastore) bool { return d.Name == is.Datastore })
	if plan.Away && is.ConfigDrive {
		return plan, openstack.AttributeErrorf("availability_zone", "%s cannot move to %s: it would need another datastore than %s, and its "+
			"config "+
			"drive is an image that storage vMotion leaves behind. Give the zone a datastore that both clusters mount and the instance is on",
			is.Name, plan.To, is.Datastore)
	}
	hosts, err := c.Inventory.Places.Hosts(ctx)
	if err != nil {
		return plan, err
	}
	networks, err := c.networksOf(ctx, is)
	if err != nil {
		return plan, err
	}
	hosts = c.Inventory.PlannedHosts(hosts)
	fit, err := to.EligibleHosts(hosts, networks, nil)
	if err == nil {
		_, err = aggregated(ctx, to, next, hosts, fit, c.plannedAggregates)
	}
	if err != nil {
		return plan, openstack.AttributeErrorf(to.Field(), "%s cannot move to %s: %w", is.Name, plan.To, err)
	}
	return plan, nil
}

// aggregated are those of a place's hosts that are in the aggregates which a flavor wants; never none without saying why. A flavor that
// wants none asks for none.
func aggregated(ctx context.Context, at inventory.Target, f openstack.Flavor, hosts map[ref]mo.HostSystem, among []ref,
	ask func(context.Context) ([]planned.Aggregate, error)) (out []ref, err error) {
	specs := vmspec.AggregateSpecs(f)
	if len(specs) == 0 {
		return among, nil
	}
	all, err := ask(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range among {
		var in []openstack.Aggregate
		for _, a := range all {
			if a.OpenHosts || slices.ContainsFunc(a.Hosts, func(written string) bool { return isHost(written, r.Value, hosts[r].Name) }) {
				in = append(in, a.Aggregate)
			}
		}
		if vmspec.HostSatisfies(specs, in) {
			out = append(out, r)
		}
	}
	switch {
	case len(out) > 0:
		return out, nil
	case at.Host != nil:
		return nil, fmt.Errorf("its flavor %s chooses hosts by aggregates (aggregate_instance_extra_specs), and the host %s is in none of them",
			f.Name, at.Host.Name)
	}
	return nil, noAggregate(f, specs, at.Cluster.Name, all)
}

// madeAggregates are those of the catalogue as it is now.
func (c *Client) madeAggregates(ctx context.Context) (out []planned.Aggregate, err error) {
	all, err := c.freshAggregates(ctx)
	for _, a := range all {
		out = append(out, planned.Aggregate{Aggregate: a})
	}
	return out, err
}

// networksOf are the networks that an instance is plugged into, as far as they are still there.
func (c *Client) networksOf(ctx context.Context, s openstack.Server) (out []openstack.Network, err error) {
	for _, nic := range s.NICs {
		network, err := c.Networks.Network(ctx, nic.NetworkID, "")
		if errors.Is(err, openstack.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, network)
	}
	return out, nil
}

// moved is a machine after it was moved, where that is wished for.
func (c *Client) moved(ctx context.Context, vm mo.VirtualMachine, have openstack.Server, want ServerUpdate) (mo.VirtualMachine,
	openstack.Server,
	error) {
	if !want.Move {
		return vm, have, nil
	}
	went, err := c.relocate(ctx, vm, have, want)
	if err != nil || !went {
		return vm, have, err
	}
	if vm, err = c.machine(ctx, ServerKey{ID: have.ID, MoRef: vm.Self.Value}, wholePaths); err != nil {
		return vm, have, err
	}
	now, err := observe(vm)
	return vm, now, err
}

// relocate brings a machine to where it is wished, by one call, and says whether it had to. What is there already stays: another look
// finds what a lost answer did. What runs keeps running. A rule that would hold it back lets it go before, and binds it again where it does
// not leave its host; what binds it there is the caller's to write.
func (c *Client) relocate(ctx context.Context, vm mo.VirtualMachine, have openstack.Server, want ServerUpdate) (moved bool, err error) {
	to, err := c.Inventory.Target(ctx, want.Zone, want.Hypervisor)
	if err != nil {
		return false, err
	}
	spec, err := c.relocation(ctx, vm, have, want.Flavor, to)
	if err != nil || spec == nil {
		return false, err
	}
	bound := c.boundBy(ctx, have)
	loose := bound.loosened(spec, slices.Contains(to.Cluster.Host, property.Deref(vm.Runtime.Host)))
	if bound.text() != loose.text() {
		if err := c.writeAffinity(ctx, vm, bound, loose); err != nil {
			return false, c.restoreAffinity(ctx, vm, bound, loose, err)
		}
	}
	anew := func() (*types.VirtualMachineRelocateSpec, error) {
		now, err := c.machine(ctx, ServerKey{ID: have.ID, MoRef: vm.Self.Value}, wholePaths)
		if err != nil {
			return nil, err
		}
		is, err := observe(now)
		if err != nil {
			return nil, err
		}
		return c.relocation(ctx, now, is, want.Flavor, to)
	}
	logMove(ctx, vm, to, spec)
	if err = c.send(ctx, vm.Self, have.Name, to, spec, anew); err != nil && bound.text() != loose.text() {
		err = c.restoreAffinity(ctx, vm, bound, loose, err)
	}
	return true, err
}

// boundBy is what binds an instance by its record: an earlier attempt to move it may have let it go. A host that is gone binds nobody.
func (c *Client) boundBy(ctx context.Context, s openstack.Server) affinity {
	t := affinityOf(s)
	if unbound(s) != "" {
		t.Pin, _ = c.Inventory.PinOf(ctx, s.Zone)
	}
	return t
}

// loosened are the ties without those that a relocation would break: to hosts that it leaves, and where it leaves the cluster to
// aggregates.
func (t affinity) loosened(spec *types.VirtualMachineRelocateSpec, inCluster bool) affinity {
	if !inCluster {
		t.Pin, t.Aggregates = openstack.Pin{}, nil
	} else if spec.Host != nil && !slices.Contains(t.Pin.Hosts, spec.Host.Value) {
		t.Pin = openstack.Pin{}
	}
	return t
}

// restoreAffinity binds a machine as before that was let go for a move and is still on its host, and gives why it is there. Where nobody
// knows what became of the move, another look finds out.
func (c *Client) restoreAffinity(ctx context.Context, vm mo.VirtualMachine, bound, loose affinity, why error) error {
	if faults.OutcomeUnknown(why) {
		return why
	}
	ctx = context.WithoutCancel(ctx)
	now, err := c.machine(ctx, ServerKey{ID: strings.ToLower(vm.Config.InstanceUuid), MoRef: vm.Self.Value}, wholePaths)
	if err == nil && property.Deref(now.Runtime.Host) == property.Deref(vm.Runtime.Host) {
		err = c.writeAffinity(ctx, now, loose, bound)
	}
	return errors.Join(why, err)
}

// send has the vCenter move a machine. A task that holds it may be this very move, whose answer was lost: what is still to be done after it
// says anew.
func (c *Client) send(ctx context.Context, vm ref, name string, to inventory.Target, spec *types.VirtualMachineRelocateSpec,
	anew func() (*types.VirtualMachineRelocateSpec, error)) error {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return err
	}
	first := true
	err = c.wire.RetryWhileHeld(ctx, &vm, func() (err error) {
		if !first {
			if spec, err = anew(); err != nil || spec == nil {
				return err
			}
		}
		first = false
		_, err = c.wire.RunTask(ctx, func(ctx context.Context) (ref, error) {
			res, err := methods.RelocateVM_Task(ctx, vim, &types.RelocateVM_Task{This: vm, Spec: *spec,
				Priority: types.VirtualMachineMovePriorityDefaultPriority})
			if err != nil {
				return ref{}, err
			}
			return res.Returnval, nil
		})
		return err
	})
	return faults.Explain("moving "+name+" to "+to.Name(), err)
}

// relocation is the call that brings a machine to a place, where it is to have a flavor; nil where it is there.
func (c *Client) relocation(ctx context.Context, vm mo.VirtualMachine, have openstack.Server, next openstack.Flavor,
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
		if _, err := aggregated(ctx, to, next, hosts, []ref{to.Host.Self}, c.madeAggregates); err != nil {
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
		spec.Pool = &pool // a host goes with its pool
	}
	return spec, nil
}

// moveDisks chooses the datastore where the machine's own is none of the place's, and sends the storage policy along that it is to have
// there. Disks that are not the machine's own stay where they are.
func (c *Client) moveDisks(ctx context.Context, vm mo.VirtualMachine, have openstack.Server, to inventory.Target,
	spec *types.VirtualMachineRelocateSpec) error {
	may, err := to.Candidates(ctx, storagePolicyOf(nil, have))
	if err != nil {
		return err
	}
	home, bytes := ref{}, int64(0)
	fits := func(file string) bool {
		return slices.ContainsFunc(may.All, func(d mo.Datastore) bool { return datastoreOf(file) == d.Name })
	}
	stays := fits(vm.Config.Files.VmPathName)
	for _, disk := range disksOf(vm) {
		if owned(vm, disk) {
			bytes += disk.CapacityInKB << 10
			stays = stays && fits(diskFile(disk))
		}
	}
	if !stays {
		store := to.Emptiest(may.All, bytes)
		home = store.Self
		spec.Datastore, spec.DiskMoveType = &home, string(types.VirtualMachineRelocateDiskMoveOptionsMoveAllDiskBackingsAndAllowSharing)
	}
	former, _ := c.Inventory.Places.In(have.Zone)
	switch {
	case may.Policy != "" && (former == nil || former != to.Site):
		spec.Profile = []types.BaseVirtualMachineProfileSpec{&types.VirtualMachineDefinedProfileSpec{ProfileId: may.Policy}}
	case may.Policy == "" && former != nil && former.Zone.StoragePolicy != "":
		spec.Profile = []types.BaseVirtualMachineProfileSpec{&types.VirtualMachineEmptyProfileSpec{}}
	}
	if spec.Datastore == nil && spec.Profile == nil {
		return nil
	}
	for _, disk := range disksOf(vm) {
		locator := types.VirtualMachineRelocateSpecDiskLocator{DiskId: disk.Key, Datastore: storeOf(disk), Profile: spec.Profile}
		switch {
		case !owned(vm, disk):
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

func disksOf(vm mo.VirtualMachine) (out []*types.VirtualDisk) {
	for _, device := range vm.Config.Hardware.Device {
		if disk, ok := device.(*types.VirtualDisk); ok {
			out = append(out, disk)
		}
	}
	return out
}

// storeOf is the datastore of a disk, as its backing names it.
func storeOf(disk *types.VirtualDisk) ref {
	if b, ok := disk.Backing.(types.BaseVirtualDeviceFileBackingInfo); ok {
		return property.Deref(b.GetVirtualDeviceFileBackingInfo().Datastore)
	}
	return ref{}
}

// used are the datastores that a machine will need on its host.
func used(vm mo.VirtualMachine, spec *types.VirtualMachineRelocateSpec) (out []ref) {
	if spec.Datastore != nil {
		out = append(out, *spec.Datastore)
	}
	for _, disk := range disksOf(vm) {
		if store := storeOf(disk); store != (ref{}) && (spec.Datastore == nil || !owned(vm, disk)) {
			out = append(out, store)
		}
	}
	return out
}

// chooseHost is nil where DRS chooses, else the host of a place that can take the machine, another one each time. DRS chooses before the
// rule of a flavor's aggregates binds the machine there, so that those are looked at here.
func (c *Client) chooseHost(ctx context.Context, s openstack.Server, next openstack.Flavor, to inventory.Target, stores []ref) (*ref,
	error) {
	drs, err := to.Drs(ctx)
	if err != nil || drs && len(vmspec.AggregateSpecs(next)) == 0 {
		return nil, err
	}
	networks, err := c.networksOf(ctx, s)
	if err != nil {
		return nil, err
	}
	hosts, err := c.Inventory.Places.ReadHosts(ctx, to.Cluster.Host) // as they are now
	if err != nil {
		return nil, err
	}
	fit, err := to.EligibleHosts(hosts, networks, stores)
	if err == nil {
		fit, err = aggregated(ctx, to, next, hosts, fit, c.madeAggregates)
	}
	if err != nil {
		return nil, openstack.AttributeErrorf("availability_zone", "%s cannot move to %s: %w", s.Name, to.Name(), err)
	}
	host := &fit[int(to.Turns.Add(1))%len(fit)]
	if logging.VCenter.Informs(ctx) {
		logging.VCenter.Info(ctx, "a host is chosen for a move", "name", s.Name, "object", s.MoRef, "host", hosts[*host].Name,
			"passed_over", to.PassedOver(hosts, networks, stores))
	}
	return host, nil
}
