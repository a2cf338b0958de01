package dvs

import (
	"context"
	"errors"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
)

// lawOf returns what groups may ask for: of the switch what it can match, of a physical firewall whatever Neutron takes.
func lawOf(c *vcenter.Client) recorded.Law {
	if c.Config.SecurityGroups == sdn.EnforcePhysical {
		return recorded.Neutron{}
	}
	return stateless{}
}

// recordedRules returns what a port's groups amount to beside a physical firewall. Where the switch port still has a filter from when the
// switch enforced groups, that is what the network has, so that the next apply removes it.
func (b *Backend) recordedRules(ctx context.Context, p openstack.Port) (is, want []string, err error) {
	now, err := b.CurrentPolicy(ctx)
	if err != nil {
		return nil, nil, err
	}
	if want, err = now.Lines(p); err != nil {
		return nil, nil, &openstack.PartialEnforcementError{Ports: []string{p.ID}, Err: errors.New(err.Error())}
	}
	if p.SwitchPort == "" || len(want) == 0 {
		return want, want, nil
	}
	n, err := b.c.Networks.Network(ctx, p.NetworkID, "")
	if err != nil {
		return nil, nil, errors.New(err.Error()) // hide ErrNotFound: the port's record is there
	}
	at, err := b.c.Networks.SwitchPort(ctx, n.SwitchUUID, p.SwitchPort)
	switch {
	case errors.Is(err, openstack.ErrNotFound):
		return want, want, nil
	case err != nil:
		return nil, nil, err
	}
	if left := network.FilterOf(at); at.Config.Name == p.ID && len(rulesOf(left)) > 0 && !Foreign(left) {
		return Lines(left), want, nil
	}
	return want, want, nil
}
