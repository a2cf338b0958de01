// SPDX-License-Identifier: MPL-2.0

package instance

import (
	"context"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/ports"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
)

// replug updates the VM between its ports: new NICs get their ports before, removed NICs lose theirs afterwards. Either way the guest
// gets the configuration of all NICs anew.
func (r instance) replug(ctx context.Context, plan, state model.Instance, want servers.Update, key machine.Key,
	unfinished bool) (openstack.Server, error) {
	blocks, had := model.Networks(plan.Network), state.NICs()
	groups, err := r.GroupIDs(ctx, want.SecurityGroups)
	if err != nil {
		return openstack.Server{}, err
	}
	if err := r.CanUnplug(ctx, had...); err != nil {
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
			plug := ports.OfBlock(blocks[i], i)
			plug.NIC, plug.Network, plug.Groups = nic, network, groups
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
		want.Drive, err = r.missingDrive(ctx, plan)
	}
	var server openstack.Server
	if err == nil {
		server, err = r.Client.Servers.Update(ctx, key, want)
	}
	if err != nil {
		r.unplugAbsent(context.WithoutCancel(ctx), key, fresh)
		return server, err
	}
	r.UnplugAll(context.WithoutCancel(ctx), key.ID, had)
	return server, nil
}

// refreshGuestNetwork fills NICs with the present data of their ports and subnets.
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
		r.Fill(&nics[i], network, ports[at], subnets)
	}
	return nil
}

// unplugAbsent frees the ports of NICs that a failed update did not plug in. Where the VM cannot be read, the instance keeps them.
func (r instance) unplugAbsent(ctx context.Context, key machine.Key, nics []openstack.NIC) {
	if len(nics) == 0 {
		return
	}
	server, err := r.Client.Machines.Read(ctx, key)
	if err != nil {
		return
	}
	r.UnbookAll(ctx, key.ID, slices.DeleteFunc(nics, func(n openstack.NIC) bool {
		return slices.ContainsFunc(server.NICs, func(h openstack.NIC) bool { return h.MAC == n.MAC })
	}))
}
