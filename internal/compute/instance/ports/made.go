// SPDX-License-Identifier: MPL-2.0

package ports

import (
	"context"
	"errors"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
)

// plugMade makes a port after booking its place on the network. A port with security groups is made first, because the filter at its
// place follows from its addresses; so is one that is an object of the network.
func (r Plugger) plugMade(ctx context.Context, device string, want sdn.PortRequest, s Request, subnets []openstack.Subnet) (err error) {
	if len(s.Groups) > 0 && !r.recordsGroups() || r.Network.PortFirst(s.Network) {
		return r.plugFirst(ctx, device, want, s, subnets)
	}
	if want.Port, err = r.Network.Book(ctx, want.Port); err != nil {
		return err
	}
	port, err := r.Network.CreatePort(ctx, want)
	if errors.Is(err, sdn.ErrPortExists) {
		if other, failed := r.Network.Port(ctx, want.NetworkID, want.ID); failed == nil && other.SwitchPort == want.SwitchPort {
			return err // the place belongs to that port
		}
	}
	if err != nil {
		return errors.Join(err, r.Network.Unbook(context.WithoutCancel(ctx), want.Port))
	}
	r.Fill(s.NIC, s.Network, port, subnets)
	return nil
}

// portOf returns the id of the port to make for an instance's i-th NIC, and the id of the deleted instance that it was made for before.
// The port's id follows from the instance's inventory path, its network and i, so that a creation takes up what an earlier one that was
// killed has claimed and booked. Both are empty where another instance has that port.
func (r Plugger) portOf(ctx context.Context, want servers.Request, i int) (id, takesUp string, err error) {
	network := want.Networks[i].ID
	id = r.Client.Machines.PortID(want.Name, network, i)
	ports, err := r.Network.Ports(ctx, network)
	if err != nil {
		return "", "", err
	}
	at := slices.IndexFunc(ports, func(p openstack.Port) bool { return p.ID == id })
	if at < 0 {
		return id, "", nil
	}
	former := ports[at].DeviceID
	absent, err := r.Client.Machines.Absent(ctx, former)
	if absent && ports[at].Mark != nil { // its clone may still be running, although the process that started it has ended
		r.Client.Machines.AwaitClones(ctx, former, ports[at].Mark.At)
		absent, err = r.Client.Machines.Absent(ctx, former)
	}
	if err != nil || !absent || !ports[at].Implicit || r.Client.Servers.NameTaken(ctx, want) != nil {
		return "", "", err
	}
	return id, former, nil
}

// plugFirst makes a port before booking its place.
func (r Plugger) plugFirst(ctx context.Context, device string, want sdn.PortRequest, s Request, subnets []openstack.Subnet) error {
	port, err := r.Network.CreatePort(ctx, want)
	if err = crud.WarnPartial(ctx, err); err != nil {
		return err
	}
	booked, err := r.book(ctx, device, port)
	if err != nil {
		return errors.Join(err, crud.WarnPartial(ctx, r.Network.DeletePort(context.WithoutCancel(ctx), port.NetworkID, port.ID)))
	}
	r.Fill(s.NIC, s.Network, booked, subnets)
	return nil
}
