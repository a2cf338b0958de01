// SPDX-License-Identifier: MPL-2.0

package sdn_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// TestOthersAddresses: what others have in NSX, a range among it, is given to nobody, and is kept by who has had it before.
func TestOthersAddresses(t *testing.T) {
	t.Parallel()
	subnet, err := sdn.Complete(openstack.Subnet{ID: "s", CIDR: "203.0.113.0/29"}, false)
	if err != nil {
		t.Fatal(err)
	}
	others := []openstack.Port{{ID: "/infra/rule", Owner: openstack.OwnerNATRule, Foreign: true,
		FixedIPs: []openstack.FixedIP{{Address: "203.0.113.2"}, {Address: "203.0.113.4/31"}}}}
	claim := func(address string, others []openstack.Port) (openstack.Port, error) {
		return sdn.Claim(sdn.PortRequest{Port: openstack.Port{ID: "p", FixedIPs: []openstack.FixedIP{{SubnetID: "s", Address: address}}}},
			[]openstack.Subnet{subnet}, others)
	}
	for range 20 { // it is chosen at random
		p, err := claim("", others)
		if at := p.FixedIPs[0].Address; err != nil || at != "203.0.113.3" && at != "203.0.113.6" {
			t.Fatalf("%s is chosen: %v", at, err)
		}
	}
	for address, taken := range map[string]bool{"203.0.113.2": true, "203.0.113.4": true, "203.0.113.5": true, "203.0.113.6": false} {
		_, err := claim(address, others)
		if taken != sdn.IsTaken(err) || taken && !strings.Contains(err.Error(), "the NAT rule /infra/rule of NSX, which somebody else made") {
			t.Errorf("%s: %v", address, err)
		}
		if _, err := claim(address, sdn.Beside(others, []openstack.FixedIP{{Address: address}})); err != nil {
			t.Errorf("%s is not kept: %v", address, err)
		}
	}
	if len(others[0].FixedIPs) != 2 {
		t.Errorf("what others have has changed to %v", others)
	}
}
