// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// GatewayIntentData is all that the physical gateway has to do for one router.
var GatewayIntentData = crud.DataSource[sdn.Backend, gatewayIntentModel]{Name: "networking_gateway_intent", Schema: gatewayIntentSchema,
	Read: readGatewayIntent}

func gatewayIntentSchema(context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "All that a gateway has to do for one router, in one value: interfaces with their VLANs, routes, " +
			"translation of addresses, floating IPs, port forwardings, and the rules of the security groups of the ports behind it. It is read " +
			"from the records at that moment, whichever workspace recorded them, so write `depends_on` with what the same configuration makes " +
			"and the value has to show: floating IPs, associations, forwardings, routes, rules, ports and instances. It needs the provider's " +
			"`routers`: beside a physical gateway it is what somebody has to tell that gateway, and with `routers = \"nsx\"` what NSX has been " +
			"told, by the objects in `carried_out_by`. Lists are sorted, and equal records give an equal value. While any of these resources has " +
			"a change to " +
			"make, a plan does not know the value yet: pass it on as a value, in a template for example, and never as the keys of a `for_each`. " +
			"The [guide](../guides/routers-beside-a-physical-gateway.md) feeds it to a router. Not in OpenStack.",
		Attributes: map[string]schema.Attribute{
			"id":             computedText("The router's id."),
			"region":         crud.DataRegion(),
			"router_id":      schema.StringAttribute{MarkdownDescription: "The router's id.", Required: true},
			"name":           computedText("The router's name."),
			"admin_state_up": computedFlag("`false`: the router is to pass nothing."),
			"enable_snat": computedFlag("Whether sources are translated on the way out: there is an external network, and `enable_snat` " +
				"is not `false`."),
			"external_network_id": computedText("The id of the network that leads out, or empty."),
			"external_network": schema.SingleNestedAttribute{MarkdownDescription: "The network that leads out; null where there is none.",
				Computed: true, Attributes: wireAttributes("The network's")},
			"external_addresses": intentList("The router's addresses on the external network.", externalAddressAttributes()),
			"carried_out_by": computedText("With the provider's `routers = \"nsx\"`: by which objects NSX carries this out, a tier-1 gateway, " +
				"segments, static routes and NAT rules, one line each. Empty where a physical gateway has to."),
			"interfaces": intentList("The router's addresses on the subnets behind it.", intentInterfaceAttributes()),
			"routes":     intentList("The router's static routes.", intentRouteAttributes()),
			"snat": intentList("Translation of the source of what leaves for the external network, floating IPs excepted: none or one. As in "+
				"Neutron IPv6 is not translated.", snatAttributes()),
			"floating_ips": intentList("Floating IPs that lead to a port: each is translated both ways, before `snat`.",
				intentFloatingIPAttributes()),
			"port_forwardings": intentList("Ports of floating IPs that lead to one of a port's.", intentForwardingAttributes()),
			"ports":            intentList("The ports behind the router, but for the router's own.", intentPortAttributes()),
			"rules": intentList("The rules of the security groups of these ports. Of a port with `filtered` what no rule of it allows is "+
				"dropped. Rules that match no packet are left out.", intentRuleAttributes()),
		},
	}
}

type gatewayIntentModel struct {
	ID                types.String           `tfsdk:"id"`
	RouterID          types.String           `tfsdk:"router_id"`
	Region            types.String           `tfsdk:"region"`
	Name              types.String           `tfsdk:"name"`
	AdminUp           types.Bool             `tfsdk:"admin_state_up"`
	SNATs             types.Bool             `tfsdk:"enable_snat"`
	ExternalNetworkID types.String           `tfsdk:"external_network_id"`
	ExternalNetwork   *wireModel             `tfsdk:"external_network"`
	ExternalAddresses []externalAddressModel `tfsdk:"external_addresses"`
	CarriedOut        types.String           `tfsdk:"carried_out_by"`
	Interfaces        []intentInterfaceModel `tfsdk:"interfaces"`
	Routes            []intentRouteModel     `tfsdk:"routes"`
	SNAT              []snatModel            `tfsdk:"snat"`
	FloatingIPs       []intentFloatingModel  `tfsdk:"floating_ips"`
	Forwardings       []intentForwardModel   `tfsdk:"port_forwardings"`
	Ports             []intentPortModel      `tfsdk:"ports"`
	Rules             []intentRuleModel      `tfsdk:"rules"`
}

func readGatewayIntent(ctx context.Context, backend sdn.Backend, m gatewayIntentModel) (gatewayIntentModel, error) {
	if err := planRouting(ctx, backend); err != nil {
		return m, err
	}
	intent, err := backend.GatewayIntent(ctx, m.RouterID.ValueString())
	if errors.Is(err, openstack.ErrNotFound) {
		err = openstack.AttributeErrorf("router_id", "%w", err)
	}
	if err != nil {
		return m, err
	}
	out := intentModel(intent)
	out.Region = m.Region
	return out, nil
}

// intentList is a computed list of objects.
func intentList(text string, of map[string]schema.Attribute) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{MarkdownDescription: text, Computed: true, NestedObject: schema.NestedAttributeObject{Attributes: of}}
}

func computedText(text string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: text, Computed: true}
}

func computedNumber(text string) schema.Int64Attribute {
	return schema.Int64Attribute{MarkdownDescription: text, Computed: true}
}

func computedFlag(text string) schema.BoolAttribute {
	return schema.BoolAttribute{MarkdownDescription: text, Computed: true}
}

func computedTexts(text string) schema.ListAttribute {
	return schema.ListAttribute{MarkdownDescription: text, Computed: true, ElementType: types.StringType}
}
