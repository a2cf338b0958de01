// SPDX-License-Identifier: MPL-2.0

package sdn

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// TestMerged: ranges that touch or overlap become one, of either IP version.
func TestMerged(t *testing.T) {
	t.Parallel()
	for have, want := range map[string]string{
		"10.0.0.0/24 10.0.1.0/24":                         "10.0.0.0/23",
		"10.0.1.0/24 10.0.2.0/24":                         "10.0.1.0/24 10.0.2.0/24", // no range of 23 bits begins at 10.0.1.0
		"10.0.0.0/8 10.1.0.0/16 10.255.255.255/32":        "10.0.0.0/8",
		"10.0.0.0/25 10.0.0.128/26 10.0.0.192/26":         "10.0.0.0/24",
		"0.0.0.0/1 128.0.0.0/1":                           "0.0.0.0/0",
		"2001:db8::/65 2001:db8:0:0:8000::/65 10.0.0.0/8": "10.0.0.0/8 2001:db8::/64",
		"": "",
	} {
		if is := strings.Join(Merged(strings.Fields(have)), " "); is != want {
			t.Errorf("%s becomes %s, and not %s", have, is, want)
		}
	}
}

// TestCut: every free prefix of a pool is found, and no other.
func TestCut(t *testing.T) {
	t.Parallel()
	p := openstack.SubnetPool{ID: "p", Prefixes: []string{"10.0.0.0/28", "10.0.1.0/24", "255.255.255.0/24"}}
	taken := []openstack.Subnet{{CIDR: "10.0.1.0/26"}, {CIDR: "10.0.1.80/29"}, {CIDR: "255.255.254.0/23"}, {CIDR: "none"}}
	var found []string
	for attempt := 0; len(taken) < 100; attempt++ {
		cidr, ok := Cut(p, taken, 27, "id", attempt)
		if !ok {
			break
		}
		found, taken = append(found, cidr), append(taken, openstack.Subnet{CIDR: cidr})
	}
	slices.Sort(found)
	if want := "[10.0.1.128/27 10.0.1.160/27 10.0.1.192/27 10.0.1.224/27 10.0.1.96/27]"; fmt.Sprint(found) != want {
		t.Errorf("the free prefixes are %v, and not %s", found, want)
	}
	six := openstack.SubnetPool{Prefixes: []string{"2001:db8::/32"}}
	if cidr, ok := Cut(six, []openstack.Subnet{{CIDR: "2001:db8::/33"}}, 64, "id", 0); !ok || !strings.HasPrefix(cidr, "2001:db8:8000:") {
		t.Errorf("a prefix of the other half is %s", cidr)
	}
}

// TestQuota: what a subnet counts is what Neutron counts, and subnets of other projects and pools count nothing.
func TestQuota(t *testing.T) {
	t.Parallel()
	four := openstack.SubnetPool{ID: "p", Name: "four", Prefixes: []string{"10.0.0.0/8"}, Length: 24, Quota: 512}
	six := openstack.SubnetPool{ID: "p", Name: "six", Prefixes: []string{"2001:db8::/32"}, Length: 64, Quota: 2}
	others := []openstack.Subnet{{ID: "a", PoolID: "p", Project: "o"}, {ID: "b", PoolID: "q", CIDR: "10.0.0.0/9"},
		{ID: "c", PoolID: "p", Project: "another", CIDR: "10.0.0.0/9"}}
	for _, c := range []struct {
		pool   openstack.SubnetPool
		length int64
		fits   bool
	}{{four, 24, true}, {four, 23, false}, {six, 64, true}, {six, 63, false}, {six, 128, true}} {
		if err := CheckQuota(c.pool, openstack.Subnet{ID: "s", Project: "o"}, c.length, others); (err == nil) != c.fits {
			t.Errorf("%d bits of the pool %s: %v", c.length, c.pool.Name, err)
		}
	}
}

// TestCompletePool: the lengths are Neutron's where none are written.
func TestCompletePool(t *testing.T) {
	t.Parallel()
	for prefix, want := range map[string]string{"10.0.0.9/8": "8 32 8 [10.0.0.0/8]", "2001:db8::/32": "64 128 64 [2001:db8::/32]"} {
		p, err := CompletePool(openstack.SubnetPool{Prefixes: []string{prefix}})
		if is := fmt.Sprint(p.MinLength, p.MaxLength, p.Length, p.Prefixes); err != nil || is != want {
			t.Errorf("%s becomes %s, and not %s: %v", prefix, is, want, err)
		}
	}
}
