package ports

import (
	"context"
	"errors"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// plugMade makes a port, and books its place before that, unless what passes there follows from its addresses.
func (r Plugger) plugMade(ctx context.Context, device string, wish sdn.PortRequest, s Plug, subnets []openstack.Subnet) (err error) {
	if len(s.Groups) > 0 {
		return r.plugFiltered(ctx, device, wish, s, subnets)
	}
	if wish.Port, err = r.Network.Book(ctx, wish.Port); err != nil {
		return err
	}
	port, err := r.Network.CreatePort(ctx, wish)
	if errors.Is(err, sdn.ErrPortExists) {
		if is, failed := r.Network.Port(ctx, wish.NetworkID, wish.ID); failed == nil && is.SwitchPort == wish.SwitchPort {
			return err // its place is the other's
		}
	}
	if err != nil {
		return errors.Join(err, r.Network.Unbook(context.WithoutCancel(ctx), wish.Port))
	}
	r.Fill(s.NIC, s.Network, port, subnets)
	return nil
}

// portOf is the id of the port that is made for an instance's i-th NIC, and the instance that is gone for which it was made once. It
// follows from where the instance will be: what a creation that was killed has claimed and booked is taken up again by the next one.
// Both are empty where another instance has that port.
func (r Plugger) portOf(ctx context.Context, want vcenter.ServerRequest, i int) (id, takesUp string, err error) {
	network := want.Networks[i].ID
	id = r.Client.PortID(want.Name, network, i)
	ports, err := r.Network.Ports(ctx, network)
	if err != nil {
		return "", "", err
	}
	at := slices.IndexFunc(ports, func(p openstack.Port) bool { return p.ID == id })
	if at < 0 {
		return id, "", nil
	}
	was := ports[at].DeviceID
	absent, err := r.Client.Absent(ctx, was)
	if absent && ports[at].Mark != nil { // its clone may be under way still, though who sent it is no more
		r.Client.AwaitClones(ctx, was, ports[at].Mark.At)
		absent, err = r.Client.Absent(ctx, was)
	}
	if err != nil || !absent || !ports[at].Implicit || r.Client.NameTaken(ctx, want) != nil {
		return "", "", err
	}
	return id, was, nil
}

// plugFiltered makes a port before its place is booked: what passes there follows from its addresses.
func (r Plugger) plugFiltered(ctx context.Context, device string, wish sdn.PortRequest, s Plug, subnets []openstack.Subnet) error {
	port, err := r.Network.CreatePort(ctx, wish)
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
