// SPDX-License-Identifier: MPL-2.0

package policy_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// manager is an NSX, which refuses fields that its types do not have.
type manager struct {
	*testing.T
	*api.Client
	sim *nsxsim.Manager
}

func start(t *testing.T, version string) manager {
	t.Helper()
	sim := nsxsim.Start(t, nsxsim.Options{Version: version, Rate: -1})
	client, err := api.New(api.Config{Server: sim.Address(), User: sim.User, Password: sim.Password, CA: string(sim.CertificatePEM()),
		Rate: 1e9})
	if err != nil {
		t.Fatal(err)
	}
	return manager{t, client, sim}
}

// create makes an object, which must be as its merge wants it.
func (m manager) create(path string, body any, merge func(policy.Object) (bool, error)) {
	m.Helper()
	if err := m.Create(m.Context(), path, body, nil); err != nil {
		m.Errorf("%s: %v", path, err)
	}
	m.holds(path, merge)
}

// holds checks that NSX has an object as its merge wants it.
func (m manager) holds(path string, merge func(policy.Object) (bool, error)) {
	m.Helper()
	var o policy.Object
	if err := m.Get(m.Context(), path, &o); err != nil {
		m.Errorf("%s: %v", path, err)
		return
	}
	is, err := merge(o)
	unchanged(m.T, is, err)
}

// change merges into an object, which must be as the merge wants it afterwards.
func (m manager) change(path string, merge func(policy.Object) (bool, error)) {
	m.Helper()
	if _, err := m.Update(m.Context(), path, func(o map[string]any) (bool, error) {
		is, err := merge(o)
		changed(m.T, is, err)
		return is, err
	}); err != nil {
		m.Errorf("%s: %v", path, err)
	}
	m.holds(path, merge)
}

// TestNSXTakesTheBodies writes one object of each type, reads it, changes it and reads it again, at each version.
func TestNSXTakesTheBodies(t *testing.T) {
	t.Parallel()
	for version, major := range map[string]int{"3.2.3": 3, "4.1.2": 4, "4.2.1": 4, "9.0.0": 9} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			m := start(t, version)
			n := openstack.Network{ID: segmentID, Name: "web", Description: "front", AdminUp: true, Overlay: true, Tags: []string{"a"}, Mark: &made}
			segment := func(n openstack.Network) func(policy.Object) (bool, error) {
				return func(o policy.Object) (bool, error) { return owner.MergeSegment(o, n) }
			}
			m.create(root.Segment(n.ID), owner.Segment(n, nsxsim.OverlayZone), segment(n))
			m.realize(n)
			n.Name, n.Description, n.AdminUp, n.Tags = "www", "", false, nil
			m.change(root.Segment(n.ID), segment(n))
			trunk := openstack.Network{ID: "trunk", Name: "trunk", AdminUp: true, Trunk: true}
			m.create(root.Segment(trunk.ID), owner.Segment(trunk, nsxsim.VLANZone), segment(trunk))
			trunk.Trunk, trunk.VLAN = false, 7
			m.change(root.Segment(trunk.ID), segment(trunk))
			m.serve(n)
			m.plug(n, major)
		})
	}
}

// realize follows a network from its first moment until its logical switch is there.
func (m manager) realize(n openstack.Network) {
	m.Helper()
	entities := func() []policy.RealizedEntity {
		all, err := api.List[policy.RealizedEntity](m.Context(), m.Client, m.SharedPath("realized-state", "realized-entities"),
			url.Values{"intent_path": {root.Segment(n.ID)}})
		if err != nil && !errors.Is(err, openstack.ErrNotFound) {
			m.Error(err)
		}
		return all
	}
	if early := policy.Realize(entities()); early.Stage == policy.Failed || early.Stage == policy.Unexplained {
		m.Errorf("a new network is %+v", early)
	}
	m.sim.Advance(time.Hour)
	all := entities()
	if late := policy.Realize(all); late.Stage != policy.Done || policy.LogicalSwitch(all) == "" {
		m.Errorf("an hour later it is %+v, with the logical switch %q", late, policy.LogicalSwitch(all))
	}
}

// serve gives a network subnets with DHCP, and takes one away.
func (m manager) serve(n openstack.Network) {
	m.Helper()
	server := root.DHCPServerConfig(n.ID)
	m.create(server, owner.DHCPServerConfig(n, nsxsim.EdgeCluster), func(policy.Object) (bool, error) { return false, nil })
	for _, e := range []policy.SegmentSubnet{entry(m.T, subnet4, ""), entry(m.T, subnet4, "10.0.0.2"), entry(m.T, subnet6, "2001:db8::2")} {
		m.change(root.Segment(n.ID), func(o policy.Object) (bool, error) { return owner.MergeSubnet(o, e, server) })
	}
	for _, b := range owner.StaticBindings(port, []openstack.Subnet{subnet4, subnet6}) {
		m.create(root.StaticBinding(n.ID, b.ID), b, func(o policy.Object) (bool, error) { return owner.MergeStaticBinding(o, b) })
		b.MACAddress = "00:50:56:00:00:02"
		m.change(root.StaticBinding(n.ID, b.ID), func(o policy.Object) (bool, error) { return owner.MergeStaticBinding(o, b) })
		if err := m.Delete(m.Context(), root.StaticBinding(n.ID, b.ID)); err != nil {
			m.Error(err)
		}
	}
	for _, cidr := range []string{subnet4.CIDR, subnet6.CIDR} {
		m.change(root.Segment(n.ID), func(o policy.Object) (bool, error) { return owner.RemoveSubnet(o, cidr) })
	}
	if err := m.Delete(m.Context(), server); err != nil {
		m.Errorf("a DHCP server that no subnet has any more: %v", err)
	}
}

// plug gives a network a port, which loses its port security and gets it back.
func (m manager) plug(n openstack.Network, major int) {
	m.Helper()
	p := port
	p.AllowedPairs = []openstack.AddressPair{{Address: "10.0.0.64/28", MAC: "00:50:56:00:00:09"}}
	mergePort := func(o policy.Object) (bool, error) { return owner.MergePort(o, p, n) }
	m.create(root.SegmentPort(n.ID, p.ID), portBody(m.T, p, n), mergePort)
	own := root.PortProfiles(p, n, major)
	open := root.PortProfiles(p, openstack.Network{Insecure: true}, major)
	for _, shared := range append(own.Shared, open.Shared[:1]...) {
		m.create(shared.Path, shared.Body, func(policy.Object) (bool, error) { return false, nil })
	}
	m.create(root.PortSecurityMap(n.ID, p.ID), own.Security, func(o policy.Object) (bool, error) { return own.Security.Merge(o), nil })
	m.create(root.PortDiscoveryMap(n.ID, p.ID), *own.Discovery, func(o policy.Object) (bool, error) { return own.Discovery.Merge(o), nil })
	m.change(root.PortSecurityMap(n.ID, p.ID), func(o policy.Object) (bool, error) { return open.Security.Merge(o), nil })
	for _, insecure := range []bool{true, false} {
		n.Insecure = insecure
		m.change(root.SegmentPort(n.ID, p.ID), mergePort)
	}
	ports, err := api.List[policy.Object](m.Context(), m.Client, root.SegmentPorts(n.ID), nil)
	if foreign := policy.ForeignPorts(ports, func(string) bool { return false }); err != nil || len(foreign) != 2 {
		m.Errorf("its addresses, for somebody who has no record of it, are %v: %v", foreign, err)
	}
}
