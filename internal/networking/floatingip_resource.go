// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// FloatingIP is an address of an external network that a router translates to a port's.
var FloatingIP = crud.Resource[sdn.Backend, floatingIPModel]{
	Name: "networking_floatingip", Schema: floatingIPSchema, Check: checkFloatingIP, Plan: planFloatingIP, PlanUnconfigured: planFloatingIP,
	Create: createFloatingIP, Read: readFloatingIP, Update: updateFloatingIP, Delete: deleteFloatingIP, Import: importFloatingIP,
	Timeouts: func(m *floatingIPModel) timeouts.Value { return m.Timeouts }, Timeout: defaultTimeout,
}

type floatingIPRequest = *crud.Request[sdn.Backend, floatingIPModel]

// poolEnv names the environment variable with the external network of floating IPs that name none, as in the OpenStack provider.
const poolEnv = "OS_POOL_NAME"

func floatingIPSchema(ctx context.Context) schema.Schema {
	kept := stringplanmodifier.UseStateForUnknown()
	chosen := func(text string, more ...planmodifier.String) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true, Computed: true,
			PlanModifiers: append([]planmodifier.String{kept}, more...)}
	}
	anew := stringplanmodifier.RequiresReplaceIfConfigured()
	attributes := common("floating IP")
	delete(attributes, "name")
	attributes["pool"] = chosen("The external network: its name or its id. It must have `external = true`, and its subnets are the pools. " +
		"Unset: what the environment variable `" + poolEnv + "` says. Another network replaces the floating IP.")
	attributes["address"] = chosen("The address, one of the external network's that nobody has. It may lie outside of the allocation pools. "+
		"Unset: one of the pools, chosen among the first that are free. A change replaces the floating IP.", anew)
	attributes["subnet_id"] = chosen("The id of the subnet of the external network that it has an address of. Unset: the oldest with IPv4 "+
		"that has a free one. A change replaces the floating IP.", anew)
	attributes["subnet_ids"] = schema.ListAttribute{MarkdownDescription: "The ids of subnets of the external network: the first that has a " +
		"free address is taken. Ids that are none of its subnets do not count. For the creation only; not together with `subnet_id`.",
		Optional: true, ElementType: types.StringType}
	attributes["port_id"] = chosen("The id of the port that it leads to. A router must have an interface on the port's subnet, and be on " +
		"the external network. Unset, or taken away: as it is, which a `networking_floatingip_associate` may have written. Changed in place.")
	attributes["fixed_ip"] = chosen("The address of the port. Needed where the port has several IPv4 addresses. Null without a port. " +
		"Changed in place.")
	for name, text := range map[string]string{"dns_name": "Its host name. Recorded. A change replaces the floating IP.",
		"dns_domain": "The domain of its name, with a dot at the end. Recorded. A change replaces the floating IP."} {
		named := chosen(text, anew)
		named.Validators = []validator.String{crud.Within(&openstack.DNSName)}
		attributes[name] = named
	}
	attributes["network_id"] = schema.StringAttribute{MarkdownDescription: "The id of the external network. Not known to the OpenStack " +
		"provider.", Computed: true, PlanModifiers: []planmodifier.String{kept}}
	return schema.Schema{
		MarkdownDescription: "A floating IP: an address of an external network, claimed beside that network so that nobody else ever has it, " +
			"and the port that it leads to. It needs the provider's `routers`. With `nsx` the tier-1 gateway of NSX translates the address; an " +
			"address that a NAT rule of somebody else has in NSX, or the tier-0's uplink, is not given. With `physical` the gateway that is there " +
			"does, and is told what to do by the data source `novasphere_networking_gateway_intent`. An instance does not change with it: its " +
			"`access_ip_v4` stays the fixed address.",
		Attributes: attributes,
		Blocks:     map[string]schema.Block{"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true, Delete: true})},
	}
}

// checkFloatingIP refuses what no external network has.
func checkFloatingIP(m floatingIPModel) error {
	for name, text := range map[string]types.String{"address": m.Address, "fixed_ip": m.FixedIP} {
		if err := checkIPv4(text); err != nil {
			return openstack.AttributeErrorf(name, "%w", err)
		}
	}
	if m.SubnetID.ValueString() != "" && len(m.SubnetIDs.Elements()) > 0 {
		return openstack.AttributeErrorf("subnet_ids", "subnet_id names the subnet already: write only one of them")
	}
	if domain := m.DNSDomain.ValueString(); domain != "" && !strings.HasSuffix(domain, ".") {
		return openstack.AttributeErrorf("dns_domain", "%q is not a whole name: write it with a dot at the end, %q", domain, domain+".")
	}
	if crud.WrittenEmpty(m.Pool) {
		return noPool()
	}
	return nil
}

func noPool() error {
	return openstack.AttributeErrorf("pool", "it is not said which external network the address is to be of: write its name, or set the "+
		"environment variable %s", poolEnv)
}

// checkIPv4 refuses a text that is not an IPv4 address as Neutron writes it.
func checkIPv4(text types.String) error {
	if err := checkFixedIP(fixedIPModel{Address: text}); err != nil {
		return err
	}
	if strings.Contains(text.ValueString(), ":") {
		return fmt.Errorf("%s is an IPv6 address, and only IPv4 addresses are translated", text.ValueString())
	}
	return nil
}

// planFloatingIP refuses what cannot be claimed or reached, and plans all that is known.
func planFloatingIP(ctx context.Context, req floatingIPRequest) error {
	backend, plan, state, config := req.Client, req.Plan, req.State, *req.Config
	plan.planCommon(ctx)
	if err := plan.planUnwritten(config, state); err != nil || backend == nil {
		return err
	}
	if err := backend.CheckFloatingIPs(); err != nil {
		return err
	}
	if err := planRouting(ctx, backend); err != nil {
		return err
	}
	want := plan.floatingIP()
	if plan.Pool.IsUnknown() {
		plan.NetworkID = types.StringUnknown()
	} else if err := plan.planPool(ctx, backend, state, &want); err != nil {
		return err
	}
	if state != nil && (want.NetworkID != state.NetworkID.ValueString() || plan.isOther(state)) {
		backend.Planned().Ports.Replace(want.ID)
		backend.Planned().FloatingIPs.Replace(want.ID)
		req.Replace(path.Root("pool"))
		return nil
	}
	return plan.planTarget(ctx, backend, config, state, want)
}

// planUnwritten plans what the configuration does not say: a new floating IP leads nowhere, an existing one stays as it is.
func (m *floatingIPModel) planUnwritten(config floatingIPModel, state *floatingIPModel) error {
	if state == nil {
		for _, one := range []struct {
			planned, written *types.String
			is               types.String
		}{{&m.DNSName, &config.DNSName, types.StringValue("")}, {&m.DNSDomain, &config.DNSDomain, types.StringValue("")},
			{&m.PortID, &config.PortID, types.StringNull()}} {
			if one.written.IsNull() {
				*one.planned = one.is
			}
		}
		if config.Pool.IsNull() {
			m.Pool = types.StringValue(os.Getenv(poolEnv))
		}
	}
	if config.FixedIP.IsNull() && !config.PortID.IsUnknown() && m.PortID.ValueString() == "" {
		m.FixedIP = types.StringNull()
	}
	switch {
	case !m.Pool.IsUnknown() && m.Pool.ValueString() == "":
		return noPool()
	case config.FixedIP.ValueString() != "" && !m.PortID.IsUnknown() && m.PortID.ValueString() == "":
		return openstack.AttributeErrorf("fixed_ip", "it is an address of a port, and the floating IP leads to none: write port_id")
	}
	return nil
}

// isOther reports whether the plan is another floating IP than the state's.
func (m floatingIPModel) isOther(state *floatingIPModel) bool {
	return !m.Address.Equal(state.Address) || !m.SubnetID.Equal(state.SubnetID) || !m.DNSName.Equal(state.DNSName) ||
		!m.DNSDomain.Equal(state.DNSDomain)
}

// planPool finds the external network of a plan. One that the same apply makes has no id yet.
func (m *floatingIPModel) planPool(ctx context.Context, backend sdn.Backend, state *floatingIPModel, want *openstack.FloatingIP) error {
	if state != nil && m.Pool.Equal(state.Pool) {
		want.NetworkID = state.NetworkID.ValueString()
		return nil
	}
	n, err := poolNetwork(ctx, backend, m.Pool.ValueString())
	planned, coming := backend.Planned().Networks.Find(m.Pool.ValueString())
	switch {
	case err == nil:
		m.NetworkID, want.NetworkID = types.StringValue(n.ID), n.ID
		return nil
	case !errors.Is(err, openstack.ErrNotFound) || !coming:
		return err
	case !planned.External:
		return openstack.AttributeErrorf("pool", "the network %s is not to be a way out: write external = true in its "+
			"novasphere_networking_network, or name another", planned.Name)
	}
	m.NetworkID = types.StringUnknown()
	return nil
}

// aims reports whether a configuration says where the floating IP leads.
func (m floatingIPModel) aims() bool {
	return m.PortID.IsUnknown() || m.FixedIP.IsUnknown() || m.PortID.ValueString()+m.FixedIP.ValueString() != ""
}

// planTarget refuses a new floating IP that cannot be made, and a port that it cannot lead to, and plans the port's address.
func (m *floatingIPModel) planTarget(ctx context.Context, backend sdn.Backend, config floatingIPModel, state *floatingIPModel,
	want openstack.FloatingIP) error {
	aims := config.aims()
	if state != nil && !aims {
		backend.Planned().Ports.Expect(want.Holder())
		return nil
	}
	if want.FixedIP = config.FixedIP.ValueString(); !aims || config.FixedIP.IsUnknown() {
		want.PortID = ""
	}
	var before openstack.FloatingIP
	if state != nil {
		before = state.floatingIP()
	}
	checked, err := checkTarget(ctx, backend, want, before)
	if err != nil {
		return err
	}
	if config.FixedIP.IsNull() && aims {
		if m.FixedIP = types.StringUnknown(); checked.FixedIP != "" {
			m.FixedIP = types.StringValue(checked.FixedIP)
		}
	}
	backend.Planned().Ports.Expect(checked.Holder())
	backend.Planned().FloatingIPs.Expect(checked)
	return nil
}

func createFloatingIP(ctx context.Context, req floatingIPRequest) (*floatingIPModel, error) {
	backend, m := req.Client, *req.Plan
	n, err := poolNetwork(ctx, backend, m.Pool.ValueString())
	if err != nil {
		return nil, err
	}
	f := m.floatingIP()
	f.NetworkID = n.ID
	defer func(planned openstack.FloatingIP) {
		backend.Planned().Ports.Done(planned.Holder())
		backend.Planned().FloatingIPs.Done(planned)
	}(f)
	var at []openstack.FixedIP
	if f.Address != "" {
		at = f.Holder().FixedIPs
	}
	if coming, _ := backend.Planned().Subnets.New(n.ID); len(coming)+len(at) > 0 {
		if _, err := sdn.AwaitSubnets(ctx, backend, n.ID, at); err != nil {
			return nil, err
		}
	}
	warnIdle(ctx, backend, f)
	if f, err = backend.CreateFloatingIP(ctx, f); f.ID == "" {
		return nil, err
	}
	made := m.with(f)
	return &made, err
}

// warnIdle warns once of equal floating IPs that lead nowhere, because an apply that was killed may have left one. It is a help only, so
// that a failure to look is none.
func warnIdle(ctx context.Context, backend sdn.Backend, f openstack.FloatingIP) {
	idle, _ := backend.IdleFloatingIPs(ctx, f)
	if len(idle) == 0 {
		return
	}
	var list []string
	for _, o := range idle[:min(len(idle), 5)] {
		list = append(list, o.Address+" ("+o.ID+o.Mark.Clause()+")")
	}
	if more := len(idle) - len(list); more > 0 {
		list = append(list, fmt.Sprintf("%d more", more))
	}
	crud.WarnOnce(ctx, backend.Planned(), "Floating IPs that lead nowhere", "Equal ones are there already: "+strings.Join(list, "; ")+
		". If an apply that was killed has left one, nothing holds it: import it under an address of its own, to use it or to destroy it. "+
		"Where all are in states, nothing is to be done. "+openstack.ImportHint("novasphere_networking_floatingip", idle[0].ID))
}

func readFloatingIP(ctx context.Context, req floatingIPRequest) (*floatingIPModel, error) {
	backend, m := req.Client, *req.State
	backend.Planned().Ports.Read(m.ID.ValueString())
	backend.Planned().FloatingIPs.Read(m.ID.ValueString())
	f, err := backend.FloatingIPOn(ctx, m.NetworkID.ValueString(), m.ID.ValueString())
	if err == nil {
		f, err = translated(ctx, backend, f, "port_id")
	}
	return crud.Result(m.with(f), err)
}

// updateFloatingIP leaves the port as it is where the configuration names none: another resource may be changing it at the same time.
func updateFloatingIP(ctx context.Context, req floatingIPRequest) (*floatingIPModel, error) {
	backend, plan, config := req.Client, *req.Plan, *req.Config
	want, aims := plan.floatingIP(), config.aims()
	f, err := backend.UpdateFloatingIP(ctx, plan.ID.ValueString(), func(f *openstack.FloatingIP) error {
		if f.Description, f.Tags = want.Description, want.Tags; aims {
			f.PortID, f.FixedIP = want.PortID, want.FixedIP
		}
		return nil
	})
	if !aims {
		f.PortID, f.FixedIP = plan.PortID.ValueString(), plan.FixedIP.ValueString()
	}
	return crud.Result(plan.with(f), err)
}

func deleteFloatingIP(ctx context.Context, req floatingIPRequest) error {
	backend, m := req.Client, *req.State
	return backend.DeleteFloatingIP(ctx, m.ID.ValueString())
}

// importFloatingIP accepts a floating IP's id.
func importFloatingIP(ctx context.Context, req floatingIPRequest) (*floatingIPModel, error) {
	backend, id := req.Client, req.ID
	m := floatingIPModel{Timeouts: noTimeouts(), SubnetIDs: types.ListNull(types.StringType)}
	f, err := backend.FloatingIP(ctx, strings.ToLower(id))
	if err != nil {
		return nil, err
	}
	n, err := backend.Network(ctx, f.NetworkID, "")
	m.Pool = types.StringValue(n.Name)
	return crud.Result(m.with(f), err)
}
