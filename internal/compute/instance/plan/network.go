package plan

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/ports"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/rules"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// planNetworks resolves every NIC's network. Blocks that are not known yet come again when they are, before the apply.
func (p *planning) planNetworks(ctx context.Context) error {
	blocks, written := model.Networks(p.plan.Network), model.Networks(p.config.Network)
	if p.replacement {
		p.net.Planned().Ports.Renew(p.plan.Name.ValueString())
	}
	for i := range blocks {
		if err := checkOwnAddresses(written[i], i); err != nil {
			return err
		}
		if err := p.resolve(ctx, &blocks[i], written[i], i); err != nil {
			return err
		}
		for j, before := range blocks[:i] {
			if crud.Known(before.UUID, blocks[i].UUID) && before.UUID.Equal(blocks[i].UUID) {
				if err := rules.TwiceClaimed(written[j], written[i], j); err != nil {
					return openstack.AttributeErrorf(model.NicBlock(i), "%w", err)
				}
			}
		}
	}
	p.setNetworks(blocks)
	return nil
}

// checkOwnAddresses refuses addresses beside a port that is yet to be plugged in: it has its own. Beside one that is, they are what an
// import found.
func checkOwnAddresses(written model.Network, i int) error {
	if written.Port.ValueString() != "" && written.FixedV4.ValueString()+written.FixedV6.ValueString() != "" {
		return openstack.AttributeErrorf(model.NicBlock(i), "a port has its own addresses: write fixed_ip in the networking_port, and leave "+
			"fixed_ip_v4 and "+
			"fixed_ip_v6 out here")
	}
	return nil
}

// resolve plans a block's id and name together.
func (p *planning) resolve(ctx context.Context, block *model.Network, written model.Network, i int) error {
	id, name := written.UUID, written.Name
	if !crud.Known(id, name, written.Port) || p.client == nil {
		return nil
	}
	if port := written.Port.ValueString(); port != "" {
		found, err := p.net.FindPort(ctx, port)
		if err != nil {
			return openstack.AttributeErrorf(model.NicBlock(i), "%w", err)
		}
		if id.ValueString() == "" {
			id = types.StringValue(found.NetworkID)
		}
		if id.ValueString() != found.NetworkID {
			return openstack.AttributeErrorf(model.NicBlock(i), "the port %s is on the network %s, not on %s: leave uuid out", port, found.NetworkID,
				id.ValueString())
		}
	}
	if id.ValueString() == "" && name.ValueString() == "" {
		return openstack.AttributeErrorf(model.NicBlock(i), "it names no network: write uuid, name or port")
	}
	network, err := p.plannedNetwork(ctx, id.ValueString(), name.ValueString())
	if err != nil {
		return openstack.AttributeErrorf(model.NicBlock(i), "%w", err)
	}
	if network.ID == "" { // this same plan makes it: its id is known when it is there
		block.UUID, block.Name = types.StringUnknown(), name
		p.nets = append(p.nets, network)
		return nil
	}
	block.UUID, block.Name = crud.Written(id, network.ID, id.ValueString()), crud.Written(name, network.Name, name.ValueString())
	p.nets = append(p.nets, network)
	plug := ports.OfBlock(written, i)
	plug.Network = network
	port, err := ports.Plugger{Client: p.client, Network: p.net}.CheckClaim(ctx, plug)
	if err == nil {
		p.net.Planned().Ports.ExpectOf(p.plan.Name.ValueString(), port)
	}
	return plug.Wrap(err)
}

// plannedNetwork is the network that a block names, as this process has planned it: without an id where it is to be made.
func (p *planning) plannedNetwork(ctx context.Context, id, name string) (openstack.Network, error) {
	if id == "" {
		if n, is := p.comingNetwork(ctx, name); is && n.ID == "" {
			return n, nil
		} else if is {
			there, err := p.client.Networks.Network(ctx, n.ID, "")
			there.Name = name // a change that is planned gives it that name
			return there, err
		}
	}
	if p.plan.Zone.IsUnknown() {
		return p.client.Networks.Network(ctx, id, name)
	}
	return p.client.Networks.NetworkFor(ctx, p.zone(), id, name)
}

// comingNetwork is the network of a name that this process has planned. Of several, on as many switches, that is meant which the
// zone reaches; where that does not decide, and one of them is still to be made, create decides.
func (p *planning) comingNetwork(ctx context.Context, name string) (n openstack.Network, is bool) {
	coming := p.net.Planned().Networks.At(name)
	if len(coming) > 1 && !p.plan.Zone.IsUnknown() {
		if reached := p.client.Networks.Reached(ctx, p.zone(), coming); len(reached) > 0 {
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

// holdPorts has later plans know that the instance's ports are this configuration's: they may go with it, and its successor may have their
// addresses.
func (p *planning) holdPorts() {
	if p.net == nil {
		return
	}
	for _, nic := range model.Networks(p.state.Network) {
		p.net.Planned().Ports.Read(nic.Port.ValueString())
	}
}

// setNetworks plans the blocks, where there are any.
func (p *planning) setNetworks(blocks []model.Network) {
	if len(blocks) > 0 {
		p.plan.Network = model.NetworkList(blocks)
	}
}
