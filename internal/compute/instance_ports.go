package compute

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// sockets are what a NIC needs to be plugged in: the vCenter, and the network service; and where instances are counted. All are nil while
// the provider's configuration is not known.
type sockets struct {
	client *vcenter.Client
	net    sdn.Backend
	ledger *ledger // of what instances take of their zones
}

// Sockets hands them to the resources that plug NICs in.
func Sockets(client *vcenter.Client, net sdn.Backend) any { return sockets{client, net, newLedger()} }

// socket is where one network block's NIC is plugged in: a port that is named, or one that is made for the instance.
type socket struct {
	block   networkModel
	nic     *openstack.NIC
	network openstack.Network
	at      string   // the attribute that asks for it, for errors
	groups  []string // security groups of a port that is made for it

	port    string // the id of a port that is made for it; empty: any
	takesUp string // the instance for which that port was made once, and which is gone
}

// plug gives a NIC its port's MAC and addresses. A named port becomes the instance's; on a network with subnets one is made, which
// goes with the instance; on any other network the NIC has a port by name only, as Nova's VMware driver gives it.
func (r sockets) plug(ctx context.Context, device string, s socket) error {
	ctx, done := openstack.Unbroken(ctx, r.client.Patience()) // half a port is nobody's
	defer done()
	if id := s.block.Port.ValueString(); id != "" {
		return s.wrap(r.plugNamed(ctx, device, id, s))
	}
	subnets, err := sdn.AwaitSubnets(ctx, r.net, s.network.ID, s.block.addresses())
	if err != nil {
		return s.wrap(err)
	}
	wish := sdn.Wish{Port: openstack.Port{ID: cmp.Or(s.port, uuid.NewString()), NetworkID: s.network.ID, DeviceID: device, Implicit: true, Groups: s.groups}, TakesUp: s.takesUp}
	wish.FixedIPs = s.block.addresses()
	foreseen := openstack.Port{NetworkID: s.network.ID, FixedIPs: wish.FixedIPs}
	defer r.net.Planned().Ports.Done(foreseen)
	switch {
	case len(subnets) == 0 && len(wish.FixedIPs) > 0:
		return s.wrap(fmt.Errorf("the network %s has no subnets, so %s is no address of it: make a networking_subnet on it, which is waited for where the same apply makes it (depends_on has it made first), or leave the address out", s.network.Name, wish.FixedIPs[0].Address))
	case len(subnets) == 0 && len(s.groups) > 0:
		return unaddressed(s.network.Name)
	case len(subnets) == 0:
		return nil
	}
	if err = r.plugMade(ctx, device, wish, s, subnets); errors.Is(err, sdn.ErrPortExists) { // another process makes an instance of this name
		wish.ID, wish.TakesUp = uuid.NewString(), ""
		err = r.plugMade(ctx, device, wish, s, subnets)
	}
	return s.wrap(err)
}

// plugMade makes a port, and books its place before that, unless what passes there follows from its addresses.
func (r sockets) plugMade(ctx context.Context, device string, wish sdn.Wish, s socket, subnets []openstack.Subnet) (err error) {
	if len(s.groups) > 0 {
		return r.plugFiltered(ctx, device, wish, s, subnets)
	}
	if wish.Port, err = r.net.Book(ctx, wish.Port); err != nil {
		return err
	}
	port, err := r.net.CreatePort(ctx, wish)
	if errors.Is(err, sdn.ErrPortExists) {
		if is, failed := r.net.Port(ctx, wish.NetworkID, wish.ID); failed == nil && is.SwitchPort == wish.SwitchPort {
			return err // its place is the other's
		}
	}
	if err != nil {
		return errors.Join(err, r.net.Unbook(context.WithoutCancel(ctx), wish.Port))
	}
	r.fill(s.nic, s.network, port, subnets)
	return nil
}

// portOf is the id of the port that is made for an instance's i-th NIC, and the instance that is gone for which it was made once. It
// follows from where the instance will be: what a creation that was killed has claimed and booked is taken up again by the next one.
// Both are empty where another instance has that port.
func (r sockets) portOf(ctx context.Context, want vcenter.ServerRequest, i int) (id, takesUp string, err error) {
	network := want.Networks[i].ID
	id = r.client.PortID(want.Name, network, i)
	ports, err := r.net.Ports(ctx, network)
	if err != nil {
		return "", "", err
	}
	at := slices.IndexFunc(ports, func(p openstack.Port) bool { return p.ID == id })
	if at < 0 {
		return id, "", nil
	}
	was := ports[at].DeviceID
	absent, err := r.client.Absent(ctx, was)
	if absent && ports[at].Mark != nil { // its clone may be under way still, though who sent it is no more
		r.client.AwaitClones(ctx, was, ports[at].Mark.At)
		absent, err = r.client.Absent(ctx, was)
	}
	if err != nil || !absent || !ports[at].Implicit || r.client.NameTaken(ctx, want) != nil {
		return "", "", err
	}
	return id, was, nil
}

// plugFiltered makes a port before its place is booked: what passes there follows from its addresses.
func (r sockets) plugFiltered(ctx context.Context, device string, wish sdn.Wish, s socket, subnets []openstack.Subnet) error {
	port, err := r.net.CreatePort(ctx, wish)
	if err = crud.Settled(ctx, err); err != nil {
		return err
	}
	booked, err := r.book(ctx, device, port)
	if err != nil {
		return errors.Join(err, crud.Settled(ctx, r.net.DeletePort(context.WithoutCancel(ctx), port.NetworkID, port.ID)))
	}
	r.fill(s.nic, s.network, booked, subnets)
	return nil
}

// book books a port's place and makes it an instance's.
func (r sockets) book(ctx context.Context, device string, port openstack.Port) (openstack.Port, error) {
	booked, err := r.net.Book(ctx, port)
	if err != nil {
		return port, err
	}
	port, err = r.net.UpdatePort(ctx, port.NetworkID, port.ID, func(w *sdn.Wish) error {
		w.DeviceID, w.SwitchPort = device, booked.SwitchPort
		return nil
	})
	if err = crud.Settled(ctx, err); err != nil {
		return port, errors.Join(err, r.net.Unbook(context.WithoutCancel(ctx), booked))
	}
	return port, nil
}

// rebook books anew what the switch has taken away since it was booked, which an elastic portgroup may do, and says whether there was any.
func (r sockets) rebook(ctx context.Context, device string, nics []openstack.NIC) (moved bool, err error) {
	for i, nic := range nics {
		if nic.SwitchPort == "" {
			continue
		}
		port, err := r.net.Port(ctx, nic.NetworkID, nic.Port)
		if err == nil {
			port, err = r.net.Book(ctx, port)
		}
		if err != nil {
			return false, err
		}
		if port.SwitchPort == nic.SwitchPort {
			continue
		}
		nics[i].SwitchPort, moved = port.SwitchPort, true
		_, err = r.net.UpdatePort(ctx, port.NetworkID, port.ID, func(w *sdn.Wish) error {
			w.DeviceID, w.SwitchPort = device, port.SwitchPort
			return nil
		})
		if err = crud.Settled(ctx, err); err != nil {
			return false, err
		}
	}
	return moved, nil
}

// wrap puts an error at the attribute.
func (s socket) wrap(err error) error {
	if err == nil {
		return nil
	}
	var field *openstack.FieldError
	if errors.As(err, &field) {
		err = field.Err
	}
	return openstack.Wrong(s.at, "%w", err)
}

// plugNamed makes a port the instance's. One that another instance has is refused, unless that is gone.
func (r sockets) plugNamed(ctx context.Context, device, id string, s socket) error {
	subnets, err := r.net.Subnets(ctx, s.network.ID)
	if err != nil {
		return err
	}
	port, err := r.vacate(ctx, device, s.network.ID, id)
	if err != nil {
		return err
	}
	if port, err = r.book(ctx, device, port); err != nil {
		return err
	}
	r.fill(s.nic, s.network, port, subnets)
	return nil
}

// vacate gives a port that may be plugged in. One that another instance has is refused; what is written there of one that is gone
// counts for nothing.
func (r sockets) vacate(ctx context.Context, device, network, id string) (openstack.Port, error) {
	port, err := r.net.Port(ctx, network, id)
	if err != nil || port.DeviceID == "" || port.DeviceID == device {
		return port, err
	}
	other, err := r.client.ServerByID(ctx, port.DeviceID)
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
func (r sockets) fill(nic *openstack.NIC, network openstack.Network, port openstack.Port, subnets []openstack.Subnet) {
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
			lease.DNS = r.net.Resolvers()
		}
		if nic.Guest = append(nic.Guest, lease); lease.Asks {
			nic.Claimed = append(nic.Claimed, ip.Address)
		} else {
			nic.Fixed = append(nic.Fixed, ip.Address)
		}
	}
}

// plugAll plugs every NIC of an instance that is made. Where one fails, the others are unplugged again.
func (r sockets) plugAll(ctx context.Context, want vcenter.ServerRequest, groups []string, blocks []networkModel) error {
	for i := range want.NICs {
		s := socket{block: blocks[i], nic: &want.NICs[i], network: want.Networks[i], at: nicBlock(i), groups: groups}
		var err error
		if s.block.Port.ValueString() == "" {
			s.port, s.takesUp, err = r.portOf(ctx, want, i)
		}
		if err == nil {
			err = r.plug(ctx, want.ID, s)
		}
		if err != nil {
			r.unbookAll(context.WithoutCancel(ctx), want.ID, want.NICs[:i])
			return err
		}
	}
	return nil
}

// unbookAll is unplugAll for NICs that were never connected.
func (r sockets) unbookAll(ctx context.Context, device string, nics []openstack.NIC) {
	for _, nic := range nics {
		if err := r.net.Unbook(ctx, openstack.Port{ID: nic.Port, NetworkID: nic.NetworkID, SwitchPort: nic.SwitchPort}); err != nil {
			crud.Warn(ctx, "A port of the switch is left booked", fmt.Sprintf("The switch's port %s bears the name %s, and no instance has it: %s", nic.SwitchPort, nic.Port, err))
		}
	}
	r.unplugAll(ctx, device, nics)
}

// unplugAll frees the ports of NICs that are no more: those that were made for the instance go, the others are anybody's again.
// What fails is a warning: the data source of ports lists what is left.
func (r sockets) unplugAll(ctx context.Context, device string, nics []openstack.NIC) {
	for _, nic := range nics {
		if err := crud.Settled(ctx, r.unplug(ctx, device, nic)); err != nil && !errors.Is(err, openstack.ErrNotFound) {
			crud.Warn(ctx, "A port is left over", fmt.Sprintf("The port %s of the instance %s could not be freed: %s. The data source novasphere_networking_ports lists it, and it can be imported and deleted", nic.Port, device, err))
		}
	}
}

func (r sockets) unplug(ctx context.Context, device string, nic openstack.NIC) error {
	ports, err := r.net.Ports(ctx, nic.NetworkID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(ports, func(p openstack.Port) bool { return p.ID == nic.Port && p.DeviceID == device })
	switch {
	case at < 0:
		return nil
	case ports[at].Implicit:
		return r.net.DeletePort(ctx, nic.NetworkID, nic.Port)
	}
	_, err = r.net.UpdatePort(ctx, nic.NetworkID, nic.Port, func(w *sdn.Wish) error {
		if w.DeviceID == device {
			w.DeviceID, w.SwitchPort = "", ""
		}
		return nil
	})
	return err
}

// checkAddress refuses a fixed address that is none.
func checkAddress(name, value string, six bool) error {
	if value == "" {
		return nil
	}
	at, err := netip.ParseAddr(value)
	switch {
	case err != nil || at.Is6() != six:
		return fmt.Errorf("%s = %q is not an address of that version", name, value)
	case at.String() != value:
		return fmt.Errorf("%s = %q is written as %s", name, value, at)
	}
	return nil
}

// replug updates an instance: new NICs get their ports before it, those that are gone lose them after it, and where either happened
// the guest is told of all of them anew.
func (r *instance) replug(ctx context.Context, plan, state instanceModel, want openstack.Server, key vcenter.ServerKey, unfinished bool) (openstack.Server, error) {
	blocks, had := networks(plan.Network), state.server().NICs
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
			err = r.plug(ctx, key.ID, socket{block: blocks[i], nic: nic, network: network, at: nicBlock(i), groups: groups})
		}
		if err != nil {
			r.unbookAll(context.WithoutCancel(ctx), key.ID, fresh)
			return openstack.Server{}, err
		}
		fresh = append(fresh, *nic)
	}
	if want.RewriteNetwork = len(fresh)+len(had) > 0; want.RewriteNetwork {
		if err := r.retell(ctx, want.NICs); err != nil {
			return openstack.Server{}, err
		}
	}
	var drive func(openstack.Server) ([]byte, error)
	if unfinished {
		drive, err = r.finishing(ctx, plan)
	}
	var server openstack.Server
	if err == nil {
		server, err = r.client.FinishServer(ctx, key, want, drive)
	}
	if err != nil {
		r.unplugAbsent(context.WithoutCancel(ctx), key, fresh)
		return server, err
	}
	r.unplugAll(context.WithoutCancel(ctx), key.ID, had)
	return server, nil
}

// retell looks up what the ports of NICs that stay say.
func (r *instance) retell(ctx context.Context, nics []openstack.NIC) error {
	for i := range nics {
		ports, err := r.net.Ports(ctx, nics[i].NetworkID)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(ports, func(p openstack.Port) bool { return p.ID == nics[i].Port })
		if at < 0 {
			continue
		}
		subnets, err := r.net.Subnets(ctx, nics[i].NetworkID)
		if err != nil {
			return err
		}
		network, err := r.client.Networks.Network(ctx, nics[i].NetworkID, "")
		if err != nil {
			return err
		}
		r.fill(&nics[i], network, ports[at], subnets)
	}
	return nil
}

// unplugAbsent frees the ports of NICs that a failed update did not plug in. Where that cannot be seen they stay the instance's.
func (r *instance) unplugAbsent(ctx context.Context, key vcenter.ServerKey, nics []openstack.NIC) {
	if len(nics) == 0 {
		return
	}
	is, err := r.client.ReadServer(ctx, key)
	if err != nil {
		return
	}
	r.unbookAll(ctx, key.ID, slices.DeleteFunc(nics, func(n openstack.NIC) bool {
		return slices.ContainsFunc(is.NICs, func(h openstack.NIC) bool { return h.MAC == n.MAC })
	}))
}
