// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// TestGuideHoldsTheTables keeps the guide equal to the table that the translation reads.
func TestGuideHoldsTheTables(t *testing.T) {
	t.Parallel()
	const guide = "templates/guides/extra-specs-and-image-properties.md"
	text, err := os.ReadFile(filepath.Join(root, guide))
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{vmspec.ExtraSpecTable(), vmspec.PropertyTable()} {
		if !strings.Contains(string(text), table) {
			t.Errorf("%s lacks this table:\n\n%s", guide, table)
		}
	}
}

// TestGuideHoldsTheLimits keeps the guide equal to the limits that the validators read.
func TestGuideHoldsTheLimits(t *testing.T) {
	t.Parallel()
	const guide = "templates/guides/limits.md"
	text, err := os.ReadFile(filepath.Join(root, guide))
	if err != nil {
		t.Fatal(err)
	}
	for _, rows := range [][]*openstack.Limit{openstack.ComputeLimits, openstack.NetworkLimits, openstack.BlockStorageLimits,
		openstack.ImageLimits} {
		if table := openstack.LimitTable(rows); !strings.Contains(string(text), table) {
			t.Errorf("%s lacks this table:\n\n%s", guide, table)
		}
	}
}
