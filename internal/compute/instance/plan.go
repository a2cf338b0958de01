package instance

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// planInstance resolves names, shows what the flavor gives, and refuses what cannot work, before anything exists.
func planInstance(ctx context.Context, req instanceRequest) error {
	p := planning{client: req.Client.Client, net: req.Client.Network, config: *req.Config, plan: req.Plan, state: req.State,
		private: readPrivateState(ctx, req.Private), replacement: req.Replacement, specs: new(vmspec.Compiler)}
	p.restore()
	err := unread(crud.OriginOf(ctx, req.Private))
	if err == nil {
		err = p.atHint(p.run(ctx))
	}
	if err == nil && p.unrecorded() && len(p.replaced) == 0 {
		err = p.adopt(ctx, req)
	}
	if err != nil {
		return err
	}
	p.weigh(ctx)
	req.Replace(p.replaced...)
	return p.settle(ctx, req)
}

// settle moves the time of the last change where anything else moves, and only there: the framework looks at the plan before its
// defaults are settled, and would move it on every imported instance.
func (p *planning) settle(ctx context.Context, req instanceRequest) error {
	if p.state == nil {
		return nil
	}
	p.plan.Updated = p.state.Updated
	if quiet, is := p.quiet(ctx, req); is {
		*p.plan = quiet
		return nil
	}
	if !p.rerecord && !req.Changes(ctx, *p.plan) {
		return nil
	}
	p.plan.Updated = types.StringUnknown()
	return crud.Titled("Cannot change compute instance "+p.state.Name.ValueString(), p.stuck())
}

// stuck refuses a change in place of a machine on which nothing can be changed. One that is replaced only has to go. The plan that
// comes before a destroy asks for the change, too.
func (p *planning) stuck() error {
	if p.private.Stuck == "" || len(p.replaced) > 0 {
		return nil
	}
	err := fmt.Errorf("%s %s. %s", p.state.Name.ValueString(), p.private.Stuck, crud.WayOut)
	if !p.plan.PowerState.Equal(p.state.PowerState) {
		return openstack.AttributeErrorf("power_state", "%w", err)
	}
	return err
}

// planning is one instance's plan while it is made.
type planning struct {
	client      *vcenter.Client // nil while the provider's configuration is not known
	net         sdn.Backend     // likewise
	config      instanceModel
	plan        *instanceModel
	state       *instanceModel // nil at create
	imported    *instanceModel // the state as an import has left it, without the ids that its names stand for; nil: it has them
	private     privateState
	replacement bool       // it takes the place of an instance, which was planned with its state before
	replaced    path.Paths // what makes it another instance
	moving      string     // the argument by which it is to be elsewhere; empty: none
	rerecord    bool       // what no argument shows is to be put right: the record of its zone, or what its guest is told
	adopted     []string   // arguments that describe a machine of which nothing is recorded, and say something else than its state
	mismatches  []mismatch // what such a machine shows, and is written otherwise
	resizing    bool       // it is to be as large as its flavor, and is not

	specs  *vmspec.Compiler  // what flavors and images say, each read once
	flavor *openstack.Flavor // nil while it is not known
	image  *openstack.Image
	nets   []openstack.Network // those of the blocks, as far as they are known
}

func (p *planning) run(ctx context.Context) error {
	if err := checkRules(p.config); err != nil {
		return err
	}
	if err := p.config.checkNetworkMode(); err != nil {
		return err
	}
	p.derive()
	if p.client != nil {
		if err := p.client.Inventory.CheckZones(ctx); err != nil {
			return err
		}
	}
	if err := p.planWhere(ctx); err != nil {
		return err
	}
	if err := p.checkGuest(); err != nil {
		return err
	}
	p.warnFiles(ctx)
	p.warnMetadataService(ctx)
	if err := p.planFlavor(ctx); err != nil {
		return err
	}
	if p.state != nil {
		p.holdPorts()
		if err := p.claimName(ctx); err != nil {
			return err
		}
		return p.planUpdate(ctx)
	}
	warnHints(ctx, p.config)
	if p.client == nil {
		return nil
	}
	for _, step := range []func(context.Context) error{p.claimName, p.planImage, p.planNetworks, p.planGroups, p.checkHints,
		p.checkKeyPair, p.planShape, p.planPlace} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// claimName plans the instance's name, which must be its own in the folder.
func (p *planning) claimName(ctx context.Context) error {
	if p.client == nil || p.state != nil && p.private.MoRef == "" { // which machine it is was not noted yet
		return nil
	}
	if p.private.MoRef != "" {
		p.client.Planned.Instances.Own(p.private.MoRef)
	}
	if !crud.Known(p.plan.Name) || p.state != nil && p.plan.Name.Equal(p.state.Name) {
		return nil
	}
	return p.client.ClaimInstanceName(ctx, p.plan.ID.ValueString(), p.plan.spec(), p.private.MoRef)
}

// atHint puts an error about the zone where the zone is written. It leaves the error itself alone, which other instances may be given too.
func (p *planning) atHint(err error) error {
	const zone, hint = "availability_zone", "availability_zone_hints"
	var field *openstack.FieldError
	if !errors.As(err, &field) || field.Setting || field.Field != zone || p.config.Zone.ValueString() != "" ||
		p.config.ZoneHints.ValueString() == "" {
		return err
	}
	if err == error(field) {
		err = field.Err
	}
	return &openstack.FieldError{Field: hint, Err: err}
}

// planPlace finds the zone's cluster, pool and datastores.
func (p *planning) planPlace(ctx context.Context) error {
	if p.plan.Zone.IsUnknown() {
		return nil
	}
	if err := p.client.Inventory.CheckPlacement(ctx, p.zone()); err != nil {
		return err
	}
	if !p.config.Hypervisor.IsUnknown() {
		if err := p.client.Inventory.CheckHosts(ctx, p.zone(), p.config.Hypervisor.ValueString(), p.nets); err != nil {
			return err
		}
	}
	p.warnMaintenance(ctx)
	return nil
}

// zone is where the instance is to be, once it is planned.
func (p *planning) zone() string { return p.plan.Zone.ValueString() }

// derive fills in what follows from the rest of the plan.
func (p *planning) derive() {
	p.written()
	if p.plan.AllMetadata = p.plan.Metadata; p.plan.Metadata.IsNull() {
		p.plan.AllMetadata = crud.MapOf(nil)
	}
	if p.plan.AllTags = p.plan.Tags; p.plan.Tags.IsNull() {
		p.plan.AllTags = crud.SetOf(nil)
	}
	switch {
	case !p.config.Zone.IsNull(): // as written
	case p.config.ZoneHints.ValueString() != "" || p.config.ZoneHints.IsUnknown():
		p.plan.Zone = p.config.ZoneHints
	case p.state != nil && !p.state.Zone.IsNull():
		p.plan.Zone = p.state.Zone
	}
}

// checkGuest measures what the guest will be handed.
func (p *planning) checkGuest() error {
	if p.state != nil && p.state.UserData.Equal(p.plan.UserData) && p.state.Metadata.Equal(p.plan.Metadata) ||
		!crud.Known(p.plan.UserData, p.plan.Metadata, p.plan.Personality) {
		return nil
	}
	_, err := vmspec.Guestinfo(vmspec.Guest{ID: p.plan.ID.ValueString(), Name: p.plan.Name.ValueString(),
		Metadata: crud.StringMap(p.plan.Metadata),
		UserData: vmspec.DecodeUserData(p.plan.UserData.ValueString()), Personality: personality(p.plan.Personality)})
	return err
}

// warnFiles says that files would be lost: cloud-init takes one list of files, and the user's goes before what the guest is told
// beside it. A config drive has the files as such.
func (p *planning) warnFiles(ctx context.Context) {
	had := p.state != nil && len(p.replaced) == 0 && p.state.UserData.Equal(p.plan.UserData) && p.state.Personality.Equal(p.plan.Personality)
	if had || p.plan.ConfigDrive.ValueBool() || len(p.plan.Personality.Elements()) == 0 || !crud.Known(p.plan.UserData) ||
		!vmspec.WritesFiles(vmspec.DecodeUserData(p.plan.UserData.ValueString())) {
		return
	}
	crud.WarnAt(ctx, path.Root("personality"), "The files of personality may not reach the guest",
		"user_data has write_files of its own, and cloud-init takes that list instead of the one that holds the files of personality. Set "+
			"config_drive = true, where they are files of the drive, or write them in write_files too")
}

// warnMetadataService warns of user data that asks a service which a vCenter does not have: such a script fails or waits in the guest,
// where nobody sees it.
func (p *planning) warnMetadataService(ctx context.Context) {
	had := p.state != nil && len(p.replaced) == 0 && p.state.UserData.Equal(p.plan.UserData)
	if had || !crud.Known(p.plan.UserData) || !vmspec.AsksMetadataService(vmspec.DecodeUserData(p.plan.UserData.ValueString())) {
		return
	}
	crud.WarnAt(ctx, path.Root("user_data"), "There is no metadata service",
		"user_data names 169.254.169.254, where OpenStack serves metadata, and a vCenter serves none: the guest would ask in vain. "+
			"cloud-init knows the same by \"cloud-init query ds.meta_data\", and with config_drive = true the guest has it as a file of the "+
			"drive, openstack/latest/meta_data.json")
}
