package compute

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

type instanceModel struct {
	ID             types.String   `tfsdk:"id"`
	Name           types.String   `tfsdk:"name"`
	Description    types.String   `tfsdk:"description"`
	FlavorID       types.String   `tfsdk:"flavor_id"`
	FlavorName     types.String   `tfsdk:"flavor_name"`
	ImageID        types.String   `tfsdk:"image_id"`
	ImageName      types.String   `tfsdk:"image_name"`
	KeyPair        types.String   `tfsdk:"key_pair"`
	UserData       types.String   `tfsdk:"user_data"`
	Metadata       types.Map      `tfsdk:"metadata"`
	Tags           types.Set      `tfsdk:"tags"`
	SecurityGroups types.Set      `tfsdk:"security_groups"`
	PowerState     types.String   `tfsdk:"power_state"`
	WaitForIP      types.String   `tfsdk:"wait_for_ip"`
	StopFirst      types.Bool     `tfsdk:"stop_before_destroy"`
	ForceDelete    types.Bool     `tfsdk:"force_delete"`
	VCPUs          types.Int64    `tfsdk:"vcpus"`
	RAM            types.Int64    `tfsdk:"ram"`
	Disk           types.Int64    `tfsdk:"disk"`
	AccessIPv4     types.String   `tfsdk:"access_ip_v4"`
	AccessIPv6     types.String   `tfsdk:"access_ip_v6"`
	AllMetadata    types.Map      `tfsdk:"all_metadata"`
	AllTags        types.Set      `tfsdk:"all_tags"`
	Created        types.String   `tfsdk:"created"`
	Updated        types.String   `tfsdk:"updated"`
	Network        types.List     `tfsdk:"network"` // unknown where a dynamic block's for_each is: see networks
	Timeouts       timeouts.Value `tfsdk:"timeouts"`
}

type networkModel struct {
	UUID    types.String `tfsdk:"uuid"`
	Name    types.String `tfsdk:"name"`
	Port    types.String `tfsdk:"port"`
	MAC     types.String `tfsdk:"mac"`
	FixedV4 types.String `tfsdk:"fixed_ip_v4"`
	FixedV6 types.String `tfsdk:"fixed_ip_v6"`
	Access  types.Bool   `tfsdk:"access_network"`
}

var networkType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"uuid": types.StringType, "name": types.StringType, "port": types.StringType, "mac": types.StringType,
	"fixed_ip_v4": types.StringType, "fixed_ip_v6": types.StringType, "access_network": types.BoolType,
}}

// networks are a list's blocks, none where the list is not known.
func networks(list types.List) (out []networkModel) {
	if known(list) {
		_ = list.ElementsAs(context.Background(), &out, false) // every field takes null and unknown
	}
	return out
}

// networkList is the list of some blocks.
func networkList(blocks []networkModel) types.List {
	list, _ := types.ListValueFrom(context.Background(), networkType, blocks) // the fields are those of the type
	return list
}

// unrecorded says that nothing is known of what the instance was made from: it was adopted.
func (m instanceModel) unrecorded() bool {
	return m.ImageID.ValueString() == "" && m.ImageName.ValueString() == ""
}

// flavorField is the argument that names the flavor. A plan holds both, unless the flavor is not known yet.
func (m instanceModel) flavorField() string {
	if m.FlavorName.ValueString() == "" {
		return "flavor_id"
	}
	return "flavor_name"
}

// imageField is the argument that names the image, likewise.
func (m instanceModel) imageField() string {
	if m.ImageID.ValueString() == "" {
		return "image_name"
	}
	return "image_id"
}

// atFlavor moves an error about an extra spec to where the instance names the flavor that has it.
func (m instanceModel) atFlavor(f openstack.Flavor, err error) error {
	var field *openstack.FieldError
	if errors.As(err, &field) && field.Field == "extra_specs" {
		return openstack.Wrong(m.flavorField(), "the flavor %s cannot be used: %w", f.Name, err)
	}
	return err
}

// server is the instance that the model asks for. The flavor, image and networks are names only.
func (m instanceModel) server() openstack.Server {
	s := openstack.Server{
		ID: m.ID.ValueString(), Name: m.Name.ValueString(), Description: m.Description.ValueString(), ImageID: m.ImageID.ValueString(), ImageName: m.ImageName.ValueString(),
		KeyPair: m.KeyPair.ValueString(), UserData: vmspec.DecodeUserData(m.UserData.ValueString()), Metadata: stringMap(m.Metadata), Tags: stringSet(m.Tags),
		PowerState: m.PowerState.ValueString(), Flavor: openstack.Flavor{ID: m.FlavorID.ValueString(), Name: m.FlavorName.ValueString()},
	}
	for _, n := range networks(m.Network) {
		s.NICs = append(s.NICs, openstack.NIC{NetworkID: n.UUID.ValueString(), NetworkName: n.Name.ValueString(), Port: n.Port.ValueString(), MAC: n.MAC.ValueString(), Access: n.Access.ValueBool()})
	}
	return s
}

// with is the model brought up to what the instance is. Addresses that the guest does not report (any more) stay as last known.
func (m instanceModel) with(s openstack.Server) instanceModel {
	m.ID, m.Name, m.Description = types.StringValue(s.ID), types.StringValue(s.Name), keepEmpty(m.Description, s.Description)
	m.FlavorID, m.FlavorName = emptyOr(m.FlavorID, s.Flavor.ID), emptyOr(m.FlavorName, s.Flavor.Name)
	m.ImageID, m.ImageName = emptyOr(m.ImageID, s.ImageID), emptyOr(m.ImageName, s.ImageName)
	m.KeyPair = keepEmpty(m.KeyPair, s.KeyPair)
	if m.UserData.IsNull() && s.UserData != "" { // an import; otherwise what the user wrote stays, in the form he wrote it
		m.UserData = types.StringValue(s.UserData)
	}
	m.Metadata, m.Tags = keepEmptyMap(m.Metadata, s.Metadata), keepEmptySet(m.Tags, s.Tags)
	m.AllMetadata, m.AllTags = mapValue(s.Metadata), setValue(s.Tags)
	m.PowerState = types.StringValue(s.PowerState)
	m.VCPUs, m.RAM, m.Disk = types.Int64Value(s.VCPUs), types.Int64Value(s.RAM), types.Int64Value(s.Disk)
	m.AccessIPv4, m.AccessIPv6 = lastKnown(m.AccessIPv4, s.AccessIPv4), lastKnown(m.AccessIPv6, s.AccessIPv6)
	m.Created, m.Updated = timeValue(s.Created), timeValue(s.Updated)
	if own := s.Plugged(); len(own) > 0 {
		m.Network = networkList(networksWith(networks(m.Network), own))
	}
	return m
}

func timeValue(t time.Time) types.String { return types.StringValue(t.UTC().Format(time.RFC3339)) }

// lastKnown is the new address, or the old one where there is none.
func lastKnown(was types.String, now string) types.String {
	if now == "" && !was.IsNull() && !was.IsUnknown() {
		return was
	}
	return types.StringValue(now)
}

// networksWith joins the blocks with the NICs, in order. What the user wrote stays as he wrote it.
func networksWith(was []networkModel, nics []openstack.NIC) []networkModel {
	out := make([]networkModel, len(nics))
	for i, nic := range nics {
		n := networkModel{Access: types.BoolNull()}
		if i < len(was) {
			n = was[i]
		} else if nic.Access {
			n.Access = types.BoolValue(true)
		}
		n.UUID, n.Name = orWritten(n.UUID, nic.NetworkID), orWritten(n.Name, nic.NetworkName)
		n.Port, n.MAC = types.StringValue(nic.Port), types.StringValue(nic.MAC)
		n.FixedV4, n.FixedV6 = lastKnown(n.FixedV4, first(nic.IPv4)), lastKnown(n.FixedV6, first(nic.IPv6))
		out[i] = n
	}
	return out
}

// orWritten keeps an empty string that the user wrote, and a name that could not be looked up.
func orWritten(was types.String, now string) types.String {
	if now == "" && !was.IsNull() && !was.IsUnknown() {
		return was
	}
	return emptyOr(was, now)
}

// emptyOr keeps an empty string that the user wrote.
func emptyOr(was types.String, now string) types.String {
	if !was.IsNull() && !was.IsUnknown() && was.ValueString() == "" {
		return was
	}
	return types.StringValue(now)
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
