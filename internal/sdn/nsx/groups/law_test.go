// SPDX-License-Identifier: MPL-2.0

package groups_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/groups"
)

// TestLaw: what Neutron refuses is refused in its words, and so is what Neutron takes and NSX cannot match.
func TestLaw(t *testing.T) {
	t.Parallel()
	number := func(n int64) *int64 { return &n }
	rule := openstack.SecurityGroupRule{Direction: openstack.Ingress, EtherType: openstack.IPv4}
	for name, c := range map[string]struct {
		protocol string
		min, max *int64
		at, says string
	}{
		"tcp":            {"tcp", number(80), number(81), "", ""},
		"any":            {"", nil, nil, "", ""},
		"a ping":         {"icmp", number(8), number(0), "", ""},
		"half a range":   {"tcp", number(80), nil, "port_range_min", "a range has two ends"},
		"ports of gre":   {"gre", number(1), number(2), "port_range_min", "gre has no ports"},
		"ports of sctp":  {"sctp", number(1), number(2), "port_range_min", "NSX knows ports of tcp and udp only"},
		"a type of none": {"icmp", number(40), nil, "port_range_min", "NSX has no type 40 of icmp"},
	} {
		r := rule
		r.Protocol, r.PortMin, r.PortMax = c.protocol, c.min, c.max
		read, err := sdn.ReadRule(r)
		if err != nil {
			t.Fatal(err)
		}
		err = groups.Law{}.CheckRule(read)
		var field *openstack.FieldError
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%s is refused: %v", name, err)
		case c.says != "" && (!errors.As(err, &field) || field.Field != c.at || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: %v", name, err)
		}
	}
	replying := openstack.SecurityGroup{Name: "web", Stateful: true, Replies: openstack.RepliesEphemeral}
	if err := (groups.Law{}).CheckGroup(replying); err == nil || !strings.Contains(err.Error(), "answers to what it allows pass") {
		t.Errorf("replies of a group with state: %v", err)
	}
}
