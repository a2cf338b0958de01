// SPDX-License-Identifier: MPL-2.0

package ports

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
)

// Plug gives a NIC the MAC and the addresses of its port. A named port becomes the instance's; on a network with subnets a port is made,
// which goes with the instance; on any other network the NIC has only an id, as in Nova's VMware driver.
func (r Plugger) Plug(ctx context.Context, device string, s Request) error {
	ctx, done := openstack.Unbroken(ctx, r.Client.Patience()) // an interrupt must not leave a port without its instance
	defer done()
	if id := s.Port; id != "" {
		return s.Wrap(r.plugNamed(ctx, device, id, s))
	}
	subnets, err := sdn.AwaitSubnets(ctx, r.Network, s.Network.ID, s.Addresses)
	if err != nil {
		return s.Wrap(err)
	}
	named := len(s.Groups) > 0
	s.Groups = r.groupsOf(s)
	want := sdn.PortRequest{Port: openstack.Port{ID: cmp.Or(s.made, uuid.NewString()), NetworkID: s.Network.ID, DeviceID: device,
		Implicit: true, Groups: s.Groups}, TakesUp: s.takesUp}
	want.FixedIPs = s.Addresses
	foreseen := openstack.Port{NetworkID: s.Network.ID, FixedIPs: want.FixedIPs}
	defer r.Network.Planned().Ports.Done(foreseen)
	switch {
	case len(subnets) == 0 && len(want.FixedIPs) > 0:
		return s.Wrap(fmt.Errorf("the network %s has no subnets, so %s is no address of it: make a networking_subnet on it, which is waited "+
			"for where the same apply makes it (depends_on has it made first), or leave the address out", s.Network.Name, want.FixedIPs[0].Address))
	case len(subnets) == 0 && named && !r.recordsGroups():
		return unaddressed(s.Network.Name)
	case len(subnets) == 0:
		return nil
	}
	if err = r.plugMade(ctx, device, want, s, subnets); errors.Is(err, sdn.ErrPortExists) { // another process makes this instance
		want.ID, want.TakesUp = uuid.NewString(), ""
		err = r.plugMade(ctx, device, want, s, subnets)
	}
	return s.Wrap(err)
}

// groupsOf returns the groups of a new port. As in Neutron, one for which none is named has the default group, if it has port security.
func (r Plugger) groupsOf(s Request) []string {
	byDefault := r.Network.DefaultGroups(s.Network)
	switch {
	case s.Network.Insecure && (len(s.Groups) == 0 || slices.Equal(s.Groups, byDefault)):
		return nil
	case len(s.Groups) == 0:
		return byDefault
	}
	return s.Groups
}

// PlugAll plugs every NIC of a new instance. Where one fails, the others are unplugged again.
func (r Plugger) PlugAll(ctx context.Context, want servers.Request, groups []string, blocks []model.Network) error {
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
