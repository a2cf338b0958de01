// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

func TestReported(t *testing.T) {
	t.Parallel()
	v4, v6, none := openstack.NIC{IPv4: []string{"10.0.0.1"}}, openstack.NIC{IPv6: []string{"2001:db8::1"}}, openstack.NIC{}
	named := func(n openstack.NIC) openstack.NIC { n.Access = true; return n }
	now, long := time.Now(), time.Now().Add(-lateIPv4-time.Second)
	for name, c := range map[string]struct {
		nics  []openstack.NIC
		since time.Time
		want  bool
	}{
		"nothing yet":                        {[]openstack.NIC{none, none}, long, false},
		"any NIC will do":                    {[]openstack.NIC{none, v4}, now, true},
		"IPv6 first, IPv4 may follow":        {[]openstack.NIC{v6}, now, false},
		"IPv6 only":                          {[]openstack.NIC{v6}, long, true},
		"another NIC than the one named":     {[]openstack.NIC{v4, named(none)}, long, false},
		"the one named":                      {[]openstack.NIC{none, named(v4)}, now, true},
		"the one named, and only IPv6 there": {[]openstack.NIC{v4, named(v6)}, now, false},
	} {
		s := openstack.Server{ServerSpec: openstack.ServerSpec{NICs: c.nics}}
		s.AccessIPv4 = accessAddress(s.NICs, func(n openstack.NIC) []string { return n.IPv4 })
		s.AccessIPv6 = accessAddress(s.NICs, func(n openstack.NIC) []string { return n.IPv6 })
		if got := reported(s, c.since); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
