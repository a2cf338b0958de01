// SPDX-License-Identifier: MPL-2.0

// Package networktest is the contract of a network backend, as tests that every backend must pass.
package networktest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// Place is where a backend is tested.
type Place struct {
	// Start returns a new backend for the place, like that of another process: what one has claimed, the others see.
	Start func(t *testing.T) sdn.Backend
	// Network is a network of a name that the place can have.
	Network func(name string) openstack.Network
	// Outside is an external network of a name that the place can have; nil: any network, which becomes external by a change.
	Outside func(name string) openstack.Network
	// Overlay: a router has the gateway's address on a subnet, whatever port it has, and a network has one router.
	Overlay bool
	// Recorded: routers are recorded only, which is said once.
	Recorded bool
	// Without names the parts of the contract that the place does not have.
	Without []string
	// Named: the rules of a port name the groups that they admit, and not the addresses of their members.
	Named bool
}

// Run tests a backend. The tests leave nothing behind.
func Run(t *testing.T, at Place) {
	for _, c := range []struct {
		name string
		test func(*testing.T, bench)
	}{
		{"network", testNetwork}, {"subnet", testSubnet}, {"port", testPort}, {"addresses", testAddresses}, {"use", testUse},
		{"groups", testGroups}, {"qos", testQoS}, {"trunk", testTrunk},
		{"router", testRouter}, {"router interface", testRouterInterface}, {"router race", testRouterRace}, {"routes", testRoutes},
		{"router port", testRouterPort}, {"router overlap", testRouterOverlap}, {"router interface in use", testInterfaceInUse},
		{"router gateways", testRouterGateways}, {"router moves", testRouterMoves}, {"routers race", testRoutersRace},
		{"floating IPs", testFloatingIPs}, {"targets of floating IPs", testTargets}, {"forwardings", testForwardings},
		{"gateway intent", testGatewayIntent},
	} {
		if !slices.Contains(at.Without, c.name) {
			t.Run(c.name, func(t *testing.T) { c.test(t, bench{t, at}) })
		}
	}
}

type bench struct {
	*testing.T
	at Place
}

func (b bench) start(t *testing.T) sdn.Backend {
	t.Helper()
	return b.at.Start(t)
}

func (b bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// network makes a network that is deleted when the test ends.
func (b bench) network(backend sdn.Backend, name string) openstack.Network {
	b.Helper()
	return b.makeNetwork(backend, b.at.Network(name))
}

// external makes an external network.
func (b bench) external(backend sdn.Backend, name string) openstack.Network {
	b.Helper()
	if b.at.Outside != nil {
		return b.makeNetwork(backend, b.at.Outside(name))
	}
	n := b.network(backend, name)
	n.External = true
	n, err := backend.UpdateNetwork(b.Context(), n)
	b.must(err)
	return n
}

// makeNetwork makes a network as it is wanted.
func (b bench) makeNetwork(backend sdn.Backend, wish openstack.Network) openstack.Network {
	b.Helper()
	n, err := backend.CheckNetwork(b.Context(), wish)
	b.must(err)
	n, err = backend.CreateNetwork(b.Context(), n)
	b.must(err)
	b.Cleanup(func() {
		if ours, err := backend.DeleteNetwork(context.WithoutCancel(b.Context()), n.ID); err != nil && !errors.Is(err, openstack.ErrNotFound) ||
			!ours {
			b.Errorf("the network stays: %v, %v", ours, err)
		}
	})
	return n
}

func (b bench) subnet(backend sdn.Backend, network, cidr string) openstack.Subnet {
	b.Helper()
	s, err := sdn.Complete(openstack.Subnet{NetworkID: network, CIDR: cidr}, false)
	b.must(err)
	s, err = backend.CreateSubnet(b.Context(), s)
	b.must(err)
	return s
}

func testNetwork(t *testing.T, b bench) {
	backend := b.start(t)
	n := b.network(backend, "contract")
	if n.ID == "" || n.Mark == nil || n.VLAN != b.at.Network("").VLAN || !n.AdminUp {
		t.Errorf("%+v was made", n)
	}
	if _, err := b.start(t).CreateNetwork(t.Context(), b.at.Network("contract")); err == nil ||
		!strings.Contains(err.Error(), "import {") {
		t.Errorf("a network of the same name: %v", err)
	}
	n.Description, n.AdminUp, n.Tags = "changed", false, []string{"a"}
	if n.VLAN != 0 {
		n.VLAN++
	}
	_, err := backend.UpdateNetwork(t.Context(), n)
	b.must(err)
	seen, err := b.start(t).Network(t.Context(), n.ID, "")
	if err != nil || seen.Description != "changed" || seen.AdminUp || seen.VLAN != n.VLAN || !slices.Equal(seen.Tags, n.Tags) ||
		seen.Mark == nil {
		t.Errorf("another process sees %+v, %v", seen, err)
	}
	if _, err := backend.Network(t.Context(), "none", ""); !errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("a network that there is not: %v", err)
	}
	const once = "ffd243ec-d54e-416c-b6db-e26803d9c105"
	if _, err := backend.NetworkOfOpenStack(t.Context(), once, ""); !errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("a network that OpenStack knew by its id alone: %v", err)
	}
	for _, name := range []string{"contract", ""} { // by name, and then by the id that the first search has stored
		if seen, err := backend.NetworkOfOpenStack(t.Context(), once, name); err != nil || seen.ID != n.ID {
			t.Errorf("OpenStack's network %q is %s: %v", name, seen.ID, err)
		}
	}
	if _, err := backend.NetworkOfOpenStack(t.Context(), "0d1f6b52-3c0e-4b57-9a39-0f5d5c6f7a11", "contract"); err == nil ||
		!strings.Contains(err.Error(), once) {
		t.Errorf("two networks of OpenStack's with one name are one network: %v", err)
	}
	holding := b.network(backend, "contract-"+once)
	if seen, err := b.start(t).NetworkOfOpenStack(t.Context(), once, "contract"); err != nil || seen.ID != holding.ID {
		t.Errorf("the network whose name holds OpenStack's id is %s, not %s: %v", seen.ID, holding.ID, err)
	}
	b.network(backend, "another-"+once)
	if _, err := b.start(t).NetworkOfOpenStack(t.Context(), once, "contract"); err == nil ||
		!strings.Contains(err.Error(), "another-"+once+", contract-"+once) {
		t.Errorf("two networks whose names hold OpenStack's id: %v", err)
	}
}

func testSubnet(t *testing.T, b bench) {
	backend := b.start(t)
	n := b.network(backend, "contract-subnets")
	s := b.subnet(backend, n.ID, "10.0.0.0/24")
	known, err := backend.CheckSubnet(t.Context(), s)
	if err != nil || known.CIDR != s.CIDR {
		t.Errorf("the subnet that is there is checked as %+v: %v", known, err)
	}
	overlap, err := sdn.Complete(openstack.Subnet{NetworkID: n.ID, CIDR: "10.0.0.128/25"}, false)
	b.must(err)
	_, planned := backend.CheckSubnet(t.Context(), overlap)
	_, made := b.start(t).CreateSubnet(t.Context(), overlap)
	for when, err := range map[string]error{"at plan": planned, "then": made} {
		if err == nil || !strings.Contains(err.Error(), s.ID) {
			t.Errorf("an overlap, %s: %v", when, err)
		}
	}
	_, err = backend.UpdateSubnet(t.Context(), n.ID, s.ID, func(s *openstack.Subnet) error {
		s.DNS = []string{"10.0.0.2"}
		return nil
	})
	b.must(err)
	seen, err := b.start(t).Subnet(t.Context(), n.ID, s.ID)
	if err != nil || !slices.Equal(seen.DNS, []string{"10.0.0.2"}) || seen.CIDR != s.CIDR {
		t.Errorf("another process sees %+v, %v", seen, err)
	}
	if _, err := backend.DeleteNetwork(t.Context(), n.ID); err == nil {
		t.Error("a network with a subnet was deleted")
	}
	b.must(backend.DeleteSubnet(t.Context(), n.ID, s.ID))
	if all, err := b.start(t).Subnets(t.Context(), n.ID); err != nil || len(all) != 0 {
		t.Errorf("%d subnets are left, %v", len(all), err)
	}
}

func testPort(t *testing.T, b bench) {
	backend := b.start(t)
	n := b.network(backend, "contract-ports")
	s := b.subnet(backend, n.ID, "10.0.0.0/24")
	p, err := backend.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID,
		FixedIPs: []openstack.FixedIP{{Address: "10.0.0.9"}}}})
	if err != nil || p.ID == "" || p.MAC == "" || p.Mark == nil || len(p.FixedIPs) != 1 || p.FixedIPs[0].SubnetID != s.ID {
		t.Fatalf("%+v was made: %v", p, err)
	}
	other := b.start(t)
	for what, wish := range map[string]openstack.Port{"address": {FixedIPs: p.FixedIPs}, "MAC": {MAC: p.MAC}} {
		wish.NetworkID = n.ID
		if _, err := other.CreatePort(t.Context(), sdn.PortRequest{Port: wish}); err == nil || !strings.Contains(err.Error(), p.ID) {
			t.Errorf("the same %s again: %v", what, err)
		}
	}
	moved, err := other.UpdatePort(t.Context(), n.ID, p.ID, func(w *sdn.PortRequest) error {
		w.Name, w.FixedIPs = "moved", []openstack.FixedIP{{Address: "10.0.0.10"}}
		return nil
	})
	if err != nil || moved.MAC != p.MAC || moved.FixedIPs[0].Address != "10.0.0.10" {
		t.Errorf("%+v, %v", moved, err)
	}
	if seen, err := b.start(t).FindPort(t.Context(), p.ID); err != nil || seen.Name != "moved" || seen.NetworkID != n.ID {
		t.Errorf("another process finds %+v, %v", seen, err)
	}
	if err := backend.DeleteSubnet(t.Context(), n.ID, s.ID); err == nil || !strings.Contains(err.Error(), p.ID) {
		t.Errorf("a subnet with a port's address: %v", err)
	}
	if free, err := backend.Unplugged(t.Context(), []openstack.Port{moved}); err != nil || len(free) != 1 {
		t.Errorf("%d ports are plugged in nowhere, %v", len(free), err)
	}
	if on, err := backend.Socket(t.Context(), moved, ""); err != nil || on.ID == "" {
		t.Errorf("its NIC would be connected to %q: %v", on.ID, err)
	}
	booked, err := backend.Book(t.Context(), moved)
	b.must(err)
	again, err := other.Book(t.Context(), moved)
	if err != nil || booked.SwitchPort+booked.Attachment == "" || again.SwitchPort != booked.SwitchPort ||
		again.Attachment != booked.Attachment {
		t.Errorf("booked as %q %q, and again as %q %q: %v", booked.SwitchPort, booked.Attachment, again.SwitchPort, again.Attachment, err)
	}
	b.must(backend.Unbook(t.Context(), booked))
	b.must(backend.Released(t.Context(), booked))
	b.must(backend.DeletePort(t.Context(), n.ID, p.ID))
	if _, err := backend.FindPort(t.Context(), p.ID); !errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("a port that was deleted: %v", err)
	}
	if left, err := b.start(t).Ports(t.Context(), n.ID); err != nil || len(left) != 0 {
		t.Errorf("%d ports are left, %v", len(left), err)
	}
	b.must(backend.DeleteSubnet(t.Context(), n.ID, s.ID))
}

// testAddresses: four processes claim more addresses than there are.
func testAddresses(t *testing.T, b bench) {
	backend := b.start(t)
	n := b.network(backend, "contract-addresses")
	s := b.subnet(backend, n.ID, "10.0.0.0/27")
	const processes, each, room = 4, 10, 29
	var all sync.WaitGroup
	var mu sync.Mutex
	var made []openstack.Port
	refused := 0
	for range processes {
		claimant := b.start(t)
		for range each {
			all.Go(func() {
				p, err := claimant.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID}})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					made = append(made, p)
				case strings.Contains(err.Error(), "no address is left"):
					refused++
				default:
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	seen := map[string]bool{}
	for _, p := range made {
		if at := p.FixedIPs[0].Address; seen[at] || seen[p.MAC] || !sdn.In(s, at) || at == s.Gateway {
			t.Errorf("%s with %s is given twice, or is none", at, p.MAC)
		}
		seen[p.FixedIPs[0].Address], seen[p.MAC] = true, true
	}
	if len(made) != room || refused != processes*each-room {
		t.Errorf("%d have an address, %d have none", len(made), refused)
	}
	last := b.start(t)
	for _, p := range made {
		b.must(last.DeletePort(t.Context(), n.ID, p.ID))
	}
	b.must(last.DeleteSubnet(t.Context(), n.ID, s.ID))
}

// testUse: the place of the records is removed with the last record and made again with the next, whichever process does it.
func testUse(t *testing.T, b bench) {
	n := b.network(b.start(t), "contract-use")
	for round := range 3 {
		one, two := b.start(t), b.start(t)
		first := b.subnet(one, n.ID, fmt.Sprintf("10.%d.0.0/24", round))
		second := b.subnet(two, n.ID, fmt.Sprintf("10.%d.1.0/24", round))
		var both sync.WaitGroup
		both.Go(func() { b.check(one.DeleteSubnet(t.Context(), n.ID, first.ID)) })
		both.Go(func() { b.check(two.DeleteSubnet(t.Context(), n.ID, second.ID)) })
		both.Wait()
		third := b.start(t)
		again := b.subnet(third, n.ID, fmt.Sprintf("10.%d.0.0/24", round))
		b.must(third.DeleteSubnet(t.Context(), n.ID, again.ID))
	}
}

// check is must for a goroutine, which must not end the test.
func (b bench) check(err error) {
	b.Helper()
	if err != nil {
		b.Error(err)
	}
}
