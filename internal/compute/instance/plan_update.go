package instance

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// planUpdate is the part for an instance that exists.
func (p *planning) planUpdate(ctx context.Context) error {
	p.planCreation(ctx)
	if len(p.replaced) > 0 {
		p.warnReplaced(ctx)
		return nil
	}
	if err := p.planMove(ctx); err != nil {
		return err
	}
	if err := p.checkUserData(); err != nil {
		return err
	}
	if err := p.planNICs(ctx); err != nil {
		return err
	}
	p.planLinks(ctx)
	p.planEnd(ctx)
	p.warnLabel(ctx)
	if err := p.planGroups(ctx); err != nil {
		return err
	}
	if err := p.planResize(ctx); err != nil {
		return err
	}
	p.warnPassword(ctx)
	p.planTold(ctx)
	from, to := p.state.PowerState.ValueString(), p.plan.PowerState.ValueString()
	if from != to && to == openstack.Suspended && from != openstack.Active && from != "" {
		return openstack.AttributeErrorf("power_state", "only a running instance can be suspended, and this one is %s: set power_state = "+
			"\"active\" "+
			"first", from)
	}
	if p.restarts() {
		p.forgetAddresses()
	}
	return nil
}

// planTold plans to tell a guest again what it is told no longer: somebody has changed it, or the vCenter has forgotten it with the
// power. No argument shows that, for the state holds what is written.
func (p *planning) planTold(ctx context.Context) {
	if len(p.private.Untold) == 0 || p.unrecorded() {
		return
	}
	p.rerecord = true
	crud.WarnAt(ctx, path.Root(p.private.Untold[0]), "The guest is not told what is recorded", fmt.Sprintf(
		"%s: the guestinfo of %s does not hold what this provider has told its guest. Somebody has changed it, or it was told while it ran "+
			"and the vCenter has forgotten it since: "+
			"at its next boot cloud-init would not find it. The apply writes it again, as every start by this provider does",
		strings.Join(p.private.Untold, ", "), p.state.Name.ValueString()))
}

// warnPassword says that a guest reads its password once.
func (p *planning) warnPassword(ctx context.Context) {
	for _, field := range []struct {
		name    string
		changed bool
	}{{"admin_pass", !p.plan.AdminPass.Equal(p.state.AdminPass)}, {"admin_pass_wo_version",
		!p.plan.AdminPassWOVer.Equal(p.state.AdminPassWOVer)}} {
		if field.changed && !p.adopts() {
			crud.WarnAt(ctx, path.Root(field.name), "The password in the guest stays as it is", fmt.Sprintf(
				"%s: a guest reads its administrator's password at its first boot, and a vCenter cannot set it later without knowing it. Change "+
					"it in the guest, or replace the instance (terraform apply -replace)", field.name))
		}
	}
}

// planResize plans what the instance should have: by a new flavor, or by its own where somebody changed the machine.
func (p *planning) planResize(ctx context.Context) error {
	flavor := targetFlavor(p.private.Flavor, p.flavor, p.sameFlavor())
	if flavor == nil || p.private.adopts(*flavor, *p.state) {
		if p.flavor != nil { // adopted, and as large as its flavor
			p.plan.VCPUs, p.plan.RAM, p.plan.Disk = p.state.VCPUs, p.state.RAM, p.state.Disk
		}
		return nil
	}
	if p.resizing = true; p.unrecorded() {
		p.plan.Host = types.StringUnknown() // a resize shows, even of what no argument shows
	}
	if err := p.checkRoot(*flavor); err != nil {
		return err
	}
	if err := p.checkDisks(*flavor); err != nil {
		return err
	}
	if !p.sameFlavor() && p.client != nil {
		compiled, err := p.specs.Compile(*flavor, p.private.Properties)
		if err == nil {
			err = p.checkNamed(ctx, *flavor, compiled.Needs)
		}
		if err != nil {
			return p.config.atFlavor(*flavor, err)
		}
	}
	if err := p.shape(ctx, *flavor, p.private.Properties, p.private.clock(flavor)); err != nil {
		return err
	}
	p.warnSmaller(ctx, *flavor)
	if p.plan.Disk = types.Int64Value(max(flavor.Disk, p.state.Disk.ValueInt64())); p.private.BootVolume || p.lostRoot() {
		p.plan.Disk = p.state.Disk
	}
	if p.lostRoot() {
		crud.WarnAt(ctx, path.Root("disk"), "The instance has no root disk", "disk: "+p.rootless())
	}
	if p.shaped() && flavor.Same(p.private.Flavor) {
		return nil
	}
	return p.warnRestart(ctx, *flavor)
}

// shaped says that the machine is as it should be.
func (p *planning) shaped() bool {
	return p.plan.VCPUs.Equal(p.state.VCPUs) && p.plan.RAM.Equal(p.state.RAM) && p.plan.Cores.Equal(p.state.Cores) &&
		p.plan.Disk.Equal(p.state.Disk) &&
		p.plan.CPUAllocation.Equal(p.state.CPUAllocation) && p.plan.RAMAllocation.Equal(p.state.RAMAllocation)
}

// targetFlavor is what an instance should be like that has one flavor embedded and names one of the catalogue: its own while
// the named one is the same and of the same size, for it keeps what it was made with. Nil where nothing can be said: of an
// adopted machine, and where the catalogue does not know the flavor.
func targetFlavor(own openstack.Flavor, named *openstack.Flavor, same bool) *openstack.Flavor {
	sized := func(a, b openstack.Flavor) bool {
		return a.VCPUs == b.VCPUs && a.RAM == b.RAM && a.Disk == b.Disk && a.Ephemeral == b.Ephemeral && a.Swap == b.Swap
	}
	if own.ID != "" && same && (named == nil || sized(own, *named)) {
		return &own
	}
	return named
}

// adopts says that a machine which somebody else made is as large as its flavor: it is recorded, and what its owner gave it
// beyond sizes stays until a resize.
func (a privateState) adopts(f openstack.Flavor, is instanceModel) bool {
	has := openstack.Server{ServerSpec: openstack.ServerSpec{Flavor: a.Flavor},
		ServerStatus: openstack.ServerStatus{VCPUs: is.VCPUs.ValueInt64(), RAM: is.RAM.ValueInt64(), Disk: is.Disk.ValueInt64(),
			BootVolume: a.BootVolume, Recorded: !a.Unrecorded}}
	return !a.Own && (a.Unrecorded || a.Flavor.ID == "" || a.Flavor.ID == f.ID) && has.Fits(f)
}

// checkRoot refuses a flavor that the root disk cannot follow.
func (p *planning) checkRoot(to openstack.Flavor) error {
	have := p.state.Disk.ValueInt64()
	switch {
	case p.lostRoot() && !p.sameFlavor():
		return openstack.AttributeErrorf(p.config.flavorField(), "it cannot be resized: %s", p.rootless())
	case p.private.BootVolume || p.lostRoot() || to.Disk == 0 || to.Disk == have:
		return nil
	case to.Disk < have && (!p.sameFlavor() || p.unrecorded() && to.Disk != p.private.Flavor.Disk):
		return openstack.AttributeErrorf(p.config.flavorField(), "the flavor %s has a root disk of %d GiB, and the instance's has %d: a disk "+
			"cannot "+
			"shrink", to.Name, to.Disk, have)
	case to.Disk > have && len(p.state.ParentDisks.Elements()) > 0:
		return openstack.AttributeErrorf(p.config.flavorField(), "the flavor %s has a root disk of %d GiB, and the instance's has %d and is a "+
			"linked "+
			"clone, which cannot grow: choose a flavor with the same disk, or have vCenter copy the disk first (a clone or an inflated disk "+
			"has no parent)", to.Name, to.Disk, have)
	}
	return nil
}

// lostRoot says that somebody took the root disk off a machine that was made with one.
func (p *planning) lostRoot() bool {
	return p.state.Disk.ValueInt64() == 0 && p.private.Own && !p.private.BootVolume && !p.state.Disk.IsUnknown()
}

func (p *planning) rootless() string {
	return p.state.Name.ValueString() + " has lost its root disk, and no apply brings that back: attach the disk again in the vCenter, " +
		"or replace the instance (terraform apply -replace)"
}

// warnSmaller says that a flavor that was made anew under its name has a smaller disk than its instances keep.
func (p *planning) warnSmaller(ctx context.Context, to openstack.Flavor) {
	have := p.state.Disk.ValueInt64()
	if p.sameFlavor() && !p.unrecorded() && !p.private.BootVolume && to.Disk > 0 && to.Disk < p.private.Flavor.Disk && to.Disk < have {
		crud.WarnAt(ctx, path.Root(p.config.flavorField()), "The root disk stays larger than the flavor's", fmt.Sprintf(
			"%s: the flavor %s now has a disk of %d GiB, and %s keeps its root disk of %d: a disk cannot shrink. Replace the instance to have "+
				"a smaller one (terraform apply -replace)",
			p.config.flavorField(), to.Name, to.Disk, p.state.Name.ValueString(), have))
	}
}

// checkDisks refuses a flavor whose ephemeral disks are smaller than those that are there.
func (p *planning) checkDisks(to openstack.Flavor) error {
	want, err := vmspec.Disks(to, blockDevices(p.plan.BlockDevice))
	if err != nil {
		return err
	}
	_, err = vmspec.ResizedDisks(p.private.Disks, want)
	return p.config.atFlavorField(err)
}

// warnRestart says that a running instance must be shut down for the change.
func (p *planning) warnRestart(ctx context.Context, to openstack.Flavor) error {
	if err := resizable(p.state.PowerState.ValueString(), p.plan.PowerState.ValueString()); err != nil {
		return err
	}
	if p.plan.power() != openstack.Active || p.state.power() != openstack.Active {
		return nil
	}
	why, err := vmspec.ResizeNeedsPowerOff(p.specs, openstack.Server{ServerSpec: openstack.ServerSpec{Flavor: p.private.Flavor,
		Properties: p.private.Properties, Disks: p.private.Disks}, ServerStatus: openstack.ServerStatus{VCPUs: p.state.VCPUs.ValueInt64(),
		RAM: p.state.RAM.ValueInt64(), Cores: p.private.Cores, CPUHotAdd: p.private.CPUHotAdd, RAMHotAdd: p.private.RAMHotAdd,
		RAMLimit: p.private.RAMLimit, RAMStep: p.private.RAMStep, GuestID: p.private.GuestID}}, to)
	if err != nil || why == "" {
		return p.config.atFlavor(to, err)
	}
	p.forgetAddresses()
	crud.WarnAt(ctx, path.Root(p.config.flavorField()), "The instance will be shut down for the resize", fmt.Sprintf(
		"%s goes to %d vcpus and %d MB: %s. Its guest is asked to shut down, and the instance is started again afterwards",
		p.plan.Name.ValueString(), to.VCPUs, to.RAM, why))
	return nil
}

// resizable refuses the resize of an instance that is suspended or is to be: it would be powered off for it, and what it has
// in memory would be lost. One that is turned off loses that anyway.
func resizable(from, to string) error {
	switch {
	case from == openstack.Suspended && to != openstack.Shutoff && to != openstack.Shelved:
		return openstack.AttributeErrorf("power_state", "the instance is suspended, and a suspended instance cannot be resized: what it has "+
			"in memory "+
			"would be lost. Apply power_state = \"active\" (or \"shutoff\") with the former flavor first, then resize")
	case to == openstack.Suspended:
		return openstack.AttributeErrorf("power_state", "a suspended instance cannot be resized: apply the resize with power_state = \"active\" "+
			"first, then suspend the instance")
	}
	return nil
}

// restarts says that the guest will boot, and may get other addresses.
func (p *planning) restarts() bool {
	return p.plan.power() == openstack.Active && p.state.power() != openstack.Active
}

func (p *planning) forgetAddresses() {
	p.plan.AccessIPv4, p.plan.AccessIPv6 = types.StringUnknown(), types.StringUnknown()
	blocks := networks(p.plan.Network)
	for i := range blocks {
		blocks[i].FixedV4, blocks[i].FixedV6 = types.StringUnknown(), types.StringUnknown()
	}
	p.setNetworks(blocks)
}
