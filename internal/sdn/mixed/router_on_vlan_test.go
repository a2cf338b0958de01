// SPDX-License-Identifier: MPL-2.0

package mixed_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// TestRouterOnVLAN: a router is on a VLAN by an interface of its own, on an overlay network by the segment, with both IP versions, and DHCP
// of a subnet comes and goes beside it.
func TestRouterOnVLAN(t *testing.T) {
	t.Parallel()
	off := false
	r := newSite(t, nsxsim.Options{}).outside(t, openstack.Router{Name: "edge", SNAT: &off})
	r.behind()
	if services, _ := r.NSX.Object(r.path("/locale-services/default")); services["edge_cluster_path"] != nil {
		t.Errorf("a router that translates nothing is on %v", services["edge_cluster_path"])
	}
	six := subnet(t, r.b, openstack.Subnet{NetworkID: r.inner.ID, CIDR: "2001:db8::/64"})
	both, err := r.b.CreateRouterInterface(t.Context(), openstack.RouterInterface{RouterID: r.router.ID, SubnetID: six.ID})
	must(t, err)
	r.gateways("10.0.0.1/24", six.Gateway+"/64")
	for _, dhcp := range []bool{true, false} {
		_, err := r.b.UpdateSubnet(t.Context(), r.inner.ID, r.subnet.ID, func(s *openstack.Subnet) error { s.DHCP = dhcp; return nil })
		must(t, err)
		r.gateways("10.0.0.1/24", six.Gateway+"/64")
	}
	_, err = r.b.UpdateSubnet(t.Context(), r.inner.ID, r.subnet.ID, func(s *openstack.Subnet) error { s.Gateway = "10.0.0.254"; return nil })
	must(t, err)
	r.gateways("10.0.0.254/24", six.Gateway+"/64")
	must(t, r.b.DeleteRouterInterface(t.Context(), r.inner.ID, both.ID, false))
	r.gateways("10.0.0.254/24")
	vlan, err := r.b.CreateNetwork(t.Context(), openstack.Network{Name: "vlan", Type: "vlan", PhysicalNetwork: "vlan", VLAN: 8, AdminUp: true})
	must(t, err)
	s := subnet(t, r.b, openstack.Subnet{NetworkID: vlan.ID, CIDR: "10.7.0.0/24"})
	i, err := r.b.CreateRouterInterface(t.Context(), openstack.RouterInterface{RouterID: r.router.ID, SubnetID: s.ID})
	must(t, err)
	body, there := r.NSX.Object(r.path("/locale-services/default/interfaces/" + vlan.ID))
	if !there || !strings.Contains(fmt.Sprint(body["subnets"]), s.Gateway) {
		t.Errorf("the interface on the VLAN is %v", body)
	}
	if text := r.differs(""); text != "" {
		t.Errorf("it differs: %s", text)
	}
	must(t, r.b.DeleteRouterInterface(t.Context(), vlan.ID, i.ID, false))
	for _, one := range []openstack.Subnet{s, six} {
		must(t, r.b.DeleteSubnet(t.Context(), one.NetworkID, one.ID))
	}
	_, err = r.b.DeleteNetwork(t.Context(), vlan.ID)
	must(t, err)
	r.end()
}

// gateways fails the test unless the segment is connected to the router and has exactly these gateways.
func (r *routed) gateways(want ...string) {
	r.Helper()
	body, _ := r.NSX.Object("/infra/segments/" + r.inner.ID)
	all, _ := body["subnets"].([]any)
	if body["connectivity_path"] != r.path("") || len(all) != len(want) {
		r.Errorf("the segment is on %v with %v", body["connectivity_path"], all)
	}
	for _, one := range want {
		if !strings.Contains(fmt.Sprint(all), one) {
			r.Errorf("the segment has no gateway %s: %v", one, all)
		}
	}
}
