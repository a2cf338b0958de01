package networking

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	data "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// absent is a noun that needs more than a vCenter and the record of a physical gateway have. Its schema is whole, so that modules
// validate, and every plan with it is refused. It is in no state; one that another version has written is left alone, for what it
// speaks of may exist.
type absent struct {
	name    string // of the type, without the provider's prefix
	what    string // of the noun, in a sentence
	needs   string
	instead string // the nearest thing that there is
}

const (
	translation  = "a router that translates addresses (NAT)"
	staticRoutes = "a router that takes static routes"
	guestRoutes  = "Guests can be told routes: with novasphere_networking_subnet_route, or with the host_route blocks of their subnet"
	fixedPort    = "The nearest thing is a port on the external network (novasphere_networking_port) with a fixed IP"
)

var (
	routerRoute         = absent{"networking_router_route", "a route of a router", staticRoutes, guestRoutes}
	routerRoutes        = absent{"networking_router_routes", "a set of routes of a router", staticRoutes, guestRoutes}
	floatingIP          = absent{"networking_floatingip", "a floating IP", translation, fixedPort}
	floatingIPAssociate = absent{"networking_floatingip_associate", "the association of a floating IP", translation, fixedPort}
	portForwarding      = absent{"networking_portforwarding", "the forwarding of a floating IP's port", translation, fixedPort}
)

// RouterRoute and RouterRoutes are static routes of a router; FloatingIP, FloatingIPAssociate and PortForwarding are addresses that
// a router translates. None of them is in this version.
var (
	RouterRoute         = routerRoute.resource(routerRouteSchema)
	RouterRoutes        = routerRoutes.resource(routerRoutesSchema)
	FloatingIP          = floatingIP.resource(floatingIPSchema)
	FloatingIPAssociate = floatingIPAssociate.resource(floatingIPAssociateSchema)
	PortForwarding      = portForwarding.resource(portForwardingSchema)
	FloatingIPData      = crud.DataSource[sdn.Backend, types.Object]{Name: floatingIP.name, Schema: floatingIPDataSchema,
		Read: func(_ context.Context, _ sdn.Backend, m types.Object) (types.Object, error) {
			return m, floatingIP.refusal()
		}}
)

func (a absent) refusal() error {
	return fmt.Errorf("%s needs %s: a vCenter has no routers, and the record of a physical gateway changes nothing on it. That takes the NSX backend, which is not in this version. %s", a.what, a.needs, a.instead)
}

// resource is the noun with every verb refused.
func (a absent) resource(schema func(context.Context) schema.Schema) crud.Resource[sdn.Backend, types.Object] {
	return crud.Resource[sdn.Backend, types.Object]{
		Name: a.name, Schema: schema,
		Plan:   func(context.Context, sdn.Backend, *types.Object, *types.Object) error { return a.refusal() },
		Create: func(context.Context, sdn.Backend, types.Object) (*types.Object, error) { return nil, a.refusal() },
		Read:   func(_ context.Context, _ sdn.Backend, m types.Object) (types.Object, error) { return m, a.refusal() },
		Update: func(_ context.Context, _ sdn.Backend, _, m types.Object) (types.Object, error) { return m, a.refusal() },
		Delete: func(context.Context, sdn.Backend, types.Object) error { return a.refusal() },
		Import: func(context.Context, sdn.Backend, string) (m types.Object, err error) { return m, a.refusal() },
	}
}

// describe opens the page of the noun.
func (a absent) describe(text string) string {
	return text + " Not in this version: it needs " + a.needs + ", that is the NSX backend. The arguments are here so that modules validate; a plan with one is refused. " + a.instead + "."
}

func required(text string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: text, Required: true}
}

func optional(text string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: text, Optional: true}
}

func chosen(text string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: text, Optional: true, Computed: true}
}

// placed are the attributes that all of these have.
func placed(noun string, more map[string]schema.Attribute) map[string]schema.Attribute {
	more["id"] = schema.StringAttribute{MarkdownDescription: "The " + noun + "'s id.", Computed: true}
	more["region"] = optional("Without effect: a vCenter has no regions.")
	return more
}

func routerRouteSchema(context.Context) schema.Schema {
	return schema.Schema{MarkdownDescription: routerRoute.describe("A static route of a router."), Attributes: placed("route", map[string]schema.Attribute{
		"router_id":        required("The id of the router."),
		"destination_cidr": required("The range of addresses that it leads to."),
		"next_hop":         required("The neighbour that it leads by."),
	})}
}

func routerRoutesSchema(context.Context) schema.Schema {
	return schema.Schema{MarkdownDescription: routerRoutes.describe("All static routes of a router."),
		Attributes: placed("set of routes", map[string]schema.Attribute{"router_id": required("The id of the router.")}),
		Blocks: map[string]schema.Block{"routes": schema.SetNestedBlock{MarkdownDescription: "A route.", NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
			"destination_cidr": required("The range of addresses that it leads to."),
			"next_hop":         required("The neighbour that it leads by."),
		}}}},
	}
}

func floatingIPSchema(ctx context.Context) schema.Schema {
	return schema.Schema{MarkdownDescription: floatingIP.describe("An address of an external network that a router translates to a port's."),
		Attributes: placed("floating IP", map[string]schema.Attribute{
			"pool":        required("The name of the external network."),
			"address":     chosen("The address. Unset: one that is free."),
			"fixed_ip":    chosen("The address of the port that it leads to."),
			"port_id":     chosen("The id of the port that it leads to."),
			"subnet_id":   chosen("The id of the subnet of the external network that it comes from."),
			"subnet_ids":  schema.ListAttribute{MarkdownDescription: "The ids of subnets of the external network: the first with a free address.", Optional: true, ElementType: types.StringType},
			"description": optional("What the floating IP is for."),
			"dns_domain":  chosen("The domain of its name."),
			"dns_name":    chosen("Its host name."),
			"tags":        schema.SetAttribute{MarkdownDescription: "Labels.", Optional: true, ElementType: types.StringType},
			"all_tags":    schema.SetAttribute{MarkdownDescription: "All labels.", Computed: true, ElementType: types.StringType},
			"tenant_id":   optional("Without effect: there are no tenants."),
			"value_specs": schema.MapAttribute{MarkdownDescription: "Without effect.", Optional: true, ElementType: types.StringType},
		}),
		Blocks: map[string]schema.Block{"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true, Delete: true})},
	}
}

func floatingIPAssociateSchema(context.Context) schema.Schema {
	return schema.Schema{MarkdownDescription: floatingIPAssociate.describe("A floating IP's way to a port."), Attributes: placed("association", map[string]schema.Attribute{
		"floating_ip": required("The address of the floating IP."),
		"port_id":     required("The id of the port."),
		"fixed_ip":    chosen("The address of the port."),
	})}
}

func portForwardingSchema(ctx context.Context) schema.Schema {
	number := func(text string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: text, Required: true}
	}
	return schema.Schema{MarkdownDescription: portForwarding.describe("A TCP or UDP port of a floating IP that leads to one of a port."),
		Attributes: placed("forwarding", map[string]schema.Attribute{
			"floatingip_id":       required("The id of the floating IP."),
			"external_port":       number("The number at the floating IP."),
			"protocol":            required("`tcp`, `udp` and their like."),
			"internal_port":       number("The number at the port's address."),
			"internal_port_id":    required("The id of the port."),
			"internal_ip_address": required("The address of the port."),
			"description":         optional("What the forwarding is for."),
		}),
		Blocks: map[string]schema.Block{"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true, Delete: true})},
	}
}

func floatingIPDataSchema(context.Context) data.Schema {
	filter := func(text string) data.StringAttribute {
		return data.StringAttribute{MarkdownDescription: text, Optional: true}
	}
	found := func(text string) data.StringAttribute {
		return data.StringAttribute{MarkdownDescription: text, Computed: true}
	}
	return data.Schema{MarkdownDescription: floatingIP.describe("Finds a floating IP."), Attributes: map[string]data.Attribute{
		"id":          found("The floating IP's id."),
		"address":     filter("Its address."),
		"pool":        filter("The name of its external network."),
		"fixed_ip":    filter("The address of the port that it leads to."),
		"port_id":     filter("The id of the port that it leads to."),
		"description": filter("What it is for."),
		"status":      filter("Its state."),
		"tags":        data.SetAttribute{MarkdownDescription: "Labels that it must all have.", Optional: true, ElementType: types.StringType},
		"all_tags":    data.SetAttribute{MarkdownDescription: "All of its labels.", Computed: true, ElementType: types.StringType},
		"dns_domain":  found("The domain of its name."),
		"dns_name":    found("Its host name."),
		"region":      filter("Without effect: a vCenter has no regions."),
		"tenant_id":   filter("Without effect: there are no tenants."),
	}}
}
