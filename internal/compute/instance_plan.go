package compute

import (
	"cmp"
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
	p := planning{client: req.Client.client, net: req.Client.net, ledger: req.Client.ledger, config: *req.Config, plan: req.Plan, state: req.State,
		aside: readAside(ctx, req.Private), replacement: req.Replacement}
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

// settle moves the time of the last change where anything else moves, and only there: the framework looks at the plan before its defaults are
// settled, and would move it on every imported instance.
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

// stuck refuses a change in place of a machine on which nothing can be changed. One that is replaced only has to go. The plan that comes before
// a destroy asks for the change, too.
func (p *planning) stuck() error {
	if p.aside.Stuck == "" || len(p.replaced) > 0 {
		return nil
	}
	err := fmt.Errorf("%s %s. %s", p.state.Name.ValueString(), p.aside.Stuck, crud.WayOut)
	if !p.plan.PowerState.Equal(p.state.PowerState) {
		return openstack.Wrong("power_state", "%w", err)
	}
	return err
}

// planning is one instance's plan while it is made.
type planning struct {
	client      *vcenter.Client // nil while the provider's configuration is not known
	net         sdn.Backend     // likewise
	ledger      *ledger         // likewise
	config      instanceModel
	plan        *instanceModel
	state       *instanceModel // nil at create
	imported    *instanceModel // the state as an import has left it, without the ids that its names stand for; nil: it has them
	aside       aside
	replacement bool       // it takes the place of an instance, which was planned with its state before
	replaced    path.Paths // what makes it another instance
	moving      string     // the argument by which it is to be elsewhere; empty: none
	rerecord    bool       // what no argument shows is to be put right: the record of its zone, or what its guest is told
	adopted     []string   // arguments that describe a machine of which nothing is recorded, and say something else than its state
	doubted     []doubt    // what such a machine shows, and is written otherwise
	resizing    bool       // it is to be as large as its flavor, and is not

	flavor *openstack.Flavor // nil while it is not known
	image  *openstack.Image
	nets   []openstack.Network // those of the blocks, as far as they are known
}

func (p *planning) run(ctx context.Context) error {
	if err := cmp.Or(checkRules(p.config), p.config.checkNetworkMode()); err != nil {
		return err
	}
	p.derive()
	if p.client != nil {
		if err := p.client.CheckZones(ctx); err != nil {
			return err
		}
	}
	if err := cmp.Or(p.planWhere(ctx), p.checkGuest()); err != nil {
		return err
	}
	p.warnFiles(ctx)
	if err := p.planFlavor(ctx); err != nil {
		return err
	}
	if p.state != nil {
		p.holdPorts()
		return cmp.Or(p.claimName(ctx), p.planUpdate(ctx))
	}
	warnHints(ctx, p.config)
	if p.client == nil {
		return nil
	}
	for _, step := range []func(context.Context) error{p.claimName, p.planImage, p.planNetworks, p.planGroups, p.checkHints, p.checkKeyPair, p.planShape, p.planPlace} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// claimName plans the instance's name, which must be its own in the folder.
func (p *planning) claimName(ctx context.Context) error {
	if p.client == nil || p.state != nil && p.aside.MoRef == "" { // which machine it is was not noted yet
		return nil
	}
	if p.aside.MoRef != "" {
		p.client.HasObject(vcenter.NamedInstance, p.aside.MoRef)
	}
	if !crud.Known(p.plan.Name) || p.state != nil && p.plan.Name.Equal(p.state.Name) {
		return nil
	}
	return p.client.ClaimInstanceName(ctx, p.plan.server(), p.aside.MoRef)
}

// atHint puts an error about the zone where the zone is written.
func (p *planning) atHint(err error) error {
	var field *openstack.FieldError
	if errors.As(err, &field) && !field.Setting && field.Field == "availability_zone" && p.config.Zone.ValueString() == "" && p.config.ZoneHints.ValueString() != "" {
		field.Field = "availability_zone_hints"
	}
	return err
}

// planPlace finds the zone's cluster, pool and datastores.
func (p *planning) planPlace(ctx context.Context) error {
	if p.plan.Zone.IsUnknown() {
		return nil
	}
	if err := p.client.CheckPlacement(ctx, p.zone()); err != nil {
		return err
	}
	if !p.config.Hypervisor.IsUnknown() {
		if err := p.client.CheckHosts(ctx, p.zone(), p.config.Hypervisor.ValueString(), p.nets); err != nil {
			return err
		}
	}
	p.warnRest(ctx)
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
	if p.state != nil && p.state.UserData.Equal(p.plan.UserData) && p.state.Metadata.Equal(p.plan.Metadata) || !crud.Known(p.plan.UserData, p.plan.Metadata, p.plan.Personality) {
		return nil
	}
	s := p.plan.server()
	_, err := vmspec.Guestinfo(vmspec.Guest{ID: s.ID, Name: s.Name, Metadata: s.Metadata, UserData: s.UserData, Personality: s.Personality})
	return err
}

// warnFiles says that files would be lost: cloud-init takes one list of files, and the user's goes before what the guest is told beside it. A
// config drive has the files as such.
func (p *planning) warnFiles(ctx context.Context) {
	had := p.state != nil && len(p.replaced) == 0 && p.state.UserData.Equal(p.plan.UserData) && p.state.Personality.Equal(p.plan.Personality)
	if had || p.plan.ConfigDrive.ValueBool() || len(p.plan.Personality.Elements()) == 0 || !crud.Known(p.plan.UserData) ||
		!vmspec.WritesFiles(vmspec.DecodeUserData(p.plan.UserData.ValueString())) {
		return
	}
	crud.WarnAt(ctx, path.Root("personality"), "The files of personality may not reach the guest",
		"user_data has write_files of its own, and cloud-init takes that list instead of the one that holds the files of personality. Set config_drive = true, where they are files of the drive, or write them in write_files too")
}

// planFlavor plans id and name together, and what the flavor gives. A flavor that nobody knows yet is a warning: another
// workspace may make it before the apply.
func (p *planning) planFlavor(ctx context.Context) error {
	id, name := p.config.FlavorID, p.config.FlavorName
	if id.ValueString() == "" && name.ValueString() == "" && crud.Known(id, name) {
		if p.state != nil && !p.aside.Own {
			return nil // it keeps what it has
		}
		return openstack.Wrong("flavor_name", "an instance needs a flavor: write flavor_name or flavor_id")
	}
	if !crud.Known(id, name) {
		p.unknownFlavor(id, name)
		return nil
	}
	if p.client == nil {
		return nil
	}
	flavor, err := p.client.PlannedFlavor(ctx, id.ValueString(), name.ValueString())
	switch {
	case errors.Is(err, openstack.ErrNotFound) && p.sameFlavor():
		return nil // the flavor is gone; the instance keeps what it has
	case openstack.IsUnanswered(err) && p.sameFlavor():
		crud.WarnOnce(ctx, p.client, "OpenStack does not answer", fmt.Sprintf("%s: %s. Instances keep the flavor that they have; whether it has changed is not known", p.config.flavorField(), err))
		return nil
	case errors.Is(err, openstack.ErrContradiction) && !p.unrecorded():
		return openstack.Wrong("flavor_id", "%w: write only one of flavor_id and flavor_name", err)
	case errors.Is(err, openstack.ErrNotFound):
		at := path.Root(p.config.flavorField())
		crud.WarnAt(ctx, at, "Unknown flavor", fmt.Sprintf("%s: %s. Unless somebody makes it before, the apply will fail", at, err))
		p.unknownFlavor(id, name)
		return nil
	case openstack.IsUnanswered(err):
		return openstack.Wrong(p.config.flavorField(), "%w", err)
	case err != nil:
		return err
	}
	if err := vmspec.Usable(flavor); err != nil && !p.sameFlavor() {
		return p.config.atFlavorField(err)
	}
	if flavor.Cloud != "" && !p.sameFlavor() {
		warnForeignFlavor(ctx, p.client, flavor)
	}
	p.flavor = &flavor
	p.plan.FlavorID, p.plan.FlavorName = orWritten(id, flavor.ID), orWritten(name, flavor.Name)
	if p.state != nil && (p.state.FlavorID.ValueString() != "" || p.state.FlavorName.ValueString() != "") { // an adopted instance has none
		p.plan.FlavorID, p.plan.FlavorName = keepForm(p.plan.FlavorID, p.state.FlavorID, flavor.ID), keepForm(p.plan.FlavorName, p.state.FlavorName, flavor.Name)
	}
	return nil
}

// keepForm keeps what the state has where it means the same: an argument that is empty, or was, is no change.
func keepForm(plan, state types.String, now string) types.String {
	same := func(v types.String) bool { return v.ValueString() == "" || v.ValueString() == now }
	if (plan.ValueString() == "" || state.ValueString() == "") && same(plan) && same(state) {
		return state
	}
	return plan
}

// unknownFlavor leaves open what follows from the flavor, as far as it was not written.
func (p *planning) unknownFlavor(id, name types.String) {
	p.forgetShape()
	if id.IsNull() {
		p.plan.FlavorID = types.StringUnknown()
	}
	if name.IsNull() {
		p.plan.FlavorName = types.StringUnknown()
	}
}

// sameFlavor says that the instance exists and its flavor is not to change.
func (p *planning) sameFlavor() bool {
	same := func(config, state types.String) bool {
		return config.ValueString() == "" || config.Equal(state)
	}
	return p.state != nil && same(p.config.FlavorID, p.state.FlavorID) && same(p.config.FlavorName, p.state.FlavorName)
}

func (p *planning) planImage(ctx context.Context) error {
	id, name := p.config.ImageID, p.config.ImageName
	if id.ValueString() == "" && name.ValueString() == "" && crud.Known(id, name, p.config.BlockDevice) {
		id = imageOf(p.config.BlockDevice)
	}
	if !crud.Known(id, name) {
		return nil
	}
	field := "image_name"
	if id.ValueString() != "" {
		field = "image_id"
	} else if name.ValueString() == "" {
		return openstack.Wrong("image_name", "an instance needs an image: write image_name or image_id")
	}
	image, err := p.client.BootImage(ctx, id.ValueString(), name.ValueString())
	if err != nil {
		return openstack.Wrong(field, "%w", err)
	}
	if err := p.config.atImage(vmspec.Bootable(image)); err != nil {
		return err
	}
	p.image = &image
	p.plan.ImageID, p.plan.ImageName = orWritten(p.config.ImageID, image.ID), orWritten(name, image.Name)
	if from := imageOf(p.config.BlockDevice); crud.Known(from) && from.ValueString() != "" && from.ValueString() != image.ID {
		return openstack.Wrong("block_device[0]", "its image %s is not the instance's image %s (%s): a local disk with an image is the root disk, so both must name the same", from.ValueString(), image.Name, image.ID)
	}
	return nil
}

// checkKeyPair warns of a key pair that nobody knows yet.
func (p *planning) checkKeyPair(ctx context.Context) error {
	if p.plan.KeyPair.ValueString() == "" || !crud.Known(p.plan.KeyPair) {
		return nil
	}
	err := p.client.KeyPairPlanned(ctx, p.plan.KeyPair.ValueString())
	if errors.Is(err, openstack.ErrNotFound) {
		crud.WarnAt(ctx, path.Root("key_pair"), "Unknown key pair", fmt.Sprintf("key_pair: %s. Unless somebody makes it before, the apply will fail", err))
		return nil
	}
	if openstack.IsUnanswered(err) {
		return openstack.Wrong("key_pair", "%w", err)
	}
	return err
}
