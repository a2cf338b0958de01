package ports

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// Plug gives a NIC its port's MAC and addresses. A named port becomes the instance's; on a network with subnets one is made, which
// goes with the instance; on any other network the NIC has a port by name only, as Nova's VMware driver gives it.
func (r Plugger) Plug(ctx context.Context, device string, s Plug) error {
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
		Implicit: true, Groups: s.Groups}, TakesUp: s.takesUp}
	wish.FixedIPs = s.Addresses
	foreseen := openstack.Port{NetworkID: s.Network.ID, FixedIPs: wish.FixedIPs}
	defer r.Network.Planned().Ports.Done(foreseen)
	switch {
	case len(subnets) == 0 && len(wish.FixedIPs) > 0:
		return s.Wrap(fmt.Errorf("the network %s has no subnets, so %s is no address of it: make a networking_subnet on it, which is waited "+
			"for where the same apply makes it (depends_on has it made first), or leave the address out", s.Network.Name, wish.FixedIPs[0].Address))
	case len(subnets) == 0 && len(s.Groups) > 0:
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

// plugAll plugs every NIC of an instance that is made. Where one fails, the others are unplugged again.
func (r Plugger) PlugAll(ctx context.Context, want vcenter.ServerRequest, groups []string, blocks []model.Network) error {
	for i := range want.NICs {
		s := OfBlock(blocks[i], i)
		s.NIC, s.Network, s.Groups = &want.NICs[i], want.Networks[i], groups
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
