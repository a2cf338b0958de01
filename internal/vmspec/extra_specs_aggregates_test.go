// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// TestRequirements compares a value with an extra spec's requirement as Nova's AggregateInstanceExtraSpecsFilter does.
func TestRequirements(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value, requirement string
		want               bool
	}{
		{"true", "true", true}, {"true", "false", false}, {"a b", "a b", true},
		{"3", "= 2", true}, {"1", "= 2", false}, {"2.0", "== 2", true}, {"3", "== 2", false}, {"3", "!= 2", true}, {"2", "!= 2", false},
		{"2", ">= 2", true}, {"1", ">= 2", false}, {"2", "<= 2", true}, {"3", "<= 2", false}, {"many", ">= 2", false},
		{"ssd", "s== ssd", true}, {"hdd", "s== ssd", false}, {"hdd", "s!= ssd", true}, {"a", "s< b", true}, {"b", "s< b", false},
		{"b", "s<= b", true},
		{"c", "s> b", true}, {"b", "s> b", false}, {"b", "s>= b", true}, {"10", "s>= 9", false},
		{"12311321", "<in> 11", true}, {"12310321", "<in> 11", false}, {"aes mmx", "<all-in> aes mmx", true}, {"aes", "<all-in> aes mmx", false},
		{"v2", "<or> v1 <or> v2", true}, {"v3", "<or> v1 <or> v2", false}, {"<or>", "<or> v1 <or> v2", false},
		{"> 2", "> 2", true}, // not an operator of Nova's, so it is a value
	} {
		if got := satisfies(c.value, c.requirement); got != c.want {
			t.Errorf("%q satisfies %q: %v", c.value, c.requirement, got)
		}
	}
	for requirement, says := range map[string]string{"= many": "compares numbers", ">=": "nothing after it", "<or>": "nothing after it"} {
		_, err := Leftover(openstack.Flavor{VCPUs: 1, RAM: 512, ExtraSpecs: map[string]string{"aggregate_instance_extra_specs:n": requirement}})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", requirement, err)
		}
	}
}

// TestHostSatisfies: a host has the metadata of all its aggregates.
func TestHostSatisfies(t *testing.T) {
	t.Parallel()
	ssd := openstack.Aggregate{Metadata: map[string]string{"disk": "ssd, nvme"}}
	gpu := openstack.Aggregate{Metadata: map[string]string{"gpu": "2"}, Zone: "az1"}
	specs := AggregateSpecs(openstack.Flavor{ExtraSpecs: map[string]string{"aggregate_instance_extra_specs:disk": "nvme",
		"aggregate_instance_extra_specs:gpu": ">= 1", "aggregate_instance_extra_specs:none": "", "hw:cpu_cores": "2"}})
	zone := map[string]string{"availability_zone": "az1"}
	for name, c := range map[string]struct {
		specs map[string]string
		in    []openstack.Aggregate
		want  bool
	}{
		"both": {specs, []openstack.Aggregate{ssd, gpu}, true}, "one": {specs, []openstack.Aggregate{ssd}, false}, "none": {specs, nil, false},
		"nothing is wanted": {nil, nil, true}, "zone": {zone, []openstack.Aggregate{ssd, gpu}, true},
		"no zone": {zone, []openstack.Aggregate{ssd}, false},
	} {
		if got := HostSatisfies(c.specs, c.in); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if len(specs) != 2 {
		t.Errorf("specs %v", specs)
	}
}
