package instance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
)

// PortPlugger plugs NICs into ports: with the vCenter, and the network service. Both are nil while the provider's configuration is
// not known.
type PortPlugger struct {
	Client  *vcenter.Client
	Network sdn.Backend
}

// NewPortPlugger hands one to the NICs that are plugged in beside those of an instance's own blocks.
func NewPortPlugger(client *vcenter.Client, net sdn.Backend) any { return PortPlugger{client, net} }

// Plug is where a NIC is plugged in: a port that is named, or one that is made for the instance.
type Plug struct {
	NIC       *openstack.NIC
	Network   openstack.Network
	Port      string              // the id of the port that is named; empty: one is made
	Addresses []openstack.FixedIP // those that a port which is made is to have
	At        string              // the attribute that asks for it, for errors

	groups  []string // security groups of a port that is made for it
	made    string   // the id of a port that is made for it; empty: any
	takesUp string   // the instance for which that port was made once, and which is gone
}

// Plug gives a NIC its port's MAC and addresses. A named port becomes the instance's; on a network with subnets one is made, which
// goes with the instance; on any other network the NIC has a port by name only, as Nova's VMware driver gives it.
func (r PortPlugger) Plug(ctx context.Context, device string, s Plug) error {
	ctx, done := openstack.Unbroken(ctx, r.Client.Patience()) // half a port is nobody's
	defer done()
	if id := s.Port; id != "" {
		return s.Wrap(r.plugNamed(ctx, device, id, s))
	}
	subnets, err := sdn.AwaitSubnets(ctx, r.Network, s.Network.ID, s.Addresses)
	if err != nil {
		return s.Wrap(err)
	}
	wish := sdn.PortRequest{Port: openstack.Port{ID: cmp.Or(s.made, uuid.NewString()), NetworkID: s.Network.ID, DeviceID: device,
		Implicit: true, Groups: s.groups}, TakesUp: s.takesUp}
	wish.FixedIPs = s.Addresses
	foreseen := openstack.Port{NetworkID: s.Network.ID, FixedIPs: wish.FixedIPs}
	defer r.Network.Planned().Ports.Done(foreseen)
	switch {
	case len(subnets) == 0 && len(wish.FixedIPs) > 0:
		return s.Wrap(fmt.Errorf("the network %s has no subnets, so %s is no address of it: make a networking_subnet on it, which is waited "+
			"for where the same apply makes it (depends_on has it made first), or leave the address out", s.Network.Name, wish.FixedIPs[0].Address))
	case len(subnets) == 0 && len(s.groups) > 0:
		return unaddressed(s.Network.Name)
	case len(subnets) == 0:
		return nil
	}
	if err = r.plugMade(ctx, device, wish, s, subnets); errors.Is(err, sdn.ErrPortExists) { // another process makes an instance of this name
		wish.ID, wish.TakesUp = uuid.NewString(), ""
		err = r.plugMade(ctx, device, wish, s, subnets)
	}
	return s.Wrap(err)
}

// plugMade makes a port, and books its place before that, unless what passes there follows from its addresses.
func (r PortPlugger) plugMade(ctx context.Context, device string, wish sdn.PortRequest, s Plug, subnets []openstack.Subnet) (err error) {
	if len(s.groups) > 0 {
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
	r.fill(s.NIC, s.Network, port, subnets)
	return nil
}

// portOf is the id of the port that is made for an instance's i-th NIC, and the instance that is gone for which it was made once. It
// follows from where the instance will be: what a creation that was killed has claimed and booked is taken up again by the next one.
// Both are empty where another instance has that port.
func (r PortPlugger) portOf(ctx context.Context, want servers.Request, i int) (id, takesUp string, err error) {
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
	was := ports[at].DeviceID
	absent, err := r.Client.Machines.Absent(ctx, was)
	if absent && ports[at].Mark != nil { // its clone may be under way still, though who sent it is no more
		r.Client.Machines.AwaitClones(ctx, was, ports[at].Mark.At)
		absent, err = r.Client.Machines.Absent(ctx, was)
	}
	if err != nil || !absent || !ports[at].Implicit || r.Client.Servers.NameTaken(ctx, want) != nil {
		return "", "", err
	}
	return id, was, nil
}

// plugFiltered makes a port before its place is booked: what passes there follows from its addresses.
func (r PortPlugger) plugFiltered(ctx context.Context, device string, wish sdn.PortRequest, s Plug, subnets []openstack.Subnet) error {
	port, err := r.Network.CreatePort(ctx, wish)
	if err = crud.WarnPartial(ctx, err); err != nil {
		return err
	}
	booked, err := r.book(ctx, device, port)
	if err != nil {
		return errors.Join(err, crud.WarnPartial(ctx, r.Network.DeletePort(context.WithoutCancel(ctx), port.NetworkID, port.ID)))
	}
	r.fill(s.NIC, s.Network, booked, subnets)
	return nil
}

// book books a port's place and makes it an instance's.
func (r PortPlugger) book(ctx context.Context, device string, port openstack.Port) (openstack.Port, error) {
	booked, err := r.Network.Book(ctx, port)
	if err != nil {
		return port, err
	}
	port, err = r.Network.UpdatePort(ctx, port.NetworkID, port.ID, func(w *sdn.PortRequest) error {
		w.DeviceID, w.SwitchPort = device, booked.SwitchPort
		return nil
	})
	if err = crud.WarnPartial(ctx, err); err != nil {
		return port, errors.Join(err, r.Network.Unbook(context.WithoutCancel(ctx), booked))
	}
	return port, nil
}

// Rebook books anew what the switch has taken away since it was booked, which an elastic portgroup may do, and says whether there was any.
func (r PortPlugger) Rebook(ctx context.Context, device string, nics []openstack.NIC) (moved bool, err error) {
	for i, nic := range nics {
		if nic.SwitchPort == "" {
			continue
		}
		port, err := r.Network.Port(ctx, nic.NetworkID, nic.Port)
		if err == nil {
			port, err = r.Network.Book(ctx, port)
		}
		if err != nil {
			return false, err
		}
		if port.SwitchPort == nic.SwitchPort {
			continue
		}
		nics[i].SwitchPort, moved = port.SwitchPort, true
		_, err = r.Network.UpdatePort(ctx, port.NetworkID, port.ID, func(w *sdn.PortRequest) error {
			w.DeviceID, w.SwitchPort = device, port.SwitchPort
			return nil
		})
		if err = crud.WarnPartial(ctx, err); err != nil {
			return false, err
		}
	}
	return moved, nil
}

// Wrap puts an error at the attribute.
func (s Plug) Wrap(err error) error {
	if err == nil {
		return nil
	}
	var field *openstack.FieldError
	if errors.As(err, &field) {
		err = field.Err
	}
	return openstack.AttributeErrorf(s.At, "%w", err)
}

// CheckClaim refuses addresses that another port has, or is to have. It gives the port that is to be; nothing where none is claimed.
func (r PortPlugger) CheckClaim(ctx context.Context, s Plug) (openstack.Port, error) {
	port := openstack.Port{NetworkID: s.Network.ID, FixedIPs: s.Addresses}
	if s.Port != "" || len(port.FixedIPs) == 0 {
		return openstack.Port{}, nil
	}
	return port, r.Network.CheckClaim(ctx, sdn.PortRequest{Port: port})
}

// plugNamed makes a port the instance's. One that another instance has is refused, unless that is gone.
func (r PortPlugger) plugNamed(ctx context.Context, device, id string, s Plug) error {
	subnets, err := r.Network.Subnets(ctx, s.Network.ID)
	if err != nil {
		return err
	}
	port, err := r.vacate(ctx, device, s.Network.ID, id)
	if err != nil {
		return err
	}
	if port, err = r.book(ctx, device, port); err != nil {
		return err
	}
	r.fill(s.NIC, s.Network, port, subnets)
	return nil
}

// vacate gives a port that may be plugged in. One that another instance has is refused; what is written there of one that is gone
// counts for nothing.
func (r PortPlugger) vacate(ctx context.Context, device, network, id string) (openstack.Port, error) {
	port, err := r.Network.Port(ctx, network, id)
	if err != nil || port.DeviceID == "" || port.DeviceID == device {
		return port, err
	}
	other, err := r.Client.Machines.ByID(ctx, port.DeviceID)
	switch {
	case errors.Is(err, openstack.ErrNotFound):
		return port, nil
	case err != nil:
		return port, err
	case slices.ContainsFunc(other.NICs, func(n openstack.NIC) bool { return n.Port == id }):
		return port, fmt.Errorf("the port %s is plugged into the instance %s (%s): a port has one instance", id, other.Name, other.ID)
	}
	return port, nil
}

// fill tells a NIC what its network, its port and the port's subnets say.
func (r PortPlugger) fill(nic *openstack.NIC, network openstack.Network, port openstack.Port, subnets []openstack.Subnet) {
	nic.MTU, nic.DNSDomain = network.GuestMTU(), network.DNSDomain
	nic.Port, nic.MAC, nic.Named, nic.SwitchPort = port.ID, port.MAC, !port.Implicit, port.SwitchPort
	nic.Fixed, nic.Claimed, nic.Guest, nic.DNSName = nil, nil, nil, port.DNSName
	for _, ip := range port.FixedIPs {
		at := slices.IndexFunc(subnets, func(s openstack.Subnet) bool { return s.ID == ip.SubnetID })
		if at < 0 {
			continue
		}
		lease := sdn.LeaseOf(subnets[at], ip.Address)
		if sdn.Unresolved(subnets[at]) {
			lease.DNS = r.Network.Resolvers()
		}
		if nic.Guest = append(nic.Guest, lease); lease.Asks {
			nic.Claimed = append(nic.Claimed, ip.Address)
		} else {
			nic.Fixed = append(nic.Fixed, ip.Address)
		}
	}
}

// plugAll plugs every NIC of an instance that is made. Where one fails, the others are unplugged again.
func (r PortPlugger) plugAll(ctx context.Context, want servers.Request, groups []string, blocks []networkModel) error {
	for i := range want.NICs {
		s := blocks[i].plug(i)
		s.NIC, s.Network, s.groups = &want.NICs[i], want.Networks[i], groups
		var err error
		if s.Port == "" {
			s.made, s.takesUp, err = r.portOf(ctx, want, i)
		}
		if err == nil {
			err = r.Plug(ctx, want.ID, s)
		}
		if err != nil {
			r.UnbookAll(context.WithoutCancel(ctx), want.ID, want.NICs[:i])
			return err
		}
	}
	return nil
}

// UnbookAll is UnplugAll for NICs that were never connected.
func (r PortPlugger) UnbookAll(ctx context.Context, device string, nics []openstack.NIC) {
	for _, nic := range nics {
		if err := r.Network.Unbook(ctx, openstack.Port{ID: nic.Port, NetworkID: nic.NetworkID, SwitchPort: nic.SwitchPort}); err != nil {
			crud.Warn(ctx, "A port of the switch is left booked", fmt.Sprintf("The switch's port %s bears the name %s, and no instance has "+
				"it: %s", nic.SwitchPort, nic.Port, err))
		}
	}
	r.UnplugAll(ctx, device, nics)
}

// UnplugAll frees the ports of NICs that are no more: those that were made for the instance go, the others are anybody's again.
// What fails is a warning: the data source of ports lists what is left.
func (r PortPlugger) UnplugAll(ctx context.Context, device string, nics []openstack.NIC) {
	for _, nic := range nics {
		if err := crud.WarnPartial(ctx, r.unplug(ctx, device, nic)); err != nil && !errors.Is(err, openstack.ErrNotFound) {
			crud.Warn(ctx, "A port is left over", fmt.Sprintf("The port %s of the instance %s could not be freed: %s. The data source "+
				"novasphere_networking_ports lists it, and it can be imported and deleted", nic.Port, device, err))
		}
	}
}

func (r PortPlugger) unplug(ctx context.Context, device string, nic openstack.NIC) error {
	ports, err := r.Network.Ports(ctx, nic.NetworkID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(ports, func(p openstack.Port) bool { return p.ID == nic.Port && p.DeviceID == device })
	switch {
	case at < 0:
		return nil
	case ports[at].Implicit:
		return r.Network.DeletePort(ctx, nic.NetworkID, nic.Port)
	}
	_, err = r.Network.UpdatePort(ctx, nic.NetworkID, nic.Port, func(w *sdn.PortRequest) error {
		if w.DeviceID == device {
			w.DeviceID, w.SwitchPort = "", ""
		}
		return nil
	})
	return err
}
