// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"errors"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// TrunkData finds one trunk.
var TrunkData = crud.DataSource[sdn.Backend, trunkDataModel]{Name: "networking_trunk", Schema: trunkDataSchema, Read: readTrunkData}

func trunkDataSchema(context.Context) schema.Schema {
	attributes := projectFilters()
	maps.Copy(attributes, map[string]schema.Attribute{
		"id":             schema.StringAttribute{MarkdownDescription: "The trunk's id.", Computed: true},
		"trunk_id":       askedText("The trunk's id."),
		"name":           askedText("The trunk's name."),
		"description":    askedText("What the trunk is for."),
		"port_id":        askedText("The id of the port that carries the others."),
		"admin_state_up": askedFlag("Whether the sub ports' traffic passes."),
		"status":         askedText("`ACTIVE` where it is up and an instance has its port, else `DOWN`."),
		"tags":           askedTags(),
		"all_tags":       schema.SetAttribute{MarkdownDescription: "Its tags.", Computed: true, ElementType: types.StringType},
		"sub_port": schema.ListNestedAttribute{MarkdownDescription: "The ports whose traffic goes through the trunk.", Computed: true,
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"port_id":           schema.StringAttribute{MarkdownDescription: "The id of the port.", Computed: true},
				"segmentation_type": schema.StringAttribute{MarkdownDescription: "`vlan` or `inherit`.", Computed: true},
				"segmentation_id":   schema.Int64Attribute{MarkdownDescription: "The VLAN.", Computed: true}}}},
	})
	return schema.Schema{MarkdownDescription: "Finds one trunk by all that is written.", Attributes: attributes}
}

type trunkDataModel struct {
	projectFilter
	ID          types.String   `tfsdk:"id"`
	TrunkID     types.String   `tfsdk:"trunk_id"`
	Name        types.String   `tfsdk:"name"`
	Description types.String   `tfsdk:"description"`
	PortID      types.String   `tfsdk:"port_id"`
	AdminUp     types.Bool     `tfsdk:"admin_state_up"`
	Status      types.String   `tfsdk:"status"`
	Tags        types.Set      `tfsdk:"tags"`
	AllTags     types.Set      `tfsdk:"all_tags"`
	SubPorts    []subPortModel `tfsdk:"sub_port"`
}

func readTrunkData(ctx context.Context, backend sdn.Backend, m trunkDataModel) (trunkDataModel, error) {
	m.warn(ctx, backend.Planned())
	all, err := backend.Trunks(ctx)
	if err != nil {
		return m, err
	}
	statuses := map[string]string{}
	for _, t := range all {
		if statuses[t.ID], err = trunkStatus(ctx, backend, t); err != nil {
			return m, err
		}
	}
	t, err := only(all, func(t openstack.Trunk) bool { return m.fits(t, statuses[t.ID]) }, "trunk", "that fits what is written",
		func(t openstack.Trunk) string { return t.ID })
	if err != nil {
		return m, err
	}
	m.ID, m.TrunkID, m.Name, m.PortID = types.StringValue(t.ID), types.StringValue(t.ID), types.StringValue(t.Name),
		types.StringValue(t.PortID)
	m.Description, m.AdminUp, m.Status = types.StringValue(t.Description), types.BoolValue(!t.Down), types.StringValue(statuses[t.ID])
	m.AllTags, m.SubPorts = crud.SetOf(t.Tags), []subPortModel{}
	for _, s := range t.SubPorts {
		m.SubPorts = append(m.SubPorts, subPortModel{PortID: types.StringValue(s.PortID), Type: types.StringValue(s.Type),
			VLAN: types.Int64Value(s.VLAN)})
	}
	return m, nil
}

// trunkStatus returns a trunk's status in Neutron's terms.
func trunkStatus(ctx context.Context, backend sdn.Backend, t openstack.Trunk) (string, error) {
	parent, err := backend.FindPort(ctx, t.PortID)
	if errors.Is(err, openstack.ErrNotFound) {
		return "DOWN", nil
	}
	if t.Down {
		return "DOWN", err
	}
	return portStatus(parent), err
}

func (m trunkDataModel) fits(t openstack.Trunk, status string) bool {
	return fitsText(m.TrunkID, t.ID) && fitsText(m.Name, t.Name) && fitsText(m.Description, t.Description) &&
		fitsText(m.PortID, t.PortID) && fits(m.AdminUp, !t.Down) && fitsText(m.Status, status) && hasAll(t.Tags, crud.Strings(m.Tags))
}
