package instance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// instanceMoves: Nova's UUID is the VM's instance UUID; the vSphere provider knows a VM by its BIOS UUID, before schema 2 by its
// inventory path and the UUID beside it, and by its managed object id. Either is read off its VM as after an import; what a VM does
// not tell stays as the other provider knew it.
var instanceMoves = []crud.StateMove[instanceModel]{
	{From: "openstack_compute_instance_v2", Convert: instanceFromPriorState},
	{From: vsphereVM, Newest: 3, Keys: []string{"moid", "uuid"}, Convert: machineFromPriorState},
}

const vsphereVM = "vsphere_virtual_machine"

// bare is an instance of which nothing is known.
func bare() (m instanceModel, err error) {
	ctx := context.Background()
	s := instanceSchema(ctx)
	state := tfsdk.State{Schema: s, Raw: tftypes.NewValue(s.Type().TerraformType(ctx), nil)}
	diags := state.SetAttribute(ctx, path.Root("id"), "")
	if diags.Append(state.Get(ctx, &m)...); diags.HasError() {
		return m, fmt.Errorf("%s", diags.Errors()[0].Detail())
	}
	return m, nil
}

func instanceFromPriorState(old crud.PriorState) (instanceModel, error) {
	m, err := bare()
	m.ID, m.Name, m.Region = types.StringValue(strings.ToLower(old.Text("id").ValueString())), old.Text("name"), old.Text("region")
	m.FlavorID, m.FlavorName, m.ImageID, m.ImageName = old.Text("flavor_id"), old.Text("flavor_name"), imageFromPriorState(old,
		"image_id"), imageFromPriorState(old, "image_name")
	m.KeyPair, m.UserData, m.AdminPass = old.Text("key_pair"), old.Text("user_data"), old.Text("admin_pass")
	m.ConfigDrive, m.Metadata, m.Tags, m.SecurityGroups = old.Bool("config_drive"), old.Map("metadata"), old.Set("tags"),
		old.Set("security_groups")
	m.AllMetadata, m.AllTags = old.Map("all_metadata"), old.Set("all_tags")
	m.ZoneHints, m.StopFirst, m.ForceDelete = old.Text("availability_zone_hints"), old.Only(true, "stop_before_destroy"),
		old.Or("force_delete", false)
	m.Timeouts = timeouts.Value{Object: old.Timeouts("create", "update", "delete")}
	m.instanceExtras = extrasFromPriorState(old)
	return m, err
}

// imageFromPriorState is an argument about the image. An instance that boots from a volume has a remark of the OpenStack provider's
// in its place.
func imageFromPriorState(old crud.PriorState, name string) types.String {
	if text := old.Text(name); !strings.HasPrefix(text.ValueString(), "Attempt to boot from volume") {
		return text
	}
	return types.StringNull()
}

func machineFromPriorState(old crud.PriorState) (instanceModel, error) {
	m, err := bare()
	m.ID, m.Name = old.Text("id"), old.Text("name")
	return m, err
}

// find reads the instance that a state is about. A moved one that is not found is no instance to make anew: it may be another vCenter.
func (r instance) find(ctx context.Context, key machine.Key, from *crud.Origin) (s openstack.Server, err error) {
	if from != nil && from.Type == vsphereVM {
		s, err = r.Client.Machines.ByBIOS(ctx, cmp.Or(from.Keys["uuid"], from.ID), from.Keys["moid"])
	} else {
		s, err = r.Client.Machines.Read(ctx, key)
	}
	if from != nil && errors.Is(err, openstack.ErrNotFound) {
		err = openstack.AttributeErrorf("id", "the instance was moved from %s, and its VM is not in this vCenter: %s. Configure the vCenter "+
			"and the "+
			"datacenter that it is in, or take it out of the state (a removed block with destroy = false)", from.Type, err)
	}
	return s, err
}

// unread refuses to plan a moved instance before its machine was read: what another provider knew of it is no measure of what differs.
func unread(from *crud.Origin) error {
	if from == nil {
		return nil
	}
	return openstack.AttributeErrorf("id", "the instance was moved from %s, and its VM has not been read since, so what differs is not "+
		"known: plan "+
		"and apply once without -refresh=false", from.Type)
}

// readBeforeDelete reads a moved instance that is to be destroyed before anything else has read it.
func (r instance) readBeforeDelete(ctx context.Context, state instanceModel, had privateState, from *crud.Origin) (instanceModel,
	privateState, error) {
	if from == nil {
		return state, had, nil
	}
	server, err := r.find(ctx, machine.Key{ID: state.ID.ValueString()}, from)
	if err != nil {
		return state, had, err
	}
	return state.with(server), privateStateOf(server), nil
}

// arrived has a moved instance continue as one that was just imported.
func arrived(ctx context.Context, from *crud.Origin, had *privateState, private crud.Private) {
	if from != nil {
		had.Imported, had.Importing = true, true
		crud.ClearOrigin(ctx, private)
	}
}

// keepUnreadable keeps, of an instance without a record, what no VM tells and another provider knew.
func (m instanceModel) keepUnreadable(s instanceModel) instanceModel {
	for _, text := range []struct {
		is  *types.String
		was types.String
	}{{&m.KeyPair, s.KeyPair}, {&m.UserData, s.UserData}, {&m.FlavorID, s.FlavorID}, {&m.FlavorName, s.FlavorName},
		{&m.ImageID, s.ImageID}, {&m.ImageName, s.ImageName}} {
		if text.is.ValueString() == "" && text.was.ValueString() != "" {
			*text.is = text.was
		}
	}
	if len(m.Metadata.Elements()) == 0 && len(s.Metadata.Elements()) > 0 {
		m.Metadata, m.AllMetadata = s.Metadata, s.AllMetadata
	}
	if len(m.Tags.Elements()) == 0 && len(s.Tags.Elements()) > 0 {
		m.Tags, m.AllTags = s.Tags, s.AllTags
	}
	return m
}

// flavorFromPriorState is the flavor that an instance without a record is to be recorded with: of the sizes that Nova described, and
// known by what a state that was moved calls it. Where one of the two is missing there is nothing to record.
func (a privateState) flavorFromPriorState(named openstack.Flavor) openstack.Flavor {
	if !a.Unrecorded || a.Flavor.VCPUs == 0 || named.ID == "" {
		return openstack.Flavor{}
	}
	is := a.Flavor
	is.ID, is.Name = named.ID, cmp.Or(named.Name, is.Name)
	return is
}
