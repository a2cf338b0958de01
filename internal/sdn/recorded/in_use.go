// SPDX-License-Identifier: MPL-2.0

package recorded

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// InUse is the error of a deletion that fails because ports use the object.
type InUse struct {
	Text  string
	Ports []openstack.Port
}

// Error tells what is in use, by which ports, and what to do.
func (u *InUse) Error() string { return u.Text }

// goesOn is how long WhenFree waits for the next port to go. Instances that are destroyed at the same time remove their ports one by one,
// and a configuration need not order the deletion of a subnet or a group after them: Neutron's clients wait, too.
const (
	goesOn   = 10 * time.Second
	idleGoes = 4 * time.Second // if no instance has any of the ports, so that only resources of their own may remove them
)

// WhenFree repeats a removal as long as ports keep going. A port may be destroyed at the same time without an order between the two, for
// example one that names only its network. It removes ports itself whose instances no longer exist. Its error explains how to get hold of
// ports that no instance has.
func (b *Backend) WhenFree(ctx context.Context, try func() error) error {
	left, last := "", time.Now()
	for between := 250 * time.Millisecond; ; between = min(2*between, 2*time.Second) {
		err := try()
		var used *InUse
		if !errors.As(err, &used) || len(used.Ports) == 0 {
			return err
		}
		dead, coming, failed := b.dead(ctx, used.Ports)
		if failed != nil {
			return errors.Join(err, failed)
		}
		if len(dead) > 0 {
			if failed := b.bury(ctx, dead); failed != nil && !openstack.IsPartialEnforcement(failed) {
				return errors.Join(err, failed)
			}
			continue
		}
		if now := plugs(used.Ports); now != left || b.leaves(used.Ports) {
			left, last = now, time.Now()
		}
		patience := goesOn
		if !slices.ContainsFunc(used.Ports, func(p openstack.Port) bool { return p.DeviceID != "" || p.Owner != "" }) {
			patience = idleGoes
		}
		if time.Since(last) > patience || !pause(ctx, between) {
			return awaited(b.explained(ctx, err, used.Ports), coming)
		}
		if failed := b.c.Records.Refresh(ctx); failed != nil {
			return err
		}
	}
}

// plugs summarizes which port is on which instance, to notice changes.
func plugs(ports []openstack.Port) string {
	out := make([]string, len(ports))
	for i, p := range ports {
		out[i] = p.ID + " " + p.DeviceID
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// explained adds to an error how to import, and then delete, a port that no instance has.
func (b *Backend) explained(ctx context.Context, err error, ports []openstack.Port) error {
	ports = slices.DeleteFunc(slices.Clone(ports), func(p openstack.Port) bool { return p.Owner != "" })
	free, failed := b.Unplugged(context.WithoutCancel(ctx), ports)
	if failed != nil || len(free) == 0 {
		return err
	}
	first := free[0]
	first.DeviceID = ""
	return fmt.Errorf("%w. Of these no instance has %s", err, sdn.Describe(first))
}

// MostNamed is the number of objects that an error lists.
const MostNamed = 10

// Inventory lists objects in an error, the first ten by name.
func Inventory(subnets []openstack.Subnet, ports []openstack.Port, interfaces ...openstack.RouterInterface) string {
	var out []string
	for _, s := range subnets {
		out = append(out, fmt.Sprintf("the subnet %s (%s)", s.ID, s.CIDR))
	}
	for _, p := range ports {
		out = append(out, sdn.Noun(p))
	}
	for _, i := range interfaces {
		out = append(out, "the router interface "+i.ID)
	}
	if more := len(out) - MostNamed; more > 0 {
		out = append(slices.Clip(out[:MostNamed]), fmt.Sprintf("%d more", more))
	}
	return strings.Join(out, ", ")
}
