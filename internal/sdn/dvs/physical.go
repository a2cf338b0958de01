// SPDX-License-Identifier: MPL-2.0

package dvs

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/traffic"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
)

// LawOf returns what groups may ask for beside distributed switches: of the switch what it can match, of a physical firewall whatever
// Neutron takes.
func LawOf(c *vcenter.Client) recorded.Law {
	if c.Config.SecurityGroups == sdn.EnforcePhysical {
		return traffic.Neutron{}
	}
	return stateless{}
}

// recordedRules is EffectiveRules where the switch enforces no groups. Where the switch port still has a filter from when the switch
// enforced groups, that is part of what the network has, so that the next apply removes it.
func (b *Backend) recordedRules(ctx context.Context, p openstack.Port) (is, want []string, err error) {
	now, err := b.CurrentPolicy(ctx)
	if err != nil {
		return nil, nil, err
	}
	lines, err1 := now.Lines(p)
	place, err2 := placed(now, openstack.Network{}, p)
	if err := cmp.Or(err1, err2); err != nil {
		return nil, nil, &openstack.PartialEnforcementError{Ports: []string{p.ID}, Err: errors.New(err.Error())}
	}
	want = slices.Concat(lines, wantedLines(place))
	if p.SwitchPort == "" || len(want) == 0 {
		return want, want, nil
	}
	at, there, err := b.switchPortOf(ctx, p)
	switch {
	case err != nil:
		return nil, nil, err
	case !there:
		return lines, want, nil
	case Foreign(network.FilterOf(at)):
		return want, want, nil
	}
	return slices.Concat(lines, linesOf(at, p)), want, nil
}
