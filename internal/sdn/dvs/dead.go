package dvs

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// A port that was made for an instance lives as long as the instance. One that was destroyed outside Terraform, or whose creation was
// killed, leaves the port's record and perhaps its place on the switch, which nobody has in a state: whoever meets them removes them.

// comingFor is how long a port that was just claimed is left alone though no machine is its instance's: another process may be about to
// send the clone.
const comingFor = 15 * time.Second

// dead are those of some ports whose instances are no more. wait is how long it takes until the same can be said of others, 0 where all
// is known: of a port that was just claimed it is not yet to be told whether its instance is still to come.
func (b *Backend) dead(ctx context.Context, ports []openstack.Port) (dead []openstack.Port, wait time.Duration, err error) {
	var made []openstack.Port
	var devices []string
	for _, p := range ports {
		if p.Implicit && p.DeviceID != "" {
			made, devices = append(made, p), append(devices, p.DeviceID)
		}
	}
	if len(made) == 0 {
		return nil, 0, nil
	}
	_, there, err := b.c.PortsOf(ctx, devices)
	if err != nil {
		return nil, 0, err
	}
	for _, p := range made {
		if there[p.DeviceID] {
			continue
		}
		absent, err := b.c.Absent(ctx, p.DeviceID)
		if err != nil {
			return nil, 0, err
		}
		if !absent {
			continue
		}
		if left := b.coming(ctx, p); left > 0 {
			wait = max(wait, left)
			continue
		}
		dead = append(dead, p)
	}
	return dead, wait, nil
}

// coming is how long the instance of a port may still be on its way, 0 where it is not.
func (b *Backend) coming(ctx context.Context, p openstack.Port) time.Duration {
	if p.Mark == nil || b.c.KnownGone(p.DeviceID) {
		return 0
	}
	if left := comingFor - time.Since(p.Mark.At); left > 0 {
		return left
	}
	if b.c.Cloning(ctx, p.Mark.At) {
		return time.Second
	}
	return 0
}

// bury removes ports that are dead, unless somebody has taken them up since, and their places on the switch.
func (b *Backend) bury(ctx context.Context, dead []openstack.Port) error {
	byNetwork := map[string][]openstack.Port{}
	for _, p := range dead {
		byNetwork[p.NetworkID] = append(byNetwork[p.NetworkID], p)
	}
	var all error
	for network, ports := range byNetwork {
		var groups []string
		err := b.c.Holder(network).Update(ctx, func(records vcenter.Records) error {
			groups = nil
			for _, p := range ports {
				var now openstack.Port
				if err := records.Get(portKind, p.ID, &now); err != nil || !now.Implicit || now.DeviceID != p.DeviceID {
					continue
				}
				groups = append(groups, now.Groups...)
				records.Drop(portKind, p.ID)
			}
			return nil
		})
		if err != nil {
			all = errors.Join(all, err)
			continue
		}
		for _, p := range ports {
			all = errors.Join(all, b.Unbook(ctx, p))
		}
		all = errors.Join(all, b.settle(ctx, change{groups: groups}), b.c.Holder(network).Retire(ctx))
	}
	return all
}

// claiming tries to claim something on a network. Where ports hold it whose instances are no more, these go first.
func (b *Backend) claiming(ctx context.Context, network string, try func() error) error {
	for {
		err := try()
		if !sdn.IsTaken(err) {
			return err
		}
		ports, failed := b.Ports(ctx, network)
		if failed != nil {
			return err
		}
		dead, wait, failed := b.dead(ctx, ports)
		switch {
		case failed != nil || len(dead) == 0 && wait == 0:
			return err
		case len(dead) > 0:
			if failed := b.bury(ctx, dead); failed != nil && !openstack.IsLag(failed) {
				return errors.Join(err, failed)
			}
		default:
			if !pause(ctx, wait) {
				return err
			}
		}
	}
}

// pause is false where the context ended.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// leaves says that an instance that has one of the ports is being destroyed by this process.
func (b *Backend) leaves(ports []openstack.Port) bool {
	return slices.ContainsFunc(ports, func(p openstack.Port) bool { return p.DeviceID != "" && b.c.Going(p.DeviceID) })
}
