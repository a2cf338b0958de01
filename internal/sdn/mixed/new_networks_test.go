// SPDX-License-Identifier: MPL-2.0

package mixed

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// a place with the switches dvs and both, the overlay zones tunnels and both, and the VLAN zone vlans.
func places(vlanZone bool, tenantTypes ...string) newNetworks {
	return newNetworks{tenantTypes: tenantTypes, vlanZone: vlanZone,
		onSwitch: func(_ context.Context, name string) (bool, error) { return name == "dvs" || name == "both", nil },
		inNSX: func(_ context.Context, name string) (overlay, found bool, err error) {
			return name == "tunnels" || name == "both", name == "tunnels" || name == "both" || name == "vlans", nil
		}}
}

// TestNewNetworks: an overlay is NSX's, a VLAN goes to whoever has its physical network, and the tenant types decide the rest.
func TestNewNetworks(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		w    newNetworks
		n    openstack.Network
		want string // switch, overlay, vlan (of NSX), or a part of the error
	}{
		"overlay type":            {places(false, "vlan"), openstack.Network{Type: "vxlan"}, "overlay"},
		"overlay zone":            {places(false, "vlan"), openstack.Network{PhysicalNetwork: "tunnels", AnyVLAN: true}, "overlay"},
		"VLAN of a switch":        {places(true, "geneve"), openstack.Network{PhysicalNetwork: "dvs", VLAN: 7}, "switch"},
		"VLAN of a zone":          {places(false, "vlan"), openstack.Network{PhysicalNetwork: "vlans", VLAN: 7}, "vlan"},
		"any VLAN of one":         {places(false, "vlan"), openstack.Network{Type: "vlan", PhysicalNetwork: "tunnels", AnyVLAN: true}, "vlan"},
		"VLAN of an overlay zone": {places(false, "vlan"), openstack.Network{PhysicalNetwork: "tunnels", VLAN: 7}, "vlan"},
		"trunk of a zone":         {places(false, "vlan"), openstack.Network{PhysicalNetwork: "vlans", Trunk: true}, "vlan"},
		"any VLAN of a zone": {places(false, "vlan"), openstack.Network{PhysicalNetwork: "vlans", AnyVLAN: true}, "no VLAN is " +
			"chosen"},
		"both":                         {places(false, "vlan"), openstack.Network{PhysicalNetwork: "both", VLAN: 7}, "as well"},
		"neither":                      {places(false, "vlan"), openstack.Network{PhysicalNetwork: "nowhere", VLAN: 7}, "is neither"},
		"VLAN of nobody":               {places(false, "geneve"), openstack.Network{Type: "vlan", VLAN: 7}, "switch"},
		"VLAN of nobody, with a zone":  {places(true, "geneve"), openstack.Network{Type: "vlan", VLAN: 7}, "vlan"},
		"any VLAN, with a zone":        {places(true, "geneve"), openstack.Network{Type: "vlan", AnyVLAN: true}, "switch"},
		"nothing":                      {places(false, "geneve"), openstack.Network{AnyVLAN: true}, "overlay"},
		"nothing, of VLANs":            {places(true, "vlan"), openstack.Network{AnyVLAN: true}, "switch"},
		"nothing, of VLANs of no more": {places(true, "vlan", "geneve"), openstack.Network{AnyVLAN: true, Name: "full"}, "overlay"},
		"trunk of nobody":              {places(false, "geneve"), openstack.Network{Trunk: true}, "switch"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			_, err := tc.w.make(t.Context(), tc.n, func(nsx bool, n openstack.Network) (openstack.Network, error) {
				switch {
				case nsx && n.Overlay:
					got = "overlay"
				case nsx:
					got = "vlan"
				case n.Name == "full":
					return n, openstack.AttributeErrorf("segments", "no VLAN is left")
				default:
					got = "switch"
				}
				return n, nil
			})
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, tc.want) {
				t.Errorf("it is %q, and not %q", got, tc.want)
			}
		})
	}
}

// TestNewNetworksLeaveOpen: a plan says nothing that the creation may decide otherwise, and an error about the network itself ends the
// search.
func TestNewNetworksLeaveOpen(t *testing.T) {
	t.Parallel()
	as := func(_ bool, n openstack.Network) (openstack.Network, error) { n.MTU = 9000; return n, nil }
	n, err := places(false, "vlan", "geneve").make(t.Context(), openstack.Network{AnyVLAN: true}, as)
	if err != nil || n.MTU != 0 || !n.AnyVLAN {
		t.Errorf("%+v, %v", n, err)
	}
	calls, taken := 0, openstack.AttributeErrorf("name", "taken")
	_, err = places(false, "vlan", "geneve").make(t.Context(), openstack.Network{AnyVLAN: true},
		func(_ bool, n openstack.Network) (openstack.Network, error) { calls++; return n, taken })
	if calls != 1 || !errors.Is(err, taken) {
		t.Errorf("%d calls: %v", calls, err)
	}
}
