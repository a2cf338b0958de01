// SPDX-License-Identifier: MPL-2.0

package guest

import (
	"reflect"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// gateways returns the gateways of each NIC's leases, "-" where a lease has none.
func gateways(nics []openstack.NIC) (out [][]string) {
	for _, nic := range nics {
		var of []string
		for _, l := range nic.Guest {
			if l.Gateway == "" {
				l.Gateway = "-"
			}
			of = append(of, l.Gateway)
		}
		out = append(out, of)
	}
	return out
}

func access(n openstack.NIC) openstack.NIC {
	n.Access = true
	return n
}

func nic(leases ...openstack.Lease) openstack.NIC { return openstack.NIC{MAC: someMAC, Guest: leases} }

// TestOneDefaultRoute: guests have one default route for each IP version, of the access network, else of the first network with a gateway.
func TestOneDefaultRoute(t *testing.T) {
	t.Parallel()
	mute := lease("10.3.0.5/24", "")
	first, second := lease("10.0.0.5/24", "10.0.0.1"), lease("10.1.0.5/24", "10.1.0.1")
	six, other := lease("2001:db8::5/64", "2001:db8::1"), lease("2001:db8:1::5/64", "2001:db8:1::1")
	routed := lease("10.2.0.5/24", "")
	routed.Routes = []openstack.Route{{Destination: "0.0.0.0/0", NextHop: "10.2.0.9"}, {Destination: "10.9.0.0/16", NextHop: "10.2.0.8"}}
	for name, c := range map[string]struct {
		nics []openstack.NIC
		want [][]string
	}{
		"the first":             {[]openstack.NIC{nic(first), nic(second)}, [][]string{{"10.0.0.1"}, {"-"}}},
		"the first that has":    {[]openstack.NIC{nic(mute), nic(second), nic(first)}, [][]string{{"-"}, {"10.1.0.1"}, {"-"}}},
		"the access network":    {[]openstack.NIC{nic(first), access(nic(second))}, [][]string{{"-"}, {"10.1.0.1"}}},
		"access without":        {[]openstack.NIC{nic(first), access(nic(lease("10.3.0.5/24", "")))}, [][]string{{"10.0.0.1"}, {"-"}}},
		"each version":          {[]openstack.NIC{nic(first, six), access(nic(other))}, [][]string{{"10.0.0.1", "-"}, {"2001:db8:1::1"}}},
		"two on a NIC":          {[]openstack.NIC{access(nic(first, second)), nic(six)}, [][]string{{"10.0.0.1", "-"}, {"2001:db8::1"}}},
		"a route to everything": {[]openstack.NIC{nic(routed), nic(first)}, [][]string{{"10.2.0.9"}, {"-"}}},
		"DHCP tells the first":  {[]openstack.NIC{nic(asked(first)), nic(second)}, [][]string{{"10.0.0.1"}, {"-"}}},
		"DHCP without a subnet": {[]openstack.NIC{nic(), nic(second)}, [][]string{nil, {"10.1.0.1"}}},
	} {
		if got := gateways(Told(c.nics)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, not %v", name, got, c.want)
		}
		spec, err := Customization(Customized{Name: "web", NICs: c.nics})
		if err != nil {
			if name != "two on a NIC" { // guest customization gives a NIC one IPv4 address
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		for i, m := range spec.NicSettingMap {
			told := Told(c.nics)[i].Guest
			if len(told) == 0 || told[0].Asks || isIPv6(told[0]) {
				continue
			}
			if want := gateway(told[0]); !reflect.DeepEqual(m.Adapter.Gateway, want) {
				t.Errorf("%s: guest customization gives NIC %d the gateway %v, not %v", name, i, m.Adapter.Gateway, want)
			}
		}
	}
}

// TestRewiredDefaultRoute: a NIC that is plugged in later has the default route only where no other NIC has one.
func TestRewiredDefaultRoute(t *testing.T) {
	t.Parallel()
	const later = "00:50:56:01:02:04"
	attached := openstack.NIC{MAC: later, Guest: []openstack.Lease{lease("10.1.0.5/24", "10.1.0.1"), lease("2001:db8::5/64", "2001:db8::1")}}
	for name, c := range map[string]struct {
		had          openstack.NIC
		four, sixths any
	}{
		"beside a default route": {nic(lease("10.0.0.5/24", "10.0.0.1")), nil, "2001:db8::1"},
		"beside none":            {nic(lease("10.0.0.5/24", "")), "10.1.0.1", "2001:db8::1"},
		"beside DHCP":            {nic(asked(lease("10.0.0.5/24", ""))), nil, "2001:db8::1"},
	} {
		keys, err := WithNetwork("", "", []openstack.NIC{c.had})
		if err != nil {
			t.Fatal(err)
		}
		if keys, err = Rewired(keys["guestinfo.metadata"], keys["guestinfo.metadata.encoding"],
			[]openstack.NIC{{MAC: someMAC}, attached}); err != nil {
			t.Fatal(err)
		}
		entry := entries(keys["guestinfo.metadata"], keys["guestinfo.metadata.encoding"])[later]
		if entry["gateway4"] != c.four || entry["gateway6"] != c.sixths {
			t.Errorf("%s: the default routes are %v and %v", name, entry["gateway4"], entry["gateway6"])
		}
	}
}
