package networktest

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// outside makes an external network with a subnet of 13 addresses besides its gateway.
func (b bench) outside(backend sdn.Backend, name string) (openstack.Network, openstack.Subnet) {
	b.Helper()
	n := b.network(backend, name)
	n.External = true
	n, err := backend.UpdateNetwork(b.Context(), n)
	b.must(err)
	return n, b.subnet(backend, n.ID, "203.0.113.0/28")
}

// testFloatingIPs: four processes claim more addresses than there are, and ports and floating IPs never share one.
func testFloatingIPs(t *testing.T, b bench) {
	backend := b.start(t)
	inner := b.network(backend, "contract-inner")
	b.must(backend.CheckFloatingIPs())
	_, err := backend.CheckFloatingIP(t.Context(), openstack.FloatingIP{NetworkID: inner.ID})
	b.refused("a network that leads nowhere", err, inner.Name)
	n, s := b.outside(backend, "contract-floating")
	p, err := backend.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID}})
	b.must(err)
	for _, address := range []string{p.FixedIPs[0].Address, s.Gateway, "198.51.100.9"} {
		wanted := openstack.FloatingIP{NetworkID: n.ID, Address: address}
		_, planned := backend.CheckFloatingIP(t.Context(), wanted)
		_, made := b.start(t).CreateFloatingIP(t.Context(), wanted)
		b.refused("an address that it cannot have, then", made, address)
		if address != "198.51.100.9" { // it may be on a subnet that is not made yet
			b.refused("an address that it cannot have, at plan", planned, address)
		}
	}
	made := b.claimFloatingIPs(n, s, p.FixedIPs[0].Address)
	last := b.start(t)
	_, err = last.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID}})
	b.refused("a port beside them", err, "no address is left")
	b.refused("a subnet that is in use", last.DeleteSubnet(t.Context(), n.ID, s.ID), s.ID)
	for _, f := range made {
		changed, err := last.UpdateFloatingIP(t.Context(), f.ID, func(f *openstack.FloatingIP) error {
			f.Description, f.Address = "changed", "203.0.113.1"
			return nil
		})
		if seen, failed := b.start(t).FloatingIP(t.Context(), f.ID); err != nil || failed != nil || changed.Address != f.Address ||
			seen.Description != "changed" || seen.Address != f.Address {
			t.Errorf("%+v became %+v: %v, %v", f, seen, err, failed)
		}
		b.must(last.DeleteFloatingIP(t.Context(), f.ID))
		if _, err := last.FloatingIP(t.Context(), f.ID); !errors.Is(err, openstack.ErrNotFound) {
			t.Errorf("a floating IP that is gone: %v", err)
		}
	}
	b.must(last.DeletePort(t.Context(), n.ID, p.ID))
	b.must(last.DeleteSubnet(t.Context(), n.ID, s.ID))
}

// claimFloatingIPs has four processes claim more addresses than a subnet has, of which a port has one, and returns what was made.
func (b bench) claimFloatingIPs(n openstack.Network, s openstack.Subnet, taken string) map[string]openstack.FloatingIP {
	b.Helper()
	const processes, each, room = 4, 5, 12
	var all sync.WaitGroup
	var mu sync.Mutex
	made, refused := map[string]openstack.FloatingIP{taken: {}}, 0
	for range processes {
		claimant := b.start(b.T)
		for range each {
			all.Go(func() {
				f, err := claimant.CreateFloatingIP(b.Context(), openstack.FloatingIP{NetworkID: n.ID})
				mu.Lock()
				defer mu.Unlock()
				_, twice := made[f.Address]
				switch {
				case err != nil && strings.Contains(err.Error(), "no address is left"):
					refused++
				case err != nil:
					b.Error(err)
				case twice || !sdn.In(s, f.Address) || f.Address == s.Gateway || f.SubnetID != s.ID || f.Mark == nil:
					b.Errorf("%+v was made", f)
				default:
					made[f.Address] = f
				}
			})
		}
	}
	all.Wait()
	delete(made, taken)
	if len(made) != room || refused != processes*each-room {
		b.Errorf("%d have an address, %d have none", len(made), refused)
	}
	return made
}

// testForwardings: a floating IP leads each of its ports to one place, and stays while it leads somewhere.
func testForwardings(t *testing.T, b bench) {
	backend := b.start(t)
	n, s := b.outside(backend, "contract-forwardings")
	at, err := backend.CreateFloatingIP(t.Context(), openstack.FloatingIP{NetworkID: n.ID})
	b.must(err)
	wanted := openstack.Forwarding{FloatingIPID: at.ID, Protocol: "tcp", External: 2222, Address: "10.0.0.9", Internal: 22}
	f, err := backend.CreateForwarding(t.Context(), wanted)
	if err != nil || f.ID == "" || f.Mark == nil {
		t.Fatalf("%+v was made: %v", f, err)
	}
	_, err = b.start(t).CreateForwarding(t.Context(), wanted)
	b.refused("the same once more", err, f.ID)
	udp := wanted
	udp.Protocol = "udp"
	other, err := backend.CreateForwarding(t.Context(), udp)
	b.must(err)
	_, err = backend.UpdateForwarding(t.Context(), at.ID, other.ID, func(f *openstack.Forwarding) error { f.Protocol = "tcp"; return nil })
	b.refused("the same, by a change", err, f.ID)
	_, err = backend.UpdateForwarding(t.Context(), at.ID, other.ID, func(f *openstack.Forwarding) error { f.Internal = 53; return nil })
	b.must(err)
	if seen, err := b.start(t).Forwarding(t.Context(), at.ID, other.ID); err != nil || seen.Internal != 53 || seen.Protocol != "udp" {
		t.Errorf("another process sees %+v, %v", seen, err)
	}
	b.refused("a floating IP that leads somewhere", backend.DeleteFloatingIP(t.Context(), at.ID), at.Address)
	_, err = backend.CreateForwarding(t.Context(), openstack.Forwarding{FloatingIPID: "none", Protocol: "tcp", External: 1, Internal: 1})
	b.refused("no floating IP", err, "none")
	for _, id := range []string{f.ID, other.ID} {
		b.must(backend.DeleteForwarding(t.Context(), at.ID, id))
	}
	if left, err := b.start(t).Forwardings(t.Context(), at.ID); err != nil || len(left) != 0 {
		t.Errorf("%d forwardings are left: %v", len(left), err)
	}
	b.must(backend.DeleteFloatingIP(t.Context(), at.ID))
	b.must(backend.DeleteSubnet(t.Context(), n.ID, s.ID))
}
