// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

type floatingIPModel struct {
	labelledModel
	Tenant    types.String   `tfsdk:"tenant_id"`
	Pool      types.String   `tfsdk:"pool"`
	NetworkID types.String   `tfsdk:"network_id"`
	Address   types.String   `tfsdk:"address"`
	SubnetID  types.String   `tfsdk:"subnet_id"`
	SubnetIDs types.List     `tfsdk:"subnet_ids"`
	PortID    types.String   `tfsdk:"port_id"`
	FixedIP   types.String   `tfsdk:"fixed_ip"`
	DNSName   types.String   `tfsdk:"dns_name"`
	DNSDomain types.String   `tfsdk:"dns_domain"`
	Timeouts  timeouts.Value `tfsdk:"timeouts"`
}

// floatingIP converts the planned values, as far as they are known.
func (m floatingIPModel) floatingIP() openstack.FloatingIP {
	f := openstack.FloatingIP{ID: m.ID.ValueString(), NetworkID: m.NetworkID.ValueString(), Address: m.Address.ValueString(),
		SubnetID: m.SubnetID.ValueString(), PortID: m.PortID.ValueString(), FixedIP: m.FixedIP.ValueString(),
		Description: m.Description.ValueString(), DNSName: m.DNSName.ValueString(), DNSDomain: m.DNSDomain.ValueString(),
		Tags: crud.Strings(m.Tags)}
	if crud.Known(m.SubnetIDs) {
		f.SubnetIDs = texts(m.SubnetIDs)
	}
	return f
}

func (m floatingIPModel) with(f openstack.FloatingIP) floatingIPModel {
	m.ID, m.NetworkID = types.StringValue(f.ID), types.StringValue(f.NetworkID)
	m.withCommon(f.Description, f.Tags)
	m.Address, m.SubnetID = crud.Written(m.Address, f.Address), crud.Written(m.SubnetID, f.SubnetID)
	m.PortID = leads(m.PortID, f.PortID)
	if m.FixedIP = leads(m.FixedIP, f.FixedIP); crud.WrittenEmpty(m.PortID) {
		m.FixedIP = leads(m.FixedIP, "") // it goes with the port, which is another resource's to say
	}
	m.DNSName, m.DNSDomain = types.StringValue(f.DNSName), types.StringValue(f.DNSDomain)
	if m.SubnetIDs.IsNull() {
		m.SubnetIDs = types.ListNull(types.StringType)
	}
	return m
}

// leads returns what a floating IP leads to as a value: null for nothing, and empty where that is written.
func leads(was types.String, now string) types.String {
	if crud.WrittenEmpty(was) {
		return was
	}
	if now == "" {
		return types.StringNull()
	}
	return types.StringValue(now)
}
