// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// rangesOf is a configuration with VLAN ranges and switches, null where there are none.
func rangesOf(texts []string, switches map[string]string) configModel {
	m := configModel{VLANRanges: types.ListNull(types.StringType), Physical: types.MapNull(types.StringType)}
	if texts != nil {
		var values []attr.Value
		for _, text := range texts {
			values = append(values, types.StringValue(text))
		}
		m.VLANRanges = types.ListValueMust(types.StringType, values)
	}
	if switches != nil {
		values := map[string]attr.Value{}
		for name, on := range switches {
			values[name] = types.StringValue(on)
		}
		m.Physical = types.MapValueMust(types.StringType, values)
	}
	return m
}

// TestVLANRanges: ranges and switches are what is written, or else what the environment says.
func TestVLANRanges(t *testing.T) { //nolint:paralleltest // its helper sets environment variables
	environment(t, map[string]string{"NOVASPHERE_NETWORK_VLAN_RANGES": "a:100:199, b:300:300,c",
		"NOVASPHERE_PHYSICAL_NETWORKS": "a:dvs-a, b:dvs b"})
	want := []openstack.VLANRange{{PhysicalNetwork: "a", First: 100, Last: 199}, {PhysicalNetwork: "b", First: 300, Last: 300},
		{PhysicalNetwork: "c"}}
	ranges, switches, err := rangesOf(nil, nil).physicalNetworks()
	if err != nil || !slices.Equal(ranges, want) || !maps.Equal(switches, map[string]string{"a": "dvs-a", "b": "dvs b"}) {
		t.Errorf("of the environment: %v, %v, %v", ranges, switches, err)
	}
	ranges, switches, err = rangesOf([]string{"x:1:4094"}, map[string]string{"x": "dvs-x"}).physicalNetworks()
	if err != nil || !slices.Equal(ranges, []openstack.VLANRange{{PhysicalNetwork: "x", First: 1, Last: 4094}}) || switches["x"] != "dvs-x" ||
		len(switches) != 1 {
		t.Errorf("as written: %v, %v, %v", ranges, switches, err)
	}
	if ranges, _, err = rangesOf([]string{}, nil).physicalNetworks(); err != nil || len(ranges) > 0 {
		t.Errorf("an empty list is %v, %v", ranges, err)
	}
}

// TestVLANRangesRefused: what cannot be meant is refused at its argument.
func TestVLANRangesRefused(t *testing.T) { //nolint:paralleltest // its helper sets environment variables
	environment(t, nil)
	for name, c := range map[string]struct {
		texts    []string
		switches map[string]string
		at, says string
	}{
		"no numbers":               {[]string{"a:x:y"}, nil, vlanRanges, `it has "a:x:y", which is no range`},
		"no end":                   {[]string{"a:5"}, nil, vlanRanges, "which is no range"},
		"too much":                 {[]string{"a:5:6:7"}, nil, vlanRanges, "which is no range"},
		"no name":                  {[]string{":5:6"}, nil, vlanRanges, "which names no physical network"},
		"empty":                    {[]string{""}, nil, vlanRanges, "which names no physical network"},
		"reversed":                 {[]string{"a:6:5"}, nil, vlanRanges, "which ends before it begins"},
		"zero":                     {[]string{"a:0:5"}, nil, vlanRanges, "and VLANs are 1 to 4094"},
		"beyond":                   {[]string{"a:5:4095"}, nil, vlanRanges, "and VLANs are 1 to 4094"},
		"overlap":                  {[]string{"a:1:10", "b:1:10", "a:10:12"}, nil, vlanRanges, `has "a:10:12", which overlaps a:1:10`},
		"within":                   {[]string{"a:1:10", "a:2:3"}, nil, vlanRanges, "which overlaps a:1:10"},
		"overlap by the map":       {[]string{"a:1:10", "b:5:6"}, map[string]string{"a": "dvs", "b": "dvs"}, vlanRanges, "which overlaps a:1:10"},
		"overlap with a switch":    {[]string{"a:1:10", "dvs:5:6"}, map[string]string{"a": "dvs"}, vlanRanges, "which overlaps a:1:10"},
		"a name without a switch":  {nil, map[string]string{"a": " "}, physicalNetworks, `it has "a" = " "`},
		"a switch without a name":  {nil, map[string]string{"": "dvs"}, physicalNetworks, "a physical network has a name"},
		"a name that cannot be in": {nil, map[string]string{"a:b": "dvs"}, physicalNetworks, "without a colon"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := rangesOf(c.texts, c.switches).physicalNetworks()
			var field *openstack.FieldError
			if !errors.As(err, &field) || field.Field != c.at || !strings.Contains(err.Error(), c.says) {
				t.Errorf("the error is %v", err)
			}
		})
	}
	for _, text := range []string{"a", "a:", ":dvs", "a:dvs,a:dvs-2"} {
		t.Setenv(physicalEnv, text)
		if _, _, err := rangesOf(nil, nil).physicalNetworks(); err == nil || !strings.Contains(err.Error(), physicalEnv) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
