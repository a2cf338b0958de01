// SPDX-License-Identifier: MPL-2.0

package openstack_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

func TestLimitsOfTexts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		row  openstack.Limit
		text string
		says string // a part of the error; empty: no error
	}{
		{openstack.InstanceName, "web-0", ""},
		{openstack.InstanceName, "grüße %2f a/b", ""},
		{openstack.InstanceName, "a..b", ""},
		{openstack.InstanceName, strings.Repeat("ü", 80), ""},
		{openstack.InstanceName, strings.Repeat("w", 81), "1 to 80 characters"},
		{openstack.InstanceName, "", "must not be empty"},
		{openstack.InstanceName, "a\nb", "cannot be printed"},
		{openstack.FlavorName, "a\tb", "cannot be printed"},
		{openstack.KeyPairName, " ops", "begins or ends with a blank"},
		{openstack.KeyPairName, "ops\u00a0", "begins or ends with a blank"},
		{openstack.ServerGroupName, "..", "leads elsewhere"},
		{openstack.AggregateName, "../a", "leads elsewhere"},
		{openstack.AggregateName, `a\..\b`, "leads elsewhere"},
		{openstack.ZoneName, "az1:esx-1", "has a colon"},
		{openstack.FlavorID, "00000000-1111", ""},
		{openstack.FlavorID, "a/b", "has the character '/'"},
		{openstack.MetadataKey, "", "must not be empty"},
		{openstack.MetadataKey, strings.Repeat("k", 300), "1 to 255 characters"},
		{openstack.MetadataKey, "größe", ""},
		{openstack.MetadataKey, "a\nb", "cannot be printed"},
		{openstack.ExtraSpecKey, "größe", "has the character 'ö'"},
		{openstack.Tag, "", "must not be empty"},
		{openstack.Tag, "a,b", "has the character ','"},
		{openstack.Tag, "a/b", "has the character '/'"},
		{openstack.Tag, strings.Repeat("t", 61), "1 to 60 characters"},
		{openstack.ExtraSpecKey, "", "must not be empty"},
		{openstack.ExtraSpecKey, "aggregate_instance_extra_specs:disk", ""},
		{openstack.PersonalityPath, "/etc/motd", ""},
		{openstack.PersonalityPath, `C:\motd`, ""},
		{openstack.PersonalityPath, "etc/motd", "is not an absolute path"},
	} {
		err := c.row.Check(c.text)
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%s %q is refused: %s", c.row.What, c.text, err)
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), c.row.What)):
			t.Errorf("%s %q: %v, wanted %q", c.row.What, c.text, err, c.says)
		}
	}
}

func TestLimitsOfNumbers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		row  openstack.Limit
		n    int64
		says string
	}{
		{openstack.NICCount, 10, ""},
		{openstack.NICCount, 11, "an instance has at most 10 network adapters, and this has 11"},
		{openstack.BlockDeviceSize, -3, "1 to 63488 GiB"},
		{openstack.BlockDeviceSize, 0, "1 to 63488 GiB"},
		{openstack.FlavorVCPUs, 100000, "1 to 960 vCPUs"},
		{openstack.FlavorDisk, 0, ""},
	} {
		err := c.row.CheckNumber(c.n)
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s %d: %v, wanted %q", c.row.At, c.n, err, c.says)
		}
	}
}
