// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// ServerFloatingIP leads a floating IP to an instance. The OpenStack provider had it until version 2, and many modules still do.
var ServerFloatingIP = crud.Resource[sdn.Backend, serverFloatingIPModel]{
	Name: "compute_floatingip_associate", Schema: serverFloatingIPSchema, Check: checkServerFloatingIP, Plan: planServerFloatingIP,
	PlanUnconfigured: planServerFloatingIP, Create: createServerFloatingIP, Read: readServerFloatingIP,
	Update: updateServerFloatingIP, Delete: deleteServerFloatingIP, Import: importServerFloatingIP,
}

type serverFloatingIPRequest = *crud.Request[sdn.Backend, serverFloatingIPModel]

func serverFloatingIPSchema(context.Context) schema.Schema {
	anew := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	return schema.Schema{
		MarkdownDescription: "Leads a floating IP to an instance: to its port, which `networking_floatingip_associate` names itself. It is " +
			"here for modules that were written for version 1 or 2 of the OpenStack provider. Every change but that of " +
			"`wait_until_associated` replaces it.",
		DeprecationMessage: "Use novasphere_networking_floatingip_associate, with port_id = network[0].port of the instance.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{MarkdownDescription: "`<floating_ip>/<instance_id>/<fixed_ip>`; without a `fixed_ip` it ends with " +
				"the slash.", Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
			"floating_ip": schema.StringAttribute{MarkdownDescription: "The address of the floating IP.", Required: true, PlanModifiers: anew},
			"instance_id": schema.StringAttribute{MarkdownDescription: "The id of the instance.", Required: true, PlanModifiers: anew},
			"fixed_ip": schema.StringAttribute{MarkdownDescription: "The address of the instance that it leads to. Needed where the instance " +
				"has several IPv4 addresses on subnets that have routers.", Optional: true, PlanModifiers: anew},
			"wait_until_associated": schema.BoolAttribute{MarkdownDescription: "Accepted without effect: it is recorded at once.",
				Optional: true},
			"region": crud.Region(),
		},
	}
}

type serverFloatingIPModel struct {
	ID         types.String `tfsdk:"id"`
	FloatingIP types.String `tfsdk:"floating_ip"`
	InstanceID types.String `tfsdk:"instance_id"`
	FixedIP    types.String `tfsdk:"fixed_ip"`
	Wait       types.Bool   `tfsdk:"wait_until_associated"`
	Region     types.String `tfsdk:"region"`
}

// checkServerFloatingIP refuses what no floating IP and no instance has.
func checkServerFloatingIP(m serverFloatingIPModel) error {
	if crud.WrittenEmpty(m.InstanceID) {
		return openstack.AttributeErrorf("instance_id", "it is empty: write the id of an instance")
	}
	return checkFloatingIPAssociate(floatingIPAssociateModel{FloatingIP: m.FloatingIP, FixedIP: m.FixedIP, PortID: types.StringNull()})
}

// planServerFloatingIP refuses an instance that a known floating IP cannot lead to.
func planServerFloatingIP(ctx context.Context, req serverFloatingIPRequest) error {
	backend, plan, state := req.Client, req.Plan, req.State
	if err := checkServerFloatingIP(*plan); err != nil || backend == nil {
		return err
	}
	if err := backend.CheckFloatingIPs(); err != nil {
		return err
	}
	if err := planRouting(ctx, backend); err != nil || state != nil || !crud.Known(plan.FloatingIP, plan.InstanceID, plan.FixedIP) {
		return err
	}
	plan.ID = types.StringValue(plan.key())
	want, err := plan.target(ctx, backend)
	if err != nil {
		return err
	}
	if f, err := addressed(ctx, backend, plan.FloatingIP.ValueString()); err == nil {
		want.ID, want.NetworkID, want.Address = f.ID, f.NetworkID, f.Address
	}
	_, err = backend.CheckFloatingIP(ctx, want)
	return atInstance(err)
}

// key returns the id that the OpenStack provider gave it.
func (m serverFloatingIPModel) key() string {
	return m.FloatingIP.ValueString() + "/" + m.InstanceID.ValueString() + "/" + m.FixedIP.ValueString()
}

// atInstance attaches an error about a port to the instance that has it.
func atInstance(err error) error { return asField(err, map[string]string{"port_id": "instance_id"}) }

// target returns what a floating IP is to lead to: the written address of the instance, or its only IPv4 address on a subnet that has a
// router.
func (m serverFloatingIPModel) target(ctx context.Context, backend sdn.Backend) (f openstack.FloatingIP, err error) {
	ports, err := backend.Ports(ctx, "")
	if err != nil {
		return f, err
	}
	var found, routed []openstack.FloatingIP
	for _, p := range ports {
		if p.DeviceID != m.InstanceID.ValueString() {
			continue
		}
		interfaces, err := backend.RouterInterfaces(ctx, p.NetworkID)
		if err != nil {
			return f, err
		}
		for _, ip := range p.FixedIPs {
			at, err := netip.ParseAddr(ip.Address)
			if err != nil || !at.Is4() || !fitsText(m.FixedIP, ip.Address) {
				continue
			}
			found = append(found, openstack.FloatingIP{PortID: p.ID, FixedIP: ip.Address})
			if slices.ContainsFunc(interfaces, func(i openstack.RouterInterface) bool { return slices.Contains(i.Subnets(), ip.SubnetID) }) {
				routed = append(routed, found[len(found)-1])
			}
		}
	}
	if len(routed) > 0 {
		found = routed
	}
	return oneAddress(found, m)
}

// oneAddress returns the one address that a floating IP can lead to.
func oneAddress(found []openstack.FloatingIP, m serverFloatingIPModel) (openstack.FloatingIP, error) {
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		var list []string
		for _, f := range found {
			list = append(list, f.FixedIP)
		}
		return openstack.FloatingIP{}, openstack.AttributeErrorf("fixed_ip", "the instance %s has several addresses, %s: write the one that is "+
			"meant", m.InstanceID.ValueString(), strings.Join(list, ", "))
	case m.FixedIP.ValueString() != "":
		return openstack.FloatingIP{}, openstack.AttributeErrorf("fixed_ip", "no port of the instance %s has the address %s",
			m.InstanceID.ValueString(), m.FixedIP.ValueString())
	}
	return openstack.FloatingIP{}, openstack.AttributeErrorf("instance_id",
		"no instance %s has a port with an IPv4 address: put it on a network "+
			"that has a novasphere_networking_subnet", m.InstanceID.ValueString())
}

func createServerFloatingIP(ctx context.Context, req serverFloatingIPRequest) (*serverFloatingIPModel, error) {
	backend, m := req.Client, *req.Plan
	f, err := addressed(ctx, backend, m.FloatingIP.ValueString())
	if err != nil {
		return nil, err
	}
	to, err := m.target(ctx, backend)
	if err != nil {
		return nil, err
	}
	associate := floatingIPAssociateModel{PortID: types.StringValue(to.PortID)}
	_, err = associate.lead(ctx, backend, f.ID, floatingIPAssociateModel{FixedIP: types.StringValue(to.FixedIP)}, "")
	m.ID = types.StringValue(m.key())
	return crud.Result(m, atInstance(err))
}

// readServerFloatingIP reports an association as gone where the floating IP does not lead to the instance.
func readServerFloatingIP(ctx context.Context, req serverFloatingIPRequest) (*serverFloatingIPModel, error) {
	backend, m := req.Client, *req.State
	f, err := addressed(ctx, backend, m.FloatingIP.ValueString())
	if err != nil {
		return nil, err
	}
	backend.Planned().FloatingIPs.Read(f.ID)
	if f, err = translated(ctx, backend, f, "instance_id"); err != nil {
		return nil, err
	}
	return crud.Result(m, m.leads(ctx, backend, f))
}

// leads returns ErrNotFound where a floating IP does not lead to the instance.
func (m serverFloatingIPModel) leads(ctx context.Context, backend sdn.Backend, f openstack.FloatingIP) error {
	if f.PortID != "" {
		p, err := backend.FindPort(ctx, f.PortID)
		if err != nil || p.DeviceID == m.InstanceID.ValueString() && fitsText(m.FixedIP, f.FixedIP) {
			return err
		}
	}
	return openstack.NotFound("the floating IP %s does not lead to the instance %s", f.Address, m.InstanceID.ValueString())
}

func updateServerFloatingIP(_ context.Context, req serverFloatingIPRequest) (*serverFloatingIPModel, error) {
	return req.Plan, nil
}

// deleteServerFloatingIP lets the floating IP lead nowhere, unless it leads to something else by now.
func deleteServerFloatingIP(ctx context.Context, req serverFloatingIPRequest) error {
	backend, m := req.Client, *req.State
	f, err := addressed(ctx, backend, m.FloatingIP.ValueString())
	if err == nil {
		err = m.leads(ctx, backend, f)
	}
	if err != nil {
		return err
	}
	_, err = backend.UpdateFloatingIP(ctx, f.ID, func(now *openstack.FloatingIP) error {
		if now.PortID == f.PortID {
			now.PortID, now.FixedIP = "", ""
		}
		return nil
	})
	return err
}

// importServerFloatingIP accepts the id: the address, the instance's id, and the fixed address or nothing.
func importServerFloatingIP(ctx context.Context, req serverFloatingIPRequest) (*serverFloatingIPModel, error) {
	parts := strings.Split(req.ID, "/")
	if len(parts) != 3 {
		return nil, openstack.AttributeErrorf("id", "%q is not the id of an association: write <floating_ip>/<instance_id>/<fixed_ip>", req.ID)
	}
	m := serverFloatingIPModel{ID: types.StringValue(req.ID), FloatingIP: types.StringValue(parts[0]), InstanceID: types.StringValue(parts[1])}
	if parts[2] != "" {
		m.FixedIP = types.StringValue(parts[2])
	}
	req.State = &m
	now, err := readServerFloatingIP(ctx, req)
	if err != nil {
		err = fmt.Errorf("there is no association %s: %w", req.ID, err)
	}
	return now, err
}
