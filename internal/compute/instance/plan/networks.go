// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"context"
	"errors"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/ports"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/rules"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// planNetworks plans the network of every NIC of a new instance, and returns the known ones. Terraform plans again before the apply where
// a block was unknown.
func planNetworks(ctx context.Context, in inputs) (all []openstack.Network, err error) {
	blocks, written := model.Networks(in.plan.Network), model.Networks(in.config.Network)
	if in.replacement {
		in.net.Planned().Ports.Renew(in.plan.Name.ValueString())
	}
	for i := range blocks {
		if err := checkOwnAddresses(written[i], i); err != nil {
			return nil, err
		}
		network, err := resolve(ctx, in, &blocks[i], written[i], i)
		if err != nil {
			return nil, err
		}
		if network != nil {
			all = append(all, *network)
		}
		for j, before := range blocks[:i] {
			if crud.Known(before.UUID, blocks[i].UUID) && before.UUID.Equal(blocks[i].UUID) {
				if err := rules.TwiceClaimed(written[j], written[i], j); err != nil {
					return nil, openstack.AttributeErrorf(model.NICBlock(i), "%w", err)
				}
			}
		}
	}
	setNetworks(in.plan, blocks)
	return all, nil
}

// checkOwnAddresses refuses addresses beside a port that is not plugged in yet, because it has its own. Beside a port that is plugged in,
// they come from an import.
func checkOwnAddresses(written model.Network, i int) error {
	if written.Port.ValueString() != "" && written.FixedV4.ValueString()+written.FixedV6.ValueString() != "" {
		return openstack.AttributeErrorf(model.NICBlock(i), "a port has its own addresses: write fixed_ip in the networking_port, and leave "+
			"fixed_ip_v4 and fixed_ip_v6 out here")
	}
	return nil
}

// resolve plans a block's id and name together, and announces the addresses that it claims. It returns the network, or nil while it is
// unknown.
func resolve(ctx context.Context, in inputs, block *model.Network, written model.Network, i int) (*openstack.Network, error) {
	id, name := written.UUID, written.Name
	if !crud.Known(id, name, written.Port) || in.client == nil {
		return nil, nil
	}
	if port := written.Port.ValueString(); port != "" {
		found, err := in.net.FindPort(ctx, port)
		if err == nil {
			err = in.net.CheckPlug(ctx, found)
		}
		if err != nil {
			return nil, openstack.AttributeErrorf(model.NICBlock(i), "%w", err)
		}
		if id.ValueString() == "" {
			id = types.StringValue(found.NetworkID)
		}
		if id.ValueString() != found.NetworkID {
			return nil, openstack.AttributeErrorf(model.NICBlock(i), "the port %s is on the network %s, not on %s: leave uuid out", port,
				found.NetworkID,
				id.ValueString())
		}
	}
	if id.ValueString() == "" && name.ValueString() == "" {
		return nil, openstack.AttributeErrorf(model.NICBlock(i), "it names no network: write uuid, name or port")
	}
	network, err := plannedNetwork(ctx, in, id.ValueString(), name.ValueString())
	if errors.Is(err, openstack.ErrNotFound) { // the vCenter does not show what leads out of NSX
		if out, failed := in.net.Network(ctx, id.ValueString(), name.ValueString()); failed == nil && out.Pluggable() != nil {
			err = out.Pluggable()
		}
	}
	if err == nil {
		err = network.Pluggable()
	}
	if err != nil {
		return nil, openstack.AttributeErrorf(model.NICBlock(i), "%w", err)
	}
	if network.Kind == openstack.NetworkSegment && id.ValueString() != "" && id.ValueString() != network.ID {
		return nil, openstack.AttributeErrorf(model.NICBlock(i), "%s is what vCenter calls a portgroup of the segment %s, and each switch has "+
			"one of its own: write the segment's id, uuid = %q", id.ValueString(), network.Name, network.ID)
	}
	if network.ID == "" { // the same plan makes it, and its id is known afterwards
		block.UUID, block.Name = types.StringUnknown(), name
		return &network, nil
	}
	block.UUID, block.Name = crud.Written(id, network.ID, id.ValueString()), crud.Written(name, network.Name, name.ValueString())
	if err := checkFiltered(in, network, written); err != nil {
		return nil, err
	}
	plug := ports.OfBlock(written, i)
	plug.Network = network
	port, err := ports.Plugger{Client: in.client, Network: in.net}.CheckClaim(ctx, plug)
	if err == nil {
		in.net.Planned().Ports.ExpectOf(in.plan.Name.ValueString(), port)
	}
	return &network, plug.Wrap(err)
}

// plannedNetwork returns the network that a block names as this process planned it, without an id if it is new.
func plannedNetwork(ctx context.Context, in inputs, id, name string) (openstack.Network, error) {
	if id == "" {
		if n, coming := comingNetwork(ctx, in, name); coming && n.ID == "" {
			return n, nil
		} else if coming {
			there, err := in.client.Networks.Network(ctx, n.ID, "")
			there.Name = name // a planned change gives it that name
			return there, err
		}
	}
	if in.plan.Zone.IsUnknown() {
		return in.client.Networks.Network(ctx, id, name)
	}
	return in.client.Networks.NetworkFor(ctx, in.zone(), id, name)
}

// comingNetwork returns the network of a name that this process has planned. Of several, on as many switches, it chooses the one that the
// zone reaches. Where that does not decide, and one of them does not exist yet, the creation decides.
func comingNetwork(ctx context.Context, in inputs, name string) (n openstack.Network, found bool) {
	coming := in.net.Planned().Networks.At(name)
	if len(coming) > 1 && !in.plan.Zone.IsUnknown() {
		if reached := in.client.Networks.Reached(ctx, in.zone(), coming); len(reached) > 0 {
			coming = reached
		}
	}
	switch {
	case len(coming) == 1:
		return coming[0], true
	case slices.ContainsFunc(coming, func(n openstack.Network) bool { return n.ID == "" }):
		return openstack.Network{Name: name, Kind: openstack.NetworkDistributed}, true
	}
	return n, false
}

// holdPorts records the instance's ports as this configuration's: they may go with it, and the instance that replaces it may have their
// addresses.
func holdPorts(net sdn.Backend, list types.List) {
	if net == nil {
		return
	}
	for _, nic := range model.Networks(list) {
		net.Planned().Ports.Read(nic.Port.ValueString())
	}
}

// setNetworks plans the blocks, if there are any.
func setNetworks(plan *model.Instance, blocks []model.Network) {
	if len(blocks) > 0 {
		plan.Network = model.NetworkList(blocks)
	}
}
