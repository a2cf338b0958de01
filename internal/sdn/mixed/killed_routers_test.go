// SPDX-License-Identifier: MPL-2.0

package mixed_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/mixed"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// routedBy makes what leads to a lab's port: a router with an interface, a floating IP and a port forwarding.
func routedBy(l *lab, b *mixed.Backend, external openstack.Network) error {
	r, err := b.CreateRouter(l.Context(), openstack.Router{Name: "edge", ExternalNetworkID: external.ID})
	if err != nil {
		return err
	}
	if _, err := b.CreateRouterInterface(l.Context(), openstack.RouterInterface{RouterID: r.ID, SubnetID: l.subnet.ID}); err != nil {
		return err
	}
	if _, err := b.CreateFloatingIP(l.Context(), openstack.FloatingIP{NetworkID: external.ID, PortID: l.port.ID}); err != nil {
		return err
	}
	f, err := b.CreateFloatingIP(l.Context(), openstack.FloatingIP{NetworkID: external.ID})
	if err != nil {
		return err
	}
	_, err = b.CreateForwarding(l.Context(), openstack.Forwarding{FloatingIPID: f.ID, Protocol: "tcp", External: 2222, PortID: l.port.ID,
		Address: l.port.FixedIPs[0].Address, Internal: 22})
	return err
}

// unrouted takes all of it away, as far as it is recorded.
func unrouted(l *lab, b *mixed.Backend) error {
	floating, err := b.FloatingIPs(l.Context(), "")
	if err != nil {
		return err
	}
	for _, f := range floating {
		behind, err := b.Forwardings(l.Context(), f.ID)
		for _, w := range behind {
			if err == nil {
				err = gone(b.DeleteForwarding(l.Context(), f.ID, w.ID))
			}
		}
		if err == nil {
			err = gone(b.DeleteFloatingIP(l.Context(), f.ID))
		}
		if err != nil {
			return err
		}
	}
	on, err := b.RouterInterfaces(l.Context(), "")
	for _, i := range on {
		if err == nil {
			err = gone(b.DeleteRouterInterface(l.Context(), i.NetworkID, i.ID, false))
		}
	}
	if err != nil {
		return err
	}
	routers, err := b.Routers(l.Context())
	for _, r := range routers {
		if err == nil {
			err = gone(b.DeleteRouter(l.Context(), r.ID))
		}
	}
	return err
}

// inLine does what the next apply would do, and returns what NSX does otherwise than recorded after that.
func inLine(l *lab, b *mixed.Backend) error {
	routers, err := b.Routers(l.Context())
	must(l.T, err)
	for _, r := range routers {
		_, err := b.UpdateRouter(l.Context(), r.ID, func(*openstack.Router) error { return nil })
		must(l.T, err)
		floating, err := b.FloatingIPs(l.Context(), "")
		must(l.T, err)
		for _, of := range append(floating, openstack.FloatingIP{}) {
			lines, err := b.Gateways.Differences(l.Context(), r.ID, of.ID)
			must(l.T, err)
			if len(lines) > 0 {
				return fmt.Errorf("after it %s", strings.Join(lines, "; "))
			}
		}
	}
	if has := len(l.NSX.Paths("Tier1")); has != len(routers) {
		return fmt.Errorf("%d routers are recorded, and NSX has %d", len(routers), has)
	}
	return nil
}

// TestKilledRouters: wherever a process is killed that makes or removes a router with all that leads through it, the next one brings NSX in
// line with what is recorded, and nothing of it is left at the end.
func TestKilledRouters(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(*lab, *mixed.Backend, openstack.Network) error{
		"made":    routedBy,
		"removed": func(l *lab, b *mixed.Backend, _ openstack.Network) error { return unrouted(l, b) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for changes, over := 0, true; over; changes++ {
				t.Run(fmt.Sprint(changes), func(t *testing.T) { over = killedRouting(t, name, changes, act) })
			}
		})
	}
}

// killedRouting kills a process after so many changes, and reports whether it was killed at all.
func killedRouting(t *testing.T, name string, changes int, act func(*lab, *mixed.Backend, openstack.Network) error) (over bool) {
	l := &lab{T: t, site: newSite(t, nsxsim.Options{}), routers: vcenter.RoutersNSX}
	l.build("network")
	first := l.next()
	l.subnet = subnet(t, first, openstack.Subnet{NetworkID: l.network.ID, CIDR: "10.0.0.0/24"})
	l.port = port(t, first, openstack.Port{NetworkID: l.network.ID})
	external, pool := tier0(t, first)
	if name == "removed" {
		must(t, routedBy(l, first, external))
	}
	b, killed := l.mortal(changes)
	err := act(l, b, external)
	if over = killed(); over != (err != nil) {
		t.Fatalf("killed: %v, and it ends with %v", over, err)
	}
	if err := inLine(l, l.next()); err != nil {
		t.Errorf("after %d changes: %s", changes, err)
	}
	must(t, unrouted(l, l.next()))
	for _, kind := range []string{"Tier1", "PolicyNatRule", "Service"} {
		if left := l.NSX.Paths(kind); len(left) > 0 {
			t.Errorf("after %d changes NSX still has %v", changes, left)
		}
	}
	last := l.next()
	must(t, last.DeleteSubnet(t.Context(), external.ID, pool.ID))
	_, err = last.DeleteNetwork(t.Context(), external.ID)
	must(t, err)
	l.clear()
	return over
}
