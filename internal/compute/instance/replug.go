package instance

import (
	"context"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// replug updates an instance: new NICs get their ports before it, those that are gone lose them after it, and where either happened
// the guest is told of all of them anew.
func (r instance) replug(ctx context.Context, plan, state instanceModel, want vcenter.ServerUpdate, key vcenter.ServerKey,
	unfinished bool) (openstack.Server, error) {
	blocks, had := networks(plan.Network), state.nics()
	groups, err := r.groupIDs(ctx, want.SecurityGroups)
	if err != nil {
		return openstack.Server{}, err
	}
	var fresh []openstack.NIC
	for i := range want.NICs {
		nic := &want.NICs[i]
		if nic.MAC != "" {
			had = slices.DeleteFunc(had, func(n openstack.NIC) bool { return n.MAC == nic.MAC })
			continue
		}
		network, err := r.networkOf(ctx, *nic)
		if err == nil {
			nic.NetworkID, nic.NetworkName = network.ID, network.Name
			plug := blocks[i].plug(i)
			plug.NIC, plug.Network, plug.groups = nic, network, groups
			err = r.Plug(ctx, key.ID, plug)
		}
		if err != nil {
			r.UnbookAll(context.WithoutCancel(ctx), key.ID, fresh)
			return openstack.Server{}, err
		}
		fresh = append(fresh, *nic)
	}
	if want.RewriteNetwork = len(fresh)+len(had) > 0; want.RewriteNetwork {
		if err := r.refreshGuestNetwork(ctx, want.NICs); err != nil {
			return openstack.Server{}, err
		}
	}
	if unfinished {
		want.Drive, err = r.finishing(ctx, plan)
	}
	var server openstack.Server
	if err == nil {
		server, err = r.Client.UpdateServer(ctx, key, want)
	}
	if err != nil {
		r.unplugAbsent(context.WithoutCancel(ctx), key, fresh)
		return server, err
	}
	r.UnplugAll(context.WithoutCancel(ctx), key.ID, had)
	return server, nil
}

// refreshGuestNetwork looks up what the ports of NICs that stay say.
func (r instance) refreshGuestNetwork(ctx context.Context, nics []openstack.NIC) error {
	for i := range nics {
		ports, err := r.Network.Ports(ctx, nics[i].NetworkID)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(ports, func(p openstack.Port) bool { return p.ID == nics[i].Port })
		if at < 0 {
			continue
		}
		subnets, err := r.Network.Subnets(ctx, nics[i].NetworkID)
		if err != nil {
			return err
		}
		network, err := r.Client.Networks.Network(ctx, nics[i].NetworkID, "")
		if err != nil {
			return err
		}
		r.fill(&nics[i], network, ports[at], subnets)
	}
	return nil
}

// unplugAbsent frees the ports of NICs that a failed update did not plug in. Where that cannot be seen they stay the instance's.
func (r instance) unplugAbsent(ctx context.Context, key vcenter.ServerKey, nics []openstack.NIC) {
	if len(nics) == 0 {
		return
	}
	is, err := r.Client.ReadServer(ctx, key)
	if err != nil {
		return
	}
	r.UnbookAll(ctx, key.ID, slices.DeleteFunc(nics, func(n openstack.NIC) bool {
		return slices.ContainsFunc(is.NICs, func(h openstack.NIC) bool { return h.MAC == n.MAC })
	}))
}
